//! The operator's API: messages with their timelines, waiting, replay, the delivery log, and what is counted.

use std::time::Duration;

use serde_json::{Value, json};
use stentor::api::inbound;
use stentor_core::message::{Status, StatusKind, UpstreamStatus};
use stentor_core::wamid;

use super::support::app::{ACCOUNT, CHANNEL, START, TestApp, specification};

async fn sent(app: &TestApp) -> String {
    let answer = app.post("/messages", &specification()).await;
    answer.json()["messages"][0]["id"].as_str().expect("a wamid").to_owned()
}

/// Lets the message leave and be told of, as the movers and an upstream would.
async fn told(app: &TestApp, name: &str, kinds: &[StatusKind]) {
    let (store, now) = (&app.state.store, app.clock.now());
    let claimed = store.claim(now, ACCOUNT, CHANNEL, 10).await.expect("the store works");
    let messages: Vec<_> = claimed.iter().map(|claimed| claimed.message.id).collect();
    if !messages.is_empty() {
        let lease = Duration::from_secs(30);
        let begin = stentor_store::BeginSend::at_rate((ACCOUNT, CHANNEL), messages, lease, 80);
        store.begin_send(now, begin).await.expect("the store works");
    }
    let statuses = kinds.iter().enumerate().map(|(n, kind)| UpstreamStatus {
        channel: CHANNEL,
        upstream_id: name.to_owned(),
        message: wamid::decode(&app.state.wamid_key, name),
        mark: None,
        recipient: None,
        status: Status { kind: kind.clone(), at: now + Duration::from_secs(n as u64) },
    });
    inbound::statuses(&app.state, ACCOUNT, statuses.collect()).await.expect("the store works");
}

const ALL: [StatusKind; 3] = [StatusKind::Sent, StatusKind::Delivered, StatusKind::Read];

#[tokio::test]
async fn a_timeline_has_each_thing_once_and_in_order() {
    for listens in [false, true] {
        let app = TestApp::new().await;
        if listens {
            let path = format!("/admin/v1/channels/{CHANNEL}/webhook");
            let set = app.call("PUT", &path, &[], json!({"url": "https://example.com"}).to_string()).await;
            assert_eq!(set.status.as_u16(), 200);
        }
        let name = sent(&app).await;
        told(&app, &name, &ALL).await;
        let shown = app.get(&format!("/admin/v1/messages/{name}")).await.json();
        let fields: Vec<_> = shown.as_object().unwrap().keys().map(String::as_str).collect();
        let documented = "wamid request state code recipient template route activity_sharing deadline unknown attempts events decision";
        assert_eq!(fields.join(" "), documented);
        let events: Vec<_> =
            shown["events"].as_array().unwrap().iter().map(|e| e["event"].as_str().unwrap()).collect();
        assert_eq!(
            events,
            ["accepted", "sending", "taken", "sent", "delivered", "read"],
            "listens: {listens}"
        );
        assert_eq!((&shown["state"], &shown["recipient"]), (&json!("read"), &json!("441234567890")));
        assert_eq!(shown["template"], json!({"name": "marketing_text_no_param", "language": "en"}));
        assert_eq!(shown["attempts"][0]["outcome"], "taken");
        assert_eq!(shown["events"][0]["at"], START.to_string());
    }
}

#[tokio::test]
async fn a_failure_is_told_with_its_code() {
    let app = TestApp::new().await;
    let name = sent(&app).await;
    told(&app, &name, &[StatusKind::Failed { code: 131_026, detail: "not on WhatsApp".to_owned() }]).await;
    let shown = app.get(&format!("/admin/v1/messages/{name}")).await.json();
    let last = shown["events"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["event"], &last["reason"]), (&json!("failed"), &json!("131026: not on WhatsApp")));
    let listed = app.get("/admin/v1/messages?state=failed").await.json();
    assert_eq!(
        (&listed["messages"][0]["code"], &listed["messages"][0]["wamid"]),
        (&json!(131_026), &json!(name))
    );
}

#[tokio::test]
async fn messages_are_paged_filtered_and_refused_by_field() {
    let app = TestApp::new().await;
    let names = [sent(&app).await, sent(&app).await, sent(&app).await];
    let page = app.get("/admin/v1/messages?limit=2").await.json();
    assert_eq!(
        (&page["messages"][0]["wamid"], &page["messages"][1]["wamid"]),
        (&json!(names[2]), &json!(names[1]))
    );
    let next =
        app.get(&format!("/admin/v1/messages?before={}", page["before"].as_str().unwrap())).await.json();
    assert_eq!((next["messages"].as_array().unwrap().len(), &next["before"]), (1, &Value::Null));
    assert_eq!(app.get("/admin/v1/messages?state=read").await.json()["messages"], json!([]));
    assert_eq!(app.get("/admin/v1/messages?state=happy").await.json()["error"]["field"], "state");
    assert_eq!(app.get("/admin/v1/messages?limit=1001").await.status.as_u16(), 400);
    assert_eq!(app.get("/admin/v1/messages/wamid.nonsense").await.status.as_u16(), 404);
}

