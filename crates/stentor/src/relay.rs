//! What the API may ask of a real upstream beside sends, so that it knows no upstream: reads and writes that pass through
//! and whose answer is the answer. Implemented by `upstream::cloud_api`.

use std::pin::Pin;

use http::Method;

use crate::outbound::{Answer, Failure};

/// An answer on its way.
pub type Asking<'a> = Pin<Box<dyn Future<Output = Result<Answer, Failure>> + Send + 'a>>;

/// A real upstream's management paths.
pub trait Relay: Send + Sync {
    /// Asks once. `path`: below the version, `{id}/{edge}?{query}`; `body`: JSON, or empty.
    fn ask(&self, method: Method, path: String, body: String) -> Asking<'_>;
}
