//! One person as a whole: what is kept of them, and what is left of them.

use serde_json::{Value, json};
use stentor::api::inbound;
use stentor_core::learning::Deed;
use stentor_core::message::State;

use super::support::app::{ACCOUNT, CHANNEL, KEY, TestApp, specification};

const PERSON: &str = "441234567890";

async fn ask(app: &TestApp, path: &str, body: Value) -> (u16, Value) {
    let answer = app.post(&format!("/admin/v1/people/{path}"), &body).await;
    (answer.status.as_u16(), answer.json())
}

/// A message that left and one that waits, a text that waits to be told, and an opt-out.
async fn lived() -> TestApp {
    let app = TestApp::new().await;
    app.account_endpoint("https://example.com/hook").await;
    let keyed = [("idempotency-key", "once"), ("d360-api-key", KEY)];
    app.call("POST", "/marketing_messages", &keyed, specification().to_string()).await;
    app.leave().await;
    app.clock.advance(std::time::Duration::from_secs(60));
    let mut second = specification();
    second["biz_opaque_callback_data"] = json!("order 66");
    app.post("/marketing_messages", &second).await;
    let message = json!({"from": PERSON, "id": "wamid.in1", "timestamp": app.clock.now().secs().to_string(), "type": "text", "text": {"body": "stop"}});
    inbound::wrote(&app.state, ACCOUNT, CHANNEL, json!({"wa_id": PERSON}), message).await.unwrap();
    app
}

#[tokio::test]
async fn everything_of_a_person_is_one_document() {
    let app = lived().await;
    let (status, document) = ask(&app, "export", json!({"number": "+44 1234 567890"})).await;
    assert_eq!(status, 200);
    assert_eq!((&document["standing"]["number"], &document["is_complete"]), (&json!(PERSON), &json!(true)));
    assert_eq!(document["standing"]["history"][0]["wording"], "stop");
    let messages = document["messages"].as_array().unwrap();
    assert_eq!(messages.len(), 2);
    assert_eq!((&messages[0]["callback_data"], &messages[0]["input"]), (&json!("order 66"), &json!(PERSON)));
    assert_eq!(messages[0]["request"]["template"]["name"], "marketing_text_no_param");
    assert_eq!(messages[1]["timeline"]["events"][0]["event"], "accepted");
    assert_eq!(document["waiting_webhooks"][0]["value"]["messages"][0]["text"]["body"], "stop");
    let (_, nobody) = ask(&app, "export", json!({"number": "4915112345678"})).await;
    assert_eq!((&nobody["messages"], &nobody["waiting_webhooks"]), (&json!([]), &json!([])));
    let audit = app.get("/admin/v1/audit").await.json()["audit"].clone();
    assert_eq!(audit[0]["action"], "person.export");
    assert!(!audit.to_string().contains("567890"), "{audit}");
}

