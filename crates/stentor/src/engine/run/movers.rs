//! How each mover's commands are executed: store calls, departures, posts.

use std::sync::Arc;

use http::Uri;
use stentor_core::outcome::{Ambiguous, NotSent, Outcome};
use stentor_core::registry::Echo;
use stentor_core::time::Timestamp;
use stentor_core::webhook::Answer;
use tokio::runtime::Handle;

use super::count;
use super::drive::{Inbox, Mover, Promise};
use super::{Parts, Shared};
use crate::clock::instant;
use crate::engine::dispatcher::{self, Dispatcher};
use crate::engine::janitor::{self, Janitor};
use crate::engine::learner::{self, Learner};
use crate::engine::notifier::{self, Notifier};
use crate::engine::post::Post;
use crate::engine::step::{Hints, Step, Worked};
use crate::outbound::Failure;
use crate::upstream::Departure;

/// The dispatcher, driven.
pub(super) struct Send(pub Dispatcher);

impl Mover for Send {
    type Input = dispatcher::Input;
    type Command = dispatcher::Command;

    fn step(&mut self, now: Timestamp, shared: &Shared, inputs: Vec<Self::Input>) -> Step<Self::Command> {
        let metrics = &shared.parts.metrics;
        count::answers(metrics, &inputs);
        let step = self.0.step(now, &shared.parts.directory.snapshot(), inputs);
        metrics.sends_in_flight.set(count::gauge(self.0.in_flight()));
        let expiries = shared.parts.minds.expiries();
        metrics.expected_expiries.set(i64::try_from(expiries).unwrap_or(i64::MAX));
        step
    }

    fn is_done(&self) -> bool {
        self.0.is_done()
    }

    fn woken() -> Self::Input {
        dispatcher::Input::Woken(None)
    }

    fn hinted(shared: &Shared) -> Vec<Self::Input> {
        shared.parts.wake.take_queued().into_iter().map(dispatcher::Input::Woken).collect()
    }

    fn stop() -> Self::Input {
        dispatcher::Input::Stop
    }

    async fn hint(shared: &Shared) {
        shared.parts.wake.queued().await;
    }

    fn perform(command: Self::Command, shared: &Arc<Shared>, inbox: &Inbox<Self::Input>) {
        match command {
            dispatcher::Command::Store(work) => {
                let promise = Promise::new(inbox, work.failure());
                let (task, inbox) = (Arc::clone(shared), inbox.clone());
                let is_claim =
                    matches!(work, dispatcher::Work::Claim { .. } | dispatcher::Work::ClaimPlanned { .. });
                shared.lifecycle.start(async move {
                    let began = instant();
                    let worked = executed(work, &task).await;
                    if is_claim {
                        task.parts.metrics.claim_seconds.observe(began.elapsed().as_secs_f64());
                    }
                    for channel in &worked.hints.queued {
                        let _ = inbox.send(dispatcher::Input::Woken(Some(*channel)));
                    }
                    task.pass_on(&Hints { queued: Default::default(), ..worked.hints });
                    promise.keep(worked.input);
                });
            }
            dispatcher::Command::Send(departures) => {
                for (at, departure) in departures {
                    depart(at, departure, shared, inbox);
                }
            }
            dispatcher::Command::Unmark(channel) => {
                let task = Arc::clone(shared);
                shared.lifecycle.start(async move {
                    let Parts { directory, store, clock, .. } = &task.parts;
                    if let Err(error) = directory.learn_echo(store, clock.now(), channel, Echo::No).await {
                        tracing::warn!(%channel, %error, "the upstream refuses marks; learnt another time");
                    }
                });
            }
        }
    }
}

/// A call of the store. A plan of many messages is a second of computing: not where everything else waits for its turn.
async fn executed(work: dispatcher::Work, shared: &Arc<Shared>) -> Worked<dispatcher::Input> {
    let now = shared.parts.clock.now();
    if !matches!(work, dispatcher::Work::Plan(_)) {
        return work.execute(&shared.parts.store, now).await;
    }
    let (task, runtime, failure) = (Arc::clone(shared), Handle::current(), work.failure());
    let planned = move || runtime.block_on(work.execute(&task.parts.store, now));
    tokio::task::spawn_blocking(planned).await.unwrap_or(Worked { input: failure, hints: Hints::default() })
}

/// One request to the upstream. Whatever happens to the task: only an answer, or proof, makes it known what became of it.
pub(super) fn depart(
    at: Timestamp,
    departure: Departure,
    shared: &Arc<Shared>,
    inbox: &Inbox<dispatcher::Input>,
) {
    let id = departure.id;
    let lost = Outcome::Ambiguous { why: Ambiguous::Reset };
    let promise = Promise::new(inbox, Some(dispatcher::Input::Answered(id, lost)));
    let task = Arc::clone(shared);
    shared.lifecycle.start(async move {
        task.parts.clock.wait_until(at).await;
        let outcome = match task.refer(departure).await {
            Ok(departure) if departure.is_too_late(task.parts.clock.now()) => {
                Outcome::NotSent { why: NotSent::NeverWritten }
            }
            Ok(departure) => task.parts.upstream.send(departure).await,
            Err(not_sent) => not_sent,
        };
        promise.keep(Some(dispatcher::Input::Answered(id, outcome)));
    });
}

