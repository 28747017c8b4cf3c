//! Bodies as clients send them: what is read, what is refused and in which words.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::reader::{Parsed, WireError};

mod free_form;
mod limits;

fn promo() -> Value {
    json!({
        "messaging_product": "whatsapp", "to": "441234567890", "type": "template",
        "template": {"name": "promo", "language": {"code": "en"}},
    })
}

/// `promo` with the value at a JSON pointer replaced, or the field put there.
fn with(pointer: &str, value: Value) -> Value {
    let mut body = promo();
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
    body.pointer_mut(parent).expect("a parent")[key] = value;
    body
}

fn parse(body: &Value) -> Result<Parsed<SendRequest>, WireError> {
    parse_send(body.to_string().as_bytes())
}

#[track_caller]
fn reads(body: &Value) -> SendRequest {
    parse(body).expect("must be read").value
}

#[track_caller]
fn refuses(body: &Value, message: &str) {
    assert_eq!(parse(body).expect_err("must be refused").to_string(), message);
}

#[test]
fn the_envelope() {
    let full = json!({
        "messaging_product": "WhatsApp", "recipient_type": "INDIVIDUAL", "to": "+44 123", "recipient": "US.1",
        "type": "Template", "template": {"name": "promo", "language": {"policy": "Deterministic", "code": "en_US"},
            "namespace": "old", "components": null},
        "product_policy": "strict", "message_activity_sharing": false, "biz_opaque_callback_data": "x",
        "context": {"message_id": "wamid.1"}, "recipient_identity_key_hash": "h",
        "bid_spec": {"per_message_bid_multiplier": 1.5}, "message_send_ttl_seconds": "43200",
    });
    let parsed = parse(&full).unwrap();
    assert_eq!(parsed.unknown, Vec::<String>::new());
    assert_eq!(
        parsed.value,
        SendRequest {
            to: Some("+44 123".into()),
            recipient: Some("US.1".into()),
            recipient_type: RecipientType::Individual,
            kind: Kind::Template(TemplateSend {
                name: "promo".into(),
                language: "en_US".into(),
                components: vec![]
            }),
            message_activity_sharing: Some(false),
            product_policy: Some(ProductPolicy::Strict),
            biz_opaque_callback_data: Some("x".into()),
            context_message_id: Some("wamid.1".into()),
            recipient_identity_key_hash: Some("h".into()),
            bid_multiplier: Some(1.5),
            message_send_ttl_seconds: Some(43_200),
        }
    );
    assert_eq!(reads(&with("/to", json!(441_234_567_890_i64))).to.as_deref(), Some("441234567890"));
    assert_eq!(reads(&with("/message_activity_sharing", Value::Null)).message_activity_sharing, None);
    assert_eq!(
        reads(&with("/template/message_send_ttl_seconds", json!(60))).message_send_ttl_seconds,
        Some(60)
    );
    assert_eq!(reads(&with("/recipient_type", json!("group"))).recipient_type, RecipientType::Group);
}

#[test]
fn refusals_name_the_path() {
    for (pointer, value, message) in [
        ("/messaging_product", Value::Null, "The parameter messaging_product is required."),
        (
            "/messaging_product",
            json!("sms"),
            "Param messaging_product must be one of {whatsapp} - got \"sms\".",
        ),
        ("/to", Value::Null, "The parameter to is required."),
        ("/to", json!(" "), "The parameter to is required."),
        ("/to", json!(["1"]), "Param to must be a string, not an array."),
        (
            "/to",
            json!("<number>"),
            "Param to still holds the placeholder \"<number>\": put the real value there.",
        ),
        (
            "/template/name",
            json!("<<template name>>"),
            "Param template['name'] still holds the placeholder \"<<template name>>\": put the real value there.",
        ),
        ("/type", Value::Null, "The parameter type is required."),
        (
            "/type",
            json!("sms"),
            "Param type must be one of {template, text, audio, contacts, document, image, interactive, location, \
             pin, reaction, sticker, video} - got \"sms\".",
        ),
        ("/type", json!("image"), "The parameter image is required."),
    ] {
        refuses(&with(pointer, value), message);
    }
    refuses(&json!([]), "The request body must be a JSON object.");
    let error = parse_send(b"{\"to\": ").unwrap_err();
    assert_eq!(error.to_string(), "The request body is not valid JSON (line 1, column 7).");
}

