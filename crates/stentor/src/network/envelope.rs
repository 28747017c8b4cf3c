//! What the network tells, as Meta's webhooks say it: events of one batch in one body, in order, statuses together.
//! Called by the network process before it posts. Pure.

use serde::Serialize;
use serde_json::{Value, json};
use stentor_core::webhook::ascii_escape;
use stentor_simnet::{Click, Inbound, NetEvent, Status, StatusKind, TemplateChange, TemplateKey, Verdict};

use super::inbound;

/// Says under which ids and numbers webhooks know things.
pub trait Names {
    /// The display number of a phone-number id; empty when unknown.
    fn display_phone_number(&self, phone_number_id: &str) -> String;
    /// The id of a template.
    fn template_id(&self, template: &TemplateKey) -> i64;
}

#[derive(Serialize)]
struct Envelope<'a> {
    object: &'static str,
    entry: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    id: &'a str,
    changes: Vec<Change<'a>>,
}

#[derive(Serialize)]
struct Change<'a> {
    value: ValueOf<'a>,
    field: &'static str,
}

#[derive(Serialize)]
#[serde(untagged)]
enum ValueOf<'a> {
    Statuses(Statuses<'a>),
    Other(Value),
}

#[derive(Serialize)]
struct Statuses<'a> {
    messaging_product: &'static str,
    metadata: Metadata<'a>,
    statuses: Vec<WireStatus<'a>>,
}

#[derive(Serialize)]
struct Metadata<'a> {
    display_phone_number: String,
    phone_number_id: &'a str,
}

#[derive(Serialize)]
struct WireStatus<'a> {
    id: &'a str,
    status: &'static str,
    timestamp: String,
    recipient_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    biz_opaque_callback_data: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conversation: Option<WireConversation<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pricing: Option<WirePricing>,
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<[Value; 1]>,
}

#[derive(Serialize)]
struct WireConversation<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration_timestamp: Option<String>,
    origin: Origin,
}

#[derive(Serialize)]
struct Origin {
    r#type: &'static str,
}

#[derive(Serialize)]
struct WirePricing {
    billable: bool,
    pricing_model: &'static str,
    r#type: &'static str,
    category: &'static str,
}

/// The body of one webhook that tells all of `events`, as Meta signs and sends it: ASCII.
#[must_use]
pub fn body(events: &[NetEvent], names: &impl Names) -> String {
    let mut envelope = Envelope { object: "whatsapp_business_account", entry: Vec::new() };
    for event in events {
        let account = account(event);
        if envelope.entry.last().is_none_or(|entry| entry.id != account) {
            envelope.entry.push(Entry { id: account, changes: Vec::new() });
        }
        if let Some(entry) = envelope.entry.last_mut() {
            add(&mut entry.changes, event, names);
        }
    }
    ascii_escape(&serde_json::to_string(&envelope).unwrap_or_default())
}

fn add<'a>(changes: &mut Vec<Change<'a>>, event: &'a NetEvent, names: &impl Names) {
    let NetEvent::Status(status) = event else {
        let (field, value) = other(event, names);
        changes.push(Change { value: ValueOf::Other(value), field });
        return;
    };
    let id = status.phone_number_id.as_str();
    if let Some(ValueOf::Statuses(last)) = changes.last_mut().map(|change| &mut change.value)
        && last.metadata.phone_number_id == id
    {
        last.statuses.push(wire_status(status));
        return;
    }
    let metadata = Metadata { display_phone_number: names.display_phone_number(id), phone_number_id: id };
    let statuses = vec![wire_status(status)];
    let value = Statuses { messaging_product: "whatsapp", metadata, statuses };
    changes.push(Change { value: ValueOf::Statuses(value), field: "messages" });
}

fn account(event: &NetEvent) -> &str {
    match event {
        NetEvent::Status(status) => &status.account,
        NetEvent::Inbound(inbound) => &inbound.account,
        NetEvent::Click(click) => &click.account,
        NetEvent::TemplateReviewed { template, .. }
        | NetEvent::TemplateStatus { template, .. }
        | NetEvent::TemplateReleased { template, .. }
        | NetEvent::TemplateCategory { template, .. }
        | NetEvent::QualityUpdate { template, .. } => &template.account,
    }
}

