//! What the envelope of the network process looks like on the wire.

use serde_json::Value;
use stentor_core::time::Timestamp;
use stentor_simnet::{InboundKind, Pricing, TemplateRef};

use super::*;

struct Known;

impl Names for Known {
    fn display_phone_number(&self, _: &str) -> String {
        "15550783881".to_owned()
    }

    fn template_id(&self, _: &TemplateKey) -> i64 {
        1_700_000_000_000_001
    }
}

fn status(kind: StatusKind, phone_number_id: &str) -> NetEvent {
    NetEvent::Status(Status {
        id: "wamid.one".into(),
        account: "1".into(),
        phone_number_id: phone_number_id.into(),
        to: "441234567890".into(),
        kind,
        at: Timestamp::from_millis(1_800_000_000_999),
        opaque: Some("s:42.1".into()),
        pricing: Some(Pricing { billable: true, model: "PMP", kind: "regular", category: "marketing_lite" }),
        conversation: None,
    })
}

fn envelope(events: &[NetEvent]) -> Value {
    serde_json::from_str(&body(events, &Known)).expect("JSON")
}

#[test]
fn statuses_of_one_number_share_one_change_in_order() {
    let failed = StatusKind::Failed { code: 131_049, title: "title", details: "details".into() };
    let events = [status(StatusKind::Sent, "2"), status(StatusKind::Read, "2"), status(failed, "3")];
    let envelope = envelope(&events);
    assert_eq!(envelope["object"], "whatsapp_business_account");
    assert_eq!(envelope["entry"].as_array().expect("entries").len(), 1);
    let changes = envelope["entry"][0]["changes"].as_array().expect("changes");
    assert_eq!(changes.len(), 2);
    let value = &changes[0]["value"];
    assert_eq!(value["metadata"], json!({"display_phone_number": "15550783881", "phone_number_id": "2"}));
    assert_eq!(
        value["statuses"][0],
        json!({
            "id": "wamid.one", "status": "sent", "timestamp": "1800000000", "recipient_id": "441234567890",
            "biz_opaque_callback_data": "s:42.1",
            "pricing": {"billable": true, "pricing_model": "PMP", "type": "regular", "category": "marketing_lite"},
        })
    );
    assert_eq!(value["statuses"][1]["status"], "read");
    assert_eq!(
        changes[1]["value"]["statuses"][0]["errors"],
        json!([{"code": 131_049, "title": "title", "message": "title", "error_data": {"details": "details"}}])
    );
}

#[test]
fn what_people_say_and_prefer_has_metas_shape_and_is_ascii() {
    let inbound = |kind| {
        NetEvent::Inbound(Inbound {
            id: "wamid.in".into(),
            account: "1".into(),
            phone_number_id: "2".into(),
            from: "441234567890".into(),
            user_id: None,
            kind,
            at: Timestamp::from_secs(1_800_000_000),
            context: Some("wamid.one".into()),
        })
    };
    let said = [
        inbound(InboundKind::Text("grüße/😀".into())),
        inbound(InboundKind::Button { text: "Yes".into(), payload: "yes-1".into() }),
        inbound(InboundKind::MarketingStopped(true)),
    ];
    assert!(body(&said, &Known).is_ascii());
    let envelope = envelope(&said);
    let changes = &envelope["entry"][0]["changes"];
    assert_eq!(
        changes[0]["value"]["messages"],
        json!([{
            "from": "441234567890", "id": "wamid.in", "timestamp": "1800000000", "type": "text",
            "text": {"body": "grüße/😀"}, "context": {"from": "15550783881", "id": "wamid.one"},
        }])
    );
    assert_eq!(changes[1]["value"]["messages"][0]["button"], json!({"text": "Yes", "payload": "yes-1"}));
    assert_eq!(changes[2]["field"], "user_preferences");
    let preference = &changes[2]["value"]["user_preferences"][0];
    assert_eq!((&preference["value"], &preference["timestamp"]), (&json!("stop"), &json!(1_800_000_000)));
}

#[test]
fn templates_are_told_by_id_and_name() {
    let template = TemplateKey {
        account: "1".into(),
        template: TemplateRef { name: "spring_sale".into(), language: "en".into() },
    };
    let at = Timestamp::from_secs(0);
    let reviewed = NetEvent::TemplateReviewed {
        template: template.clone(),
        verdict: Verdict::Rejected(stentor_simnet::Rejection::Scam),
        at,
    };
    let change = TemplateChange::Paused { title: "FIRST_PAUSE", until: None };
    let paused = NetEvent::TemplateStatus { template, change, at };
    let envelope = envelope(&[reviewed, paused]);
    let about = |event: &str, reason: &str| {
        json!({
            "message_template_id": 1_700_000_000_000_001_i64, "message_template_name": "spring_sale",
            "message_template_language": "en", "event": event, "reason": reason,
        })
    };
    let changes = &envelope["entry"][0]["changes"];
    assert_eq!(changes[0]["value"], about("REJECTED", "SCAM"));
    let mut paused = about("PAUSED", "NONE");
    paused["other_info"] = json!({"title": "FIRST_PAUSE"});
    assert_eq!(changes[1]["value"], paused);
}
