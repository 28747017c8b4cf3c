//! What can be wrong with a body, in the words of Graph's code 100.
//! Built by the cursor, printed by the API; holds nothing of the caller's but a short piece of the bad value.

use std::fmt;

/// A body or a field that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct WireError {
    /// As Graph prints it: `template['components'][0]['type']`; empty for the body as a whole.
    pub path: String,
    /// What is wrong there.
    pub problem: Problem,
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The body is not JSON.
    NotJson {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// The body is JSON but not an object.
    NotAnObject,
    /// A required field is absent, null or empty.
    Missing,
    /// None of the fields of which one is required.
    NoneOf {
        /// As `id or link`.
        fields: &'static str,
    },
    /// A field of another JSON type.
    WrongType {
        /// With its article: `a string`.
        expected: &'static str,
        /// With its article.
        got: &'static str,
    },
    /// A word that is not one of a closed list, or a number out of range.
    BadValue {
        /// What was sent, shortened.
        got: String,
        /// What may be sent, separated by commas.
        allowed: String,
    },
    /// A field that nobody knows, but almost one that somebody does.
    Misspelt {
        /// The known field.
        did_you_mean: &'static str,
    },
    /// A left-over of an example, as `<number>`.
    Placeholder {
        /// What was sent, shortened.
        got: String,
    },
    /// A text above its limit.
    TooLong {
        /// In characters.
        max: usize,
    },
    /// A component that a template can hold once only.
    Repeated,
    /// Too few or too many of something.
    Count {
        /// Of what, in the plural, as `buttons` or `rows in total`.
        of: &'static str,
        /// At least so many.
        min: usize,
        /// At most so many.
        max: usize,
        /// So many were sent.
        got: usize,
    },
    /// A value that must differ from its neighbours and does not.
    Duplicate {
        /// What was sent twice, shortened.
        got: String,
    },
    /// A rule about this one field, as the end of a sentence that begins with its path.
    Rule(&'static str),
    /// More unknown fields than a body of a real client has.
    TooManyUnknown {
        /// In the whole body.
        max: usize,
    },
}

/// Characters of a bad value that an error repeats.
const GOT_CHARS_MAX: usize = 60;

impl Problem {
    /// [`Problem::BadValue`] with the value shortened.
    pub(crate) fn bad_value(got: &str, allowed: impl Into<String>) -> Self {
        Self::BadValue { got: got.chars().take(GOT_CHARS_MAX).collect(), allowed: allowed.into() }
    }

    /// [`Problem::Duplicate`] with the value shortened.
    pub(crate) fn duplicate(got: &str) -> Self {
        Self::Duplicate { got: got.chars().take(GOT_CHARS_MAX).collect() }
    }

    /// [`Problem::Placeholder`] with the value shortened.
    pub(crate) fn placeholder(got: &str) -> Self {
        Self::Placeholder { got: got.chars().take(GOT_CHARS_MAX).collect() }
    }
}

/// The message objects whose contents are judged after the request itself (facts/meta 5.2).
const MESSAGES: [&str; 12] = [
    "audio",
    "contacts",
    "context",
    "document",
    "image",
    "interactive",
    "location",
    "message_id",
    "reaction",
    "sticker",
    "typing_indicator",
    "video",
];

impl WireError {
    /// Meta's code for it. 131008 (missing) and 131009 (a value that cannot be) inside a free-form message; 100 for JSON
    /// types, unknown fields, and everything about envelope, text and template.
    ///
    /// ```
    /// use stentor_wire::send::parse_send;
    /// let code = |body: &str| parse_send(body.as_bytes()).unwrap_err().code();
    /// let message = |rest: &str| format!(r#"{{"messaging_product": "whatsapp", "to": "1", {rest}}}"#);
    /// assert_eq!(code(&message(r#""type": "image""#)), 100);
    /// assert_eq!(code(&message(r#""type": "image", "image": {}"#)), 131_008);
    /// assert_eq!(code(&message(r#""type": "image", "image": {"id": "1", "link": "https://a.b"}"#)), 131_009);
    /// ```
    #[must_use]
    pub fn code(&self) -> u32 {
        let (head, is_inside) = match self.path.split_once('[') {
            Some((head, _)) => (head, true),
            None => (self.path.as_str(), false),
        };
        if !MESSAGES.contains(&head) {
            return 100;
        }
        match self.problem {
            Problem::Missing if is_inside => 131_008,
            Problem::NoneOf { .. } => 131_008,
            Problem::BadValue { .. }
            | Problem::Placeholder { .. }
            | Problem::TooLong { .. }
            | Problem::Count { .. }
            | Problem::Duplicate { .. }
            | Problem::Rule(_) => 131_009,
            _ => 100,
        }
    }
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = &self.path;
        match &self.problem {
            Problem::NotJson { line, column } => {
                write!(f, "The request body is not valid JSON (line {line}, column {column}).")
            }
            Problem::NotAnObject => f.write_str("The request body must be a JSON object."),
            Problem::Missing => write!(f, "The parameter {path} is required."),
            Problem::NoneOf { fields } => write!(f, "The parameter {path} needs {fields}."),
            Problem::WrongType { expected, got } => write!(f, "Param {path} must be {expected}, not {got}."),
            Problem::BadValue { got, allowed } => {
                write!(f, "Param {path} must be one of {{{allowed}}} - got \"{got}\".")
            }
            Problem::Misspelt { did_you_mean } => {
                write!(f, "Unknown parameter {path}: did you mean `{did_you_mean}`?")
            }
            Problem::Placeholder { got } => {
                write!(f, "Param {path} still holds the placeholder \"{got}\": put the real value there.")
            }
            Problem::TooLong { max } => write!(f, "Param {path} must be at most {max} characters long."),
            Problem::TooManyUnknown { max } => write!(f, "More than {max} unknown parameters."),
            Problem::Count { of, min, max, got } if min == max => {
                write!(f, "Param {path} must have {min} {of} - got {got}.")
            }
            Problem::Count { of, min, max, got } => {
                write!(f, "Param {path} must have {min} to {max} {of} - got {got}.")
            }
            Problem::Duplicate { got } => write!(f, "Param {path} repeats \"{got}\": it must be unique."),
            Problem::Rule(rule) => write!(f, "Param {path} {rule}."),
            Problem::Repeated => write!(f, "Param {path} repeats a component that can be given once only."),
        }
    }
}
