//! Sending: the specification's own requests, what is stored, what is warned of, keys and idempotency.

use std::time::Duration;

use axum::body::Body;
use http::Request;
use serde_json::json;
use stentor_core::message::{State, WaitReason};
use stentor_core::registry::Character;
use stentor_core::route::Route;
use stentor_core::ttl::LONGEST;

use crate::support::app::*;

#[tokio::test]
async fn the_specifications_request_is_accepted_in_its_shape() {
    let app = TestApp::new().await;
    for path in ["/marketing_messages", "/marketing/marketing_messages", "/messages"] {
        let answer = app.post(path, &specification()).await;
        assert_eq!(answer.status, 200, "{path}");
        let body = answer.json();
        assert_eq!(body["messaging_product"], "whatsapp");
        assert_eq!(body["contacts"], json!([{"input": "441234567890", "wa_id": "441234567890"}]));
        assert_eq!(body["messages"][0]["message_status"], "accepted");
        let wamid = body["messages"][0]["id"].as_str().unwrap();
        assert_eq!(stentor_core::wamid::phone(wamid).as_deref(), Some("441234567890"));
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.header("x-stentor-warning"), "", "{path}");
    }
    assert_eq!(app.messages().await.len(), 3);
}

#[tokio::test]
async fn the_second_request_of_the_specification_shares_its_activity() {
    let app = TestApp::with(|account, _| account.sharing_default = false).await;
    for (flag, stored) in [(json!(true), true), (json!(false), false), (json!(null), false)] {
        let mut body = specification();
        body["message_activity_sharing"] = flag;
        assert_eq!(app.post("/marketing_messages", &body).await.status, 200);
        assert_eq!(app.messages().await[0].message.sharing, stored);
    }
    let app = TestApp::new().await;
    app.post("/marketing_messages", &specification()).await;
    assert!(app.messages().await[0].message.sharing, "the account's default");
}

#[tokio::test]
async fn the_key_is_taken_bare_and_as_bearer_in_any_case() {
    let app = TestApp::new().await;
    let ways = [
        ("D360-API-KEY", KEY.to_owned()),
        ("d360-api-key", format!("Bearer {KEY}")),
        ("D360-Api-Key", format!("  bearer   {KEY} ")),
        ("Authorization", format!("Bearer {KEY}")),
    ];
    for (name, value) in ways {
        let request = Request::post("/marketing_messages").header(name, &value);
        let request = request.body(Body::from(specification().to_string())).unwrap();
        assert_eq!(app.request(request).await.status, 200, "{name}: {value}");
    }
}

#[tokio::test]
async fn a_wrong_or_missing_key_is_401_in_360dialogs_words() {
    let app = TestApp::new().await;
    for header in [("d360-api-key", "another"), ("d360-api-key", ""), ("d360-api-key", "Bearer")] {
        for path in ["/marketing_messages", "/messages"] {
            let answer = app.call("POST", path, &[header], specification().to_string()).await;
            assert_eq!(answer.status, 401, "{header:?}");
            assert_eq!(answer.json(), json!({"error": "Invalid api token."}));
        }
    }
    assert!(app.messages().await.is_empty());
}

#[tokio::test]
async fn what_is_accepted_is_stored_whole() {
    let app = TestApp::new().await;
    let mut body = specification();
    body["to"] = json!("+44 (1234) 567-890");
    body["biz_opaque_callback_data"] = json!("order 7");
    let answer = app.post("/marketing_messages", &body).await;
    assert_eq!(answer.json()["contacts"], json!([{"input": "+44 (1234) 567-890", "wa_id": "441234567890"}]));
    let view = app.messages().await.remove(0);
    let (message, stored) = (view.message, view.body.unwrap());
    assert_eq!((message.state, message.route, message.due), (State::Accepted, Route::Optimised, Some(START)));
    assert_eq!(message.deadline, START + LONGEST);
    assert_eq!((stored.input.as_str(), stored.address.as_str()), ("+44 (1234) 567-890", "441234567890"));
    assert_eq!(stored.opaque.as_deref(), Some("order 7"));
    assert_eq!(stored.payload, body.to_string().into_bytes());
}

