//! Reading what an upstream sends: leniently, because samples misplace fields and new ones come without notice.
//! Statuses are taken apart; every other change is kept as it is, to be passed on.

use std::borrow::Cow;

use serde_json::Value;

use crate::reader::{Fields, Nested, Problem, WireError, parse_json};

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
    let Some(entries) = Nested::of(body, &["entry", "changes"])?.below else {
        return Err(WireError { path: "entry".to_owned(), problem: Problem::Missing });
    };
    let mut changes = Vec::new();
    for entry in entries {
        let of = (entry.fields.number("id"), entry.fields.number("time"));
        for change in entry.below.unwrap_or_default() {
            changes.push(read_change(of, &change.fields)?);
        }
        if changes.len() > CHANGES_MAX {
            return Err(WireError {
                path: "entry".to_owned(),
                problem: Problem::TooLong { max: CHANGES_MAX },
            });
        }
    }
    Ok(changes)
}

fn read_change(
    (account_id, time_s): (Option<i64>, Option<i64>),
    change: &Fields<'_>,
) -> Result<IncomingChange, WireError> {
    let text = change.get("value").unwrap_or("null");
    let value = Nested::of(text.as_bytes(), &["statuses"])?;
    let phone_number_id =
        value.fields.get("metadata").and_then(|own| Fields::of(own).number("phone_number_id"));
    let told = value.below.unwrap_or_default();
    let statuses: Vec<IncomingStatus> = told.iter().filter_map(|own| read_status(&own.fields)).collect();
    let rest = if statuses.is_empty() || !value.fields.names().all(|name| WRAPPING.contains(&name)) {
        let is_object = text.starts_with('{');
        let text = if is_object { Cow::Owned(value.fields.to_string()) } else { Cow::Borrowed(text) };
        Some(parse_json(text.as_bytes())?)
    } else {
        None
    };
    let field = change.text("field").unwrap_or_else(|| "messages".to_owned());
    Ok(IncomingChange { account_id, time_s, phone_number_id, field, statuses, rest })
}

/// What statuses are wrapped in.
const WRAPPING: [&str; 3] = ["messaging_product", "metadata", "contacts"];

fn read_status(status: &Fields<'_>) -> Option<IncomingStatus> {
    let kind = match status.text("status")?.as_str() {
        "sent" => IncomingStatusKind::Sent,
        "delivered" => IncomingStatusKind::Delivered,
        "read" => IncomingStatusKind::Read,
        "played" => IncomingStatusKind::Played,
        "failed" => read_failure(status.list("errors").unwrap_or_default().first()),
        _ => return None,
    };
    let recipient = status.text("recipient_id").or_else(|| status.text("recipient_user_id"));
    let timestamp_s = status.number("timestamp")?;
    Some(IncomingStatus {
        id: status.text("id")?,
        kind,
        timestamp_s,
        recipient,
        opaque: status.text("biz_opaque_callback_data"),
    })
}

fn read_failure(error: Option<&Fields<'_>>) -> IncomingStatusKind {
    let number = |error: &Fields<'_>| error.number("code").and_then(|code| u32::try_from(code).ok());
    let details = |error: &Fields<'_>| {
        let data = error.get("error_data").and_then(|data| Fields::of(data).text("details"));
        data.or_else(|| error.text("message")).or_else(|| error.text("title"))
    };
    IncomingStatusKind::Failed {
        code: error.and_then(number).unwrap_or(131_000),
        details: error.and_then(details).unwrap_or_default(),
    }
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
        // Good JSON to look at, and unreadable within: refused whole, so that it comes again and nothing is lost.
        for entry in [
            r#"{"entry":[1e999,{"id":"7","changes":[]}]}"#,
            r#"{"entry":[{"id":"7","changes":[{"\udc00":1},{"field":"messages","value":{}}]}]}"#,
            r#"{"entry":[{"changes":[{"value":{"statuses":["\ud800"]}}]}]}"#,
            r#"{"entry":[{"changes":[{"value":{"\udc00":1,"messages":[]}}]}]}"#,
        ] {
            assert!(parse_incoming(entry.as_bytes()).is_err(), "{entry}");
        }
        let odd = r#"{"entry":[7,{"changes":"x"},{"changes":[{"value":[1]},{"value":{"statuses":{}}}]}]}"#;
        assert_eq!(parse_incoming(odd.as_bytes()).unwrap().len(), 2, "odd, and readable");
    }
}