#[test]
fn refusals_of_templates_and_settings() {
    for (pointer, value, message) in [
        ("/template", Value::Null, "The parameter template is required."),
        ("/template", json!("promo"), "Param template must be an object, not a string."),
        ("/template/language", json!("en"), "Param template['language'] must be an object, not a string."),
        ("/template/language", json!({}), "The parameter template['language']['code'] is required."),
        (
            "/template/language/policy",
            json!("fallback"),
            "Param template['language']['policy'] must be one of {deterministic} - got \"fallback\".",
        ),
        ("/template/components", json!({}), "Param template['components'] must be an array, not an object."),
        (
            "/message_activity_sharing",
            json!("false"),
            "Param message_activity_sharing must be a boolean, not a string.",
        ),
        (
            "/product_policy",
            json!("LAX"),
            "Param product_policy must be one of {CLOUD_API_FALLBACK, STRICT} - got \"LAX\".",
        ),
        (
            "/biz_opaque_callback_data",
            json!("é".repeat(513)),
            "Param biz_opaque_callback_data must be at most 512 characters long.",
        ),
        (
            "/bid_spec",
            json!({"per_message_bid_multiplier": 0}),
            "Param bid_spec['per_message_bid_multiplier'] must be one of {a number above 0} - got \"0\".",
        ),
        (
            "/message_activity_sharng",
            json!(false),
            "Unknown parameter message_activity_sharng: did you mean `message_activity_sharing`?",
        ),
        (
            "/messageActivitySharing",
            json!(false),
            "Unknown parameter messageActivitySharing: did you mean `message_activity_sharing`?",
        ),
        (
            "/template/component",
            json!([]),
            "Unknown parameter template['component']: did you mean `components`?",
        ),
    ] {
        refuses(&with(pointer, value), message);
    }
    assert!(
        reads(&with("/biz_opaque_callback_data", json!("é".repeat(512)))).biz_opaque_callback_data.is_some()
    );
}

#[test]
fn unknown_fields_are_named() {
    let parsed = parse(&with("/template/flavour", json!(1))).unwrap();
    assert_eq!(parsed.unknown, ["template['flavour']"]);
}

#[test]
fn other_kinds() {
    let text =
        json!({"messaging_product": "whatsapp", "to": "1", "text": {"body": "Hi", "preview_url": true}});
    assert_eq!(reads(&text).kind, Kind::Text { body: "Hi".into(), preview_url: true });
    let read = json!({"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.1"});
    assert_eq!(reads(&read).kind, Kind::MarkRead { message_id: "wamid.1".into(), typing: false });
    let long = json!({"messaging_product": "whatsapp", "to": "1", "text": {"body": "x".repeat(4_097)}});
    refuses(&long, "Param text['body'] must be at most 4096 characters long.");
}

/// The one component read out of a send that has it alone.
#[track_caller]
fn component(value: Value) -> Result<Component, String> {
    match parse(&with("/template/components", json!([value]))) {
        Ok(Parsed { value: SendRequest { kind: Kind::Template(mut send), .. }, .. }) => {
            Ok(send.components.remove(0))
        }
        Ok(other) => panic!("{other:?}"),
        Err(error) => Err(error.to_string()),
    }
}

