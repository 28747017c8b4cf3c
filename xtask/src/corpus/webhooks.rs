//! The table of our webhooks' types (`tests/it/webhook_types.tsv`) against real webhooks: a field that real payloads have,
//! and never with our type, is told. Called by `run`; no server is needed, for a test holds what we send against the table.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::say::say;

/// Where real payloads are known to differ from Meta's reference, and ours follows the reference: it prints this one
/// without quotes, and the only body that has it is a library's own test.
const AS_IN_THE_REFERENCE: [&str; 1] = ["entry[].changes[].value.user_preferences[].timestamp"];

/// Types seen, by path.
type Seen = BTreeMap<String, Vec<&'static str>>;

/// Compares; true when no field differs.
pub fn check(table: &str, bodies: &[Value]) -> bool {
    let mut seen = Seen::new();
    for row in bodies {
        walk("", &row["body"], &mut seen);
    }
    let (mut known, mut passed) = (0, true);
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let Some((path, types)) = line.split_once('\t') else { continue };
        let path =
            path.strip_prefix('V').map_or(path.to_owned(), |rest| format!("entry[].changes[].value{rest}"));
        let Some(real) = seen.get(&path).filter(|_| !AS_IN_THE_REFERENCE.contains(&path.as_str())) else {
            continue;
        };
        known += 1;
        let fits =
            |is: &&str| types.split(' ').any(|ours| ours == *is || (ours == "number" && *is == "integer"));
        if !real.iter().any(fits) {
            say(format!("{path}: ours is {types}, real ones are {}", real.join(" or ")));
            passed = false;
        }
    }
    say(format!(
        "webhooks: {known} of our fields are in {} real ones, each with our type: {passed}",
        bodies.len()
    ));
    passed
}

fn walk(path: &str, value: &Value, seen: &mut Seen) {
    let is = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let types = seen.entry(path.to_owned()).or_default();
    if !types.contains(&is) {
        types.push(is);
    }
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                walk(&path, field, seen);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| walk(&format!("{path}[]"), item, seen)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_type_that_no_real_webhook_has_is_told() {
        let real = [json!({"body": {"entry": [{"changes": [{"value": {"at": "5", "n": 1}}]}]}})];
        assert!(check("V.at\tstring\nV.n\tnumber\nV.other\tstring", &real));
        assert!(!check("V.at\tinteger", &real));
    }
}
