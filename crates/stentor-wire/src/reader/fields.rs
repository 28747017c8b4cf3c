//! The fields of a JSON object, their values unread: for what is passed on as it is, or of which little is looked at.
//! A tree of every message there and back costs more than all that is decided about it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

use super::{WireError, not_json};

/// Fields in their order; of a name that is repeated the last value counts. What is no object has none.
///
/// ```
/// use stentor_wire::reader::Fields;
/// let mut fields = Fields::of(r#"{"to": "7", "n": 1.50, "ours": [1]}"#);
/// fields.remove("ours");
/// fields.set("mark", &"s:1");
/// assert_eq!(fields.text("to").as_deref(), Some("7"));
/// assert_eq!(fields.to_string(), r#"{"to":"7","n":1.50,"mark":"s:1"}"#);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Fields<'a>(Vec<(Cow<'a, str>, Cow<'a, RawValue>)>);

impl<'a> Fields<'a> {
    /// Of a JSON text; none where it is anything but an object.
    #[must_use]
    pub fn of(json: &'a str) -> Self {
        serde_json::from_str(json).unwrap_or_default()
    }

    /// The JSON text of a field.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value.get())
    }

    /// A field that is a string.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        serde_json::from_str(self.get(name)?).ok()
    }

    /// A field that is a whole number, or a string of one as it is written.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<i64> {
        self.get(name)?.trim_matches('"').parse().ok()
    }

    /// The elements of a field that is a list, each by its own fields; none where it is no list.
    ///
    /// # Errors
    /// Where one of them cannot be read, such as one with half a surrogate in a name: none is lost in silence.
    pub fn list(&self, name: &str) -> Result<Vec<Fields<'_>>, WireError> {
        let list = self.get(name).filter(|list| list.starts_with('['));
        list.map_or(Ok(Vec::new()), |list| serde_json::from_str(list).map_err(|error| not_json(&error)))
    }

    /// The names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_ref())
    }

    /// Takes a field out.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(own, _)| own != name);
    }

    /// Gives a field this value, where it stands or at the end. Nothing happens where the value has no JSON.
    pub fn set<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) {
        if let Ok(value) = to_raw_value(value) {
            self.put(Cow::Borrowed(name), Cow::Owned(value));
        }
    }

    fn put(&mut self, name: Cow<'a, str>, value: Cow<'a, RawValue>) {
        match self.0.iter_mut().find(|(own, _)| *own == name) {
            Some((_, own)) => *own = value,
            None => self.0.push((name, value)),
        }
    }
}

impl fmt::Display for Fields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// A name as it stands in the text, where no escape is in it.
#[derive(serde::Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Reader { place: Place::Object, lists: &[] }.deserialize(deserializer).map(|read| read.fields)
    }
}

/// Fields of an object, and apart from them the elements of a list among them.
#[derive(Debug, Default)]
pub struct Nested<'a> {
    /// All but the list.
    pub fields: Fields<'a>,
    /// The elements; `None` where there is no list.
    pub below: Option<Vec<Nested<'a>>>,
}

impl<'a> Nested<'a> {
    /// Of a JSON text: below its fields the list named first, below those of each element the list named next. All in one
    /// pass, where a list read by itself has everything below it read once more.
    ///
    /// # Errors
    /// Where something cannot be read, such as half a surrogate in a name: nothing is lost in silence.
    pub fn of(json: &'a [u8], lists: &[&str]) -> Result<Self, WireError> {
        let mut text = serde_json::Deserializer::from_slice(json);
        let read = Reader { place: Place::Object, lists }.deserialize(&mut text);
        read.and_then(|read| text.end().map(|()| read)).map_err(|error| not_json(&error))
    }
}

/// So many names are looked up one after the other; somebody who sends a hundred thousand makes no quadratic work.
const FEW: usize = 32;

/// Fields as they come, and where those stand that have many before them.
#[derive(Default)]
struct Gathered<'a> {
    fields: Fields<'a>,
    places: HashMap<Cow<'a, str>, usize>,
}

impl<'a> Gathered<'a> {
    fn put(&mut self, name: Cow<'a, str>, value: &'a RawValue) {
        let (known, value) = (self.fields.0.len(), Cow::Borrowed(value));
        if known < FEW {
            return self.fields.put(name, value);
        }
        if self.places.is_empty() {
            self.places.extend(self.fields.0.iter().enumerate().map(|(at, (name, _))| (name.clone(), at)));
        }
        match self.places.entry(name) {
            Entry::Occupied(place) => self.fields.0[*place.get()].1 = value,
            Entry::Vacant(place) => {
                self.fields.0.push((place.key().clone(), value));
                place.insert(known);
            }
        }
    }
}

/// What is looked for in a place; anything else there has no fields.
#[derive(Clone, Copy)]
enum Place {
    Object,
    List,
}