#[test]
fn every_type_of_parameter() {
    let text = |text: &str| Parameter::Text { name: None, text: text.into() };
    let image = |source| Parameter::Media { kind: MediaKind::Image, source, filename: None };
    let plain_action = |thumbnail: Option<&str>| Parameter::Action {
        thumbnail: thumbnail.map(str::to_owned),
        sections: vec![],
        flow_token: None,
        flow_data: None,
        order_details: None,
    };
    for (value, expected) in [
        (json!({"type": "text", "text": "a"}), text("a")),
        (json!({"type": "TEXT", "text": ""}), text("")),
        (
            json!({"type": "text", "text": "a", "parameter_name": "n"}),
            Parameter::Text { name: Some("n".into()), text: "a".into() },
        ),
        (
            json!({"type": "currency",
                "currency": {"fallback_value": "$2", "code": "USD", "amount_1000": 2000}}),
            Parameter::Currency {
                name: None,
                fallback_value: "$2".into(),
                code: "USD".into(),
                amount_1000: 2_000,
            },
        ),
        (
            json!({"type": "date_time", "date_time": {"fallback_value": "May", "month": 5, "day_of_week": 1}}),
            Parameter::DateTime { name: None, fallback_value: "May".into() },
        ),
        (json!({"type": "image", "image": {"id": 7}}), image(MediaSource::Id("7".into()))),
        (
            json!({"type": "image", "image": {"id": "", "link": "https://a.b"}}),
            image(MediaSource::Link("https://a.b".into())),
        ),
        (
            json!({"type": "location", "location": {"latitude": 1.5, "longitude": "-2", "name": "n"}}),
            Parameter::Location {
                latitude: "1.5".into(),
                longitude: "-2".into(),
                name: Some("n".into()),
                address: None,
            },
        ),
        (
            json!({"type": "product", "product": {"product_retailer_id": "p", "catalog_id": 1}}),
            Parameter::Product(Product { retailer_id: "p".into(), catalog_id: "1".into() }),
        ),
        (json!({"type": "payload", "payload": "p"}), Parameter::Payload("p".into())),
        (json!({"type": "coupon_code", "coupon_code": "C"}), Parameter::CouponCode("C".into())),
        (
            json!({"type": "limited_time_offer", "limited_time_offer": {"expiration_time_ms": 1}}),
            Parameter::Expiration(1),
        ),
        (json!({"type": "ttl_minutes", "ttl_minutes": 100}), Parameter::TtlMinutes(100)),
        (
            json!({"type": "action", "action": {"thumbnail_product_retailer_id": "t"}}),
            plain_action(Some("t")),
        ),
        (
            json!({"type": "tap_target_configuration",
                "tap_target_configuration": [{"url": "https://a.b", "title": "A"}]}),
            Parameter::TapTarget(vec![TapTarget { url: "https://a.b".into(), title: "A".into() }]),
        ),
    ] {
        let read = component(json!({"type": "Header", "parameters": [value]}));
        assert_eq!(read, Ok(Component::Header(vec![expected])));
    }
}

#[test]
fn buttons_and_cards() {
    let reply = |text: Value| {
        json!({"type": "button", "sub_type": "quick-reply", "index": "1",
            "parameters": [{"type": "text", "text": text}]})
    };
    assert_eq!(
        component(reply(json!(true))),
        Ok(Component::Button {
            sub_type: SubType::QuickReply,
            index: 1,
            parameters: vec![Parameter::Text { name: None, text: "true".into() }],
        })
    );
    assert_eq!(
        component(json!({"type": "CAROUSEL", "cards": [{"card_index": 0, "components": [
            {"type": "button", "sub_type": "COPY_CODE", "index": 0}]}]})),
        Ok(Component::Carousel(vec![Card {
            card_index: 0,
            components: vec![Component::Button { sub_type: SubType::CopyCode, index: 0, parameters: vec![] }],
        }]))
    );
}

