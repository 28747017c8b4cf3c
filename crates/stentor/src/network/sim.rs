//! `/sim/*` of the network process: faults, time, phones, figures and where webhooks go. No key: it listens where a test
//! told it to, and holds nothing but made-up messages.

use std::sync::PoisonError;
use std::time::Duration;

use http::{Method, Response, Uri};
use http_body_util::Full;
use hyper::body::Bytes;
use serde_json::{Value, json};

use super::control;
use super::graph::{Asked, Graph, Number, query, reply};
use crate::clock::pause;

const MESSAGES_MAX: usize = 1_000;
const WAIT_MAX: Duration = Duration::from_secs(300);

/// Answers a request whose path begins with `sim`.
pub async fn answer(graph: &Graph, asked: Asked<'_>) -> Response<Full<Bytes>> {
    let network = &graph.network;
    let segments: Vec<&str> = asked.path.split('/').skip(1).collect();
    let body: Value = if asked.body.is_empty() {
        Value::Null
    } else {
        match serde_json::from_slice(asked.body) {
            Ok(body) => body,
            Err(error) => return refused(&format!("the body is no JSON: {error}")),
        }
    };
    let field = |name: &str| body.get(name).and_then(Value::as_str);
    match (asked.method, segments.as_slice()) {
        (&Method::GET, ["profile"]) => say(&control::profile(network)),
        (&Method::PUT | &Method::POST, ["profile"]) => match control::set_profile(network, &body) {
            Ok(profile) => say(&profile),
            Err(error) => refused(&error),
        },
        (&Method::POST, ["advance"]) => match control::span(field("by").unwrap_or_default()) {
            Ok(by) => say(&json!({"now": network.advance(by).to_string()})),
            Err(error) => refused(&format!("by: {error}")),
        },
        (&Method::POST, ["reset"]) => {
            network.reset();
            say(&json!({"success": true}))
        }
        (&Method::GET, ["recipients"]) => say(&control::recipients()),
        (&Method::GET, ["triggers"]) => say(&control::triggers()),
        (&Method::GET, ["stats"]) => {
            let (mut stats, posted) = (control::stats(network), graph.webhooks.posted());
            stats["webhooks"] =
                json!({"posts": posted.posts, "events": posted.events, "failures": posted.failures});
            say(&stats)
        }
        (&Method::GET, ["chats", account, number]) => say(&control::chat(network, account, number)),
        (&Method::GET, ["messages", number]) => messages(graph, number, asked.query).await,
        (&Method::GET, ["webhook"]) => say(&json!({"url": graph.webhooks.target().map(|to| to.to_string())})),
        (&Method::PUT | &Method::POST, ["webhook"]) => set_webhook(graph, field("url")),
        (&Method::PUT | &Method::POST, ["numbers", id]) => {
            let default = &graph.default_number;
            let number = Number {
                account: field("account_id").unwrap_or(&default.account).to_owned(),
                display: field("display_phone_number").unwrap_or(&default.display).to_owned(),
            };
            graph.numbers.write().unwrap_or_else(PoisonError::into_inner).insert((*id).to_owned(), number);
            say(&json!({"success": true}))
        }
        _ => reply(404, json!({"error": "no such path, or not with this method"}).to_string()),
    }
}

fn set_webhook(graph: &Graph, url: Option<&str>) -> Response<Full<Bytes>> {
    let target = match url.filter(|url| !url.is_empty()).map(str::parse::<Uri>) {
        None => None,
        Some(Ok(uri)) if uri.host().is_some() => Some(uri),
        Some(_) => return refused("url: give an http(s) URL with a host, or null"),
    };
    graph.webhooks.set_target(target);
    say(&json!({"success": true}))
}

/// With `wait=delivered` (or `read`, `failed`, ...) the answer comes once the newest message is so, or after `timeout`
/// seconds (30) with what there is.
async fn messages(graph: &Graph, number: &str, asked: &str) -> Response<Full<Bytes>> {
    let limit = query(asked, "limit").and_then(|n| n.parse().ok()).unwrap_or(20).min(MESSAGES_MAX);
    let wait = query(asked, "wait");
    let timeout = query(asked, "timeout").and_then(|n| n.parse().ok()).map_or(30, |s: u64| s);
    let mut changes = graph.network.changes();
    let timeout = pause(Duration::from_secs(timeout).min(WAIT_MAX));
    tokio::pin!(timeout);
    loop {
        changes.mark_unchanged();
        let messages = control::messages(&graph.network, number, limit);
        let Some(wanted) = &wait else { return say(&messages) };
        let ticks = messages.get(0).and_then(|newest| newest.get("ticks")?.as_str());
        if ticks.is_some_and(|ticks| ticks == wanted || (wanted == "delivered" && ticks == "read")) {
            return say(&messages);
        }
        tokio::select! {
            () = &mut timeout => return say(&messages),
            _ = changes.changed() => {}
        }
    }
}

fn say(value: &Value) -> Response<Full<Bytes>> {
    reply(200, value.to_string())
}

fn refused(why: &str) -> Response<Full<Bytes>> {
    reply(400, json!({"error": why}).to_string())
}
