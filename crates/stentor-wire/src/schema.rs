//! Schemas of what the tolerant readers take for a single value. Used by the schema types of this crate and of the API.

use utoipa::ToSchema;

/// Text, or a number read as its digits.
#[derive(ToSchema)]
#[serde(untagged)]
pub enum Text {
    /// As it is.
    String(String),
    /// Its digits.
    Number(f64),
}

/// A whole number, or a string of one.
#[derive(ToSchema)]
#[serde(untagged)]
pub enum Whole {
    /// As it is.
    Number(i64),
    /// In quotes.
    String(String),
}

/// True or false, or a string of one.
#[derive(ToSchema)]
#[serde(untagged)]
pub enum Flag {
    /// As it is.
    Bool(bool),
    /// In quotes.
    String(String),
}
