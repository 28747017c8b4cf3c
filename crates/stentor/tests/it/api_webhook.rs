//! `/v1/configs/webhook`, `/upstream/webhook`, `/health_status`, and the inbound functions behind them.

use serde_json::{Value, json};
use stentor::api::{UpstreamWebhook, inbound};
use stentor_core::consent::Source;
use stentor_core::message::{State, Status, StatusKind, UpstreamStatus};
use stentor_core::registry::ChannelState;
use stentor_core::time::Timestamp;
use stentor_core::{recipient, wamid, webhook};

use crate::support::app::*;

#[tokio::test]
async fn a_webhook_is_set_shown_and_removed_with_exactly_200() {
    let app = TestApp::new().await;
    let none = app.get("/v1/configs/webhook").await;
    assert_eq!((none.status.as_u16(), none.json()), (200, json!({"url": null, "headers": {}})));
    let wanted =
        json!({"url": "https://example.com/hook", "headers": {"Authorization": "Basic eDp5", "X-A": "b"}});
    for _ in 0..2 {
        let set = app.post("/v1/configs/webhook", &wanted).await;
        assert_eq!((set.status.as_u16(), set.json()), (200, wanted.clone()));
    }
    assert_eq!(app.get("/v1/configs/webhook").await.json(), wanted);
    assert_eq!(app.state.directory.snapshot().endpoints().count(), 1);
    assert_eq!(app.delete("/v1/configs/webhook").await.status, 200);
    assert_eq!(app.get("/v1/configs/webhook").await.json()["url"], json!(null));
    assert_eq!(app.call("GET", "/v1/configs/webhook", &[("d360-api-key", "x")], "").await.status, 401);
    let audit = app.state.store.audit(ACCOUNT, None, 10).await.unwrap();
    assert!(audit.iter().any(|row| row.action == "webhook.set" && row.actor.starts_with("key:")));
    assert!(audit.iter().all(|row| !row.detail.contains("Basic")), "no secrets in the audit");
}

#[tokio::test]
async fn webhooks_that_cannot_be_are_refused_by_field() {
    let app = TestApp::new().await;
    let header = |name: &str, value: Value| json!({"url": "https://e.com/", "headers": {name: value}});
    let cases = [
        (json!({"url": "http://example.com"}), "url"),
        (json!({"url": "ftp://example.com"}), "url"),
        (json!({"url": "example"}), "url"),
        (json!({"url": "https://example.com:8443/"}), "url"),
        (json!({"url": "https://my_host.example.com/"}), "url"),
        (json!({"url": "https://u:p@example.com/"}), "url"),
        (json!({"url": 7}), "url"),
        (header("Host", json!("x")), "Host"),
        (header("content-length", json!("1")), "content-length"),
        (header("Transfer-Encoding", json!("x")), "Transfer-Encoding"),
        (header("Connection", json!("x")), "Connection"),
        (header("Content-Type", json!("text/plain")), "Content-Type"),
        (header("X-360Dialog-Signature", json!("x")), "X-360Dialog-Signature"),
        (header("x-hub-signature-256", json!("x")), "x-hub-signature-256"),
        (header("X-A", json!("a\r\nb: c")), "X-A"),
        (header("X A", json!("a")), "X A"),
        (header("X-A", json!(7)), "X-A"),
    ];
    for (body, field) in cases {
        let answer = app.post("/v1/configs/webhook", &body).await;
        let told = answer.json();
        assert_eq!((answer.status.as_u16(), &told["meta"]["success"]), (400, &json!(false)), "{body}");
        assert!(told["meta"]["developer_message"].as_str().unwrap().contains(field), "{told}");
        // The operator's endpoint refuses the same.
        let path = format!("/admin/v1/channels/{CHANNEL}/webhook");
        let answer = app.call("PUT", &path, &[], body.to_string()).await;
        assert_eq!(answer.status, 400, "{body}");
        assert!(answer.error().2.contains(field), "{:?}", answer.json());
    }
    assert_eq!(app.state.directory.snapshot().endpoints().count(), 0);
}

