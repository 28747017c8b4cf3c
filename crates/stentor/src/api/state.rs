//! What every handler is handed: the store, the registry, the clock, and the few things that live in memory only.
//! Made by `app` (and by tests) once; shared behind one `Arc`.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::HeaderValue;
use stentor_core::id::{IdGenerator, MessageId};
use stentor_core::registry::{Character, Document, DocumentKind, Template};
use stentor_core::template::Rules;
use stentor_core::time::Timestamp;
use stentor_core::wamid::WamidKey;
use stentor_store::{Audit, RegistryChange, Store, StoreError};
use tokio::sync::{mpsc, oneshot};

use super::autopilot::Autopilot;
use super::limiter::Limiter;
use super::media::Desk;
use super::once::InFlight;
use super::pacing::Pacer;
use crate::clicks::Clicks;
use crate::clock::{Clock, Dice};
use crate::disk::Disk;
use crate::lifecycle::Lifecycle;
use crate::minds::Minds;
use crate::outbound::Outbound;
use crate::receipt::Receipts;
use crate::registry::{Caller, Directory, Plan, Snapshot};
use crate::relay::Relay;
use crate::sim::SimControl;
use crate::telemetry::Metrics;
use crate::wake::Wake;

/// The largest numbers the API takes.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of a request body; more is answered with 413. 1 MiB at first.
    pub body_bytes_max: usize,
    /// The same for what the upstream posts to `/upstream/webhook`. 3 MiB at first: Meta posts up to 3 MB.
    pub upstream_body_bytes_max: usize,
    /// Time for a request's body to arrive, in real time; then 408 and the connection closes. 30 s at first.
    pub body_timeout: Duration,
    /// Whether webhook URLs may be `http://`, carry a port or underscore, or name a private host.
    pub allow_private_webhooks: bool,
    /// How long a twin's WABA webhook takes to take effect. 15 s at first, as at 360dialog.
    pub waba_webhook_delay: Duration,
    /// When the autopilot holds a template.
    pub autopilot: Rules,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes_max: 1 << 20,
            upstream_body_bytes_max: 3 << 20,
            body_timeout: Duration::from_secs(30),
            allow_private_webhooks: false,
            waba_webhook_delay: Duration::from_secs(15),
            autopilot: Rules::default(),
        }
    }
}

/// What template reviewers (the network's) are asked; whoever listens answers through `verdicts::reviewed`.
#[derive(Clone, Debug)]
pub enum Review {
    /// A template is PENDING and waits for a verdict.
    Submit(Arc<Template>),
    /// A template is gone: no verdict is wanted any more.
    Withdraw(Arc<Template>),
    /// A template's pause ended here, and it was told of: nothing is to be answered.
    Unpause(Arc<Template>),
    /// Something of a template changed that is not reviewed (its TTL): nothing is to be answered.
    Change(Arc<Template>),
    /// A template was put away, or back: nothing is to be answered.
    Archive(Arc<Template>),
    /// Messages of a template are held until its quality is known.
    Assess(Arc<Template>),
    /// How a template fares as it is kept here: scored, paused or stopped by a hand, or by an earlier process.
    Know(Arc<Template>),
}

/// What a Meta-shaped upstream must prove, and what we answer to its handshake.
#[derive(Clone, Debug)]
pub struct UpstreamWebhook {
    /// Signs what comes to `/upstream/webhook`.
    pub app_secret: String,
    /// `hub.verify_token` of the handshake.
    pub verify_token: String,
}

/// The API's state. Every field is set by `app`; [`AppState::new`] fills what has one sensible start.
pub struct AppState {
    /// The truth.
    pub store: Arc<Store>,
    /// The registry.
    pub directory: Arc<Directory>,
    /// Time.
    pub clock: Clock,
    /// Hints to the movers.
    pub wake: Arc<Wake>,
    /// Runs writes to their end although the client has gone.
    pub lifecycle: Lifecycle,
    /// Names messages.
    pub wamid_key: WamidKey,
    /// Files people.
    pub recipient_key: [u8; 16],
    /// Numbers messages.
    pub ids: Mutex<IdGenerator>,
    /// For ids of what is rarely made (accounts, templates, endpoints).
    pub dice: Mutex<Dice>,
    /// Limits.
    pub limits: Limits,
    /// SHA-256 of the admin key.
    pub admin_key_hash: [u8; 32],
    /// What new channels are until they are set: twins in `dev`, gateways in `serve`.
    pub default_character: Character,
    /// The simulated network of this process, if there is one: then `/sim/*` exists.
    pub network: Option<Arc<dyn SimControl>>,
    /// Where new templates go for review; `None`: nobody reviews, templates stay PENDING until moved by hand.
    pub reviews: Option<mpsc::UnboundedSender<Review>>,
    /// Whose pages may call the customer API from a browser; empty: nobody's.
    pub cors_origins: Vec<HeaderValue>,
    /// Set when a cloud_api upstream sends its webhooks here.
    pub upstream_webhook: Option<UpstreamWebhook>,
    /// What the business has read, on its way to the upstream.
    pub receipts: Arc<Receipts>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Twins' throughput and pair buckets.
    pub limiter: Limiter,
    /// Messages of templates that are paced.
    pub pacer: Pacer,
    /// What is thought of templates.
    pub autopilot: Autopilot,
    /// The data folder's disk.
    pub disk: Arc<Disk>,
    /// When this process began, for its uptime.
    pub started: std::time::Instant,
    /// The real upstream's management paths, where there is one.
    pub relay: Option<Arc<dyn Relay>>,
    /// For what a request makes us ask elsewhere: the handshake with a callback URL. `None`: nothing is asked.
    pub outbound: Option<Arc<Outbound>>,
    /// Media: their folder, their limits, and the upstream that keeps them, if one does.
    pub media: Desk,
    /// Passwords that are being checked at a time: each takes 19 MiB and a while.
    pub password_checks: tokio::sync::Semaphore,
    /// What is learnt of people, and what is to be expected of channels.
    pub minds: Arc<Minds>,
    /// Where links that are followed through us come by; `None`: none is.
    pub clicks: Option<Clicks>,
    /// `Idempotency-Key`s whose first request is still being answered.
    pub in_flight: InFlight,
}

