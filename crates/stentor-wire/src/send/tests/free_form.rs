//! Free-form messages: every type as clients send it, and what can be told of a body that is none.

use super::*;

pub(super) fn free(of: &str, object: &Value) -> Value {
    let mut body = json!({"messaging_product": "whatsapp", "to": "441234567890", "type": of});
    body[of] = object.clone();
    body
}

pub(super) fn interactive(of: &str, action: &Value) -> Value {
    json!({"type": of, "body": {"text": "Hi"}, "action": action})
}

pub(super) fn samples() -> Vec<(&'static str, Value)> {
    let url = json!({"name": "cta_url", "parameters": {"display_text": "Shop", "url": "https://a.b"}});
    let card = |n: usize| {
        json!({"card_index": n, "type": "cta_url",
        "header": {"type": "image", "image": {"link": "https://a.b/c.png"}}, "body": {"text": "B"}, "action": url})
    };
    let reply = |id: &str, title: &str| json!({"type": "reply", "reply": {"id": id, "title": title}});
    let section =
        |title: &str| json!({"title": title, "rows": [{"id": 1, "title": "Row", "description": "D"}]});
    let named = |name: &str, parameters: Value| json!({"name": name, "parameters": parameters});
    let kinds = [
        ("button", json!({"buttons": [reply("1", "Yes"), reply("2", "No")]})),
        ("list", json!({"button": "Open", "sections": [section("S"), section("T")]})),
        ("cta_url", url.clone()),
        ("carousel", json!({"cards": [card(0), card(1)]})),
        ("flow", named("flow", json!({"flow_message_version": "3", "flow_id": "1", "flow_cta": "Book"}))),
        ("location_request_message", json!({"name": "send_location"})),
        ("address_message", named("address_message", json!({"country": "IN"}))),
        ("product", json!({"catalog_id": "1", "product_retailer_id": "p"})),
        (
            "product_list",
            json!({"catalog_id": 1, "sections": [{"product_items": [{"product_retailer_id": "p"}]}]}),
        ),
        ("catalog_message", named("catalog_message", json!({"thumbnail_product_retailer_id": "p"}))),
        (
            "order_details",
            named(
                "review_and_pay",
                json!({"reference_id": "r", "currency": "INR", "total_amount": {"value": 1100, "offset": 100}}),
            ),
        ),
        ("order_status", named("review_order", json!({"reference_id": "r", "order": {"status": "shipped"}}))),
        ("call_permission_request", json!({"name": "call_permission_request"})),
        ("voice_call", named("voice_call", json!({"display_text": "Call us", "ttl_minutes": 100}))),
        ("request_contact_info", json!({"name": "request_contact_info"})),
    ];
    let mut all = vec![
        ("text", json!({"body": "Hi"})),
        ("image", json!({"id": 7, "link": null, "caption": "A"})),
        ("audio", json!({"link": "https://a.b/c.ogg", "voice": true})),
        ("video", json!({"id": "7", "caption": "A"})),
        ("document", json!({"id": "7", "caption": "A", "filename": "a.pdf"})),
        ("sticker", json!({"id": "7"})),
        ("location", json!({"latitude": 1.5, "longitude": "-2", "name": "N", "address": null})),
        (
            "contacts",
            json!([{"name": {"formatted_name": "A B", "first_name": "A"}, "birthday": "2012-08-18",
            "phones": [{"phone": "+1 940", "type": "HOME"}], "emails": [], "urls": null}]),
        ),
        ("reaction", json!({"message_id": "wamid.1", "emoji": "😀"})),
        ("pin", json!({"type": "pin", "message_id": "wamid.1"})),
    ];
    for (of, action) in kinds {
        let mut message = interactive(of, &action);
        if of == "product_list" {
            message["header"] = json!({"type": "text", "text": "All"});
        }
        all.push(("interactive", message));
    }
    all
}

#[test]
fn every_type_is_read_and_in_any_case() {
    for (of, object) in samples() {
        let body = free(of, &object);
        let read = parse(&body).unwrap_or_else(|error| panic!("{body}: {error}"));
        assert_eq!(read.unknown, Vec::<String>::new(), "{body}");
        let mut shouting = body.clone();
        shouting["type"] = json!(of.to_uppercase());
        if let Some(of) = object.get("type").and_then(Value::as_str).filter(|_| body["type"] == "interactive")
        {
            shouting["interactive"]["type"] = json!(of.to_uppercase());
        }
        assert_eq!(parse(&shouting).map(|parsed| parsed.value), Ok(read.value), "{shouting}");
    }
}

