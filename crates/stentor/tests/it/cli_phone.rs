//! Simulated people who act by command: what the phone shows, what the business is told, what cannot be done.

use serde_json::{Value, json};

use crate::cli_session::Session;
use crate::program::Running;

const READER: &str = "447700900001";

fn listen(session: &Session) -> Running {
    let mut listener = session.program.start_with(&["webhook", "listen", "--json"], &session.environment());
    assert!(listener.aside().contains("sends its webhooks to"));
    listener
}

/// The next change that is no status.
fn told(listener: &mut Running) -> Value {
    loop {
        let post = listener.json();
        assert_eq!(post["signature"], "valid", "{post}");
        let change = post["body"]["entry"][0]["changes"][0].clone();
        if change["value"].get("statuses").is_none() {
            return change;
        }
    }
}

fn message(listener: &mut Running) -> Value {
    let change = told(listener);
    assert_eq!(change["field"], "messages", "{change}");
    let value = &change["value"];
    assert_eq!(value["contacts"][0]["wa_id"], READER);
    assert_eq!(value["metadata"]["display_phone_number"], "15550100360");
    value["messages"][0].clone()
}

/// Sends a body from a file to an endpoint; the wamid, once it is delivered.
fn send(session: &Session, endpoint: &str, body: &Value) -> String {
    let file = session.program.home().join("body.json");
    std::fs::write(&file, body.to_string()).expect("written");
    let ran = session.run(&["send", "--endpoint", endpoint, "--file", &file.display().to_string()]);
    let wamid = ran.ok().out.trim().to_owned();
    session.show(&wamid, "delivered");
    wamid
}

/// Sends a template once the pair limit allows the next one.
fn send_later(session: &Session) -> String {
    session.run(&["network", "advance", "1m"]).ok();
    session.send(READER)
}

fn template() -> Value {
    json!({"messaging_product": "whatsapp", "to": READER, "type": "template", "template": {
        "name": "marketing_image_buttons", "language": {"code": "en"}, "components": [
            {"type": "header", "parameters": [{"type": "image", "image": {"link": "https://shop.example/a.png"}}]},
            {"type": "body", "parameters": [{"type": "text", "text": "Ann"}, {"type": "text", "text": "SAVE20"}]},
            {"type": "button", "sub_type": "url", "index": 0, "parameters": [{"type": "text", "text": "spring"}]},
            {"type": "button", "sub_type": "quick_reply", "index": 1, "parameters": [{"type": "payload", "payload": "more-1"}]}]}})
}

#[test]
fn a_template_is_tapped_read_and_clicked() {
    let session = Session::start();
    let mut listener = listen(&session);
    let wamid = send(&session, "marketing", &template());
    let phone = session.run(&["phone", READER]).ok().out;
    assert!(phone.contains("0 [") && phone.contains("1 [") && phone.contains("2 ["), "numbers: {phone}");

    let done = session.run(&["phone", READER, "press", "1", "--json"]).ok().json();
    assert_eq!((&done["message"], done["opened"].is_null()), (&json!(wamid), true), "{done}");
    let answer = message(&mut listener);
    assert_eq!((&answer["type"], &answer["button"]["payload"]), (&json!("button"), &json!("more-1")));
    assert_eq!((&answer["context"]["id"], &answer["id"]), (&json!(wamid), &done["id"]));

    let clicked = session.run(&["phone", READER, "press", "0"]).ok().out;
    assert!(clicked.starts_with("opened https://") && clicked.contains("user_actions"), "{clicked}");
    let action = told(&mut listener)["value"]["user_actions"][0].clone();
    assert_eq!(action["action_type"], "marketing_messages_link_click");
    assert_eq!(action["marketing_messages_link_click_data"]["click_component"], "cta");

    session.run(&["phone", READER, "react", "👍"]).ok();
    assert_eq!(message(&mut listener)["reaction"], json!({"message_id": wamid, "emoji": "👍"}));
    session.run(&["phone", READER, "react"]).ok();
    assert_eq!(message(&mut listener)["reaction"], json!({"message_id": wamid}), "taken back");

    let shown = session.run(&["phone", READER, "--json"]).ok().json();
    let said: Vec<_> = shown["said"].as_array().expect("doings").iter().map(|said| &said["type"]).collect();
    assert_eq!(said, ["reaction", "reaction", "button"]);
    assert_eq!(shown["messages"][0]["pressed"], json!([1, 0]));
    assert_eq!(shown["messages"][0]["opened"].as_array().map(Vec::len), Some(1));

    let ran = session.run(&["phone", READER, "press", "7"]);
    assert_eq!((ran.code, ran.out.as_str()), (4, ""), "{ran:?}");
    assert!(ran.err.contains("has no button 7: it has 0 ["), "{ran:?}");
    let ran = session.run(&["phone", READER, "react", "👍", "--message", "wamid.none"]);
    assert_eq!(ran.code, 5, "{ran:?}");
    assert_eq!(session.run(&["phone", READER, "say", "Hi", "--to", "12"]).code, 4, "no such channel");
}

