//! The time ahead in slots, and in which of them it is no night where a person is.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::tz::{Offset, TimeZone};
use stentor_core::quiet_hours::QuietHours;
use stentor_core::schedule::{Mode, SLOTS_MAX, Slot, eligible};
use stentor_core::time::Timestamp;

use super::PLANNED_FOR;

/// Where hours matter they are looked at in halves, a day ahead.
const HALF_HOUR: Duration = Duration::from_mins(30);
const HALF_HOURS: usize = 48;

/// The minute that is planned, and what comes after it: in haste only until the queue is empty, otherwise a day.
pub(super) fn slots(now: Timestamp, mode: Mode, rate: f64, waiting: usize) -> Vec<Slot> {
    let capacity = |length: Duration| (rate * length.as_secs_f64()).ceil() as u32;
    let slot = |start, length| Slot { start, length, capacity: capacity(length) };
    // Of a shorter queue only as much as there is: the shares of the oldest and of chance are parts of what leaves.
    let first = PLANNED_FOR.min(Duration::from_secs_f64(waiting as f64 / rate));
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

/// By how far a person's clock is ahead: which slots are no night of theirs.
pub(super) struct Nights<'a> {
    quiet: Option<QuietHours>,
    slots: &'a [Slot],
    known: BTreeMap<i16, u64>,
}

impl<'a> Nights<'a> {
    pub(super) const fn new(quiet: Option<QuietHours>, slots: &'a [Slot]) -> Self {
        Self { quiet, slots, known: BTreeMap::new() }
    }

    /// The slots in which a message may leave. The last minute before its deadline is no time to wait for.
    pub(super) fn open(&mut self, local_minutes: i16, now: Timestamp, deadline: Timestamp) -> u64 {
        let (quiet, slots) = (self.quiet, self.slots);
        let awake = *self.known.entry(local_minutes).or_insert_with(|| {
            let Some(quiet) = quiet else { return u64::MAX };
            let offset = Offset::from_seconds(i32::from(local_minutes) * 60).unwrap_or(Offset::UTC);
            let zone = TimeZone::fixed(offset);
            eligible(slots, now, Timestamp::NEVER, |at| !quiet.is_quiet(at, &zone))
        });
        eligible(slots, now, deadline, |_| true) & awake
    }
}
