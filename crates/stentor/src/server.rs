//! Listening: TCP (and TLS) connections with limits, served by one service, ended cleanly.
//! Knows nothing of what the service does; started by `app` only.

pub mod holder;
mod leftover;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tower::{Service, ServiceExt as _};

use crate::clock::instant;
use crate::lifecycle::Lifecycle;

/// The limits of one listener.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at the same time; more wait in the system's backlog.
    pub connections_max: usize,
    /// Time for a request's head to arrive.
    pub header_timeout: Duration,
    /// Bytes of a request's head.
    pub header_bytes_max: usize,
    /// A connection older than this closes with its next answer.
    pub connection_time: Duration,
    /// Time for requests in flight to finish after the stop.
    pub grace: Duration,
}

/// How long a client may go on sending what nobody reads before its connection closes.
const LINGER: Duration = Duration::from_secs(5);

/// Put into a response's extensions to close the connection without an answer: the outcome is not known, and any
/// status would be a promise.
#[derive(Clone, Copy, Debug)]
pub struct NoAnswer;

/// An address that cannot be listened on, in one line with the fix.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Another process has it.
    #[error("{address} is in use{}: stop it, or give another address (port 0 takes a free one)", by(holder))]
    InUse {
        /// What was asked for.
        address: String,
        /// Who has it, if that can be seen.
        holder: Option<String>,
    },
    /// It is no address, or not ours.
    #[error("cannot listen on {address}: {source}")]
    Unusable {
        /// What was asked for.
        address: String,
        /// Why not.
        source: std::io::Error,
    },
}

fn by(holder: &Option<String>) -> String {
    holder.as_ref().map(|who| format!(" by {who}")).unwrap_or_default()
}

/// Binds an address, also right after another process left it.
///
/// # Errors
/// [`BindError`]: who holds it, or what is wrong with it.
pub async fn bind(address: &str) -> Result<TcpListener, BindError> {
    TcpListener::bind(address).await.map_err(|source| {
        let address = address.to_owned();
        if source.kind() == std::io::ErrorKind::AddrInUse {
            let port = address.rsplit(':').next().and_then(|port| port.parse().ok());
            BindError::InUse { holder: port.and_then(holder::of_port), address }
        } else {
            BindError::Unusable { address, source }
        }
    })
}

/// What answers requests, such as a router of axum's.
pub trait Answers:
    Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + 'static
{
}

impl<S> Answers for S where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + 'static
{
}

/// Serves on `listener` until the lifecycle stops; requests in flight then have [`Limits::grace`].
pub async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    answers: impl Answers,
    limits: Limits,
    life: Lifecycle,
) {
    let connections = Arc::new(Semaphore::new(limits.connections_max));
    let graceful = GracefulShutdown::new();
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_timeout)
        .max_buf_size(limits.header_bytes_max.max(8_192));
    loop {
        let (permit, stream, peer) = tokio::select! {
            () = life.stopping() => break,
            accepted = accept(&listener, &connections) => match accepted {
                Some(accepted) => accepted,
                None => continue,
            },
        };
        let (answers, builder, tls, watcher) =
            (answers.clone(), builder.clone(), tls.clone(), graceful.watcher());
        life.start(async move {
            let closes = instant() + limits.connection_time;
            let service = service_fn(move |request| answer(answers.clone(), request, peer, closes));
            let ended = match tls {
                None => watcher.watch(builder.serve_connection(TokioIo::new(stream), service)).await,
                Some(tls) => match handshake(tls, stream, limits.header_timeout).await {
                    Some(stream) => {
                        watcher.watch(builder.serve_connection(TokioIo::new(stream), service)).await
                    }
                    None => Ok(()),
                },
            };
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(permit);
        });
    }
    drop(listener);
    tokio::select! {
        () = graceful.shutdown() => {}
        () = crate::clock::pause(limits.grace) => tracing::warn!("requests still in flight after the grace period were cut off"),
    }
}

type Accepted = (tokio::sync::OwnedSemaphorePermit, TcpStream, SocketAddr);

/// The next connection that fits the limit; `None` after a passing error (out of file descriptors, reset early).
async fn accept(listener: &TcpListener, connections: &Arc<Semaphore>) -> Option<Accepted> {
    let permit = Arc::clone(connections).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => {
            let _ = stream.set_nodelay(true);
            Some((permit, stream, peer))
        }
        Err(error) => {
            tracing::warn!(%error, "a connection could not be accepted");
            crate::clock::pause(Duration::from_millis(50)).await;
            None
        }
    }
}

async fn handshake(
    tls: TlsAcceptor,
    stream: TcpStream,
    limit: Duration,
) -> Option<tokio_rustls::server::TlsStream<TcpStream>> {
    tokio::select! {
        done = tls.accept(stream) => done.ok(),
        () = crate::clock::pause(limit) => None,
    }
}

async fn answer(
    answers: impl Answers,
    request: hyper::Request<hyper::body::Incoming>,
    peer: SocketAddr,
    closes: std::time::Instant,
) -> Result<Response, std::io::Error> {
    let waits_for_leave = request.headers().contains_key(http::header::EXPECT);
    let (head, body) = request.into_parts();
    let (body, leftover) = leftover::watch(body);
    let mut request = Request::from_parts(head, Body::new(body));
    request.extensions_mut().insert(axum::extract::ConnectInfo(peer));
    let mut response = match answers.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    if response.extensions().get::<NoAnswer>().is_some() {
        return Err(std::io::Error::other("the outcome of a commit is unknown: closed without an answer"));
    }
    if let Some(leftover) = leftover
        && !waits_for_leave
        && response.status() != http::StatusCode::REQUEST_TIMEOUT
    {
        leftover.discard(LINGER).await;
    }
    if instant() >= closes {
        response.headers_mut().insert(http::header::CONNECTION, http::HeaderValue::from_static("close"));
    }
    Ok(response)
}