fn at(secs: i64) -> Timestamp {
    Timestamp::from_secs(START.secs() + secs)
}

fn status(app: &TestApp, wamid: &str, kind: StatusKind, secs: i64) -> UpstreamStatus {
    UpstreamStatus {
        channel: CHANNEL,
        upstream_id: wamid.to_owned(),
        message: wamid::decode(&app.state.wamid_key, wamid),
        mark: None,
        recipient: None,
        status: Status { kind, at: at(secs) },
    }
}

#[tokio::test]
async fn preferences_are_kept_and_told() {
    let app = TestApp::new().await;
    app.account_endpoint("https://example.com/hook").await;
    let key = recipient::parse("441234567890").unwrap().key(&app.state.recipient_key, ACCOUNT);
    for (stopped, word) in [(true, "stop"), (false, "resume")] {
        let (contact, now) = (json!({"wa_id": "441234567890"}), app.clock.now());
        let preference = json!({"wa_id": "441234567890", "value": word, "timestamp": now.secs()});
        inbound::preferred(&app.state, ACCOUNT, CHANNEL, contact, preference).await.unwrap();
        let person = app.state.store.person(ACCOUNT, key).await.unwrap();
        let expected = stopped.then_some((now, Source::UserPreferences));
        assert_eq!(person.consent.opted_out, expected);
        let value = app.told().await.remove(0);
        assert_eq!(value["user_preferences"][0]["value"], word);
        assert_eq!(value["metadata"]["phone_number_id"], CHANNEL.to_string());
    }
}

fn with_upstream() -> impl FnOnce(&mut stentor::api::AppState) {
    |state| {
        state.upstream_webhook =
            Some(UpstreamWebhook { app_secret: "app secret".to_owned(), verify_token: "token".to_owned() });
    }
}

async fn push(app: &TestApp, body: &Value) -> Answer {
    let body = body.to_string();
    let signature = format!("sha256={}", webhook::sign(b"app secret", body.as_bytes()));
    app.call("POST", "/upstream/webhook", &[("x-hub-signature-256", &signature)], body).await
}

#[tokio::test]
async fn the_handshake_gives_the_challenge_back() {
    let app = TestApp::configured(with_upstream()).await;
    let path = |token: &str| {
        format!("/upstream/webhook?hub.mode=subscribe&hub.verify_token={token}&hub.challenge=42")
    };
    let fine = app.get(&path("token")).await;
    assert_eq!((fine.status.as_u16(), &fine.bytes[..]), (200, &b"42"[..]));
    assert_eq!(app.get(&path("wrong")).await.status, 403);
    assert_eq!(TestApp::new().await.get(&path("")).await.status, 403);
}

#[tokio::test]
async fn an_unsigned_webhook_is_refused() {
    let app = TestApp::configured(with_upstream()).await;
    let body = json!({"entry": []}).to_string();
    for signature in ["", "sha256=00", &webhook::sign(b"another", body.as_bytes())] {
        let answer =
            app.call("POST", "/upstream/webhook", &[("x-hub-signature-256", signature)], body.clone()).await;
        assert_eq!(answer.status, 401);
    }
    assert_eq!(push(&app, &json!({"entry": []})).await.status, 200);
    assert_eq!(push(&app, &json!({"nothing": 1})).await.status, 400);
}

#[tokio::test]
async fn an_upstream_may_post_more_than_a_customer() {
    let app = TestApp::configured(with_upstream()).await;
    let (more, most) = (app.state.limits.body_bytes_max, app.state.limits.upstream_body_bytes_max);
    let of = |bytes: usize| json!({"entry": [], "filling": "x".repeat(bytes)});
    assert_eq!(push(&app, &of(more)).await.status, 200);
    assert_eq!(push(&app, &of(most)).await.status, 413);
    assert_eq!(app.post("/marketing_messages", &of(more)).await.status, 413);
}

