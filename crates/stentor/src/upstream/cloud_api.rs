//! The connector to Meta's Graph API, or to anything that speaks it: one POST for each send, never repeated here.
//! The customer's payload goes as it is, but for what only we understand and our mark in place of the customer's own.
//! What an answer means is said as an [`Outcome`]; anything that cannot be read as a refusal may have been taken.

mod media;
mod templates;

use std::sync::Arc;
use std::time::Duration;

use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, Method, StatusCode, Uri};
use serde::Deserialize;
use serde_json::{Value, json};
use stentor_core::outcome::{Ambiguous, NotSent, Outcome};
use stentor_core::route::Route;
use stentor_wire::reader::{Fields, tree};

use super::departure::{Departure, Reference};
use crate::outbound::{Answer, BadCaFile, Failure, Limits, Outbound};
use crate::receipt::Receipt;
use crate::relay::{Asking, Relay};

pub use templates::{Listed, Listing, Standing, Trouble};

/// Where and how to reach the API.
#[derive(Clone)]
pub struct Settings {
    /// `https://graph.facebook.com`, without a slash at the end.
    pub base_url: String,
    /// `v23.0`
    pub version: String,
    /// Where media are downloaded from; empty: Meta's own host with Meta's own API, else the base URL.
    pub media_base_url: String,
    /// The access token.
    pub token: String,
    /// Time-outs and the pool. Private addresses are always allowed: the operator named the base URL.
    pub limits: Limits,
}

/// The settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadSettings {
    /// The base URL is none.
    #[error("upstream.base_url {0:?}: give an http(s) URL with a host, such as https://graph.facebook.com")]
    BaseUrl(String),
    /// The token cannot stand in a header.
    #[error("upstream.token: holds a character that no HTTP header may carry")]
    Token,
    /// The certificate authorities cannot be read.
    #[error("upstream.ca_file: {0}")]
    CaFile(#[from] BadCaFile),
}

/// The connector; clones share its connections.
#[derive(Clone, Debug)]
pub struct CloudApi {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    outbound: Outbound,
    /// `{base}/{version}`
    root: String,
    /// Where media are downloaded from.
    media_root: String,
    headers: HeaderMap,
}

impl CloudApi {
    /// A connector without connections.
    ///
    /// # Errors
    /// [`BadSettings`], naming the setting and the fix.
    pub fn new(settings: Settings) -> Result<Self, BadSettings> {
        let base = settings.base_url.trim_end_matches('/');
        let is_http = |uri: &Uri| uri.host().is_some() && matches!(uri.scheme_str(), Some("http" | "https"));
        if !base.parse().is_ok_and(|uri: Uri| is_http(&uri)) {
            return Err(BadSettings::BaseUrl(settings.base_url));
        }
        let mut token = HeaderValue::try_from(format!("Bearer {}", settings.token.trim()))
            .map_err(|_| BadSettings::Token)?;
        token.set_sensitive(true);
        let headers = HeaderMap::from_iter([
            (AUTHORIZATION, token),
            (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        ]);
        let outbound = Outbound::new(Limits { allow_private: true, ..settings.limits })?;
        let root = format!("{base}/{}", settings.version);
        let media_root = media::media_root(base, &settings.media_base_url);
        Ok(Self { inner: Arc::new(Inner { outbound, root, media_root, headers }) })
    }

    /// Sends one message; see [`super::Upstream::send`].
    pub async fn send(&self, departure: Departure) -> Outcome {
        let Some((to, body)) = self.request(&departure) else {
            // Checked when it was accepted, so this is a message of our own making; it never leaves.
            let details = "the stored payload is no JSON object".to_owned();
            return Outcome::Refused { code: 100, http: 400, details, retry_after: None };
        };
        match self.inner.outbound.post(&to, self.inner.headers.clone(), body).await {
            Ok(answer) => outcome(&answer),
            Err(failure) => without_answer(failure),
        }
    }

    /// Tells that a person's message was read; see [`super::Upstream::read`].
    pub async fn read(&self, receipt: &Receipt) -> Outcome {
        let Ok(to) = format!("{}/{}/messages", self.inner.root, receipt.channel.id).parse::<Uri>() else {
            return Outcome::NotSent { why: NotSent::Connect };
        };
        let typing = receipt.typing.then(|| json!({"type": "text"}));
        let mut body =
            json!({"messaging_product": "whatsapp", "status": "read", "message_id": receipt.message_id});
        if let Some(typing) = typing {
            body["typing_indicator"] = typing;
        }
        match self.inner.outbound.post(&to, self.inner.headers.clone(), body.to_string().into_bytes()).await {
            Ok(answer) if answer.status.is_success() => {
                Outcome::Taken { upstream_id: receipt.message_id.clone(), held: false }
            }
            Ok(answer) => outcome(&answer),
            Err(failure) => without_answer(failure),
        }
    }

    /// Where it goes and what goes there.
    fn request(&self, departure: &Departure) -> Option<(Uri, Vec<u8>)> {
        let endpoint = match departure.route {
            Route::Classic => "messages",
            Route::Optimised => "marketing_messages",
        };
        let to = format!("{}/{}/{endpoint}", self.inner.root, departure.channel.id).parse().ok()?;
        Some((to, body(departure)?))
    }
}

impl Relay for CloudApi {
    fn ask(&self, method: Method, path: String, body: String) -> Asking<'_> {
        Box::pin(async move { CloudApi::ask(self, method, &path, body).await })
    }
}

