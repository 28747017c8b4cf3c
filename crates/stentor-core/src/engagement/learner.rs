//! An account's whole memory of engagement: fed by the learning log, asked by the planner.

use std::collections::BTreeMap;

use super::entry::{Entry, Fact, Goal, Sent};
use super::explain::{Contribution, contributions};
use super::features::{self, FEATURES, Moment, Who};
use super::filter::Effect;
use super::history::History;
use super::model::{Model, Score};
use super::pending::{Pending, Waiting};
use super::person::{Last, Person};
use crate::time::Timestamp;

/// Sends that may wait for their label at a time; what is sent beyond that is not learnt from.
pub const LABELS_PENDING_MAX: usize = 400_000;
/// People remembered; beyond it, those who were sent nothing for longest make room, this many at a time.
const PEOPLE_MAX: usize = 2_000_000;
const PEOPLE_DROPPED: usize = 100_000;
/// The rates an account starts with: read, click, reply, conversion.
const BASE_RATES: [f64; 4] = [0.6, 0.05, 0.03, 0.01];

/// Counters, models and what waits for a label.
#[derive(Clone, Debug, PartialEq)]
pub struct Learner {
    pub(super) position: u64,
    pub(super) epoch: u64,
    pub(super) unlearnt: u64,
    pub(super) models: [Model; 4],
    pub(super) history: History,
    pub(super) people: BTreeMap<u64, Person>,
    pub(super) waiting: Waiting,
}

impl Default for Learner {
    fn default() -> Self {
        Self {
            position: 0,
            epoch: 0,
            unlearnt: 0,
            models: BASE_RATES.map(|rate| Model::new(FEATURES, rate)),
            history: History::new(BASE_RATES),
            people: BTreeMap::new(),
            waiting: Waiting::default(),
        }
    }
}

impl Learner {
    /// The place in the log of the last entry applied; the next one to apply is the first above it.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }

    /// How many people were erased; what was computed under another epoch is not comparable bit for bit.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Sends that were not learnt from because too many waited for their label.
    #[must_use]
    pub fn unlearnt(&self) -> u64 {
        self.unlearnt
    }

    /// The model of a goal.
    #[must_use]
    pub fn model(&self, goal: Goal) -> &Model {
        &self.models[goal.index()]
    }

    /// What is counted of the account and its templates.
    #[must_use]
    pub fn history(&self) -> &History {
        &self.history
    }

    /// What is kept of a person.
    #[must_use]
    pub fn person(&self, recipient: u64) -> Option<&Person> {
        self.people.get(&recipient)
    }

    /// Applies the next entry; an entry at or before [`Self::position`] was applied already and changes nothing.
    pub fn apply(&mut self, entry: &Entry) {
        if entry.position <= self.position {
            return;
        }
        self.position = entry.position;
        self.advance(entry.at);
        let minute = minute_of(entry.at);
        match entry.fact {
            Fact::Sent(sent) => self.sent(entry, &sent, minute),
            Fact::Delivered => self.delivered(entry),
            Fact::Read => self.engaged(entry, Goal::Read, minute),
            Fact::Clicked => self.engaged(entry, Goal::Click, minute),
            Fact::Replied => self.engaged(entry, Goal::Reply, minute),
            Fact::Converted => self.engaged(entry, Goal::Conversion, minute),
            Fact::OptedOut => {
                let fatigue = self.waiting.get_mut(entry.message).map_or(0, |pending| pending.fatigue);
                self.history.note_opt_out(usize::from(fatigue));
            }
            Fact::Inbound => self.people.entry(entry.recipient).or_default().note(Last::Inbound, minute),
        }
    }

    /// Learns every label whose window closed by `now`. It may be called whenever time passes: the next entry would do
    /// the same first, so the result does not depend on it.
    pub fn advance(&mut self, now: Timestamp) {
        while let Some(pending) = self.waiting.pop_due(now.millis()) {
            self.mature(&pending);
        }
    }

    /// When the next window closes; `None` where nothing waits for its label.
    #[must_use]
    pub fn label_due(&self) -> Option<Timestamp> {
        self.waiting.next_due().map(Timestamp::from_millis)
    }

    /// Erases a person. What the models took from them stays: it is not theirs any more.
    pub fn forget(&mut self, recipient: u64) {
        self.people.remove(&recipient);
        self.waiting.forget(recipient);
        self.epoch += 1;
    }

    /// How likely they are to engage with a message that leaves at each of these moments, and how the first came about.
    /// `sent` is the message; its own hour is not looked at.
    #[must_use]
    pub fn score(&self, who: Who, sent: &Sent, now: Timestamp, moments: &[Moment]) -> Vec<Score> {
        let (person, effect, mut row) = self.seen(who, sent, now);
        let model = self.model(sent.goal);
        let baseline = self.history.baseline(person.as_ref(), sent.template, sent.goal, minute_of(now));
        if let [moment] = moments {
            // Nothing to share: the whole row at once costs less.
            row.extend(features::of_moment(*moment));
            return vec![model.score(&row, &effect, Effect::at_hour(moment.local_hour), baseline)];
        }
        let base = model.base(&row);
        let at = |moment: &Moment| {
            let loading = Effect::at_hour(moment.local_hour);
            model.score_with(&base, &features::of_moment(*moment), &effect, loading, baseline)
        };
        moments.iter().map(at).collect()
    }

