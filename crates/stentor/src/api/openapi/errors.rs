//! The error answers of every operation: one schema per shape, examples out of the one error table.
//! Used by the document alone.

use serde_json::{Map, Value, json};
use stentor_core::reason::{self, Appears, Reason, dialog360};
use stentor_wire::error::{self as wire, ErrorBody, Shape};
use utoipa::{PartialSchema, ToSchema, openapi};

use super::document::Side;
use crate::api::admin::AdminErrorBody;
use crate::api::http::shape_of;

/// How an operation tells its errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// `{"error":{..}}`.
    Meta,
    /// The superset of both.
    Marketing,
    /// With `meta`.
    Config,
    /// Meta's own paths: as `Meta`, with 190 for a bad token.
    Graph,
    /// `{"error":{"message","field"?}}`, or Meta's.
    Admin,
}

const TRACE: &str = "AHc2Zt1nQ0mS8pXw4RkLbVg";

impl Family {
    /// The family of a path, as the router tells its errors.
    pub fn of(path: &str, side: Side) -> Self {
        match shape_of(path) {
            _ if side == Side::Operators => Self::Admin,
            Shape::Config => Self::Config,
            Shape::Marketing => Self::Marketing,
            Shape::Meta if path.starts_with("/{version}/") => Self::Graph,
            Shape::Meta => Self::Meta,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Meta => "Meta",
            Self::Marketing => "Marketing",
            Self::Config => "Config",
            Self::Graph => "Graph",
            Self::Admin => "Admin",
        }
    }

    const fn shape(self) -> Shape {
        match self {
            Self::Config => Shape::Config,
            Self::Marketing => Shape::Marketing,
            Self::Meta | Self::Graph | Self::Admin => Shape::Meta,
        }
    }

    fn schema(self, status: u16) -> Value {
        let one = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
        match self {
            Self::Meta | Self::Marketing if status == 401 => one("InvalidKey"),
            Self::Config if status == 401 => one("ConfigInvalidKey"),
            Self::Admin if status == 401 => one("AdminError"),
            Self::Admin => json!({"anyOf": [one("AdminError"), one("MetaError")]}),
            Self::Meta | Self::Graph => one("MetaError"),
            Self::Marketing => one("MarketingError"),
            Self::Config => one("ConfigError"),
        }
    }
}

/// The schemas the error answers name.
pub fn schemas(side: Side) -> Vec<(String, openapi::RefOr<openapi::Schema>)> {
    fn add<T: ToSchema + PartialSchema>(all: &mut Vec<(String, openapi::RefOr<openapi::Schema>)>) {
        T::schemas(all);
        all.push((T::name().into_owned(), T::schema()));
    }
    let mut all = Vec::new();
    add::<wire::MetaError>(&mut all);
    match side {
        Side::Customers => {
            add::<wire::MarketingError>(&mut all);
            add::<wire::ConfigError>(&mut all);
            add::<wire::InvalidKey>(&mut all);
            add::<wire::ConfigInvalidKey>(&mut all);
        }
        Side::Operators => add::<AdminErrorBody>(&mut all),
    }
    all
}

/// The response of a status: its component's name, and the component.
pub fn response(family: Family, status: u16) -> (String, Value) {
    let words = match status {
        400 => {
            "The request cannot be done as it is: the error names the field and the fix, or says when to come again."
        }
        401 => "The key is missing, unknown or expired.",
        403 => "The account or number may not do this now.",
        404 => "There is no such thing here.",
        408 => "The body did not arrive in time; the connection is closed.",
        409 => "It conflicts with what is there, or with a request that is still being answered.",
        413 => "The body is too large.",
        422 => "The `Idempotency-Key` was used with another body.",
        500 => "Something went wrong here or at WhatsApp.",
        503 => "Busy or shutting down: nothing was stored, come again.",
        _ => "The request was refused.",
    };
    let mut headers = json!({});
    if [400, 409, 429, 503].contains(&status) {
        headers["retry-after"] = json!({
            "description": "Seconds to wait before the next try, where waiting helps.",
            "schema": {"type": "integer", "minimum": 1},
        });
    }
    let content = json!({"schema": family.schema(status), "examples": examples(family, status)});
    let response =
        json!({"description": words, "headers": headers, "content": {"application/json": content}});
    (format!("{}{status}", family.name()), response)
}

/// Out of the table: every row that is answered with this status.
fn examples(family: Family, status: u16) -> Map<String, Value> {
    let one = |summary: &str, value: Value| json!({"summary": summary, "value": value});
    let mut examples = Map::new();
    match (family, status) {
        (Family::Admin, 401) => {
            let value = json!({"error": {"message": crate::api::admin::WRONG_KEY}});
            examples.insert("admin_key".to_owned(), one("The admin key is missing or wrong", value));
        }
        (Family::Meta | Family::Marketing | Family::Config, 401) => {
            let value = wire::plain(status, dialog360::INVALID_TOKEN, family.shape());
            examples.insert("api_key".to_owned(), one(dialog360::INVALID_TOKEN, value));
        }
        (Family::Graph, 401) => {
            let row = reason::reason(190).into_iter();
            examples.extend(row.map(|row| (name(row), one(row.title, example(row, status, family)))));
        }
        (Family::Admin, _) => {
            let value =
                json!({"error": {"message": "limit: must be a number from 1 to 1000", "field": "limit"}});
            examples.insert("field".to_owned(), one("What is wrong, and with which field", value));
        }
        _ => {
            let answered = |row: &&Reason| {
                row.http == status && matches!(row.appears, Appears::Response | Appears::Both) && !row.ours
            };
            let rows = reason::all().iter().filter(answered);
            examples.extend(rows.map(|row| (name(row), one(row.title, example(row, status, family)))));
        }
    }
    if examples.is_empty() {
        let row = reason::reason(if status == 503 { 130_429 } else { 100 }).into_iter();
        examples.extend(row.map(|row| (name(row), one(row.title, example(row, status, family)))));
    }
    examples
}

fn name(row: &Reason) -> String {
    row.subcode.map_or_else(|| row.code.to_string(), |subcode| format!("{}_{subcode}", row.code))
}

fn example(row: &Reason, status: u16, family: Family) -> Value {
    let body = ErrorBody {
        message: row.message(),
        code: row.code,
        subcode: row.subcode,
        details: row.sentence.to_owned(),
        trace: TRACE.to_owned(),
        ..ErrorBody::default()
    };
    body.to_json(status, family.shape())
}
