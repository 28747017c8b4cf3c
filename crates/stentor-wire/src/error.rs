//! The shapes in which an error is told: Meta's, 360dialog's wrapped one, and those of the configuration paths.
//! One error, printed by the path it is told on.

use serde_json::{Map, Value, json};

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

impl ErrorBody {
    fn object(&self) -> Value {
        let mut error = Map::new();
        error.insert("message".to_owned(), json!(self.message));
        error.insert("type".to_owned(), json!(self.kind.unwrap_or("OAuthException")));
        error.insert("code".to_owned(), json!(self.code));
        if let Some(subcode) = self.subcode {
            error.insert("error_subcode".to_owned(), json!(subcode));
        }
        let mut data = Map::new();
        if self.blame.is_none() {
            data.insert("messaging_product".to_owned(), json!("whatsapp"));
        }
        if !self.details.is_empty() {
            data.insert("details".to_owned(), json!(self.details));
        }
        if let Some(field) = &self.blame {
            data.insert("blame_field_specs".to_owned(), json!([[field]]));
        }
        error.insert("error_data".to_owned(), Value::Object(data));
        if let Some((title, message)) = &self.user {
            error.insert("is_transient".to_owned(), json!(self.is_transient));
            error.insert("error_user_title".to_owned(), json!(title));
            error.insert("error_user_msg".to_owned(), json!(message));
        }
        error.insert("fbtrace_id".to_owned(), json!(self.trace));
        Value::Object(error)
    }

    /// The body.
    ///
    /// ```
    /// use stentor_wire::error::{ErrorBody, Shape};
    /// let error = ErrorBody { message: "(#100) Invalid parameter".into(), code: 100, ..ErrorBody::default() };
    /// let told = error.to_json(400, Shape::Marketing);
    /// assert_eq!(told["error"], told["detail"]["error"]);
    /// assert_eq!(error.to_json(400, Shape::Config)["meta"]["http_code"], 400);
    /// ```
    #[must_use]
    pub fn to_json(&self, http: u16, shape: Shape) -> Value {
        let error = self.object();
        match shape {
            Shape::Meta => json!({"error": error}),
            Shape::Marketing => json!({"error": error.clone(), "detail": {"error": error}}),
            Shape::Config => json!({"meta": meta(http, &self.developer_message()), "error": error}),
        }
    }

    fn developer_message(&self) -> String {
        match &self.user {
            Some((_, message)) if !message.is_empty() => message.clone(),
            _ if self.details.is_empty() => self.message.clone(),
            _ => format!("{}: {}", self.message, self.details),
        }
    }
}

fn meta(http: u16, developer_message: &str) -> Value {
    json!({"success": false, "http_code": http, "developer_message": developer_message})
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
        Shape::Meta | Shape::Marketing => json!({"error": text}),
        Shape::Config => json!({"meta": meta(http, text), "error": text}),
    }
}
