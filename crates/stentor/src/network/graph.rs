//! Meta's Graph API as the network process speaks it: sends, templates, webhook subscription.
//! Who may ask, and what each path means; a send itself stands in `send`.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Bytes;
use serde_json::{Value, json};
use stentor_core::reason::{message, reason};
use stentor_core::route::Route;
use stentor_simnet::{NetEvent, TemplateKey};
use stentor_wire::reader::tree;

use super::envelope::Names;
use super::journal::Journal;
use super::links::Links;
use super::local::Local;
use super::media::Kept;
use super::templates::Templates;
use super::webhooks::Webhooks;

mod send;

/// What becomes of one request.
pub enum Fate {
    /// It is answered.
    Answer(Response<Full<Bytes>>),
    /// Nothing ever comes back.
    Lost,
    /// The connection is reset.
    Reset,
}

/// A business number.
#[derive(Clone, Debug)]
pub struct Number {
    /// Its account (WABA) id.
    pub account: String,
    /// Digits.
    pub display: String,
}

/// The API and what it knows.
pub struct Graph {
    /// The network.
    pub network: Local,
    /// Where it tells things.
    pub webhooks: Webhooks,
    /// `Bearer <token>`
    pub authorization: String,
    /// The witness.
    pub journal: Option<Journal>,
    /// Numbers that were told it.
    pub numbers: RwLock<HashMap<String, Number>>,
    /// For every other number.
    pub default_number: Number,
    /// Templates that were created here.
    pub templates: RwLock<Templates>,
    /// Media that were uploaded here.
    pub media: Kept,
    /// Fetches media that are given as a link.
    pub links: Links,
    /// Its own address.
    pub url: String,
    /// Numbers the error traces.
    pub traces: AtomicU64,
}

/// The request's own parts, taken apart.
pub struct Asked<'a> {
    /// Method.
    pub method: &'a Method,
    /// Path, without a slash at either end.
    pub path: &'a str,
    /// Query, or nothing.
    pub query: &'a str,
    /// Headers.
    pub headers: &'a HeaderMap,
    /// Body.
    pub body: &'a [u8],
}

impl Graph {
    /// Answers a request whose path begins with a version.
    pub async fn answer(&self, asked: Asked<'_>) -> Fate {
        if asked
            .headers
            .get(AUTHORIZATION)
            .is_none_or(|given| given.as_bytes() != self.authorization.as_bytes())
        {
            return Fate::Answer(self.error(
                401,
                190,
                "Invalid OAuth access token - Cannot parse access token",
            ));
        }
        let mut segments = asked.path.split('/').skip(1);
        let (Some(id), Some(edge), None) = (segments.next(), segments.next(), segments.next()) else {
            return Fate::Answer(self.error(400, 2500, "An unknown path components was requested"));
        };
        match (asked.method, edge) {
            (&Method::POST, "messages") => self.send(id, Route::Classic, asked.body).await,
            (&Method::POST, "marketing_messages") => self.send(id, Route::Optimised, asked.body).await,
            (_, "message_templates") => Fate::Answer(self.templates(id, &asked)),
            (_, "subscribed_apps") => Fate::Answer(self.subscribed_apps(&asked).await),
            _ => Fate::Answer(self.error(
                400,
                100,
                "Unsupported request: no such edge, or not with this method",
            )),
        }
    }

    /// What is known of a number.
    pub fn number(&self, phone_number_id: &str) -> Number {
        let numbers = self.numbers.read().unwrap_or_else(PoisonError::into_inner);
        numbers.get(phone_number_id).unwrap_or(&self.default_number).clone()
    }

