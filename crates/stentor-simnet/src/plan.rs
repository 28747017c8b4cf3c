//! The whole future of one message, computed when it is taken: which statuses come when, and what the person does.
//! A pure function of seed, profile, person, message and what is known about the pair; called by send, resume and release.

mod script;

use std::time::Duration;

use stentor_core::route::Route;
use stentor_core::template::Category;
use stentor_core::time::Timestamp;

use crate::config::People;
use crate::dice::{Dice, For};
use crate::magic::Does;
use crate::message::{MessageKind, Submission};
use crate::person::Person;
use crate::profile::{InjectedAt, Profile};

/// Whoever reads a voice message has listened to it this much later.
const LISTENS_AFTER: Duration = Duration::from_secs(2);

/// The world as far as a plan depends on it.
#[derive(Clone, Copy)]
pub(crate) struct World<'a> {
    pub(crate) seed: u64,
    pub(crate) people: &'a People,
    pub(crate) profile: &'a Profile,
}

/// Who a message goes to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Who {
    Magic(Does),
    Person(Person),
}

/// What is known about business, person and template when the message is taken.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Standing {
    /// The person stopped this account's marketing.
    pub(crate) has_stopped: bool,
    /// The person blocks this account.
    pub(crate) has_blocked: bool,
    /// A customer service window is open.
    pub(crate) in_window: bool,
    /// The person is at the limit of marketing messages.
    pub(crate) is_capped: bool,
    /// Counts in the person's share of marketing.
    pub(crate) counts_for_cap: bool,
    /// The message that is answered or reacted to is known, or there is none.
    pub(crate) knows_target: bool,
    /// Half of those who get the template block it.
    pub(crate) is_annoying: bool,
    /// The business has begun with as many people as it may.
    pub(crate) is_over_limit: bool,
}

/// One thing that will happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// When it comes out.
    pub(crate) at: Timestamp,
    /// When it happened: the webhook's timestamp.
    pub(crate) of: Timestamp,
    pub(crate) act: Act,
    /// Carries pricing and conversation.
    pub(crate) is_priced: bool,
}

/// What will happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Sent,
    Delivered,
    Read,
    Played,
    Failed(u32),
    WriteBack,
    WriteStop,
    Tap,
    StopMarketing,
    Block,
    /// What was to come has come already.
    Nothing,
}

impl Act {
    pub(crate) const fn is_status(self) -> bool {
        matches!(self, Self::Sent | Self::Delivered | Self::Read | Self::Played | Self::Failed(_))
    }
}

/// The future of one message. Steps are in the order in which they come out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) steps: Vec<Step>,
    /// When it reaches the phone, if it does, whether or not a status says so.
    pub(crate) delivered_at: Option<Timestamp>,
    /// When it is read, as far as the network will know.
    pub(crate) read_at: Option<Timestamp>,
    /// When the person listens to it: voice messages that are read.
    pub(crate) played_at: Option<Timestamp>,
    /// When it fails and with what.
    pub(crate) failed: Option<(Timestamp, u32)>,
    /// Until when the network tries.
    pub(crate) deadline: Timestamp,
}

/// The code of a message whose media cannot be fetched.
pub(crate) const UNFETCHED: u32 = 131_053;
/// The business has begun with as many people as its messaging limit allows. Meta documents no code of its own for it; of
/// those that are seen this one is never sent again at once, and is not taken for the person's own limit.
const OVER_LIMIT: u32 = 131_048;

