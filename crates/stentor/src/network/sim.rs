//! `/sim/*` of the network process: faults, time, phones, figures and where webhooks go. No key: it listens where a test
//! told it to, and holds nothing but made-up messages.

use std::sync::PoisonError;
use std::time::Duration;

use http::{Method, Response, Uri};
use http_body_util::Full;
use hyper::body::Bytes;
use serde_json::{Value, json};
use stentor_wire::reader::tree;

use super::control;
use super::graph::{Asked, Graph, Number, query, reply};
use crate::clock::pause;
use crate::sim::{self, VERBS, business};

const MESSAGES_MAX: usize = 1_000;
const WAIT_MAX: Duration = Duration::from_secs(300);

/// Answers a request whose path begins with `sim`.
pub async fn answer(graph: &Graph, asked: Asked<'_>) -> Response<Full<Bytes>> {
    let network = &graph.network;
    let segments: Vec<&str> = asked.path.split('/').skip(1).collect();
    let body: Value = if asked.body.is_empty() {
        Value::Null
    } else {
        match tree(asked.body) {
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
        (&Method::GET, ["phones", number]) => phone(graph, number, asked.query),
        (&Method::POST, ["phones", number, verb]) => act(graph, number, verb, asked.body),
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
        let phone = control::phone(&graph.network, number, limit);
        if wait.as_ref().is_none_or(|wanted| phone.has_reached(wanted)) {
            return say(&json!(phone.messages));
        }
        tokio::select! {
            () = &mut timeout => return say(&json!(phone.messages)),
            _ = changes.changed() => {}
        }
    }
}

/// What the phone shows and its person did.
fn phone(graph: &Graph, number: &str, asked: &str) -> Response<Full<Bytes>> {
    let limit = query(asked, "limit").and_then(|n| n.parse().ok()).unwrap_or(20).min(MESSAGES_MAX);
    say(&json!(control::phone(&graph.network, &digits(number), limit)))
}

/// Makes the person do something to the number `to`, else to the one that wrote last, else to this network's own account.
fn act(graph: &Graph, number: &str, verb: &str, body: &[u8]) -> Response<Full<Bytes>> {
    let Some(asked) = sim::Asked::read(verb, body) else {
        let verbs = VERBS.join(", ");
        return reply(
            404,
            json!({"error": format!("a person cannot {verb} here; there are {verbs}")}).to_string(),
        );
    };
    let done = asked.and_then(|asked| {
        let known = |id: &str| business(&graph.number(id).account, &id);
        let to = asked.to.as_deref().map(known);
        let only = graph.numbers.read().unwrap_or_else(PoisonError::into_inner).keys().next().cloned();
        control::act(&graph.network, &digits(number), asked, (to, only.as_deref().map(known)))
    });
    match done {
        Ok(done) => say(&json!(done)),
        Err(refused) => reply(refused.http, json!({"error": refused.message}).to_string()),
    }
}

/// The number as WhatsApp writes it; what is none stays as it is.
fn digits(number: &str) -> String {
    let plain = url::form_urlencoded::parse(number.as_bytes())
        .next()
        .map_or_else(String::new, |(key, _)| key.into_owned());
    stentor_core::recipient::parse(&plain).map_or(plain, |address| address.canonical().to_owned())
}

fn say(value: &Value) -> Response<Full<Bytes>> {
    reply(200, value.to_string())
}

fn refused(why: &str) -> Response<Full<Bytes>> {
    reply(400, json!({"error": why}).to_string())
}
