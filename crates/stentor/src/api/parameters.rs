//! The fields of a request, however they come: in the query, as JSON, as a form, or as multipart without files.
//! For the small endpoints that clients call in every manner; sends and templates have readers of their own.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::Request;
use http::{HeaderMap, header};
use http_body_util::{BodyDataStream, Full};
use serde_json::{Map, Value};
use stentor_wire::reader::tree;

use super::error::ApiError;
use super::http::bytes;
use super::state::AppState;

/// Fields of one request.
const FIELDS_MAX: usize = 100;

/// The fields of the query, and over them those of the body.
///
/// # Errors
/// 100 for a body that can be none of them; what reading it may refuse.
pub async fn parameters(state: &Arc<AppState>, request: Request) -> Result<Map<String, Value>, ApiError> {
    let (head, body) = request.into_parts();
    let mut all = form(head.uri.query().unwrap_or_default().as_bytes());
    let body = bytes(state, body).await?;
    let fields = match (boundary(&head.headers)?, body.trim_ascii_start().first()) {
        (Some(boundary), _) => multipart(body, boundary).await?,
        (None, None) => Map::new(),
        (None, Some(first)) if matches!(first, b'{' | b'[' | b'"') || is_json(&head.headers) => {
            match tree(&body) {
                Ok(Value::Object(fields)) => fields,
                Ok(_) => return Err(ApiError::new(100, "the body must be a JSON object")),
                Err(error) => return Err(ApiError::new(100, format!("the body is not JSON: {error}"))),
            }
        }
        (None, Some(_)) => form(&body),
    };
    all.extend(fields);
    if all.len() > FIELDS_MAX {
        return Err(ApiError::new(100, format!("at most {FIELDS_MAX} fields are allowed")));
    }
    Ok(all)
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.trim_start().to_ascii_lowercase().starts_with("application/json")
}

/// What parts a multipart body; none where it is none.
fn boundary(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.trim_start().to_ascii_lowercase().starts_with("multipart/form-data") {
        return Ok(None);
    }
    let missing = |_| ApiError::new(100, "content-type: multipart/form-data must name its boundary");
    multer::parse_boundary(kind).map(Some).map_err(missing)
}

async fn multipart(body: Bytes, boundary: String) -> Result<Map<String, Value>, ApiError> {
    let broken = |error: multer::Error| ApiError::new(100, format!("the multipart body: {error}"));
    let whole = BodyDataStream::new(Full::new(body));
    let mut parts = multer::Multipart::new(whole, boundary);
    let mut fields = Map::new();
    while let Some(part) = parts.next_field().await.map_err(broken)? {
        let Some(name) = part.name().map(str::to_owned) else { continue };
        let value = part.text().await.map_err(broken)?;
        if fields.len() == FIELDS_MAX {
            break;
        }
        add(&mut fields, name, value);
    }
    Ok(fields)
}

fn form(text: &[u8]) -> Map<String, Value> {
    let mut fields = Map::new();
    for (name, value) in url::form_urlencoded::parse(text) {
        add(&mut fields, name.into_owned(), value.into_owned());
    }
    fields
}

/// `a[]=1&a[]=2`, `a[0]=1&a[1]=2` and `a=1&a=2` are lists; anything else is text.
fn add(fields: &mut Map<String, Value>, name: String, value: String) {
    let list = name.strip_suffix(']').and_then(|rest| rest.split_once('['));
    let (name, is_list) = match list {
        Some((name, index)) if index.bytes().all(|b| b.is_ascii_digit()) => (name.to_owned(), true),
        _ => (name, false),
    };
    match fields.get_mut(&name) {
        Some(Value::Array(values)) => values.push(value.into()),
        Some(first) => *first = Value::Array(vec![first.take(), value.into()]),
        None if is_list => drop(fields.insert(name, Value::Array(vec![value.into()]))),
        None => drop(fields.insert(name, value.into())),
    }
}

/// The object or list that a form may carry as text.
pub fn opened(value: &Value) -> Value {
    match value.as_str().map(str::trim_start) {
        Some(text) if text.starts_with(['{', '[']) => tree(text.as_bytes()).unwrap_or_else(|_| value.clone()),
        _ => value.clone(),
    }
}

/// An object.
///
/// # Errors
/// 100, naming the field.
pub fn object(value: &Value, field: &str) -> Result<Map<String, Value>, ApiError> {
    match opened(value) {
        Value::Object(fields) => Ok(fields),
        _ => Err(ApiError::new(100, format!("{field}: must be an object"))),
    }
}

/// Text, or nothing where the field is absent or null.
///
/// # Errors
/// 100, naming the field.
pub fn text(fields: &Map<String, Value>, name: &str) -> Result<Option<String>, ApiError> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.trim().to_owned())),
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

/// `messaging_product`, where it is given, is `whatsapp`.
///
/// # Errors
/// 100 otherwise.
pub fn is_whatsapp(fields: &Map<String, Value>) -> Result<(), ApiError> {
    match text(fields, "messaging_product")?.as_deref() {
        None | Some("whatsapp") => Ok(()),
        Some(_) => Err(ApiError::new(100, "messaging_product: must be whatsapp")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_come_in_three_manners() {
        let of = |text: &str| Value::Object(form(text.as_bytes())).to_string();
        assert_eq!(of("a[]=1&b=x"), r#"{"a":["1"],"b":"x"}"#);
        assert_eq!(of("a[0]=1&a[1]=2"), r#"{"a":["1","2"]}"#);
        assert_eq!(of("a=1&a=2"), r#"{"a":["1","2"]}"#);
        assert_eq!(opened(&Value::from(r#" ["x"]"#)), serde_json::json!(["x"]));
        assert_eq!(opened(&Value::from("{broken")), Value::from("{broken"));
    }
}