/// Computes the future of `submission`, taken at `taken` under `id`.
pub(crate) fn plan(
    world: World<'_>,
    submission: &Submission,
    who: &Who,
    id: &str,
    taken: Timestamp,
    standing: Standing,
) -> Plan {
    let dice = Dice::about(world.seed, &[b"message", id.as_bytes()]);
    let deadline = taken + submission.lifetime();
    let mut planner = Planner { submission, dice, taken, plan: Plan { deadline, ..Plan::default() } };
    if submission.unfetched.is_some() {
        let verdict = taken + planner.dice.millis(For::FailLatency, 0, 400, 2_500);
        planner.fail(verdict, UNFETCHED);
        return planner.plan;
    }
    match who {
        _ if standing.is_over_limit => {
            let verdict = taken + dice.millis(For::FailLatency, 0, 400, 2_500);
            planner.fail(verdict, OVER_LIMIT);
        }
        Who::Magic(does) => planner.magic(*does, standing),
        Who::Person(person) => {
            planner.ordinary(world, person, standing);
            planner.disturb(world.profile);
        }
    }
    planner.plan.steps.sort_by_key(|step| step.at);
    planner.plan
}

struct Planner<'a> {
    submission: &'a Submission,
    dice: Dice,
    taken: Timestamp,
    plan: Plan,
}