#[tokio::test]
async fn an_erased_person_is_gone_and_stays_opted_out() {
    let app = lived().await;
    let (status, erased) = ask(&app, "erase", json!({"number": PERSON})).await;
    let hash = erased["hash"].as_str().unwrap().to_owned();
    let all = json!({"hash": hash, "messages": 2, "ended": 1, "webhooks": 1, "learning_lines": 2});
    assert_eq!((status, erased), (200, all));
    let (_, document) = ask(&app, "export", json!({"number": PERSON})).await;
    let messages = document["messages"].as_array().unwrap();
    assert_eq!(messages.len(), 2, "their rows stay");
    assert!(messages.iter().all(|m| m["request"].is_null() && m["timeline"]["recipient"].is_null()));
    assert_eq!(
        (&messages[0]["timeline"]["state"], &messages[0]["timeline"]["code"]),
        (&json!("dropped"), &json!(130_403))
    );
    assert_eq!(document["standing"]["marketing"], false, "what they may not get stays");
    assert_eq!(document["standing"]["history"][0]["wording"], json!(null));
    assert_eq!(document["standing"]["window_until"], json!(null));
    assert_eq!(document["waiting_webhooks"], json!([]));
    let export = String::from_utf8(app.get("/admin/v1/suppressions/export").await.bytes.to_vec()).unwrap();
    assert!(export.contains(&format!("\n,{hash},opted_out,")) && !export.contains(PERSON), "{export}");
    // The list with the hash is imported like any other.
    let again = app.call("POST", "/admin/v1/suppressions/import", &[], export).await.json();
    assert_eq!((&again["unchanged"], &again["refused"]), (&json!(1), &json!(0)));
    // The end of what was queued is told; a new message is stopped again.
    let told = app.bodies().await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(!told[0].to_string().contains(PERSON), "{told:?}");
    let sent = app.post("/marketing_messages", &specification()).await;
    assert_eq!(sent.status, 200);
    let claimed = app.state.store.claim(app.clock.now(), ACCOUNT, CHANNEL, 9).await.unwrap();
    assert_eq!(claimed.len(), 1);
    assert!(!claimed[0].person.consent.allows_marketing());
    let audit = app.get("/admin/v1/audit").await.json()["audit"].clone();
    let row = audit.as_array().unwrap().iter().find(|row| row["action"] == "person.erase").unwrap().clone();
    assert_eq!(row["detail"], format!("{hash} messages=2 ended=1 webhooks=1 lines=2 leaving=0"));
    assert!(!audit.to_string().contains("567890"), "{audit}");
}

#[tokio::test]
async fn a_person_of_two_names_is_one() {
    const USER: &str = "GB.13491208655302741918";
    let app = TestApp::new().await;
    app.account_endpoint("https://example.com/hook").await;
    app.post("/marketing_messages", &specification()).await;
    let mut to_user = specification();
    to_user.as_object_mut().unwrap().remove("to");
    to_user["recipient"] = json!(USER);
    assert_eq!(app.post("/marketing_messages", &to_user).await.status, 200);
    assert_eq!(
        ask(&app, "export", json!({"number": PERSON})).await.1["messages"].as_array().unwrap().len(),
        1
    );
    let at = app.clock.now().secs().to_string();
    let message = json!({"from": PERSON, "from_user_id": USER, "id": "wamid.in1", "timestamp": at, "type": "text", "text": {"body": "stop"}});
    inbound::wrote(&app.state, ACCOUNT, CHANNEL, json!({"wa_id": PERSON, "user_id": USER}), message)
        .await
        .unwrap();
    for (name, other) in [(PERSON, USER), (USER, PERSON)] {
        let (_, document) = ask(&app, "export", json!({"number": name})).await;
        assert_eq!((&document["also_known_as"], &document["is_complete"]), (&json!([other]), &json!(true)));
        assert_eq!(document["standing"]["marketing"], false, "what was said under either name");
        assert_eq!(document["messages"].as_array().unwrap().len(), 2);
        assert_eq!(document["waiting_webhooks"].as_array().unwrap().len(), 1);
    }
    let (status, erased) = ask(&app, "erase", json!({"number": PERSON})).await;
    assert_eq!(
        (status, &erased["messages"], &erased["ended"], &erased["webhooks"]),
        (200, &json!(2), &json!(2), &json!(1))
    );
    for name in [PERSON, USER] {
        let (_, document) = ask(&app, "export", json!({"number": name})).await;
        assert_eq!((&document["also_known_as"], &document["waiting_webhooks"]), (&json!([]), &json!([])));
        assert_eq!(document["standing"]["marketing"], false, "what they may not get stays");
        let gone = |m: &Value| m["request"].is_null() && m["timeline"]["recipient"].is_null();
        assert!(document["messages"].as_array().unwrap().iter().all(gone));
    }
}

