//! Reading what an upstream sends: leniently, because samples misplace fields and new ones come without notice.
//! Statuses are taken apart; every other change is kept as it is, to be passed on.

use serde_json::Value;

use crate::reader::{Problem, WireError, parse_json};

/// One change of an incoming webhook.
#[derive(Clone, Debug, PartialEq)]
pub struct IncomingChange {
    /// `entry[].id`: the WABA, when it can be read.
    pub account_id: Option<i64>,
    /// `entry[].time`, Unix seconds; absent on `messages`.
    pub time_s: Option<i64>,
    /// `metadata.phone_number_id`, when there is one.
    pub phone_number_id: Option<i64>,
    /// `field`; `messages` when it is missing.
    pub field: String,
    /// The statuses in it.
    pub statuses: Vec<IncomingStatus>,
    /// The rest of `value`, statuses taken out; `None` when nothing else was in it.
    pub rest: Option<Value>,
}

/// One status.
#[derive(Clone, Debug, PartialEq)]
pub struct IncomingStatus {
    /// The upstream's message id.
    pub id: String,
    /// What happened.
    pub kind: IncomingStatusKind,
    /// Unix seconds.
    pub timestamp_s: i64,
    /// Digits or a business-scoped user id.
    pub recipient: Option<String>,
    /// `biz_opaque_callback_data`.
    pub opaque: Option<String>,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IncomingStatusKind {
    /// `sent`.
    Sent,
    /// `delivered`.
    Delivered,
    /// `read`.
    Read,
    /// `played`: a voice message.
    Played,
    /// `failed`.
    Failed {
        /// `errors[0].code`; 131000 when there is none.
        code: u32,
        /// `error_data.details`, else the title.
        details: String,
    },
}

/// Changes taken from one POST; more are ignored by nobody, they are refused whole.
const CHANGES_MAX: usize = 10_000;

/// Takes a webhook apart.
///
/// # Errors
/// When it is not JSON, not a webhook, or beyond any batch.
pub fn parse_incoming(body: &[u8]) -> Result<Vec<IncomingChange>, WireError> {
    let mut root = parse_json(body)?;
    let entries = match root.get_mut("entry").map(Value::take) {
        Some(Value::Array(entries)) => entries,
        _ => return Err(WireError { path: "entry".to_owned(), problem: Problem::Missing }),
    };
    let mut changes = Vec::new();
    for mut entry in entries {
        let (account_id, time_s) = (entry.get("id").and_then(number), entry.get("time").and_then(number));
        let Some(Value::Array(found)) = entry.get_mut("changes").map(Value::take) else { continue };
        changes.extend(found.into_iter().map(|change| read_change((account_id, time_s), change)));
        if changes.len() > CHANGES_MAX {
            return Err(WireError {
                path: "entry".to_owned(),
                problem: Problem::TooLong { max: CHANGES_MAX },
            });
        }
    }
    Ok(changes)
}

fn read_change((account_id, time_s): (Option<i64>, Option<i64>), mut change: Value) -> IncomingChange {
    let field = change.get("field").and_then(Value::as_str).unwrap_or("messages").to_owned();
    let mut value = change.get_mut("value").map(Value::take).unwrap_or_default();
    let phone_number_id = value.pointer("/metadata/phone_number_id").and_then(number);
    let statuses = match value.as_object_mut().and_then(|value| value.shift_remove("statuses")) {
        Some(Value::Array(statuses)) => statuses.iter().filter_map(read_status).collect(),
        _ => Vec::new(),
    };
    let only_statuses = !statuses_left(&value) && !statuses.is_empty();
    IncomingChange {
        account_id,
        time_s,
        phone_number_id,
        field,
        statuses,
        rest: (!only_statuses).then_some(value),
    }
}

/// Whether anything but the wrapping of statuses is left in a `value`.
fn statuses_left(value: &Value) -> bool {
    const WRAPPING: [&str; 3] = ["messaging_product", "metadata", "contacts"];
    value.as_object().is_none_or(|value| value.keys().any(|key| !WRAPPING.contains(&key.as_str())))
}

fn read_status(status: &Value) -> Option<IncomingStatus> {
    let text = |key: &str| status.get(key).and_then(Value::as_str).map(str::to_owned);
    let kind = match status.get("status")?.as_str()? {
        "sent" => IncomingStatusKind::Sent,
        "delivered" => IncomingStatusKind::Delivered,
        "read" => IncomingStatusKind::Read,
        "played" => IncomingStatusKind::Played,
        "failed" => read_failure(status.pointer("/errors/0")),
        _ => return None,
    };
    let recipient = text("recipient_id").or_else(|| text("recipient_user_id"));
    let timestamp_s = status.get("timestamp").and_then(number)?;
    Some(IncomingStatus {
        id: text("id")?,
        kind,
        timestamp_s,
        recipient,
        opaque: text("biz_opaque_callback_data"),
    })
}

fn read_failure(error: Option<&Value>) -> IncomingStatusKind {
    let code =
        error.and_then(|error| error.get("code")).and_then(number).and_then(|code| u32::try_from(code).ok());
    let words = ["/error_data/details", "/message", "/title"];
    let details = words.iter().find_map(|path| error?.pointer(path)?.as_str()).unwrap_or_default().to_owned();
    IncomingStatusKind::Failed { code: code.unwrap_or(131_000), details }
}

/// A number, or a string of one.
fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_statuses_apart_and_keeps_the_rest() {
        let body = br#"{"object":"whatsapp_business_account","entry":[{"id":"7","changes":[
            {"field":"messages","value":{"messaging_product":"whatsapp","metadata":{"phone_number_id":"9"},
             "statuses":[{"id":"wamid.A","status":"failed","timestamp":"5","recipient_id":"49151",
               "errors":[{"code":131049,"title":"t","error_data":{"details":"d"}}]},
               {"id":"wamid.B","status":"deleted","timestamp":"5"}]}},
            {"field":"messages","value":{"metadata":{"phone_number_id":"9"},"messages":[{"id":"wamid.C"}]}},
            {"field":"account_update","value":{"event":"X"}}]}]}"#;
        let changes = parse_incoming(body).unwrap();
        assert_eq!(changes.len(), 3);
        let status = &changes[0].statuses[0];
        let failed = IncomingStatusKind::Failed { code: 131_049, details: "d".to_owned() };
        assert_eq!((changes[0].account_id, changes[0].phone_number_id), (Some(7), Some(9)));
        assert_eq!(
            (&status.kind, status.timestamp_s, status.recipient.as_deref()),
            (&failed, 5, Some("49151"))
        );
        assert_eq!((changes[0].statuses.len(), &changes[0].rest), (1, &None));
        assert_eq!(changes[1].rest.as_ref().unwrap()["messages"][0]["id"], "wamid.C");
        assert_eq!(changes[2].field, "account_update");
        assert_eq!(changes[2].phone_number_id, None);
    }

    #[test]
    fn refuses_what_is_no_webhook() {
        assert!(parse_incoming(b"{}").is_err());
        assert!(parse_incoming(b"nothing").is_err());
    }
}
