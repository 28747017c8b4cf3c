//! Whether everybody can be attempted in time, and who must go now for that: earliest deadline first, simulated over
//! the slots ahead. Exact where the slots of a message are one after the other, or those of all have the same gaps.

use std::collections::BTreeMap;

use super::eligible::Slot;

/// How a queue will end if nothing else comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forecast {
    /// How many cannot be attempted before their deadline, whatever is done: to be said aloud, not found out.
    pub expiries: u32,
    /// How many must leave in the first slot, lest others expire that need not.
    pub forced: u32,
}

/// The forecast for messages that may leave in these sets of slots (as bits, see [`super::eligible`]).
///
/// ```
/// use stentor_core::schedule::{Forecast, Slot, forecast};
/// use stentor_core::time::Timestamp;
/// use std::time::Duration;
/// let slots = Slot::line(Timestamp::from_secs(0), Duration::from_secs(900), 3, 2);
/// // Five that may leave at any time fit into three slots of two: one must go now.
/// assert_eq!(forecast(&slots, [0b111; 5]), Forecast { expiries: 0, forced: 1 });
/// assert_eq!(forecast(&slots, [0b111; 9]), Forecast { expiries: 3, forced: 2 });
/// assert_eq!(forecast(&slots, [0b100; 3]), Forecast { expiries: 1, forced: 0 });
/// ```
#[must_use]
pub fn forecast(slots: &[Slot], sets: impl IntoIterator<Item = u64>) -> Forecast {
    let mut groups: BTreeMap<u64, u32> = BTreeMap::new();
    let (mut last, mut run) = (0, 0);
    for set in sets {
        // Neighbours mostly have the same set.
        if set == last {
            run += 1;
        } else {
            *groups.entry(last).or_default() += run;
            (last, run) = (set, 1);
        }
    }
    *groups.entry(last).or_default() += run;
    let expiries = unmet(slots, &groups, false);
    Forecast { expiries, forced: unmet(slots, &groups, true) - expiries }
}

/// How many are left over by earliest deadline first, with or without the first slot.
fn unmet(slots: &[Slot], groups: &BTreeMap<u64, u32>, is_first_skipped: bool) -> u32 {
    let mut left: Vec<(u32, u64, u32)> =
        groups.iter().map(|(set, count)| (set.checked_ilog2().unwrap_or(0), *set, *count)).collect();
    left.sort_unstable();
    for (h, slot) in slots.iter().enumerate().skip(usize::from(is_first_skipped)) {
        let mut room = slot.capacity;
        for (deadline, set, count) in &mut left {
            if room == 0 {
                break;
            }
            if *deadline as usize >= h && *set >> h & 1 == 1 {
                let taken = room.min(*count);
                room -= taken;
                *count -= taken;
            }
        }
    }
    left.iter().map(|(_, _, count)| count).sum()
}
