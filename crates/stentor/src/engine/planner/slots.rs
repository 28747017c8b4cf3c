//! The time ahead in slots, and what they are where a person is: which are no night, and at which hours they begin.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::tz::{Offset, TimeZone};
use stentor_core::engagement::Moment;
use stentor_core::quiet_hours::QuietHours;
use stentor_core::schedule::{Mode, SLOTS_MAX, Slot, eligible};
use stentor_core::time::Timestamp;

use super::PLANNED_FOR;
use crate::engine::learner::moment;

/// Where hours matter they are looked at in halves, a day ahead.
const HALF_HOUR: Duration = Duration::from_mins(30);
const HALF_HOURS: usize = 48;

/// What is planned, and what comes after it: in haste only until the queue is empty, otherwise a day.
pub(super) fn slots(now: Timestamp, horizon: Duration, mode: Mode, rate: f64, waiting: usize) -> Vec<Slot> {
    let capacity = |length: Duration| (rate * length.as_secs_f64()).ceil() as u32;
    let slot = |start, length| Slot { start, length, capacity: capacity(length) };
    // Of a shorter queue only as much as there is: the shares of the oldest and of chance are parts of what leaves.
    let first = horizon.min(Duration::from_secs_f64(waiting as f64 / rate));
    let mut all = vec![slot(now, first)];
    let then = now + first;
    if mode != Mode::Early {
        all.extend(Slot::line(then, HALF_HOUR, HALF_HOURS, capacity(HALF_HOUR)));
        return all;
    }
    let minutes = (waiting as f64 / rate / 60.0).ceil() as usize;
    let length = PLANNED_FOR * u32::try_from(minutes.div_ceil(SLOTS_MAX - 1).max(1)).unwrap_or(u32::MAX);
    let count = minutes.min(SLOTS_MAX - 1);
    all.extend(Slot::line(then, length, count, capacity(length)));
    all
}

/// The slots as people have them whose clocks are ahead by the same.
#[derive(Clone, Debug)]
pub(super) struct Local {
    /// Those that are no night.
    awake: u64,
    /// When each that matters begins; in haste only the first does.
    pub moments: Vec<Moment>,
}

/// The slots by how far a clock is ahead.
pub(super) struct Clocks<'a> {
    quiet: Option<QuietHours>,
    slots: &'a [Slot],
    valued: usize,
    known: BTreeMap<i16, Local>,
}

impl<'a> Clocks<'a> {
    pub(super) const fn new(quiet: Option<QuietHours>, slots: &'a [Slot], mode: Mode) -> Self {
        let valued = if matches!(mode, Mode::Early) { 1 } else { slots.len() };
        Self { quiet, slots, valued, known: BTreeMap::new() }
    }

    pub(super) fn at(&mut self, local_minutes: i16) -> &Local {
        let Self { quiet, slots, valued, .. } = *self;
        self.known.entry(local_minutes).or_insert_with(|| {
            let offset = Offset::from_seconds(i32::from(local_minutes) * 60).unwrap_or(Offset::UTC);
            let zone = TimeZone::fixed(offset);
            let is_awake = |at| quiet.is_none_or(|quiet| !quiet.is_quiet(at, &zone));
            let awake = slots.first().map_or(0, |now| eligible(slots, now.start, Timestamp::NEVER, is_awake));
            let moments = slots.iter().take(valued).map(|slot| moment(slot.start, local_minutes)).collect();
            Local { awake, moments }
        })
    }

    /// The slots in which a message may leave. The last minute before its deadline is no time to wait for.
    pub(super) fn open(&mut self, local_minutes: i16, deadline: Timestamp) -> u64 {
        let now = self.slots.first().map_or(deadline, |slot| slot.start);
        eligible(self.slots, now, deadline, |_| true) & self.at(local_minutes).awake
    }
}
