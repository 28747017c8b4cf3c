//! The only place where things are wired. Opens the data folder, connects store, registry, network, upstream, movers and
//! edges, and ends them in order. Called by the commands `dev` and `serve`.

mod events;
mod keys;
mod limits;
mod media;
mod registry_upstream;
mod render;
mod resume;
mod upkeep;
mod watch;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};
use stentor_core::registry::{Character, UpstreamKind};
use stentor_simnet::{NetEvent, NetworkConfig, Pacing};
use stentor_store::{Store, StoreError};
use tokio::sync::mpsc;

use crate::api::{self, AppState, Front, Parts, Review, Serves, UpstreamWebhook};
use crate::clicks::Clicks;
use crate::clock::Clock;
use crate::config::Config;
use crate::disk::Disk;
use crate::engine::{self, Engine};
use crate::lifecycle::Lifecycle;
use crate::network::Local;
use crate::outbound::{BadCaFile, Outbound};
use crate::registry::Directory;
use crate::server;
use crate::upstream::Upstream;
use crate::upstream::cloud_api::{BadSettings, CloudApi, Settings};
use crate::upstream::simulated::Simulated;
use crate::wake::Wake;

/// What the program is opened with.
#[derive(Debug)]
pub struct Setup {
    /// The configuration.
    pub config: Config,
    /// The data folder.
    pub data_dir: PathBuf,
    /// What messages leave through; `None`: nothing yet, and nothing is sent.
    pub upstream: Option<UpstreamKind>,
    /// What new channels are until they are set.
    pub character: Character,
    /// How much faster time runs (1 to 3600); 1 with a real upstream.
    pub speed: f64,
    /// The admin key; `None`: one kept in the data folder's store.
    pub admin_key: Option<String>,
}

