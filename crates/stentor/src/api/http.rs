//! What every handler needs of HTTP: a body within its limit, JSON answers, query fields, the last word on panics.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::task::Poll;

use axum::body::{Body, Bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use base64::Engine as _;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::{Map, Value};
use stentor_wire::error::{ErrorBody, Shape};
use stentor_wire::reader::tree;
use utoipa::ToSchema;

use super::error::ApiError;
use super::state::{AppState, Limits};
use crate::clock::{instant, random};

/// Carries the name of every request back to who made it, as Meta's header does.
pub const TRACE: HeaderName = HeaderName::from_static("x-fb-trace-id");

/// The same name for who looks for it under 360dialog's.
pub const TRACE_360: HeaderName = HeaderName::from_static("x-360dialog-trace-id");

/// The name of a request for `fbtrace_id` and logs.
pub fn trace(state: &AppState) -> String {
    let mut bytes = [0; 16];
    let mut dice = state.dice.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    for eight in bytes.chunks_exact_mut(8) {
        eight.copy_from_slice(&dice.unit().to_bits().to_le_bytes());
    }
    named(bytes)
}

/// The same where no state is at hand.
pub fn fresh_trace() -> String {
    named(random())
}

fn named(bytes: [u8; 16]) -> String {
    format!("A{}", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes))
}

/// The whole body of a request, if it is within the API's limit.
///
/// # Errors
/// As [`bytes_within`].
pub async fn bytes(state: &AppState, body: Body) -> Result<Bytes, ApiError> {
    bytes_within(&state.limits, state.limits.body_bytes_max, body).await
}

/// The whole body, if it has at most `max` bytes and arrives in time.
///
/// # Errors
/// 413 over the limit; 408 when it does not end in time; 400 when it breaks off.
pub async fn bytes_within(limits: &Limits, max: usize, body: Body) -> Result<Bytes, ApiError> {
    let limited = http_body_util::Limited::new(body, max);
    let collected = tokio::select! {
        collected = http_body_util::BodyExt::collect(limited) => collected,
        () = crate::clock::pause(limits.body_timeout) => return Err(ApiError::too_slow(limits.body_timeout)),
    };
    match collected {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => Err(ApiError::too_large(max)),
        Err(_) => Err(ApiError::new(100, "the request body ended too early")),
    }
}

/// A JSON answer.
pub fn json(http: StatusCode, body: &impl Serialize) -> Response {
    text(http, serde_json::to_string(body).unwrap_or_default())
}

/// The shortest answer: it is done.
#[derive(Debug, Serialize, ToSchema)]
pub struct Done {
    /// Always true: what fails is an error.
    success: bool,
}

/// `{"success":true}`.
pub const DONE: Done = Done { success: true };

/// An answer whose JSON is text already.
pub fn text(http: StatusCode, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = http;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// A header from text of any origin: what no header can hold becomes `?`.
pub fn header_value(text: &str) -> HeaderValue {
    let plain: String =
        text.chars().map(|c| if (' '..='~').contains(&c) { c } else { '?' }).take(1_000).collect();
    HeaderValue::from_str(&plain).unwrap_or_else(|_| HeaderValue::from_static("?"))
}

/// Whether the body is declared as JSON; anything else is read as JSON too, and said.
pub fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.to_ascii_lowercase().starts_with("application/json"))
}

/// In a request's extensions: the path it was asked by, where that is another than the handler's.
#[derive(Clone, Debug)]
pub struct AskedPath(pub String);

/// The path a request was asked by: what links to a next page begin with.
pub fn asked_path(request: &Request) -> &str {
    request.extensions().get::<AskedPath>().map_or(request.uri().path(), |asked| &asked.0)
}

/// The decoded fields of a query string.
#[derive(Debug, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Out of a request's URI.
    pub fn of(uri: &http::Uri) -> Self {
        let pairs =
            uri.query().map(|query| url::form_urlencoded::parse(query.as_bytes()).into_owned().collect());
        Self(pairs.unwrap_or_default())
    }

    /// The first field of that name that is not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// A whole number within a range.
    ///
    /// # Errors
    /// 100, naming the field and what it may be.
    pub fn number(
        &self,
        name: &str,
        range: std::ops::RangeInclusive<usize>,
        start: usize,
    ) -> Result<usize, ApiError> {
        let Some(text) = self.get(name) else { return Ok(start) };
        text.parse().ok().filter(|n| range.contains(n)).ok_or_else(|| {
            ApiError::new(100, format!("{name}: must be a number from {} to {}", range.start(), range.end()))
        })
    }

    /// `filters`: a JSON object, or one in Python's way of writing it, as clients send.
    ///
    /// # Errors
    /// 100: it is neither.
    pub fn filters(&self) -> Result<Map<String, Value>, ApiError> {
        let Some(text) = self.get("filters") else { return Ok(Map::new()) };
        let read = |text: &str| match tree(text.as_bytes()) {
            Ok(Value::Object(fields)) => Some(fields),
            _ => None,
        };
        let refused = || ApiError::new(100, "filters: must be a JSON object, URL-encoded");
        read(text).or_else(|| read(&text.replace('\'', "\""))).ok_or_else(refused)
    }
}