#[test]
fn refusals_inside_components() {
    let at = "template['components'][0]";
    let url = |extra: Value| {
        let mut button = json!({"type": "button", "sub_type": "url", "index": 0});
        button.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        button
    };
    for (value, message) in [
        (json!({"parameters": []}), format!("The parameter {at}['type'] is required.")),
        (
            json!({"type": "heading"}),
            format!(
                "Param {at}['type'] must be one of {{header, body, limited_time_offer, tap_target_configuration, \
                 carousel, button}} - got \"heading\"."
            ),
        ),
        (
            json!({"type": "body", "paramaters": []}),
            format!("Unknown parameter {at}['paramaters']: did you mean `parameters`?"),
        ),
        (
            json!({"type": "body", "parameters": [{"type": "text", "text": true}]}),
            format!("Param {at}['parameters'][0]['text'] must be a string, not a boolean."),
        ),
        (
            json!({"type": "body", "parameters": [{"type": "text"}]}),
            format!("The parameter {at}['parameters'][0]['text'] is required."),
        ),
        (
            json!({"type": "header", "parameters": [{"type": "image", "image": {}}]}),
            format!("The parameter {at}['parameters'][0]['image'] needs id or link."),
        ),
        (
            json!({"type": "header", "parameters": [{"type": "image", "image": {"id": "1", "link": "https://a.b"}}]}),
            format!(
                "Param {at}['parameters'][0]['image'] must be one of {{id, link}} - got \"id and link\"."
            ),
        ),
        (
            json!({"type": "header", "parameters": [{"type": "image", "image": {"id": " ", "link": ""}}]}),
            format!("The parameter {at}['parameters'][0]['image'] needs id or link."),
        ),
        (
            json!({"type": "header", "parameters": [{"type": "image", "image": {"id": "<media id>"}}]}),
            format!(
                "Param {at}['parameters'][0]['image']['id'] still holds the placeholder \"<media id>\": put the \
                 real value there."
            ),
        ),
        (url(json!({"index": null})), format!("The parameter {at}['index'] is required.")),
        (url(json!({"index": 1.5})), format!("Param {at}['index'] must be an integer, not a fraction.")),
        (
            url(json!({"index": u64::MAX})),
            format!("Param {at}['index'] must be an integer, not a number of more than 64 bits."),
        ),
        (
            url(json!({"index": -1})),
            format!("Param {at}['index'] must be one of {{0, 1, 2, ..., 9}} - got \"-1\"."),
        ),
        (
            url(json!({"parameters": [{"type": "text", "text": false}]})),
            format!("Param {at}['parameters'][0]['text'] must be a string, not a boolean."),
        ),
    ] {
        let read = component(value);
        assert_eq!(read.err().unwrap_or_default(), message);
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let words = || {
        proptest::sample::select(
            &[
                "messaging_product",
                "whatsapp",
                "to",
                "type",
                "template",
                "name",
                "language",
                "code",
                "components",
                "parameters",
                "text",
                "body",
                "button",
                "index",
                "sub_type",
                "url",
                "cards",
                "buttons",
                "category",
                "MARKETING",
                "carousel",
                "CAROUSEL",
                "BODY",
                "header",
                "format",
                "image",
                "id",
                "card_index",
                "example",
            ][..],
        )
        .prop_map(str::to_owned)
    };
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<i32>().prop_map(|quarters| Value::from(f64::from(quarters) / 4.0)),
        words().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 48, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::hash_map(words(), inner, 0..8)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse_send(&bytes);
        let _ = crate::template::parse_create(&bytes);
    }

    #[test]
    fn no_json_panics(whole in any_json(), components in any_json(), definition in any_json()) {
        let _ = parse(&whole);
        let _ = parse(&with("/template/components", components.clone()));
        let _ = parse(&with("/template/components", json!([components])));
        let create = json!({"name": "a", "language": "en", "category": "MARKETING", "components": [definition]});
        if let Ok(parsed) = crate::template::parse_create(create.to_string().as_bytes()) {
            let again = crate::template::parse_create(parsed.value.to_json().as_bytes());
            prop_assert_eq!(again.map(|again| again.value), Ok(parsed.value));
        }
    }
}
