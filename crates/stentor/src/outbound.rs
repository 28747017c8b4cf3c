//! The one outgoing HTTP client: pooled, bounded, and honest about what it does not know.
//!
//! Called by `upstream::cloud_api`, the engine's notifier and the network process. It never repeats a request and never
//! follows a redirect; whoever called it decides what a [`Failure`] means.

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use http::{HeaderMap, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Either, Full};
use hyper::body::{Bytes, Frame, Incoming};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

mod address;
mod connector;

pub use address::is_public;
use connector::{Connector, Forbidden};

#[expect(clippy::disallowed_types, reason = "the one place that sends requests")]
type Client = hyper_util::client::legacy::Client<Connector, Either<Full<Bytes>, Body>>;

/// What bounds outgoing requests. Times are real time.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Whether loopback, private and other addresses that are not public may be connected to.
    pub allow_private: bool,
    /// Name, connection and TLS together.
    pub connect: Duration,
    /// From the request to the last byte of the answer.
    pub answer: Duration,
    /// An unused connection is closed after this: sooner than the other side would, so that none is found dead.
    pub idle: Duration,
    /// Requests under way at once; one more fails with [`Failure::PoolFull`].
    pub in_flight_max: usize,
    /// Bytes of an answer's body that are read; what lies beyond is dropped together with the connection.
    pub answer_bytes_max: usize,
    /// Certificate authorities trusted beside the system's: a PEM file.
    pub ca_file: Option<PathBuf>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            allow_private: false,
            connect: Duration::from_secs(5),
            answer: Duration::from_secs(30),
            idle: Duration::from_secs(20),
            in_flight_max: 1_024,
            answer_bytes_max: 64 * 1_024,
            ca_file: None,
        }
    }
}

/// An answer, whatever its status.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// The body, or its first [`Limits::answer_bytes_max`] bytes.
    pub body: Bytes,
}

impl Answer {
    /// `Retry-After` in seconds, where it is given as such.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        let seconds = self.headers.get(http::header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
        Some(Duration::from_secs(seconds))
    }
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The address is not public and only public ones may be used. Nothing was sent.
    #[error("the host's address is not public")]
    Forbidden,
    /// No connection: name, address, TLS or time-out. Nothing was sent.
    #[error("no connection")]
    Connect,
    /// The connection closed before a byte of the request was written. Nothing was sent.
    #[error("the connection closed before the request was written")]
    NeverWritten,
    /// Too many requests under way. Nothing was sent.
    #[error("all connections in use")]
    PoolFull,
    /// No (complete) answer in time. The request may have been taken.
    #[error("no answer in time")]
    Timeout,
    /// The connection broke, or spoke no HTTP. The request may have been taken.
    #[error("the connection broke before the answer")]
    Reset,
}

impl Failure {
    /// Whether the request surely never left.
    #[must_use]
    pub const fn is_never_sent(self) -> bool {
        matches!(self, Self::Forbidden | Self::Connect | Self::NeverWritten | Self::PoolFull)
    }
}

/// The certificate authorities cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{}: {source}", file.display())]
pub struct BadCaFile {
    file: PathBuf,
    source: std::io::Error,
}

/// The client; one for each set of limits.
#[derive(Debug)]
pub struct Outbound {
    client: Client,
    limits: Limits,
    in_flight: Arc<Semaphore>,
}

impl Outbound {
    /// A client with no connections yet.
    ///
    /// # Errors
    /// [`BadCaFile`], naming the file and what is wrong with it.
    pub fn new(limits: Limits) -> Result<Self, BadCaFile> {
        let read = |file: &Path| {
            connector::read_roots(file).map_err(|source| BadCaFile { file: file.to_owned(), source })
        };
        let roots = limits.ca_file.as_deref().map(read).transpose()?.unwrap_or_default();
        let connector = Connector::new(limits.allow_private, roots, limits.connect);
        #[expect(clippy::disallowed_types, reason = "the one place that sends requests")]
        let client = hyper_util::client::legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(limits.idle)
            .pool_max_idle_per_host(limits.in_flight_max)
            .retry_canceled_requests(false)
            .build(connector);
        Ok(Self { client, in_flight: Arc::new(Semaphore::new(limits.in_flight_max)), limits })
    }

