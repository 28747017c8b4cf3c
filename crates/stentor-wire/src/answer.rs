//! The answer to a send that was accepted. Written for every message, so by hand.

use utoipa::ToSchema;

use crate::json;

/// The body of the 200, for its description: [`sent`] writes it.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "a schema; the body is written by hand")]
pub struct Sent {
    /// Always `whatsapp`.
    #[schema(example = "whatsapp")]
    messaging_product: String,
    contacts: Vec<SentContact>,
    messages: Vec<SentMessage>,
}

/// Who a message goes to.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "a schema; the body is written by hand")]
pub struct SentContact {
    /// The recipient as it was sent.
    #[schema(example = "+44 1234 567890")]
    input: String,
    /// Digits.
    #[schema(example = "441234567890", nullable = false)]
    wa_id: Option<String>,
    /// A business-scoped user id, where the message went to one.
    #[schema(nullable = false)]
    user_id: Option<String>,
}

/// The message as it is called from now on.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "a schema; the body is written by hand")]
pub struct SentMessage {
    #[schema(example = "wamid.HBgMNDQxMjM0NTY3ODkwFQIAERgSQjNGN0Y1OTU1QzNFNDhDNUI4AA==")]
    id: String,
    /// `accepted`, or `held_for_quality_assessment`; for templates.
    #[schema(example = "accepted", nullable = false)]
    message_status: Option<String>,
}

/// Who a message goes to, as the network names the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contact<'a> {
    /// `wa_id`: digits.
    WaId(&'a str),
    /// `user_id`: a business-scoped user id.
    UserId(&'a str),
}

/// The body of the 200. `input`: the recipient as it was sent. `status`: for templates only.
///
/// ```
/// use stentor_wire::answer::{Contact, sent};
/// assert_eq!(
///     sent("+49 1", Contact::WaId("491"), "wamid.A", Some("accepted")),
///     r#"{"messaging_product":"whatsapp","contacts":[{"input":"+49 1","wa_id":"491"}],"messages":[{"id":"wamid.A","message_status":"accepted"}]}"#
/// );
/// ```
#[must_use]
pub fn sent(input: &str, contact: Contact<'_>, wamid: &str, status: Option<&str>) -> String {
    let mut out = String::with_capacity(220 + input.len());
    out.push_str(r#"{"messaging_product":"whatsapp","contacts":[{"input":"#);
    json::string(&mut out, input);
    match contact {
        Contact::WaId(id) => json::field(&mut out, "wa_id", id),
        Contact::UserId(id) => json::field(&mut out, "user_id", id),
    }
    out.push_str(r#"}],"messages":[{"id":"#);
    json::string(&mut out, wamid);
    if let Some(status) = status {
        json::field(&mut out, "message_status", status);
    }
    out.push_str("}]}");
    out
}
