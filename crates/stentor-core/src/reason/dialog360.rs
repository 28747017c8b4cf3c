//! 360dialog's own error texts, exactly as on its wire, and what code each stands for.
//! The API prints them; the 360dialog upstream reads them. They carry no code of their own.

/// 401 on every path of the messaging API.
pub const INVALID_TOKEN: &str = "Invalid api token.";
/// 401, other copies of the same text: parsed, never printed.
pub const INVALID_TOKEN_VARIANTS: [&str; 2] = ["Invalid API key", "Invalid api_key"];
/// 400: above the channel's throughput (not a 429).
pub const RATE_LIMIT: &str = "You have exceeded the endpoint rate limit.";
/// 400: the account is switched off.
pub const DISABLED: &str = "Your WhatsApp for Business API has been disabled";
/// 400: billing stop.
pub const LACK_OF_PAYMENT: &str = "Could not send message due to lack of payment. Messaging can resume once overdue invoices \
    towards 360Dialog are settled. Please reach out to our integration partner.";
/// 403: the endpoint is switched off for this number.
pub const BLOCKED: &str = "The endpoint is blocked";
/// 500.
pub const INTERNAL: &str = "Internal server error";
/// 502: what stands behind is down.
pub const UNAVAILABLE: &str = "WhatsApp for Business API not available";

/// The code a text of 360dialog's gateway stands for; `None` when it says nothing certain about the message.
///
/// ```
/// use stentor_core::reason::dialog360::code;
/// assert_eq!(code("You have exceeded the endpoint rate limit."), Some(130_429));
/// assert_eq!(code("You have exceeded the limit of 1 request every 2 seconds"), Some(130_429));
/// assert_eq!(code("WhatsApp for Business API not available"), None);
/// ```
#[must_use]
pub fn code(text: &str) -> Option<u32> {
    let text = text.trim();
    let begins = |with: &str| text.get(..with.len()).is_some_and(|head| head.eq_ignore_ascii_case(with));
    if begins(RATE_LIMIT) || text.contains("exceeded the limit of") {
        Some(130_429)
    } else if begins("Invalid api") {
        Some(190)
    } else if begins("Could not send message due to lack of payment") {
        Some(131_042)
    } else if begins(DISABLED) {
        Some(131_031)
    } else if begins(BLOCKED) {
        Some(10)
    } else {
        None
    }
}
