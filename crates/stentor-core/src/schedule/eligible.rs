//! In which slots a message may leave: after it is free to go, before its deadline, and when the person is not asleep.

use std::time::Duration;

use crate::time::Timestamp;

/// Slots a plan looks ahead at most: a set of them is the bits of a `u64`.
pub const SLOTS_MAX: usize = 64;

/// A piece of the time ahead. The first of a plan is the one that begins now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// When it begins.
    pub start: Timestamp,
    /// How long it is.
    pub length: Duration,
    /// How many messages may leave in it.
    pub capacity: u32,
}

impl Slot {
    /// Equal slots from `now` on, [`SLOTS_MAX`] at most.
    #[must_use]
    pub fn line(now: Timestamp, length: Duration, slots: usize, capacity: u32) -> Vec<Self> {
        let mut start = now;
        let slot = |_| {
            let slot = Self { start, length, capacity };
            start = start + length;
            slot
        };
        (0..slots.min(SLOTS_MAX)).map(slot).collect()
    }
}

/// The slots in which a message may leave, as bits, the first slot the lowest: not before `free_at` (a cap or a template
/// that syncs), never after `deadline`, and only where `is_open` at both ends (quiet hours). A later slot counts only
/// if the whole of it is before the deadline; the first counts as long as there is time at all, since it is now.
///
/// ```
/// use stentor_core::schedule::{Slot, eligible};
/// use stentor_core::time::Timestamp;
/// use std::time::Duration;
/// let now = Timestamp::from_secs(0);
/// let slots = Slot::line(now, Duration::from_secs(900), 8, 100);
/// assert_eq!(eligible(&slots, now, Timestamp::from_secs(3_600), |_| true), 0b1111);
/// assert_eq!(eligible(&slots, Timestamp::from_secs(1_000), Timestamp::from_secs(3_600), |_| true), 0b1100);
/// assert_eq!(eligible(&slots, now, now, |_| true), 0);
/// ```
#[must_use]
pub fn eligible(
    slots: &[Slot],
    free_at: Timestamp,
    deadline: Timestamp,
    is_open: impl Fn(Timestamp) -> bool,
) -> u64 {
    let may = |(n, slot): (usize, &Slot)| {
        let last = slot.start + slot.length.saturating_sub(Duration::from_millis(1));
        let in_time = if n == 0 { slot.start < deadline } else { last < deadline };
        slot.start >= free_at && in_time && is_open(slot.start) && is_open(last)
    };
    let set = |set: u64, (n, slot): (usize, &Slot)| set | u64::from(may((n, slot))) << n;
    slots.iter().take(SLOTS_MAX).enumerate().fold(0, set)
}
