//! What Graph calls carry: `fields=` on reads, parameters in the query, a form or JSON on writes.

use std::sync::Arc;

use axum::extract::Request;
use http::{StatusCode, Uri};
use serde_json::{Map, Value};
use stentor_core::reason::message;
use stentor_wire::error::ErrorBody;

use crate::api::error::ApiError;
use crate::api::http::{Query, bytes};
use crate::api::state::AppState;

/// Fields that one request may name.
const FIELDS_MAX: usize = 100;

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
            None if selected.contains_key(*field) => {}
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

/// The parameters of a write: those of the query, and over them those of the body.
///
/// # Errors
/// 100 for a body that is neither a JSON object nor a form; what reading it may refuse.
pub async fn parameters(state: &Arc<AppState>, request: Request) -> Result<Map<String, Value>, ApiError> {
    let (head, body) = request.into_parts();
    let mut all = form(head.uri.query().unwrap_or_default().as_bytes());
    let body = bytes(state, body).await?;
    match body.trim_ascii_start().first() {
        None => {}
        Some(b'{' | b'[') => match serde_json::from_slice(&body) {
            Ok(Value::Object(fields)) => all.extend(fields),
            Ok(_) => return Err(ApiError::new(100, "the body must be a JSON object")),
            Err(error) => return Err(ApiError::new(100, format!("the body is not JSON: {error}"))),
        },
        Some(_) => all.extend(form(&body)),
    }
    Ok(all)
}

fn form(text: &[u8]) -> Map<String, Value> {
    url::form_urlencoded::parse(text).map(|(name, value)| (name.into_owned(), value.into())).collect()
}

/// An object that a form may carry as text.
///
/// # Errors
/// 100, naming the field.
pub fn object(value: &Value, field: &str) -> Result<Map<String, Value>, ApiError> {
    let parsed = value.as_str().and_then(|text| serde_json::from_str(text).ok());
    match parsed.as_ref().unwrap_or(value) {
        Value::Object(fields) => Ok(fields.clone()),
        _ => Err(ApiError::new(100, format!("{field}: must be an object"))),
    }
}

/// Text, or nothing where the field is absent, null or empty.
///
/// # Errors
/// 100, naming the field.
pub fn text(fields: &Map<String, Value>, name: &str) -> Result<Option<String>, ApiError> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
        Some(Value::Number(number)) => Ok(Some(number.to_string())),
        Some(_) => Err(ApiError::new(100, format!("{name}: must be a string"))),
    }
}

/// True or false, also as a form says it.
///
/// # Errors
/// 100, naming the field.
pub fn flag(fields: &Map<String, Value>, name: &str) -> Result<Option<bool>, ApiError> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(Value::String(word)) if word == "true" || word == "1" => Ok(Some(true)),
        Some(Value::String(word)) if word == "false" || word == "0" => Ok(Some(false)),
        Some(_) => Err(ApiError::new(100, format!("{name}: must be true or false"))),
    }
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
