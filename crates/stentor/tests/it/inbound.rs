//! What an upstream tells of people: taken in once, with the window it opens and the opt-out it is, and told on in our ids.

use std::time::Duration;

use serde_json::{Value, json};
use stentor::api::UpstreamWebhook;
use stentor_core::message::EventKind;
use stentor_core::outcome::{Next, Outcome};
use stentor_core::{recipient, webhook};
use stentor_store::{BeginSend, Person, SendRecord};

use super::support::app::{ACCOUNT, CHANNEL, NUMBER, START, TestApp, specification};

const PERSON: &str = "441234567890";

async fn app() -> TestApp {
    let app = TestApp::configured(|state| {
        state.upstream_webhook =
            Some(UpstreamWebhook { app_secret: "app secret".to_owned(), verify_token: "token".to_owned() });
    })
    .await;
    app.account_endpoint("https://example.com/hook").await;
    app
}

/// One change of the upstream; it must be answered with 200.
async fn push(app: &TestApp, field: &str, time: Option<i64>, mut value: Value) {
    value["metadata"] = json!({"phone_number_id": CHANNEL.to_string(), "display_phone_number": NUMBER});
    let mut entry = json!({"id": ACCOUNT.to_string(), "changes": [{"field": field, "value": value}]});
    if let Some(time) = time {
        entry["time"] = time.into();
    }
    let body = json!({"object": "whatsapp_business_account", "entry": [entry]}).to_string();
    let signature = format!("sha256={}", webhook::sign(b"app secret", body.as_bytes()));
    let answer = app.call("POST", "/upstream/webhook", &[("x-hub-signature-256", &signature)], body).await;
    assert_eq!(answer.status, 200);
}

/// A message of the person, of this type, with these fields.
async fn write(app: &TestApp, id: &str, kind: &str, fields: Value) {
    let mut message =
        json!({"from": PERSON, "id": id, "timestamp": app.clock.now().secs().to_string(), "type": kind});
    for (name, field) in fields.as_object().expect("fields") {
        message[name] = field.clone();
    }
    push(app, "messages", None, json!({"contacts": [{"wa_id": PERSON}], "messages": [message]})).await;
}

async fn say(app: &TestApp, id: &str, words: &str) {
    write(app, id, "text", json!({"text": {"body": words}})).await;
}

async fn person(app: &TestApp) -> Person {
    let key = recipient::parse(PERSON).unwrap().key(&app.state.recipient_key, ACCOUNT);
    app.state.store.person(ACCOUNT, key).await.unwrap()
}

/// The person's opt-out, by its source.
async fn stopped(app: &TestApp) -> Option<String> {
    person(app).await.consent.opted_out.map(|(_, source)| source.as_str().to_owned())
}

#[tokio::test]
async fn what_comes_again_is_told_once() {
    let app = app().await;
    for id in ["wamid.1", "wamid.1", "wamid.2", "wamid.1"] {
        say(&app, id, "Hi").await;
    }
    let told = app.told().await;
    assert_eq!(told.iter().map(|v| &v["messages"][0]["id"]).collect::<Vec<_>>(), ["wamid.1", "wamid.2"]);
    // Two in one webhook, one of them known.
    let message = |id: &str| json!({"from": PERSON, "id": id, "timestamp": "1800000000", "type": "text", "text": {"body": "x"}});
    push(&app, "messages", None, json!({"messages": [message("wamid.2"), message("wamid.3")]})).await;
    assert_eq!(app.told().await[0]["messages"][0]["id"], "wamid.3");
    let preference =
        json!({"user_preferences": [{"wa_id": PERSON, "value": "stop", "timestamp": 1_800_000_000}]});
    let update = json!({"event": "ACCOUNT_RESTRICTION"});
    for time in [Some(1), Some(1), Some(2)] {
        push(&app, "user_preferences", time, preference.clone()).await;
        push(&app, "account_update", time, update.clone()).await;
    }
    let told = app.told().await;
    assert_eq!(
        told.iter().filter(|v| v["event"] == "ACCOUNT_RESTRICTION").count(),
        2,
        "twice at different times"
    );
    assert_eq!(told.iter().filter(|v| v.get("user_preferences").is_some()).count(), 1);
}

#[tokio::test]
async fn the_window_is_open_for_a_day_from_what_was_written() {
    let app = app().await;
    app.clock.advance(Duration::from_secs(3_600));
    let message = json!({"from": PERSON, "id": "wamid.late", "timestamp": START.secs().to_string(), "type": "text", "text": {"body": "Hi"}});
    push(&app, "messages", None, json!({"messages": [message]})).await;
    let until = person(&app).await.window_until.expect("a window");
    assert_eq!(until.secs(), START.secs() + 86_400, "not from when we heard of it");
}

