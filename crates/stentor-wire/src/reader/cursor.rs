//! A place in a JSON value that knows its way from the root; the way is printed only for an error.
//! Null equals absent everywhere. `Notes` gathers the unknown fields of one body.

use std::cell::{Cell, RefCell};
use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::error::{Problem, WireError};
use super::spelling;
use super::tree::tree;

/// What was read, and what was overlooked.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed<T> {
    /// What was read.
    pub value: T,
    /// Paths of the fields that nobody knows, in order; at most [`UNKNOWN_MAX`].
    pub unknown: Vec<String>,
}

/// Unknown fields named per body.
pub const UNKNOWN_MAX: usize = 20;
/// Characters of a path in a note; what is no printable ASCII is `?`, so that a note may stand in a header.
const PATH_CHARS_MAX: usize = 120;
/// Unknown fields a body may have at all: each is compared with the known ones, which is to stay cheap.
pub const UNKNOWN_REFUSED: usize = 200;
/// Where 64-bit integers end, 2^63.
const I64_END: f64 = 9_223_372_036_854_775_808.0;

/// The unknown fields of one body, gathered while it is read.
#[derive(Debug, Default)]
pub struct Notes {
    paths: RefCell<Vec<String>>,
    seen: Cell<usize>,
}

impl Notes {
    /// The paths gathered.
    #[must_use]
    pub fn into_unknown(self) -> Vec<String> {
        self.paths.into_inner()
    }

    /// Notes one; false when it is one too many.
    fn add(&self, place: &Cursor<'_, '_>) -> bool {
        self.seen.set(self.seen.get() + 1);
        if self.seen.get() <= UNKNOWN_MAX {
            let plain = |c: char| if c.is_ascii_graphic() { c } else { '?' };
            self.paths.borrow_mut().push(place.path().chars().take(PATH_CHARS_MAX).map(plain).collect());
        }
        self.seen.get() <= UNKNOWN_REFUSED
    }
}

/// Parses a body.
///
/// # Errors
/// [`Problem::NotJson`] with line and column.
pub fn parse_json(body: &[u8]) -> Result<Value, WireError> {
    tree(body).map_err(|error| not_json(&error))
}

/// That it is no JSON, and where it ceases to be.
pub(crate) fn not_json(error: &serde_json::Error) -> WireError {
    let problem = Problem::NotJson { line: error.line(), column: error.column() };
    WireError { path: String::new(), problem }
}

#[derive(Clone, Copy, Debug)]
enum Step<'p> {
    Root,
    Key(&'p str),
    Index(usize),
}

/// One place in a value.
#[derive(Clone, Copy, Debug)]
pub struct Cursor<'p, 'v> {
    value: &'v Value,
    parent: Option<&'p Cursor<'p, 'v>>,
    step: Step<'p>,
    notes: &'v Notes,
}

impl<'p, 'v> Cursor<'p, 'v> {
    /// The root of `value`.
    #[must_use]
    pub fn root(value: &'v Value, notes: &'v Notes) -> Self {
        Self { value, parent: None, step: Step::Root, notes }
    }

