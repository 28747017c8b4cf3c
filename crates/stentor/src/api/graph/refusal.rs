//! Meta's own words for what only its paths refuse: a version, a token, an id, an edge. And our errors told its way.

use axum::response::Response;
use http::{Method, StatusCode};
use stentor_core::reason::{message, reason};
use stentor_wire::error::{ErrorBody, Shape};

use super::address::VERSIONS;
use crate::api::error::ApiError;

const GRAPH_METHOD: &str = "GraphMethodException";
/// `error_subcode` of 100: the object is missing, or this token may not see it.
const NO_ACCESS: u32 = 33;

/// 2635: no such version.
pub fn version(given: &str) -> ApiError {
    let (first, last) = (VERSIONS.start(), VERSIONS.end());
    let text = format!("There is no API version {given}. Use one from v{first}.0 to v{last}.0.");
    told(StatusCode::BAD_REQUEST, 2_635, message(2_635, &text))
}

/// 190: no token, or one that is nobody's.
pub fn token() -> ApiError {
    let text = "Invalid OAuth access token - Cannot parse access token";
    told(StatusCode::UNAUTHORIZED, 190, text.to_owned())
}

/// 2500: no object or edge of that name.
pub fn unknown_path(path: &str) -> ApiError {
    told(StatusCode::BAD_REQUEST, 2_500, format!("Unknown path components: /{}", path.trim_matches('/')))
}

/// 2200: a callback URL that did not prove itself.
pub fn callback(why: &str) -> ApiError {
    let text = format!("Callback verification failed with the following errors: {why}");
    told(StatusCode::BAD_REQUEST, 2_200, message(2_200, &text))
}

/// 100 with subcode 33: not there, or not for this token.
pub fn object(method: &Method, id: &str) -> ApiError {
    let details = format!("there is no object '{id}' that this token may see");
    ApiError::exactly(StatusCode::BAD_REQUEST, no_access(method, id, details))
}

fn no_access(method: &Method, id: &str, details: String) -> ErrorBody {
    let verb = method.as_str().to_ascii_lowercase();
    ErrorBody {
        message: format!(
            "Unsupported {verb} request. Object with ID '{id}' does not exist, cannot be loaded due to missing \
             permissions, or does not support this operation"
        ),
        kind: Some(GRAPH_METHOD),
        code: 100,
        subcode: Some(NO_ACCESS),
        details,
        ..ErrorBody::default()
    }
}

fn told(http: StatusCode, code: u32, text: String) -> ApiError {
    let details = reason(code).map_or("", |row| row.sentence).to_owned();
    ApiError::exactly(http, ErrorBody { message: text, code, details, ..ErrorBody::default() })
}

/// An answer of a 360dialog path as Graph would give it: never wrapped, and what is not there is 100 with subcode 33.
pub fn as_graph(mut answer: Response, method: &Method, id: &str) -> Response {
    if answer.status().is_success() {
        return answer;
    }
    let trace = |answer: &Response| {
        let header = answer.headers().get("x-fb-trace-id").and_then(|trace| trace.to_str().ok());
        header.unwrap_or_default().to_owned()
    };
    match answer.extensions_mut().remove::<ErrorBody>() {
        None if answer.status() == StatusCode::UNAUTHORIZED => token().render(Shape::Meta, trace(&answer)),
        None => answer,
        Some(body) if answer.status() == StatusCode::NOT_FOUND && body.code == 100 => {
            let trace = trace(&answer);
            let body = no_access(method, id, body.details);
            ApiError::exactly(StatusCode::BAD_REQUEST, body).render(Shape::Meta, trace)
        }
        Some(body) => {
            let (mut head, _) = answer.into_parts();
            head.headers.remove(http::header::CONTENT_LENGTH);
            let json = body.to_json(head.status.as_u16(), Shape::Meta);
            Response::from_parts(head, json.to_string().into())
        }
    }
}