impl Planner<'_> {
    fn is_reaction(&self) -> bool {
        self.submission.rendered.kind == MessageKind::Reaction
    }

    /// What keeps any free-form message back, from whomever: a closed service window, a reaction to nothing known.
    fn unwanted(&self, standing: Standing) -> Option<u32> {
        if self.submission.category.is_none() && !standing.in_window {
            return Some(131_047);
        }
        (self.is_reaction() && !standing.knows_target).then_some(131_009)
    }

    fn is_marketing(&self) -> bool {
        self.submission.category == Some(Category::Marketing)
    }

    fn push(&mut self, at: Timestamp, act: Act) {
        let first_of_two = act == Act::Delivered
            || (act == Act::Read && !self.plan.steps.iter().any(|step| step.act == Act::Delivered));
        let is_priced = act == Act::Sent || first_of_two;
        self.plan.steps.push(Step { at, of: at, act, is_priced });
    }

    fn fail(&mut self, at: Timestamp, code: u32) {
        self.push(at, Act::Failed(code));
        self.plan.failed = Some((at, code));
    }

    /// Delivered and read at these moments, as far as the deadline lets them; of a reaction nothing of the kind is told.
    fn arrive(&mut self, delivered: Timestamp, read: Option<Timestamp>, tells_delivered: bool) -> bool {
        if delivered > self.plan.deadline || self.is_reaction() {
            return false;
        }
        self.plan.delivered_at = Some(delivered);
        if tells_delivered {
            self.push(delivered, Act::Delivered);
        }
        if let Some(read) = read {
            self.plan.read_at = Some(read);
            self.push(read, Act::Read);
            if self.submission.rendered.kind == MessageKind::Voice {
                let played = read + LISTENS_AFTER;
                self.plan.played_at = Some(played);
                self.push(played, Act::Played);
            }
        }
        true
    }

    // --- people -------------------------------------------------------------------------------------------------

    fn ordinary(&mut self, world: World<'_>, person: &Person, standing: Standing) {
        let verdict = self.taken + self.dice.millis(For::FailLatency, 0, 400, 2_500);
        if let Some(code) = self.refusal(world, person, standing) {
            return self.fail(verdict, code);
        }
        let sent = self.taken + self.dice.millis(For::SentLatency, 0, 80, 400);
        self.push(sent, Act::Sent);
        if standing.has_blocked {
            return; // Blocked: nobody tells the business; one tick for ever.
        }
        let Some(online) = person.online_from(self.taken) else { return };
        let delivered = if online == self.taken {
            let slowest = if self.submission.route == Route::Optimised { 7_800 } else { 4_800 };
            self.taken + self.dice.skewed_millis(For::DeliveredLatency, 0, 500, slowest)
        } else {
            online.max(sent) + self.dice.millis(For::DeliveredLatency, 0, 300, 4_000)
        };
        let appeal = match &self.submission.template {
            Some(template) => {
                let its = Dice::about(
                    world.seed,
                    &[b"template", self.submission.account.as_bytes(), template.name.as_bytes()],
                );
                0.7 + 0.6 * its.unit(For::Appeal, 0)
            }
            None => 1.0,
        };
        let read = person.reads_at(delivered, self.submission.category, appeal, self.dice);
        // Seen at once on an open chat: WhatsApp may skip the delivered status then.
        let at_once = read.is_some_and(|read| read.since(delivered) < Duration::from_secs(2));
        let skips = at_once && world.people.has_habits && self.dice.chance(For::DeliveredSkipped, 0, 0.2);
        if self.arrive(delivered, read, !skips) {
            self.react(world.people, delivered, read, standing);
        }
    }

    /// Why this person will not get this message, if so: decided by WhatsApp after its 200.
    fn refusal(&self, world: World<'_>, person: &Person, standing: Standing) -> Option<u32> {
        for (i, injected) in world.profile.inject.iter().enumerate() {
            if injected.at == InjectedAt::Status
                && self.dice.chance(For::StatusInjected, i as u64, injected.probability)
            {
                return Some(injected.code);
            }
        }
        if !person.is_on_whatsapp() {
            return Some(131_026);
        }
        if !self.is_marketing() {
            return self.unwanted(standing);
        }
        if standing.has_stopped {
            return Some(131_050);
        }
        if person.place.is_us {
            return Some(131_049);
        }
        if standing.in_window {
            return None; // Inside a window neither the experiment nor the limit applies.
        }
        if person.is_in_experiment() {
            return Some(130_472);
        }
        standing.is_capped.then_some(131_049)
    }

    fn react(&mut self, people: &People, delivered: Timestamp, read: Option<Timestamp>, standing: Standing) {
        if !self.is_marketing() {
            return;
        }
        let pause = self.dice.millis(For::ReactionDelay, 0, 4_000, 120_000);
        let roll = self.dice.unit(For::Reaction, 0);
        let blocks = if standing.is_annoying { 0.5 } else { people.blocks };
        if roll < blocks {
            let pause = if standing.is_annoying { Duration::from_secs(1) } else { pause };
            return self.push(read.unwrap_or(delivered) + pause, Act::Block);
        }
        let Some(read) = read else { return };
        let roll = (roll - blocks) / (1.0 - blocks).max(f64::EPSILON);
        let act = if roll < people.stops * 0.75 {
            Act::StopMarketing
        } else if roll < people.stops {
            Act::WriteStop
        } else if roll < people.stops + people.answers * 0.6 {
            Act::Tap
        } else if roll < people.stops + people.answers {
            Act::WriteBack
        } else {
            return;
        };
        self.push(read + pause, act);
    }

    // --- the profile's status faults ------------------------------------------------------------------------------

    fn disturb(&mut self, profile: &Profile) {
        let mut came = Vec::new();
        let mut before: Option<usize> = None;
        for step in std::mem::take(&mut self.plan.steps) {
            let turn = step.act_turn();
            if !step.act.is_status() {
                came.push(step);
                continue;
            }
            if self.dice.chance(For::StatusLost, turn, profile.status_lost) {
                continue;
            }
            let mut step = step;
            if self.dice.chance(For::StatusDelay, turn, profile.status_delay) {
                step.at = step.at + self.dice.millis(For::StatusDelay, turn + 8, 0, profile.status_delay_ms);
            }
            if self.dice.chance(For::StatusDuplicate, turn, profile.status_duplicate) {
                let again = step.at + self.dice.millis(For::StatusDuplicate, turn + 8, 100, 60_000);
                came.push(Step { at: again, ..step });
            }
            if let Some(before) = before
                && self.dice.chance(For::StatusReorder, turn, profile.status_reorder)
            {
                // Neither may come out before it happened: the earlier one waits for the later one.
                came[before].at = came[before].at.max(step.at + Duration::from_millis(200));
            }
            before = Some(came.len());
            came.push(step);
        }
        self.plan.steps = came;
    }
}

impl Step {
    /// Tells the rolls of a message's statuses apart.
    const fn act_turn(&self) -> u64 {
        match self.act {
            Act::Sent => 0,
            Act::Delivered => 1,
            Act::Read => 2,
            _ => 3,
        }
    }
}
