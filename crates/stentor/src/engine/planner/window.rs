//! What waits in a channel, as far as it is looked at: kept between plans, so that nobody is scored twice.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;
use std::time::Duration;

use stentor_core::engagement::{Learner, Moment, Sent, Who};
use stentor_core::id::MessageId;
use stentor_core::learning::{Decided, Kind};
use stentor_core::schedule::{Lot, Slot, lot, uniform_slot};
use stentor_core::time::Timestamp;
use stentor_store::Waits;

use super::slots::Clocks;
use super::{who, worth};
use crate::minds::Mind;

/// All moments of a week that are told apart: the hours of a weekday, and of a day of the weekend.
const MOMENTS: usize = 48;
/// Scores are an hour old, half an hour more or less by the message, so that they do not all grow old at once: hours
/// pass, and people read other things.
const SCORED_FOR: Duration = Duration::from_mins(30);
const SCORED_FOR_SPREAD: i64 = 60;
/// A day's eighths, as the model tells hours apart.
const EIGHTHS: [Moment; 8] = {
    let mut all = [Moment { local_hour: 0, is_weekend: false }; 8];
    let mut n = 0;
    while n < all.len() {
        all[n].local_hour = 3 * n as u8 + 1;
        n += 1;
    }
    all
};
/// So many are scored before somebody else may learn.
const SCORED_AT_ONCE: usize = 500;

/// A waiting message.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub deadline: Timestamp,
    pub template: u64,
    pub recipient: u64,
    pub who: Who,
    pub kind: Kind,
    pub local_minutes: i16,
    pub is_slice: bool,
    /// Of the slice: when the slot begins that it drew.
    drawn_at: Option<Timestamp>,
    scored_at: Option<Timestamp>,
    /// How likely the person is to engage at whatever hour, said when it was first looked at: the mean over the day's eighths.
    pub usual: f32,
    /// What it is worth, by [`place`]; not a number where nobody has asked yet.
    worth: [f32; MOMENTS],
}

/// The window.
#[derive(Clone, Debug, Default)]
pub struct Window {
    pub(super) rows: BTreeMap<MessageId, Row>,
    /// Looked at and left alone: the classic way, first come first served.
    others: BTreeSet<MessageId>,
}

impl Window {
    /// Forgets what does not wait any more; what is new of what does.
    pub fn keep(&mut self, waiting: &[MessageId]) -> Vec<MessageId> {
        let there: BTreeSet<MessageId> = waiting.iter().copied().collect();
        self.rows.retain(|id, _| there.contains(id));
        self.others.retain(|id| there.contains(id));
        let is_new = |id: &MessageId| !self.rows.contains_key(id) && !self.others.contains(id);
        waiting.iter().copied().filter(is_new).collect()
    }

    /// Takes in what is new. `kinds`: of the account's templates.
    pub fn add(&mut self, now: Timestamp, new: Vec<Waits>, kinds: &BTreeMap<u64, Kind>, profiles_all: bool) {
        for Waits { message, address, time_zone } in new {
            let template =
                message.template.filter(|_| message.route == stentor_core::route::Route::Optimised);
            let Some(template) = template.map(|id| id.0.cast_unsigned()) else {
                self.others.insert(message.id);
                continue;
            };
            let decided = Decided::of(&address, time_zone.as_deref(), now, profiles_all);
            let recipient = message.recipient.0.cast_unsigned();
            self.rows.insert(
                message.id,
                Row {
                    deadline: message.deadline,
                    template,
                    recipient,
                    // What may not be learnt from must not be judged by what was, either.
                    who: who(recipient, decided.is_profiled && message.sharing),
                    kind: kinds.get(&template).copied().unwrap_or_default(),
                    local_minutes: decided.local_minutes,
                    is_slice: false,
                    drawn_at: None,
                    scored_at: None,
                    usual: f32::NAN,
                    worth: [f32::NAN; MOMENTS],
                },
            );
        }
    }

    /// How many messages are in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len() + self.others.len()
    }

    /// Whether it is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Scores those messages at the moments that matter, where that was not done yet, or too long ago.
    pub(super) fn score(&mut self, now: Timestamp, ids: &[MessageId], clocks: &mut Clocks<'_>, mind: &Mind) {
        for ids in ids.chunks(SCORED_AT_ONCE) {
            let learner = mind.read().unwrap_or_else(PoisonError::into_inner);
            for id in ids {
                if let Some(row) = self.rows.get_mut(id) {
                    row.grow_old(now, *id);
                    row.score(now, &clocks.at(row.local_minutes).moments, &learner);
                }
            }
        }
    }
}

impl Row {
    /// What it is worth at that moment, as far as it was asked.
    pub(super) fn value(&self, at: Moment) -> f32 {
        self.worth[place(at)]
    }

    fn grow_old(&mut self, now: Timestamp, id: MessageId) {
        let spread = Duration::from_mins(id.0.rem_euclid(SCORED_FOR_SPREAD).cast_unsigned());
        if self.scored_at.is_none_or(|at| now.since(at) >= SCORED_FOR + spread) {
            self.scored_at = Some(now);
            self.worth = [f32::NAN; MOMENTS];
        }
    }

    fn score(&mut self, now: Timestamp, moments: &[Moment], learner: &Learner) {
        let is_new = self.usual.is_nan();
        let mut wanted = if is_new { EIGHTHS.to_vec() } else { Vec::new() };
        let known = wanted.len();
        for at in moments.iter().filter(|at| self.value(**at).is_nan()) {
            if !wanted[known..].contains(at) {
                wanted.push(*at);
            }
        }
        if wanted.is_empty() {
            return;
        }
        let scores = learner.score(self.who, &sent(self, Moment::default()), now, &wanted);
        let (eighths, scores) = scores.split_at(known);
        if is_new {
            self.usual = eighths.iter().map(|score| score.p as f32).sum::<f32>() / EIGHTHS.len() as f32;
        }
        let person = match self.who {
            Who::Person(key) => learner.person(key),
            Who::Nobody => None,
        };
        let minute = u32::try_from(now.millis() / 60_000).unwrap_or(0);
        let opt_out = learner.history().opt_out(person.map_or(0, |person| person.sends_in_7_days(minute)));
        for (at, score) in wanted[known..].iter().zip(scores) {
            self.worth[place(*at)] = worth(score, opt_out);
        }
    }

    /// Whether chance decides, and in which slot from now. Drawn once, in the slots of the first plan that sees it.
    pub(super) fn drawn(&mut self, seed: u64, slots: &[Slot], open: u64) -> Option<u8> {
        if self.drawn_at.is_none() {
            let Lot::Uniform(draw) = lot(seed, self.template, self.recipient, 1.0) else { return None };
            self.is_slice = true;
            let slot = uniform_slot(draw, open)?;
            self.drawn_at = slots.get(usize::from(slot)).map(|slot| slot.start);
        }
        let at = self.drawn_at?;
        let slot = slots.iter().rposition(|slot| slot.start <= at).unwrap_or(0);
        u8::try_from(slot).ok()
    }
}

/// A moment's place among all.
fn place(at: Moment) -> usize {
    usize::from(at.local_hour) % 24 + if at.is_weekend { 24 } else { 0 }
}

/// The message as it is scored.
pub(super) fn sent(row: &Row, at: Moment) -> Sent {
    Sent {
        template: row.template,
        goal: row.kind.goal,
        local_hour: at.local_hour,
        is_weekend: at.is_weekend,
        has_media: row.kind.has_media,
        has_buttons: row.kind.has_buttons,
        is_their_language: None,
    }
}
