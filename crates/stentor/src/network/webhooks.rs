//! Webhooks of the network process: what it tells goes out in batches, signed, one POST at a time and in order, again
//! and again until it is answered with 200. While nobody takes it, events wait in the network.

use std::collections::VecDeque;
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

    /// Posts what is received, until the sender is gone. `batch_max` is asked before each POST, `note` sees every event.
    pub async fn run(
        &self,
        mut events: mpsc::Receiver<Vec<NetEvent>>,
        names: &impl Names,
        batch_max: impl Fn() -> usize,
        note: impl Fn(&NetEvent),
    ) {
        let mut waiting = VecDeque::new();
        loop {
            if waiting.is_empty() {
                let Some(batch) = events.recv().await else { return };
                batch.iter().for_each(&note);
                waiting.extend(batch);
            }
            let batch_max = batch_max().max(1);
            if waiting.len() < batch_max {
                pause(GATHER).await;
            }
            while waiting.len() < batch_max
                && let Ok(batch) = events.try_recv()
            {
                batch.iter().for_each(&note);
                waiting.extend(batch);
            }
            let batch: Vec<_> = waiting.drain(..waiting.len().min(batch_max)).collect();
            self.deliver(body(&batch, names)).await;
            self.events.fetch_add(batch.len() as u64, Ordering::Relaxed);
            self.posts.fetch_add(1, Ordering::Relaxed);
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
