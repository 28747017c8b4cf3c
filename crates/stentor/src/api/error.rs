//! One error for every path: a row of the table, told in the shape of the path it happened on.
//! Made by handlers, printed by the router's wrappers. The outside text names field and fix; the inside goes to the log.

use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use serde_json::Value;
use stentor_core::admission::{Refused, Words};
use stentor_core::reason::{self, detailed, dialog360, reason};
use stentor_core::template::Refusal;
use stentor_store::StoreError;
use stentor_wire::error::{ErrorBody, Shape, plain};
use stentor_wire::reader::{Problem, WireError};

use super::http::{TRACE, TRACE_360};
use super::limiter::Limited;
use crate::server::NoAnswer;

/// Seconds a caller is asked to wait when the store is busy.
const OVERLOAD_RETRY_S: u64 = 1;
/// A queue of millions does not empty in a moment.
const QUEUE_FULL_RETRY_S: u64 = 30;
/// Somebody must make room.
const DISK_LOW_RETRY_S: u64 = 60;

/// An error on its way out.
#[derive(Debug)]
pub struct ApiError {
    /// HTTP status.
    pub http: StatusCode,
    /// `Retry-After`, seconds.
    pub retry_after_s: Option<u64>,
    told: Told,
}

#[derive(Debug)]
enum Told {
    Body(Box<ErrorBody>),
    Plain(&'static str),
    /// The connection is closed instead: any answer would be a promise.
    Nothing,
}

impl ApiError {
    /// A row of the table, with details that name field and fix.
    #[must_use]
    pub fn new(code: u32, details: impl Into<String>) -> Self {
        Refused::new(code, details).into()
    }

    /// The same with another HTTP status than the row's.
    #[must_use]
    pub fn with_status(self, http: StatusCode) -> Self {
        Self { http, ..self }
    }

    /// The same with a `Retry-After`.
    #[must_use]
    pub fn retry_after(self, seconds: u64) -> Self {
        Self { retry_after_s: Some(seconds), ..self }
    }

    /// An error that is told as it is.
    #[must_use]
    pub fn exactly(http: StatusCode, body: ErrorBody) -> Self {
        Self { http, retry_after_s: None, told: Told::Body(Box::new(body)) }
    }

    /// 401 in 360dialog's words.
    #[must_use]
    pub fn invalid_key() -> Self {
        Self {
            http: StatusCode::UNAUTHORIZED,
            retry_after_s: None,
            told: Told::Plain(dialog360::INVALID_TOKEN),
        }
    }

    /// 404 for a path or a thing that is not there.
    #[must_use]
    pub fn not_found(what: impl Into<String>) -> Self {
        Self::new(100, what).with_status(StatusCode::NOT_FOUND)
    }

    /// 413 for a body over the limit.
    #[must_use]
    pub fn too_large(max: usize) -> Self {
        Self::new(100, format!("the request body is over {max} bytes"))
            .with_status(StatusCode::PAYLOAD_TOO_LARGE)
    }

    /// 408 for a body that did not end within `limit`; the connection closes with it.
    #[must_use]
    pub fn too_slow(limit: Duration) -> Self {
        let details = format!("the request body did not end within {limit:?}");
        Self::new(100, details).with_status(StatusCode::REQUEST_TIMEOUT)
    }

    /// 503 while the disk of the data folder has little room left.
    #[must_use]
    pub fn disk_low(free_mib: u64) -> Self {
        let details = format!(
            "{free_mib} MiB are left on the server's disk, less than it keeps free: nothing was stored"
        );
        let low = Self::new(130_429, details).with_status(StatusCode::SERVICE_UNAVAILABLE);
        low.retry_after(DISK_LOW_RETRY_S)
    }

