//! Messages that the writer read or wrote of late. It alone changes the database, so what it remembers is what is there; and
//! a message that several operations of one commit change is written once.

use std::collections::{BTreeMap, HashMap};

use stentor_core::id::MessageId;
use stentor_core::message::{Message, State};

/// Messages in one generation; two are kept. About 4 MiB in all.
const MESSAGES_MAX: usize = 8_192;

/// What is remembered, and what of it is changed and not yet written.
#[derive(Debug, Default)]
pub(in crate::sqlite) struct Recent {
    young: HashMap<MessageId, Message>,
    old: HashMap<MessageId, Message>,
    /// With the state that the row has. In order of ids: neighbours lie on one page.
    unwritten: BTreeMap<MessageId, (State, Message)>,
    /// Which messages have an upstream id: everything there is of it.
    named: HashMap<String, Vec<MessageId>>,
}

impl Recent {
    /// The message as the transaction has it.
    pub(super) fn get(&mut self, id: MessageId) -> Option<Message> {
        if let Some((_, message)) = self.unwritten.get(&id) {
            return Some(message.clone());
        }
        if let Some(message) = self.young.get(&id) {
            return Some(message.clone());
        }
        let message = self.old.remove(&id)?;
        self.remember(message.clone());
        Some(message)
    }

    /// A row as it is in the database.
    pub(super) fn remember(&mut self, message: Message) {
        if self.young.len() >= MESSAGES_MAX {
            // Each keeps its room: a map that grows anew moves everything several times.
            std::mem::swap(&mut self.young, &mut self.old);
            self.young.clear();
        }
        self.young.insert(message.id, message);
    }

    /// Takes a change of `old` in; `false` when the message is not as `old` says.
    pub(super) fn change(&mut self, old: &Message, new: Message) -> bool {
        let (row, known) = match self.unwritten.get(&old.id) {
            Some((row, known)) => (*row, Some(known.state)),
            None => (old.state, None),
        };
        let is_as_said = known.is_none_or(|state| state == old.state);
        if is_as_said {
            self.young.remove(&old.id);
            self.old.remove(&old.id);
            self.unwritten.insert(old.id, (row, new));
        }
        is_as_said
    }

    /// The next change to write, with the state that the row has.
    pub(super) fn next_unwritten(&mut self) -> Option<(State, Message)> {
        self.unwritten.pop_first().map(|(_, change)| change)
    }

    /// The messages with that upstream id, where that was read of late.
    pub(super) fn named(&self, upstream_id: &str) -> Option<&[MessageId]> {
        self.named.get(upstream_id).map(Vec::as_slice)
    }

    /// All messages with that upstream id, as they were read.
    pub(super) fn remember_named(&mut self, upstream_id: &str, messages: Vec<MessageId>) {
        if self.named.len() >= MESSAGES_MAX {
            self.named.clear();
        }
        self.named.insert(upstream_id.to_owned(), messages);
    }

    /// That upstream id names one more, or is not named any more by a message that loses its attempts.
    pub(super) fn forget_named(&mut self, upstream_id: Option<&str>) {
        match upstream_id {
            Some(id) => drop(self.named.remove(id)),
            None => self.named.clear(),
        }
    }

    /// The row is gone.
    pub(super) fn forget(&mut self, id: MessageId) {
        self.young.remove(&id);
        self.old.remove(&id);
        self.unwritten.remove(&id);
    }

    /// The rows may be any: after a rollback, or when all went.
    pub(in crate::sqlite) fn clear(&mut self) {
        *self = Self::default();
    }
}
