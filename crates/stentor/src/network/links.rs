//! Media given as a link: fetched by the simulated network, as Meta fetches them, and forgotten again but for what they
//! were. Nothing leaves this machine unless the configuration says so. Asked by the simulated upstream and by the network
//! process, before a message is taken.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use http::header::{CONTENT_TYPE, USER_AGENT};
use http::{HeaderValue, Method, Request, Uri};
use stentor_core::media::{self, HEAD_BYTES, MediaKind};
use stentor_core::time::Timestamp;
use stentor_wire::send::{MediaSource, MediaType, parse_send};

use crate::clock::Clock;
use crate::outbound::{BadCaFile, Failure, Flow, Limits, Outbound};

/// A URL is fetched once in this time.
const CACHED: Duration = Duration::from_mins(10);
/// One that could not be fetched is tried again sooner.
const CACHED_FAILURE: Duration = Duration::from_secs(10);
/// URLs remembered.
const URLS_MAX: usize = 10_000;
/// Time for a host to answer, and for all of its file.
const HEAD_WITHIN: Duration = Duration::from_secs(10);
const ALL_WITHIN: Duration = Duration::from_secs(20);
/// Where templates' samples are shown: Meta's own fetcher gets 403 there.
const SAMPLES: &str = "scontent.whatsapp.net";

/// Which links are fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Fetch {
    /// Those on this machine; every other one is taken as fetched, but for names under `.invalid` (RFC 2606).
    #[default]
    Loopback,
    /// Every one, by the rules of outgoing requests.
    All,
    /// None: every one is taken as fetched.
    Nothing,
}

impl Fetch {
    /// The configuration's word; its range is checked there.
    #[must_use]
    pub fn parse(word: &str) -> Self {
        match word {
            "all" => Self::All,
            "none" => Self::Nothing,
            _ => Self::Loopback,
        }
    }
}

/// What became of a link: why it could not be fetched, in Meta's words.
type Fetched = Result<(), String>;

/// One URL's latest outcome; whoever asks while it is fetched waits for it.
type Known = Arc<tokio::sync::Mutex<Option<(Timestamp, Fetched)>>>;

/// The fetcher.
#[derive(Debug)]
pub struct Links {
    fetch: Fetch,
    outbound: Outbound,
    clock: Clock,
    known: Mutex<HashMap<(MediaKind, String), Known>>,
}

impl Links {
    /// A fetcher that remembers nothing yet. `allow_private`: with [`Fetch::All`], whether private addresses may be asked.
    ///
    /// # Errors
    /// Never in fact: no certificate file is given.
    pub fn new(fetch: Fetch, allow_private: bool, clock: Clock) -> Result<Self, BadCaFile> {
        let limits = Limits {
            allow_private: allow_private || fetch == Fetch::Loopback,
            in_flight_max: 64,
            ..Limits::default()
        };
        Ok(Self { fetch, outbound: Outbound::new(limits)?, clock, known: Mutex::default() })
    }

    /// Fetches every link of a send; why the first one that cannot be fetched cannot, as `error_data.details` of 131053.
    pub async fn unfetched(&self, payload: &[u8]) -> Option<String> {
        // Most messages have no link: nothing is read twice for them.
        if self.fetch == Fetch::Nothing || !payload.windows(6).any(|word| word == b"\"link\"") {
            return None;
        }
        let request = parse_send(payload).ok()?.value;
        for medium in request.media() {
            if let MediaSource::Link(link) = medium.source
                && let Err(why) = self.one(kind(medium.kind), link).await
            {
                return Some(why);
            }
        }
        None
    }