/// Extensions of ours: no upstream knows them.
const OURS: &str = "message_send_ttl_seconds";
/// Known on the optimised route only; the classic one refuses what it does not know.
const OPTIMISED_ONLY: [&str; 3] = ["product_policy", SHARING, "bid_spec"];
const SHARING: &str = "message_activity_sharing";
const MARK: &str = "biz_opaque_callback_data";

fn body(departure: &Departure) -> Option<Vec<u8>> {
    let mut root: Fields<'_> = serde_json::from_slice(&departure.payload).ok()?;
    root.names().next()?;
    root.remove(OURS);
    // Also where it is not named: of what is given twice here or above, the one that was validated leaves.
    change(&mut root, "template", |template| template.remove(OURS));
    if let Some(reference) = &departure.reference {
        refer(&mut root, reference);
    }
    match departure.route {
        // Said always: where the customer's request was silent, our account's default has decided, not the upstream's.
        Route::Optimised => root.set(SHARING, &departure.sharing),
        Route::Classic => {
            for field in OPTIMISED_ONLY {
                root.remove(field);
            }
        }
    }
    match departure.mark() {
        Some(mark) => root.set(MARK, &mark),
        None => root.remove(MARK),
    }
    serde_json::to_vec(&root).ok()
}

/// Changes an object within; what is none (null is as good as absent) stays as it is.
fn change(root: &mut Fields<'_>, name: &'static str, how: impl FnOnce(&mut Fields<'_>)) {
    let Some(text) = root.get(name).filter(|text| text.starts_with('{')).map(str::to_owned) else { return };
    let mut own = Fields::of(&text);
    how(&mut own);
    root.set(name, &own);
}

/// The upstream's name for a message, in place of ours. A quote of what it has no id of is left out, as an app shows a
/// reply to a message that is gone; a reaction to nothing is the upstream's to refuse.
fn refer(root: &mut Fields<'_>, reference: &Reference) {
    let Some(theirs) = &reference.theirs else {
        root.remove("context");
        return;
    };
    for object in ["context", "reaction"] {
        change(root, object, |own| {
            if own.text("message_id").as_deref() == Some(reference.given.as_str()) {
                own.set("message_id", theirs.as_str());
            }
        });
    }
}

#[derive(Deserialize)]
struct Taken {
    messages: [TakenMessage; 1],
}

#[derive(Deserialize)]
struct TakenMessage {
    id: String,
    message_status: Option<String>,
}

/// Meta's error, bare or as the marketing service wraps it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Refused {
    Bare { error: MetaError },
    Wrapped { detail: Wrapped },
}

#[derive(Deserialize)]
struct Wrapped {
    error: MetaError,
}

#[derive(Deserialize)]
struct MetaError {
    code: u32,
    error_subcode: Option<u32>,
    #[serde(default)]
    message: String,
    #[serde(default)]
    is_transient: bool,
    /// An object with `details`, or something else on management calls.
    error_data: Option<Value>,
}

impl MetaError {
    fn details(&self) -> String {
        let details = self.error_data.as_ref().and_then(|data| data.get("details")?.as_str());
        details.unwrap_or(&self.message).to_owned()
    }
}

/// What HTTP 429 without a code of Meta's is booked as.
const RATE_LIMIT: u32 = 130_429;

fn outcome(answer: &Answer) -> Outcome {
    let http = answer.status.as_u16();
    if answer.status.is_success() {
        return match serde_json::from_slice::<Taken>(&answer.body) {
            Ok(Taken { messages: [TakenMessage { id, message_status }] }) if !id.is_empty() => {
                let held = message_status.as_deref() == Some("held_for_quality_assessment");
                Outcome::Taken { upstream_id: id, held }
            }
            _ => Outcome::Ambiguous { why: Ambiguous::Unreadable },
        };
    }
    match tree(&answer.body).and_then(serde_json::from_value) {
        Ok(Refused::Bare { error } | Refused::Wrapped { detail: Wrapped { error } }) => {
            let details = error.details();
            Outcome::Refused { code: error.code, http, details, retry_after: answer.retry_after() }
        }
        // Too many requests: refused before anything was looked at, whoever said so.
        Err(_) if answer.status == StatusCode::TOO_MANY_REQUESTS => Outcome::Refused {
            code: RATE_LIMIT,
            http,
            details: "too many requests (HTTP 429 without an error body)".to_owned(),
            retry_after: answer.retry_after(),
        },
        Err(_) if answer.status.is_server_error() => Outcome::Ambiguous {
            why: match answer.retry_after() {
                Some(retry_after) => Ambiguous::Busy { retry_after },
                None => Ambiguous::ServerError,
            },
        },
        Err(_) => Outcome::Ambiguous { why: Ambiguous::Unreadable },
    }
}

const fn without_answer(failure: Failure) -> Outcome {
    match failure {
        Failure::Forbidden | Failure::Connect => Outcome::NotSent { why: NotSent::Connect },
        Failure::NeverWritten => Outcome::NotSent { why: NotSent::NeverWritten },
        Failure::PoolFull => Outcome::NotSent { why: NotSent::PoolFull },
        Failure::Timeout => Outcome::Ambiguous { why: Ambiguous::Timeout },
        Failure::Reset => Outcome::Ambiguous { why: Ambiguous::Reset },
    }
}

/// How long a send may take, unless the configuration says otherwise.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests;