#[tokio::test]
async fn an_upstreams_batch_moves_messages_and_passes_the_rest_on() {
    let app = TestApp::configured(with_upstream()).await;
    app.account_endpoint("https://example.com/hook").await;
    let number = json!({"phone_number_id": CHANNEL.to_string(), "display_phone_number": NUMBER});
    let body = json!({"object": "whatsapp_business_account", "entry": [{"id": ACCOUNT.to_string(), "changes": [
        {"field": "messages", "value": {"messaging_product": "whatsapp", "metadata": number,
            "statuses": [{"id": "wamid.unknown", "status": "sent", "timestamp": "1800000001", "recipient_id": "4415"}]}},
        {"field": "messages", "value": {"messaging_product": "whatsapp", "metadata": number,
            "contacts": [{"wa_id": "441234567890"}],
            "messages": [{"from": "441234567890", "id": "wamid.in", "timestamp": "1800000001", "type": "text",
                "text": {"body": "Hi ü"}}]}},
        {"field": "message_template_status_update", "value": {"event": "APPROVED", "message_template_id": 9,
            "message_template_name": "fixture_pending", "message_template_language": "en", "reason": "NONE"}},
        {"field": "user_preferences", "value": {"metadata": number,
            "user_preferences": [{"wa_id": "441234567891", "value": "stop", "category": "marketing_messages"}]}},
        {"field": "account_update", "value": {"event": "MM_LITE_TERMS_SIGNED"}}]}]});
    assert_eq!(push(&app, &body).await.status, 200);
    let told = app.told().await;
    assert_eq!(told.len(), 4, "{told:?}");
    assert_eq!(told[0]["messages"][0]["text"]["body"], "Hi ü");
    assert_eq!(told[1]["message_template_id"], 7, "our own id");
    assert_eq!(told[3]["event"], "MM_LITE_TERMS_SIGNED");
    assert_eq!(app.get("/message_templates/7").await.json()["status"], "APPROVED");
    let key = |to: &str| recipient::parse(to).unwrap().key(&app.state.recipient_key, ACCOUNT);
    let writer = app.state.store.person(ACCOUNT, key("441234567890")).await.unwrap();
    assert!(writer.window_until.is_some());
    let stopper = app.state.store.person(ACCOUNT, key("441234567891")).await.unwrap();
    assert!(stopper.consent.opted_out.is_some());
    assert_eq!(app.state.store.counts().await.unwrap().parked, 1);
}

#[tokio::test]
async fn statuses_move_a_message_and_are_told_to_the_customer() {
    let app = TestApp::new().await;
    app.account_endpoint("https://example.com/hook").await;
    app.post("/marketing_messages", &specification()).await;
    let sent = app.leave().await;
    let statuses = [StatusKind::Sent, StatusKind::Delivered, StatusKind::Read];
    let statuses =
        statuses.into_iter().zip(1..).map(|(kind, secs)| status(&app, &sent, kind, secs)).collect();
    inbound::statuses(&app.state, ACCOUNT, statuses).await.unwrap();
    assert_eq!(app.messages().await[0].message.state, State::Read);
    let told = app.bodies().await;
    let words: Vec<_> =
        told.iter().map(|body| body["entry"][0]["changes"][0]["value"]["statuses"][0].clone()).collect();
    assert_eq!(words.iter().map(|s| &s["status"]).collect::<Vec<_>>(), ["sent", "delivered", "read"]);
    assert!(words.iter().all(|s| s["id"] == sent.as_str() && s["recipient_id"] == "441234567890"));
    assert_eq!(words[0]["pricing"]["category"], "marketing_lite");
    assert!(words[0]["conversation"]["expiration_timestamp"].is_string());
    assert_eq!(words[1]["pricing"]["category"], "marketing_lite");
    assert_eq!(words[2].get("pricing"), None, "with one of delivered and read");
    assert_eq!(words[2]["timestamp"], at(3).secs().to_string());
}

