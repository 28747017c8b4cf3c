//! The clocks: what time it really is, at which everything happens, and what the process makes of its machine's clocks,
//! reckoned as the program reckons. The machine sleeps, the clock on its wall is wrong after a restart and is set right.

use std::time::Duration;

use stentor::clock::Reckoning;
use stentor::engine::dispatcher::{Command, Work};
use stentor_core::message::{Change, Message, State};
use stentor_core::time::Timestamp;

use crate::agenda::Happening;
use crate::faults::between;
use crate::setup::BEGINNING;
use crate::world::{Checked, Violation, World, broken, ready};

/// After a jump nothing is given up for so long; a smaller step is none.
const JUMP: Duration = Duration::from_mins(1);
/// The latest time is written so much later than it was seen, at most.
const SEEN_LAG_MS: u64 = 1_000;
/// Jumps that are looked back on.
const GAPS: usize = 64;

/// In the middle of what a machine falls asleep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Midst {
    /// A begin was asked for: it is committed by a decision that is as old as the sleep is long.
    Begin,
    /// Messages are begun, and have not left.
    Departure,
    /// A message is in doubt that goes again when it is silent for long, and others are heard of: the sleep is no silence.
    Doubt,
}

impl Midst {
    /// What one step of the dispatcher leaves under way.
    pub fn of(commands: &[Command]) -> Option<Self> {
        commands.iter().find_map(|command| match command {
            Command::Send(_) => Some(Self::Departure),
            Command::Store(Work::Begin(_)) => Some(Self::Begin),
            _ => None,
        })
    }
}

/// The clocks of a world.
#[derive(Debug, Default)]
pub struct Clocks {
    /// The machine sleeps until then.
    asleep_until: Option<Timestamp>,
    /// It falls asleep in the middle of the next one.
    sleeps_amid: Option<Midst>,
    /// So long it has slept so far: what counts on did not.
    slept: Duration,
    /// The clock on the wall is behind by so much.
    behind: Duration,
    /// Times that the process's clock never said, or at which no process was there: after the first, before the second.
    gaps: Vec<(Timestamp, Timestamp)>,
    /// The clock jumped over these, and nothing is given up until a minute later.
    jumped: Option<(Timestamp, Timestamp)>,
    /// The latest time that any process's clock has said.
    pub latest: Timestamp,
    /// The latest time of a commit.
    seen: Timestamp,
}

impl Clocks {
    /// When something is late that was due at that time: what nobody could do while nobody was there is not.
    pub fn late_from(&self, due: Timestamp, slack: Duration) -> Timestamp {
        self.gaps.iter().fold(due, |due, (from, to)| {
            // What was nearly due before may wait as long after.
            if due + slack > *from && due < *to { *to } else { due }
        }) + slack
    }

    /// How much of the time between the two nobody was there.
    pub fn absent(&self, from: Timestamp, to: Timestamp) -> Duration {
        let within = |(a, b): &(Timestamp, Timestamp)| (*b).min(to).since((*a).max(from));
        self.gaps.iter().map(within).sum()
    }

    /// A new process begins then, perhaps before what the last one read off its clock and told nobody.
    fn begin(&mut self, last: Timestamp, start: Timestamp) {
        self.gaps.iter_mut().for_each(|(_, to)| *to = start.min(*to));
        self.gaps.retain(|(from, to)| from < to);
        self.note(last, start);
        self.jumped = None;
    }

    fn note(&mut self, from: Timestamp, to: Timestamp) {
        if to > from {
            self.gaps.push((from, to));
            let over = self.gaps.len().saturating_sub(GAPS);
            self.gaps.drain(..over);
        }
    }
}

impl World {
    /// Whether a process is there and its machine awake.
    pub fn is_up(&self) -> bool {
        self.process.is_some() && self.clocks.asleep_until.is_none()
    }

    /// The process reads its clocks.
    pub fn tick(&mut self) {
        if !self.is_up() {
            return;
        }
        let (wall, counted) = (self.real - self.clocks.behind, self.counted());
        let Some(process) = &mut self.process else { return };
        let (before, jumps) = (self.now, process.clock.jumps());
        self.now = process.clock.now(Some(wall), counted);
        self.clocks.latest = self.clocks.latest.max(self.now);
        if process.clock.jumps() != jumps {
            self.clocks.note(before, self.now);
            self.clocks.jumped = Some((before, self.now));
            self.tally.jumps += 1;
            self.line(None, format!("the clock jumps from {before} to {}", self.now));
        }
    }

    /// What the machine's counting clock says.
    fn counted(&self) -> Duration {
        self.real.since(BEGINNING).saturating_sub(self.clocks.slept)
    }

    /// When it really is that time by the process's clock, as far as it counts on.
    pub fn really(&self, at: Timestamp) -> Timestamp {
        self.real + at.since(self.now)
    }

    /// A commit of that time is known to be durable.
    pub fn saw(&mut self, at: Timestamp) {
        self.clocks.seen = self.clocks.seen.max(at.min(self.now));
    }