/// What a state cannot do without.
#[derive(Debug)]
pub struct Parts {
    /// The truth.
    pub store: Arc<Store>,
    /// The registry.
    pub directory: Arc<Directory>,
    /// Time.
    pub clock: Clock,
    /// Hints to the movers.
    pub wake: Arc<Wake>,
    /// Where tasks run.
    pub lifecycle: Lifecycle,
    /// `secret("wamid")` of the store; the first half is used.
    pub wamid_secret: [u8; 32],
    /// `secret("recipient")` of the store; the first half is used.
    pub recipient_secret: [u8; 32],
    /// The largest message id the store holds.
    pub last_id: Option<MessageId>,
    /// SHA-256 of the admin key.
    pub admin_key_hash: [u8; 32],
    /// Limits.
    pub limits: Limits,
}

fn half(secret: [u8; 32]) -> [u8; 16] {
    let mut half = [0; 16];
    half.copy_from_slice(&secret[..16]);
    half
}

impl AppState {
    /// A state of gateways without a network, a reviewer, or an upstream's webhook; set those fields where they exist.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self {
            store: parts.store,
            directory: parts.directory,
            clock: parts.clock,
            wake: parts.wake,
            lifecycle: parts.lifecycle,
            wamid_key: WamidKey(half(parts.wamid_secret)),
            recipient_key: half(parts.recipient_secret),
            ids: Mutex::new(IdGenerator::new(0, parts.last_id)),
            dice: Mutex::new(Dice::fresh()),
            limits: parts.limits,
            admin_key_hash: parts.admin_key_hash,
            default_character: Character::Gateway,
            network: None,
            clicks: None,
            minds: Arc::default(),
            reviews: None,
            upstream_webhook: None,
            cors_origins: Vec::new(),
            receipts: Arc::default(),
            metrics: Arc::new(Metrics::default()),
            limiter: Limiter::default(),
            pacer: Pacer::default(),
            autopilot: Autopilot::default(),
            disk: Arc::default(),
            started: crate::clock::instant(),
            relay: None,
            outbound: None,
            media: Desk::default(),
            password_checks: tokio::sync::Semaphore::new(2),
            in_flight: InFlight::default(),
        }
    }

    /// The next message id.
    pub fn next_id(&self, now: Timestamp) -> MessageId {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner).next(now)
    }

    /// A 15-digit id in Meta's manner for an account, a channel, a template or an endpoint; `taken` tells a used one.
    pub fn fresh_id(&self, taken: impl Fn(i64) -> bool) -> i64 {
        let mut dice = self.dice.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            #[expect(clippy::cast_possible_truncation, reason = "15 digits fit")]
            let id = 100_000_000_000_000 + (dice.unit() * 899_999_999_999_999.0) as i64;
            if !taken(id) {
                return id;
            }
        }
    }

    /// An administrative write, decided under the registry's lock and run to its end although the client may go.
    ///
    /// # Errors
    /// What `decide` refuses, or the store.
    pub async fn administer<T, E>(
        self: &Arc<Self>,
        decide: impl FnOnce(&Snapshot, Timestamp) -> Result<(Plan, T), E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let state = Arc::clone(self);
        self.to_end(async move {
            let now = state.clock.now();
            let decide = |snapshot: &Snapshot| decide(snapshot, now);
            let outcome = state.directory.administer(&state.store, now, decide).await;
            state.wake.deliveries();
            outcome
        })
        .await
    }

    /// Runs a write to its end although the client may go.
    ///
    /// # Errors
    /// The write's own.
    pub async fn to_end<T, E>(
        &self,
        write: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (said, hears) = oneshot::channel();
        self.lifecycle.start(async move {
            // Nobody hears it when the client has gone; the write stands.
            let _ = said.send(write.await);
        });
        hears.await.unwrap_or_else(|_| Err(StoreError::Closed.into()))
    }

    /// Keeps a document of the caller's number, or of its account, with its audit row.
    ///
    /// # Errors
    /// The store.
    pub async fn keep(
        self: &Arc<Self>,
        caller: &Caller,
        of_channel: bool,
        kind: DocumentKind,
        value: String,
    ) -> Result<(), StoreError> {
        let (account, actor) = (caller.account.id, caller.actor());
        let channel = of_channel.then_some(caller.channel.id);
        self.administer(move |_, at| {
            let action = format!("{}.set", kind.as_str());
            let detail = channel.map_or_else(String::new, |channel| format!("channel {channel}"));
            let audit = Audit { at, actor, account, action, detail };
            let changes = vec![RegistryChange::PutDocument(Document { account, channel, kind, value })];
            Ok((Plan { audit, changes, notices: Vec::new() }, ()))
        })
        .await
    }

    /// Asks the reviewer, where there is one.
    pub fn review(&self, review: Review) {
        if let Some(reviews) = &self.reviews {
            let _ = reviews.send(review);
        }
    }
}

impl std::fmt::Debug for AppState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AppState").field("limits", &self.limits).finish_non_exhaustive()
    }
}