/// The shape in which a path tells its errors.
pub fn shape_of(path: &str) -> Shape {
    if (path.starts_with("/v1/") && path != "/v1/messages" && !path.starts_with("/v1/media"))
        || path.starts_with("/api/v2/")
    {
        Shape::Config
    } else if path == "/marketing_messages" || path == "/marketing/marketing_messages" {
        Shape::Marketing
    } else {
        Shape::Meta
    }
}

/// Prints a handler's error in the shape of its path.
pub fn told(state: &AppState, shape: Shape, outcome: Result<Response, ApiError>) -> Response {
    outcome.unwrap_or_else(|error| error.render(shape, trace(state)))
}

/// 404 as JSON.
pub async fn no_such_path(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let path = request.uri().path();
    let error = ApiError::not_found(format!("no such path: {path}"));
    error.render(shape_of(path), trace(&state))
}

/// 405 as JSON; the router adds `Allow`.
pub async fn no_such_method(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let details = format!("{} is not allowed here; see the Allow header", request.method());
    let error = ApiError::new(100, details).with_status(StatusCode::METHOD_NOT_ALLOWED);
    error.render(shape_of(request.uri().path()), trace(&state))
}

/// Runs a request so that a panic in it becomes a 500 of its own and is counted; names its answer and logs it.
pub async fn contained(State(state): State<Arc<AppState>>, request: Request, next: Next) -> Response {
    let shape = shape_of(request.uri().path());
    let asked = Asked::of(&request);
    let mut running = Box::pin(next.run(request));
    let caught = std::future::poll_fn(|context| {
        match std::panic::catch_unwind(AssertUnwindSafe(|| running.as_mut().poll(context))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(response)) => Poll::Ready(Ok(response)),
            Err(_) => Poll::Ready(Err(ApiError::internal())),
        }
    })
    .await;
    if caught.is_err() {
        state.metrics.panics.inc();
        tracing::error!("a request panicked");
    }
    let mut answer = told(&state, shape, caught);
    asked.tell(&state, &mut answer);
    answer
}

/// What the log may say of a request: its path only as the router knows it, for a path can hold a phone number.
#[derive(Debug)]
pub struct Asked {
    began: std::time::Instant,
    method: http::Method,
    path: Option<MatchedPath>,
}

impl Asked {
    /// A request that begins now.
    pub fn of(request: &Request) -> Self {
        let path = request.extensions().get::<MatchedPath>().cloned();
        Self { began: instant(), method: request.method().clone(), path }
    }

    /// Names the answer where nothing has, and writes the request's line: refusals and failures always, the rest at
    /// `debug`.
    pub fn tell(self, state: &AppState, answer: &mut Response) {
        let named = answer.headers().get(TRACE).cloned();
        let name = named.unwrap_or_else(|| header_value(&trace(state)));
        answer.headers_mut().insert(TRACE_360, name.clone());
        let trace = name.to_str().unwrap_or_default();
        let (status, method) = (answer.status().as_u16(), self.method.as_str());
        let path = self.path.as_ref().map_or("-", MatchedPath::as_str);
        let code = answer.extensions().get::<ErrorBody>().map(|error| error.code);
        let ms = self.began.elapsed().as_millis();
        match status {
            500.. => tracing::warn!(trace, method, path, status, code, ms, "a request failed"),
            400.. => tracing::info!(trace, method, path, status, code, ms, "a request was refused"),
            _ => tracing::debug!(trace, method, path, status, ms, "a request was answered"),
        }
        answer.headers_mut().insert(TRACE, name);
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::routing::get;
    use serde_json::Value;
    use stentor_core::time::Timestamp;
    use stentor_store::Store;
    use tower::ServiceExt as _;

    use super::*;
    use crate::api::Parts;
    use crate::clock::Clock;
    use crate::lifecycle::Lifecycle;
    use crate::registry::Directory;
    use crate::wake::Wake;

    async fn state() -> Arc<AppState> {
        let store = Arc::new(Store::memory());
        Arc::new(AppState::new(Parts {
            directory: Arc::new(Directory::load(&store).await.unwrap()),
            store,
            clock: Clock::manual(Timestamp::from_secs(1)),
            wake: Arc::new(Wake::default()),
            lifecycle: Lifecycle::new(),
            wamid_secret: [0; 32],
            recipient_secret: [0; 32],
            last_id: None,
            admin_key_hash: [0; 32],
            limits: Limits::default(),
        }))
    }

    #[tokio::test]
    async fn a_panic_is_a_500_of_its_own() {
        let state = state().await;
        let router: Router = Router::new()
            .route("/marketing_messages", get(async || -> Response { panic!("a bug") }))
            .layer(axum::middleware::from_fn_with_state(Arc::clone(&state), contained));
        let request = Request::get("/marketing_messages").body(Body::empty()).unwrap();
        let answer = router.oneshot(request).await.unwrap();
        assert_eq!(answer.status(), 500);
        let body = http_body_util::BodyExt::collect(answer.into_body()).await.unwrap().to_bytes();
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["detail"]["error"]["message"], "Internal server error");
        assert_eq!(state.metrics.panics.get(), 1);
    }

    #[test]
    fn headers_hold_any_text() {
        assert_eq!(header_value("größe\r\nx"), "gr??e??x");
        assert_eq!(header_value(&"x".repeat(5_000)).len(), 1_000);
    }
}
