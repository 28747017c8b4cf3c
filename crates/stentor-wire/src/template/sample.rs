//! The example values in a definition, by the text they stand for: every spelling that documents and clients use.
//! Called by `definition`; whether they fit the text is for others to judge.

use serde_json::Value;

/// Example values of one text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The text's place, as `body.text` or `carousel.cards[0].buttons[1].url`.
    pub field: String,
    /// With their names where the definition names them.
    pub given: Given,
}

/// How the values are given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// In the order of the variables.
    Positional(Vec<String>),
    /// (name, value).
    Named(Vec<(String, String)>),
}

/// The examples of a definition in the one spelling; what is no example is passed over.
pub(super) fn samples(definition: &Value) -> Vec<Sample> {
    let mut found = Vec::new();
    of_components("", &definition["components"], &mut found);
    found
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn of_components(at: &str, components: &Value, found: &mut Vec<Sample>) {
    for component in items(components) {
        let example = &component["example"];
        match component["type"].as_str().unwrap_or_default() {
            "HEADER" => of_text(format!("{at}header.text"), example, "header_text", found),
            "BODY" => of_text(format!("{at}body.text"), example, "body_text", found),
            "BUTTONS" => {
                for (i, button) in items(&component["buttons"]).iter().enumerate() {
                    let place = match button["type"].as_str() {
                        Some("URL") => "url",
                        Some("COPY_CODE") => "example",
                        _ => continue,
                    };
                    put(format!("{at}buttons[{i}].{place}"), values(&button["example"]), found);
                }
            }
            "CAROUSEL" => {
                for (i, card) in items(&component["cards"]).iter().enumerate() {
                    of_components(&format!("carousel.cards[{i}]."), &card["components"], found);
                }
            }
            _ => {}
        }
    }
}

fn of_text(field: String, example: &Value, key: &str, found: &mut Vec<Sample>) {
    let named = &example[format!("{key}_named_params").as_str()];
    if let Some(named) = named.as_array() {
        let text = |item: &Value, key: &str| item[key].as_str().unwrap_or_default().to_owned();
        let pairs = named.iter().map(|item| (text(item, "param_name"), text(item, "example"))).collect();
        return found.push(Sample { field, given: Given::Named(pairs) });
    }
    put(field, values(&example[key]), found);
}

fn put(field: String, values: Option<Vec<String>>, found: &mut Vec<Sample>) {
    if let Some(values) = values {
        found.push(Sample { field, given: Given::Positional(values) });
    }
}

/// `"a"`, `["a", "b"]` and `[["a", "b"]]`: of several sets the first.
fn values(example: &Value) -> Option<Vec<String>> {
    match example {
        Value::String(one) => Some(vec![one.clone()]),
        Value::Array(many) => match many.first() {
            Some(Value::Array(first)) => Some(first.iter().map(text).collect()),
            _ => Some(many.iter().map(text).collect()),
        },
        Value::Number(number) => Some(vec![number.to_string()]),
        _ => None,
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_spelling_is_read() {
        let body =
            |example: Value| json!({"components": [{"type": "BODY", "example": {"body_text": example}}]});
        for example in [json!("a"), json!(["a"]), json!([["a"]]), json!([["a"], ["b"]])] {
            let [sample] = &samples(&body(example))[..] else { panic!("one sample") };
            assert_eq!(sample.field, "body.text");
            assert_eq!(sample.given, Given::Positional(vec!["a".to_owned()]));
        }
        assert!(samples(&body(Value::Null)).is_empty());
        let card = json!({"components": [{"type": "BUTTONS", "buttons": [
            {"type": "QUICK_REPLY", "text": "x"}, {"type": "URL", "example": ["y"]}]}]});
        let found = samples(&json!({"components": [{"type": "CAROUSEL", "cards": [card]}]}));
        assert_eq!(found[0].field, "carousel.cards[0].buttons[1].url");
    }
}
