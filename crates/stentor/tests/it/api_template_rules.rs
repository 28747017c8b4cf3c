//! What may be created: every rule with its code, subcode and field; what the account's other templates forbid.

use std::time::Duration;

use serde_json::{Value, json};
use stentor_core::registry::Account;
use stentor_store::RegistryChange;

use crate::support::app::*;

/// A definition whose text is its own.
pub fn definition(name: &str) -> Value {
    let text = format!("News of {name} for you.");
    json!({"name": name, "language": "en", "category": "MARKETING", "components": [{"type": "BODY", "text": text}]})
}

fn of(category: &str, components: Value) -> Value {
    json!({"name": "rules", "language": "en", "category": category, "components": components})
}

fn body(text: &str) -> Value {
    json!({"type": "BODY", "text": text})
}

fn marketing(components: Value) -> Value {
    of("MARKETING", components)
}

fn buttons(buttons: Value) -> Value {
    marketing(json!([body("Hello there"), {"type": "BUTTONS", "buttons": buttons}]))
}

fn header(text: &str) -> Value {
    marketing(json!([{"type": "HEADER", "format": "TEXT", "text": text}, body("Hello there")]))
}

fn with(pointer: &str, value: Value) -> Value {
    let mut made = definition("rules");
    made[pointer] = value;
    made
}

fn reply() -> Value {
    json!({"type": "QUICK_REPLY", "text": "Yes"})
}

fn url(url: &str) -> Value {
    json!({"type": "URL", "text": "Open", "url": url})
}

fn card(buttons: Value) -> Value {
    json!({"components": [{"type": "HEADER", "format": "IMAGE"}, {"type": "BUTTONS", "buttons": buttons}]})
}

fn carousel(cards: Value) -> Value {
    marketing(json!([body("Hello there"), {"type": "CAROUSEL", "cards": cards}]))
}

fn offer(rest: Value) -> Value {
    let mut components = vec![
        body("Hello there"),
        json!({"type": "LIMITED_TIME_OFFER", "limited_time_offer": {"text": "Ends soon!", "has_expiration": true}}),
    ];
    components.extend(rest.as_array().cloned().unwrap_or_default());
    marketing(components.into())
}

fn passcode(more: Value) -> Value {
    let mut components = vec![json!({"type": "BODY", "add_security_recommendation": true})];
    components.extend(more.as_array().cloned().unwrap_or_default());
    of("AUTHENTICATION", components.into())
}

fn otp(otp_type: &str) -> Value {
    json!([{"type": "BUTTONS", "buttons": [{"type": "OTP", "otp_type": otp_type}]}])
}

/// Subcodes of single fields.
fn text_rules() -> Vec<(Value, &'static str, Option<u64>)> {
    let long = |n: usize| "x".repeat(n);
    let sampled = |text: &str, values: Value| {
        marketing(json!([{"type": "BODY", "text": text, "example": {"body_text": [values]}}]))
    };
    vec![
        (with("name", json!("Summer Sale")), "name", Some(2_388_046)),
        (with("name", json!(long(513))), "name", Some(2_388_046)),
        (with("name", json!("greeting")), "name", Some(2_388_024)),
        (with("language", json!("english")), "language", None),
        (with("message_send_ttl_seconds", json!(120)), "message_send_ttl_seconds", None),
        (header(&long(61)), "header.text", Some(2_388_040)),
        (header("*Sale*"), "header.text", Some(2_388_047)),
        (header("Sale \u{1F389}"), "header.text", Some(2_388_047)),
        (header("Sale\nnow"), "header.text", Some(2_388_047)),
        (header("For {{1}} and {{2}}"), "header.text", Some(2_388_047)),
        (header("For {{2}}"), "header.text", Some(2_388_047)),
        (marketing(json!([body(&long(1_025))])), "body.text", Some(2_388_040)),
        (marketing(json!([body("{{1}} is here for you")])), "body.text", Some(2_388_299)),
        (marketing(json!([body("It is {{1}} {{2}} for you today")])), "body.text", Some(2_388_072)),
        (marketing(json!([body("It is {{2}} for you today")])), "body.text", Some(2_388_072)),
        (marketing(json!([body("It is {{#1}} for you today")])), "body.text", Some(2_388_072)),
        (marketing(json!([body("It is {{$}} for you today")])), "body.text", Some(2_388_072)),
        (marketing(json!([body("Hi {{1}}, {{2}}, {{3}} and {{4}}.")])), "body.text", Some(2_388_293)),
        (sampled("Hi {{1}}, take {{2}} off today.", json!(["Ann"])), "body.text", Some(2_388_043)),
        (sampled("Hi {{1}}, take {{2}} off today.", json!(["Ann", ""])), "body.text", Some(2_388_043)),
        (
            marketing(json!([body("Hi"), {"type": "FOOTER", "text": long(61)}])),
            "footer.text",
            Some(2_388_040),
        ),
        (
            marketing(json!([body("Hi"), {"type": "FOOTER", "text": "Hi {{1}}"}])),
            "footer.text",
            Some(2_388_073),
        ),
        (
            marketing(json!([body("Hi"), {"type": "FOOTER", "code_expiration_minutes": 5}])),
            "footer.code_expiration_minutes",
            Some(2_388_073),
        ),
        (marketing(json!([{"type": "FOOTER", "text": "Bye"}])), "components", Some(2_388_072)),
    ]
}