    /// 500 after a bug; the log has the rest.
    #[must_use]
    pub fn internal() -> Self {
        let refused = Refused { words: Words::Exactly(dialog360::INTERNAL), ..Refused::new(131_000, "") };
        Self::from(refused).with_status(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The same error, with the field of a definition that is to blame, as management paths tell it.
    #[must_use]
    pub fn blaming(mut self, field: &str) -> Self {
        if let Told::Body(body) = &mut self.told {
            let title = detailed(body.code, body.subcode).map_or("Invalid parameter", |row| row.title);
            body.blame = Some(field.to_owned());
            body.user = Some((title.to_owned(), body.details.clone()));
        }
        self
    }

    /// What it is counted as: its code, or its HTTP status where it has none.
    #[must_use]
    pub fn kind(&self) -> u32 {
        match &self.told {
            Told::Body(body) => body.code,
            Told::Plain(_) | Told::Nothing => self.http.as_u16().into(),
        }
    }

    /// The answer, in the shape of its path.
    #[must_use]
    pub fn render(self, shape: Shape, trace: String) -> Response {
        let http = self.http.as_u16();
        let trace_header = HeaderValue::from_str(&trace).ok();
        let mut body = None;
        let json: Value = match self.told {
            Told::Nothing => {
                let mut response = Response::new(Body::empty());
                *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
                response.extensions_mut().insert(NoAnswer);
                return response;
            }
            Told::Plain(text) => plain(http, text, shape),
            Told::Body(told) => body.insert(ErrorBody { trace, ..*told }).to_json(http, shape),
        };
        let mut response = Response::new(Body::from(json.to_string()));
        *response.status_mut() = self.http;
        if let Some(body) = body {
            // For who tells it again in another shape: the Graph twin.
            response.extensions_mut().insert(body);
        }
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(trace) = trace_header {
            headers.insert(TRACE_360, trace.clone());
            headers.insert(TRACE, trace);
        }
        if self.http == StatusCode::REQUEST_TIMEOUT {
            // The rest of the body may still come: no second request can follow it.
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<Refused> for ApiError {
    fn from(refused: Refused) -> Self {
        let row = reason(refused.code);
        let http = if refused.http == 0 { row.map_or(400, |row| row.http) } else { refused.http };
        let message = match refused.words {
            Words::Table => reason::message(refused.code, row.map_or("Invalid parameter", |row| row.title)),
            Words::Title(title) => reason::message(refused.code, title),
            Words::Exactly(text) => text.to_owned(),
        };
        let body =
            ErrorBody { message, code: refused.code, details: refused.details, ..ErrorBody::default() };
        let http = StatusCode::from_u16(http).unwrap_or(StatusCode::BAD_REQUEST);
        Self { http, retry_after_s: None, told: Told::Body(Box::new(body)) }
    }
}

impl From<WireError> for ApiError {
    /// Graph's code 100 with the field's path, or 131008 and 131009 for what stands inside a free-form message; a
    /// recipient that cannot be one is 131009.
    fn from(error: WireError) -> Self {
        let recipient = matches!(error.path.as_str(), "to" | "recipient");
        if recipient && matches!(error.problem, Problem::Placeholder { .. }) {
            return Self::new(131_009, error.to_string());
        }
        let (code, sentence) = (error.code(), error.to_string());
        if code != 100 {
            return Self::new(code, sentence);
        }
        let body = ErrorBody {
            message: reason::message(100, &sentence),
            code: 100,
            details: sentence,
            ..ErrorBody::default()
        };
        Self { http: StatusCode::BAD_REQUEST, retry_after_s: None, told: Told::Body(Box::new(body)) }
    }
}

impl From<Limited> for ApiError {
    fn from(limited: Limited) -> Self {
        let (refused, after) = match limited {
            Limited::Rate { after } => {
                let details = "more messages a second than this number's throughput";
                (
                    Refused {
                        words: Words::Exactly(dialog360::RATE_LIMIT),
                        ..Refused::new(130_429, details)
                    },
                    after,
                )
            }
            Limited::Pair { after } => {
                (Refused::new(131_056, "to: too many messages to this person in a short time"), after)
            }
        };
        Self::from(refused).retry_after(whole_seconds(after))
    }
}

impl From<StoreError> for ApiError {
    /// 503 only where nothing was tried; where the outcome is unknown, no answer at all.
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::OutcomeUnknown(_) => {
                tracing::error!(%error, "a request ends without an answer");
                Self { http: StatusCode::SERVICE_UNAVAILABLE, retry_after_s: None, told: Told::Nothing }
            }
            StoreError::Conflict(what) => Self::new(100, what.clone()).with_status(StatusCode::CONFLICT),
            StoreError::QueueFull { messages_max } => {
                let details = format!(
                    "{messages_max} messages of this account are queued, as many as may be: nothing was stored"
                );
                let full = Self::new(130_429, details).with_status(StatusCode::SERVICE_UNAVAILABLE);
                full.retry_after(QUEUE_FULL_RETRY_S)
            }
            StoreError::Overloaded { .. } | StoreError::DiskFull { .. } | StoreError::Closed => {
                let details = match error {
                    StoreError::DiskFull { .. } => "no space left on the server's disk: nothing was stored",
                    StoreError::Closed => "the server is shutting down: nothing was stored",
                    _ => "the server is busy: nothing was stored",
                };
                let busy = Self::new(130_429, details).with_status(StatusCode::SERVICE_UNAVAILABLE);
                busy.retry_after(OVERLOAD_RETRY_S)
            }
            StoreError::Unusable(_) | StoreError::InUse(_) => {
                tracing::error!(%error, "the store cannot be used");
                Self::internal()
            }
        }
    }
}

impl From<Refusal> for ApiError {
    /// A definition that may not be created: code 100, its subcode, and the field to blame.
    fn from(refusal: Refusal) -> Self {
        let title = detailed(100, refusal.subcode).map_or("Invalid parameter", |row| row.title);
        let body = ErrorBody {
            message: reason::message(100, "Invalid parameter"),
            code: 100,
            subcode: refusal.subcode,
            details: String::new(),
            user: Some((title.to_owned(), refusal.to_string())),
            blame: Some(refusal.field),
            ..ErrorBody::default()
        };
        Self { http: StatusCode::BAD_REQUEST, retry_after_s: None, told: Told::Body(Box::new(body)) }
    }
}

fn whole_seconds(after: Duration) -> u64 {
    (after.as_secs() + u64::from(after.subsec_nanos() > 0)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_store_s_errors_promise_only_what_is_known() {
        let busy = StoreError::Overloaded { lane: "accept", rows_max: 1 };
        for error in [busy, StoreError::DiskFull { path: "/data".to_owned() }, StoreError::Closed] {
            let answer = ApiError::from(error).render(Shape::Meta, "A".to_owned());
            assert_eq!(
                (answer.status().as_u16(), &answer.headers()["retry-after"]),
                (503, &HeaderValue::from(1))
            );
            assert!(answer.extensions().get::<NoAnswer>().is_none());
        }
        let unknown = ApiError::from(StoreError::OutcomeUnknown("fsync".to_owned()));
        assert!(unknown.render(Shape::Meta, "A".to_owned()).extensions().get::<NoAnswer>().is_some());
    }

    #[test]
    fn waiting_times_are_whole_seconds_and_never_none() {
        assert_eq!(whole_seconds(Duration::from_millis(1)), 1);
        assert_eq!(whole_seconds(Duration::ZERO), 1);
        assert_eq!(whole_seconds(Duration::from_millis(1_001)), 2);
    }
}
