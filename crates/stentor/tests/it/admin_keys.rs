//! API keys: made, listed, made anew, revoked, and what that does to a webhook.

use std::time::Duration;

use serde_json::{Value, json};
use stentor_core::registry::Character;

use crate::support::app::*;

fn path(more: &str) -> String {
    format!("/admin/v1/channels/{CHANNEL}/keys{more}")
}

async fn works(app: &TestApp, key: &str) -> bool {
    app.call("GET", "/v1/configs/webhook", &[("d360-api-key", key)], "").await.status == 200
}

#[tokio::test]
async fn a_twins_rotation_ends_the_old_keys_and_clears_the_numbers_webhook() {
    let app = TestApp::new().await;
    app.post("/v1/configs/webhook", &json!({"url": "https://example.com/"})).await;
    app.put_account_endpoint(stentor_core::id::EndpointId(1), "https://waba.example/").await;
    let made = app.post(&path(""), &json!({})).await;
    assert_eq!(made.status, 201);
    let key = made.json()["api_key"].as_str().unwrap().to_owned();
    assert!(key.len() == 26 && key.ends_with("AK"), "{key}");
    assert!(!works(&app, KEY).await && works(&app, &key).await);
    let own = app.call("GET", "/v1/configs/webhook", &[("d360-api-key", &key)], "").await.json();
    assert_eq!(own["url"], Value::Null, "as at 360dialog");
    let waba = app.call("GET", "/waba_webhook", &[("d360-api-key", &key)], "").await.json();
    assert_eq!(waba["url"], "https://waba.example/", "only the number's");
    for body in [json!({"grace_secs": 60}), json!({"keep_others": true})] {
        let refused = app.post(&path(""), &body).await;
        assert_eq!(refused.status, 400, "{body}");
    }
    let again = app.get(&path("")).await.json();
    assert!(!again.to_string().contains(&key), "shown once");
}

#[tokio::test]
async fn a_gateway_keeps_its_webhook_and_may_keep_its_keys_for_a_while() {
    let app = TestApp::with(|_, channel| channel.character = Character::Gateway).await;
    app.post("/v1/configs/webhook", &json!({"url": "https://example.com/"})).await;
    let second = app.post(&path(""), &json!({"keep_others": true})).await.json();
    assert_eq!(second["old_keys_end_at"], Value::Null);
    let second = second["api_key"].as_str().unwrap().to_owned();
    let third = app.post(&path(""), &json!({"grace_secs": 60})).await.json();
    let third = third["api_key"].as_str().unwrap().to_owned();
    app.clock.advance(Duration::from_secs(59));
    assert!(works(&app, KEY).await && works(&app, &second).await && works(&app, &third).await);
    app.clock.advance(Duration::from_secs(1));
    assert!(!works(&app, KEY).await && !works(&app, &second).await && works(&app, &third).await);
    let own = app.call("GET", "/v1/configs/webhook", &[("d360-api-key", &third)], "").await.json();
    assert_eq!(own["url"], "https://example.com/");
}

#[tokio::test]
async fn a_key_is_listed_by_name_with_its_last_day_and_can_be_revoked() {
    let app = TestApp::with(|_, channel| channel.character = Character::Gateway).await;
    let listed = app.get(&path("")).await.json();
    let [only] = listed["keys"].as_array().unwrap().as_slice() else { panic!("one key: {listed}") };
    assert_eq!((&only["last_used_on"], &only["expires_at"]), (&Value::Null, &Value::Null));
    let name = only["name"].as_str().unwrap().to_owned();
    assert!(works(&app, KEY).await);
    let today = app.get(&path("")).await.json()["keys"][0]["last_used_on"].clone();
    assert_eq!(today, "2027-01-15T00:00:00.000Z");
    app.state.directory.keep_uses(&app.state.store, app.clock.now()).await.unwrap();
    let next = TestApp::after(&app, |_| ()).await;
    assert_eq!(next.get(&path("")).await.json()["keys"][0]["last_used_on"], today, "kept");
    let other = app.post(&path(""), &json!({"keep_others": true})).await.json();
    let other = other["api_key"].as_str().unwrap().to_owned();
    let bare = name.strip_prefix("key:").unwrap();
    let revoked = app.delete(&path(&format!("/{bare}"))).await;
    assert_eq!((revoked.status.as_u16(), &revoked.json()["name"]), (200, &json!(name)));
    assert!(!works(&app, KEY).await && works(&app, &other).await);
    assert_eq!(app.delete(&path("/00000000")).await.status, 404);
    let audit = app.get(&format!("/admin/v1/accounts/{ACCOUNT}/audit")).await.json().to_string();
    assert!(audit.contains("key.revoke") && audit.contains("key.create") && !audit.contains(&other));
}
