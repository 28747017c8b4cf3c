//! Free-form messages end to end: every type accepted, shown and told; the service window; replies, reactions, receipts.

use serde_json::{Value, json};

use crate::support::process::until;
use crate::support::process_gateway::Gateway;
use crate::support::process_http::{Answer, Http};
use crate::support::process_receiver::{Reply, WebhookReceiver};
use crate::support::process_server::{Server, wamid};

/// Reads what it gets and writes back: its window opens.
const WRITES_BACK: &str = "447700900041";
/// Reads what it gets, and never writes.
const READER: &str = "441234567890";

struct Dev {
    server: Server,
    hook: WebhookReceiver,
    _folder: tempfile::TempDir,
}

impl Dev {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let server = Server::dev(folder.path(), &["--speed", "20"], &[]);
        let hook = WebhookReceiver::start(|_| Reply::Status(200));
        let wanted = json!({"url": hook.url, "headers": {}});
        server.admin("PUT", &format!("/admin/v1/channels/{}/webhook", server.channel), &wanted);
        // More to one person than a pair may have.
        let gateway = json!({"character": "gateway", "pair_limit": false});
        server.admin("PATCH", &format!("/admin/v1/channels/{}", server.channel), &gateway);
        Self { server, hook, _folder: folder }
    }

    fn post(&self, path: &str, body: &Value) -> Answer {
        let key = ("D360-API-KEY", self.server.api_key.as_str());
        Http::new(self.server.address).ask("POST", path, key, body.to_string().as_bytes()).expect("an answer")
    }

    /// A free-form message that must be accepted; its wamid.
    #[track_caller]
    fn send(&self, to: &str, of: &str, object: &Value) -> String {
        wamid(&self.post("/messages", &free(to, of, object)).ok())
    }

    /// The newest message on a phone.
    fn shown(&self, to: &str) -> Value {
        self.server.admin("GET", &format!("/sim/messages/{to}?limit=1"), &Value::Null)[0].clone()
    }

    fn chat(&self, number: &str) -> Value {
        self.server.admin("GET", &format!("/sim/chats/{}/{number}", self.server.account), &Value::Null)
    }

    fn advance(&self, by: &str) {
        self.server.admin("POST", "/sim/advance", &json!({"by": by}));
    }

    /// Has [`WRITES_BACK`] write: the id of what it wrote.
    fn window(&self) -> String {
        self.server.accepted(WRITES_BACK);
        until_written(&self.hook)
    }
}

/// Waits for a person's message; its id.
fn until_written(hook: &WebhookReceiver) -> String {
    let wrote = |body: &[u8]| -> Option<String> {
        let body: Value = serde_json::from_slice(body).expect("JSON");
        Some(body.pointer("/entry/0/changes/0/value/messages/0/id")?.as_str()?.to_owned())
    };
    std::iter::repeat_with(|| hook.next()).find_map(|post| wrote(&post.body)).expect("somebody writes")
}

fn free(to: &str, of: &str, object: &Value) -> Value {
    let mut body = json!({"messaging_product": "whatsapp", "to": to, "type": of});
    body[of] = object.clone();
    body
}

/// Whether all of `part` is in `whole`, which may have more fields.
fn has(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            part.iter().all(|(key, value)| whole.get(key).is_some_and(|there| has(there, value)))
        }
        (Value::Array(whole), Value::Array(part)) => {
            whole.len() == part.len() && whole.iter().zip(part).all(|(whole, part)| has(whole, part))
        }
        _ => whole == part,
    }
}

fn interactive(of: &str, action: &Value) -> Value {
    json!({"type": of, "header": null, "body": {"text": "Choose"}, "footer": {"text": "Soon"}, "action": action})
}

/// (type, object, what the phone shows of it).
fn plain() -> Vec<(&'static str, Value, Value)> {
    vec![
        ("text", json!({"body": "Hi"}), json!({"type": "text", "body": "Hi"})),
        (
            "image",
            json!({"link": "https://a.b/c.png", "caption": "A"}),
            json!({"type": "image", "header": "[image] https://a.b/c.png", "body": "A"}),
        ),
        (
            "video",
            json!({"link": "https://a.b/c.mp4"}),
            json!({"type": "video", "header": "[video] https://a.b/c.mp4"}),
        ),
        (
            "document",
            json!({"link": "https://a.b/c", "filename": "c.pdf"}),
            json!({"type": "document", "header": "[document] https://a.b/c c.pdf"}),
        ),
        ("sticker", json!({"link": "https://a.b/c.webp"}), json!({"type": "sticker"})),
        ("audio", json!({"link": "https://a.b/c.mp3"}), json!({"type": "audio"})),
        (
            "location",
            json!({"latitude": 37.5, "longitude": "-122", "name": "HQ", "address": "1 Way"}),
            json!({"type": "location", "header": "[location] 37.5, -122", "body": "HQ\n1 Way"}),
        ),
        (
            "contacts",
            json!([{"name": {"formatted_name": "A B", "first_name": "A"}, "phones": [{"phone": "+1 940"}]}]),
            json!({"type": "contacts", "header": "[contact]", "body": "A B\n+1 940"}),
        ),
    ]
}