/// Rules of shapes: most have no subcode that is known.
fn shape_rules() -> Vec<(Value, &'static str, Option<u64>)> {
    let phone = |number: &str| json!({"type": "PHONE_NUMBER", "text": "Call", "phone_number": number});
    let long = "x".repeat(26);
    vec![
        (buttons(vec![reply(); 11].into()), "buttons", None),
        (buttons(json!([reply(), url("https://a.b/"), reply()])), "buttons", None),
        (buttons(json!([url("https://a.b/"), url("https://a.b/"), url("https://a.b/")])), "buttons", None),
        (buttons(json!([{"type": "QUICK_REPLY", "text": long}])), "buttons[0].text", Some(2_388_040)),
        (buttons(json!([url("https://a.b/{{1}}/x")])), "buttons[0].url", None),
        (
            buttons(json!([url(&format!("https://a.b/{}", "x".repeat(2_000)))])),
            "buttons[0].url",
            Some(2_388_040),
        ),
        (buttons(json!([phone("123456789012345678901")])), "buttons[0].phone_number", Some(2_388_040)),
        (
            buttons(json!([{"type": "COPY_CODE", "example": "A".repeat(21)}])),
            "buttons[0].example",
            Some(2_388_040),
        ),
        (buttons(json!([{"type": "OTP", "otp_type": "COPY_CODE"}])), "buttons[0].type", None),
        (offer(json!([{"type": "FOOTER", "text": "Bye"}])), "footer", Some(2_388_073)),
        (
            offer(
                json!([{"type": "BUTTONS", "buttons": [url("https://a.b/"), {"type": "COPY_CODE", "example": "A"}]}]),
            ),
            "buttons",
            None,
        ),
        (carousel(json!([card(json!([reply()]))])), "carousel.cards", None),
        (
            carousel(json!([card(json!([reply()])), card(json!([url("https://a.b/")]))])),
            "carousel.cards[1]",
            None,
        ),
        (passcode(otp("ONE_TAP")), "buttons[0].supported_apps", None),
        (passcode(json!([{"type": "HEADER", "format": "IMAGE"}])), "header.format", Some(2_388_047)),
        (passcode(json!([{"type": "BUTTONS", "buttons": [url("https://a.b/")]}])), "buttons[0].type", None),
    ]
}

#[tokio::test]
async fn every_rule_has_its_code_its_subcode_and_its_field() {
    let app = TestApp::new().await;
    for (body, field, subcode) in text_rules().into_iter().chain(shape_rules()) {
        for path in ["/message_templates", "/v1/configs/templates"] {
            let answer = app.post(path, &body).await;
            let told = answer.json();
            let error = &told["error"];
            assert_eq!((answer.status.as_u16(), &error["code"]), (400, &json!(100)), "{body} {told}");
            assert_eq!(error["error_subcode"].as_u64(), subcode, "{body} {told}");
            assert_eq!(error["error_data"]["blame_field_specs"], json!([[field]]), "{body}");
            assert!(!error["error_user_title"].as_str().unwrap().is_empty());
            assert!(error["error_user_msg"].as_str().unwrap().starts_with(field), "{told}");
        }
    }
    assert_eq!(app.get("/v1/configs/templates").await.json()["total"], 11, "nothing was made");
    let wrong_word = app.post("/message_templates", &passcode(otp("TWO_TAP"))).await;
    assert!(wrong_word.error().2.contains("otp_type"), "{}", wrong_word.json());
}

#[tokio::test]
async fn what_keeps_the_rules_is_taken() {
    let app = TestApp::new().await;
    let fine = [
        header("Our {{1}} is on!"),
        marketing(json!([{"type": "BODY", "text": "Shop now through {{1}} and use {{2}} today.",
            "example": {"body_text": [["August", "25OFF"]]}}])),
        buttons(
            json!([reply(), reply(), url("https://a.b/{{1}}"), {"type": "COPY_CODE", "example": "SAVE25"}]),
        ),
        offer(
            json!([{"type": "BUTTONS", "buttons": [{"type": "COPY_CODE", "example": "A"}, url("https://a.b/")]}]),
        ),
        carousel(json!([card(json!([reply()])), card(json!([reply()]))])),
        passcode(otp("COPY_CODE")),
    ];
    for (n, mut body) in fine.into_iter().enumerate() {
        // Only the rule is looked at: no two say the same.
        body["name"] = json!(format!("fine_{n}"));
        if body["category"] == "MARKETING" && n != 1 {
            let components = body["components"].as_array_mut().unwrap();
            let text = components.iter_mut().find(|c| c["type"] == "BODY").unwrap();
            text["text"] = json!(format!("Hello there, number {n}"));
        }
        let made = app.post("/message_templates", &body).await;
        assert_eq!(made.status, 200, "{body} {}", made.json());
    }
}

