//! One spelling for everybody's definitions: snake_case fields, upper-case types. All other values stay as sent.

use serde_json::{Map, Value};

/// Brings a definition's body into the one spelling.
pub(super) fn normalise(body: Value) -> Value {
    let mut body = snake_keys(body);
    if let Value::Object(root) = &mut body {
        upper(root, &["category", "parameter_format", "sub_category"]);
        components(root);
    }
    body
}

fn components(holder: &mut Map<String, Value>) {
    for component in objects(holder, "components") {
        upper(component, &["type", "format"]);
        for button in objects(component, "buttons") {
            upper(button, &["type", "otp_type"]);
        }
        for card in objects(component, "cards") {
            components(card);
        }
    }
}

fn objects<'a>(
    holder: &'a mut Map<String, Value>,
    key: &str,
) -> impl Iterator<Item = &'a mut Map<String, Value>> {
    holder.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten().filter_map(Value::as_object_mut)
}

fn upper(object: &mut Map<String, Value>, keys: &[&str]) {
    for key in keys {
        if let Some(Value::String(word)) = object.get_mut(*key) {
            word.make_ascii_uppercase();
        }
    }
}

fn snake_keys(value: Value) -> Value {
    match value {
        Value::Object(map) => map.into_iter().map(|(key, value)| (snake(key), snake_keys(value))).collect(),
        Value::Array(items) => items.into_iter().map(snake_keys).collect(),
        other => other,
    }
}

fn snake(key: String) -> String {
    if !key.bytes().any(|b| b.is_ascii_uppercase()) || !key.starts_with(|c: char| c.is_ascii_lowercase()) {
        return key;
    }
    let mut out = String::with_capacity(key.len() + 4);
    for c in key.chars() {
        if c.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}