/// The same of interactive messages.
fn tappable() -> Vec<(&'static str, Value, Value)> {
    let reply = |id: &str, title: &str| json!({"type": "reply", "reply": {"id": id, "title": title}});
    let url = json!({"name": "cta_url", "parameters": {"display_text": "Shop", "url": "https://a.b"}});
    let card = json!({"header": {"type": "image", "image": {"link": "https://a.b/c"}}, "action": url});
    let button = |text: &str, value: &str, payload: Option<&str>| json!([{"text": text, "value": value, "reply_payload": payload}]);
    let order =
        json!({"reference_id": "r1", "currency": "INR", "total_amount": {"value": 1100, "offset": 100}});
    vec![
        (
            "interactive",
            interactive("button", &json!({"buttons": [reply("y", "Yes")]})),
            json!({"type": "interactive", "body": "Choose", "footer": "Soon", "buttons": button("Yes", "", Some("y"))}),
        ),
        (
            "interactive",
            interactive(
                "list",
                &json!({"button": "Open", "sections": [{"rows": [{"id": 7, "title": "Row"}]}]}),
            ),
            json!({"list": {"button": "Open", "sections": [
                {"title": "", "rows": [{"id": "7", "title": "Row", "description": ""}]}]}}),
        ),
        (
            "interactive",
            interactive("cta_url", &url),
            json!({"buttons": button("Shop", "https://a.b", None)}),
        ),
        (
            "interactive",
            json!({"type": "carousel", "body": {"text": "C"}, "action": {"cards": [card, card]}}),
            json!({"body": "C"}),
        ),
        (
            "interactive",
            interactive(
                "flow",
                &json!({"name": "flow", "parameters":
            {"flow_message_version": "3", "flow_id": "1", "flow_cta": "Book"}}),
            ),
            json!({"buttons": button("Book", "", None)}),
        ),
        (
            "interactive",
            interactive("order_details", &json!({"name": "review_and_pay", "parameters": order})),
            json!({"header": "[order] r1", "buttons": button("Review and pay", "INR 11.00", None)}),
        ),
    ]
}

#[test]
fn every_type_is_accepted_shown_and_told() {
    let dev = Dev::start();
    dev.window();
    for (of, object, expected) in plain().into_iter().chain(tappable()) {
        let wamid = dev.send(WRITES_BACK, of, &object);
        dev.server.reaches(&wamid, &["read"]);
        let shown = dev.shown(WRITES_BACK);
        assert_eq!(shown["id"], wamid.as_str(), "{object}");
        for (field, value) in expected.as_object().expect("an object") {
            assert!(has(&shown[field], value), "{field} of {object}: {shown}");
        }
        dev.hook.until(&wamid, "read");
    }
    let voice = dev.send(WRITES_BACK, "audio", &json!({"link": "https://a.b/c.ogg", "voice": true}));
    dev.server.reaches(&voice, &["played"]);
    assert_eq!(dev.shown(WRITES_BACK)["type"], "voice");
    dev.hook.until(&voice, "played");
}

#[test]
fn free_form_needs_a_window_that_a_reply_opens_for_a_day() {
    let dev = Dev::start();
    let text = json!({"body": "Hi"});
    let reason = |message: &Value| -> String {
        let events = message["events"].as_array().expect("events");
        events.iter().filter_map(|event| event["reason"].as_str()).collect()
    };
    for to in [READER, WRITES_BACK] {
        let closed = dev.server.reaches(&dev.send(to, "text", &text), &["failed"]);
        assert!(reason(&closed).contains("131047"), "{closed}");
    }
    dev.window();
    dev.server.reaches(&dev.send(WRITES_BACK, "text", &text), &["read"]);
    dev.advance("23h");
    dev.server.reaches(&dev.send(WRITES_BACK, "text", &text), &["read"]);
    // It wrote back to that one, too.
    dev.advance("25h");
    let closed = dev.server.reaches(&dev.send(WRITES_BACK, "text", &text), &["failed"]);
    assert!(reason(&closed).contains("131047"), "{closed}");
}

