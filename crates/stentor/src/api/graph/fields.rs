//! `fields=` on reads of Graph's: which fields of an object are answered.

use http::{StatusCode, Uri};
use serde_json::{Map, Value};
use stentor_core::reason::message;
use stentor_wire::error::ErrorBody;

use crate::api::error::ApiError;
use crate::api::http::Query;

/// Fields that one request may name.
const FIELDS_MAX: usize = 100;

/// Fields of Meta's numbers and accounts of which nothing is known here: left away, as Graph does with what is null.
const NULL: [&str; 32] = [
    "analytics",
    "auth_international_rate_eligibility",
    "business_username",
    "certificate",
    "conversation_analytics",
    "country_code",
    "country_dial_code",
    "creation_time",
    "dataset",
    "eligibility_for_api_business_global_search",
    "geo_location",
    "host_platform",
    "is_enabled_for_insights",
    "is_preverified_number",
    "is_shared_with_partners",
    "linked_commerce_account",
    "new_certificate",
    "new_display_name",
    "new_name_status",
    "official_business_account",
    "on_behalf_of_business_info",
    "owner_business",
    "pricing_analytics",
    "primary_business_location",
    "primary_funding_id",
    "purchase_order_number",
    "search_visibility",
    "subscribed_apps",
    "tags",
    "timezone",
    "username",
    "whatsapp_commerce_settings",
];

/// The named fields of an object, or its usual ones; `id` always.
///
/// # Errors
/// 100 for a field there is not, as Meta says it.
pub fn select(mut all: Map<String, Value>, uri: &Uri, usual: &[&str], node: &str) -> Result<Value, ApiError> {
    let query = Query::of(uri);
    let named = query.get("fields").map(top_level);
    let wanted = named.as_deref().unwrap_or(usual);
    let mut selected = Map::new();
    for field in wanted.iter().take(FIELDS_MAX) {
        match all.shift_remove(*field) {
            Some(value) => drop(selected.insert((*field).to_owned(), value)),
            None if selected.contains_key(*field) || NULL.contains(field) => {}
            None => return Err(no_field(field, node)),
        }
    }
    if let Some(id) = all.shift_remove("id") {
        selected.insert("id".to_owned(), id);
    }
    Ok(selected.into())
}

fn no_field(field: &str, node: &str) -> ApiError {
    let text = format!("Tried accessing nonexisting field ({field}) on node type ({node})");
    let body = ErrorBody { message: message(100, &text), code: 100, ..ErrorBody::default() };
    ApiError::exactly(StatusCode::BAD_REQUEST, body)
}

/// The names in `a,b{c,d},e.limit(3)`: what is asked of a field's own fields is answered whole.
fn top_level(text: &str) -> Vec<&str> {
    let (mut depth, mut start, mut names) = (0_u32, 0, Vec::new());
    for (at, c) in text.char_indices().chain([(text.len(), ',')]) {
        match c {
            '{' | '(' => depth += 1,
            '}' | ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 || at == text.len() => {
                let name = text[start..at].split(['{', '.', '(']).next().unwrap_or_default().trim();
                names.extend((!name.is_empty()).then_some(name));
                start = at + 1;
            }
            _ => {}
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_and_limited_fields_count_by_their_name() {
        assert_eq!(top_level("id,throughput{level},a.limit(2){b,c}, d"), ["id", "throughput", "a", "d"]);
        assert!(top_level("").is_empty() && top_level(",,").is_empty());
        assert_eq!(top_level("a{b,c"), ["a"]);
    }
}
