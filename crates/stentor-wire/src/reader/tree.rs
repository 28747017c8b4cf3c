//! JSON of strangers as a tree, all of it of one depth.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Reads a JSON text that others wrote; of a name that is repeated the last value counts.
///
/// `serde_json`'s own reader of [`Value`] takes an object whose first name is a word of its own for text to be read in its
/// place, each with a depth of its own: texts within texts exhaust the stack, and end the process. Here such a name is
/// refused wherever it stands.
///
/// # Errors
/// What is no JSON, is deeper than 128, or has such a name.
pub fn tree(json: &[u8]) -> Result<Value, serde_json::Error> {
    serde_json::from_slice(json).map(|Tree(value)| value)
}

/// Of names that mean something to `serde_json` and to nobody else.
const PRIVATE: &str = "$serde_json::private::";

struct Tree(Value);

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Tree)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(Tree(value)) = list.next_element()? {
            all.push(value);
        }
        Ok(all.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut all = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            if name.starts_with(PRIVATE) {
                return Err(A::Error::custom(format_args!("no field may be called {name}")));
            }
            let Tree(value) = fields.next_value()?;
            all.insert(name, value);
        }
        Ok(all.into())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    proptest! {
        #[test]
        fn reads_what_serde_json_reads(text in r#"(\{|\}|\[|\]|:|,|"a"|"b\\n"|1|-2|1\.5|1e9|1e999|null|true|"é"| ){0,12}"#) {
            let (ours, theirs) = (tree(text.as_bytes()).ok(), serde_json::from_str::<Value>(&text).ok());
            prop_assert_eq!(ours, theirs);
        }
    }

    #[test]
    fn of_a_name_given_twice_the_last_value_counts_in_the_first_place() {
        let read = tree(br#"{"a": 1, "b": [{"c": 18446744073709551615}], "a": -1.50}"#).unwrap();
        assert_eq!(read.to_string(), r#"{"a":-1.5,"b":[{"c":18446744073709551615}]}"#);
    }

    /// Texts within texts, each as deep as one may be: a hundred thousand lists in a megabyte.
    #[test]
    fn what_would_be_read_again_and_again_is_refused() {
        let mut text = "[".repeat(100) + &"]".repeat(100);
        for _ in 0..300 {
            let within = text.replace('\\', "\\u005c").replace('"', "\\u0022");
            let object = format!("{{\"\\u0024serde_json::private::RawValue\":\"{within}\"}}");
            text = "[".repeat(100) + &object + &"]".repeat(100);
        }
        assert!(text.len() < 2 << 20, "{}", text.len());
        assert!(tree(text.as_bytes()).unwrap_err().to_string().contains("no field may be called"));
        let word = json!({"$serde_json::private::Number": "1"}).to_string();
        assert!(tree(word.as_bytes()).is_err());
    }
}