#[tokio::test]
async fn what_is_learnt_of_a_person_is_told_and_goes_under_every_name() {
    const USER: &str = "GB.13491208655302741918";
    let app = TestApp::new().await;
    app.post("/marketing_messages", &specification()).await;
    app.leave().await;
    let at = app.clock.now().secs().to_string();
    let message = json!({"from": PERSON, "from_user_id": USER, "id": "wamid.in1", "timestamp": at, "type": "text", "text": {"body": "hi"}});
    let contact = json!({"wa_id": PERSON, "user_id": USER});
    inbound::wrote(&app.state, ACCOUNT, CHANNEL, contact, message).await.unwrap();
    for name in [PERSON, USER] {
        let (_, document) = ask(&app, "export", json!({"number": name})).await;
        assert_eq!(document["learning"].as_array().unwrap().len(), 1, "{document}");
        assert_eq!(document["learning"][0]["deed"], "sent");
    }
    let (_, erased) = ask(&app, "erase", json!({"number": USER})).await;
    assert_eq!((&erased["messages"], &erased["learning_lines"]), (&json!(1), &json!(1)));
    let left = app.state.store.learnt_after(0, 10).await.unwrap();
    assert!(left.iter().all(|learnt| learnt.line.deed == Deed::Forgotten), "{left:?}");
}

#[tokio::test]
async fn what_leaves_this_moment_is_erased_a_minute_later() {
    let app = TestApp::new().await;
    app.post("/marketing_messages", &specification()).await;
    let (store, now) = (&app.state.store, app.clock.now());
    let id = store.claim(now, ACCOUNT, CHANNEL, 1).await.unwrap().remove(0).message.id;
    let lease = std::time::Duration::from_secs(60);
    let begin = stentor_store::BeginSend::at_rate((ACCOUNT, CHANNEL), vec![id], lease, 80);
    store.begin_send(now, begin).await.unwrap();
    let (status, refused) = ask(&app, "erase", json!({"number": PERSON})).await;
    assert_eq!(status, 409);
    let line = "1 of their messages leave right now; everything else is erased: do it again in a minute";
    assert_eq!(refused["error"]["message"], line);
    store.rescue(now).await.unwrap();
    let (status, erased) = ask(&app, "erase", json!({"number": PERSON, "compact": true})).await;
    assert_eq!((status, &erased["messages"], &erased["ended"]), (200, &json!(1), &json!(1)));
    assert_eq!(app.messages().await[0].message.state, State::Failed);
}

#[tokio::test]
async fn a_blocked_person_stays_blocked_without_their_number() {
    let app = lived().await;
    let people = json!({"messaging_product": "whatsapp", "block_users": [{"user": PERSON}]});
    assert_eq!(app.post("/block_users", &people).await.status, 200);
    assert_eq!(
        ask(&app, "export", json!({"number": PERSON})).await.1["blocked_by"],
        json!([CHANNEL.to_string()])
    );
    ask(&app, "erase", json!({"number": PERSON})).await;
    assert!(!app.get("/block_users").await.json().to_string().contains(PERSON));
    assert_eq!(app.post("/messages", &specification()).await.error().1, 130_403);
}

#[tokio::test]
async fn a_time_zone_is_noted_and_forgotten() {
    let app = TestApp::new().await;
    let (status, standing) = ask(&app, "set", json!({"number": PERSON, "time_zone": "Asia/Tokyo"})).await;
    assert_eq!(
        (status, &standing["time_zone"], &standing["zones"]),
        (200, &json!("Asia/Tokyo"), &json!(["Asia/Tokyo"]))
    );
    let (_, standing) = ask(&app, "set", json!({"number": PERSON, "time_zone": "none"})).await;
    assert_eq!((&standing["time_zone"], &standing["zones"]), (&json!(null), &json!(["Europe/London"])));
    for (body, field) in [
        (json!({"number": PERSON, "time_zone": "Mars/Olympus"}), "time_zone"),
        (json!({"number": PERSON}), "time_zone"),
        (json!({"time_zone": "Asia/Tokyo"}), "number"),
    ] {
        let (status, refused) = ask(&app, "set", body).await;
        assert_eq!((status, &refused["error"]["field"]), (400, &json!(field)));
    }
}