    /// Posts `body` and reads the answer.
    ///
    /// # Errors
    /// [`Failure`]: whether it surely never left, or may have been taken.
    pub async fn post(
        &self,
        to: &Uri,
        headers: HeaderMap,
        body: impl Into<Bytes>,
    ) -> Result<Answer, Failure> {
        self.ask(Method::POST, to, headers, body).await
    }

    /// Sends a request whose body is read as it is sent; the answer's head within `within`, its body as it comes.
    ///
    /// # Errors
    /// As [`Outbound::post`].
    pub async fn flow(&self, request: Request<Body>, within: Duration) -> Result<Flow, Failure> {
        let place = Arc::clone(&self.in_flight).try_acquire_owned().map_err(|_| Failure::PoolFull)?;
        let asked = tokio::time::timeout(within, self.client.request(request.map(Either::Right)));
        let response = asked.await.map_err(|_| Failure::Timeout)?.map_err(|error| failure(&error))?;
        let (head, body) = response.into_parts();
        Ok(Flow { status: head.status, headers: head.headers, body, _place: place })
    }

    /// Sends one request and reads the answer.
    ///
    /// # Errors
    /// As [`Outbound::post`].
    pub async fn ask(
        &self,
        method: Method,
        to: &Uri,
        headers: HeaderMap,
        body: impl Into<Bytes>,
    ) -> Result<Answer, Failure> {
        let _permit = self.in_flight.try_acquire().map_err(|_| Failure::PoolFull)?;
        let mut request = Request::new(Either::Left(Full::new(body.into())));
        *request.method_mut() = method;
        *request.uri_mut() = to.clone();
        *request.headers_mut() = headers;
        let exchange = async {
            let response = self.client.request(request).await.map_err(|error| failure(&error))?;
            let (parts, body) = response.into_parts();
            let body = read(body, self.limits.answer_bytes_max).await?;
            Ok(Answer { status: parts.status, headers: parts.headers, body })
        };
        // Connecting has its own, shorter time-out: when this one strikes, something may have been written.
        let within = self.limits.answer.max(self.limits.connect + Duration::from_millis(100));
        tokio::time::timeout(within, exchange).await.unwrap_or(Err(Failure::Timeout))
    }
}

/// An answer whose body is read as it comes; its place among the requests under way is free once it is dropped.
#[derive(Debug)]
pub struct Flow {
    /// HTTP status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    body: Incoming,
    _place: OwnedSemaphorePermit,
}

impl Flow {
    /// The next bytes of the body; `None` at its end.
    pub async fn next(&mut self) -> Option<Result<Bytes, Failure>> {
        loop {
            match self.body.frame().await? {
                Ok(frame) => match frame.into_data() {
                    Ok(bytes) => return Some(Ok(bytes)),
                    Err(_) => continue,
                },
                Err(_) => return Some(Err(Failure::Reset)),
            }
        }
    }
}

impl hyper::body::Body for Flow {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }
}

async fn read(mut body: Incoming, bytes_max: usize) -> Result<Bytes, Failure> {
    let mut read = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Failure::Reset)?.into_data() else { continue };
        read.extend_from_slice(&data[..data.len().min(bytes_max - read.len())]);
        if read.len() == bytes_max {
            break;
        }
    }
    Ok(read.into())
}

fn failure(error: &hyper_util::client::legacy::Error) -> Failure {
    let mut cause = std::error::Error::source(error);
    let is_connect = error.is_connect();
    while let Some(this) = cause {
        if this.is::<Forbidden>() {
            return Failure::Forbidden;
        }
        // Canceled is only said of a request that was handed back unwritten.
        if !is_connect && this.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_canceled) {
            return Failure::NeverWritten;
        }
        cause = this.source();
    }
    if is_connect { Failure::Connect } else { Failure::Reset }
}

#[cfg(test)]
pub(crate) mod canned;
#[cfg(test)]
mod tests;