    /// The largest contributions to the score of a message that leaves at this moment.
    #[must_use]
    pub fn explain(&self, who: Who, sent: &Sent, now: Timestamp, moment: Moment) -> Vec<Contribution> {
        let (_, effect, mut row) = self.seen(who, sent, now);
        row.extend(features::of_moment(moment));
        let loading = Effect::at_hour(moment.local_hour);
        contributions(self.model(sent.goal).leader(), &row, &effect, loading)
    }

    fn seen(&self, who: Who, sent: &Sent, now: Timestamp) -> (Option<Person>, Effect, Vec<(u16, f64)>) {
        let person = match who {
            Who::Person(key) => Some(self.people.get(&key).copied().unwrap_or_default()),
            Who::Nobody => None,
        };
        let effect = match person {
            Some(person) if sent.goal == Goal::Read => person.effect,
            _ => Effect::NONE,
        };
        let row = features::of_message(&self.history, person.as_ref(), sent, minute_of(now));
        (person, effect, row)
    }

    fn sent(&mut self, entry: &Entry, sent: &Sent, minute: u32) {
        let moment = Moment { local_hour: sent.local_hour, is_weekend: sent.is_weekend };
        let (person, effect, mut row) = self.seen(Who::Person(entry.recipient), sent, entry.at);
        row.extend(features::of_moment(moment));
        row.sort_unstable_by_key(|(index, _)| *index);
        let baseline = self.history.baseline(person.as_ref(), sent.template, sent.goal, minute);
        let loading = Effect::at_hour(sent.local_hour);
        let said = self.model(sent.goal).score(&row, &effect, loading, baseline).said;
        let mut person = person.unwrap_or_default();
        let fatigue = super::fatigue_bucket(person.sends_in_7_days(minute));
        person.note_send(minute);
        self.make_room();
        self.people.insert(entry.recipient, person);
        self.history.note_send(sent.template, minute, fatigue);
        if self.waiting.len() >= LABELS_PENDING_MAX {
            self.unlearnt += 1;
            return;
        }
        let due = (entry.at + sent.goal.window()).millis();
        let pending = Pending::new(due, entry.recipient, sent, fatigue, said, &row);
        self.waiting.insert(entry.message, pending);
    }

    fn delivered(&mut self, entry: &Entry) {
        if let Some(pending) = self.waiting.get_mut(entry.message).filter(|pending| !pending.is_delivered) {
            pending.is_delivered = true;
            self.people.entry(entry.recipient).or_default().note_delivered();
        }
    }

    fn engaged(&mut self, entry: &Entry, goal: Goal, minute: u32) {
        // A read says that it was delivered, whether or not that was reported.
        self.delivered(entry);
        let person = self.people.entry(entry.recipient).or_default();
        match goal {
            Goal::Read => person.note(Last::Read, minute),
            Goal::Click => person.note(Last::Click, minute),
            Goal::Reply => person.note(Last::Inbound, minute),
            Goal::Conversion => {}
        }
        person.note_engaged(goal);
        match self.waiting.get_mut(entry.message) {
            Some(pending) => pending.seen[goal.index()] = true,
            None => person.count_late(goal, minute),
        }
    }

    /// The window closed: counters and model learn what came of it. What never arrived says nothing of the person.
    fn mature(&mut self, pending: &Pending) {
        if !pending.is_delivered {
            return;
        }
        let minute = minute_of(Timestamp::from_millis(pending.due_millis));
        let Some(person) = self.people.get_mut(&pending.recipient) else { return };
        if pending.goal == Goal::Read && person.hides_reads() {
            return;
        }
        person.count(pending.seen, minute);
        self.history.count(pending.template, pending.seen, minute);
        let row: Vec<_> = pending.row.iter().map(|&(index, value)| (index, f64::from(value))).collect();
        let mut none = Effect::NONE;
        let effect = if pending.goal == Goal::Read { &mut person.effect } else { &mut none };
        let is_positive = pending.seen[pending.goal.index()];
        let loading = Effect::at_hour(pending.local_hour);
        self.models[pending.goal.index()].learn(&row, effect, loading, &pending.said, is_positive);
    }

    fn make_room(&mut self) {
        if self.people.len() < PEOPLE_MAX {
            return;
        }
        let mut by_age: Vec<_> =
            self.people.iter().map(|(key, person)| (person.last(Last::Send).unwrap_or(0), *key)).collect();
        by_age.sort_unstable();
        for (_, key) in by_age.into_iter().take(PEOPLE_DROPPED) {
            self.people.remove(&key);
        }
    }
}

/// Whole minutes since the epoch, as records of people keep them.
pub(super) fn minute_of(at: Timestamp) -> u32 {
    u32::try_from(at.secs().div_euclid(60)).unwrap_or(0)
}
