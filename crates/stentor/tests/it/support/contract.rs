//! Every answer a test receives is held against `/openapi.json` and `/admin/openapi.json`: the status must be declared,
//! the content type be the declared one, the body fit its schema and have no field that is not in it, and no header of
//! ours be undeclared. So the whole suite checks the description.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use http::HeaderMap;
use jsonschema::Validator;
use serde_json::{Map, Value, json};
use stentor::api::{describe_customers, describe_operators};

static CUSTOMERS: LazyLock<Contract> = LazyLock::new(|| Contract::new(describe_customers()));
static OPERATORS: LazyLock<Contract> = LazyLock::new(|| Contract::new(describe_operators()));

/// Headers that say nothing of the API: of HTTP itself, or told for all answers together.
const COMMON: &[&str] = &[
    "accept-ranges",
    "content-disposition",
    "content-range",
    "vary",
    "allow",
    "cache-control",
    "connection",
    "content-length",
    "content-type",
    "content-security-policy",
    "date",
    "location",
    "transfer-encoding",
    "x-content-type-options",
];

/// Panics unless this answer is one that the description allows.
#[track_caller]
pub fn check(method: &str, path: &str, status: u16, headers: &HeaderMap, body: &[u8]) {
    let path = path.split('?').next().unwrap_or_default();
    let contract = if path.starts_with("/admin/") || path.starts_with("/sim/") || path == "/metrics" {
        &OPERATORS
    } else {
        &CUSTOMERS
    };
    let judged = contract.judge(method, path, status, headers, body);
    // An unversioned Graph path is told under its versioned one.
    let first = path.split('/').nth(1).unwrap_or_default();
    let is_id = !first.is_empty() && first.bytes().all(|b| b.is_ascii_digit());
    let versioned =
        || contract.judge(method, &format!("/v23.0{}", path.trim_end_matches('/')), status, headers, body);
    let is_graph = is_id || ["me", "app", "debug_token"].contains(&first);
    if let Err(problem) = if is_graph { judged.or_else(|_| versioned()) } else { judged } {
        let shown = String::from_utf8_lossy(&body[..body.len().min(2_000)]);
        panic!("{method} {path} answered {status}, against the description: {problem}\n{headers:?}\n{shown}");
    }
}

struct Contract {
    document: Value,
    /// The schemas with every object closed: what is not described is not answered.
    schemas: Map<String, Value>,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

impl Contract {
    fn new(document: Value) -> Self {
        let mut schemas = document["components"]["schemas"].as_object().cloned().unwrap_or_default();
        // What others are made of with more fields stays open: they are closed as wholes.
        let mut parts = Vec::new();
        schemas.values().for_each(|schema| named_parts(schema, &mut parts));
        schemas.iter_mut().filter(|(name, _)| !parts.contains(name)).for_each(|(_, schema)| close(schema));
        Self { document, schemas, validators: Mutex::default() }
    }

