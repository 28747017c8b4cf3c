//! Every refusal of a send: the specification's body table row by row, then every error by name.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use http::Request;
use serde_json::{Value, json};
use stentor_core::registry::{Account, AccountState, Channel, ChannelState, Character, ProductPolicy};
use stentor_core::route::Route;
use stentor_store::RegistryChange;

use crate::support::app::*;

/// The specification's request with one field replaced (or, with `None`, taken out).
fn with(pointer: &str, value: Option<Value>) -> Value {
    let mut body = specification();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = body.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    match value {
        Some(value) => drop(parent.insert(key.to_owned(), value)),
        None => drop(parent.remove(key)),
    }
    body
}

/// The field, and what absent, null, a wrong value and a wrong type of it get: the code, or 0 where it is accepted.
type Row = (&'static str, Value, Value, [u64; 4]);

#[tokio::test]
async fn the_body_table_row_by_row() {
    let rows: [Row; 8] = [
        ("/messaging_product", json!("sms"), json!(7), [100, 100, 100, 100]),
        ("/recipient_type", json!("crowd"), json!([]), [0, 0, 100, 100]),
        ("/to", json!("not a number"), json!(true), [100, 100, 131_009, 100]),
        ("/type", json!("pigeon"), json!(1), [100, 100, 100, 100]),
        ("/template/name", json!("no_such_template"), json!(3), [100, 100, 132_001, 100]),
        ("/template/language/code", json!("xx"), json!({}), [100, 100, 132_001, 100]),
        ("/template/language/policy", json!("fallback"), json!(0), [0, 0, 100, 100]),
        ("/message_activity_sharing", json!("true"), json!(1), [0, 0, 100, 100]),
    ];
    let app = TestApp::new().await;
    for (pointer, wrong_value, wrong_type, codes) in rows {
        let bodies = [None, Some(json!(null)), Some(wrong_value), Some(wrong_type)];
        for (value, code) in bodies.into_iter().zip(codes) {
            let answer = app.post("/marketing_messages", &with(pointer, value.clone())).await;
            if code == 0 {
                assert_eq!(answer.status, 200, "{pointer} = {value:?}");
                continue;
            }
            let (http, got, details) = answer.error();
            assert_eq!((http, got), (if code == 132_001 { 404 } else { 400 }, code), "{pointer} = {value:?}");
            let field = pointer.rsplit('/').next().unwrap();
            let named = match code {
                132_001 => details.contains("does not exist in"),
                _ => details.contains(field),
            };
            assert!(named, "{pointer} = {value:?}: {details}");
        }
    }
}

#[tokio::test]
async fn whole_objects_of_the_body_are_named_too() {
    let app = TestApp::new().await;
    for (pointer, value) in [
        ("/template", None),
        ("/template", Some(json!("x"))),
        ("/template/language", None),
        ("/template/language", Some(json!("en"))),
        ("/template/components", Some(json!({}))),
    ] {
        let (http, code, details) = app.post("/marketing_messages", &with(pointer, value)).await.error();
        assert_eq!((http, code), (400, 100), "{pointer}");
        assert!(details.contains(pointer.rsplit('/').next().unwrap()), "{pointer}: {details}");
    }
}

#[tokio::test]
async fn not_json_and_not_an_object() {
    let app = TestApp::new().await;
    for body in ["", "{", "[]", "\"x\"", "{\"to\": }"] {
        let (http, code, details) = app.call("POST", "/messages", &[], body).await.error();
        assert_eq!((http, code), (400, 100), "{body}");
        assert!(details.contains("request body"), "{body}: {details}");
    }
}

#[tokio::test]
async fn a_misspelt_flag_must_not_share() {
    let app = TestApp::new().await;
    for field in ["mesage_activity_sharing", "messageActivitySharing", "message_activity_sharin"] {
        let mut body = specification();
        body[field] = json!(false);
        let (http, code, details) = app.post("/marketing_messages", &body).await.error();
        assert_eq!((http, code), (400, 100));
        assert!(details.contains("message_activity_sharing"), "{details}");
    }
}

#[tokio::test]
async fn a_left_over_placeholder_is_refused_as_one() {
    let app = TestApp::new().await;
    for to in ["<number>", "<<RECIPIENT_PHONE_NUMBER>>", "{{phone}}"] {
        let (http, code, details) =
            app.post("/marketing_messages", &with("/to", Some(json!(to)))).await.error();
        assert_eq!((http, code), (400, 131_009), "{to}");
        assert!(details.contains("placeholder"), "{details}");
    }
    for to in ["123456", "1234567890123456", "+0 441234567890"] {
        assert_eq!(app.post("/messages", &with("/to", Some(json!(to)))).await.error().1, 131_009, "{to}");
    }
}

/// What is refused on `/marketing_messages`: (body, HTTP, code, words in the details).
#[tokio::test]
async fn the_marketing_endpoint_takes_marketing_templates_only() {
    let app = TestApp::new().await;
    let text = json!({"messaging_product": "whatsapp", "to": "441234567890", "type": "text", "text": {"body": "Hi"}});
    let image =
        json!({"messaging_product": "whatsapp", "to": "441234567890", "type": "image", "image": {"id": "1"}});
    let cases = [
        (text, 100, "Message must be a template message."),
        (image, 100, "Message must be a template message."),
        // The type decides before anything else is read.
        (with("/type", Some(json!("text"))), 100, "Message must be a template message."),
        (with("/type", Some(json!("Image"))), 100, "Message must be a template message."),
        (json!({"type": "video", "to": true}), 100, "Message must be a template message."),
        (with("/type", Some(json!("telegram"))), 100, "Param type must be one of"),
        (of_template("order_update", &json!([])), 131_055, "Only marketing template messages are supported"),
        (of_template("login_code", &json!([])), 131_055, "Only marketing template messages are supported"),
        (with("/recipient_type", Some(json!("group"))), 100, "recipient_type"),
        (with("/message_send_ttl_seconds", Some(json!(43_200.5))), 100, "must be an integer, not a fraction"),
    ];
    for (body, code, words) in cases {
        let answer = app.post("/marketing_messages", &body).await;
        let (http, got, details) = answer.error();
        assert_eq!((http, got), (400, code), "{body}");
        assert!(details.contains(words), "{details}");
        let told = answer.json();
        assert!(told["error"]["fbtrace_id"].as_str().is_some_and(|id| id == answer.header("x-fb-trace-id")));
        assert_eq!(told["error"]["type"], "OAuthException");
        assert!(told["error"]["message"].as_str().unwrap().starts_with(&format!("(#{code}) ")));
    }
    let broken = app.call("POST", "/marketing_messages", &[], r#"{"type": "text","#).await.error();
    assert_eq!((broken.0, broken.1), (400, 100));
    assert!(broken.2.contains("not valid JSON"), "{broken:?}");
    // The classic endpoint says what the text lacks.
    let (_, code, details) = app.post("/messages", &with("/type", Some(json!("text")))).await.error();
    assert_eq!((code, details.as_str()), (100, "The parameter text is required."));
    assert!(app.messages().await.is_empty());
}

#[tokio::test]
async fn errors_of_messages_are_bare() {
    let app = TestApp::new().await;
    let answer = app.post("/messages", &of_template("nothing", &json!([]))).await;
    assert!(answer.json().get("detail").is_none());
    let answer = app.post("/marketing_messages", &of_template("nothing", &json!([]))).await;
    assert_eq!(answer.json()["detail"]["error"]["code"], 132_001);
}

#[tokio::test]
async fn a_missing_template_names_the_accounts_own_languages() {
    let app = TestApp::new().await;
    let answer = app.post("/messages", &with("/template/language/code", Some(json!("en_US")))).await;
    let (http, code, details) = answer.error();
    assert_eq!((http, code), (404, 132_001));
    assert_eq!(
        details,
        "template name (marketing_text_no_param) does not exist in en_US; this account has it in: en"
    );
}

/// What was sent is quoted, not sent back.
#[tokio::test]
async fn a_refusal_quotes_no_more_than_a_line_or_two() {
    let app = TestApp::new().await;
    let long = json!("é".repeat(25_000));
    let picture = json!({"messaging_product": "whatsapp", "to": "441234567890", "type": "image", "image": {"id": long}});
    for (path, body, code) in [
        ("/marketing_messages", with("/template/name", Some(long.clone())), 132_001),
        ("/messages", with("/template/language/code", Some(long.clone())), 132_001),
        ("/messages", picture, 100),
    ] {
        let answer = app.post(path, &body).await;
        assert_eq!(answer.error().1, code, "{path}");
        assert!(answer.bytes.len() < 30_000, "{} bytes on {path}", answer.bytes.len());
    }
}

#[tokio::test]
async fn the_status_of_a_template_decides() {
    let app = TestApp::new().await;
    let cases = [
        ("fixture_pending", 404, 132_001, "PENDING"),
        ("fixture_rejected", 404, 132_001, "REJECTED"),
        ("fixture_paused", 400, 132_015, "paused"),
        ("fixture_disabled", 400, 132_016, "disabled"),
    ];
    for path in ["/messages", "/marketing_messages"] {
        for (name, http, code, words) in cases {
            let (got_http, got, details) = app.post(path, &of_template(name, &json!([]))).await.error();
            assert_eq!((got_http, got), (http, code), "{path} {name}");
            assert!(details.contains(words) && details.contains(name), "{details}");
        }
    }
    let (http, code, details) =
        app.post("/marketing_messages", &of_template("fixture_syncing", &json!([]))).await.error();
    assert_eq!((http, code), (400, 134_101));
    assert!(details.contains("10 minutes"));
    assert_eq!(app.post("/messages", &of_template("fixture_syncing", &json!([]))).await.status, 200);
}

#[tokio::test]
async fn parameters_must_fit_and_details_name_component_and_index() {
    let text = |text: &str| json!({"type": "text", "text": text});
    let body = |parameters: Value| json!([{"type": "body", "parameters": parameters}]);
    let image = json!({"type": "header", "parameters": [{"type": "image", "image": {"link": "https://e.com/a.jpg"}}]});
    let shop = |header: Value, button: Value| json!([header, {"type": "body", "parameters": [text("shoes")]}, button]);
    let url = |index: Value| json!({"type": "button", "sub_type": "url", "index": index, "parameters": [text("shoes")]});
    let cases = [
        ("greeting", body(json!([text("Ann")])), 132_000, "body"),
        ("greeting", body(json!([text("Ann"), text(" ")])), 131_008, "body: parameter 1"),
        ("greeting", body(json!([text("Ann"), text("a\nb")])), 132_018, "body: parameter 1"),
        ("greeting", body(json!([text("Ann"), text(&"x".repeat(1_100))])), 132_005, "1024"),
        ("greeting", json!([]), 132_000, "body"),
        ("named", body(json!([text("Ann")])), 100, "Parameter name"),
        (
            "shop",
            shop(json!({"type": "header", "parameters": [text("x")]}), url(json!(1))),
            132_012,
            "header",
        ),
        ("shop", shop(image.clone(), url(json!(0))), 132_012, "index 0"),
    ];
    let app = TestApp::new().await;
    for (name, components, code, words) in cases {
        let (http, got, details) =
            app.post("/marketing_messages", &of_template(name, &components)).await.error();
        assert_eq!((http, got), (400, code), "{name} {components}: {details}");
        assert!(details.contains(words), "{code}: {details}");
    }
    for index in [json!(1), json!("1")] {
        let fine = of_template("shop", &shop(image.clone(), url(index)));
        assert_eq!(app.post("/marketing_messages", &fine).await.status, 200);
    }
}

#[tokio::test]
async fn unsigned_terms_refuse_or_fall_back() {
    let app = TestApp::with(|account, _| account.terms_signed_at = None).await;
    let answer = app.post("/marketing_messages", &specification()).await;
    let (http, code, details) = answer.error();
    assert_eq!((http, code), (403, 200));
    assert!(details.contains(&format!("`stentor account terms {ACCOUNT} accept`")), "{details}");
    assert_eq!(
        answer.json()["error"]["message"],
        "(#200) You must accept the Marketing Messages Lite API terms to use the API."
    );
    assert_eq!(app.post("/messages", &specification()).await.status, 200, "the classic way needs no terms");
    let strict = with("/product_policy", Some(json!("STRICT")));
    assert_eq!(app.post("/marketing_messages", &strict).await.error().1, 200);
    for policy in ["CLOUD_API_FALLBACK", "cloud_api_fallback"] {
        let answer = app.post("/marketing_messages", &with("/product_policy", Some(json!(policy)))).await;
        assert_eq!((answer.status.as_u16(), answer.header("x-stentor-route")), (200, "classic"), "{policy}");
        assert_eq!(app.messages().await[0].message.route, Route::Classic);
    }
    let app = TestApp::with(|account, _| {
        account.terms_signed_at = None;
        account.product_policy_default = ProductPolicy::CloudApiFallback;
    })
    .await;
    assert_eq!(app.post("/marketing_messages", &specification()).await.status, 200);
}

#[tokio::test]
async fn marketing_can_be_switched_off_on_messages() {
    let app = TestApp::with(|account, _| account.marketing_on_messages = false).await;
    let (http, code, details) = app.post("/messages", &specification()).await.error();
    assert_eq!((http, code), (400, 131_063));
    assert!(details.contains("/marketing_messages"));
    assert_eq!(app.post("/marketing_messages", &specification()).await.status, 200);
    assert_eq!(app.post("/messages", &of_template("order_update", &json!([]))).await.status, 200);
}

#[tokio::test]
async fn a_number_cannot_write_to_itself() {
    let app = TestApp::new().await;
    let (http, code, details) = app.post("/messages", &with("/to", Some(json!(NUMBER)))).await.error();
    assert_eq!((http, code), (400, 131_021));
    assert!(details.starts_with("to:"));
}

#[tokio::test]
async fn a_pin_is_for_groups() {
    let app = TestApp::new().await;
    let body =
        json!({"messaging_product": "whatsapp", "to": "441234567890", "type": "pin", "pin": {"type": "pin"}});
    let (http, code, details) = app.post("/messages", &body).await.error();
    assert_eq!((http, code), (400, 131_051));
    assert!(details.contains("`pin` messages are for groups"), "{details}");
}

#[tokio::test]
async fn a_user_id_cannot_get_a_passcode() {
    let app = TestApp::new().await;
    let mut body =
        of_template("login_code", &json!([{"type": "body", "parameters": [{"type": "text", "text": "1"}]}]));
    body["to"] = json!(null);
    body["recipient"] = json!("US.134912");
    assert_eq!(app.post("/messages", &body).await.error().1, 131_062);
}

#[tokio::test]
async fn a_ttl_outside_its_range_is_refused() {
    let app = TestApp::new().await;
    for secs in [43_199, 2_592_001, -1] {
        let body = with("/message_send_ttl_seconds", Some(json!(secs)));
        let (http, code, details) = app.post("/marketing_messages", &body).await.error();
        assert_eq!((http, code), (400, 100), "{secs}");
        assert!(details.starts_with("message_send_ttl_seconds"), "{details}");
    }
}

#[tokio::test]
async fn states_of_account_and_channel_have_their_texts() {
    let accounts = [
        (AccountState::Disabled, 400, "Your WhatsApp for Business API has been disabled"),
        (AccountState::Unpaid, 400, "Could not send message due to lack of payment."),
        (AccountState::Restricted, 403, "(#368) "),
        (AccountState::Locked, 403, "(#131031) "),
    ];
    for (state, http, words) in accounts {
        let app = TestApp::with(|account: &mut Account, _| account.state = state).await;
        for path in ["/messages", "/marketing_messages"] {
            let answer = app.post(path, &specification()).await;
            assert_eq!(answer.error().0, http, "{state:?}");
            assert!(answer.json()["error"]["message"].as_str().unwrap().starts_with(words), "{state:?}");
        }
    }
    let channels = [
        (ChannelState::Blocked, 403, "The endpoint is blocked"),
        (ChannelState::Unregistered, 400, "(#133010) "),
        (ChannelState::Unavailable, 502, "WhatsApp for Business API not available"),
    ];
    for (state, http, words) in channels {
        let app = TestApp::with(|_, channel: &mut Channel| channel.state = state).await;
        let answer = app.post("/messages", &specification()).await;
        assert_eq!(answer.error().0, http, "{state:?}");
        assert!(answer.json()["error"]["message"].as_str().unwrap().starts_with(words), "{state:?}");
        assert!(app.messages().await.is_empty());
    }
}

#[tokio::test]
async fn a_twin_refuses_above_its_throughput_and_a_gateway_queues() {
    let app = TestApp::with(|_, channel| channel.rate_per_s = 3).await;
    let to = |n: u32| with("/to", Some(json!(format!("4412345678{n:02}"))));
    for n in 0..3 {
        assert_eq!(app.post("/messages", &to(n)).await.status, 200);
    }
    let answer = app.post("/messages", &to(3)).await;
    assert_eq!(answer.error().0, 400);
    assert_eq!(answer.error().1, 130_429);
    assert_eq!(answer.json()["error"]["message"], "You have exceeded the endpoint rate limit.");
    assert_eq!(answer.header("retry-after"), "1");
    app.clock.advance(Duration::from_secs(1));
    assert_eq!(app.post("/messages", &to(3)).await.status, 200);
    let app = TestApp::with(|_, channel| {
        channel.rate_per_s = 1;
        channel.character = Character::Gateway;
    })
    .await;
    for n in 0..5 {
        assert_eq!(app.post("/messages", &to(n)).await.status, 200);
    }
}

#[tokio::test]
async fn a_twin_refuses_the_forty_sixth_message_to_one_person() {
    let app = TestApp::with(|_, channel| channel.rate_per_s = 1_000).await;
    for _ in 0..45 {
        assert_eq!(app.post("/messages", &specification()).await.status, 200);
    }
    let answer = app.post("/messages", &specification()).await;
    assert_eq!((answer.error().0, answer.error().1), (400, 131_056));
    assert_eq!(answer.header("retry-after"), "270");
}

#[tokio::test]
async fn paths_methods_and_sizes_are_refused_in_json() {
    let app = TestApp::new().await;
    let answer = app.get("/no/such/path").await;
    assert_eq!((answer.status.as_u16(), answer.json()["error"]["code"].as_u64()), (404, Some(100)));
    let answer = app.get("/marketing_messages").await;
    assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, "POST"));
    assert!(answer.json()["detail"]["error"]["code"].is_u64());
    let long = "x".repeat(64 * 1024 + 1);
    let answer = app.call("POST", "/messages", &[], long).await;
    assert_eq!(answer.status, 413);
    assert!(answer.error().2.contains("65536 bytes"));
    let answer = app.call("POST", "/v1/configs/nothing", &[], "").await;
    assert_eq!((answer.status.as_u16(), &answer.json()["meta"]["http_code"]), (404, &json!(404)));
    assert!(app.messages().await.is_empty());
}

