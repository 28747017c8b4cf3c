//! The API's description of itself, OpenAPI 3.1: made of the annotated handlers that serve, completed by rules that hold
//! for every operation (key, error answers, ids), served as JSON and as pages. Knows no handler by name.

mod alias;
mod document;
mod errors;
mod pages;

pub use alias::at;
pub use document::{Side, described};
pub use errors::schemas as error_schemas;
pub use pages::{Described, pages};
