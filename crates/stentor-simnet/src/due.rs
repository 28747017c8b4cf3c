//! Time passing: steps come out as events (what becomes of templates: `reviewer`). Part of [`Network`].

use stentor_core::time::Timestamp;

use crate::event::{NetEvent, StatusKind};
use crate::flight::Job;
use crate::network::Network;
use crate::plan::{Act, Step};

impl Network {
    /// What happened up to `now` and was not told yet, in the order in which it comes out, at most about `max` events
    /// (a doing with several consequences is never torn apart). Ask again until nothing comes.
    pub fn due(&mut self, now: Timestamp, max: usize) -> Vec<NetEvent> {
        self.now = self.now.max(now);
        let mut events = Vec::new();
        while !self.profile.statuses_held && events.len() < max {
            let Some((at, job)) = self.queue.pop(self.now) else { break };
            match job {
                Job::Step(place) => self.step(place, &mut events),
                Job::Release(place) => self.release(place, true, at),
                Job::Review(key, review) => self.review(key, review, at, &mut events),
                Job::Unpause(key) => self.end_pause(key, at, &mut events),
                Job::Decide(key) => self.decide(key, at, &mut events),
                Job::Announce(key) => self.announce(key, at, &mut events),
                Job::Recategorise(key) => self.recategorise(key, at, &mut events),
            }
        }
        events
    }

    /// The next step of a flight: its event, and what else it changes.
    fn step(&mut self, place: u32, events: &mut Vec<NetEvent>) {
        let Some(flight) = self.queue.flight(place) else { return };
        let Some(step) = flight.steps.next() else { return };
        self.happens(place, step, events);
        self.queue.schedule(place);
    }

    /// One step of a flight happens.
    pub(crate) fn happens(&mut self, place: u32, step: Step, events: &mut Vec<NetEvent>) {
        let Some(flight) = self.queue.flight(place) else { return };
        let (pair, template) = (flight.pair, flight.template);
        let (status, inbound) = (flight.status(step), flight.inbound(step));
        if let Some(status) = status {
            match status.kind {
                StatusKind::Sent => self.counted.sent += 1,
                StatusKind::Delivered => self.counted.delivered += 1,
                StatusKind::Read => self.counted.read += 1,
                StatusKind::Failed { .. } => self.counted.failed += 1,
                StatusKind::Played => {}
            }
            events.push(NetEvent::Status(status));
        }
        if let Some(mut inbound) = inbound {
            inbound.user_id = self.user_id(&inbound.account, &inbound.from);
            self.counted.inbound += 1;
            self.pairs.said(self.message_key(&inbound.id), inbound.at);
            self.inbox.say(self.person_key(&inbound.from), inbound.clone());
            events.push(NetEvent::Inbound(inbound));
        }
        self.remember(pair, step);
        if let Some(key) = template {
            self.judge(key, step, events);
        }
    }

    fn remember(&mut self, pair: u64, step: Step) {
        match step.act {
            Act::StopMarketing => self.pairs.stop(pair, true, step.of),
            Act::Block => self.pairs.block(pair, true, step.of),
            Act::WriteBack | Act::WriteStop | Act::Tap => self.pairs.open_window(pair, step.of),
            Act::Sent | Act::Delivered | Act::Read | Act::Played | Act::Failed(_) | Act::Nothing => {}
        }
    }
}