    async fn one(&self, kind: MediaKind, link: &str) -> Fetched {
        let uri: Uri = link.trim().parse().map_err(|_| format!("{link} is no URL"))?;
        let host = uri.host().ok_or_else(|| format!("{link} has no host"))?.to_ascii_lowercase();
        if host == SAMPLES {
            return Err(failed(&host, "http code 403, status message Forbidden"));
        }
        if self.fetch == Fetch::Loopback && !is_here(&host) {
            return match host == "invalid" || host.ends_with(".invalid") {
                true => Err(failed(&host, "no such host")),
                false => Ok(()),
            };
        }
        let known = self.known(kind, link);
        let mut known = known.lock().await;
        let now = self.clock.now();
        if let Some((at, outcome)) = &*known
            && now < *at + if outcome.is_ok() { CACHED } else { CACHED_FAILURE }
        {
            return outcome.clone();
        }
        let outcome = tokio::time::timeout(ALL_WITHIN, self.get(kind, &host, uri)).await;
        let outcome = outcome.unwrap_or_else(|_| Err(failed(&host, "no whole file in time")));
        *known = Some((now, outcome.clone()));
        outcome
    }

    fn known(&self, kind: MediaKind, link: &str) -> Known {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= URLS_MAX {
            known.clear();
        }
        Arc::clone(known.entry((kind, link.to_owned())).or_default())
    }

    /// Reads the file to its end and keeps nothing of it.
    async fn get(&self, kind: MediaKind, host: &str, uri: Uri) -> Fetched {
        let mut request = Request::new(Body::empty());
        (*request.method_mut(), *request.uri_mut()) = (Method::GET, uri);
        request.headers_mut().insert(USER_AGENT, HeaderValue::from_static("stentor"));
        let asked = self.outbound.flow(request, HEAD_WITHIN).await;
        let mut answer = asked.map_err(|failure| failed(host, trouble(failure)))?;
        if answer.status != http::StatusCode::OK {
            let words = answer.status.canonical_reason().unwrap_or("unknown");
            let code = format!("http code {}, status message {words}", answer.status.as_u16());
            return Err(failed(host, &code));
        }
        let declared = answer.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let declared = media::bare(declared.unwrap_or("application/octet-stream"));
        if !kind.takes(&declared) {
            return Err(format!("Unsupported {} type {declared}, from {host}", kind.as_str()));
        }
        let (head, size) = read(&mut answer, kind.bytes_max()).await.map_err(|failure| match failure {
            None => format!(
                "Media file size too big, from {host}: a {} has at most {} bytes",
                kind.as_str(),
                kind.bytes_max()
            ),
            Some(failure) => failed(host, trouble(failure)),
        })?;
        match media::judge(&declared, &head, size) {
            // A document may be of any type.
            Err(media::Unfit::Type { .. }) if size > 0 => Ok(()),
            Err(unfit) => Err(format!("{unfit}, from {host}")),
            Ok(_) => Ok(()),
        }
    }
}

/// The head and the size of a body. `None`: over `max`.
async fn read(answer: &mut Flow, max: u64) -> Result<(Vec<u8>, u64), Option<Failure>> {
    let (mut head, mut size) = (Vec::new(), 0);
    while let Some(bytes) = answer.next().await {
        let bytes = bytes.map_err(Some)?;
        head.extend_from_slice(&bytes[..bytes.len().min(HEAD_BYTES - head.len())]);
        size += bytes.len() as u64;
        if size > max {
            return Err(None);
        }
    }
    Ok((head, size))
}

fn failed(host: &str, how: &str) -> String {
    format!("Downloading media from weblink failed with {how} ({host})")
}

const fn trouble(failure: Failure) -> &'static str {
    match failure {
        Failure::Forbidden => "an address that is not public",
        Failure::Connect | Failure::NeverWritten => "no connection to the host",
        Failure::PoolFull => "too many downloads at once",
        Failure::Timeout => "no answer in time",
        Failure::Reset => "a connection that broke",
    }
}

/// Whether the host is this machine, whatever a resolver says.
fn is_here(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

const fn kind(of: MediaType) -> MediaKind {
    match of {
        MediaType::Image => MediaKind::Image,
        MediaType::Audio => MediaKind::Audio,
        MediaType::Video | MediaType::Gif => MediaKind::Video,
        MediaType::Document => MediaKind::Document,
        MediaType::Sticker => MediaKind::Sticker,
    }
}

#[cfg(test)]
mod tests;
