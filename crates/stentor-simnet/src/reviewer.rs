//! The network's reviewer and quality watch: templates are reviewed, scored, paused, paced and put into another category,
//! and messages held for it are released or dropped. Part of [`Network`].

use std::time::Duration;

use stentor_core::template::{Assessment, CATEGORY_NOTICE, Category};
use stentor_core::time::Timestamp;

use crate::event::{NetEvent, Quality, TemplateChange, TemplateKey, Verdict};
use crate::flight::Job;
use crate::inbox::Fate;
use crate::magic::Does;
use crate::network::Network;
use crate::plan::{Act, Step};
use crate::profile::Pacing;
use crate::review::{KnownTemplate, TemplateSubmission, Traits};
use crate::templates::Standing;

/// When a template that asks for it has its change of category announced, after its approval.
const ANNOUNCED_AFTER: Duration = Duration::from_mins(1);

impl Network {
    /// Hands a template in, new or edited; the verdict comes after [`crate::NetworkConfig::review_delay`], until then it
    /// cannot be sent. Ignored when the network follows [`crate::NetworkConfig::templates_max`] others already.
    pub fn submit_template(&mut self, now: Timestamp, submission: TemplateSubmission) {
        self.now = self.now.max(now);
        let key = self.template_id(&submission.key);
        if let Some(review) = self.templates.submit(key, submission) {
            self.queue.push(self.now + self.config.review_delay, Job::Review(key, review));
        }
    }

    /// Takes over how a template fares, from a caller who knows it from before or moved it by hand.
    pub fn know_template(&mut self, now: Timestamp, known: KnownTemplate) {
        self.now = self.now.max(now);
        self.templates.know(self.template_id(&known.submission.key), known);
    }

