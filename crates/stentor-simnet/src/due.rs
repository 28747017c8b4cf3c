//! Time passing: steps come out as events, reviews and pauses end, held messages are released. Part of [`Network`].

use stentor_core::time::Timestamp;

use crate::event::{NetEvent, Quality, StatusKind, TemplateChange, TemplateKey, Verdict};
use crate::flight::Job;
use crate::inbox::Fate;
use crate::network::Network;
use crate::plan::{Act, Step};
use crate::review::{TemplateSubmission, review_verdict};
use crate::templates::Standing;

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
                Job::Unpause(key) => self.unpause_key(key, at, &mut events),
                Job::Decide(key) => self.decide(key, at, &mut events),
            }
        }
        events
    }

    /// Hands a template in, new or edited; the verdict comes after [`crate::NetworkConfig::review_delay`], until then it
    /// cannot be sent. Ignored when the network follows [`crate::NetworkConfig::templates_max`] others already.
    pub fn submit_template(&mut self, now: Timestamp, submission: TemplateSubmission) {
        self.now = self.now.max(now);
        let key = self.template_id(&submission.key);
        let will_end = review_verdict(&submission.key.template.name, &submission.text).is_some();
        if let Some(review) = self.templates.submit(key, submission)
            && will_end
        {
            self.queue.push(self.now + self.config.review_delay, Job::Review(key, review));
        }
    }

    /// Takes a deleted template out: no verdict comes any more, what was held for it goes out.
    pub fn withdraw_template(&mut self, now: Timestamp, template: &TemplateKey) {
        self.now = self.now.max(now);
        if let Some(mut template) = self.templates.remove(self.template_id(template)) {
            for place in template.decide().0 {
                self.release(place, true, self.now);
            }
        }
    }

    /// Ends a template's pause by hand; needed after bad pacing. The event comes back at once; `None`: it was not paused.
    pub fn unpause_template(&mut self, now: Timestamp, template: &TemplateKey) -> Option<NetEvent> {
        self.now = self.now.max(now);
        let mut events = Vec::new();
        self.unpause_key(self.template_id(template), self.now, &mut events);
        events.pop()
    }

    fn template_id(&self, template: &TemplateKey) -> u64 {
        self.key_of(&template.account, &template.template.name, &template.template.language)
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

    /// Counts deliveries and blocks for the template's quality.
    fn judge(&mut self, key: u64, step: Step, events: &mut Vec<NetEvent>) {
        let is_block = step.act == Act::Block;
        let is_arrival = step.is_priced && matches!(step.act, Act::Delivered | Act::Read);
        if !is_block && !is_arrival {
            return;
        }
        let Some(template) = self.templates.get(key) else { return };
        let Some(from) = template.count(is_block) else { return };
        let (name, to, at) = (template.key.clone(), template.quality, step.at);
        events.push(NetEvent::QualityUpdate { template: name.clone(), from, to, at });
        if to == Quality::Red {
            let change = template.pause(at);
            if let TemplateChange::Paused { until: Some(until), .. } = change {
                self.queue.push(until, Job::Unpause(key));
            }
            events.push(NetEvent::TemplateStatus { template: name, change, at });
        }
    }

    fn review(&mut self, key: u64, review: u32, at: Timestamp, events: &mut Vec<NetEvent>) {
        let Some(template) = self.templates.get(key) else { return };
        if template.review != review || template.standing != Standing::InReview {
            return;
        }
        let Some(verdict) = review_verdict(&template.key.template.name, &template.text) else { return };
        template.standing = match verdict {
            Verdict::Approved => Standing::Approved,
            Verdict::Rejected(_) => Standing::Rejected,
        };
        events.push(NetEvent::TemplateReviewed { template: template.key.clone(), verdict, at });
    }

    fn unpause_key(&mut self, key: u64, at: Timestamp, events: &mut Vec<NetEvent>) {
        let Some(template) = self.templates.get(key) else { return };
        if template.unpause() {
            let (template, change) = (template.key.clone(), TemplateChange::Unpaused);
            events.push(NetEvent::TemplateStatus { template, change, at });
        }
    }

    /// The end of pacing: what was held goes out or fails, and a bad template is paused until somebody acts.
    fn decide(&mut self, key: u64, at: Timestamp, events: &mut Vec<NetEvent>) {
        let Some(template) = self.templates.get(key) else { return };
        let was_approved = template.standing == Standing::Approved;
        let (held, is_good) = template.decide();
        if !is_good && was_approved {
            let change = TemplateChange::Paused { title: "RATE_LIMITING_PAUSE", until: None };
            events.push(NetEvent::TemplateStatus { template: template.key.clone(), change, at });
        }
        for place in held {
            self.release(place, is_good, at);
        }
    }

    /// The end of a message's assessment: planned from here, or failed with 132015.
    fn release(&mut self, place: u32, is_good: bool, at: Timestamp) {
        let Some(flight) = self.queue.flight(place) else { return };
        let Some(held) = flight.held.take() else { return };
        let (id, to) = (flight.id.clone(), flight.to.clone());
        let does = if is_good { held.does } else { Some(crate::magic::Does::Held { dropped: true }) };
        let who = self.who(&to, does);
        let standing = self.standing(&held.submission, &to, &who, at);
        let mut plan = self.plan(&held.submission, &who, &id, at, standing);
        plan.deadline = held.taken + held.submission.lifetime();
        self.inbox.settle(held.shown, Fate::from(&plan));
        if let Some(flight) = self.queue.flight(place) {
            flight.steps = plan.steps.into_iter();
        }
        self.queue.schedule(place);
    }
}