#[tokio::test]
async fn another_account_sees_nothing_of_it() {
    let app = TestApp::new().await;
    let name = sent(&app).await;
    let other = app.post("/admin/v1/accounts", &json!({"name": "Other"})).await.json();
    let path = format!("/admin/v1/accounts/{}", other["id"].as_str().unwrap());
    for method_path in
        [("GET", "messages/{}"), ("GET", "messages/{}/wait?timeout_s=0"), ("POST", "messages/{}/replay")]
    {
        let path = format!("{path}/{}", method_path.1.replace("{}", &name));
        assert_eq!(app.call(method_path.0, &path, &[], "").await.status.as_u16(), 404, "{path}");
    }
    assert_eq!(app.get(&format!("{path}/messages")).await.json()["messages"], json!([]));
    let channel = format!("/admin/v1/webhook?channel={CHANNEL}&account={}", other["id"].as_str().unwrap());
    assert_eq!(app.get(&channel).await.status.as_u16(), 404);
    let moved = app.post(&format!("{path}/templates/1/move"), &json!({"to": "PAUSED"})).await;
    assert_eq!(moved.status.as_u16(), 404);
    let unclear = app.get("/admin/v1/messages").await;
    assert_eq!((unclear.status.as_u16(), unclear.json()["error"]["field"].as_str()), (400, Some("account")));
    assert!(unclear.json()["error"]["message"].as_str().unwrap().contains(&ACCOUNT.to_string()));
}

#[tokio::test]
async fn a_wait_ends_when_the_state_comes_or_says_where_it_is() {
    let app = TestApp::new().await;
    let name = sent(&app).await;
    let path = format!("/admin/v1/messages/{name}/wait?state=delivered");
    let late = app.get(&format!("{path}&timeout_s=0")).await;
    assert_eq!((late.status.as_u16(), &late.json()["error"]["state"]), (408, &json!("accepted")));
    let (came, ()) = tokio::join!(app.get(&path), told(&app, &name, &ALL));
    assert_eq!((came.status.as_u16(), &came.json()["state"]), (200, &json!("read")));
}

#[tokio::test]
async fn a_replay_queues_what_was_reported_and_is_audited() {
    let app = TestApp::new().await;
    let hook = json!({"url": "https://example.com/secret-path"}).to_string();
    assert_eq!(app.call("PUT", "/admin/v1/webhook", &[], hook).await.json()["phone_number_id"], Value::Null);
    let name = sent(&app).await;
    told(&app, &name, &ALL).await;
    let path = format!("/admin/v1/messages/{name}/replay");
    assert_eq!(app.post(&path, &json!({})).await.json()["queued"], 3);
    assert_eq!(app.post(&path, &json!({"seq": 1})).await.json()["queued"], 1);
    assert_eq!(app.post(&path, &json!({"seq": -1})).await.status.as_u16(), 400);
    let audit = app.get("/admin/v1/audit").await.json();
    assert_eq!(
        (&audit["audit"][0]["action"], &audit["audit"][0]["actor"]),
        (&json!("webhook.replay"), &json!("admin"))
    );
    let status = app.get("/admin/v1/status").await.json();
    assert_eq!((&status["webhooks"]["waiting"], &status["by_state"]["read"]), (&json!(7), &json!(1)));
    assert_eq!(status["webhooks"]["endpoints"][0]["origin"], "https://example.com", "a path may be a secret");
    assert_eq!(status["upstream"], json!({"kind": "none", "simulated": false, "slowed": []}));
    assert_eq!(app.get("/admin/v1/deliveries").await.json()["deliveries"], json!([]));
    assert_eq!(app.delete("/admin/v1/webhook").await.status.as_u16(), 200);
    assert_eq!(app.get("/admin/v1/webhook").await.status.as_u16(), 404);
}

#[tokio::test]
async fn metrics_count_what_happened() {
    let app = TestApp::new().await;
    let name = sent(&app).await;
    app.post("/marketing_messages", &json!({"to": "x"})).await;
    told(&app, &name, &ALL).await;
    // On the operators' listener; the tests' app sends by prefix, so the handler is asked through the state.
    let counts = app.state.store.counts().await.unwrap();
    let page = app.state.metrics.render(&counts, app.clock.now());
    for line in [
        "stentor_accepted_total 1",
        "stentor_statuses_total{kind=\"applied\"} 3",
        "stentor_messages{kind=\"read\"} 1",
    ] {
        assert!(page.contains(line), "{line} in {page}");
    }
    assert!(page.contains("stentor_refused_total{kind="), "{page}");
}
