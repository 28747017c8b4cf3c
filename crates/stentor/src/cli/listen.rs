//! `webhook listen`: a local receiver that makes itself the channel's endpoint, prints what arrives with the verdict on
//! its signature, and puts the former endpoint back at the end. Answers every event with 200 at once.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use http::HeaderMap;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use stentor_core::time::Timestamp;
use stentor_core::webhook::{Signature, verify};
use tokio::sync::mpsc;

use super::args::OfEndpoint;
use super::client::Server;
use super::exit::{Done, Exit, Stop};
use super::json::{items, text};
use super::moment;
use super::print::{self, Screen, Tone};
use super::webhook::{self, Target};
use crate::lifecycle::Lifecycle;
use crate::server::{self, Limits};

/// Posts that wait to be printed; more wait in the sender.
const POSTS_MAX: usize = 1_024;
const LIMITS: Limits = Limits {
    connections_max: 256,
    header_timeout: Duration::from_secs(10),
    header_bytes_max: 64 << 10,
    connection_time: Duration::from_hours(24),
    grace: Duration::from_secs(1),
};

/// One POST that came in.
struct Post {
    headers: HeaderMap,
    body: Bytes,
}

/// Runs `webhook listen` until Ctrl-C, SIGTERM or `count` events.
///
/// # Errors
/// As every command: exit code and line.
pub async fn run(listen: &str, count: Option<u64>, of: &OfEndpoint) -> Done {
    let (server, whose) = webhook::reach(of).await?;
    let secret = secret(&server, whose).await?;
    let former = webhook::get(&server, whose).await?;
    let listener = super::host::bind(listen).await?;
    let url = format!("http://{}/", listener.local_addr().map_err(Stop::failed)?);
    let (posts, mut arrived) = mpsc::channel(POSTS_MAX);
    let router = Router::new().fallback(receive).with_state(Arc::new(posts));
    let life = Lifecycle::new();
    life.start(server::serve(listener, None, router, LIMITS, life.clone()));
    let signalled = Lifecycle::signalled();
    webhook::set(&server, whose, &json!({"url": url, "headers": {}})).await?;
    print::aside(format!("{whose} sends its webhooks to {url}; Ctrl-C ends and puts the former URL back"));
    let shown = tokio::select! {
        () = signalled => Ok(()),
        shown = show(&mut arrived, count, &secret, of.client.json) => shown,
    };
    let restored = restore(&server, whose, &url, &former).await;
    life.finish(LIMITS.grace).await;
    shown.and(restored)
}

async fn receive(
    State(posts): State<Arc<mpsc::Sender<Post>>>,
    headers: HeaderMap,
    body: Bytes,
) -> &'static str {
    let _ = posts.send(Post { headers, body }).await;
    "ok"
}

/// The secret that signs what is sent there.
async fn secret(server: &Server, of: Target) -> Result<String, Stop> {
    let account = match of {
        Target::Account(account) => account.to_string(),
        Target::Channel(channel) => {
            let (all, id) = (server.get("/admin/v1/channels").await?, channel.to_string());
            let found = items(&all, "channels").iter().find(|one| text(&one["id"]) == id);
            let found = found.ok_or_else(|| {
                Stop::new(Exit::NotFound, format!("there is no channel {id}: see `stentor channel list`"))
            })?;
            text(&found["account_id"])
        }
    };
    let account = server.get(&format!("/admin/v1/accounts/{account}")).await?;
    Ok(text(&account["webhook_secret"]))
}

/// Puts the former endpoint back, unless somebody else has set another one meanwhile.
async fn restore(server: &Server, whose: Target, ours: &str, former: &Value) -> Done {
    if webhook::get(server, whose).await?["url"] != ours {
        return Ok(());
    }
    if former["url"].as_str().is_none_or(str::is_empty) {
        webhook::delete(server, whose).await?;
    } else {
        webhook::set(server, whose, &json!({"url": former["url"], "headers": former["headers"]})).await?;
    }
    Ok(())
}

async fn show(posts: &mut mpsc::Receiver<Post>, count: Option<u64>, secret: &str, is_json: bool) -> Done {
    let (screen, zone, mut left) = (Screen::of_stdout(), TimeZone::system(), count);
    while left != Some(0) {
        let Some(Post { headers, body }) = posts.recv().await else { break };
        let verdict = verdict(secret, &headers, &body);
        let envelope: Value = serde_json::from_slice(&body).unwrap_or_default();
        let lines = if is_json {
            vec![json!({"signature": verdict, "body": envelope}).to_string()]
        } else {
            draw(&envelope, verdict, screen, &zone)
        };
        for line in &lines {
            print::line(line)?;
        }
        let events = u64::try_from(events(&envelope).len().max(1)).unwrap_or(1);
        left = left.map(|left| left.saturating_sub(events));
    }
    Ok(())
}

