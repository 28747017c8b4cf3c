//! `/sim/*`: only where a network is simulated, only with the admin key; time moves for everybody.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use stentor::api::AppState;
use stentor::sim::{Acted, Asked, Phone, PhoneMessage, Refused, SimControl, SimError, Told};
use stentor_core::id::EndpointId;
use stentor_core::registry::Character;
use stentor_core::time::Timestamp;
use stentor_simnet::Business;
use tokio::sync::watch;

use super::support::app::{ACCOUNT, START, TestApp};

fn whole(name: &str) -> Value {
    let profile = stentor_simnet::Profile::named(name).expect("there is one");
    serde_json::from_str(&profile.to_json()).expect("it is JSON")
}

/// A network that remembers what it was told.
#[derive(Default)]
struct Recorder(Mutex<Vec<String>>);

impl SimControl for Recorder {
    fn set_messaging_limits(
        &self,
        _places: std::collections::HashMap<String, (String, stentor_core::messaging_limit::Tier)>,
    ) {
    }

    fn people_begun(&self, account: &str) -> Option<usize> {
        (account == ACCOUNT.to_string()).then_some(225)
    }

    fn profile(&self) -> Value {
        whole("calm")
    }

    fn set_profile(&self, profile: &Value) -> Result<Value, SimError> {
        if profile == "storm" { Ok(whole("storm")) } else { Err(SimError("no such profile".to_owned())) }
    }

    fn reset(&self) {
        self.0.lock().expect("nobody panicked").push("reset".to_owned());
    }

    fn recipients(&self) -> Value {
        json!([])
    }

    fn phone(&self, number: &str, limit: usize) -> Phone {
        let message =
            PhoneMessage { to: number.to_owned(), id: limit.to_string(), ..PhoneMessage::default() };
        Phone { messages: vec![message], ..Phone::default() }
    }

    fn act(&self, _: &str, _: Asked, _: Option<Business>, _: Option<Business>) -> Result<Acted, Refused> {
        Err(Refused { http: 409, message: "not now".to_owned() })
    }

    fn told(&self) -> Told {
        Told { batches: 0, recorded: watch::channel(0).1 }
    }

    fn changes(&self) -> watch::Receiver<u64> {
        watch::channel(0).1
    }

    fn chat(&self, account: &str, number: &str) -> Value {
        json!({"account_id": account, "number": number})
    }

    fn triggers(&self) -> Value {
        json!([])
    }

    fn paces(&self, _: &str, _: &str) -> Option<u32> {
        None
    }

    fn holds(&self, _: &str) -> bool {
        false
    }

    fn stats(&self) -> Value {
        let counted =
            ["requests", "taken", "refused", "disturbed", "sent", "delivered", "read", "failed", "inbound"];
        let held = ["pending", "inbox", "remembered"];
        let mut stats: Value =
            counted.iter().chain(&held).map(|name| ((*name).to_owned(), json!(0))).collect();
        stats["now"] = json!(START.to_string());
        stats["profile"] = json!("calm");
        stats
    }

    fn advanced(&self, now: Timestamp) {
        self.0.lock().expect("nobody panicked").push(now.to_string());
    }
}

async fn simulated() -> (TestApp, Arc<Recorder>) {
    let network = Arc::new(Recorder::default());
    let shared = Arc::clone(&network);
    let configure = move |state: &mut AppState| {
        state.network = Some(shared);
        state.default_character = Character::Twin;
    };
    (TestApp::configured(configure).await, network)
}

#[tokio::test]
async fn without_a_network_there_is_nothing() {
    let app = TestApp::new().await;
    assert_eq!(app.get("/sim/profile").await.status.as_u16(), 404);
}

#[tokio::test]
async fn a_network_is_controlled_with_the_admin_key_only() {
    let (app, network) = simulated().await;
    for (method, path) in [("GET", "/sim/stats"), ("POST", "/sim/reset"), ("PUT", "/sim/profile")] {
        let stranger = app.call(method, path, &[("authorization", "Bearer x")], "\"storm\"").await;
        assert_eq!(stranger.status.as_u16(), 401, "{method} {path}");
    }
    assert!(network.0.lock().unwrap().is_empty());
    assert_eq!(app.call("PUT", "/sim/profile", &[], "\"storm\"").await.json()["name"], "storm");
    let refused = app.call("PUT", "/sim/profile", &[], "\"gale\"").await;
    assert_eq!((refused.status.as_u16(), refused.json()["error"]["field"].as_str()), (400, Some("profile")));
    let phone = app.get("/sim/messages/+44%201234%20567890?limit=3").await.json();
    assert_eq!((&phone[0]["to"], &phone[0]["id"]), (&json!("441234567890"), &json!("3")));
    assert_eq!(app.get("/sim/messages/nobody").await.status.as_u16(), 400);
    for path in ["/sim/recipients", "/sim/triggers", "/sim/stats", "/sim/profile"] {
        assert_eq!(app.get(path).await.status.as_u16(), 200, "{path}");
    }
    assert_eq!(app.post("/sim/reset", &json!({})).await.status.as_u16(), 200);
    assert_eq!(*network.0.lock().unwrap(), ["reset"]);
}