/// The notifier, driven.
pub(super) struct Deliver(pub Notifier);

impl Mover for Deliver {
    type Input = notifier::Input;
    type Command = notifier::Command;

    fn step(&mut self, now: Timestamp, shared: &Shared, inputs: Vec<Self::Input>) -> Step<Self::Command> {
        let step = self.0.step(now, &shared.parts.directory.snapshot(), inputs);
        let metrics = &shared.parts.metrics;
        metrics.posts_in_flight.set(count::gauge(self.0.in_flight()));
        metrics.endpoints_resting.set(count::gauge(self.0.resting()));
        step
    }

    fn is_done(&self) -> bool {
        self.0.is_done()
    }

    fn woken() -> Self::Input {
        notifier::Input::Woken
    }

    fn stop() -> Self::Input {
        notifier::Input::Stop
    }

    async fn hint(shared: &Shared) {
        shared.parts.wake.deliveries_queued().await;
    }

    fn perform(command: Self::Command, shared: &Arc<Shared>, inbox: &Inbox<Self::Input>) {
        let task = Arc::clone(shared);
        match command {
            notifier::Command::Store(work) => {
                let promise = Promise::new(inbox, Some(work.failure()));
                let verdicts = count::verdicts(&work);
                shared.lifecycle.start(async move {
                    let worked = work.execute(&task.parts.store, task.parts.clock.now()).await;
                    if let Some(notifier::Input::Recorded(_)) = worked.input {
                        count::booked(&task.parts.metrics, verdicts);
                    }
                    promise.keep(worked.input);
                });
            }
            notifier::Command::Post(post) => {
                let first = post.first;
                let lost = notifier::Input::Posted(first, Answer::Connection, 0);
                let promise = Promise::new(inbox, Some(lost));
                shared.lifecycle.start(async move {
                    let began = instant();
                    let answer = task.post(post).await;
                    let took_ms = u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX);
                    promise.keep(Some(notifier::Input::Posted(first, answer, took_ms)));
                });
            }
        }
    }
}

/// The janitor, driven.
pub(super) struct Keep(pub Janitor);

impl Mover for Keep {
    type Input = janitor::Input;
    type Command = janitor::Work;

    fn step(&mut self, now: Timestamp, shared: &Shared, inputs: Vec<Self::Input>) -> Step<Self::Command> {
        self.0.step(now, shared.parts.clock.is_resting(), inputs)
    }

    fn is_done(&self) -> bool {
        self.0.is_done()
    }

    fn woken() -> Self::Input {
        janitor::Input::Woken
    }

    fn stop() -> Self::Input {
        janitor::Input::Stop
    }

    async fn hint(shared: &Shared) {
        shared.parts.wake.timers_changed().await;
    }

    fn perform(work: Self::Command, shared: &Arc<Shared>, inbox: &Inbox<Self::Input>) {
        let promise = Promise::new(inbox, Some(work.failure()));
        let task = Arc::clone(shared);
        shared.lifecycle.start(async move {
            let worked = work.execute(&task.parts.store).await;
            task.pass_on(&worked.hints);
            promise.keep(worked.input);
        });
    }
}

/// The learner, driven.
pub(super) struct Learn(pub Learner);

impl Mover for Learn {
    type Input = learner::Input;
    type Command = learner::Work;

    fn step(&mut self, now: Timestamp, shared: &Shared, inputs: Vec<Self::Input>) -> Step<Self::Command> {
        let step = self.0.step(now, inputs);
        shared.parts.metrics.learnt_position.set(self.0.position());
        step
    }

    fn is_done(&self) -> bool {
        self.0.is_done()
    }

    fn woken() -> Self::Input {
        learner::Input::Woken
    }

    fn stop() -> Self::Input {
        learner::Input::Stop
    }

    /// Nobody tells of new lines.
    async fn hint(_shared: &Shared) {
        std::future::pending().await
    }

    fn perform(work: Self::Command, shared: &Arc<Shared>, inbox: &Inbox<Self::Input>) {
        let promise = Promise::new(inbox, Some(work.failure()));
        let task = Arc::clone(shared);
        shared.lifecycle.start(async move {
            promise.keep(Some(work.execute(&task.parts.store, task.parts.clock.now()).await));
        });
    }
}

impl Shared {
    /// Tells the other movers what a commit made worth looking at.
    fn pass_on(&self, hints: &Hints) {
        hints.queued.iter().for_each(|channel| self.parts.wake.queue_of(*channel));
        if hints.deliveries {
            self.parts.wake.deliveries();
        }
    }

    /// One webhook: exactly the bytes that were signed.
    async fn post(&self, post: Post) -> Answer {
        let Ok(uri) = post.url.parse::<Uri>() else { return Answer::Connection };
        match self.parts.outbound.post(&uri, post.header_map(), post.body).await {
            Ok(answer) => Answer::Status(answer.status.as_u16()),
            Err(Failure::Timeout) => Answer::Timeout,
            Err(_) => Answer::Connection,
        }
    }
}
