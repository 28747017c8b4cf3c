//! Definitions as clients write them, and the two shapes in which they come back.

use serde_json::{Value, json};

use super::*;
use crate::reader::{Parsed, WireError};

fn create(body: &Value) -> Result<Parsed<Definition>, WireError> {
    parse_create(body.to_string().as_bytes())
}

fn offer() -> Value {
    json!({
        "name": "offer", "language": "en_US", "category": "marketing", "parameterFormat": "named",
        "messageSendTtlSeconds": 43200, "businessAccountId": "1",
        "components": [
            {"type": "header", "format": "image", "example": {"headerHandle": ["4::aW..."]}},
            {"type": "body", "text": "Hi {{first_name}}",
                "example": {"bodyTextNamedParams": [{"paramName": "first_name", "example": "Ann"}]}},
            {"type": "limited_time_offer", "limitedTimeOffer": {"text": "Ends soon!", "hasExpiration": true}},
            {"type": "buttons", "buttons": [
                {"type": "copy_code", "example": "SAVE25"},
                {"type": "url", "text": "Shop", "url": "https://a.b/{{1}}", "example": ["x"]},
                {"type": "phone_number", "text": "Call", "phone_number": 16505551234_i64}]},
        ],
    })
}

#[test]
fn camel_case_and_lower_case_read_like_the_documented_form() {
    let parsed = create(&offer()).unwrap();
    assert_eq!(parsed.unknown, ["business_account_id"]);
    let definition = parsed.value;
    assert_eq!(definition.parameter_format, ParameterFormat::Named);
    assert_eq!(definition.message_send_ttl_seconds, Some(43_200));
    let button =
        |kind, text: &str| Button { kind, text: text.into(), url: None, phone_number: None, otp: None };
    assert_eq!(
        definition.components,
        [
            Component::Header { format: HeaderFormat::Image, text: None },
            Component::Body { text: Some("Hi {{first_name}}".into()), add_security_recommendation: false },
            Component::LimitedTimeOffer { text: "Ends soon!".into(), has_expiration: true },
            Component::Buttons(vec![
                button(ButtonType::CopyCode, ""),
                Button { url: Some("https://a.b/{{1}}".into()), ..button(ButtonType::Url, "Shop") },
                Button {
                    phone_number: Some("16505551234".into()),
                    ..button(ButtonType::PhoneNumber, "Call")
                },
            ]),
        ]
    );
    let kept = definition.components_json();
    assert_eq!(
        kept[0],
        json!({"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["4::aW..."]}})
    );
    assert_eq!(kept[1]["example"]["body_text_named_params"][0]["param_name"], "first_name");
    assert_eq!(kept[3]["buttons"][0], json!({"type": "COPY_CODE", "example": "SAVE25"}));
    assert_eq!(parse_create(definition.to_json().as_bytes()).unwrap().value, definition);
    let restored = Definition::restore(
        ("offer", "en_US"),
        Category::Marketing,
        ParameterFormat::Named,
        Some(43_200),
        (&kept.to_string(), "{}"),
    );
    assert_eq!(restored.map(|restored| restored.components), Ok(definition.components));
}

#[test]
fn refusals() {
    let with = |components: Value| {
        let mut body = offer();
        body["components"] = components;
        body
    };
    for (components, message) in [
        (json!({}), "Param components must be an array, not an object."),
        (json!([{}]), "The parameter components[0]['type'] is required."),
        (
            json!([{"type": "BODY", "text": "a"}, {"type": "body", "text": "b"}]),
            "Param components[1] repeats a component that can be given once only.",
        ),
        (json!([{"type": "HEADER"}]), "The parameter components[0]['format'] is required."),
        (json!([{"type": "HEADER", "format": "text"}]), "The parameter components[0]['text'] is required."),
        (json!([{"type": "FOOTER"}]), "The parameter components[0]['text'] is required."),
        (
            json!([{"type": "BUTTONS", "buttons": [{"type": "LINK"}]}]),
            "Param components[0]['buttons'][0]['type'] must be one of {QUICK_REPLY, URL, PHONE_NUMBER, COPY_CODE, \
             FLOW, CATALOG, MPM, SPM, OTP, VOICE_CALL, CALL_PERMISSION_REQUEST, REQUEST_CONTACT_INFO, \
             ORDER_DETAILS} - got \"LINK\".",
        ),
        (
            json!([{"type": "CAROUSEL", "cards": [{"components": [{"type": "FOOTER", "text": "x"}]}]}]),
            "Param components[0]['cards'][0]['components'] must be one of {HEADER, BODY, BUTTONS} - got \"another \
             component\".",
        ),
        (json!([{"type": "BODY", "text": 1}]), "Param components[0]['text'] must be a string, not a number."),
    ] {
        assert_eq!(create(&with(components)).unwrap_err().to_string(), message);
    }
    let mut misspelt = offer();
    misspelt["componets"] = json!([]);
    assert_eq!(
        create(&misspelt).unwrap_err().to_string(),
        "Unknown parameter componets: did you mean `components`?"
    );
}

#[test]
fn an_edit_replaces_whole_fields() {
    let before = create(&offer()).unwrap().value;
    let edit = json!({"name": "offer", "category": "utility", "message_send_ttl_seconds": null,
        "components": [{"type": "body", "text": "New"}]});
    let after = before.edited(edit.to_string().as_bytes()).unwrap().value;
    assert_eq!((after.category, after.message_send_ttl_seconds), (Category::Utility, None));
    assert_eq!(after.components.len(), 1);
    assert_eq!(after.parameter_format, ParameterFormat::Named);
    let renamed = before.edited(br#"{"name": "other"}"#).unwrap_err();
    assert_eq!(renamed.to_string(), "Param name must be one of {offer} - got \"other\".");
}

#[test]
fn both_shapes() {
    let definition = create(&offer()).unwrap().value;
    let listing = Listing {
        id: 1_234,
        account_id: 255,
        definition: &definition,
        category: "MARKETING",
        previous_category: Some("UTILITY"),
        correct_category: None,
        status: "PENDING",
        rejected_reason: "NONE",
        quality: QualityScore { score: "UNKNOWN".into(), date: 7, reasons: None },
        created_at: "2026-01-01T00:00:00Z".into(),
        modified_at: "2026-01-02T00:00:00Z".into(),
        created_by: "key:0123abcd",
        modified_by: "network",
    };
    let meta = json!(listing.to_meta(None));
    assert_eq!((&meta["id"], &meta["status"]), (&json!("1234"), &json!("PENDING")));
    assert_eq!(meta["components"], definition.components_shown());
    assert_eq!(meta["message_send_ttl_seconds"], 43_200);
    assert_eq!(json!(listing.to_meta(Some(&["status"]))), json!({"id": "1234", "status": "PENDING"}));
    assert_eq!(
        json!(listing.to_meta_created()),
        json!({"id": "1234", "status": "PENDING", "category": "MARKETING"})
    );

    let item = json!(listing.to_dialog360("123456PA"));
    assert_eq!(item["id"], "00000000000000001234WT");
    assert_eq!((&item["external_id"], &item["status"]), (&json!("1234"), &json!("submitted")));
    assert_eq!((&item["quality_score"], &item["rejected_reason"]), (&Value::Null, &json!("NONE")));
    assert_eq!(item["namespace"], "00000000_0000_0000_0000_0000000000ff");
    assert_eq!(item["components"], definition.components_shown());
    assert_eq!(item["created_by"], json!({"user_id": "0123abcd", "user_name": "API key 0123abcd"}));
    assert_eq!(
        (&item["modified_by"]["user_id"], &item["updated_external"]),
        (&json!("system"), &json!(true))
    );
    assert_eq!((&item["partner_id"], &item["waba_account_id"]), (&json!("123456PA"), &json!("255WA")));
    let quality = QualityScore { score: "GREEN".into(), date: 1, reasons: None };
    let approved = json!(Listing { status: "APPROVED", quality, ..listing.clone() }.to_dialog360("123456PA"));
    assert_eq!(approved["status"], "approved");
    assert_eq!(approved["quality_score"], json!({"score": "GREEN", "reasons": null}));
    assert_eq!(json!(listing.to_dialog360_created())["status"], "submitted");
}

#[test]
fn what_nothing_interprets_is_kept_and_shown() {
    let mut body = offer();
    body["degrees_of_freedom_spec"] =
        json!({"creative_features_spec": {"image_touchups": {"enroll_status": "OPT_IN"}}});
    body["sub_category"] = json!("CUSTOM");
    body["allow_category_change"] = json!(true);
    let definition = create(&body).unwrap().value;
    let extra = definition.extra_json();
    let specs = body["degrees_of_freedom_spec"].clone();
    assert_eq!(extra, json!({"sub_category": "CUSTOM", "degrees_of_freedom_spec": specs}));
    let restored = Definition::restore(
        ("offer", "en_US"),
        Category::Marketing,
        ParameterFormat::Named,
        None,
        ("[]", &extra.to_string()),
    );
    assert_eq!(restored.unwrap().extra_json(), extra);
}
