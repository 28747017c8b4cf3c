//! From the queue to the upstream: claims what is due, decides about it once more, begins it, lets it leave, books what
//! came of it. Pure: `run` and the simulator hand in inputs and execute the commands.
//!
//! It never sends what `begin_send` did not return, holds no queue of its own (the table is the queue), and forgets
//! everything in a crash: what was claimed is still queued, what was begun is doubted by the store.

mod lane;
mod plan;
mod work;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use stentor_core::id::{AccountId, ChannelId, MessageId};
use stentor_core::message::Message;
use stentor_core::outcome::{self, Next, NotSent, Outcome, WaitKind};
use stentor_core::registry::PausedPolicy;
use stentor_core::time::Timestamp;
use stentor_core::wamid::WamidKey;
use stentor_store::{Begun, Claimed, SendRecord};

pub use self::lane::Records;
use self::lane::{Lane, Stage};
pub use self::work::Work;
use super::planner::Plan;
use super::readmit::{self, Verdict};
use super::step::{Batch, STORE_REST, Step, sooner};
use crate::clock::Dice;
use crate::minds::Minds;
use crate::registry::Snapshot;
use crate::upstream::{Departure, refuses_mark};

/// A message whose mark was refused goes again after this long: by then its channel is known to take none.
const UNMARKED_AFTER: Duration = Duration::from_secs(2);

/// One part in so many of all room is kept for channels that have nothing under way.
const KEPT: usize = 8;

/// How much the dispatcher has under way at most, and how long it waits for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Messages begun and not yet booked, over all channels: 1..=100,000.
    pub in_flight_max: usize,
    /// After this long without a result a send is in doubt; longer than the upstream's own time-out, and real time, too.
    pub lease: Duration,
    /// What was decided holds for so long: a machine that slept in between decides again. Longer than a slow disk takes,
    /// which is real time: where time runs faster, so much more of it.
    pub decided_for: Duration,
    /// A claim takes what may leave within this time: facts are fresh when it leaves, and a crash leaves no more in doubt than
    /// that. The next claim is a moment of real time away: where time runs faster, so much more of it.
    pub ahead: Duration,
    /// How long a number is left alone that could not be reached for the first time; zero: not at all.
    pub undeliverable: Duration,
    /// Whether people of the EEA and the UK are profiled, too.
    pub profiles_all: bool,
    /// Waiting messages of one channel that a plan looks at: 0..=1,000,000; the rest follow in the order they came.
    pub window_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            in_flight_max: 4_096,
            lease: Duration::from_mins(2),
            decided_for: Duration::from_mins(1),
            ahead: Duration::from_millis(25),
            undeliverable: Duration::from_hours(24),
            profiles_all: false,
            window_max: 200_000,
        }
    }
}

/// What the dispatcher is told.
#[derive(Debug)]
pub enum Input {
    /// Something may be due: in this channel, or in any. Only a hint.
    Woken(Option<ChannelId>),
    /// The answer to [`Work::Claim`]: leased rows, and when the next may be claimed.
    Claimed(ChannelId, Vec<Claimed>, Option<Timestamp>),
    /// The claim failed: nothing is leased.
    ClaimFailed(ChannelId),
    /// The answer to [`Work::Plan`]; `None`: nothing competes.
    Planned(ChannelId, Option<Plan>),
    /// The plan failed.
    PlanFailed(ChannelId),
    /// The answer to [`Work::Begin`].
    Begun(ChannelId, Begun),
    /// The begin failed, or nobody knows whether it was committed.
    BeginFailed(ChannelId),
    /// The decisions of [`Work::Decide`] failed: the rows are as they were, still leased.
    DecideFailed(AccountId, Vec<MessageId>),
    /// What came of one departure.
    Answered(MessageId, Outcome),
    /// The rows of [`Work::Record`] are committed.
    Recorded,
    /// They are not, or nobody knows: they are handed out again.
    RecordFailed,
    /// No new claims: what is under way is finished and booked.
    Stop,
}

/// What the dispatcher wants done.
#[derive(Debug)]
pub enum Command {
    /// A call of the store: see [`Work`].
    Store(Work),
    /// Each departure leaves at its time and is answered by itself, with [`Input::Answered`].
    Send(Vec<(Timestamp, Departure)>),
    /// The channel's upstream refuses our mark: it gets none from now on (`echo = no`). Not answered.
    Unmark(ChannelId),
}

/// A message begun and not yet booked.
#[derive(Debug)]
struct Flight {
    message: Message,
    wamid: String,
    /// When the template's current use may have begun to sync.
    sync_first_use: Option<Timestamp>,
    /// What its channel does where the template is paused.
    paused: PausedPolicy,
    /// It left with our mark.
    is_marked: bool,
    /// Nobody knows whether it was begun; its channel rests until that is settled.
    is_in_doubt: bool,
}

