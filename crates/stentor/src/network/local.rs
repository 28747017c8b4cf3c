//! One simulated network behind a lock, on the program's clock: sends go in at once, what happens comes out in batches.
//!
//! Made by the program and by the network process, called by the simulated upstream and the control functions. It only
//! carries: what the network does is decided in `stentor-simnet`.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use stentor_core::time::Timestamp;
use stentor_simnet::{
    ActError, Answer, Business, Chat, Deed, Done, Inbound, KnownTemplate, NetEvent, Network, NetworkConfig,
    PhoneMessage, Place, Profile, Seen, Stats, Submission, TemplateKey, TemplateSubmission,
};
use tokio::sync::{mpsc, watch};

use crate::clock::Clock;
use crate::lifecycle::Lifecycle;
use crate::sim::Told;

/// Events in one batch, about: a doing with several consequences is not torn apart.
pub const BATCH_EVENTS_MAX: usize = 500;
/// Batches that wait for the receiver; after that, events wait in the network.
const BATCHES_MAX: usize = 8;

/// The network; clones are the same one.
#[derive(Clone, Debug)]
pub struct Local {
    inner: Arc<Inner>,
}

struct Inner {
    network: Mutex<Network>,
    clock: Clock,
    /// What was done by hand and is to be reported before anything else.
    by_hand: Mutex<Vec<NetEvent>>,
    /// Batches that left the network, and those whose receiver is done with them. Changed under the network's lock.
    left: AtomicU64,
    recorded: watch::Sender<u64>,
    /// Changes when something may be due earlier than thought, or the phones look different.
    changed: watch::Sender<u64>,
    events: mpsc::Sender<Vec<NetEvent>>,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Local").finish_non_exhaustive()
    }
}

impl Local {
    /// A new network and where its events come out once [`Local::run`] runs. A slow receiver loses nothing.
    #[must_use]
    pub fn new(config: NetworkConfig, clock: Clock) -> (Self, mpsc::Receiver<Vec<NetEvent>>) {
        let (events, receiver) = mpsc::channel(BATCHES_MAX);
        let network = Mutex::new(Network::new(config));
        let (by_hand, changed) = (Mutex::default(), watch::Sender::new(0));
        let (left, recorded) = (AtomicU64::new(0), watch::Sender::new(0));
        let inner = Inner { network, clock, by_hand, left, recorded, changed, events };
        (Self { inner: Arc::new(inner) }, receiver)
    }

    /// Moves events out as they become due, until the lifecycle stops or nobody receives any more.
    pub async fn run(self, life: Lifecycle) {
        tokio::select! {
            () = life.stopping() => {}
            () = self.deliver() => {}
        }
    }

    async fn deliver(&self) {
        let mut changed = self.inner.changed.subscribe();
        // Events leave the network only when there is room for them: what is cut off here is still in it.
        while let Ok(room) = self.inner.events.reserve().await {
            let events = loop {
                changed.mark_unchanged();
                let (events, next) = self.leave();
                if !events.is_empty() {
                    break events;
                }
                tokio::select! {
                    () = self.inner.clock.wait_until_some(next) => {}
                    _ = changed.changed() => {}
                }
            };
            room.send(events);
            self.touch();
        }
    }

    /// What was done by hand and then what is due; when more will be.
    fn leave(&self) -> (Vec<NetEvent>, Option<Timestamp>) {
        let mut network = self.network();
        let mut events = std::mem::take(&mut *self.by_hand());
        events.append(&mut network.due(self.inner.clock.now(), BATCH_EVENTS_MAX));
        if !events.is_empty() {
            self.inner.left.fetch_add(1, Ordering::Relaxed);
        }
        (events, network.next_due())
    }

    /// The receiver is done with one batch more.
    pub fn record(&self) {
        self.inner.recorded.send_modify(|batches| *batches += 1);
    }

    /// What has been told until now, or will be with the next batch because it was done by hand.
    #[must_use]
    pub fn told(&self) -> Told {
        let _network = self.network();
        let coming = u64::from(!self.by_hand().is_empty());
        let batches = self.inner.left.load(Ordering::Relaxed) + coming;
        Told { batches, recorded: self.inner.recorded.subscribe() }
    }

    /// One request; the caller waits [`Answer::after`] before it gives the reply back.
    pub fn send(&self, submission: Submission) -> Answer {
        let (answer, is_sooner) = {
            let mut network = self.network();
            let before = network.next_due();
            let answer = network.send(self.inner.clock.now(), submission);
            let after = network.next_due();
            (answer, after.is_some_and(|after| before.is_none_or(|before| after < before)))
        };
        if is_sooner {
            self.touch();
        }
        answer
    }

    /// Hands a template in for review.
    pub fn submit_template(&self, submission: TemplateSubmission) {
        self.change(|network, now| network.submit_template(now, submission));
    }

