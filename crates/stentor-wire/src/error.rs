//! The shapes in which an error is told: Meta's, 360dialog's wrapped one, and those of the configuration paths.
//! One error, printed by the path it is told on.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// One error, before it has a shape.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorBody {
    /// `message`: `(#code) title`.
    pub message: String,
    /// `type`; `None`: `OAuthException`, as on nearly every error.
    pub kind: Option<&'static str>,
    /// `code`.
    pub code: u32,
    /// `error_subcode`.
    pub subcode: Option<u32>,
    /// `error_data.details`; empty: none.
    pub details: String,
    /// `error_data.blame_field_specs`: the field of a definition.
    pub blame: Option<String>,
    /// `error_user_title` and `error_user_msg`, on management paths.
    pub user: Option<(String, String)>,
    /// Whether the same request may succeed later.
    pub is_transient: bool,
    /// `fbtrace_id`: the request's id.
    pub trace: String,
}

/// Which path family tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `{"error":{..}}`: `/messages`, `/message_templates`, Graph.
    Meta,
    /// `{"error":{..},"detail":{"error":{..}}}`: `/marketing_messages`. 360dialog documents the inner form, every client
    /// library looks for the outer one.
    Marketing,
    /// `{"meta":{..},"error":{..}}`: `/v1/configs/*`.
    Config,
}

/// `error`, as Meta prints it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ErrorObject {
    /// `(#code) title`.
    #[schema(example = "(#131055) Method not allowed")]
    message: String,
    /// `OAuthException`, or `GraphMethodException` for an object that is not there.
    #[schema(example = "OAuthException")]
    r#type: &'static str,
    /// The error table's code.
    #[schema(example = 131055)]
    code: u32,
    /// What it is in particular; on management paths.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    error_subcode: Option<u32>,
    error_data: ErrorData,
    /// Whether the same request may succeed later; on management paths.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    is_transient: Option<bool>,
    /// On management paths.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    error_user_title: Option<String>,
    /// On management paths.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    error_user_msg: Option<String>,
    /// The request's id: also in the `x-fb-trace-id` header.
    fbtrace_id: String,
}

/// `error.error_data`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ErrorData {
    /// `whatsapp`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    messaging_product: Option<&'static str>,
    /// Names the field and the fix.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    details: Option<String>,
    /// The field of a definition that is to blame.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    blame_field_specs: Option<Vec<Vec<String>>>,
}

/// Meta's error.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MetaError {
    error: ErrorObject,
}

/// Meta's error and 360dialog's, which are the same.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MarketingError {
    error: ErrorObject,
    detail: MetaError,
}

/// An error of the configuration paths.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ConfigError {
    meta: ErrorMeta,
    error: ErrorObject,
}

/// `meta` of an error on the configuration paths.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ErrorMeta {
    /// Always false.
    success: bool,
    /// The HTTP status.
    http_code: u16,
    /// The error in a sentence.
    developer_message: String,
    /// What exactly is wrong, with errors of the caller's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    details: Option<Vec<String>>,
}

/// 360dialog's gateway: the key is none.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InvalidKey {
    #[schema(example = "Invalid api token.")]
    error: String,
}

/// The same on the configuration paths.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ConfigInvalidKey {
    meta: ErrorMeta,
    #[schema(example = "Invalid api token.")]
    error: String,
}

impl ErrorBody {
    /// The `error` of a body, for answers that carry more beside it.
    #[must_use]
    pub fn object(&self) -> ErrorObject {
        let user = self.user.as_ref();
        ErrorObject {
            message: self.message.clone(),
            r#type: self.kind.unwrap_or("OAuthException"),
            code: self.code,
            error_subcode: self.subcode,
            error_data: ErrorData {
                messaging_product: self.blame.is_none().then_some("whatsapp"),
                details: Some(self.details.clone()).filter(|details| !details.is_empty()),
                blame_field_specs: self.blame.as_ref().map(|field| vec![vec![field.clone()]]),
            },
            is_transient: user.map(|_| self.is_transient),
            error_user_title: user.map(|(title, _)| title.clone()),
            error_user_msg: user.map(|(_, message)| message.clone()),
            fbtrace_id: self.trace.clone(),
        }
    }

    /// The body.
    ///
    /// ```
    /// use stentor_wire::error::{ErrorBody, Shape};
    /// let error = ErrorBody { message: "(#100) Invalid parameter".into(), code: 100, ..ErrorBody::default() };
    /// let told = error.to_json(400, Shape::Marketing);
    /// assert_eq!(told["error"], told["detail"]["error"]);
    /// assert_eq!(error.to_json(400, Shape::Config)["meta"]["http_code"], 400);
    /// let error = ErrorBody { message: "(#100) Not so".into(), details: "Not so".into(), ..error };
    /// assert_eq!(error.to_json(400, Shape::Config)["meta"]["developer_message"], "(#100) Not so");
    /// ```
    #[must_use]
    pub fn to_json(&self, http: u16, shape: Shape) -> Value {
        let error = self.object();
        match shape {
            Shape::Meta => json!(MetaError { error }),
            Shape::Marketing => json!(MarketingError { error: error.clone(), detail: MetaError { error } }),
            Shape::Config => {
                let details = (!self.details.is_empty() && http < 500).then(|| vec![self.details.clone()]);
                let meta = ErrorMeta { details, ..meta(http, self.developer_message()) };
                json!(ConfigError { meta, error })
            }
        }
    }

    fn developer_message(&self) -> String {
        match &self.user {
            Some((_, message)) if !message.is_empty() => message.clone(),
            _ if self.details.is_empty() || self.message.ends_with(&self.details) => self.message.clone(),
            _ => format!("{}: {}", self.message, self.details),
        }
    }
}

fn meta(http: u16, developer_message: String) -> ErrorMeta {
    ErrorMeta { success: false, http_code: http, developer_message, details: None }
}

/// 360dialog's gateway in a word: `{"error":"..."}`, with `meta` on the configuration paths.
///
/// ```
/// use stentor_wire::error::{Shape, plain};
/// assert_eq!(plain(401, "Invalid api token.", Shape::Marketing).to_string(), r#"{"error":"Invalid api token."}"#);
/// ```
#[must_use]
pub fn plain(http: u16, text: &str, shape: Shape) -> Value {
    match shape {
        Shape::Meta | Shape::Marketing => json!(InvalidKey { error: text.to_owned() }),
        Shape::Config => {
            json!(ConfigInvalidKey { meta: meta(http, text.to_owned()), error: text.to_owned() })
        }
    }
}
