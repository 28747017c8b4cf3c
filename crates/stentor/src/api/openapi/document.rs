//! Completes what the handlers say of themselves by what holds for all of them: ids, keys, parts of the path, and every
//! error that the edge or the error table can answer. A pure function; called once per process and by the docs command.

use serde_json::{Map, Value, json};
use utoipa::openapi::OpenApi;

use super::errors::{self, Family};

/// Whose description it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The customers' API.
    Customers,
    /// The operator's API.
    Operators,
}

/// Parts of paths that handlers need not declare, with what they are.
const IN_PATHS: &[(&str, &str, &str)] = &[
    ("media_id", "A media id: digits.", "1234567890123456"),
    (
        "upload_id",
        "What follows `upload:` in the upload's id.",
        "0123456789abcdef0123456789abcdef0123456789abcdef",
    ),
    (
        "object_id",
        "The id of what the path is about; the bearer token must be allowed to see it.",
        "222000222000222",
    ),
    ("version", "A Graph version such as `v23.0`.", "v23.0"),
    ("phone_number_id", "The number's id; the bearer token must own it.", "222000222000222"),
    ("waba_id", "The account's id; the bearer token must own it.", "111000111000111"),
    ("account", "The account's id.", "111000111000111"),
    ("partner_id", "The partner's id: this installation's.", "123456PA"),
    ("client_id", "A client's id: its business portfolio.", "111000111000111CL"),
    ("waba_account_id", "An account's id.", "111000111000111WA"),
    ("channel_id", "A channel's id.", "222000222000222CH"),
    ("channel", "The channel's id (its phone number id).", "222000222000222"),
    ("template", "The template's id.", "333000333000333"),
    ("wamid", "The message's wamid, as a send answered it.", "wamid.HBgMNDQxMjM0NTY3ODkw"),
    ("number", "A phone number: digits, `+` and spaces allowed.", "441234567890"),
];
const METHODS: [&str; 7] = ["get", "put", "post", "delete", "patch", "head", "options"];

/// The whole document, of what `utoipa` collected.
#[must_use]
pub fn described(of: &OpenApi, side: Side) -> Value {
    let mut document = serde_json::to_value(of).unwrap_or_default();
    let mut responses = Map::new();
    if let Some(paths) = document["paths"].as_object_mut() {
        for (path, item) in paths {
            let family = Family::of(path, side);
            for method in METHODS {
                if let Some(operation) = item.get_mut(method) {
                    complete(operation, (method, path), family, &mut responses);
                }
            }
        }
    }
    document["info"] = info(side);
    document["security"] = match side {
        Side::Customers => json!([{"D360-API-KEY": []}, {"Bearer": []}]),
        Side::Operators => json!([{"AdminKey": []}]),
    };
    document["components"]["responses"] = Value::Object(responses);
    document["components"]["headers"] = headers();
    document["components"]["securitySchemes"] = schemes(side);
    document
}

fn info(side: Side) -> Value {
    let (title, description) = match side {
        Side::Customers => (
            "Stentor",
            "The WhatsApp Marketing Messages API as 360dialog exposes it, and Meta's Graph paths for the same.\n\n\
             What no operation here describes is answered as JSON too: an unknown path with 404, an unknown method with \
             405 and `Allow`, each in the shape of its path; on Graph's paths \
             what the token may not see is refused first, with 400. Every error carries a trace in `fbtrace_id` and \
             `x-fb-trace-id`.",
        ),
        Side::Operators => (
            "Stentor: the operator's API",
            "Accounts, channels, keys, templates, messages and webhooks under `/admin/v1`; the simulated network of this \
             process under `/sim`, where there is one. A path without an account means the only one there is, or the one \
             in `?account=`.",
        ),
    };
    let license = json!({"name": "Apache-2.0", "identifier": "Apache-2.0"});
    json!({"title": title, "description": description, "license": license, "version": env!("CARGO_PKG_VERSION")})
}

fn headers() -> Value {
    json!({
        "Trace": {
            "description": "The request's id, as in `fbtrace_id`: it leads to the log line and the timeline.",
            "schema": {"type": "string"}
        },
        "Version": {"description": "The Graph version that answers.", "schema": {"type": "string"}},
        "Warning": {"description": "What was overlooked or is to be known.", "schema": {"type": "string"}},
    })
}

/// What every answer of a family carries, and `x-stentor-warning` where a body was read.
fn with_headers(response: &mut Value, family: Family, is_read: bool) {
    let mut all = vec![("x-fb-trace-id", "Trace"), ("x-360dialog-trace-id", "Trace")];
    all.extend((family == Family::Graph).then_some(("facebook-api-version", "Version")));
    all.extend(is_read.then_some(("x-stentor-warning", "Warning")));
    if !response["headers"].is_object() {
        response["headers"] = json!({});
    }
    let Some(declared) = response["headers"].as_object_mut() else { return };
    for (name, component) in all {
        declared.entry(name).or_insert_with(|| json!({"$ref": format!("#/components/headers/{component}")}));
    }
}

fn schemes(side: Side) -> Value {
    match side {
        Side::Customers => json!({
            "D360-API-KEY": {
                "type": "apiKey", "in": "header", "name": "D360-API-KEY",
                "description": "The channel's API key, bare or after `Bearer `."
            },
            "Bearer": {"type": "http", "scheme": "bearer", "description": "The channel's API key."},
            "PartnerKey": {
                "type": "apiKey", "in": "header", "name": "X-API-Key", "description": "A key of the partner's."
            },
            "PartnerToken": {
                "type": "http", "scheme": "bearer", "description": "What `POST /api/v2/token` answered."
            },
        }),
        Side::Operators => json!({
            "AdminKey": {"type": "http", "scheme": "bearer", "description": "The admin key the server was started with."},
        }),
    }
}

