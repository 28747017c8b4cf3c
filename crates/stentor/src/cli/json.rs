//! The server's JSON, read leniently for drawing: what is absent is empty, never an error.

use serde_json::Value;

/// A value as text: strings as they are, null as nothing, the rest as JSON.
#[must_use]
pub fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => super::text::tame(text),
        other => other.to_string(),
    }
}

/// The items of an answer: the array itself, or the one array under `names` or `data`.
#[must_use]
pub fn items<'a>(answer: &'a Value, name: &str) -> &'a [Value] {
    let found = answer.as_array().or_else(|| answer[name].as_array()).or_else(|| answer["data"].as_array());
    found.map_or(&[], Vec::as_slice)
}

/// One cell for each field, for a table.
#[must_use]
pub fn cells(item: &Value, fields: &[&str]) -> Vec<String> {
    fields.iter().map(|field| text(&item[*field]).replace('\n', " ")).collect()
}

/// `name=value` pairs as an object; `true`, `false`, `null` and numbers as such, the rest as text.
///
/// # Errors
/// The pair that has no `=` or no name.
pub fn settings(pairs: &[String]) -> Result<Value, String> {
    let mut object = serde_json::Map::new();
    for pair in pairs {
        let (name, value) = pair
            .split_once('=')
            .filter(|(name, _)| !name.is_empty())
            .ok_or_else(|| format!("{pair:?} is no setting: write name=value"))?;
        let value = match value {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" | "" => Value::Null,
            text => text.parse::<i64>().map_or_else(|_| text.into(), Into::into),
        };
        object.insert(name.to_owned(), value);
    }
    Ok(Value::Object(object))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn settings_are_read_by_their_look() {
        let pairs =
            ["sharing_default=false", "rate_per_s=80", "name=a=b", "sync_policy=null"].map(str::to_owned);
        let expected =
            json!({"sharing_default": false, "rate_per_s": 80, "name": "a=b", "sync_policy": null});
        assert_eq!(settings(&pairs), Ok(expected));
        assert_eq!(settings(&["x".to_owned()]).expect_err("no ="), "\"x\" is no setting: write name=value");
    }
}
