//! The fields of a request's JSON object, taken one by one; what is left over is refused by name.

use std::ops::RangeInclusive;

use axum::extract::{FromRequest, Request};
use http::StatusCode;
use serde_json::{Map, Value};
use std::sync::Arc;
use stentor_wire::reader::tree;

use super::super::http::bytes;
use super::super::state::AppState;
use super::answer::AdminError;

/// A JSON object being read.
#[derive(Debug, Default)]
pub struct Fields {
    left: Map<String, Value>,
    known: Vec<&'static str>,
}

impl FromRequest<Arc<AppState>> for Fields {
    type Rejection = AdminError;

    /// No body at all is an object without fields.
    async fn from_request(request: Request, state: &Arc<AppState>) -> Result<Self, AdminError> {
        let body = bytes(state, request.into_body()).await?;
        if body.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self::default());
        }
        match tree(&body) {
            Ok(Value::Object(left)) => Ok(Self { left, known: Vec::new() }),
            Ok(_) => Err(AdminError::new(StatusCode::BAD_REQUEST, "the body must be a JSON object")),
            Err(error) => {
                Err(AdminError::new(StatusCode::BAD_REQUEST, format!("the body is not JSON: {error}")))
            }
        }
    }
}

impl Fields {
    /// The field as it is; absent: `None`, null: `Some(Value::Null)`.
    pub fn take(&mut self, name: &'static str) -> Option<Value> {
        self.known.push(name);
        self.left.shift_remove(name)
    }

    fn given(&mut self, name: &'static str) -> Option<Value> {
        self.take(name).filter(|value| !value.is_null())
    }

    /// Text that is not empty, at most `chars_max` characters.
    ///
    /// # Errors
    /// 400, naming the field and what it may be.
    pub fn text(&mut self, name: &'static str, chars_max: usize) -> Result<Option<String>, AdminError> {
        let Some(value) = self.given(name) else { return Ok(None) };
        let text = match value {
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            _ => return Err(AdminError::field(name, "must be a string")),
        };
        if text.is_empty() || text.chars().count() > chars_max {
            return Err(AdminError::field(name, format!("must be 1 to {chars_max} characters long")));
        }
        Ok(Some(text))
    }

    /// `true` or `false`.
    ///
    /// # Errors
    /// 400 for anything else.
    pub fn flag(&mut self, name: &'static str) -> Result<Option<bool>, AdminError> {
        match self.given(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(_) => Err(AdminError::field(name, "must be true or false")),
        }
    }

    /// A whole number in a range, or a string of one.
    ///
    /// # Errors
    /// 400 with the range.
    pub fn number(
        &mut self,
        name: &'static str,
        range: RangeInclusive<i64>,
    ) -> Result<Option<i64>, AdminError> {
        let Some(value) = self.given(name) else { return Ok(None) };
        let number = value.as_i64().or_else(|| value.as_str()?.parse().ok()).filter(|n| range.contains(n));
        let problem = || format!("must be a whole number from {} to {}", range.start(), range.end());
        number.map(Some).ok_or_else(|| AdminError::field(name, problem()))
    }

    /// A whole number from 0 to `max`, or null for none; absent: `None`.
    ///
    /// # Errors
    /// 400 with the range.
    pub fn small_or_null(&mut self, name: &'static str, max: u8) -> Result<Option<Option<u8>>, AdminError> {
        if self.left.get(name).is_some_and(Value::is_null) {
            drop(self.take(name));
            return Ok(Some(None));
        }
        let number = self.number(name, 0..=max.into())?;
        Ok(number.map(|number| u8::try_from(number).ok()))
    }

    /// One of the words of a closed set.
    ///
    /// # Errors
    /// 400 with the words there are.
    pub fn word<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> Option<T>,
        words: &[&str],
    ) -> Result<Option<T>, AdminError> {
        let Some(value) = self.given(name) else { return Ok(None) };
        let found = value.as_str().and_then(parse);
        found.map(Some).ok_or_else(|| AdminError::field(name, format!("must be one of {}", words.join(", "))))
    }

    /// Nothing may be left over.
    ///
    /// # Errors
    /// 400 with the unknown field and those there are.
    pub fn end(self) -> Result<(), AdminError> {
        match self.left.keys().next() {
            None => Ok(()),
            Some(name) => {
                let known = if self.known.is_empty() { "none".to_owned() } else { self.known.join(", ") };
                Err(AdminError::field(name, format!("no such field; there are: {known}")))
            }
        }
    }
}

/// A field that must be there.
///
/// # Errors
/// 400, naming it.
pub fn required<T>(name: &'static str, value: Option<T>) -> Result<T, AdminError> {
    value.ok_or_else(|| AdminError::field(name, "is missing"))
}