#[test]
fn what_a_phone_shows_is_kept() {
    let Kind::Media(voice) = reads(&free("audio", &json!({"id": "7", "voice": true}))).kind else {
        panic!("media")
    };
    assert!(voice.voice && voice.source == MediaSource::Id("7".into()));
    let place = reads(&free("location", &json!({"latitude": 1.5, "longitude": "-2"}))).kind;
    assert!(matches!(place, Kind::Location(place) if place.latitude == "1.5" && place.longitude == "-2"));
    let taken_back = reads(&free("reaction", &json!({"message_id": "wamid.1", "emoji": ""})));
    assert_eq!(taken_back.refers_to(), Some("wamid.1"));
    assert!(matches!(taken_back.kind, Kind::Reaction { emoji: None, .. }));
    let order = json!({"type": "order_details", "body": {"text": "B"}, "action": {"name": "review_and_pay",
        "parameters": {"reference_id": 5, "currency": "INR", "total_amount": {"value": 1100, "offset": 100}}}});
    let Kind::Interactive(order) = reads(&free("interactive", &order)).kind else { panic!("interactive") };
    assert_eq!(order.action, Action::Pay { reference_id: "5".into(), total: "INR 11.00".into() });
}

#[test]
fn every_medium_is_in_one_list() {
    let media = |body: &Value| -> Vec<(MediaType, &'static str)> {
        reads(body).media().iter().map(|medium| (medium.kind, medium.place)).collect()
    };
    assert_eq!(media(&free("sticker", &json!({"id": "7"}))), [(MediaType::Sticker, "sticker")]);
    let carousel =
        samples().into_iter().find(|(_, object)| object["type"] == "carousel").expect("a carousel").1;
    let at_cards = (MediaType::Image, "interactive['action']['cards']");
    assert_eq!(media(&free("interactive", &carousel)), [at_cards, at_cards]);
    let header = json!({"type": "header", "parameters": [{"type": "gif", "gif": {"link": "https://a.b"}}]});
    let template = with(
        "/template/components",
        json!([{"type": "carousel", "cards": [
        {"card_index": 0, "components": [header]}]}, header]),
    );
    let at_template = (MediaType::Gif, "template['components']");
    assert_eq!(media(&template), [at_template, at_template]);
    assert_eq!(media(&promo()), []);
}

#[test]
fn receipts() {
    let body = |extra: Value| {
        let mut body = json!({"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.1"});
        body.as_object_mut().expect("an object").extend(extra.as_object().expect("an object").clone());
        body
    };
    let typing = reads(&body(json!({"typing_indicator": {"type": "TEXT"}}))).kind;
    assert_eq!(typing, Kind::MarkRead { message_id: "wamid.1".into(), typing: true });
    refuses(&body(json!({"message_id": " "})), "The parameter message_id is required.");
    refuses(&body(json!({"status": "seen"})), "Param status must be one of {read} - got \"seen\".");
    refuses(
        &body(json!({"typing_indicator": {"type": "voice"}})),
        "Param typing_indicator['type'] must be one of {text} - got \"voice\".",
    );
}

#[test]
fn what_is_no_template_is_known_although_it_is_malformed() {
    for body in [
        r#"{"type": "text"}"#,
        r#"{"type": "IMAGE", "image": 7}"#,
        r#"{"text": {}}"#,
        r#"{"status": "read"}"#,
        r#"{"interactive": [], "mesage_activity_sharing": 1}"#,
    ] {
        assert!(is_no_template(body.as_bytes()), "{body}");
    }
    for body in [
        r#"{"type": "Template"}"#,
        r#"{"to": "1"}"#,
        r#"{"template": {}}"#,
        "[]",
        "{",
        r#"{"type": 7}"#,
        r#"{"type": "sms"}"#,
    ] {
        assert!(!is_no_template(body.as_bytes()), "{body}");
    }
}

proptest! {
    /// One place of a good message replaced by anything: read or refused, never a panic, and always with a code.
    #[test]
    fn no_free_form_message_panics(which in any::<proptest::sample::Index>(), place in any::<proptest::sample::Index>(), value in any_json()) {
        let all = samples();
        let (of, object) = which.get(&all);
        let mut body = free(of, object);
        let mut places = Vec::new();
        pointers(&body, String::new(), &mut places);
        if let Some(place) = body.pointer_mut(place.get(&places).as_str()) {
            *place = value;
        }
        match parse(&body) {
            Ok(parsed) => drop(parsed.value.media()),
            Err(error) => prop_assert!([100, 131_008, 131_009].contains(&error.code())),
        }
    }
}

fn pointers(value: &Value, at: String, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            map.iter().for_each(|(key, value)| pointers(value, format!("{at}/{key}"), found))
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, value)| pointers(value, format!("{at}/{n}"), found));
        }
        _ => {}
    }
    found.push(at);
}
