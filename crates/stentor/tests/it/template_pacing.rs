//! Pacing end to end in a twin: held at accept, then released or failed by the network's verdict, or let go by time.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::process::until;
use crate::support::process_http::Http;
use crate::support::process_receiver::{Reply, WebhookReceiver};
use crate::support::process_server::{Server, marketing, wamid};

const HELD: &str = "held_for_quality_assessment";
const READER: &str = "441234567890";
/// Its messages are held by the network itself.
const HELD_RECIPIENT: &str = "447700900061";

struct Dev {
    server: Server,
    hook: WebhookReceiver,
}

impl Dev {
    fn start(folder: &Path, environment: &[(&str, &str)]) -> Self {
        let server = Server::dev(folder, &[], environment);
        let hook = WebhookReceiver::start(|_| Reply::Status(200));
        server.admin("PUT", &server.in_account("/webhook"), &json!({"url": hook.url, "headers": {}}));
        Self { server, hook }
    }

    fn advance(&self, by: &str) {
        self.server.admin("POST", "/sim/advance", &json!({"by": by}));
    }

    fn template(&self, name: &str) -> Value {
        let all = self.server.admin(
            "GET",
            &self.server.in_account(&format!("/templates?name={name}")),
            &Value::Null,
        );
        all["templates"][0].clone()
    }

    /// Made, approved by the network's review, and synced; its id.
    fn approved(&self, name: &str) -> String {
        let definition = json!({"name": name, "language": "en", "category": "MARKETING",
            "components": [{"type": "BODY", "text": "News for everybody."}]});
        self.server.admin("POST", &self.server.in_account("/templates"), &definition);
        until(&format!("{name} is approved"), || {
            self.advance("5s");
            (self.template(name)["status"] == "APPROVED").then_some(())
        });
        let id = self.template(name)["id"].as_str().expect("an id").to_owned();
        self.server.admin(
            "POST",
            &self.server.in_account(&format!("/templates/{id}/move")),
            &json!({"to": "synced"}),
        );
        id
    }

    /// A send of the template that must be accepted: its wamid, and what the answer says of it.
    fn send(&self, name: &str, to: &str) -> (String, String) {
        let mut body = marketing(to);
        body["template"]["name"] = json!(name);
        let answer = self.server.post(body.to_string().as_bytes()).expect("an answer").ok();
        let status = answer["messages"][0]["message_status"].as_str().unwrap_or_default().to_owned();
        (wamid(&answer), status)
    }

    /// Lets time go by until the message is in this state; the message.
    fn becomes(&self, wamid: &str, state: &str) -> Value {
        until(&format!("{wamid} is {state}"), || {
            self.advance("20s");
            let message = self.server.message(wamid);
            (message["state"] == state).then_some(message)
        })
    }
}

#[test]
fn a_bad_template_fails_what_was_held_and_needs_a_hand() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let dev = Dev::start(folder.path(), &[]);
    let id = dev.approved("pacing_bad");
    let (message, status) = dev.send("pacing_bad", READER);
    assert_eq!(status, HELD);
    let waits = dev.server.message(&message);
    assert_eq!(waits["state"], "waiting");
    assert!(waits["events"].to_string().contains("pacing until"), "{waits}");
    let failed = dev.becomes(&message, "failed");
    assert_eq!(failed["code"], 132_015, "{failed}");
    let bad = dev.template("pacing_bad");
    assert_eq!((&bad["status"], &bad["quality"]), (&json!("PAUSED"), &json!("RED")));
    // The customer hears all of it, in whatever order.
    let (mut is_failed, mut title, mut score) = (false, Value::Null, Value::Null);
    while !is_failed || title != "RATE_LIMITING_PAUSE" || score.is_null() {
        let post = dev.hook.next();
        is_failed |= post.statuses().contains(&(message.clone(), "failed".to_owned()));
        let body: Value = serde_json::from_slice(&post.body).expect("JSON");
        let value = &body["entry"][0]["changes"][0]["value"];
        if value["event"] == "PAUSED" {
            title = value["other_info"]["title"].clone();
        }
        if value["new_quality_score"] == "RED" {
            score = value["previous_quality_score"].clone();
        }
    }
    assert_eq!(score, "UNKNOWN");
    let body = marketing(READER).to_string().replace("marketing_text_no_param", "pacing_bad");
    let refused = dev.server.post(body.as_bytes()).expect("an answer");
    assert!(refused.text().contains("132015"), "{}", refused.text());
    // Only a hand ends such a pause, five minutes after it began.
    let unpause = || {
        let key = ("D360-API-KEY", dev.server.api_key.as_str());
        let path = format!("/message_templates/{id}/unpause");
        Http::new(dev.server.address).ask("POST", &path, key, b"{}").expect("an answer").status
    };
    dev.advance("6m");
    assert_eq!(unpause(), 200);
    assert_eq!(dev.template("pacing_bad")["status"], "APPROVED");
    assert_eq!(dev.send("pacing_bad", READER).1, HELD, "just unpaused: paced again");
}

#[test]
fn a_good_template_lets_go_and_is_paced_no_more() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let dev = Dev::start(folder.path(), &[]);
    dev.approved("pacing_good");
    let (message, status) = dev.send("pacing_good", READER);
    assert_eq!(status, HELD);
    dev.becomes(&message, "read");
    assert_eq!(dev.send("pacing_good", READER).1, "accepted");
    // A magic recipient is held by the network, and the answer says so, too.
    assert_eq!(dev.send("marketing_text_no_param", HELD_RECIPIENT).1, HELD);
}

#[test]
fn the_first_go_out_and_what_is_held_outlives_a_restart() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let dev = Dev::start(folder.path(), &[("STENTOR_NETWORK_PACING_FIRST", "2")]);
    dev.approved("brand_new");
    let sent: Vec<_> = (0..3).map(|_| dev.send("brand_new", READER)).collect();
    let statuses: Vec<&str> = sent.iter().map(|(_, status)| status.as_str()).collect();
    assert_eq!(statuses, ["accepted", "accepted", HELD]);
    // What was there before is not new.
    assert_eq!(dev.send("marketing_text_no_param", READER).1, "accepted");
    let held = sent[2].0.clone();
    assert_eq!(dev.server.stop().code, Some(0));
    let dev = Dev::start(folder.path(), &[]);
    assert_eq!(dev.server.message(&held)["state"], "waiting");
    dev.advance("50m");
    assert_eq!(dev.server.message(&held)["state"], "waiting", "nobody has a verdict");
    dev.becomes(&held, "read");
}
