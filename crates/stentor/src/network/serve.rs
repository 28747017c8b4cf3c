//! The network as a process of its own: listens, answers as Meta's Graph API and `/sim/*`, posts webhooks, keeps a
//! journal. Called by the command line and by tests; what it answers is decided in `graph` and `sim`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use axum::body::Body;
use http::{Request, Response, Uri};
use http_body_util::{BodyExt as _, Either, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use stentor_core::time::Timestamp;
use stentor_simnet::{NetworkConfig, Profile};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use super::graph::{Asked, Fate, Graph, Number, reply};
use super::journal::Journal;
use super::links::{Fetch, Links};
use super::local::Local;
use super::media;
use super::sim;
use super::socket::{Ending, Socket};
use super::webhooks::{Lanes, Webhooks};
use crate::clock::{Clock, pause, random};
use crate::lifecycle::Lifecycle;

const BODY_BYTES_MAX: usize = 1 << 20;
/// Connections at once; more wait in the system's backlog. Each lost reply holds one until its client gives up.
const CONNECTIONS_MAX: usize = 4_096;
/// How long requests in flight have once the process is told to stop.
const GRACE: Duration = Duration::from_secs(1);

/// What the network process is started with.
#[derive(Clone, Debug)]
pub struct Options {
    /// `127.0.0.1:0` takes a free port.
    pub listen: String,
    /// Seed, people, throughput and limits.
    pub config: NetworkConfig,
    /// Faults at first.
    pub profile: Profile,
    /// How much faster its time runs: 1 to 3600.
    pub speed: f64,
    /// Gets a line for every request that reached the network.
    pub journal: Option<PathBuf>,
    /// Where webhooks go at first.
    pub webhook: Option<String>,
    /// Which media given as a link are fetched.
    pub fetch_links: Fetch,
    /// Signs them; `None`: a fresh one.
    pub app_secret: Option<String>,
    /// The access token that is asked for; `None`: a fresh one.
    pub token: Option<String>,
    /// Account (WABA) id of every number that was not told another one.
    pub account_id: String,
    /// Display number of every number that was not told another one.
    pub display_phone_number: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8370".to_owned(),
            config: NetworkConfig { inbox_max: 20_000, ..NetworkConfig::default() },
            profile: Profile::default(),
            speed: 1.0,
            journal: None,
            webhook: None,
            fetch_links: Fetch::default(),
            app_secret: None,
            token: None,
            account_id: "102290129340398".to_owned(),
            display_phone_number: "15550783881".to_owned(),
        }
    }
}

/// What a client must know.
#[derive(Clone, Debug)]
pub struct Ready {
    /// `http://127.0.0.1:8370`
    pub url: String,
    /// Where it listens.
    pub address: SocketAddr,
    /// For `Authorization: Bearer`.
    pub token: String,
    /// Signs the webhooks.
    pub app_secret: String,
}

impl Ready {
    /// The one line for programs.
    #[must_use]
    pub fn to_json(&self) -> String {
        let Self { url, token, app_secret, .. } = self;
        serde_json::json!({"event": "ready", "url": url, "token": token, "app_secret": app_secret})
            .to_string()
    }
}

/// Why the network process cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address is taken or not ours.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// What was asked for.
        address: String,
        /// Why not.
        source: std::io::Error,
    },
    /// The journal cannot be written.
    #[error("the journal {}: {source}", file.display())]
    Journal {
        /// Which file.
        file: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// Links cannot be fetched.
    #[error("{0}")]
    Links(String),
    /// The webhook URL is none.
    #[error("the webhook URL {0:?} is none: give an http(s) URL with a host")]
    Webhook(String),
}

/// Serves until the lifecycle is told to stop; `ready` is called once requests are answered.
///
/// # Errors
/// [`ServeError`], before anything is served.
pub async fn serve(options: Options, life: &Lifecycle, ready: impl FnOnce(&Ready)) -> Result<(), ServeError> {
    let (facts, _) = start(options, life).await?;
    ready(&facts);
    life.stopping().await;
    Ok(())
}

