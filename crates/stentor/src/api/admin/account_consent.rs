//! The account's settings about people's consent and their nights, as `accounts` reads them.

use serde_json::Value;
use stentor_core::quiet_hours::QuietHours;

use super::answer::AdminError;
use super::fields::Fields;

/// Payloads an account may list.
const PAYLOADS_MAX: usize = 100;
/// Bytes of one: what a button may carry.
const PAYLOAD_BYTES_MAX: usize = 256;

/// `quiet_hours`: such as 21:00-08:00, null or empty for none; absent: as they are.
pub(super) fn quiet_hours(fields: &mut Fields) -> Result<Option<Option<QuietHours>>, AdminError> {
    match fields.take("quiet_hours") {
        None => Ok(None),
        Some(Value::Null) => Ok(Some(None)),
        Some(Value::String(text)) if text.trim().is_empty() => Ok(Some(None)),
        Some(value) => match QuietHours::parse(value.as_str().unwrap_or_default()) {
            Ok(hours) => Ok(Some(Some(hours))),
            Err(error) => Err(AdminError::field("quiet_hours", format!("{error}; null for none"))),
        },
    }
}

/// `opt_out_payloads`: a list, or text with commas between; null for none; absent: as they are.
pub(super) fn opt_out_payloads(fields: &mut Fields) -> Result<Option<Vec<String>>, AdminError> {
    let problem = || {
        let problem = format!(
            "must be a list of at most {PAYLOADS_MAX} texts of 1 to {PAYLOAD_BYTES_MAX} bytes, or null for none"
        );
        AdminError::field("opt_out_payloads", problem)
    };
    let listed: Vec<String> = match fields.take("opt_out_payloads") {
        None => return Ok(None),
        Some(Value::Null) => Vec::new(),
        Some(Value::String(text)) => text.split(',').map(|payload| payload.trim().to_owned()).collect(),
        Some(Value::Array(all)) => {
            let text = |value: Value| value.as_str().map(|payload| payload.trim().to_owned());
            all.into_iter().map(text).collect::<Option<_>>().ok_or_else(problem)?
        }
        Some(_) => return Err(problem()),
    };
    let fits = |payload: &String| (1..=PAYLOAD_BYTES_MAX).contains(&payload.len());
    if listed.len() > PAYLOADS_MAX || !listed.iter().all(fits) {
        return Err(problem());
    }
    Ok(Some(listed))
}
