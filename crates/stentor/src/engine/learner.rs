//! From the learning log to what is known of people and templates: reads the log by number, keeps a snapshot with the
//! place in the log. Pure but for the minds it teaches: `run` hands in inputs and executes the commands. Time is the
//! log's alone: a label matures when a line behind its window comes by, so that a replay gives the same. Where none
//! comes, a line is written that says how late it is: this clock decides when, the line what is learnt.
//!
//! A snapshot and the lines after it give the same bits as the whole log. Whoever was erased is forgotten at their line,
//! and a snapshot follows at once, so that none of the old ones is left.

mod work;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use stentor_core::engagement::{Entry, Fact, Learner as Mind, Moment, Sent};
use stentor_core::id::AccountId;
use stentor_core::learning::{Decided, Deed, Line, NOBODY};
use stentor_core::time::Timestamp;
use stentor_store::{KeptMind, Learnt};

use super::step::{STORE_REST, Step, sooner};
use crate::minds::Minds;
pub use work::Work;

/// Lines of one read.
const READ_ROWS: usize = 2_000;
/// The log is looked at this often: nothing tells of new lines.
const LOOK: Duration = Duration::from_secs(2);
/// A label waits so much longer than its window for what is still on its way, unless other lines come by. As long after
/// a start, or a jump of the clock: what came meanwhile is told late.
const GRACE: Duration = Duration::from_mins(15);
/// At most so often it is said how late it is.
const TICK_EVERY: Duration = Duration::from_mins(1);
/// How often what was learnt is kept.
const KEEP_EVERY: Duration = Duration::from_hours(1);

/// What the learner is told.
#[derive(Debug)]
pub enum Input {
    /// Look.
    Woken,
    /// The answer to [`Work::Load`].
    Loaded(Vec<KeptMind>),
    /// The answer to [`Work::Read`].
    Read(Vec<Learnt>),
    /// A call of the store failed.
    Failed,
    /// The answer to [`Work::Keep`].
    Kept,
    /// It failed, or nobody knows: it is kept another time.
    KeepFailed,
    /// The answer to [`Work::Tick`], whatever came of it.
    Ticked,
    /// What was learnt is kept; nothing more is read.
    Stop,
}

/// Where a mind stands in the log.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    /// The number of the last line of it.
    position: i64,
    /// The latest time of a line: entries never go back in time.
    at: Timestamp,
}

/// The mover between the log and the minds.
#[derive(Debug)]
pub struct Learner {
    minds: Arc<Minds>,
    places: BTreeMap<AccountId, Place>,
    /// The last line that was read; `None`: the snapshots are not loaded.
    position: Option<i64>,
    /// A read or load is under way.
    is_reading: bool,
    is_keeping: bool,
    is_ticking: bool,
    /// The last read found the log's end.
    is_at_end: bool,
    stepped_at: Timestamp,
    tick_at: Timestamp,
    look_at: Timestamp,
    keep_at: Timestamp,
    /// Accounts whose mind is not kept as it is.
    changed: BTreeSet<AccountId>,
    is_stopping: bool,
}

impl Learner {
    /// A learner that has read nothing.
    #[must_use]
    pub fn new(minds: Arc<Minds>) -> Self {
        Self {
            minds,
            places: BTreeMap::new(),
            position: None,
            is_reading: false,
            is_keeping: false,
            is_ticking: false,
            is_at_end: false,
            stepped_at: Timestamp::default(),
            tick_at: Timestamp::default(),
            look_at: Timestamp::default(),
            keep_at: Timestamp::default(),
            changed: BTreeSet::new(),
            is_stopping: false,
        }
    }

    /// Takes in what happened and says what is to be done.
    pub fn step(&mut self, now: Timestamp, inputs: Vec<Input>) -> Step<Work> {
        if self.keep_at == Timestamp::default() {
            self.keep_at = now + KEEP_EVERY;
        }
        if now.since(self.stepped_at) > GRACE {
            self.tick_at = now + GRACE;
        }
        self.stepped_at = now;
        for input in inputs {
            self.take(now, input);
        }
        let mut commands = Vec::new();
        if !self.is_stopping && !self.is_reading && now >= self.look_at {
            self.is_reading = true;
            commands.push(match self.position {
                None => Work::Load,
                Some(after) => Work::Read { after, limit: READ_ROWS },
            });
        }
        let is_due = now >= self.keep_at || self.is_stopping;
        if is_due && !self.is_keeping && !self.is_reading && !self.changed.is_empty() {
            self.is_keeping = true;
            commands.push(Work::Keep(self.snapshots()));
            self.keep_at = now + KEEP_EVERY;
        }
        commands.extend(self.tick(now));
        let look = (!self.is_stopping && !self.is_reading).then_some(self.look_at);
        // While a read is under way its answer comes first: a wake-up before it would find nothing to do, at once and for ever.
        let keep = (!self.is_keeping && !self.is_reading && !self.changed.is_empty()).then_some(self.keep_at);
        Step { commands, wake_at: sooner(look, keep) }
    }

    /// Whether it was told to stop and nothing is under way any more.
    #[must_use]
    pub fn is_done(&self) -> bool {
        let is_busy = self.is_reading || self.is_keeping || self.is_ticking;
        self.is_stopping && !is_busy && self.changed.is_empty()
    }

    /// The last line that was learnt from.
    #[must_use]
    pub fn position(&self) -> i64 {
        self.position.unwrap_or(0)
    }

