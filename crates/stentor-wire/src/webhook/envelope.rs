//! Building envelopes. A status is written by hand: there are three for every message.

use std::fmt::Write as _;

use crate::json;

/// One status of one message, as its sender is told.
#[derive(Clone, Copy, Debug)]
pub struct StatusEnvelope<'a> {
    /// `entry[].id`: the WABA.
    pub account_id: i64,
    /// `metadata.phone_number_id`.
    pub phone_number_id: i64,
    /// `metadata.display_phone_number`: digits.
    pub display_phone_number: &'a str,
    /// The message.
    pub wamid: &'a str,
    /// `sent`, `delivered`, `read` or `failed`.
    pub status: &'a str,
    /// When it happened, Unix seconds.
    pub timestamp_s: i64,
    /// Digits or a business-scoped user id; empty once erased.
    pub recipient: &'a str,
    /// `biz_opaque_callback_data`.
    pub opaque: Option<&'a str>,
    /// With `sent` and one of delivered and read.
    pub pricing: Option<Pricing<'a>>,
    /// With `failed`.
    pub failure: Option<Failure<'a>>,
}

/// `pricing`, and the `conversation` that goes with it.
#[derive(Clone, Copy, Debug)]
pub struct Pricing<'a> {
    /// `marketing_lite`, `marketing`, `utility`, `authentication`, `service`.
    pub category: &'a str,
    /// `conversation.id`: unique per message.
    pub conversation_id: &'a str,
    /// `conversation.expiration_timestamp`, Unix seconds: with `sent` only.
    pub expires_at_s: Option<i64>,
}

/// `errors[0]`.
#[derive(Clone, Copy, Debug)]
pub struct Failure<'a> {
    /// `code`.
    pub code: u32,
    /// `title` and `message`, without the code in front.
    pub title: &'a str,
    /// `error_data.details`.
    pub details: &'a str,
}

const ERRORS_PAGE: &str = "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/";

/// The whole body of a status webhook.
///
/// ```
/// use stentor_wire::webhook::{StatusEnvelope, status_envelope};
/// let status = StatusEnvelope {
///     account_id: 1, phone_number_id: 2, display_phone_number: "15550001111", wamid: "wamid.A", status: "read",
///     timestamp_s: 1_800_000_000, recipient: "441234567890", opaque: Some("order 7"), pricing: None, failure: None,
/// };
/// assert_eq!(
///     status_envelope(&status),
///     r#"{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550001111","phone_number_id":"2"},"contacts":[{"wa_id":"441234567890"}],"statuses":[{"id":"wamid.A","status":"read","timestamp":"1800000000","recipient_id":"441234567890","biz_opaque_callback_data":"order 7"}]},"field":"messages"}]}]}"#
/// );
/// ```
#[must_use]
pub fn status_envelope(status: &StatusEnvelope<'_>) -> String {
    let mut out = String::with_capacity(700);
    let StatusEnvelope { account_id, phone_number_id, display_phone_number, timestamp_s, .. } = status;
    let _ = write!(
        out,
        r#"{{"object":"whatsapp_business_account","entry":[{{"id":"{account_id}","changes":[{{"value":{{"messaging_product":"whatsapp","metadata":{{"display_phone_number":"{display_phone_number}","phone_number_id":"{phone_number_id}"}}"#
    );
    let is_number = status.recipient.bytes().all(|b| b.is_ascii_digit());
    put_contact(&mut out, is_number, status.recipient);
    out.push_str(r#","statuses":[{"id":"#);
    json::string(&mut out, status.wamid);
    json::field(&mut out, "status", status.status);
    let _ = write!(out, r#","timestamp":"{timestamp_s}""#);
    json::field(&mut out, if is_number { "recipient_id" } else { "recipient_user_id" }, status.recipient);
    if let Some(pricing) = &status.pricing {
        put_pricing(&mut out, pricing);
    }
    if let Some(failure) = &status.failure {
        put_failure(&mut out, failure);
    }
    if let Some(opaque) = status.opaque {
        json::field(&mut out, "biz_opaque_callback_data", opaque);
    }
    out.push_str(r#"}]},"field":"messages"}]}]}"#);
    out
}

/// Client libraries of 2026 read the person from here, also with `failed`, where Meta leaves it away.
fn put_contact(out: &mut String, is_number: bool, recipient: &str) {
    out.push_str(r#","contacts":[{""#);
    out.push_str(if is_number { "wa_id" } else { "user_id" });
    out.push_str("\":");
    json::string(out, recipient);
    out.push_str("}]");
}

fn put_pricing(out: &mut String, pricing: &Pricing<'_>) {
    let Pricing { category, conversation_id, expires_at_s } = pricing;
    let _ = write!(out, r#","conversation":{{"id":"{conversation_id}""#);
    if let Some(expires) = expires_at_s {
        let _ = write!(out, r#","expiration_timestamp":"{expires}""#);
    }
    let _ = write!(
        out,
        r#","origin":{{"type":"{category}"}}}},"pricing":{{"billable":true,"pricing_model":"PMP","category":"{category}","type":"regular"}}"#
    );
}

fn put_failure(out: &mut String, failure: &Failure<'_>) {
    let _ = write!(out, r#","errors":[{{"code":{}"#, failure.code);
    json::field(out, "title", failure.title);
    json::field(out, "message", failure.title);
    out.push_str(r#","error_data":{"details":"#);
    json::string(out, failure.details);
    out.push('}');
    json::field(out, "href", ERRORS_PAGE);
    out.push_str("}]");
}

/// The body of any other webhook. `value`: JSON text, passed through as it is. `time_s`: Unix seconds, left away for
/// `messages` as Meta does.
///
/// ```
/// use stentor_wire::webhook::notice_envelope;
/// assert_eq!(
///     notice_envelope(1, "account_update", 7, r#"{"event":"MM_LITE_TERMS_SIGNED"}"#),
///     r#"{"object":"whatsapp_business_account","entry":[{"id":"1","time":7,"changes":[{"value":{"event":"MM_LITE_TERMS_SIGNED"},"field":"account_update"}]}]}"#
/// );
/// ```
#[must_use]
pub fn notice_envelope(account_id: i64, field: &str, time_s: i64, value: &str) -> String {
    let mut out = String::with_capacity(160 + value.len());
    let _ = write!(out, r#"{{"object":"whatsapp_business_account","entry":[{{"id":"{account_id}""#);
    if field != "messages" {
        let _ = write!(out, r#","time":{time_s}"#);
    }
    let _ = write!(out, r#","changes":[{{"value":{value}"#);
    json::field(&mut out, "field", field);
    out.push_str("}]}]}");
    out
}