    /// Takes a deleted template out.
    pub fn withdraw_template(&self, template: &TemplateKey) {
        self.change(|network, now| network.withdraw_template(now, template));
    }

    /// Ends a template's pause by hand, if it is paused. Whose hand it was has told of it: the event goes nowhere.
    pub fn unpause_template(&self, template: &TemplateKey) {
        self.change(|network, now| drop(network.unpause_template(now, template)));
    }

    /// Takes over how a template fares; see [`Network::know_template`].
    pub fn know_template(&self, known: KnownTemplate) {
        self.change(|network, now| network.know_template(now, known));
    }

    /// Asks what is to become of a template's held messages; see [`Network::assess_template`].
    pub fn assess_template(&self, template: &TemplateKey) {
        self.change(|network, now| network.assess_template(now, template));
    }

    /// How many messages of such a template go out before the rest is held; see [`Network::paces`].
    #[must_use]
    pub fn paces(&self, name: &str, text: &str) -> Option<u32> {
        self.network().paces(name, text)
    }

    /// Puts back a message taken before a restart; see [`Network::resume`].
    pub fn resume(&self, taken_at: Timestamp, submission: Submission, seen: Seen) {
        self.change(|network, now| network.resume(now, taken_at, submission, seen));
    }

    /// Makes a person do something; what comes of it is reported like everything else, after what was due before it.
    ///
    /// # Errors
    /// What [`Network::act`] refuses.
    pub fn act(
        &self,
        number: &str,
        businesses: (Option<&Business>, Option<&Business>),
        deed: Deed,
    ) -> Result<Done, ActError> {
        self.change(|network, now| {
            let due = network.due(now, BATCH_EVENTS_MAX);
            let done = network.act(now, number, businesses, deed);
            let mut by_hand = self.by_hand();
            by_hand.extend(due);
            by_hand.extend(done.iter().flat_map(|done| done.events.clone()));
            done
        })
    }

    /// The business has read a person's message, and perhaps types; see [`Network::mark_read`].
    pub fn mark_read(&self, account: &str, id: &str, typing: bool) -> bool {
        self.change(|network, now| network.mark_read(now, account, id, typing))
    }

    /// What the person sees of this account in their chat, beside its messages.
    #[must_use]
    pub fn chat(&self, account: &str, number: &str) -> Chat {
        self.network().chat(account, number)
    }

    /// Which business each account belongs to and its tier; see [`Network::set_messaging_limits`].
    pub fn set_messaging_limits(&self, places: HashMap<String, Place>) {
        self.change(|network, _| network.set_messaging_limits(places));
    }

    /// How many people the account's business has begun with in 24 hours; see [`Network::people_begun`].
    #[must_use]
    pub fn people_begun(&self, account: &str) -> Option<usize> {
        self.network().people_begun(self.inner.clock.now(), account)
    }

    /// How the network behaves now.
    #[must_use]
    pub fn profile(&self) -> Profile {
        self.network().profile().clone()
    }

    /// Changes how it behaves.
    pub fn set_profile(&self, profile: Profile) {
        self.change(|network, _| network.set_profile(profile));
    }

    /// Moves the program's clock forward: everything due in between happens at once, in order. The time then.
    pub fn advance(&self, by: Duration) -> Timestamp {
        self.inner.clock.advance(by);
        self.inner.clock.now()
    }

    /// Forgets messages, people and templates; calm again.
    pub fn reset(&self) {
        self.change(|network, _| network.reset());
    }

    /// The clock was advanced: what has become due happens.
    pub fn look_again(&self) {
        self.touch();
    }

    /// The messages to this number, newest first.
    #[must_use]
    pub fn inbox(&self, number: &str, limit: usize) -> Vec<PhoneMessage> {
        self.network().inbox(number, limit)
    }

    /// What this person wrote, tapped and sent, newest first.
    #[must_use]
    pub fn said(&self, number: &str, limit: usize) -> Vec<Inbound> {
        self.network().said(number, limit)
    }

    /// The message with this id, while the phones remember it.
    #[must_use]
    pub fn message(&self, id: &str) -> Option<PhoneMessage> {
        self.network().message(id)
    }

    /// What was counted and what is held.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.network().stats()
    }

    /// The time the network lives in.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// Tells of every change of the phones; for those who wait for a message or a tick.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.inner.changed.subscribe()
    }

    fn change<T>(&self, change: impl FnOnce(&mut Network, Timestamp) -> T) -> T {
        let changed = change(&mut self.network(), self.inner.clock.now());
        self.touch();
        changed
    }

    fn by_hand(&self) -> MutexGuard<'_, Vec<NetEvent>> {
        self.inner.by_hand.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn touch(&self) {
        self.inner.changed.send_modify(|n| *n = n.wrapping_add(1));
    }

    fn network(&self) -> MutexGuard<'_, Network> {
        self.inner.network.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