    /// Says how late it is where labels wait for nothing else: all lines are read, and their window closed a while ago.
    /// Asked at every look, which is far more often than it answers: no wake of its own is needed.
    fn tick(&mut self, now: Timestamp) -> Option<Work> {
        if self.is_stopping || self.is_ticking || !self.is_at_end || now < self.tick_at {
            return None;
        }
        self.tick_at = now + TICK_EVERY;
        let at = now - GRACE;
        let is_due = |account: &AccountId| {
            let mind = self.minds.of(*account);
            let due = mind.and_then(|mind| mind.read().unwrap_or_else(PoisonError::into_inner).label_due());
            due.is_some_and(|due| due <= at)
        };
        let accounts: Vec<AccountId> = self.places.keys().copied().filter(is_due).collect();
        self.is_ticking = !accounts.is_empty();
        self.is_ticking.then_some(Work::Tick { accounts, at })
    }

    fn take(&mut self, now: Timestamp, input: Input) {
        match input {
            Input::Woken => {}
            Input::Loaded(snapshots) => {
                self.is_reading = false;
                self.load(snapshots);
            }
            Input::Read(lines) => {
                self.is_reading = false;
                self.is_at_end = lines.len() < READ_ROWS;
                self.look_at = if self.is_at_end { now + LOOK } else { now };
                for learnt in &lines {
                    self.learn(now, learnt);
                }
            }
            Input::Failed => {
                self.is_reading = false;
                self.look_at = now + STORE_REST;
            }
            Input::Kept => self.is_keeping = false,
            Input::KeepFailed => {
                self.is_keeping = false;
                self.keep_at = now + KEEP_EVERY;
                // At a stop nothing is tried again: the log has it all.
                if !self.is_stopping {
                    self.changed.extend(self.places.keys());
                }
            }
            Input::Ticked => {
                self.is_ticking = false;
                self.look_at = now;
            }
            Input::Stop => self.is_stopping = true,
        }
    }

    /// Takes up where the snapshots are. One that cannot be read is made anew from the log.
    fn load(&mut self, snapshots: Vec<KeptMind>) {
        for KeptMind { account, position, at, state } in snapshots {
            if state.is_empty() {
                continue;
            }
            match Mind::restore(&state) {
                Ok(mind) => {
                    self.minds.put(account, mind);
                    self.places.insert(account, Place { position, at });
                }
                Err(error) => tracing::warn!(%account, %error, "what was learnt is learnt anew from the log"),
            }
        }
        // Whoever has no snapshot begins at the beginning; the others know what they have read.
        self.position = Some(0);
    }

    fn learn(&mut self, now: Timestamp, learnt: &Learnt) {
        let Learnt { seq, line } = learnt;
        self.position = Some(*seq);
        if line.deed == Deed::Forgotten && line.account == AccountId(0) {
            self.minds.clear();
            self.places.clear();
            self.changed.clear();
            return;
        }
        let place = self.places.entry(line.account).or_default();
        if *seq <= place.position {
            return;
        }
        place.position = *seq;
        if line.deed == Deed::Forgotten {
            self.minds.teach(line.account, |mind| mind.forget(line.recipient.0.cast_unsigned()));
            self.changed.insert(line.account);
            self.keep_at = now;
            return;
        }
        place.at = place.at.max(line.at);
        if line.deed == Deed::Tick {
            let at = place.at;
            self.minds.teach(line.account, |mind| mind.advance(at));
            self.changed.insert(line.account);
            return;
        }
        if let Some(entry) = entry(*seq, place.at, line) {
            self.minds.teach(line.account, |mind| mind.apply(&entry));
            self.changed.insert(line.account);
        }
    }

    fn snapshots(&mut self) -> Vec<KeptMind> {
        let of = |account: AccountId| {
            let Place { position, at } = *self.places.get(&account)?;
            let mind = self.minds.of(account)?;
            let state = mind.read().unwrap_or_else(PoisonError::into_inner).snapshot();
            Some(KeptMind { account, position, at, state })
        };
        std::mem::take(&mut self.changed).into_iter().filter_map(of).collect()
    }
}

/// A line as the mind takes it; `None` for one that is nobody's.
fn entry(position: i64, at: Timestamp, line: &Line) -> Option<Entry> {
    let fact = match &line.deed {
        Deed::Sent(decided) => Fact::Sent(sent(line, decided)),
        Deed::Delivered => Fact::Delivered,
        Deed::Read => Fact::Read,
        Deed::Click { .. } => Fact::Clicked,
        Deed::Reply { .. } => Fact::Replied,
        Deed::OptOut => Fact::OptedOut,
        Deed::Conversion(_) => Fact::Converted,
        Deed::Forgotten | Deed::Tick => return None,
    };
    (line.recipient != NOBODY).then(|| Entry {
        position: position.cast_unsigned(),
        at,
        recipient: line.recipient.0.cast_unsigned(),
        message: line.message.0.cast_unsigned(),
        fact,
    })
}

/// What is known of a message that leaves when the line says.
fn sent(line: &Line, decided: &Decided) -> Sent {
    let Moment { local_hour, is_weekend } = moment(line.at, decided.local_minutes);
    Sent {
        template: line.template.0.cast_unsigned(),
        goal: decided.kind.goal,
        local_hour,
        is_weekend,
        has_media: decided.kind.has_media,
        has_buttons: decided.kind.has_buttons,
        is_their_language: None,
    }
}

/// The hour and the day there.
pub(super) fn moment(at: Timestamp, local_minutes: i16) -> Moment {
    let minutes = at.millis().div_euclid(60_000) + i64::from(local_minutes);
    // 1970-01-01 was a Thursday.
    let weekday = (minutes.div_euclid(24 * 60) + 4).rem_euclid(7);
    let local_hour = u8::try_from(minutes.rem_euclid(24 * 60) / 60).unwrap_or(0);
    Moment { local_hour, is_weekend: weekday == 0 || weekday == 6 }
}

#[cfg(test)]
mod tests;
