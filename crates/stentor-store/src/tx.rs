//! One transaction as the operations see it: the rows, what is held in memory beside them, and the writing of changes
//! with their consequences. Knows no backend.

use std::time::Duration;

use stentor_core::id::{AccountId, ChannelId, DeliveryId, EndpointId, MessageId, RecipientKey};
use stentor_core::message::{Change, Event, EventKind, Message};
use stentor_core::registry::Role;
use stentor_core::time::Timestamp;

use crate::directory::Directory;
use crate::live::Live;
use crate::rows::{Counter, OutboxRow, Result, Rows, What};
use crate::{Committed, StoreError};

pub(crate) struct Tx<'a> {
    pub rows: &'a mut dyn Rows,
    pub live: &'a mut Live,
    pub directory: &'a mut Directory,
}

impl Tx<'_> {
    /// The message, if it is of that account.
    pub(crate) fn message(&self, account: AccountId, id: MessageId) -> Result<Option<Message>> {
        Ok(self.rows.message(id)?.filter(|m| m.account == account))
    }

    /// When the backup that was restored was taken, if one was.
    pub(crate) fn restored_to(&self) -> Option<Timestamp> {
        let at = self.live.counters.get(Counter::RestoredTo, 0);
        (at > 0).then(|| Timestamp::from_millis(at))
    }

    /// Writes a change of `old` with its events and what is to be reported.
    pub(crate) fn commit(
        &mut self,
        now: Timestamp,
        old: &Message,
        change: Change,
        into: &mut Committed,
    ) -> Result<()> {
        let Change { mut message, mut events } = change;
        let unheard = self.directory.listeners.of(message.account, Some(message.channel)).is_empty();
        events.retain(|event| !(unheard && is_in_columns(event)));
        message.events = old.events + count(&events);
        self.rows.update_message(old, &message)?;
        self.live.moved(Some(old), &message);
        self.count_move(now, old, &message)?;
        self.learn_move(old, &message)?;
        into.deliveries |= self.write_events(now, &message, old.events, &events)?;
        into.changes.push(Change { message, events });
        Ok(())
    }

    /// Writes events from number `first` on; whether any was queued for an endpoint.
    pub(crate) fn write_events(
        &mut self,
        now: Timestamp,
        message: &Message,
        first: u32,
        events: &[Event],
    ) -> Result<bool> {
        let mut queued = false;
        for (seq, event) in (first..).zip(events) {
            self.rows.put_event(message.id, seq, event)?;
            if event.report {
                let what = What::Event { message: message.id, seq };
                queued |= self.queue(now, message.account, Some(message.channel), what)? > 0;
            }
        }
        Ok(queued)
    }

    /// Queues a delivery for everybody who hears of the channel; how many rows that made.
    pub(crate) fn queue(
        &mut self,
        now: Timestamp,
        account: AccountId,
        channel: Option<ChannelId>,
        what: What,
    ) -> Result<u32> {
        let endpoints = self.directory.listeners.of(account, channel).to_vec();
        self.queue_for(now, &endpoints, what)
    }

    /// Queues copies of what the number's own webhook has taken for its further destinations.
    pub(crate) fn copy(&mut self, now: Timestamp, taken: &OutboxRow) -> Result<()> {
        let main = self.directory.endpoint(taken.endpoint).filter(|e| e.role == Role::Main);
        let Some(channel) = main.and_then(|e| e.channel) else { return Ok(()) };
        let endpoints = self.directory.listeners.copies(channel).to_vec();
        let rows = self.queue_for(now, &endpoints, taken.what)?;
        match taken.what {
            What::Notice(id) if rows > 0 => self.rows.ref_notice(id, rows),
            _ => Ok(()),
        }
    }

    fn queue_for(&mut self, now: Timestamp, endpoints: &[EndpointId], what: What) -> Result<u32> {
        let mut rows = 0;
        for &endpoint in endpoints {
            let waiting = self.live.counters.get(Counter::Outbox, endpoint.0).unsigned_abs();
            if waiting >= self.live.retention.outbox_rows_max {
                self.live.counters.add(Counter::Lost, endpoint.0, 1);
                continue;
            }
            let id = DeliveryId(self.live.counters.next(Counter::LastDelivery));
            self.live.counters.add(Counter::Outbox, endpoint.0, 1);
            self.rows.put_outbox(&OutboxRow { id, endpoint, what, queued_at: now, due: now, tries: 0 })?;
            rows += 1;
        }
        Ok(rows)
    }

    /// Deletes an outbox row and what only it needed.
    pub(crate) fn unqueue(&mut self, row: &OutboxRow) -> Result<()> {
        self.rows.delete_outbox(row)?;
        self.live.release_delivery(row.id);
        self.live.counters.add(Counter::Outbox, row.endpoint.0, -1);
        if row.is_postponed() {
            self.live.counters.add(Counter::Postponed, row.endpoint.0, -1);
        }
        match row.what {
            What::Notice(id) => self.rows.unref_notice(id),
            What::Event { .. } => Ok(()),
        }
    }

    /// Puts a row off to a later time.
    pub(crate) fn postpone(&mut self, row: &OutboxRow, due: Timestamp, tries: u32) -> Result<()> {
        let due = due.max(row.queued_at + Duration::from_millis(1));
        if !row.is_postponed() {
            self.live.counters.add(Counter::Postponed, row.endpoint.0, 1);
        }
        self.rows.postpone_outbox(row, due, tries)
    }

    /// When the rows of that message before `row` which were put off are due again.
    pub(crate) fn postponed_before(&self, row: &OutboxRow) -> Result<Option<Timestamp>> {
        match row.what.message() {
            Some(message) if self.live.counters.get(Counter::Postponed, row.endpoint.0) > 0 => {
                self.rows.postponed_before(row.endpoint, message, row.id)
            }
            _ => Ok(None),
        }
    }

    /// Deletes it as a visible loss.
    pub(crate) fn lose(&mut self, row: &OutboxRow) -> Result<()> {
        self.live.counters.add(Counter::Lost, row.endpoint.0, 1);
        self.unqueue(row)
    }

    /// The only message to that person that is in doubt (leaving, or unknown), if it is the only one.
    pub(crate) fn only_doubt(
        &self,
        channel: ChannelId,
        recipient: RecipientKey,
    ) -> Result<Option<MessageId>> {
        let leaving = self.live.sending_to(channel, recipient);
        if leaving.len() > 1 {
            return Ok(None);
        }
        let unknown = self.rows.unknown_to(channel, recipient, 2)?;
        Ok(match (leaving, unknown.as_slice()) {
            ([one], []) | ([], [one]) => Some(*one),
            _ => None,
        })
    }

    /// The endpoint as registered.
    pub(crate) fn owner(&self, endpoint: EndpointId) -> Option<AccountId> {
        self.directory.endpoint(endpoint).map(|e| e.account)
    }
}

/// An event that repeats what the message's columns say: worth a row only where somebody is to be told.
fn is_in_columns(event: &Event) -> bool {
    event.report && matches!(event.kind, EventKind::Sent | EventKind::Delivered | EventKind::Read)
}

pub(crate) fn count(events: &[Event]) -> u32 {
    u32::try_from(events.len()).unwrap_or(u32::MAX)
}

/// What a row that another row promises is not there.
pub(crate) fn broken(what: &str) -> StoreError {
    StoreError::Unusable(format!("the data folder contradicts itself: {what}; restore a backup"))
}
