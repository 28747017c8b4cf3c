//! Names of what was told, and the forgetting of everything, in memory.

use stentor_core::id::{AccountId, MessageId};
use stentor_core::message::{Message, State};
use stentor_core::time::Timestamp;

use super::Tables;
use crate::rows::{InboundRows, Result};

impl InboundRows for Tables {
    fn is_seen(&self, account: AccountId, key: &[u8; 16]) -> Result<bool> {
        Ok(self.seen.contains_key(&(account, *key)))
    }

    fn put_seen(&mut self, at: Timestamp, account: AccountId, key: &[u8; 16]) -> Result<()> {
        self.seen.entry((account, *key)).or_insert(at);
        Ok(())
    }

    fn prune_seen(&mut self, before: Timestamp, limit: usize) -> Result<usize> {
        let mut old: Vec<_> =
            self.seen.iter().filter(|(_, at)| **at < before).map(|(name, at)| (*at, *name)).collect();
        old.sort_unstable();
        old.truncate(limit);
        self.seen.retain(|name, _| !old.iter().any(|(_, gone)| gone == name));
        Ok(old.len())
    }

    fn wipe(&mut self, sending_too: bool) -> Result<()> {
        let stays = |message: &Message| !sending_too && message.state == State::Sending;
        self.messages.retain(|_, message| stays(message));
        let left: Vec<Message> = self.messages.values().cloned().collect();
        let is_left = |id: &MessageId| left.iter().any(|message| message.id == *id);
        self.bodies.retain(|id, _| is_left(id));
        self.events.retain(|(id, _), _| is_left(id));
        self.attempts.retain(|(id, ..), _| is_left(id));
        self.upstream.retain(|(_, id)| is_left(id));
        self.queue.clear();
        self.timers.clear();
        left.iter().for_each(|message| self.index(message));
        self.paces.clear();
        self.receptions.clear();
        self.learning.clear();
        self.minds.clear();
        self.persons.clear();
        self.aliases.clear();
        self.consents.clear();
        self.begun.clear();
        self.parked.clear();
        self.idempotency.clear();
        self.outbox.clear();
        self.postponed.clear();
        self.notices.clear();
        self.delivery_log.clear();
        self.seen.clear();
        Ok(())
    }
}
