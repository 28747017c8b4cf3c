//! What is kept of one person: fixed in size, since an account may have a million of them.

use super::baseline::Tally;
use super::counts::Counts;
use super::entry::Goal;
use super::filter::Effect;

/// The latest sends whose minute is kept.
const SENDS_KEPT: usize = 8;
/// Minutes in seven days.
const WEEK_MINUTES: u32 = 7 * 24 * 60;
/// Delivered so often without one read, a person who taps or answers has receipts switched off.
const DELIVERED_UNREAD_MIN: u8 = 5;

/// One person's record. With the eight bytes of its key it is at most 128 bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Person {
    /// What sets them apart, in general and by the hour, for reads.
    pub effect: Effect,
    /// When the counts were brought up to date, in minutes since the epoch, as are all the following.
    pub(super) counted_at: u32,
    pub(super) sent: f32,
    pub(super) engaged: [f32; 4],
    /// The last read, tap, word from them, and send; 0: never.
    pub(super) last: [u32; 4],
    /// The latest sends, in a ring.
    pub(super) sends: [u32; SENDS_KEPT],
    pub(super) next_send: u8,
    pub(super) delivered: u8,
    /// [`Person::HAS_READ`] and its like.
    pub(super) flags: u8,
}

/// Bytes of a person with the key.
pub const PERSON_BYTES: usize = size_of::<Person>() + size_of::<u64>();
const _: () = assert!(PERSON_BYTES <= 128);

/// Which last time of [`Person::last`].
#[derive(Clone, Copy)]
pub(super) enum Last {
    Read,
    Click,
    Inbound,
    Send,
}

impl Default for Person {
    fn default() -> Self {
        Self {
            effect: Effect::UNKNOWN,
            counted_at: 0,
            sent: 0.0,
            engaged: [0.0; 4],
            last: [0; 4],
            sends: [0; SENDS_KEPT],
            next_send: 0,
            delivered: 0,
            flags: 0,
        }
    }
}

impl Person {
    const HAS_READ: u8 = 1;
    const HAS_CLICKED: u8 = 2;
    const HAS_REPLIED: u8 = 4;
    const HAS_CONVERTED: u8 = 8;

    /// How many messages they got in the seven days before that minute; eight at most are remembered.
    #[must_use]
    pub fn sends_in_7_days(&self, minute: u32) -> usize {
        let since = minute.saturating_sub(WEEK_MINUTES);
        self.sends.iter().filter(|&&at| at > 0 && at > since && at <= minute).count()
    }

    /// Their matured sends and how many engaged, faded to that minute.
    #[must_use]
    pub fn tally(&self, goal: Goal, minute: u32) -> Tally {
        let counts = self.counts().at(minute);
        Tally { sent: counts.sent, engaged: counts.engaged[goal.index()] }
    }

    /// Are their reads not reported although they read? Then no read can be missed by them.
    #[must_use]
    pub fn hides_reads(&self) -> bool {
        self.delivered >= DELIVERED_UNREAD_MIN
            && !self.has_read()
            && (self.has_clicked() || self.has_replied())
    }

    pub(super) fn counts(&self) -> Counts {
        Counts {
            at_minute: self.counted_at,
            sent: f64::from(self.sent),
            engaged: self.engaged.map(f64::from),
        }
    }

    pub(super) fn has_read(&self) -> bool {
        self.flags & Self::HAS_READ != 0
    }

    pub(super) fn has_clicked(&self) -> bool {
        self.flags & Self::HAS_CLICKED != 0
    }

    pub(super) fn has_replied(&self) -> bool {
        self.flags & Self::HAS_REPLIED != 0
    }

    pub(super) fn has_converted(&self) -> bool {
        self.flags & Self::HAS_CONVERTED != 0
    }

    pub(super) fn last(&self, which: Last) -> Option<u32> {
        Some(self.last[which as usize]).filter(|&at| at > 0)
    }

    pub(super) fn note(&mut self, which: Last, minute: u32) {
        let last = &mut self.last[which as usize];
        *last = (*last).max(minute);
    }

    pub(super) fn note_send(&mut self, minute: u32) {
        self.note(Last::Send, minute);
        self.sends[usize::from(self.next_send)] = minute;
        self.next_send = (self.next_send + 1) % SENDS_KEPT as u8;
    }

    pub(super) fn note_delivered(&mut self) {
        self.delivered = self.delivered.saturating_add(1);
    }

    pub(super) fn note_engaged(&mut self, goal: Goal) {
        self.flags |=
            [Self::HAS_READ, Self::HAS_CLICKED, Self::HAS_REPLIED, Self::HAS_CONVERTED][goal.index()];
    }

    /// Counts a matured send and what came of it.
    pub(super) fn count(&mut self, seen: [bool; 4], minute: u32) {
        let mut counts = self.counts().at(minute);
        counts.sent += 1.0;
        for (count, seen) in counts.engaged.iter_mut().zip(seen) {
            *count += f64::from(u8::from(seen));
        }
        self.store(&counts);
    }

    /// Counts engagement that came after the send had matured.
    pub(super) fn count_late(&mut self, goal: Goal, minute: u32) {
        let mut counts = self.counts().at(minute);
        counts.engaged[goal.index()] += 1.0;
        self.store(&counts);
    }

    fn store(&mut self, counts: &Counts) {
        self.counted_at = counts.at_minute;
        self.sent = counts.sent as f32;
        self.engaged = counts.engaged.map(|count| count as f32);
    }
}