#[tokio::test]
async fn a_stop_word_is_an_opt_out_and_stops_what_waits() {
    let app = app().await;
    for (n, words) in ["please don't stop", "Bus stop?"].into_iter().enumerate() {
        say(&app, &format!("wamid.no{n}"), words).await;
        assert_eq!(stopped(&app).await, None, "{words}");
    }
    say(&app, "wamid.1", " Abmelden! ").await;
    assert_eq!(stopped(&app).await.as_deref(), Some("stop_word"));
    app.post("/marketing_messages", &specification()).await;
    let claimed = app.state.store.claim(app.clock.now(), ACCOUNT, CHANNEL, 1).await.unwrap().remove(0);
    assert!(claimed.person.consent.opted_out.is_some(), "the second look sees it");
    say(&app, "wamid.2", "Start").await;
    assert_eq!(stopped(&app).await, None);
}

#[tokio::test]
async fn a_tap_on_a_stop_button_counts_and_the_switch_is_lifted_by_itself_only() {
    let app = app().await;
    write(&app, "wamid.1", "button", json!({"button": {"text": "Later", "payload": "STOP"}})).await;
    assert_eq!(stopped(&app).await.as_deref(), Some("stop_word"));
    write(&app, "wamid.2", "button", json!({"button": {"text": "START", "payload": "again-1"}})).await;
    assert_eq!(stopped(&app).await, None);
    let reply = json!({"interactive": {"type": "button_reply", "button_reply": {"id": "no-more", "title": "Unsubscribe"}}});
    write(&app, "wamid.3", "interactive", reply).await;
    assert_eq!(stopped(&app).await.as_deref(), Some("stop_word"));
    let preference = |word: &str| json!({"user_preferences": [{"wa_id": PERSON, "value": word, "timestamp": app.clock.now().secs()}]});
    push(&app, "user_preferences", None, preference("stop")).await;
    say(&app, "wamid.4", "start").await;
    assert_eq!(stopped(&app).await.as_deref(), Some("user_preferences"), "WhatsApp's switch stays");
    push(&app, "user_preferences", None, preference("resume")).await;
    assert_eq!(stopped(&app).await, None);
}

/// A marketing message that the upstream took under this id; our wamid.
async fn sent(app: &TestApp, upstream_id: &str) -> String {
    let wamid = app.post("/marketing_messages", &specification()).await.json()["messages"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let (store, now) = (&app.state.store, app.clock.now());
    let message = store.claim(now, ACCOUNT, CHANNEL, 1).await.unwrap().remove(0).message.id;
    let begin = BeginSend::at_rate((ACCOUNT, CHANNEL), vec![message], Duration::from_secs(60), 80);
    store.begin_send(now, begin).await.unwrap();
    let outcome = Outcome::Taken { upstream_id: upstream_id.to_owned(), held: false };
    let record =
        SendRecord { message, account: ACCOUNT, attempt: 1, outcome, next: Next::Done, own_id: false };
    store.record_sends(now, vec![record]).await.unwrap();
    wamid
}

#[tokio::test]
async fn an_answer_names_our_message_by_our_id_and_stands_in_its_timeline() {
    let app = app().await;
    let ours = sent(&app, "wamid.upstream").await;
    let context = json!({"from": NUMBER, "id": "wamid.upstream"});
    write(&app, "wamid.1", "button", json!({"button": {"text": "Stop", "payload": "x"}, "context": context}))
        .await;
    write(&app, "wamid.2", "reaction", json!({"reaction": {"message_id": "wamid.upstream", "emoji": "👍"}}))
        .await;
    write(&app, "wamid.3", "text", json!({"text": {"body": "?"}, "context": {"id": "wamid.elsewhere"}}))
        .await;
    write(&app, "wamid.4", "text", json!({"text": {"body": "!"}, "context": {"id": ours}})).await;
    let told = app.told().await;
    assert_eq!(told[0]["messages"][0]["context"]["id"], json!(ours));
    assert_eq!(told[1]["messages"][0]["reaction"]["message_id"], json!(ours));
    assert_eq!(told[2]["messages"][0]["context"]["id"], "wamid.elsewhere", "not one of ours: as it came");
    assert_eq!(told[3]["messages"][0]["context"]["id"], json!(ours));
    let events = &app.messages().await[0].events;
    let answers: Vec<_> = events
        .iter()
        .filter(|(_, e)| e.kind == EventKind::Answered)
        .filter_map(|(_, e)| e.detail.as_deref())
        .collect();
    assert_eq!(answers, ["button, a stop word: no more marketing messages", "reaction", "text"]);
    let timeline =
        app.get(&format!("/admin/v1/accounts/{ACCOUNT}/messages/{}", ours.replace('=', "%3D"))).await.json();
    assert!(timeline["events"].as_array().unwrap().iter().any(|e| e["event"] == "answered"), "{timeline}");
}
