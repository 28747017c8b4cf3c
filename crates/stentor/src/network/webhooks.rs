//! Webhooks of the network process: what it tells goes out in batches, signed, over a few lanes, in each one POST after the
//! other, again and again until it is answered with 200. While nobody takes it, events wait in the network.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, StatusCode, Uri};
use stentor_core::webhook::sign;
use stentor_simnet::NetEvent;
use tokio::sync::{mpsc, watch};

use super::envelope::{Names, body};
use crate::clock::pause;
use crate::outbound::{Limits, Outbound};

const SIGNATURE: HeaderName = HeaderName::from_static("x-hub-signature-256");
/// How long a batch that is not full waits for more, so that a busy network does not post each event alone.
const GATHER: Duration = Duration::from_millis(10);
/// POSTs that may be on their way at once: a large network has many machines.
const LANES: usize = 4;
/// Events that wait in a lane; then they wait in the network.
const LANE_EVENTS_MAX: usize = 4_096;
const RETRY_FIRST: Duration = Duration::from_millis(200);
const RETRY_MAX: Duration = Duration::from_secs(10);

/// Where webhooks go, and what has gone.
pub struct Webhooks {
    target: watch::Sender<Option<Uri>>,
    app_secret: String,
    outbound: Outbound,
    posts: AtomicU64,
    events: AtomicU64,
    failures: AtomicU64,
}

/// What has gone.
#[derive(Clone, Copy, Debug)]
pub struct Posted {
    /// POSTs answered with 200.
    pub posts: u64,
    /// Events in them.
    pub events: u64,
    /// POSTs answered with anything else, or not at all.
    pub failures: u64,
}

/// Where events wait for their POSTs.
pub struct Lanes(Vec<mpsc::Sender<NetEvent>>);

impl Lanes {
    /// With the ends from which they are posted.
    pub fn new() -> (Self, Vec<mpsc::Receiver<NetEvent>>) {
        let (senders, receivers) = (0..LANES).map(|_| mpsc::channel(LANE_EVENTS_MAX)).unzip();
        (Self(senders), receivers)
    }

    /// Puts what is received into its lane, until the sender is gone. `note` sees every event first.
    pub async fn fill(self, mut events: mpsc::Receiver<Vec<NetEvent>>, note: impl Fn(&NetEvent)) {
        while let Some(batch) = events.recv().await {
            for event in batch {
                note(&event);
                if self.0[lane(&event)].send(event).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// What is told of one message, or was done by one person, goes by one lane: in order.
fn lane(event: &NetEvent) -> usize {
    let mut hasher = DefaultHasher::new();
    match event {
        NetEvent::Status(status) => status.id.hash(&mut hasher),
        NetEvent::Inbound(inbound) => inbound.from.hash(&mut hasher),
        _ => return 0,
    }
    usize::try_from(hasher.finish() % LANES as u64).unwrap_or(0)
}

impl Webhooks {
    /// Nothing is posted before there is a target.
    pub fn new(target: Option<Uri>, app_secret: String) -> Self {
        let limits = Limits { allow_private: true, answer: Duration::from_secs(10), ..Limits::default() };
        let outbound = Outbound::new(limits).expect("only a file of certificate authorities can be wrong");
        let (posts, events, failures) = Default::default();
        Self { target: watch::Sender::new(target), app_secret, outbound, posts, events, failures }
    }

    /// Where they go from now on.
    pub fn set_target(&self, target: Option<Uri>) {
        self.target.send_replace(target);
    }

    /// Where they go.
    pub fn target(&self) -> Option<Uri> {
        self.target.borrow().clone()
    }

    /// The client, for the handshake of a new target.
    pub const fn outbound(&self) -> &Outbound {
        &self.outbound
    }

    /// What has gone so far.
    pub fn posted(&self) -> Posted {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Posted { posts: get(&self.posts), events: get(&self.events), failures: get(&self.failures) }
    }

    /// Posts what comes by a lane, until its sender is gone. `batch_max` is asked before each POST.
    pub async fn run(
        &self,
        mut events: mpsc::Receiver<NetEvent>,
        names: &impl Names,
        batch_max: impl Fn() -> usize,
    ) {
        let mut batch = Vec::new();
        loop {
            let batch_max = batch_max().max(1);
            if events.recv_many(&mut batch, batch_max).await == 0 {
                return;
            }
            if batch.len() < batch_max {
                pause(GATHER).await;
            }
            while batch.len() < batch_max
                && let Ok(event) = events.try_recv()
            {
                batch.push(event);
            }
            self.deliver(body(&batch, names)).await;
            self.events.fetch_add(batch.len() as u64, Ordering::Relaxed);
            self.posts.fetch_add(1, Ordering::Relaxed);
            batch.clear();
        }
    }

    async fn deliver(&self, body: String) {
        let mut target = self.target.subscribe();
        let signature = format!("sha256={}", sign(self.app_secret.as_bytes(), body.as_bytes()));
        let signature = HeaderValue::try_from(signature).unwrap_or_else(|_| HeaderValue::from_static(""));
        let headers = HeaderMap::from_iter([
            (CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (SIGNATURE, signature),
        ]);
        let body = hyper::body::Bytes::from(body);
        let mut wait = RETRY_FIRST;
        loop {
            let to = target.borrow_and_update().clone();
            let Some(to) = to else {
                let _ = target.changed().await;
                continue;
            };
            let answer = self.outbound.post(&to, headers.clone(), body.clone()).await;
            if answer.is_ok_and(|answer| answer.status == StatusCode::OK) {
                return;
            }
            self.failures.fetch_add(1, Ordering::Relaxed);
            tokio::select! {
                () = pause(wait) => wait = (wait * 2).min(RETRY_MAX),
                _ = target.changed() => wait = RETRY_FIRST,
            }
        }
    }
}