impl Flight {
    const fn new(message: Message) -> Self {
        Self {
            message,
            wamid: String::new(),
            sync_first_use: None,
            paused: PausedPolicy::Hold,
            is_marked: false,
            is_in_doubt: false,
        }
    }
}

/// The mover between queue and upstream.
#[derive(Debug)]
pub struct Dispatcher {
    limits: Limits,
    key: WamidKey,
    dice: Dice,
    lanes: BTreeMap<ChannelId, Lane>,
    /// The channel that was looked at first last time: the next one goes first now.
    turn: Option<ChannelId>,
    flights: HashMap<MessageId, Flight>,
    records: Batch<SendRecord>,
    minds: Arc<Minds>,
    is_stopping: bool,
}

impl Dispatcher {
    /// A dispatcher with nothing under way. `key` names messages towards the upstream.
    #[must_use]
    pub fn new(limits: Limits, key: WamidKey, dice: Dice) -> Self {
        Self {
            limits,
            key,
            dice,
            lanes: BTreeMap::new(),
            turn: None,
            flights: HashMap::new(),
            records: Batch::new(),
            minds: Arc::default(),
            is_stopping: false,
        }
    }

    /// With what is learnt of people: where it is, marketing that competes is planned.
    #[must_use]
    pub fn with_minds(self, minds: Arc<Minds>) -> Self {
        Self { minds, ..self }
    }

    /// Takes in what happened and says what is to be done.
    pub fn step(&mut self, now: Timestamp, facts: &Snapshot, inputs: Vec<Input>) -> Step<Command> {
        let mut commands = Vec::new();
        for input in inputs {
            self.take(now, facts, input, &mut commands);
        }
        if !self.is_stopping {
            self.plan(now, facts, &mut commands);
            self.claim(now, facts, &mut commands);
        }
        let hurry = self.is_stopping || self.limits.in_flight_max <= self.flights.len();
        commands.extend(self.records.take(now, hurry).map(|rows| Command::Store(Work::Record(rows))));
        Step { commands, wake_at: self.wake_at(now) }
    }

    /// Whether it was told to stop and nothing is under way any more.
    #[must_use]
    pub fn is_done(&self) -> bool {
        let idle = self.lanes.values().all(|lane| matches!(lane.stage, Stage::Idle));
        self.is_stopping && idle && self.flights.is_empty() && self.records.is_empty()
    }