#[test]
fn a_conversation_of_every_kind() {
    let session = Session::start();
    let mut listener = listen(&session);
    session.run(&["phone", READER, "say", "Hello?"]).ok();
    let hello = message(&mut listener);
    assert_eq!((&hello["type"], &hello["text"]["body"]), (&json!("text"), &json!("Hello?")));
    let rows = json!([{"id": "s", "title": "Small"}, {"id": "l", "title": "Large", "description": "Bigger"}]);
    let interactive = |action: Value, kind: &str| {
        json!({"messaging_product": "whatsapp", "to": READER, "type": "interactive",
            "interactive": {"type": kind, "body": {"text": "Which?"}, "action": action}})
    };
    let list = interactive(json!({"button": "Sizes", "sections": [{"title": "All", "rows": rows}]}), "list");
    let wamid = send(&session, "messages", &list);
    session.run(&["phone", READER, "press", "1"]).ok();
    let chosen = message(&mut listener);
    assert_eq!(chosen["interactive"]["type"], "list_reply");
    assert_eq!(
        chosen["interactive"]["list_reply"],
        json!({"id": "l", "title": "Large", "description": "Bigger"})
    );
    assert_eq!(chosen["context"]["id"], json!(wamid));
    let buttons = json!({"buttons": [{"type": "reply", "reply": {"id": "yes-1", "title": "Yes"}}]});
    send(&session, "messages", &interactive(buttons, "button"));
    session.run(&["phone", READER, "press", "0"]).ok();
    let replied = message(&mut listener);
    assert_eq!(replied["interactive"]["button_reply"], json!({"id": "yes-1", "title": "Yes"}));

    session.run(&["phone", READER, "say", "Thanks", "--reply-to", &wamid]).ok();
    assert_eq!(message(&mut listener)["context"]["id"], json!(wamid));
    session.run(&["phone", READER, "location", "52.52", "-13.405", "--name", "Home"]).ok();
    let place = message(&mut listener);
    assert_eq!(place["location"], json!({"latitude": 52.52, "longitude": -13.405, "name": "Home"}));
    session.run(&["phone", READER, "contact", "Ann Lee", "+44 1234 567891"]).ok();
    let card = message(&mut listener)["contacts"][0].clone();
    assert_eq!(
        (&card["name"]["formatted_name"], &card["phones"][0]["wa_id"]),
        (&json!("Ann Lee"), &json!("441234567891"))
    );
    session.run(&["phone", READER, "send", "image", "--caption", "Look"]).ok();
    let image = message(&mut listener)["image"].clone();
    assert_eq!((&image["mime_type"], &image["caption"]), (&json!("image/png"), &json!("Look")));
    let file = session.program.home().join("notes.txt");
    std::fs::write(&file, "Five of them, please.").expect("written");
    session.run(&["phone", READER, "send", "document", &file.display().to_string()]).ok();
    let document = message(&mut listener)["document"].clone();
    assert_eq!((&document["filename"], &document["mime_type"]), (&json!("notes.txt"), &json!("text/plain")));
    assert!(document["id"].as_str().is_some_and(|id| !id.is_empty()) && document["sha256"].is_string());
}

#[test]
fn stop_words_switches_and_blocks_hold() {
    let session = Session::start();
    let mut listener = listen(&session);
    session.show(&send_later(&session), "read");
    // What is sent after the command has ended is sent after the stop: nothing else is waited for.
    session.run(&["phone", READER, "say", "Stop!"]).ok();
    session.show(&send_later(&session), "dropped");
    assert_eq!(message(&mut listener)["text"]["body"], "Stop!");
    session.run(&["phone", READER, "say", "START"]).ok();
    session.show(&send_later(&session), "read");
    assert_eq!(message(&mut listener)["text"]["body"], "START");

    session.run(&["phone", READER, "stop"]).ok();
    let preference = told(&mut listener);
    assert_eq!(preference["field"], "user_preferences");
    let preference = &preference["value"]["user_preferences"][0];
    assert_eq!((&preference["value"], preference["timestamp"].is_i64()), (&json!("stop"), true));
    session.show(&send_later(&session), "dropped");
    session.run(&["phone", READER, "resume"]).ok();
    assert_eq!(told(&mut listener)["value"]["user_preferences"][0]["value"], "resume");

    let done = session.run(&["phone", READER, "block"]).ok().out;
    assert_eq!(done, "nobody is told\n");
    let ran = session.run(&["phone", READER, "say", "Hi"]);
    assert!(ran.code == 4 && ran.err.contains("unblock it first"), "{ran:?}");
    session.run(&["phone", READER, "unblock"]).ok();
    session.show(&send_later(&session), "read");

    session.run(&["network", "reset", "--messages"]).ok();
    assert_eq!(session.run(&["messages", "list"]).ok().out, "no messages\n");
    assert_eq!(session.run(&["phone", READER]).ok().out, format!("the phone {READER} is empty\n"));
    session.show(&send_later(&session), "read");
}