#[tokio::test]
async fn a_user_id_takes_the_place_of_a_number() {
    let app = TestApp::new().await;
    let mut body = specification();
    body["to"] = json!(null);
    body["recipient"] = json!("US.13491208655302741918");
    let answer = app.post("/marketing_messages", &body).await;
    let user = "US.13491208655302741918";
    assert_eq!(answer.json()["contacts"], json!([{"input": user, "user_id": user}]));
}

#[tokio::test]
async fn text_goes_on_messages_without_a_message_status() {
    let app = TestApp::new().await;
    let body = json!({"messaging_product": "whatsapp", "to": "441234567890", "type": "text", "text": {"body": "Hi"}});
    let answer = app.post("/messages", &body).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["messages"][0].get("message_status"), None);
    assert_eq!(app.messages().await[0].message.category, None);
}

#[tokio::test]
async fn mark_as_read_is_answered_and_stores_nothing() {
    let app = TestApp::new().await;
    let body = json!({"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.A",
        "typing_indicator": {"type": "text"}});
    let answer = app.post("/messages", &body).await;
    assert_eq!((answer.status.as_u16(), answer.json()), (200, json!({"success": true})));
    assert_eq!(app.post("/marketing_messages", &body).await.error().1, 100);
    assert!(app.messages().await.is_empty());
}

#[tokio::test]
async fn routes_follow_path_category_and_automatic_routing() {
    let app = TestApp::new().await;
    app.post("/messages", &specification()).await;
    assert_eq!(app.messages().await[0].message.route, Route::Classic);
    let app = TestApp::with(|_, channel| channel.automatic_routing = true).await;
    let answer = app.post("/messages", &specification()).await;
    assert!(answer.header("x-stentor-warning").contains("automatic routing"));
    assert_eq!(app.messages().await[0].message.route, Route::Optimised);
}

#[tokio::test]
async fn a_ttl_on_the_send_shortens_the_deadline_and_is_said() {
    let app = TestApp::new().await;
    for place in ["/message_send_ttl_seconds", "/template/message_send_ttl_seconds"] {
        let mut body = specification();
        match place {
            "/message_send_ttl_seconds" => body["message_send_ttl_seconds"] = json!(43_200),
            _ => body["template"]["message_send_ttl_seconds"] = json!(43_200),
        }
        let answer = app.post("/marketing_messages", &body).await;
        assert!(answer.header("x-stentor-warning").contains("message_send_ttl_seconds"), "{place}");
        assert_eq!(app.messages().await[0].message.deadline, START + Duration::from_secs(43_200));
        let answer = app.post("/messages", &body).await;
        assert!(answer.header("x-stentor-warning").contains("ignored"), "{place}");
        assert_eq!(app.messages().await[0].message.deadline, START + LONGEST);
    }
}

#[tokio::test]
async fn unknown_fields_are_ignored_named_and_kept_in_the_timeline() {
    let app = TestApp::new().await;
    let mut body = specification();
    body["colour"] = json!("red");
    let answer = app.post("/marketing_messages", &body).await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("x-stentor-warning").contains("colour"));
    let events = &app.messages().await[0].events;
    assert!(events[0].1.detail.as_deref().unwrap().contains("colour"));
}

#[tokio::test]
async fn a_missing_content_type_is_a_warning() {
    let app = TestApp::new().await;
    for content_type in ["", "text/plain"] {
        let headers = [("content-type", content_type)];
        let answer = app.call("POST", "/messages", &headers, specification().to_string()).await;
        assert_eq!(answer.status, 200);
        assert!(answer.header("x-stentor-warning").contains("Content-Type"));
    }
}