#[tokio::test]
async fn health_tells_who_is_blocked() {
    let app = TestApp::new().await;
    let healthy = app.get("/health_status").await.json();
    assert_eq!(healthy["health_status"]["can_send_message"], "AVAILABLE");
    assert_eq!(healthy["id"], CHANNEL.to_string());
    assert!(
        healthy["health_status"]["entities"][0]["additional_info"][0].as_str().unwrap().contains("SIMULATED")
    );
    let app = TestApp::with(|_, channel| channel.state = ChannelState::Blocked).await;
    let blocked = app.get("/health_status").await.json();
    assert_eq!(blocked["health_status"]["can_send_message"], "BLOCKED");
    assert!(blocked["health_status"]["entities"][0]["errors"][0]["possible_solution"].is_string());
    let app = TestApp::with(|account, channel| {
        account.terms_signed_at = None;
        channel.rate_per_s = 20;
    })
    .await;
    let health = app.get("/health_status").await.json()["health_status"].clone();
    let standing: Vec<&Value> =
        health["entities"].as_array().unwrap().iter().map(|entity| &entity["can_send_message"]).collect();
    assert_eq!(health["can_send_message"], "LIMITED");
    assert_eq!(standing, ["LIMITED", "LIMITED", "AVAILABLE", "AVAILABLE"]);
    assert!(health["entities"][1]["additional_info"][0].as_str().unwrap().contains("not signed"));
    for path in ["/healthz", "/readyz"] {
        assert_eq!(app.get(path).await.status, 200);
    }
}

#[tokio::test]
async fn an_upstreams_word_on_quality_and_limits_is_kept_and_passed_on() {
    let app = TestApp::configured(with_upstream()).await;
    app.account_endpoint("https://example.com/hook").await;
    let tell = async |field: &str, value: Value| {
        let change = json!({"field": field, "value": value});
        let entry = json!({"id": ACCOUNT.to_string(), "changes": [change]});
        let body = json!({"object": "whatsapp_business_account", "entry": [entry]});
        assert_eq!(push(&app, &body).await.status, 200);
        assert_eq!(app.told().await, [value], "passed on as it came");
        let path = format!("/v23.0/{CHANNEL}?fields=quality_rating,messaging_limit_tier,health_status");
        let shown =
            app.call("GET", &path, &[("authorization", "Bearer a-key-for-tests-AK")], "").await.json();
        ["/quality_rating", "/messaging_limit_tier", "/health_status/entities/0/can_send_message"]
            .map(|at| shown.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned())
    };
    let of_number = |event: &str, limit: &str| json!({"display_phone_number": format!("+{NUMBER}"), "event": event, "current_limit": limit});
    let quality = "phone_number_quality_update";
    let flagged = tell(quality, of_number("FLAGGED", "TIER_10K")).await;
    assert_eq!(flagged, ["RED", "TIER_10K", "LIMITED"]);
    let downgraded = tell(quality, of_number("DOWNGRADE", "TIER_2K")).await;
    assert_eq!(downgraded, ["RED", "TIER_2K", "LIMITED"]);
    let unflagged = tell(quality, of_number("UNFLAGGED", "TIER_2K")).await;
    assert_eq!(unflagged, ["GREEN", "TIER_2K", "AVAILABLE"]);
    let another = json!({"display_phone_number": "15550000000", "event": "FLAGGED"});
    assert_eq!(tell(quality, another).await[0], "GREEN", "another number's");
    let capability = "business_capability_update";
    let in_words = tell(capability, json!({"max_daily_conversations_per_business": "TIER_100K"})).await;
    assert_eq!(in_words[1], "TIER_100K");
    let in_figures = tell(capability, json!({"max_daily_conversation_per_phone": 250})).await;
    assert_eq!(in_figures[1], "TIER_250");
}