/// Reads one place, and the lists of these names below it.
#[derive(Clone, Copy)]
struct Reader<'n> {
    place: Place,
    lists: &'n [&'n str],
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Nested<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Nested<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut gathered = Gathered::default();
        let mut below = None;
        while let Some(Name(name)) = map.next_key::<Name<'de>>()? {
            match self.lists.split_first() {
                Some((list, lists)) if name == *list => {
                    below = map.next_value_seed(Reader { place: Place::List, lists })?.below;
                }
                _ => gathered.put(name, map.next_value()?),
            }
        }
        match self.place {
            Place::Object => Ok(Nested { fields: gathered.fields, below }),
            Place::List => Ok(Nested::default()),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        if let Place::Object = self.place {
            while list.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(Nested::default());
        }
        let mut all = Vec::new();
        while let Some(element) = list.next_element_seed(Reader { place: Place::Object, ..self })? {
            all.push(element);
        }
        Ok(Nested { fields: Fields::default(), below: Some(all) })
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Nested::default())
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Nested::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Nested::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Nested::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Nested::default())
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(Nested::default())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    /// Objects, and what stands in their place.
    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[\\PC\"\\\\\n]{0,6}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec(("[a-c\"é]{0,2}", inner), 0..4)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn says_what_a_tree_says(value in any_json(), is_pretty in any::<bool>()) {
            let text = if is_pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
            let text = text.unwrap();
            let fields = Fields::of(&text);
            let object = value.as_object().cloned().unwrap_or_default();
            prop_assert_eq!(fields.names().collect::<Vec<_>>(), object.keys().collect::<Vec<_>>());
            for (name, value) in &object {
                prop_assert_eq!(fields.text(name), value.as_str().map(str::to_owned));
                let listed: Vec<Value> =
                    fields.list(name).unwrap().iter().map(|own| serde_json::from_str(&own.to_string()).unwrap()).collect();
                let is_object = |value: &Value| if value.is_object() { value.clone() } else { json!({}) };
                let items: Vec<Value> = value.as_array().into_iter().flatten().map(is_object).collect();
                prop_assert_eq!(listed, items);
            }
            prop_assert_eq!(serde_json::from_str::<Value>(&fields.to_string()).unwrap(), Value::Object(object));
        }
    }

    #[test]
    fn lists_are_read_with_what_is_around_them() {
        let text =
            r#"{"a":[1],"n":1,"a":[{"b":"x","c":[]},7,{"c":{"b":[1]},"b":[{"b":2},[3],"s",null]}],"b":[4]}"#;
        let root = Nested::of(text.as_bytes(), &["a", "b"]).unwrap();
        assert_eq!(root.fields.to_string(), r#"{"n":1,"b":[4]}"#);
        let elements = root.below.unwrap();
        let fields: Vec<String> = elements.iter().map(|element| element.fields.to_string()).collect();
        assert_eq!(fields, [r#"{"c":[]}"#, "{}", r#"{"c":{"b":[1]}}"#]);
        let below = elements.iter().map(|element| element.below.as_ref().map(Vec::len));
        assert_eq!(below.collect::<Vec<_>>(), [None, None, Some(4)]);
        let last = &elements[2].below.as_ref().unwrap()[0];
        assert_eq!((last.fields.number("b"), last.below.is_none()), (Some(2), true));
        for text in ["", "{", r#"{"a":[}"#, r#"{"a":[]}x"#, r#"{"a":[{"\ud800":1}]}"#] {
            assert!(Nested::of(text.as_bytes(), &["a"]).is_err(), "{text}");
        }
    }

    #[test]
    fn the_last_of_a_name_counts_and_numbers_may_be_strings() {
        let fields = Fields::of(r#"{"a":1,"b":"-5","a":"2","c":"5 ","d":1.5,"\u0065":"7"}"#);
        let numbers = ["a", "b", "c", "d", "e", "f"].map(|name| fields.number(name));
        assert_eq!(numbers, [Some(2), Some(-5), None, None, Some(7), None]);
        assert_eq!(fields.names().count(), 5);
    }

    #[test]
    fn of_many_names_the_last_of_each_counts_too() {
        let all = (0..200_000).map(|n| format!(r#""{}":{n}"#, n % 100_000));
        let text = format!("{{{}}}", all.collect::<Vec<_>>().join(","));
        let fields = Fields::of(&text);
        assert_eq!(fields.names().count(), 100_000);
        assert_eq!((fields.number("7"), fields.number("99999")), (Some(100_007), Some(199_999)));
        assert_eq!(fields.names().nth(7), Some("7"));
    }

    #[test]
    fn what_is_no_json_has_no_fields() {
        for text in ["", "{", r#"{"a":}"#, r#"{"a":1}x"#, "[{}", "nothing"] {
            assert_eq!(Fields::of(text).names().count(), 0, "{text}");
        }
    }
}