/// Why the program cannot be opened; each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The data folder.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// The upstream's settings.
    #[error("{0}")]
    Upstream(#[from] BadSettings),
    /// The media folder.
    #[error("the media folder {}: {source}; make it writable for this user", folder.display())]
    Media {
        /// Where.
        folder: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A certificate authority.
    #[error("{0}")]
    CaFile(#[from] BadCaFile),
    /// Another setting.
    #[error("{0}")]
    Config(String),
}

/// An open program: everything but the listeners.
#[derive(Debug)]
pub struct App {
    /// What the edges are handed.
    pub state: Arc<AppState>,
    /// The configuration it runs with.
    pub config: Config,
    /// Its data folder.
    pub data_dir: PathBuf,
    /// The admin key.
    pub admin_key: String,
    upstream: Arc<Upstream>,
    outbound: Arc<Outbound>,
    behind: Option<Behind>,
}

/// What runs beside the upstream, not yet connected.
#[derive(Debug)]
enum Behind {
    Network(Box<Inside>),
    Registry(CloudApi, mpsc::UnboundedReceiver<Review>),
}

/// The simulated network of this process.
#[derive(Debug)]
struct Inside {
    network: Local,
    upstream: Simulated,
    events: mpsc::Receiver<Vec<NetEvent>>,
    reviews: mpsc::UnboundedReceiver<Review>,
}

impl App {
    /// Opens the data folder and connects everything; nothing moves yet.
    ///
    /// # Errors
    /// [`OpenError`], one line with the fix.
    pub async fn open(setup: Setup) -> Result<Self, OpenError> {
        let Setup { config, data_dir, upstream, character, speed, admin_key } = setup;
        let store = Arc::new(open_store(&data_dir, &config, speed)?);
        let clock = Clock::system(store.last_seen().await?, speed);
        let directory = Arc::new(Directory::load(&store).await?);
        let admin_key = match admin_key {
            Some(key) => key,
            None => hex(&store.secret("admin_key", crate::clock::random()).await?),
        };
        let mut state = AppState::new(Parts {
            wamid_secret: store.secret("wamid", crate::clock::random()).await?,
            recipient_secret: store.secret("recipient", crate::clock::random()).await?,
            last_id: store.last_id().await?,
            directory: Arc::clone(&directory),
            clock: clock.clone(),
            wake: Arc::new(Wake::default()),
            lifecycle: Lifecycle::new(),
            admin_key_hash: Sha256::digest(admin_key.as_bytes()).into(),
            limits: limits::api(&config),
            store,
        });
        state.default_character = character;
        state.disk = Arc::new(Disk::new(data_dir.clone(), config.store.disk_free_mib_min));
        state.media = media::open(&data_dir, &config, &state.store).await?;
        state.cors_origins = limits::origins(&config.server.cors_origins)?;
        if !config.clicks.public_url.is_empty() {
            let key = state.store.secret("clicks", crate::clock::random()).await?;
            state.clicks = Some(Clicks::new(&config.clicks.public_url, key));
        }
        let (upstream, behind) = connect(&mut state, upstream, &config)?;
        let outbound = Arc::new(Outbound::new(limits::webhooks_outbound(&config))?);
        state.outbound = Some(Arc::clone(&outbound));
        Ok(Self {
            state: Arc::new(state),
            config,
            data_dir,
            admin_key,
            upstream: Arc::new(upstream),
            outbound,
            behind,
        })
    }

    /// Starts the movers and what runs beside the upstream.
    ///
    /// # Errors
    /// When the store cannot settle what an earlier process left.
    pub async fn start(&mut self) -> Result<(), StoreError> {
        let life = self.state.lifecycle.clone();
        let held = self.state.store.counts().await?.held;
        if held > 0 {
            tracing::warn!(
                messages.held = held,
                "the queue of the restored backup is held: `stentor restore --resume send|settle` says what becomes of it"
            );
        }
        Engine::start(self.engine_parts(), &life).await?;
        api::sync_messaging_limits(&self.state);
        upkeep::connect(&self.state, &life);
        watch::connect(&self.state, &life, Duration::from_secs(self.config.autopilot.check_secs));
        media::keep_up(&self.state, &life);
        api::webhooks::resume(&self.state);
        keys::keep_uses(&self.state);
        match self.behind.take() {
            None => {}
            Some(Behind::Registry(upstream, reviews)) => {
                registry_upstream::connect(upstream, reviews, &self.state, &life);
            }
            Some(Behind::Network(inside)) => {
                let Inside { network, upstream, events, reviews } = *inside;
                events::review(&network, reviews, &self.state, &life);
                events::connect(&network, events, &self.state, &life);
                let (state, messages_max) = (Arc::clone(&self.state), self.config.network.messages_max);
                life.start(async move {
                    if let Err(error) = resume::resume(&upstream, &state, messages_max).await {
                        tracing::error!(%error, "what the network had taken before the restart could not be put back");
                    }
                });
            }
        }
        Ok(())
    }

    fn engine_parts(&self) -> engine::Parts {
        engine::Parts {
            store: Arc::clone(&self.state.store),
            directory: Arc::clone(&self.state.directory),
            clock: self.state.clock.clone(),
            wake: Arc::clone(&self.state.wake),
            upstream: Arc::clone(&self.upstream),
            outbound: Arc::clone(&self.outbound),
            wamid_key: self.state.wamid_key.clone(),
            clicks: self.state.clicks.clone(),
            minds: Arc::clone(&self.state.minds),
            receipts: Arc::clone(&self.state.receipts),
            metrics: Arc::clone(&self.state.metrics),
            sends: limits::sends(&self.config, &self.state.clock),
            deliveries: limits::deliveries(&self.config),
        }
    }

    /// What is answered on one address.
    pub fn front(&self, serves: Serves) -> Front {
        api::front(&self.state, serves)
    }

    /// The limits of its listeners.
    #[must_use]
    pub fn listener_limits(&self) -> server::Limits {
        limits::listener(&self.config)
    }

    /// How many connections there may be with so many listeners: theirs, the upstream's and those of webhooks.
    #[must_use]
    pub fn connections_max(&self, listeners: usize) -> usize {
        let Config { server, upstream, webhooks, .. } = &self.config;
        server.connections_max * listeners + upstream.connections_max + webhooks.in_flight_max
    }

    /// Ends everything: nothing new, requests in flight finish and are booked, then the store closes. `false` when
    /// something had to be cut off.
    pub async fn finish(self) -> bool {
        let grace = Duration::from_secs(self.config.server.shutdown_grace_secs);
        let clean = self.state.lifecycle.finish(grace).await;
        self.state.store.close().await;
        clean
    }
}

/// The upstream, with what it needs of the state and the state of it.
fn connect(
    state: &mut AppState,
    kind: Option<UpstreamKind>,
    config: &Config,
) -> Result<(Upstream, Option<Behind>), OpenError> {
    match kind {
        None => Ok((Upstream::Absent, None)),
        Some(UpstreamKind::CloudApi) => {
            state.upstream_webhook = Some(UpstreamWebhook {
                app_secret: config.upstream.app_secret.clone(),
                verify_token: config.upstream.verify_token.clone(),
            });
            let (sender, reviews) = mpsc::unbounded_channel();
            state.reviews = Some(sender);
            let upstream = CloudApi::new(cloud_api(config))?;
            state.media.relay = Some(Arc::new(upstream.clone()));
            state.relay = Some(Arc::new(upstream.clone()));
            Ok((Upstream::CloudApi(upstream.clone()), Some(Behind::Registry(upstream, reviews))))
        }
        Some(UpstreamKind::Simulated) => {
            let (network, events) = Local::new(network_config(config), state.clock.clone());
            let (sender, reviews) = mpsc::unbounded_channel();
            state.network = Some(Arc::new(network.clone()));
            state.reviews = Some(sender);
            let upstream = Simulated::new(
                network.clone(),
                render::renderer(Arc::clone(&state.directory), state.clicks.clone()),
                Duration::from_secs(config.engine.send_timeout_secs),
                media::links(config, state.clock.clone())?,
            );
            let inside = Inside { network, upstream: upstream.clone(), events, reviews };
            Ok((Upstream::Simulated(upstream), Some(Behind::Network(Box::new(inside)))))
        }
    }
}

fn open_store(dir: &Path, config: &Config, speed: f64) -> Result<Store, StoreError> {
    Store::open(dir, limits::store(config, speed))
}

fn network_config(config: &Config) -> NetworkConfig {
    NetworkConfig {
        seed: config.network.seed,
        review_delay: Duration::from_millis(config.network.review_delay_ms),
        throughput_per_sec: config.network.throughput_per_sec,
        inbox_max: config.network.messages_max,
        pacing: pacing(config.network.pacing_first),
        is_paced_by_caller: true,
        ..NetworkConfig::default()
    }
}

/// The first messages of a new template go out, the rest waits for people's reaction; 0: all go out.
fn pacing(first: u32) -> Option<Pacing> {
    (first > 0).then_some(Pacing { first, decide_secs: 300 })
}

fn cloud_api(config: &Config) -> Settings {
    Settings {
        base_url: config.upstream.base_url.clone(),
        version: config.upstream.version.clone(),
        media_base_url: config.upstream.media_base_url.clone(),
        token: config.upstream.token.clone(),
        limits: limits::upstream_outbound(config),
    }
}

/// Lower-case hex.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