    fn templates(&self, account: &str, asked: &Asked<'_>) -> Response<Full<Bytes>> {
        let name = query(asked.query, "name");
        match *asked.method {
            Method::GET => {
                let known = self.templates.read().unwrap_or_else(PoisonError::into_inner);
                let number = |name: &str| query(asked.query, name).and_then(|text| text.parse().ok());
                let limit = number("limit").and_then(|limit| usize::try_from(limit).ok()).unwrap_or(25);
                reply(200, known.list(account, name.as_deref(), limit.max(1), number("after")).to_string())
            }
            Method::POST => {
                let Ok(body) = tree(asked.body) else {
                    return self.error(400, 100, "The body is no JSON");
                };
                let made =
                    self.templates.write().unwrap_or_else(PoisonError::into_inner).create(account, &body);
                match made {
                    Ok((answer, submission)) => {
                        self.network.submit_template(submission);
                        reply(200, answer.to_string())
                    }
                    Err(details) => self.error(400, 100, &details),
                }
            }
            Method::DELETE => {
                let Some(name) = name else {
                    return self.error(400, 100, "The parameter name is required.");
                };
                let id = query(asked.query, "hsm_id");
                let mut known = self.templates.write().unwrap_or_else(PoisonError::into_inner);
                let gone = known.delete(account, &name, id.as_deref());
                drop(known);
                gone.iter().for_each(|key| self.network.withdraw_template(key));
                match gone.is_empty() {
                    true => self.error(400, 100, "No template has this name."),
                    false => reply(200, json!({"success": true}).to_string()),
                }
            }
            _ => self.error(400, 100, "Unsupported method"),
        }
    }

    /// Webhooks go to `override_callback_uri`, once it has given the challenge back.
    async fn subscribed_apps(&self, asked: &Asked<'_>) -> Response<Full<Bytes>> {
        match *asked.method {
            Method::GET => {
                let to = self.webhooks.target().map(|to| to.to_string());
                return reply(200, json!({"data": [{"override_callback_uri": to}]}).to_string());
            }
            Method::DELETE => self.webhooks.set_target(None),
            _ => {
                let body = tree(asked.body).unwrap_or_default();
                let field = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
                if let Some(to) = field("override_callback_uri")
                    && let Err(details) =
                        self.subscribe(&to, &field("verify_token").unwrap_or_default()).await
                {
                    return self.error(400, 2200, &details);
                }
            }
        }
        reply(200, json!({"success": true}).to_string())
    }

    async fn subscribe(&self, to: &str, verify_token: &str) -> Result<(), String> {
        let challenge = u32::from_le_bytes(crate::clock::random()).to_string();
        let mut url = url::Url::parse(to).map_err(|_| "The callback URL is no URL".to_owned())?;
        url.query_pairs_mut()
            .append_pair("hub.mode", "subscribe")
            .append_pair("hub.challenge", &challenge)
            .append_pair("hub.verify_token", verify_token);
        let wrong = |why: &str| format!("The callback URL couldn't be validated: {why}");
        let uri = url.as_str().parse().map_err(|_| wrong("it is no URL"))?;
        let answer = self.webhooks.outbound().ask(Method::GET, &uri, HeaderMap::new(), Bytes::new()).await;
        match answer {
            Ok(answer) if answer.status == StatusCode::OK && answer.body == challenge.as_bytes() => {
                self.webhooks.set_target(Some(to.parse().map_err(|_| wrong("it is no URL"))?));
                Ok(())
            }
            Ok(_) => Err(wrong("it did not give the challenge back")),
            Err(failure) => Err(wrong(&failure.to_string())),
        }
    }

    /// An error in Meta's shape.
    pub fn error(&self, http: u16, code: u32, details: &str) -> Response<Full<Bytes>> {
        let title = reason(code).map_or("Unknown error", |row| row.title);
        let trace = self.traces.fetch_add(1, Ordering::Relaxed);
        let error = json!({"error": {
            "message": message(code, title),
            "type": "OAuthException",
            "code": code,
            "error_data": {"messaging_product": "whatsapp", "details": details},
            "fbtrace_id": format!("A{trace:022x}"),
        }});
        reply(http, error.to_string())
    }

    /// Keeps the registry in step with what the network tells.
    pub fn note(&self, event: &NetEvent) {
        if !matches!(event, NetEvent::Status(_) | NetEvent::Inbound(_) | NetEvent::Click(_)) {
            self.templates.write().unwrap_or_else(PoisonError::into_inner).note(event);
        }
    }
}

impl Names for Graph {
    fn display_phone_number(&self, phone_number_id: &str) -> String {
        self.number(phone_number_id).display
    }

    fn template_id(&self, template: &TemplateKey) -> i64 {
        self.templates.read().unwrap_or_else(PoisonError::into_inner).id(template)
    }
}

/// A JSON answer.
pub fn reply(http: u16, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = StatusCode::from_u16(http).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=UTF-8"));
    response
}

/// A parameter of the query.
pub fn query(query: &str, name: &str) -> Option<String> {
    url::form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}