#[tokio::test]
async fn the_same_words_are_refused_to_customers() {
    let app = TestApp::new().await;
    let said = |name: &str, footer: &str| {
        json!({"name": name, "language": "en", "category": "MARKETING",
            "components": [body("The same words again"), {"type": "FOOTER", "text": footer}]})
    };
    assert_eq!(app.post("/message_templates", &said("first", "Bye")).await.status, 200);
    let again = app.post("/message_templates", &said("second", "Bye")).await;
    let told = again.json();
    assert_eq!(again.status, 400);
    assert_eq!(told["error"]["error_data"]["blame_field_specs"], json!([["body.text"]]));
    assert!(told["error"]["error_user_msg"].as_str().unwrap().contains("`first`"));
    assert_eq!(app.post("/message_templates", &said("second", "See you")).await.status, 200);
    let mut german = said("third", "Bye");
    german["language"] = json!("de");
    assert_eq!(app.post("/message_templates", &german).await.status, 200);
    // An operator's fixtures may.
    assert_eq!(app.post("/admin/v1/templates", &said("fourth", "Bye")).await.status, 201);
}

#[tokio::test]
async fn a_hundred_creations_an_hour() {
    let app = TestApp::new().await;
    for n in 0..100 {
        assert_eq!(app.post("/message_templates", &definition(&format!("sale_{n}"))).await.status, 200);
    }
    let refused = app.post("/message_templates", &definition("one_more")).await;
    assert_eq!((refused.error().0, refused.error().1), (400, 80_008));
    assert_eq!(refused.header("retry-after"), "3600");
    assert_eq!(app.post("/admin/v1/templates", &definition("by_the_operator")).await.status, 201);
    app.clock.advance(Duration::from_hours(1));
    assert_eq!(app.post("/message_templates", &definition("one_more")).await.status, 200);
}

#[tokio::test]
async fn an_unverified_business_has_250_templates() {
    let app = TestApp::new().await;
    let change = json!({"business_verified": false});
    let path = format!("/admin/v1/accounts/{ACCOUNT}");
    let changed = app.call("PATCH", &path, &[], change.to_string()).await;
    assert_eq!(changed.json()["business_verified"], json!(false));
    let missing = 250 - templates().len();
    let fill = (0..missing).map(|n| {
        let mut template = templates().remove(0);
        template.id = stentor_core::id::TemplateId(1_000 + i64::try_from(n).unwrap());
        template.name = format!("filler_{n}");
        RegistryChange::PutTemplate(template)
    });
    app.change(fill.collect()).await;
    let refused = app.post("/message_templates", &definition("one_more")).await.json();
    assert_eq!(refused["error"]["error_subcode"], 2_388_019);
    assert!(refused["error"]["error_user_msg"].as_str().unwrap().contains("250"));
    let account = app.state.directory.snapshot().account(ACCOUNT).unwrap().clone();
    let verified = Account { business_verified: true, ..Account::clone(&account) };
    app.change(vec![RegistryChange::PutAccount(verified)]).await;
    assert_eq!(app.post("/message_templates", &definition("one_more")).await.status, 200);
}

#[tokio::test]
async fn what_a_review_would_miss_is_a_warning() {
    let app = TestApp::new().await;
    let mut body = definition("warned");
    body["components"][0]["text"] = json!("Hi {{1}}, this is new.");
    body["colour"] = json!("red");
    let made = app.post("/message_templates", &body).await;
    assert_eq!(made.status, 200);
    let warning = made.header("x-stentor-warning");
    assert!(warning.contains("colour") && warning.contains("no example"), "{warning}");
    assert_eq!(app.post("/message_templates", &definition("plain")).await.header("x-stentor-warning"), "");
    for (name, handle, says) in
        [("by_id", "1234567890123456", "POST /uploads"), ("by_handle", "4::aW1h:x", "")]
    {
        let mut body = definition(name);
        let header = json!({"type": "HEADER", "format": "IMAGE", "example": {"header_handle": [handle]}});
        body["components"].as_array_mut().unwrap().insert(0, header);
        let made = app.post("/message_templates", &body).await;
        let warning = made.header("x-stentor-warning");
        assert_eq!((made.status.as_u16(), warning.is_empty()), (200, says.is_empty()), "{warning}");
        assert!(warning.contains(says), "{warning}");
    }
}