    fn judge(
        &self,
        method: &str,
        path: &str,
        status: u16,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<(), String> {
        let method = method.to_ascii_lowercase();
        let Some(item) = self.item(path) else {
            // Pages are no operations; of everything else there is only the error.
            let is_page = ["/docs", "/admin/docs"].iter().any(|page| path.starts_with(page));
            return if is_page || status == 401 { Ok(()) } else { self.unknown(status, 400..=410, body) };
        };
        let asked = if method == "head" { "get" } else { &method };
        let Some(operation) = item.get(asked) else {
            let allow = headers.get("allow").and_then(|allow| allow.to_str().ok()).unwrap_or_default();
            let is_told = item.as_object().is_some_and(|item| {
                item.keys().all(|method| allow.split(',').any(|word| word.eq_ignore_ascii_case(method)))
            });
            if asked == "options" && headers.contains_key("access-control-allow-methods") {
                return Ok(());
            }
            // Graph's and the operators' keys are looked at first.
            return match status {
                405 if is_told => self.unknown(status, 405..=405, body),
                400 | 401 | 404 => Ok(()),
                _ => Err("there is no such method: 405 with Allow is due".to_owned()),
            };
        };
        let response = operation["responses"].get(status.to_string());
        let response = self.resolved(response.ok_or("the status is not declared")?);
        self.headers(response, headers)?;
        if method == "head" || status == 304 {
            return Ok(());
        }
        self.body(response, headers, body)
    }

    fn headers(&self, response: &Value, headers: &HeaderMap) -> Result<(), String> {
        let declared = response["headers"].as_object();
        let is_declared =
            |name: &str| declared.is_some_and(|all| all.keys().any(|known| known.eq_ignore_ascii_case(name)));
        let is_common = |name: &str| COMMON.contains(&name) || name.starts_with("access-control-");
        let undeclared = headers.keys().find(|name| !is_common(name.as_str()) && !is_declared(name.as_str()));
        undeclared.map_or(Ok(()), |name| Err(format!("the header {name} is not declared")))
    }

    fn body(&self, response: &Value, headers: &HeaderMap, body: &[u8]) -> Result<(), String> {
        let Some(declared) = response["content"].as_object() else {
            return if body.is_empty() { Ok(()) } else { Err("no body is declared".to_owned()) };
        };
        let kind = headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let fits = |declared: &str| {
            declared == "*/*" || declared == kind || kind.starts_with(&format!("{declared};"))
        };
        let content = declared.iter().find(|(declared, _)| fits(declared));
        let (_, content) = content.ok_or_else(|| format!("the content type {kind} is not declared"))?;
        if !kind.starts_with("application/json") {
            return Ok(());
        }
        let value: Value = serde_json::from_slice(body).map_err(|error| format!("no JSON: {error}"))?;
        let validator = self.validator(&content["schema"]);
        let problems: Vec<String> =
            validator.iter_errors(&value).map(|e| format!("{}: {e}", e.instance_path())).take(5).collect();
        if problems.is_empty() { Ok(()) } else { Err(problems.join("; ")) }
    }

    fn validator(&self, schema: &Value) -> Arc<Validator> {
        let mut known = self.validators.lock().expect("nobody panics here");
        let make = || {
            let mut schema = schema.clone();
            close(&mut schema);
            schema["components"] = json!({"schemas": self.needed(&schema)});
            Arc::new(jsonschema::validator_for(&schema).expect("the document's schemas are schemas"))
        };
        Arc::clone(known.entry(schema.to_string()).or_insert_with(make))
    }

    /// The schemas that this one leads to.
    fn needed(&self, schema: &Value) -> Map<String, Value> {
        let (mut needed, mut open) = (Map::new(), vec![schema]);
        while let Some(value) = open.pop() {
            open.extend(
                value
                    .as_array()
                    .into_iter()
                    .flatten()
                    .chain(value.as_object().into_iter().flat_map(Map::values)),
            );
            let name = value.as_str().and_then(|to| to.strip_prefix("#/components/schemas/"));
            if let Some((name, found)) = name.and_then(|name| self.schemas.get_key_value(name))
                && needed.insert(name.clone(), found.clone()).is_none()
            {
                open.push(found);
            }
        }
        needed
    }

    /// What answers where there is no operation: an error in some shape.
    fn unknown(
        &self,
        status: u16,
        allowed: std::ops::RangeInclusive<u16>,
        body: &[u8],
    ) -> Result<(), String> {
        let value: Value = serde_json::from_slice(body).unwrap_or_default();
        let is_error = body.is_empty() || !value["error"].is_null();
        if allowed.contains(&status) && is_error { Ok(()) } else { Err("there is no such path".to_owned()) }
    }

    fn resolved<'a>(&'a self, response: &'a Value) -> &'a Value {
        let to = response["$ref"].as_str().and_then(|to| self.document.pointer(to.trim_start_matches('#')));
        to.unwrap_or(response)
    }

    /// The operations of a path: those of the template that names most of it.
    fn item(&self, path: &str) -> Option<&Value> {
        let items = self.document["paths"].as_object()?.iter().filter(|(template, _)| fits(template, path));
        let closest = items.min_by_key(|(template, _)| {
            (template.matches('{').count(), Reverse(template.split('{').next().map_or(0, str::len)))
        });
        closest.map(|(_, item)| item)
    }
}

fn fits(template: &str, path: &str) -> bool {
    let (wanted, parts) = (template.split('/'), path.split('/'));
    wanted.clone().count() == parts.clone().count()
        && wanted.zip(parts).all(|(wanted, part)| {
            let is_version = || part.starts_with('v') && part.contains('.');
            match wanted {
                "{version}" => is_version(),
                _ => match wanted.split_once('{') {
                    Some((before, _)) => {
                        part.len() > before.len()
                            && part.starts_with(before)
                            && !(before.is_empty() && is_version())
                    }
                    None => wanted == part,
                },
            }
        })
}

/// The schemas that are parts of an `allOf`.
fn named_parts(schema: &Value, parts: &mut Vec<String>) {
    let named = schema["allOf"].as_array().into_iter().flatten().filter_map(|part| part["$ref"].as_str());
    parts.extend(named.filter_map(|to| Some(to.rsplit_once('/')?.1.to_owned())));
    let inner =
        schema.as_array().into_iter().flatten().chain(schema.as_object().into_iter().flat_map(Map::values));
    inner.for_each(|inner| named_parts(inner, parts));
}

/// Forbids what is not described, in every object that names its fields.
fn close(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else {
        schema.as_array_mut().into_iter().flatten().for_each(close);
        return;
    };
    if object.contains_key("allOf") {
        // Closed as a whole: each part alone would forbid the others.
        object.insert("unevaluatedProperties".to_owned(), json!(false));
        return;
    }
    if object.contains_key("properties") && !object.contains_key("additionalProperties") {
        object.insert("additionalProperties".to_owned(), json!(false));
    }
    for key in ["properties", "items", "anyOf", "oneOf", "additionalProperties", "prefixItems"] {
        match object.get_mut(key) {
            Some(Value::Object(inner)) if key == "properties" => inner.values_mut().for_each(close),
            Some(inner) => close(inner),
            None => {}
        }
    }
}