/// What the two signatures are worth: every one that is there must be right, and one must be there.
fn verdict(secret: &str, headers: &HeaderMap, body: &[u8]) -> &'static str {
    let given =
        [Signature::Dialog360, Signature::Hub].map(|kind| headers.get(kind.name()).map(|v| v.to_str()));
    let is_good =
        |value: &&Result<&str, _>| value.as_ref().is_ok_and(|value| verify(secret.as_bytes(), body, value));
    let given: Vec<_> = given.into_iter().flatten().collect();
    match given.iter().filter(is_good).count() {
        0 if given.is_empty() => "missing",
        good if good == given.len() => "valid",
        _ => "INVALID",
    }
}

/// What one POST tells of: each status and message, or each change that is neither.
fn events(envelope: &Value) -> Vec<(&str, &Value)> {
    let mut events = Vec::new();
    for change in items(envelope, "entry").iter().flat_map(|entry| items(entry, "changes")) {
        let value = &change["value"];
        let before = events.len();
        for kind in ["statuses", "messages"] {
            events.extend(value[kind].as_array().into_iter().flatten().map(|event| (kind, event)));
        }
        if events.len() == before {
            events.push((change["field"].as_str().unwrap_or("change"), value));
        }
    }
    events
}

/// A line for each event: time, kind, masked wamid, the recipient's last three digits, the signature's verdict.
fn draw(envelope: &Value, verdict: &str, screen: Screen, zone: &TimeZone) -> Vec<String> {
    let tone = if verdict == "valid" { Tone::Green } else { Tone::Red };
    let signature = screen.paint(tone, &format!("signature {verdict}"));
    let events = events(envelope);
    if events.is_empty() {
        return vec![format!("not an envelope  {signature}")];
    }
    let line = |(kind, event): (&str, &Value)| {
        let secs =
            event["timestamp"].as_str().and_then(|secs| secs.parse().ok()).or(event["timestamp"].as_i64());
        let when = secs.map_or_else(|| " ".repeat(19), |secs| moment::date(Timestamp::from_secs(secs), zone));
        let (what, who) = match kind {
            "statuses" => (text(&event["status"]), text(&event["recipient_id"])),
            "messages" => (format!("message {}", text(&event["type"])), text(&event["from"])),
            field => (field.to_owned(), String::new()),
        };
        let id = masked(&text(&event["id"]));
        let code = event["errors"][0]["code"].as_u64().map_or_else(String::new, |code| format!("  {code}"));
        let who = if who.is_empty() { who } else { format!("  to …{}", last(&who, 3)) };
        let id = if id.is_empty() { id } else { format!("  {id}") };
        format!("{when}  {what:<9}{id}{who}{code}  {signature}")
    };
    events.into_iter().map(line).collect()
}

/// A wamid holds the phone number: only its end is shown.
fn masked(wamid: &str) -> String {
    if wamid.is_empty() { String::new() } else { format!("wamid.…{}", last(wamid, 10)) }
}

fn last(text: &str, count: usize) -> String {
    let skip = text.chars().count().saturating_sub(count);
    text.chars().skip(skip).collect()
}

#[cfg(test)]
mod tests {
    use stentor_core::webhook::sign;

    use super::*;

    fn envelope() -> Value {
        json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [
            {"field": "messages", "value": {"statuses": [
                {"id": "wamid.HBgMNDQxMjM0NTY3ODkwFQIAERgSQUJDREVGMDEyMzQ1Njc4OTAA", "status": "failed",
                 "timestamp": "1763820185", "recipient_id": "441234567890", "errors": [{"code": 131_026}]},
            ]}},
            {"field": "message_template_status_update", "value": {"event": "APPROVED"}},
        ]}]})
    }

    #[test]
    fn what_arrives_is_a_line_an_event_without_the_number() {
        let drawn = draw(&envelope(), "valid", Screen::PIPE, &TimeZone::UTC).join("\n");
        assert!(!drawn.contains("441234567890"));
        insta::assert_snapshot!(drawn, @r#"
        2025-11-22 14:03:05  failed     wamid.…Q1Njc4OTAA  to …890  131026  signature valid
                             message_template_status_update  signature valid
        "#);
    }

    #[test]
    fn a_signature_is_valid_only_over_these_bytes() {
        let signed = |hub: &str, dialog: &str| {
            let mut headers = HeaderMap::new();
            for (name, value) in [(Signature::Hub.name(), hub), (Signature::Dialog360.name(), dialog)] {
                if !value.is_empty() {
                    let name: http::HeaderName = name.parse().expect("a header's name");
                    headers.insert(name, value.parse().expect("a header's value"));
                }
            }
            verdict("secret", &headers, b"{}")
        };
        let hex = sign(b"secret", b"{}");
        let hub = Signature::Hub.value(&hex);
        assert_eq!(signed(&hub, &hex), "valid");
        assert_eq!(signed(&hub, ""), "valid");
        assert_eq!(signed("", ""), "missing");
        assert_eq!(signed(&hub, &sign(b"other", b"{}")), "INVALID");
        assert_eq!(signed("sha256=", ""), "INVALID");
    }
}