    /// Takes a deleted template out: no verdict comes any more, what was held for it goes out.
    pub fn withdraw_template(&mut self, now: Timestamp, template: &TemplateKey) {
        self.now = self.now.max(now);
        if let Some(mut template) = self.templates.remove(self.template_id(template)) {
            for place in template.decide(Assessment::Undecided).0 {
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

    /// How many messages of a new or doubtful template of that name and text go out before the rest is to be held by a
    /// caller who paces; `None`: all of them.
    #[must_use]
    pub fn paces(&self, name: &str, text: &str) -> Option<u32> {
        if Traits::of(name, text, false).paced.is_some() {
            return Some(0);
        }
        self.pacing().map(|pacing| pacing.first)
    }

    /// The caller holds messages of this template: [`NetEvent::TemplateReleased`], or its pause, will tell what becomes of
    /// them. Nothing new when that is under way.
    pub fn assess_template(&mut self, now: Timestamp, name: &TemplateKey) {
        self.now = self.now.max(now);
        let (key, usual) = (self.template_id(name), self.pacing());
        let Some(template) = self.templates.seen(key, || name.clone()) else { return };
        if let Some(at) = template.assess_again(usual, self.now) {
            self.queue.push(at, Job::Decide(key));
        }
    }

    /// How new and doubtful templates are paced.
    pub(crate) fn pacing(&self) -> Option<Pacing> {
        self.profile.pacing.or(self.config.pacing)
    }

    fn template_id(&self, template: &TemplateKey) -> u64 {
        self.key_of(&template.account, &template.template.name, &template.template.language)
    }

    /// Counts deliveries and blocks for the template's quality.
    pub(crate) fn judge(&mut self, key: u64, step: Step, events: &mut Vec<NetEvent>) {
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

    pub(crate) fn review(&mut self, key: u64, review: u32, at: Timestamp, events: &mut Vec<NetEvent>) {
        let Some(template) = self.templates.get(key) else { return };
        if template.review != review || template.standing != Standing::InReview {
            return;
        }
        let Some(verdict) = template.traits.verdict else { return };
        template.standing = match verdict {
            Verdict::Approved => Standing::Approved,
            Verdict::Rejected(_) => Standing::Rejected,
        };
        events.push(NetEvent::TemplateReviewed { template: template.key.clone(), verdict, at });
        if template.traits.is_recategorised && verdict == Verdict::Approved {
            self.queue.push(at + ANNOUNCED_AFTER, Job::Announce(key));
        }
    }

    /// A day's notice that a UTILITY template becomes MARKETING.
    pub(crate) fn announce(&mut self, key: u64, at: Timestamp, events: &mut Vec<NetEvent>) {
        let announced_for = at + CATEGORY_NOTICE;
        if self.tell_category(key, Some(announced_for), at, events) {
            self.queue.push(announced_for, Job::Recategorise(key));
        }
    }

    pub(crate) fn recategorise(&mut self, key: u64, at: Timestamp, events: &mut Vec<NetEvent>) {
        if self.tell_category(key, None, at, events)
            && let Some(template) = self.templates.get(key)
        {
            template.category = Category::Marketing;
        }
    }

    fn tell_category(
        &mut self,
        key: u64,
        announced_for: Option<Timestamp>,
        at: Timestamp,
        events: &mut Vec<NetEvent>,
    ) -> bool {
        let template = self.templates.get(key).filter(|template| template.category == Category::Utility);
        let Some(template) = template else { return false };
        let (name, to) = (template.key.clone(), Category::Marketing);
        events.push(NetEvent::TemplateCategory {
            template: name,
            from: template.category,
            to,
            announced_for,
            at,
        });
        true
    }

    /// A pause's own end: one that has begun since has its own.
    pub(crate) fn end_pause(&mut self, key: u64, at: Timestamp, events: &mut Vec<NetEvent>) {
        let until = self.templates.get(key).and_then(|template| template.paused_until);
        if until.is_some_and(|until| until <= at) {
            self.unpause_key(key, at, events);
        }
    }

    fn unpause_key(&mut self, key: u64, at: Timestamp, events: &mut Vec<NetEvent>) {
        let Some(template) = self.templates.get(key) else { return };
        if template.unpause() {
            let (template, change) = (template.key.clone(), TemplateChange::Unpaused);
            events.push(NetEvent::TemplateStatus { template, change, at });
        }
    }

    /// The end of pacing: what was held goes out or fails, and a bad template is paused until somebody acts.
    pub(crate) fn decide(&mut self, key: u64, at: Timestamp, events: &mut Vec<NetEvent>) {
        let Some(template) = self.templates.get(key) else { return };
        let assessment = match template.verdict(at) {
            Ok(assessment) => assessment,
            Err(again) => return self.queue.push(again, Job::Decide(key)),
        };
        let (from, name) = (template.quality, template.key.clone());
        let (held, is_paused) = template.decide(assessment);
        if is_paused {
            if from != Quality::Red {
                events.push(NetEvent::QualityUpdate { template: name.clone(), from, to: Quality::Red, at });
            }
            let change = TemplateChange::Paused { title: "RATE_LIMITING_PAUSE", until: None };
            events.push(NetEvent::TemplateStatus { template: name.clone(), change, at });
        }
        let is_good = assessment != Assessment::Bad;
        for place in held {
            self.release(place, is_good, at);
        }
        if is_good && self.config.is_paced_by_caller {
            events.push(NetEvent::TemplateReleased { template: name, at });
        }
    }

    /// The end of a message's assessment: planned from here, or failed with 132015.
    pub(crate) fn release(&mut self, place: u32, is_good: bool, at: Timestamp) {
        let Some(flight) = self.queue.flight(place) else { return };
        let Some(held) = flight.held.take() else { return };
        let (id, to) = (flight.id.clone(), flight.to.clone());
        let does = if is_good { held.does } else { Some(Does::Held { dropped: true }) };
        let who = self.who(&to, does);
        let mut standing = self.standing(&held.submission, &to, &who, at);
        let (account, person) = (held.submission.account.as_str(), self.person_key(&to));
        let begins = is_good && !standing.in_window;
        standing.is_over_limit = begins && !self.portfolios.allows(account, person, at);
        let mut plan = self.plan(&held.submission, &who, &id, at, standing);
        if begins && plan.failed.is_none() {
            self.portfolios.begin(account, person, at);
        }
        plan.deadline = held.taken + held.submission.lifetime();
        self.inbox.settle(held.shown, Fate::from(&plan));
        if let Some(flight) = self.queue.flight(place) {
            flight.steps = plan.steps.into_iter();
        }
        self.queue.schedule(place);
    }
}