#[tokio::test]
async fn a_gateway_holds_what_syncs() {
    let app = TestApp::with(|_, channel| channel.character = Character::Gateway).await;
    let answer = app.post("/marketing_messages", &of_template("fixture_syncing", &json!([]))).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("x-stentor-held"), "template-sync; until=2027-01-15T08:10:00.000Z");
    let message = &app.messages().await[0].message;
    assert_eq!((message.state, message.wait), (State::Waiting, Some(WaitReason::Sync)));
    assert_eq!(message.due, Some(START + Duration::from_mins(10)));
}

#[tokio::test]
async fn a_template_idle_for_a_week_syncs_again_from_its_first_use() {
    let app = TestApp::new().await;
    app.clock.advance(Duration::from_hours(8 * 24));
    let refused = app.post("/marketing_messages", &specification()).await;
    assert_eq!(refused.error().1, 134_101);
    app.clock.advance(Duration::from_mins(9));
    assert_eq!(app.post("/marketing_messages", &specification()).await.error().1, 134_101);
    app.clock.advance(Duration::from_mins(1));
    assert_eq!(app.post("/marketing_messages", &specification()).await.status, 200);
}

#[tokio::test]
async fn a_repeated_idempotency_key_replays_and_stores_once() {
    let app = TestApp::new().await;
    let key = [("idempotency-key", "order-7")];
    let first = app.call("POST", "/messages", &key, specification().to_string()).await;
    assert_eq!((first.status.as_u16(), first.header("idempotent-replayed")), (200, ""));
    let again = app.call("POST", "/messages", &key, specification().to_string()).await;
    assert_eq!((again.status.as_u16(), again.header("idempotent-replayed")), (200, "true"));
    assert_eq!(first.bytes, again.bytes);
    let other =
        app.call("POST", "/messages", &key, of_template("order_update", &json!([])).to_string()).await;
    assert_eq!(other.status, 422);
    assert!(other.error().2.starts_with("Idempotency-Key"));
    let elsewhere = app.call("POST", "/marketing_messages", &key, specification().to_string()).await;
    assert_eq!(elsewhere.header("idempotent-replayed"), "", "another path is another scope");
    let long = "k".repeat(256);
    let refused =
        app.call("POST", "/messages", &[("idempotency-key", &long)], specification().to_string()).await;
    assert_eq!(refused.status, 400);
    assert_eq!(app.messages().await.len(), 2);
}

#[tokio::test]
async fn a_replay_is_given_although_the_template_was_stopped_since() {
    let app = TestApp::new().await;
    let key = [("idempotency-key", "k")];
    let first = app.call("POST", "/messages", &key, specification().to_string()).await;
    let mut template = templates().remove(0);
    template.status = stentor_core::template::TemplateStatus::Paused;
    app.change(vec![stentor_store::RegistryChange::PutTemplate(template)]).await;
    let again = app.call("POST", "/messages", &key, specification().to_string()).await;
    assert_eq!((again.status.as_u16(), &again.bytes), (200, &first.bytes));
    app.clock.advance(Duration::from_hours(24));
    let forgotten = app.call("POST", "/messages", &key, specification().to_string()).await;
    assert_eq!(forgotten.error().1, 132_015);
}

#[tokio::test]
async fn metas_own_paths_take_the_key_as_a_bearer_token() {
    let app = TestApp::new().await;
    let bearer = format!("Bearer {KEY}");
    let post = async |path: String, token: &str| {
        app.call("POST", &path, &[("authorization", token)], specification().to_string()).await
    };
    for word in ["messages", "marketing_messages"] {
        assert_eq!(post(format!("/v23.0/{CHANNEL}/{word}"), &bearer).await.status, 200, "{word}");
    }
    let wrong = post(format!("/v23.0/{CHANNEL}/messages"), "Bearer wrong").await;
    assert_eq!((wrong.error().0, wrong.error().1), (401, 190));
    let other = post("/v23.0/12345/marketing_messages".to_owned(), &bearer).await;
    assert_eq!((other.error().0, other.error().1), (400, 100));
    assert!(other.error().2.contains("12345") && other.json().get("detail").is_none());
    assert_eq!(post(format!("/latest/{CHANNEL}/messages"), &bearer).await.status, 404);
}