    /// The value itself.
    #[must_use]
    pub fn value(&self) -> &'v Value {
        self.value
    }

    /// The path as Graph prints it.
    #[must_use]
    pub fn path(&self) -> String {
        let mut path = self.parent.map(Cursor::path).unwrap_or_default();
        match self.step {
            Step::Root => {}
            Step::Key(key) if path.is_empty() => path.push_str(key),
            Step::Key(key) => drop(write!(path, "['{key}']")),
            Step::Index(index) => drop(write!(path, "[{index}]")),
        }
        path
    }

    /// An error at this place.
    #[must_use]
    pub fn error(&self, problem: Problem) -> WireError {
        WireError { path: self.path(), problem }
    }

    fn wrong_type(&self, expected: &'static str) -> WireError {
        let got = match self.value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "an array",
            Value::Object(_) => "an object",
        };
        self.error(Problem::WrongType { expected, got })
    }

    /// A string.
    ///
    /// # Errors
    /// Any other type.
    pub fn str(&self) -> Result<&'v str, WireError> {
        self.value.as_str().ok_or_else(|| self.wrong_type("a string"))
    }

    /// A string, or a number as it was written.
    ///
    /// # Errors
    /// Any other type.
    pub fn string_or_number(&self) -> Result<String, WireError> {
        match self.value {
            Value::String(text) => Ok(text.clone()),
            Value::Number(number) => Ok(number.to_string()),
            _ => Err(self.wrong_type("a string")),
        }
    }

    /// `true` or `false`; nothing else passes for one.
    ///
    /// # Errors
    /// Any other type.
    pub fn bool(&self) -> Result<bool, WireError> {
        self.value.as_bool().ok_or_else(|| self.wrong_type("a boolean"))
    }

    /// A whole number, also as a string.
    ///
    /// # Errors
    /// Any other type, fractions, and more than 64 bits.
    pub fn integer(&self) -> Result<i64, WireError> {
        let whole = match self.value {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        whole.ok_or_else(|| match self.value {
            Value::Number(number) => {
                let fits = number.as_f64().is_some_and(|value| value.abs() < I64_END);
                let got = if fits { "a fraction" } else { "a number of more than 64 bits" };
                self.error(Problem::WrongType { expected: "an integer", got })
            }
            _ => self.wrong_type("an integer"),
        })
    }

    /// A finite number.
    ///
    /// # Errors
    /// Any other type.
    pub fn number(&self) -> Result<f64, WireError> {
        self.value.as_f64().ok_or_else(|| self.wrong_type("a number"))
    }

    /// The elements of an array.
    ///
    /// # Errors
    /// Any other type.
    pub fn items<'s: 'p>(&'s self) -> Result<impl ExactSizeIterator<Item = Cursor<'s, 'v>>, WireError> {
        let items = self.value.as_array().ok_or_else(|| self.wrong_type("an array"))?;
        Ok(items.iter().enumerate().map(move |(index, value)| Cursor {
            value,
            parent: Some(self),
            step: Step::Index(index),
            notes: self.notes,
        }))
    }

    /// An object all of whose fields are looked at: unknown ones are noted, misspelt ones refused.
    ///
    /// # Errors
    /// Any other type; [`Problem::Misspelt`]; [`Problem::TooManyUnknown`] in the whole body.
    pub fn object<'s>(&'s self, known: &[&'static str]) -> Result<Object<'s, 'v>, WireError> {
        let object = self.open_object()?;
        for key in object.map.keys() {
            if known.contains(&key.as_str()) {
                continue;
            }
            let place =
                Cursor { value: self.value, parent: Some(self), step: Step::Key(key), notes: self.notes };
            if let Some(did_you_mean) = spelling::meant(key, known) {
                return Err(place.error(Problem::Misspelt { did_you_mean }));
            }
            if !self.notes.add(&place) {
                return Err(self.error(Problem::TooManyUnknown { max: UNKNOWN_REFUSED }));
            }
        }
        Ok(object)
    }

    /// An object whose other fields are nobody's business.
    ///
    /// # Errors
    /// Any other type.
    pub fn open_object<'s>(&'s self) -> Result<Object<'s, 'v>, WireError> {
        match self.value {
            Value::Object(map) => Ok(Object { place: self, map }),
            _ if matches!(self.step, Step::Root) => Err(self.error(Problem::NotAnObject)),
            _ => Err(self.wrong_type("an object")),
        }
    }
}

/// An object under a cursor.
#[derive(Clone, Copy, Debug)]
pub struct Object<'p, 'v> {
    place: &'p Cursor<'p, 'v>,
    map: &'v Map<String, Value>,
}

impl<'p, 'v> Object<'p, 'v> {
    /// The field, unless it is absent or null.
    #[must_use]
    pub fn get(&self, key: &'p str) -> Option<Cursor<'p, 'v>> {
        let value = self.map.get(key).filter(|value| !value.is_null())?;
        Some(Cursor { value, parent: Some(self.place), step: Step::Key(key), notes: self.place.notes })
    }

