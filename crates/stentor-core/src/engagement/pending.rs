//! Sends whose label is not known yet: kept until their window closes, positive or negative alike.

use std::collections::{BTreeMap, BTreeSet};

use super::Said;
use super::entry::{Goal, Sent};

/// A send that waits for its label.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pending {
    pub(super) due_millis: i64,
    pub(super) recipient: u64,
    pub(super) template: u64,
    pub(super) goal: Goal,
    pub(super) local_hour: u8,
    pub(super) fatigue: u8,
    pub(super) is_delivered: bool,
    pub(super) seen: [bool; 4],
    /// What each competitor said when it was sent.
    pub(super) said: Said,
    /// What the model saw when it was sent.
    pub(super) row: Box<[(u16, f32)]>,
}

impl Pending {
    pub(super) fn new(
        due_millis: i64,
        recipient: u64,
        sent: &Sent,
        fatigue: usize,
        said: Said,
        row: &[(u16, f64)],
    ) -> Self {
        Self {
            due_millis,
            recipient,
            template: sent.template,
            goal: sent.goal,
            local_hour: sent.local_hour % 24,
            fatigue: fatigue as u8,
            is_delivered: false,
            seen: [false; 4],
            said,
            row: row.iter().map(|&(index, value)| (index, value as f32)).collect(),
        }
    }
}

/// All of them, by message and by when they are due.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Waiting {
    pub(super) by_message: BTreeMap<u64, Pending>,
    by_due: BTreeSet<(i64, u64)>,
}

impl Waiting {
    pub(super) fn len(&self) -> usize {
        self.by_message.len()
    }

    pub(super) fn insert(&mut self, message: u64, pending: Pending) {
        let due = pending.due_millis;
        if let Some(old) = self.by_message.insert(message, pending) {
            self.by_due.remove(&(old.due_millis, message));
        }
        self.by_due.insert((due, message));
    }

    pub(super) fn get_mut(&mut self, message: u64) -> Option<&mut Pending> {
        self.by_message.get_mut(&message)
    }

    pub(super) fn next_due(&self) -> Option<i64> {
        self.by_due.first().map(|(due, _)| *due)
    }

    /// The next one whose window closed by then, in the order of closing and then of ids.
    pub(super) fn pop_due(&mut self, now_millis: i64) -> Option<Pending> {
        let &(due, message) = self.by_due.first().filter(|(due, _)| *due <= now_millis)?;
        self.by_due.remove(&(due, message));
        self.by_message.remove(&message)
    }

    pub(super) fn forget(&mut self, recipient: u64) {
        let theirs = |(message, pending): (&u64, &Pending)| {
            (pending.recipient == recipient).then_some((pending.due_millis, *message))
        };
        let gone: Vec<_> = self.by_message.iter().filter_map(theirs).collect();
        for (due, message) in gone {
            self.by_due.remove(&(due, message));
            self.by_message.remove(&message);
        }
    }
}