fn wire_status(status: &Status) -> WireStatus<'_> {
    let conversation = status.conversation.as_ref().map(|conversation| WireConversation {
        id: &conversation.id,
        expiration_timestamp: conversation.expires_at.map(|at| at.secs().to_string()),
        origin: Origin { r#type: conversation.origin },
    });
    let pricing = status.pricing.map(|pricing| WirePricing {
        billable: pricing.billable,
        pricing_model: pricing.model,
        r#type: pricing.kind,
        category: pricing.category,
    });
    let errors = match &status.kind {
        StatusKind::Failed { code, title, details } => Some([json!({
            "code": code, "title": title, "message": title, "error_data": {"details": details},
        })]),
        _ => None,
    };
    WireStatus {
        id: &status.id,
        status: status.kind.as_str(),
        timestamp: status.at.secs().to_string(),
        recipient_id: &status.to,
        biz_opaque_callback_data: status.opaque.as_deref(),
        conversation,
        pricing,
        errors,
    }
}

fn other(event: &NetEvent, names: &impl Names) -> (&'static str, Value) {
    match event {
        NetEvent::Status(_) => ("messages", Value::Null),
        NetEvent::Inbound(inbound) => said(inbound, names),
        NetEvent::Click(click) => clicked(click, names),
        NetEvent::TemplateReviewed { template, verdict, .. } => {
            let (event, reason) = match verdict {
                Verdict::Approved => ("APPROVED", "NONE"),
                Verdict::Rejected(reason) => ("REJECTED", reason.as_str()),
            };
            let mut value = about(template, names);
            value["event"] = event.into();
            value["reason"] = reason.into();
            ("message_template_status_update", value)
        }
        NetEvent::TemplateStatus { template, change, .. } => {
            let mut value = about(template, names);
            let (event, title) = match change {
                TemplateChange::Paused { title, .. } => ("PAUSED", Some(*title)),
                TemplateChange::Unpaused => ("APPROVED", Some("UNPAUSE")),
                TemplateChange::Disabled => ("DISABLED", Some("DISABLED")),
            };
            value["event"] = event.into();
            value["reason"] = "NONE".into();
            if let Some(title) = title {
                value["other_info"] = json!({"title": title});
            }
            ("message_template_status_update", value)
        }
        // Only where the caller paces: no webhook.
        NetEvent::TemplateReleased { template, .. } => {
            ("message_template_status_update", about(template, names))
        }
        NetEvent::TemplateCategory { template, from, to, announced_for, .. } => {
            let mut value = about(template, names);
            match announced_for {
                Some(at) => {
                    value["new_category"] = from.as_str().into();
                    value["correct_category"] = to.as_str().into();
                    value["category_update_timestamp"] = at.secs().into();
                }
                None => {
                    value["previous_category"] = from.as_str().into();
                    value["new_category"] = to.as_str().into();
                }
            }
            ("template_category_update", value)
        }
        NetEvent::QualityUpdate { template, from, to, .. } => {
            let mut value = about(template, names);
            value["previous_quality_score"] = from.as_str().into();
            value["new_quality_score"] = to.as_str().into();
            ("message_template_quality_update", value)
        }
    }
}

fn about(template: &TemplateKey, names: &impl Names) -> Value {
    json!({
        "message_template_id": names.template_id(template),
        "message_template_name": template.template.name,
        "message_template_language": template.template.language,
    })
}

fn said(doing: &Inbound, names: &impl Names) -> (&'static str, Value) {
    let mut value = heading(&doing.phone_number_id, names);
    value["contacts"] = json!([inbound::contact(doing)]);
    if let Some(preference) = inbound::preference(doing) {
        value["user_preferences"] = json!([preference]);
        return ("user_preferences", value);
    }
    let business = names.display_phone_number(&doing.phone_number_id);
    value["messages"] = json!([inbound::message(doing, &business)]);
    ("messages", value)
}

fn clicked(click: &Click, names: &impl Names) -> (&'static str, Value) {
    let mut value = heading(&click.phone_number_id, names);
    value["user_actions"] = json!([inbound::action(click)]);
    ("messages", value)
}

fn heading(id: &str, names: &impl Names) -> Value {
    json!({
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": names.display_phone_number(id), "phone_number_id": id},
    })
}

#[cfg(test)]
mod tests;
