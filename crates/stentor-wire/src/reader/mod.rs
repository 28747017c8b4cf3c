//! Reading JSON that others wrote: typed getters that carry the path along, one error type that names field and fix.
//! Used by every parser of this crate. Unknown fields are gathered as warnings; a misspelt one is an error.

mod cursor;
mod error;
mod fields;
mod spelling;
mod tree;
mod words;

pub(crate) use cursor::not_json;
pub use cursor::{Cursor, Notes, Object, Parsed, parse_json};
pub use error::{Problem, WireError};
pub use fields::{Fields, Nested};
pub use tree::tree;
pub(crate) use words::words;