    /// The field.
    ///
    /// # Errors
    /// [`Problem::Missing`].
    pub fn need(&self, key: &'p str) -> Result<Cursor<'p, 'v>, WireError> {
        self.get(key).ok_or_else(|| self.missing(key))
    }

    /// [`Problem::Missing`] at `key`.
    #[must_use]
    pub fn missing(&self, key: &'p str) -> WireError {
        let place = Cursor { parent: Some(self.place), step: Step::Key(key), ..*self.place };
        place.error(Problem::Missing)
    }

    /// A string, if given.
    ///
    /// # Errors
    /// Any other type.
    pub fn string(&self, key: &'p str) -> Result<Option<String>, WireError> {
        self.get(key).map(|field| field.str().map(str::to_owned)).transpose()
    }

    /// A string that is not blank.
    ///
    /// # Errors
    /// [`Problem::Missing`] (also when blank), any other type.
    pub fn need_string(&self, key: &'p str) -> Result<String, WireError> {
        let text = self.need(key)?.str()?;
        if text.trim().is_empty() {
            return Err(self.missing(key));
        }
        Ok(text.to_owned())
    }

    /// A boolean, if given.
    ///
    /// # Errors
    /// Any other type.
    pub fn bool(&self, key: &'p str) -> Result<Option<bool>, WireError> {
        self.get(key).map(|field| field.bool()).transpose()
    }

    /// A whole number, if given; also as a string.
    ///
    /// # Errors
    /// Any other type.
    pub fn integer(&self, key: &'p str) -> Result<Option<i64>, WireError> {
        self.get(key).map(|field| field.integer()).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_paths_as_graph_does() {
        let value = serde_json::json!({"template": {"components": [{"parameters": [{"text": 1}]}]}});
        let notes = Notes::default();
        let root = Cursor::root(&value, &notes);
        let root = root.object(&["template"]).unwrap();
        let template = root.get("template").unwrap();
        let template = template.open_object().unwrap();
        let components = template.get("components").unwrap();
        let component = components.items().unwrap().next().unwrap();
        let component = component.open_object().unwrap();
        let parameters = component.get("parameters").unwrap();
        let parameter = parameters.items().unwrap().next().unwrap();
        let error = parameter.open_object().unwrap().string("text").unwrap_err();
        assert_eq!(
            error.to_string(),
            "Param template['components'][0]['parameters'][0]['text'] must be a string, not a number."
        );
    }

    #[test]
    fn null_is_absent_and_unknown_fields_are_noted() {
        let value = serde_json::json!({"to": null, "colour": "red", "a\r\nb: é": 1});
        let notes = Notes::default();
        let root = Cursor::root(&value, &notes);
        let object = root.object(&["to"]).unwrap();
        assert_eq!(object.string("to"), Ok(None));
        assert_eq!(object.need_string("to").unwrap_err().to_string(), "The parameter to is required.");
        assert_eq!(notes.into_unknown(), ["colour", "a??b:??"]);
    }

    #[test]
    fn unknown_fields_have_a_limit() {
        let read = |count: usize| {
            let value: Value = (0..count).map(|i| (format!("{i}-{i}"), Value::Null)).collect();
            let notes = Notes::default();
            Cursor::root(&value, &notes).object(&["to"]).map(drop).map(|()| notes.into_unknown().len())
        };
        assert_eq!(read(200), Ok(20));
        assert_eq!(read(201).unwrap_err().to_string(), "More than 200 unknown parameters.");
    }

    #[test]
    fn refuses_what_is_no_object() {
        assert_eq!(
            parse_json(b"{\n  \"to\": }").unwrap_err().to_string(),
            "The request body is not valid JSON (line 2, column 9)."
        );
        let value = serde_json::json!([]);
        let notes = Notes::default();
        let error = Cursor::root(&value, &notes).object(&[]).unwrap_err();
        assert_eq!(error.to_string(), "The request body must be a JSON object.");
    }
}
