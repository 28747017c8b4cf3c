//! Cross-origin requests: none unless the configuration names origins; then the customer API's paths, from these alone.

use axum::Router;
use http::{HeaderName, HeaderValue, Method, header};
use tower_http::cors::CorsLayer;

use super::http::TRACE;

/// What a page may send: the key in either form, the body's type, and our own extension.
const REQUEST_HEADERS: [HeaderName; 4] = [
    header::CONTENT_TYPE,
    header::AUTHORIZATION,
    HeaderName::from_static("d360-api-key"),
    HeaderName::from_static("idempotency-key"),
];
/// What a page may read.
const ANSWER_HEADERS: [HeaderName; 4] = [
    TRACE,
    header::RETRY_AFTER,
    HeaderName::from_static("x-stentor-warning"),
    HeaderName::from_static("x-stentor-held"),
];

/// The router as pages of `origins` may call it.
pub fn allowing(origins: &[HeaderValue], router: Router) -> Router {
    let methods = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    router.layer(
        CorsLayer::new()
            .allow_origin(origins.to_vec())
            .allow_methods(methods)
            .allow_headers(REQUEST_HEADERS)
            .expose_headers(ANSWER_HEADERS),
    )
}