#[tokio::test]
async fn time_moves_for_the_clock_and_the_network() {
    let (app, network) = simulated().await;
    let later = START + std::time::Duration::from_hours(8 * 24);
    assert_eq!(app.post("/sim/advance", &json!({"by": "8d"})).await.json()["now"], later.to_string());
    assert_eq!(app.clock.now(), later);
    assert_eq!(*network.0.lock().unwrap(), [later.to_string()]);
    let more = app.post("/sim/advance", &json!({"by": 60})).await.json();
    assert_eq!(more["now"], (later + std::time::Duration::from_secs(60)).to_string());
    for wrong in [json!({"by": "8 days"}), json!({}), json!({"by": "1d", "to": 1})] {
        assert_eq!(app.post("/sim/advance", &wrong).await.status.as_u16(), 400, "{wrong}");
    }
}

#[tokio::test]
async fn a_webhook_that_waits_outlives_the_jump() {
    let (app, _) = simulated().await;
    app.account_endpoint("https://example.com").await;
    app.post("/admin/v1/templates/1/move", &json!({"to": "PAUSED"})).await;
    app.post("/sim/advance", &json!({"by": "8d"})).await;
    app.state.store.prune(app.clock.now(), 100).await.unwrap();
    let due = app.state.store.claim_deliveries(app.clock.now(), EndpointId(1), 9).await.unwrap();
    assert_eq!(due.len(), 1);
    assert!(due[0].expires_at > app.clock.now());
}

#[tokio::test]
async fn channels_and_twins_keys() {
    let (app, _) = simulated().await;
    let path = format!("/admin/v1/accounts/{ACCOUNT}/channels");
    let made = app.post(&path, &json!({"display_phone_number": "+49 30 000001"})).await;
    assert_eq!(made.status.as_u16(), 201);
    let (made, key) = (made.json(), made.json()["api_key"].as_str().unwrap().to_owned());
    assert!(key.len() == 26 && key.ends_with("AK"));
    assert_eq!((&made["display_phone_number"], &made["character"]), (&json!("4930000001"), &json!("twin")));
    assert_eq!(app.post(&path, &json!({"number": "4930000001"})).await.status.as_u16(), 409);
    assert_eq!(app.post(&path, &json!({"number": "12"})).await.status.as_u16(), 400);
    let own = format!("/admin/v1/channels/{}", made["id"].as_str().unwrap());
    let hook = format!("{own}/webhook");
    app.call("PUT", &hook, &[], json!({"url": "https://example.com"}).to_string()).await;
    let grace = app.post(&format!("{own}/keys"), &json!({"grace_secs": 60})).await;
    assert_eq!(grace.json()["error"]["field"], "grace_secs");
    let new =
        app.post(&format!("{own}/keys"), &json!({})).await.json()["api_key"].as_str().unwrap().to_owned();
    let alive = async |key: &str| {
        app.call("GET", "/v1/configs/webhook", &[("d360-api-key", key)], "").await.status.as_u16()
    };
    assert_eq!((alive(&key).await, alive(&new).await), (401, 200));
    assert_eq!(app.get(&hook).await.status.as_u16(), 404, "a twin's webhook goes with its key");
    assert_eq!(app.get(&own).await.json()["keys"].as_array().unwrap().len(), 2);
    assert_eq!(app.get("/admin/v1/channels").await.json()["channels"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_messaging_limit_that_is_nearly_used_up_is_told_by_the_health() {
    let (app, _) = simulated().await;
    let business = async || app.get("/health_status").await.json()["health_status"]["entities"][2].clone();
    assert_eq!(business().await["can_send_message"], "AVAILABLE", "there is no limit");
    for (tier, can_send) in [("TIER_250", "LIMITED"), ("TIER_2K", "AVAILABLE")] {
        let set = json!({"messaging_limit": tier}).to_string();
        app.call("PATCH", &format!("/admin/v1/accounts/{ACCOUNT}"), &[], set).await;
        assert_eq!(business().await["can_send_message"], can_send);
        let is_told =
            business().await["additional_info"][0].as_str().is_some_and(|text| text.contains("225 of 250"));
        assert_eq!(is_told, can_send == "LIMITED");
    }
}
