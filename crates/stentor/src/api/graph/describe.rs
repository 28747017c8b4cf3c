//! The Graph paths of the OpenAPI document, out of the one table of edges: each is the operation of the path that answers
//! it, told Meta's way. What is asked of an object alone is one operation for all objects. Called by the router.

use serde_json::{Map, Value, json};
use utoipa::openapi::{OpenApi, PathItem};

use super::edges::{EDGES, Edge, Node, Target};

const OBJECT: &str = "/{version}/{object_id}";

/// Adds them to what 360dialog's paths tell of themselves; `own` is what only Graph has.
pub fn describe(api: &mut OpenApi, own: OpenApi) {
    let mut items: Map<String, Value> = Map::new();
    for edge in EDGES {
        let found = match edge.target {
            Target::Dialog(path) => of_dialog(api, edge.node, path),
            Target::Own(path) => own.paths.paths.get(path),
        };
        let Some(Value::Object(item)) = found.and_then(|item| serde_json::to_value(item).ok()) else {
            continue;
        };
        for path in addresses(edge) {
            let told = items.entry(path).or_insert_with(|| json!({}));
            for (method, operation) in &item {
                let operation = retold(operation.clone());
                match told.get_mut(method) {
                    Some(known) => merge(known, operation),
                    None => told[method] = operation,
                }
            }
        }
    }
    for (path, item) in items {
        if let Ok(item) = serde_json::from_value::<PathItem>(item) {
            api.paths.paths.insert(path, item);
        }
    }
    let schemas = own.components.map(|all| all.schemas).unwrap_or_default();
    api.components.get_or_insert_default().schemas.extend(schemas);
}

/// The description of a path of 360dialog's, whatever its part is called there.
fn of_dialog<'a>(api: &'a OpenApi, node: Node, path: &str) -> Option<&'a PathItem> {
    let path = match (node, path) {
        (Node::Upload, _) => "/upload:{upload_id}",
        (_, "/{id}") => "/{media_id}",
        _ => path,
    };
    api.paths.paths.get(path)
}

/// Where an edge is: the object by its id, by its word where it has one, or both.
fn addresses(edge: &Edge) -> Vec<String> {
    let told = match edge.node {
        Node::Me => vec!["/{version}/me".to_owned()],
        Node::DebugToken => vec!["/{version}/debug_token".to_owned()],
        Node::Upload => vec!["/{version}/upload:{upload_id}".to_owned()],
        Node::App => vec![OBJECT.to_owned(), "/{version}/app".to_owned()],
        _ => vec![OBJECT.to_owned()],
    };
    told.into_iter()
        .map(|object| format!("{object}/{}", edge.name).trim_end_matches('/').to_owned())
        .collect()
}

/// The operation as Graph has it: the key, the parts of the path and how errors are told are its own.
fn retold(mut operation: Value) -> Value {
    operation["tags"] = json!(["Graph"]);
    if let Some(fields) = operation.as_object_mut() {
        fields.shift_remove("security");
    }
    if let Some(parameters) = operation.get_mut("parameters").and_then(Value::as_array_mut) {
        parameters.retain(|parameter| parameter["in"] != "path");
    }
    if let Some(responses) = operation["responses"].as_object_mut() {
        responses.shift_remove("401");
        let errors = responses.iter_mut().filter(|(status, _)| status.as_str() >= "400");
        for fields in errors.filter_map(|(_, response)| response.as_object_mut()) {
            fields.shift_remove("content");
        }
    }
    operation
}

/// Two objects' operations under one path.
fn merge(known: &mut Value, mut other: Value) {
    if *known == other {
        return;
    }
    let summary = |operation: &Value| operation["summary"].as_str().unwrap_or_default().to_owned();
    if summary(known) != summary(&other) {
        known["summary"] = format!("{}; {}", summary(known), summary(&other)).into();
    }
    if let Some(more) = other.get_mut("parameters").and_then(Value::as_array_mut) {
        let mut all = known["parameters"].as_array().cloned().unwrap_or_default();
        more.retain(|new| !all.iter().any(|known| known["name"] == new["name"] && known["in"] == new["in"]));
        all.append(more);
        known["parameters"] = all.into();
    }
    // What one object needs, another does not.
    for parameter in known.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
        parameter["required"] = false.into();
    }
    match (known.get_mut("requestBody"), other.get_mut("requestBody").map(Value::take)) {
        (Some(body), Some(other)) => either(body, other),
        (None, Some(other)) => known["requestBody"] = other,
        _ => {}
    }
    if let Some(body) = known.get_mut("requestBody") {
        body["required"] = false.into();
    }
    for (status, response) in other["responses"].as_object_mut().map(std::mem::take).unwrap_or_default() {
        match known["responses"].get_mut(&status) {
            Some(known) => either(known, response),
            None => known["responses"][status] = response,
        }
    }
}

/// A body that is the one or the other.
fn either(known: &mut Value, mut other: Value) {
    for (kind, content) in other["content"].as_object_mut().map(std::mem::take).unwrap_or_default() {
        let Some(known) = known["content"].get_mut(&kind) else {
            known["content"][kind] = content;
            continue;
        };
        if known["schema"] == content["schema"] {
            continue;
        }
        let new = content["schema"].clone();
        match known["schema"].get_mut("anyOf").and_then(Value::as_array_mut) {
            Some(all) if !all.contains(&new) => all.push(new),
            Some(_) => {}
            None => known["schema"] = json!({"anyOf": [known["schema"].take(), new]}),
        }
    }
}
