//! The Graph paths of the OpenAPI document: what is 360dialog's is that operation again, from the one table of edges; what
//! only Graph has is named here. Called by the router when it describes itself.

use serde_json::{Map, Value, json};
use utoipa::openapi::{OpenApi, PathItem};

use super::edges::{EDGES, Target};

const OBJECT: &str = "/{version}/{object_id}";

/// What only Graph has: path below the version, method, words.
const OWN: [(&str, &str, &str); 17] = [
    ("{object_id}", "get", "A number, account, business, template, medium, upload or app, by its id"),
    ("{object_id}", "post", "Change a number, account or template, or continue an upload"),
    ("{object_id}", "delete", "Delete a medium"),
    ("{object_id}/register", "post", "Register a number with its PIN"),
    ("{object_id}/deregister", "post", "Deregister a number"),
    ("{object_id}/phone_numbers", "get", "An account's numbers"),
    ("{object_id}/subscribed_apps", "get", "The apps that hear of an account"),
    (
        "{object_id}/subscribed_apps",
        "post",
        "Subscribe to an account, perhaps with a callback URL of its own",
    ),
    ("{object_id}/subscribed_apps", "delete", "Drop an account's callback URL"),
    ("{object_id}/owned_whatsapp_business_accounts", "get", "A business's accounts"),
    (
        "{object_id}/onboard_partners_to_mm_lite",
        "post",
        "Invite a business's accounts to sign the marketing terms",
    ),
    ("{object_id}/subscriptions", "get", "The app's callback URL"),
    ("{object_id}/subscriptions", "post", "Set the app's callback URL"),
    ("{object_id}/subscriptions", "delete", "Drop the app's callback URL"),
    ("me", "get", "Whom the token stands for"),
    ("app", "get", "The app"),
    ("debug_token", "get", "What a token may do"),
];

/// Adds them.
pub fn describe(api: &mut OpenApi) {
    let mut items: Map<String, Value> = Map::new();
    for edge in EDGES {
        let Target::Dialog(path) = edge.target else { continue };
        if edge.name.is_empty() {
            continue;
        }
        let Some(item) = api.paths.paths.get(path).and_then(|item| serde_json::to_value(item).ok()) else {
            continue;
        };
        items.entry(format!("{OBJECT}/{}", edge.name)).or_insert_with(|| of_graph(item));
    }
    for (path, method, summary) in OWN {
        let item = items.entry(format!("/{{version}}/{path}")).or_insert_with(|| json!({}));
        item[method] = operation(path, method, summary);
    }
    for (path, item) in items {
        if let Ok(item) = serde_json::from_value::<PathItem>(item) {
            api.paths.paths.insert(path, item);
        }
    }
}

/// The same operations, but for the parts of their own path.
fn of_graph(mut item: Value) -> Value {
    for operation in item.as_object_mut().into_iter().flat_map(|item| item.values_mut()) {
        if let Some(parameters) = operation.get_mut("parameters").and_then(Value::as_array_mut) {
            parameters.retain(|parameter| parameter["in"] != "path");
        }
        if operation.is_object() {
            operation["tags"] = json!(["Graph"]);
        }
    }
    item
}

fn operation(path: &str, method: &str, summary: &str) -> Value {
    let json_of = |schema: Value| json!({"application/json": {"schema": schema}});
    let object = json!({"type": "object"});
    let mut operation = json!({
        "tags": ["Graph"], "summary": summary,
        "responses": {"200": {"description": "The object, a list of them, or that it is done", "content": json_of(object.clone())}},
    });
    if method == "post" {
        operation["requestBody"] = json!({"content": json_of(object)});
    }
    let query = |name: &str, words: &str| json!({"name": name, "in": "query", "description": words, "required": false, "schema": {"type": "string"}});
    match (method, path) {
        ("get", "debug_token") => {
            operation["parameters"] = json!([query("input_token", "The token that is asked about")])
        }
        ("get", _) => {
            operation["parameters"] = json!([query("fields", "The fields wanted, with commas between")])
        }
        _ => {}
    }
    operation
}
