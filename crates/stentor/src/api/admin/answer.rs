//! How the operator's API answers: JSON, and errors as `{"error":{"message","field"?}}` that say what to do.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Serialize;
use stentor_store::StoreError;
use stentor_wire::error::Shape;
use utoipa::ToSchema;

use super::super::error::ApiError;
use super::super::http::{fresh_trace, json as json_answer};

/// What a handler returns.
pub type Answer = Result<Response, AdminError>;

/// An error for the operator.
#[derive(Debug)]
pub struct AdminError(Told);

#[derive(Debug)]
enum Told {
    Own {
        status: StatusCode,
        message: String,
        field: Option<String>,
    },
    /// Told as customers are: the store's troubles, a template's definition.
    Api(Box<ApiError>),
}

impl AdminError {
    /// The same for a customer's path.
    #[must_use]
    pub fn into_api(self) -> ApiError {
        match self.0 {
            Told::Own { status, message, .. } => ApiError::new(100, message).with_status(status),
            Told::Api(error) => *error,
        }
    }

    /// With a status and a sentence.
    #[must_use]
    pub fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self(Told::Own { status, message: message.into(), field: None })
    }

    /// 400 because of one field.
    #[must_use]
    pub fn field(name: &str, problem: impl std::fmt::Display) -> Self {
        let message = format!("{name}: {problem}");
        Self(Told::Own { status: StatusCode::BAD_REQUEST, message, field: Some(name.to_owned()) })
    }

    /// 404.
    #[must_use]
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }

    /// 409 because of one field.
    #[must_use]
    pub fn conflict(name: &str, problem: impl std::fmt::Display) -> Self {
        let message = format!("{name}: {problem}");
        Self(Told::Own { status: StatusCode::CONFLICT, message, field: Some(name.to_owned()) })
    }
}

impl From<ApiError> for AdminError {
    fn from(error: ApiError) -> Self {
        Self(Told::Api(Box::new(error)))
    }
}

impl From<StoreError> for AdminError {
    fn from(error: StoreError) -> Self {
        ApiError::from(error).into()
    }
}

impl IntoResponse for AdminError {
    fn into_response(self) -> Response {
        match self.0 {
            Told::Own { status, message, field } => json_answer(
                status,
                &AdminErrorBody { error: AdminErrorObject { message, field, state: None } },
            ),
            Told::Api(error) => error.render(Shape::Meta, fresh_trace()),
        }
    }
}

/// An error of the operator's API.
#[derive(Serialize, ToSchema)]
#[schema(as = AdminError)]
pub struct AdminErrorBody {
    /// What is wrong.
    pub error: AdminErrorObject,
}

/// What is wrong, and what to do.
#[derive(Serialize, ToSchema)]
pub struct AdminErrorObject {
    /// A sentence.
    #[schema(example = "limit: must be a number from 1 to 1000")]
    pub message: String,
    /// The field to blame, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub field: Option<String>,
    /// Of a message that was waited for in vain: the state it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub state: Option<&'static str>,
}

/// 200 with this body.
pub fn ok(body: &impl Serialize) -> Answer {
    Ok(json_answer(StatusCode::OK, body))
}

/// 201 with this body.
pub fn created(body: &impl Serialize) -> Answer {
    Ok(json_answer(StatusCode::CREATED, body))
}

/// A point in time in answers: RFC 3339, or null.
pub fn at(time: Option<stentor_core::time::Timestamp>) -> Option<String> {
    time.map(|time| time.to_string())
}