/// One operation: its id, its path's parts, its key, its errors.
fn complete(
    operation: &mut Value,
    (method, path): (&str, &str),
    family: Family,
    responses: &mut Map<String, Value>,
) {
    operation["operationId"] = operation_id(method, path).into();
    name_parts(operation, path);
    let is_open = operation["security"].is_array();
    if family == Family::Graph && !is_open {
        operation["security"] = json!([{"Bearer": []}]);
    }
    if path.starts_with("/api/v2/") && !is_open {
        operation["security"] = json!([{"PartnerKey": []}, {"PartnerToken": []}]);
    }
    let has_body = operation.get("requestBody").is_some();
    let mut statuses = vec![500, 503];
    if !is_open {
        statuses.extend([400, 401, 404]);
    }
    if has_body {
        statuses.extend([400, 408, 413]);
    }
    let Some(declared) = operation["responses"].as_object_mut() else { return };
    for status in statuses {
        declared.entry(status.to_string()).or_insert(Value::Null);
    }
    for (status, response) in declared.iter_mut() {
        let Ok(status @ 400..) = status.parse::<u16>() else {
            with_headers(response, family, has_body);
            continue;
        };
        if response.get("content").is_none() {
            let (name, mut component) = errors::response(family, status);
            with_headers(&mut component, family, false);
            match response.get("description").and_then(Value::as_str).filter(|words| !words.is_empty()) {
                None => {
                    responses.entry(name.clone()).or_insert(component);
                    *response = json!({"$ref": format!("#/components/responses/{name}")});
                }
                Some(words) => {
                    let words = words.to_owned();
                    *response = component;
                    response["description"] = words.into();
                    if let (401, Family::Meta) = (status, family) {
                        // Told in the handler's own words too, not only in the gateway's.
                        let either = ["InvalidKey", "MetaError"]
                            .map(|name| json!({"$ref": format!("#/components/schemas/{name}")}));
                        response["content"]["application/json"]["schema"] = json!({"anyOf": either});
                    }
                }
            }
        } else {
            with_headers(response, family, false);
        }
    }
    declared.sort_keys();
}

/// Unique, and the same as long as the path is: `postMessageTemplatesId`.
fn operation_id(method: &str, path: &str) -> String {
    let words = path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let capital = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
    words.map(capital).fold(method.to_owned(), |id, word| id + &word)
}

/// Declares the `{parts}` of the path that the handler has left to us.
fn name_parts(operation: &mut Value, path: &str) {
    if !operation["parameters"].is_array() {
        operation["parameters"] = json!([]);
    }
    let Some(parameters) = operation["parameters"].as_array_mut() else { return };
    let parts = path.split('{').filter_map(|piece| Some(piece.split_once('}')?.0));
    for (at, part) in parts.enumerate() {
        if parameters.iter().any(|known| known["in"] == "path" && known["name"] == part) {
            continue;
        }
        let known = IN_PATHS.iter().find(|(name, ..)| *name == part);
        let (words, example) = known.map_or(("", ""), |(_, words, example)| (*words, *example));
        let parameter = json!({
            "name": part, "in": "path", "required": true, "description": words, "schema": {"type": "string"},
            "example": example,
        });
        parameters.insert(at.min(parameters.len()), parameter);
    }
    if parameters.is_empty() {
        operation.as_object_mut().map(|fields| fields.shift_remove("parameters"));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    /// (name, file) of every schema declared under `folder`.
    fn schemas(folder: &Path, all: &mut Vec<(String, String)>) {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                schemas(&path, all);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let mut given = None;
            let mut is_schema = false;
            for line in text.lines() {
                is_schema |= line.starts_with("#[derive(") && line.contains("ToSchema");
                if let Some(name) = line.strip_prefix("#[schema(as = ") {
                    given = Some(name.split([')', ',']).next().unwrap_or_default().to_owned());
                }
                let mut words = line
                    .split(|c: char| !(c.is_alphanumeric() || c == '_'))
                    .skip_while(|w| !["struct", "enum"].contains(w));
                if line.starts_with('#') || line.starts_with('/') || words.next().is_none() {
                    continue;
                }
                let own = words.next().unwrap_or_default().to_owned();
                if std::mem::take(&mut is_schema) {
                    all.push((given.take().unwrap_or(own), path.display().to_string()));
                }
                given = None;
            }
        }
    }

    #[test]
    fn no_two_schemas_of_a_document_have_one_name() {
        let api = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/api");
        let mut all = Vec::new();
        schemas(&api, &mut all);
        let is_operators = |file: &str| file.contains("/api/admin") || file.contains("/api/sim");
        let (mut operators, mut customers): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|(_, file)| is_operators(file));
        // Probes are described to both.
        operators.extend(customers.iter().filter(|(_, file)| file.ends_with("/api/health.rs")).cloned());
        schemas(&api.join("../../../stentor-wire/src"), &mut customers);
        assert!(customers.len() > 50 && operators.len() > 20);
        for side in [customers, operators] {
            let mut known = BTreeMap::new();
            for (name, file) in side {
                let other = known.insert(name.clone(), file.clone());
                assert!(other.is_none(), "{name} of {file} and {other:?}: give one `#[schema(as = …)]`");
            }
        }
    }

    #[test]
    fn ids_are_made_of_method_and_path() {
        assert_eq!(super::operation_id("post", "/message_templates/{id}"), "postMessageTemplatesId");
        assert_eq!(super::operation_id("get", "/{version}/{waba_id}"), "getVersionWabaId");
    }
}