/// A body whose client has stopped writing.
struct Endless;

impl HttpBody for Endless {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<hyper::body::Frame<Bytes>, Self::Error>>> {
        Poll::Pending
    }
}

#[tokio::test]
async fn a_body_that_never_ends_is_408_in_the_shape_of_its_path() {
    let app = TestApp::configured(|state| state.limits.body_timeout = Duration::from_millis(1)).await;
    for path in ["/messages", "/marketing_messages", "/v1/configs/webhook", "/upstream/webhook"] {
        let answer = app.call("POST", path, &[], Body::new(Endless)).await;
        assert_eq!((answer.status.as_u16(), answer.header("connection")), (408, "close"), "{path}");
        let told = answer.json();
        let shaped = match path {
            "/v1/configs/webhook" => &told["meta"]["http_code"] == 408,
            "/marketing_messages" => told["detail"]["error"]["code"] == 100,
            _ => told["error"]["code"] == 100,
        };
        assert!(shaped, "{told}");
    }
    let answer = app.call("POST", "/admin/v1/accounts", &[], Body::new(Endless)).await;
    assert_eq!((answer.status.as_u16(), answer.header("connection")), (408, "close"));
}

#[tokio::test]
async fn an_expired_key_is_no_key() {
    let app = TestApp::new().await;
    let at = START + Duration::from_secs(60);
    app.change(vec![RegistryChange::EndKeys { channel: CHANNEL, keep: Vec::new(), at }]).await;
    assert_eq!(app.post("/messages", &specification()).await.status, 200);
    app.clock.advance(Duration::from_secs(60));
    assert_eq!(app.post("/messages", &specification()).await.status, 401);
}

#[tokio::test]
async fn a_request_without_a_body_still_shows_the_key_is_wrong() {
    let app = TestApp::new().await;
    let request = Request::post("/messages").header("D360-API-KEY", "wrong").body(Body::empty()).unwrap();
    assert_eq!(app.request(request).await.status, 401);
}