/// Starts everything on `life` and comes back: what clients must know, and the network itself.
///
/// # Errors
/// As [`serve`].
pub async fn start(options: Options, life: &Lifecycle) -> Result<(Ready, Local), ServeError> {
    let listener = TcpListener::bind(&options.listen).await;
    let bound = listener.and_then(|listener| listener.local_addr().map(|address| (listener, address)));
    let (listener, address) =
        bound.map_err(|source| ServeError::Listen { address: options.listen.clone(), source })?;
    let journal = match options.journal {
        None => None,
        Some(file) => {
            Some(Journal::open(&file).await.map_err(|source| ServeError::Journal { file, source })?)
        }
    };
    let target = options.webhook.map(|url| target(&url).ok_or(ServeError::Webhook(url))).transpose()?;
    let fresh = || random::<16>().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let token = options.token.unwrap_or_else(fresh);
    let app_secret = options.app_secret.unwrap_or_else(fresh);
    let clock = Clock::system(Timestamp::from_millis(0), options.speed);
    let links = Links::new(options.fetch_links, false, clock.clone())
        .map_err(|error| ServeError::Links(error.to_string()))?;
    let (network, events) = Local::new(options.config, clock);
    network.set_profile(options.profile);
    let graph = Arc::new(Graph {
        network: network.clone(),
        webhooks: Webhooks::new(target, app_secret.clone()),
        authorization: format!("Bearer {token}"),
        journal,
        numbers: std::sync::RwLock::default(),
        default_number: Number { account: options.account_id, display: options.display_phone_number },
        templates: std::sync::RwLock::default(),
        media: media::Kept::default(),
        links,
        url: format!("http://{address}"),
        traces: AtomicU64::new(1),
    });
    life.start(network.clone().run(life.clone()));
    let (lanes, ends) = Lanes::new();
    let noting = Arc::clone(&graph);
    life.start(until_stopped(life, async move { lanes.fill(events, |event| noting.note(event)).await }));
    for lane in ends {
        let posting = Arc::clone(&graph);
        life.start(until_stopped(life, async move {
            let batch_max = || usize::from(posting.network.profile().batch_max);
            posting.webhooks.run(lane, &*posting, batch_max).await;
        }));
    }
    let writing = Arc::clone(&graph);
    life.start(until_stopped(life, async move {
        if let Some(journal) = &writing.journal {
            journal.run().await;
        }
    }));
    life.start(accept(listener, graph, life.clone()));
    Ok((Ready { url: format!("http://{address}"), address, token, app_secret }, network))
}

fn target(url: &str) -> Option<Uri> {
    url.parse().ok().filter(|uri: &Uri| uri.host().is_some())
}

fn until_stopped(
    life: &Lifecycle,
    task: impl Future<Output = ()> + Send + 'static,
) -> impl Future<Output = ()> + Send + 'static {
    let life = life.clone();
    async move {
        tokio::select! {
            () = life.stopping() => {}
            () = task => {}
        }
    }
}

async fn accept(listener: TcpListener, graph: Arc<Graph>, life: Lifecycle) {
    let connections = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let next = async {
            let permit = Arc::clone(&connections).acquire_owned().await;
            listener.accept().await.map(|(stream, _)| (stream, permit))
        };
        let accepted = tokio::select! {
            () = life.stopping() => return,
            accepted = next => accepted,
        };
        match accepted {
            Ok((stream, permit)) => {
                let _ = stream.set_nodelay(true);
                let serving = connection(stream, Arc::clone(&graph), life.clone());
                life.start(async move {
                    serving.await;
                    drop(permit);
                });
            }
            // Out of file descriptors, or reset before it was accepted: passing.
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                pause(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn connection(stream: TcpStream, graph: Arc<Graph>, life: Lifecycle) {
    let ending = Ending::default();
    let socket = Socket::new(stream, ending.clone());
    let service = service_fn(move |request| {
        let (graph, ending) = (Arc::clone(&graph), ending.clone());
        async move { answer(&graph, &ending, request).await }
    });
    let connection = http1::Builder::new().pipeline_flush(true).serve_connection(socket, service);
    tokio::pin!(connection);
    // How it ended is the client's affair: many end badly on purpose.
    tokio::select! {
        _ = &mut connection => {}
        () = life.stopping() => {
            connection.as_mut().graceful_shutdown();
            let _ = tokio::time::timeout(GRACE, connection).await;
        }
    }
}

/// The connection is to end without an answer.
#[derive(Debug, thiserror::Error)]
#[error("reset")]
struct Reset;

async fn answer(
    graph: &Graph,
    ending: &Ending,
    request: Request<Incoming>,
) -> Result<Response<Either<Full<Bytes>, Body>>, Reset> {
    if media::is_about(&request) {
        return Ok(match media::answer(graph, &graph.url, request).await {
            Either::Left(json) => json.map(Either::Left),
            Either::Right(file) => file.map(Either::Right),
        });
    }
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, BODY_BYTES_MAX).collect().await else {
        let too_large = reply(413, r#"{"error":"the body is too large or broke off"}"#.to_owned());
        return Ok(too_large.map(Either::Left));
    };
    let body = body.to_bytes();
    let asked = Asked {
        method: &head.method,
        path: head.uri.path().trim_matches('/'),
        query: head.uri.query().unwrap_or_default(),
        headers: &head.headers,
        body: &body,
    };
    let fate = match asked.path.split('/').next() {
        Some("sim") => Fate::Answer(sim::answer(graph, asked).await),
        Some("healthz") => Fate::Answer(reply(200, "{}".to_owned())),
        _ => graph.answer(asked).await,
    };
    match fate {
        Fate::Answer(response) => Ok(response.map(Either::Left)),
        // Ends when the client gives up and closes.
        Fate::Lost => std::future::pending().await,
        Fate::Reset => {
            ending.reset();
            Err(Reset)
        }
    }
}