#[test]
fn replies_are_quoted_and_reactions_need_their_message() {
    let dev = Dev::start();
    let inbound = dev.window();
    let first = dev.send(WRITES_BACK, "text", &json!({"body": "First"}));
    dev.server.reaches(&first, &["read"]);
    let mut reply = free(WRITES_BACK, "text", &json!({"body": "Second"}));
    reply["context"] = json!({"message_id": first});
    let second = wamid(&dev.post("/messages", &reply).ok());
    dev.server.reaches(&second, &["read"]);
    let shown = dev.shown(WRITES_BACK);
    assert_eq!((&shown["answers"], &shown["quoted"]), (&json!(first), &json!("First")));
    // What is not there is not quoted; the message arrives all the same.
    reply["context"] = json!({"message_id": "wamid.1"});
    dev.server.reaches(&wamid(&dev.post("/messages", &reply).ok()), &["read"]);
    assert_eq!(dev.shown(WRITES_BACK)["quoted"], Value::Null);

    for target in [&first, &inbound] {
        let reaction =
            dev.send(WRITES_BACK, "reaction", &json!({"message_id": target, "emoji": "\u{1F600}"}));
        dev.hook.until(&reaction, "sent");
        dev.advance("1h");
        assert_eq!(dev.server.message(&reaction)["state"], "sent", "never delivered, never read");
        assert_eq!(dev.shown(WRITES_BACK)["body"], "\u{1F600}");
    }
    let nothing = dev.send(WRITES_BACK, "reaction", &json!({"message_id": "wamid.1", "emoji": ""}));
    let failed = dev.server.reaches(&nothing, &["failed"]);
    assert!(failed["events"].to_string().contains("131009"), "{failed}");
}

#[test]
fn a_receipt_shows_its_ticks_and_typing_until_the_reply() {
    let dev = Dev::start();
    let inbound = dev.window();
    let mut receipt = json!({"messaging_product": "whatsapp", "status": "read", "message_id": inbound});
    assert_eq!(dev.post("/messages", &receipt).ok(), json!({"success": true}));
    until("the ticks are blue", || dev.chat(WRITES_BACK)["read_until"].is_string().then_some(()));
    assert_eq!(dev.chat(WRITES_BACK)["typing_until"], Value::Null);
    receipt["typing_indicator"] = json!({"type": "text"});
    dev.post("/messages", &receipt).ok();
    until("it types", || dev.chat(WRITES_BACK)["typing_until"].is_string().then_some(()));
    let reply = dev.send(WRITES_BACK, "text", &json!({"body": "Here"}));
    dev.server.reaches(&reply, &["read"]);
    assert_eq!(dev.chat(WRITES_BACK)["typing_until"], Value::Null, "the reply is there");
    receipt["message_id"] = json!(reply);
    let refused = dev.post("/messages", &receipt);
    assert_eq!((refused.status, &refused.json()["error"]["code"]), (400, &json!(131_009)));
    let refused = dev.post("/marketing_messages", &receipt);
    assert_eq!((refused.status, &refused.json()["error"]["code"]), (400, &json!(100)));
}

#[test]
fn a_gateway_names_messages_as_its_upstream_knows_them() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (gateway, server) =
        Gateway::start(folder.path(), &folder.path().join("journal"), &json!({"name": "calm"}));
    let hook = WebhookReceiver::start(|_| Reply::Status(200));
    let wanted = json!({"url": hook.url, "headers": {}});
    server.admin("PUT", &format!("/admin/v1/channels/{}/webhook", server.channel), &wanted);
    let post = |body: &Value| {
        let key = ("D360-API-KEY", server.api_key.as_str());
        let body = body.to_string();
        Http::new(server.address).ask("POST", "/messages", key, body.as_bytes()).expect("an answer").ok()
    };
    let ask = |path: &str| {
        Http::new(gateway.network).ask("GET", path, ("Accept", "*/*"), b"").expect("an answer").ok()
    };
    let phone = || ask(&format!("/sim/messages/{WRITES_BACK}?limit=1"))[0].clone();

    server.accepted(WRITES_BACK);
    let inbound = until_written(&hook);
    let first = wamid(&post(&free(WRITES_BACK, "text", &json!({"body": "First"}))));
    server.reaches(&first, &["read"]);
    let theirs = phone()["id"].as_str().expect("an id").to_owned();
    assert_ne!(theirs, first, "the upstream has ids of its own");
    let mut reply = free(WRITES_BACK, "text", &json!({"body": "Second"}));
    reply["context"] = json!({"message_id": first});
    server.reaches(&wamid(&post(&reply)), &["read"]);
    assert_eq!((&phone()["answers"], &phone()["quoted"]), (&json!(theirs), &json!("First")));
    // A person's message has one id everywhere; one of ours that never left has none there, and is not quoted.
    for (given, there) in [(inbound.as_str(), json!(inbound)), ("wamid.1", json!("wamid.1"))] {
        reply["context"] = json!({"message_id": given});
        server.reaches(&wamid(&post(&reply)), &["read"]);
        assert_eq!(phone()["answers"], there);
    }
    let reaction = free(WRITES_BACK, "reaction", &json!({"message_id": first, "emoji": "\u{1F600}"}));
    hook.until(&wamid(&post(&reaction)), "sent");
    assert_eq!((&phone()["type"], &phone()["answers"]), (&json!("reaction"), &json!(theirs)));

    let receipt = json!({"messaging_product": "whatsapp", "status": "read", "message_id": inbound});
    assert_eq!(post(&receipt), json!({"success": true}));
    // The network process files its numbers under an account of its own until it is told theirs.
    let accounts = || phone()["account_id"].as_str().expect("an account").to_owned();
    until("the upstream has the receipt", || {
        ask(&format!("/sim/chats/{}/{WRITES_BACK}", accounts()))["read_until"].is_string().then_some(())
    });
}
