//! Messages under way that count against a business's messaging limit, in memory: what surely was not taken gives its place
//! back. A failed commit takes nothing from it; after a crash everything that was under way is in doubt, and counts.

use std::collections::HashMap;

use stentor_core::id::{BusinessId, MessageId, RecipientKey};

/// The business, and whom it began with as it sees them.
pub(crate) type Place = (BusinessId, RecipientKey);

#[derive(Debug, Default)]
pub(crate) struct Counted {
    under_way: HashMap<MessageId, Place>,
    /// What the open transaction took out.
    taken: Vec<(MessageId, Place)>,
}

impl Counted {
    pub(crate) fn put(&mut self, message: MessageId, place: Place) {
        self.under_way.insert(message, place);
    }

    /// It is under way no more; the place it counted with, if it did.
    pub(crate) fn take(&mut self, message: MessageId) -> Option<Place> {
        let place = self.under_way.remove(&message)?;
        self.taken.push((message, place));
        Some(place)
    }

    /// The open transaction is committed.
    pub(crate) fn commit(&mut self) {
        self.taken.clear();
    }

    /// Whatever became of the open transaction: what is under way by the rows.
    pub(crate) fn reload(&mut self, is_under_way: impl Fn(MessageId) -> bool) {
        self.under_way.extend(self.taken.drain(..));
        self.under_way.retain(|message, _| is_under_way(*message));
    }
}
