//! The operator's API: templates written, listed and moved by hand.

use std::time::Duration;

use serde_json::json;
use stentor::api::Review;
use stentor_core::message::WaitReason;
use stentor_core::registry::SyncPolicy;
use stentor_store::QueueDecision;

use super::support::app::{ACCOUNT, CHANNEL, TestApp, of_template, specification};

#[tokio::test]
async fn a_template_is_made_approved_synced_and_sent() {
    let app = TestApp::new().await;
    let definition = json!({"name": "fresh", "language": "en", "category": "MARKETING",
        "components": [{"type": "BODY", "text": "News for you."}]});
    let made = app.post("/admin/v1/templates", &definition).await;
    assert_eq!((made.status.as_u16(), &made.json()["status"]), (201, &json!("PENDING")));
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let mut send = specification();
    send["template"]["name"] = json!("fresh");
    let path = format!("/admin/v1/templates/{id}/move");
    let early = app.post(&path, &json!({"to": "synced"})).await;
    assert_eq!((early.status.as_u16(), early.json()["error"]["field"].as_str()), (400, Some("to")));
    assert_eq!(app.post("/marketing_messages", &send).await.error().1, 132_001);
    let approved = app.post(&path, &json!({"to": "approved"})).await.json();
    assert!(approved["sync"].as_str().unwrap().starts_with("syncing until"));
    assert_eq!(app.post("/marketing_messages", &send).await.error().1, 134_101);
    assert_eq!(app.post(&path, &json!({"to": "synced"})).await.json()["sync"], "synced");
    assert_eq!(app.post("/marketing_messages", &send).await.status.as_u16(), 200);
    let edited = app
        .call("PATCH", &format!("/admin/v1/templates/{id}"), &[], r#"{"message_send_ttl_seconds":43200}"#)
        .await;
    assert_eq!(edited.json()["message_send_ttl_seconds"], 43_200);
    assert_eq!(app.delete("/admin/v1/templates?name=fresh").await.status.as_u16(), 200);
    assert_eq!(app.get("/admin/v1/templates?name=fresh").await.json()["templates"], json!([]));
    assert_eq!(app.delete("/admin/v1/templates?name=fresh").await.status.as_u16(), 404);
}

#[tokio::test]
async fn fixtures_move_by_hand_and_the_account_is_told() {
    let app = TestApp::new().await;
    let hook = json!({"url": "https://example.com"}).to_string();
    app.call("PUT", "/admin/v1/webhook", &[], hook).await;
    let code = async |name: &str| {
        let mut send = specification();
        send["template"]["name"] = json!(name);
        app.post("/marketing_messages", &send).await.error().1
    };
    let to = async |id: i64, to: &str| {
        app.post(&format!("/admin/v1/templates/{id}/move"), &json!({"to": to})).await
    };
    assert_eq!(code("fixture_syncing").await, 134_101);
    assert_eq!(to(11, "synced").await.json()["sync"], "synced");
    assert_eq!(code("fixture_syncing").await, 0);
    for (word, expected) in
        [("PAUSED", 132_015), ("DISABLED", 132_016), ("REJECTED", 132_001), ("PENDING", 132_001)]
    {
        assert_eq!(to(1, word).await.json()["status"], word);
        assert_eq!(code("marketing_text_no_param").await, expected);
    }
    assert_eq!(to(1, "DELETED").await.status.as_u16(), 400);
    assert_eq!(to(99, "PAUSED").await.status.as_u16(), 404);
    let waiting = app.get("/admin/v1/status").await.json()["webhooks"]["waiting"].clone();
    assert_eq!(waiting, 4, "each move is told, the sync clock's is not");
}

#[tokio::test]
async fn who_paused_a_template_hears_that_a_hand_ended_the_pause() {
    let app = TestApp::reviewed().await;
    for to in ["PAUSED", "APPROVED", "APPROVED", "PENDING", "REJECTED"] {
        let moved = app.post("/admin/v1/templates/1/move", &json!({"to": to})).await;
        assert_eq!(moved.json()["status"], to);
    }
    let Review::Unpause(template) = app.asked().await else { panic!("the pause ended first") };
    assert_eq!(template.name, "marketing_text_no_param");
    assert!(matches!(app.asked().await, Review::Withdraw(_)), "asked once");
}

#[tokio::test]
async fn what_was_held_leaves_when_the_hold_ends() {
    let app = TestApp::with(|_, channel| channel.sync_policy = Some(SyncPolicy::Hold)).await;
    let store = &app.state.store;
    let due = async || store.claim(app.clock.now(), ACCOUNT, CHANNEL, 9).await.unwrap();
    let hold = async |id, wait| {
        let until = app.clock.now() + Duration::from_mins(5);
        let held = vec![(id, QueueDecision::Postpone { until, wait, why: String::new() })];
        store.decide_queued(app.clock.now(), ACCOUNT, held).await.unwrap();
    };
    let send = of_template("fixture_syncing", &json!([]));
    assert_eq!(app.post("/marketing_messages", &send).await.status.as_u16(), 200);
    assert!(due().await.is_empty(), "it syncs");
    app.post("/admin/v1/templates/11/move", &json!({"to": "synced"})).await;
    let id = due().await.remove(0).message.id;
    // As the dispatcher decides while a template, a channel or an account is stopped.
    hold(id, WaitReason::Paused).await;
    app.post("/admin/v1/templates/11/move", &json!({"to": "PAUSED"})).await;
    assert!(due().await.is_empty());
    app.post("/admin/v1/templates/11/move", &json!({"to": "APPROVED"})).await;
    assert_eq!(due().await.len(), 1, "the template is back");
    for (path, stopped) in [
        (format!("/admin/v1/channels/{CHANNEL}"), "blocked"),
        (format!("/admin/v1/accounts/{ACCOUNT}"), "unpaid"),
    ] {
        hold(id, WaitReason::Paused).await;
        for (state, waiting) in [(stopped, 0), ("active", 1)] {
            let set = app.call("PATCH", &path, &[], json!({"state": state}).to_string()).await;
            assert_eq!(set.status.as_u16(), 200, "{path}");
            assert_eq!(due().await.len(), waiting, "{path} is {state}");
        }
    }
}
