//! What waits, as the planner sees it.

use super::eligible::Slot;
use super::lot::SLICE_PERCENT;
use super::mode::Mode;

/// One waiting message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its id.
    pub message: u64,
    /// Its place in the order of acceptance; lower is older.
    pub age: u64,
    /// The slots in which it may leave, as bits; see [`super::eligible`].
    pub slots: u64,
    /// Of the randomised slice: the slot it drew, counted from now, 0 too when that is past. `None`: it is planned.
    pub drawn: Option<u8>,
}

impl Waiting {
    /// The last slot in which it may leave.
    #[must_use]
    pub fn deadline(&self) -> Option<u32> {
        self.slots.checked_ilog2()
    }

    pub(super) fn may_leave_now(&self) -> bool {
        self.slots & 1 == 1
    }
}

/// What of a slot's capacity is not the plan's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shares {
    /// Of what leaves, so much leaves in order of age, so that nobody is left behind for long.
    pub fifo_percent: u32,
    /// So much is the randomised slice's.
    pub slice_percent: u32,
}

impl Default for Shares {
    fn default() -> Self {
        Self { fifo_percent: 5, slice_percent: SLICE_PERCENT as u32 }
    }
}

/// All that waits in one channel, and what each is worth in each slot.
#[derive(Clone, Copy, Debug)]
pub struct Queue<'a> {
    /// The time ahead; the first slot is now.
    pub slots: &'a [Slot],
    /// The messages.
    pub waiting: &'a [Waiting],
    /// What message `i` is worth in slot `h`, at `i * slots.len() + h`.
    pub values: &'a [f32],
    /// How many may still be sent in all; `None`: as many as there are.
    pub budget: Option<u32>,
    /// How they are ordered.
    pub mode: Mode,
    /// What is not the plan's.
    pub shares: Shares,
}

impl Queue<'_> {
    /// The values of one message. One whose values were not given is worth nothing.
    pub(super) fn values_of(&self, i: usize) -> &[f32] {
        let width = self.slots.len();
        self.values.get(i * width..(i + 1) * width).unwrap_or_default()
    }

    /// What is left of a value in each slot, by how far off it is.
    pub(super) fn discounts(&self) -> Vec<f64> {
        let Some(now) = self.slots.first() else { return Vec::new() };
        self.slots.iter().map(|slot| self.mode.discount(slot.start.since(now.start))).collect()
    }

    /// Does the budget leave somebody out?
    pub(super) fn binding_budget(&self) -> Option<u32> {
        self.budget.filter(|&budget| (budget as usize) < self.waiting.len())
    }
}