    /// A new process's clock: never before what its store has seen, but for what of that is not yet written.
    pub fn begin_clock(&mut self) -> Result<Reckoning, Violation> {
        let seen = ready(self.store.last_seen()).expect("the latest time");
        let lag = Duration::from_millis(SEEN_LAG_MS);
        if seen + lag < self.clocks.seen {
            let what = format!("the store has seen {seen} and committed at {}", self.clocks.seen);
            return Err(Violation { message: None, what });
        }
        // Whatever of the last second was written: the same on every store.
        let kept = self.clocks.seen - between(&mut self.dice, 0, SEEN_LAG_MS);
        let start = kept.max(self.real - self.clocks.behind);
        self.clocks.begin(self.now, start);
        self.now = start;
        Ok(Reckoning::new(start, self.counted()))
    }

    /// The machine is to sleep: now, or in the middle of the next send.
    pub fn goes_to_sleep(&mut self) {
        match self.dice.unit() {
            roll if roll < 0.25 => self.fall_asleep(),
            roll if roll < 0.5 => self.clocks.sleeps_amid = Some(Midst::Begin),
            roll if roll < 0.75 => self.clocks.sleeps_amid = Some(Midst::Departure),
            _ => self.clocks.sleeps_amid = Some(Midst::Doubt),
        }
    }

    /// Something is under way: the moment to fall asleep, where that was waited for. Last in a happening: what it leads to
    /// happens after the sleep.
    pub fn may_sleep(&mut self, amid: Option<Midst>) {
        if amid.is_none() || self.clocks.sleeps_amid != amid {
            return;
        }
        self.clocks.sleeps_amid = None;
        if amid == Some(Midst::Doubt) {
            // Others are heard of first.
            let at = self.real + between(&mut self.dice, 1_000, 30_000);
            self.agenda.at(at, Happening::Doze);
        } else {
            self.fall_asleep();
        }
    }

    /// The machine sleeps: what was to happen in it happens as much later.
    pub fn fall_asleep(&mut self) {
        if !self.is_up() || self.is_calm(self.real) {
            return;
        }
        let by = match self.dice.unit() {
            roll if roll < 0.3 => between(&mut self.dice, 1_000, 70_000),
            roll if roll < 0.6 => between(&mut self.dice, 60_000, 1_800_000),
            _ => between(&mut self.dice, 1_800_000, 18_000_000),
        };
        let by = by.min(self.until_calm());
        self.line(None, format!("the machine sleeps for {} s", by.as_secs()));
        self.clocks.asleep_until = Some(self.real + by);
        self.clocks.slept += by;
        // First it wakes up and reads its clocks: nobody goes on by the time of before.
        let put_off = by + Duration::from_millis(1);
        self.agenda.put_off(self.life, put_off);
        if let Some(process) = &mut self.process {
            process.put_off(put_off);
        }
        self.agenda.at(self.real + by, Happening::Awake);
    }

    /// It wakes up.
    pub fn wake_up(&mut self) {
        self.clocks.asleep_until = None;
        self.tick();
    }

    /// How long nobody can reach the machine because it sleeps.
    pub fn asleep_until(&self) -> Option<Timestamp> {
        self.clocks.asleep_until
    }

    /// How long the process is down, and whether the clock on the wall is right when it is back.
    pub fn outage(&mut self) -> Duration {
        if self.is_calm(self.real) || self.dice.unit() < 0.7 {
            return between(&mut self.dice, 500, 90_000);
        }
        let down = between(&mut self.dice, 60_000, 10_800_000).min(self.until_calm());
        if self.dice.unit() < 0.6 {
            self.clocks.behind = between(&mut self.dice, 60_000, 21_600_000);
            let right = down + between(&mut self.dice, 60_000, 14_400_000);
            self.agenda.at(self.real + right, Happening::SetClock);
            self.line(None, format!("the clock is {} s behind", self.clocks.behind.as_secs()));
        }
        down
    }

    /// The clock on the wall is set right.
    pub fn set_clock(&mut self) {
        self.clocks.behind = Duration::ZERO;
        self.tick();
    }

    fn until_calm(&self) -> Duration {
        self.calm_from.since(self.real).saturating_sub(Duration::from_secs(1))
    }

    /// In the minute after a jump nothing is given up that was not due before it. Silence is evidence by what was asked for
    /// `asked` before the jump.
    pub fn rests(&self, asked: Timestamp, changes: &[Change]) -> Checked {
        let Some((from, to)) = self.clocks.jumped.filter(|(_, to)| self.now < *to + JUMP) else {
            return Ok(());
        };
        let was_due = |row: &Message| self.books.row(row.id).and_then(|old| old.due) <= Some(from);
        let is_silence = |row: &Message| row.state == State::Waiting && asked <= from;
        match changes.iter().map(|c| &c.message).find(|row| !was_due(row) && !is_silence(row)) {
            Some(row) => {
                Err(broken(row.id, format!("is given up while the clock rests after its jump to {to}")))
            }
            None => Ok(()),
        }
    }
}