    /// Messages begun and not yet booked.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.flights.len()
    }

    fn take(&mut self, now: Timestamp, facts: &Snapshot, input: Input, commands: &mut Vec<Command>) {
        match input {
            Input::Woken(Some(channel)) => self.lanes.entry(channel).or_default().wake(now),
            Input::Woken(None) => {
                for channel in facts.channels() {
                    self.lanes.entry(channel.id).or_default().wake(now);
                }
            }
            Input::Claimed(channel, rows, next_due) => {
                self.decide(now, facts, channel, rows, next_due, commands);
            }
            Input::Planned(channel, plan) => self.planned(now, channel, plan),
            Input::PlanFailed(channel) => self.planned(now, channel, None),
            Input::ClaimFailed(channel) => self.rest(now, channel),
            Input::Begun(channel, begun) => self.depart(now, facts, channel, begun, commands),
            Input::BeginFailed(channel) => self.not_begun(now, channel),
            Input::DecideFailed(account, messages) => {
                commands.push(Command::Store(Work::Release(account, messages)))
            }
            Input::Answered(message, outcome) => self.answered(now, message, outcome, commands),
            Input::Recorded => self.booked(commands),
            Input::RecordFailed => self.records.failed(now),
            Input::Stop => self.is_stopping = true,
        }
    }

    /// Round robin: every channel that is due claims once, as many as may leave in a moment and as there is room for.
    fn claim(&mut self, now: Timestamp, facts: &Snapshot, commands: &mut Vec<Command>) {
        let turn = self.turn;
        let after = self.lanes.keys().copied().filter(|c| turn.is_none_or(|t| *c > t));
        let before = self.lanes.keys().copied().filter(|c| turn.is_some_and(|t| *c <= t));
        let due: Vec<ChannelId> =
            after.chain(before).filter(|c| self.lanes[c].claims_at().is_some_and(|at| at <= now)).collect();
        self.turn = due.first().copied().or(turn);
        for channel in due {
            let Some(row) = facts.channel(channel) else {
                self.lanes.remove(&channel);
                continue;
            };
            let batch =
                self.lanes.get(&channel).map_or(0, |lane| lane.batch(row.rate_per_s, self.limits.ahead));
            let limit = self.room(channel).min(batch);
            if limit == 0 {
                continue;
            }
            if let Some(lane) = self.lanes.get_mut(&channel) {
                lane.claim(limit);
                let account = row.account;
                commands.push(Command::Store(match lane.picks(limit) {
                    None => Work::Claim { account, channel, limit },
                    Some(picks) => Work::ClaimPlanned { account, channel, limit, picks },
                }));
            }
        }
    }

    /// Where more marketing waits than may leave at once, the next minute is planned.
    fn plan(&mut self, now: Timestamp, facts: &Snapshot, commands: &mut Vec<Command>) {
        if self.limits.window_max == 0 {
            return;
        }
        for (channel, lane) in &mut self.lanes {
            if lane.plans_at().is_none_or(|at| at > now) {
                continue;
            }
            let Some(row) = facts.channel(*channel) else { continue };
            match self.minds.of(row.account) {
                Some(mind) => {
                    let asked = plan::asked(facts, row, mind, &self.limits, lane.plan_begins(now));
                    commands.push(Command::Store(Work::Plan(Box::new(asked))));
                }
                // Nothing is known of anybody: first come, first served.
                None => lane.planned(now, None),
            }
        }
    }

    fn planned(&mut self, now: Timestamp, channel: ChannelId, plan: Option<Plan>) {
        self.minds.expect(channel, plan.as_ref().map(|plan| plan.outlook));
        if let Some(lane) = self.lanes.get_mut(&channel) {
            lane.planned(now, plan);
        }
    }

    /// A channel may have half of what the others leave, and an eighth of everything is kept for channels that have nothing
    /// under way: however many are held up, whoever comes next finds room.
    fn room(&self, channel: ChannelId) -> usize {
        let used: usize = self.lanes.values().map(Lane::used).sum();
        let mine = self.lanes.get(&channel).map_or(0, Lane::used);
        let kept = if mine > 0 { self.limits.in_flight_max / KEPT } else { 0 };
        let left = self.limits.in_flight_max.saturating_sub(used - mine + kept);
        left.div_ceil(2).saturating_sub(mine)
    }

    /// The second decision about claimed messages, with fresh facts: what may go begins, the rest is decided.
    fn decide(
        &mut self,
        now: Timestamp,
        facts: &Snapshot,
        channel: ChannelId,
        rows: Vec<Claimed>,
        next_due: Option<Timestamp>,
        commands: &mut Vec<Command>,
    ) {
        let Some(lane) = self.lanes.get_mut(&channel) else { return };
        lane.claimed(now, next_due, &rows);
        let Some(account) = rows.first().map(|row| row.message.account) else { return };
        let Some(row) = facts.channel(channel).filter(|_| !self.is_stopping) else {
            let ids = rows.iter().map(|row| row.message.id).collect();
            commands.push(Command::Store(Work::Release(account, ids)));
            return;
        };
        let mut going = Vec::new();
        let mut decisions = Vec::new();
        for claimed in rows {
            match readmit::decide(now, facts, row, &claimed, self.limits.undeliverable) {
                Verdict::Go => going.push(claimed),
                Verdict::Stop(decision) => decisions.push((claimed.message.id, decision)),
            }
        }
        lane.swept(row.rate_per_s, self.limits.ahead, !decisions.is_empty() && going.is_empty());
        if !decisions.is_empty() {
            commands.push(Command::Store(Work::Decide(account, decisions)));
        }
        if !going.is_empty() {
            let begin = readmit::begin(now, facts, row, (&self.key, &self.limits), (&going, lane.records()));
            commands.push(Command::Store(Work::Begin(begin)));
            lane.begin(now, going);
        }
    }

    /// What was begun leaves, one after the other at the channel's rate; only that.
    fn depart(
        &mut self,
        now: Timestamp,
        facts: &Snapshot,
        channel: ChannelId,
        begun: Begun,
        commands: &mut Vec<Command>,
    ) {
        let Some(lane) = self.lanes.get_mut(&channel) else { return };
        let decided_until = lane.decided_at + self.limits.decided_for;
        let mut rows = lane.begun(now, &begun);
        let row = facts.channel(channel);
        let mut departures = Vec::with_capacity(begun.messages.len());
        let mut stays = Vec::new();
        for message in &begun.messages {
            let id = message.id;
            let Some(claimed) = rows.remove(&id) else { continue };
            lane.in_flight += 1;
            let mut flight = Flight::new(message.clone());
            let at = lane.departs_at(now, &begun);
            let leaves_before = message.deadline.min(decided_until);
            match row.filter(|_| at < leaves_before) {
                Some(row) => {
                    let departure = readmit::departure(now, facts, row, &self.key, message, claimed);
                    let departure = Departure { leaves_before, ..departure };
                    flight.wamid.clone_from(&departure.wamid);
                    flight.is_marked = departure.mark().is_some();
                    flight.sync_first_use = departure.template.as_deref().and_then(readmit::sync_first_use);
                    flight.paused = row.paused_policy;
                    departures.push((at, departure));
                }
                None => stays.push(id),
            }
            self.flights.insert(id, flight);
        }
        if !departures.is_empty() {
            commands.push(Command::Send(departures));
        }
        // The channel vanished, or the time for it passed, while it was begun: surely not sent.
        for id in stays {
            self.book(now, id, Outcome::NotSent { why: NotSent::NeverWritten });
        }
    }

    /// Nobody knows whether the batch was begun; if it was, surely nothing left: booked as not sent, which the store
    /// takes only where the attempt exists. Until that is settled the channel claims nothing: the same attempt
    /// must not be begun a second time and then be called off.
    fn not_begun(&mut self, now: Timestamp, channel: ChannelId) {
        self.rest(now, channel);
        let Some(lane) = self.lanes.get_mut(&channel) else { return };
        let rows = lane.abandon();
        let ids: Vec<MessageId> = rows.keys().copied().collect();
        for (id, claimed) in rows {
            lane.in_flight += 1;
            lane.in_doubt += 1;
            let attempts = claimed.message.attempts + 1;
            let message = Message { attempts, ..claimed.message };
            self.flights.insert(id, Flight { is_in_doubt: true, ..Flight::new(message) });
        }
        for id in ids {
            self.book(now, id, Outcome::NotSent { why: NotSent::NeverWritten });
        }
    }

    /// Results are committed: their messages are no longer under way; what was in doubt is queued, or was never begun.
    fn booked(&mut self, commands: &mut Vec<Command>) {
        let mut doubted: BTreeMap<AccountId, Vec<MessageId>> = BTreeMap::new();
        for row in self.records.done() {
            let Some(flight) = self.flights.remove(&row.message) else { continue };
            let Some(lane) = self.lanes.get_mut(&flight.message.channel) else { continue };
            lane.in_flight = lane.in_flight.saturating_sub(1);
            if flight.is_in_doubt {
                lane.in_doubt = lane.in_doubt.saturating_sub(1);
                doubted.entry(row.account).or_default().push(row.message);
            }
        }
        commands
            .extend(doubted.into_iter().map(|(account, ids)| Command::Store(Work::Release(account, ids))));
    }

    /// One answer. A refusal of our mark is about the upstream, not about the message: it goes again, without.
    fn answered(&mut self, now: Timestamp, id: MessageId, outcome: Outcome, commands: &mut Vec<Command>) {
        let flight = self.flights.get(&id).filter(|flight| flight.is_marked && refuses_mark(&outcome));
        let Some(flight) = flight.filter(|flight| now + UNMARKED_AFTER < flight.message.deadline) else {
            return self.book(now, id, outcome);
        };
        commands.push(Command::Unmark(flight.message.channel));
        let (account, attempt) = (flight.message.account, flight.message.attempts);
        let next = Next::Retry { after: UNMARKED_AFTER, reason: WaitKind::Retry };
        self.records.push(now, SendRecord { message: id, account, attempt, outcome, next, own_id: false });
    }

    /// What an answer means and what comes next, gathered for the store.
    fn book(&mut self, now: Timestamp, id: MessageId, outcome: Outcome) {
        let Some(flight) = self.flights.get(&id) else { return };
        let message = &flight.message;
        let jitter = self.dice.unit();
        let (tries, deadline) = (message.attempts, message.deadline);
        let next =
            outcome::next(&outcome, tries, jitter, now, deadline, flight.sync_first_use, flight.paused);
        let own_id = matches!(&outcome, Outcome::Taken { upstream_id, .. } if *upstream_id == flight.wamid);
        let (account, attempt) = (message.account, message.attempts);
        self.records.push(now, SendRecord { message: id, account, attempt, outcome, next, own_id });
    }

    /// After a failed store call the channel is left alone for a moment.
    fn rest(&mut self, now: Timestamp, channel: ChannelId) {
        if let Some(lane) = self.lanes.get_mut(&channel) {
            lane.rest(now, now + STORE_REST);
        }
    }

    fn wake_at(&self, now: Timestamp) -> Option<Timestamp> {
        let claims = if self.is_stopping {
            None
        } else {
            // A channel that is due and has no room is woken by the next booking.
            let plans = self.lanes.values().filter_map(Lane::plans_at);
            let claims = self.lanes.values().filter_map(Lane::claims_at);
            claims.chain(plans).filter(|at| *at > now).min()
        };
        sooner(claims, self.records.wake_at())
    }
}

#[cfg(test)]
mod tests;
