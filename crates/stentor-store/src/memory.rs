//! The reference model: the rows as ordered maps behind one lock. Answers at once, on no runtime; the simulator runs on
//! it, and SQLite is tested against it. An operation that fails has written nothing (it checks before it writes).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use stentor_core::id::{AccountId, ChannelId, DeliveryId, EndpointId, MessageId, NoticeId, RecipientKey};
use stentor_core::message::{Event, Message, State};
use stentor_core::rate::Bucket;
use stentor_core::time::Timestamp;

use crate::directory::Directory;
use crate::live::Live;
use crate::rows::{Counter, Find, OutboxRow, Parked, Result, Rows};
use crate::tx::{Tx, broken};
use crate::{Attempt, Audit, Body, DeliveryLogRow, Idempotency, NewNotice, Person, Registry, RegistryChange};

/// The store in memory.
#[derive(Debug, Default)]
pub struct Memory(Box<Mutex<World>>);

#[derive(Debug, Default)]
struct World {
    tables: Tables,
    live: Live,
    directory: Directory,
}

impl Memory {
    /// Runs one operation; `now` keeps the latest time seen.
    pub(crate) fn write<T>(
        &self,
        now: Option<Timestamp>,
        run: impl FnOnce(&mut Tx<'_>) -> Result<T>,
    ) -> Result<T> {
        let mut world = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let World { tables, live, directory } = &mut *world;
        if let Some(now) = now {
            live.counters.raise_lazily(Counter::LastSeen, now.millis());
        }
        let result = run(&mut Tx { rows: tables, live, directory });
        for (counter, key, n) in live.counters.take_dirty() {
            tables.counters.insert((counter, key), n);
        }
        result
    }

    pub(crate) fn read<T>(&self, run: impl FnOnce(&dyn Rows) -> Result<T>) -> Result<T> {
        run(&self.0.lock().unwrap_or_else(PoisonError::into_inner).tables)
    }

    /// A number that is kept beside the rows.
    pub(crate) fn mark(&self, counter: Counter) -> i64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).live.counters.get(counter, 0)
    }
}

#[derive(Debug, Default)]
struct Tables {
    messages: BTreeMap<MessageId, Message>,
    bodies: BTreeMap<MessageId, Body>,
    events: BTreeMap<(MessageId, u32), Event>,
    attempts: BTreeMap<(MessageId, u32, Option<String>), Attempt>,
    upstream: BTreeSet<(String, MessageId)>,
    queue: BTreeSet<(ChannelId, Timestamp, MessageId)>,
    timers: BTreeSet<(State, Timestamp, MessageId)>,
    buckets: BTreeMap<ChannelId, Bucket>,
    persons: BTreeMap<(AccountId, RecipientKey), Person>,
    parked: BTreeMap<i64, Parked>,
    idempotency: BTreeMap<[u8; 32], (Timestamp, Idempotency)>,
    outbox: BTreeMap<DeliveryId, OutboxRow>,
    outbox_due: BTreeSet<(EndpointId, Timestamp, DeliveryId)>,
    notices: BTreeMap<NoticeId, (NewNotice, u32)>,
    delivery_log: BTreeMap<(DeliveryId, u32), (AccountId, DeliveryLogRow)>,
    audit: BTreeMap<i64, Audit>,
    secrets: BTreeMap<String, [u8; 32]>,
    counters: BTreeMap<(Counter, i64), i64>,
}

impl Tables {
    fn index(&mut self, m: &Message) {
        let Some(due) = m.due else { return };
        if m.state.is_queued() {
            self.queue.insert((m.channel, due, m.id));
        } else if matches!(m.state, State::Sending | State::Unknown | State::Sent) {
            self.timers.insert((m.state, due, m.id));
        }
    }

    fn unindex(&mut self, m: &Message) {
        let Some(due) = m.due else { return };
        self.queue.remove(&(m.channel, due, m.id));
        self.timers.remove(&(m.state, due, m.id));
    }
}

impl Rows for Tables {
    fn message(&self, id: MessageId) -> Result<Option<Message>> {
        Ok(self.messages.get(&id).cloned())
    }

    fn insert_message(&mut self, message: &Message, body: &Body) -> Result<bool> {
        if self.messages.contains_key(&message.id) {
            return Ok(false);
        }
        self.index(message);
        self.messages.insert(message.id, message.clone());
        self.bodies.insert(message.id, body.clone());
        Ok(true)
    }

    fn update_message(&mut self, old: &Message, new: &Message) -> Result<()> {
        let guard = |m: &&Message| m.account == old.account && m.state == old.state;
        if self.messages.get(&old.id).filter(guard).is_none() {
            return Err(broken("a message changed under its own transaction"));
        }
        self.unindex(old);
        self.index(new);
        self.messages.insert(new.id, new.clone());
        Ok(())
    }

    fn delete_message(&mut self, id: MessageId) -> Result<()> {
        if let Some(old) = self.messages.remove(&id) {
            self.unindex(&old);
        }
        self.bodies.remove(&id);
        self.events.retain(|(m, _), _| *m != id);
        self.attempts.retain(|(m, _, _), _| *m != id);
        self.upstream.retain(|(_, m)| *m != id);
        Ok(())
    }

    fn oldest_message(&self) -> Result<Option<MessageId>> {
        Ok(self.messages.keys().next().copied())
    }

    fn find_messages(&self, find: &Find) -> Result<Vec<Message>> {
        let below = find.before.unwrap_or(MessageId(i64::MAX));
        let fits = |m: &&Message| {
            find.account.is_none_or(|a| a == m.account)
                && find.channel.is_none_or(|c| c == m.channel)
                && find.recipient.is_none_or(|r| r == m.recipient)
                && (find.states.is_empty() || find.states.contains(&m.state))
        };
        let scanned = self.messages.range(..below).rev().take(find.scan_rows_max).map(|(_, m)| m);
        Ok(scanned.filter(fits).take(find.limit).cloned().collect())
    }

    fn body(&self, id: MessageId) -> Result<Option<Body>> {
        Ok(self.bodies.get(&id).cloned())
    }

    fn address(&self, id: MessageId) -> Result<Option<(String, Option<String>)>> {
        Ok(self.bodies.get(&id).map(|b| (b.address.clone(), b.opaque.clone())))
    }

    fn bodies_after(&self, after: MessageId, limit: usize) -> Result<Vec<MessageId>> {
        Ok(self.bodies.keys().filter(|id| **id > after).take(limit).copied().collect())
    }

    fn delete_body(&mut self, id: MessageId) -> Result<()> {
        self.bodies.remove(&id);
        Ok(())
    }

    fn events(&self, id: MessageId) -> Result<Vec<(u32, Event)>> {
        Ok(self.events.range((id, 0)..=(id, u32::MAX)).map(|((_, seq), e)| (*seq, e.clone())).collect())
    }

    fn event(&self, id: MessageId, seq: u32) -> Result<Option<Event>> {
        Ok(self.events.get(&(id, seq)).cloned())
    }

    fn put_event(&mut self, id: MessageId, seq: u32, event: &Event) -> Result<()> {
        self.events.insert((id, seq), event.clone());
        Ok(())
    }

    fn attempts(&self, id: MessageId) -> Result<Vec<Attempt>> {
        let of = self.attempts.range((id, 0, None)..);
        Ok(of.take_while(|((m, _, _), _)| *m == id).map(|(_, a)| a.clone()).collect())
    }

    fn put_attempt(&mut self, id: MessageId, attempt: &Attempt) -> Result<()> {
        if let Some(upstream_id) = &attempt.upstream_id {
            self.upstream.insert((upstream_id.clone(), id));
        }
        self.attempts.insert((id, attempt.no, attempt.upstream_id.clone()), attempt.clone());
        Ok(())
    }

    fn messages_of_upstream(&self, upstream_id: &str) -> Result<Vec<MessageId>> {
        let of = self.upstream.range((upstream_id.to_owned(), MessageId(i64::MIN))..);
        Ok(of.take_while(|(u, _)| u == upstream_id).map(|(_, id)| *id).collect())
    }

    fn queued(
        &self,
        channel: ChannelId,
        after: (Timestamp, MessageId),
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Timestamp, MessageId)>> {
        let of = self.queue.range((channel, after.0, after.1)..).map(|(c, due, id)| (*c, (*due, *id)));
        let of = of.filter(|(_, at)| *at > after).take_while(|(c, at)| *c == channel && at.0 <= until);
        Ok(of.take(limit).map(|(_, at)| at).collect())
    }

    fn timers(&self, state: State, until: Timestamp, limit: usize) -> Result<Vec<(Timestamp, MessageId)>> {
        let first = (state, Timestamp::from_millis(i64::MIN), MessageId(i64::MIN));
        let of = self.timers.range(first..).take_while(|(s, due, _)| *s == state && *due <= until);
        Ok(of.take(limit).map(|(_, due, id)| (*due, *id)).collect())
    }

    fn oldest_queued(&self) -> Result<Option<MessageId>> {
        Ok(self.queue.iter().map(|(_, _, id)| *id).min())
    }

    fn bucket(&self, channel: ChannelId) -> Result<Option<Bucket>> {
        Ok(self.buckets.get(&channel).copied())
    }

    fn put_bucket(&mut self, channel: ChannelId, bucket: &Bucket) -> Result<()> {
        self.buckets.insert(channel, *bucket);
        Ok(())
    }

    fn person(&self, account: AccountId, recipient: RecipientKey) -> Result<Option<Person>> {
        Ok(self.persons.get(&(account, recipient)).cloned())
    }

    fn put_person(&mut self, account: AccountId, recipient: RecipientKey, person: &Person) -> Result<()> {
        if *person == Person::default() {
            self.persons.remove(&(account, recipient));
        } else {
            self.persons.insert((account, recipient), person.clone());
        }
        Ok(())
    }

    fn park(&mut self, parked: &Parked) -> Result<()> {
        self.parked.insert(parked.id, parked.clone());
        Ok(())
    }

    fn unpark(&mut self, id: i64) -> Result<()> {
        self.parked.remove(&id);
        Ok(())
    }

    fn parked_of_upstream(&self, upstream_id: &str) -> Result<Vec<Parked>> {
        Ok(self.parked.values().filter(|p| p.status.upstream_id == upstream_id).cloned().collect())
    }

    fn parked_of_person(&self, channel: ChannelId, recipient: RecipientKey) -> Result<Vec<Parked>> {
        let of = |p: &&Parked| p.status.channel == channel && p.status.recipient == Some(recipient);
        Ok(self.parked.values().filter(of).cloned().collect())
    }

    fn oldest_parked(&self) -> Result<Option<(i64, Timestamp)>> {
        Ok(self.parked.values().next().map(|p| (p.id, p.at)))
    }

    fn idempotency(&self, scope: &[u8; 32]) -> Result<Option<(Timestamp, Idempotency)>> {
        Ok(self.idempotency.get(scope).cloned())
    }

    fn put_idempotency(&mut self, at: Timestamp, record: &Idempotency) -> Result<()> {
        self.idempotency.insert(record.scope, (at, record.clone()));
        Ok(())
    }

    fn prune_idempotency(&mut self, before: Timestamp, limit: usize) -> Result<usize> {
        let mut old: Vec<_> =
            self.idempotency.iter().filter(|(_, (at, _))| *at < before).map(|(k, _)| *k).collect();
        old.truncate(limit);
        old.iter().for_each(|scope| drop(self.idempotency.remove(scope)));
        Ok(old.len())
    }

    fn put_outbox(&mut self, row: &OutboxRow) -> Result<()> {
        self.outbox_due.insert((row.endpoint, row.due, row.id));
        self.outbox.insert(row.id, row.clone());
        Ok(())
    }

    fn outbox(&self, id: DeliveryId) -> Result<Option<OutboxRow>> {
        Ok(self.outbox.get(&id).cloned())
    }

    fn delete_outbox(&mut self, id: DeliveryId) -> Result<()> {
        if let Some(row) = self.outbox.remove(&id) {
            self.outbox_due.remove(&(row.endpoint, row.due, id));
        }
        Ok(())
    }

    fn postpone_outbox(&mut self, id: DeliveryId, due: Timestamp, tries: u32) -> Result<()> {
        if let Some(row) = self.outbox.get_mut(&id) {
            self.outbox_due.remove(&(row.endpoint, row.due, id));
            (row.due, row.tries) = (due, tries);
            self.outbox_due.insert((row.endpoint, due, id));
        }
        Ok(())
    }

    fn outbox_due(
        &self,
        endpoint: EndpointId,
        after: (Timestamp, DeliveryId),
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<OutboxRow>> {
        let of = self.outbox_due.range((endpoint, after.0, after.1)..).map(|(e, due, id)| (*e, (*due, *id)));
        let of = of.filter(|(_, at)| *at > after).take_while(|(e, at)| *e == endpoint && at.0 <= until);
        Ok(of.filter_map(|(_, (_, id))| self.outbox.get(&id)).take(limit).cloned().collect())
    }

    fn postponed_before(
        &self,
        endpoint: EndpointId,
        message: MessageId,
        id: DeliveryId,
    ) -> Result<Option<Timestamp>> {
        let of = |r: &&OutboxRow| {
            r.endpoint == endpoint && r.what.message() == Some(message) && r.due > r.queued_at
        };
        Ok(self.outbox.range(..id).map(|(_, r)| r).filter(of).map(|r| r.due).max())
    }

    fn oldest_outbox(&self, endpoint: Option<EndpointId>) -> Result<Option<OutboxRow>> {
        Ok(self.outbox.values().find(|r| endpoint.is_none_or(|e| e == r.endpoint)).cloned())
    }

    fn put_notice(&mut self, id: NoticeId, _at: Timestamp, notice: &NewNotice, refs: u32) -> Result<()> {
        self.notices.insert(id, (notice.clone(), refs));
        Ok(())
    }

    fn notice(&self, id: NoticeId) -> Result<Option<NewNotice>> {
        Ok(self.notices.get(&id).map(|(n, _)| n.clone()))
    }

    fn unref_notice(&mut self, id: NoticeId) -> Result<()> {
        match self.notices.get_mut(&id) {
            Some((_, refs)) if *refs > 1 => *refs -= 1,
            _ => drop(self.notices.remove(&id)),
        }
        Ok(())
    }

    fn put_delivery_log(&mut self, account: AccountId, no: u32, row: &DeliveryLogRow) -> Result<()> {
        self.delivery_log.insert((row.id, no), (account, row.clone()));
        Ok(())
    }

    fn delivery_log(
        &self,
        account: AccountId,
        before: Option<DeliveryId>,
        limit: usize,
    ) -> Result<Vec<DeliveryLogRow>> {
        let below = (before.unwrap_or(DeliveryId(i64::MAX)), 0);
        let of = self.delivery_log.range(..below).rev().filter(|(_, (a, _))| *a == account);
        Ok(of.take(limit).map(|(_, (_, row))| row.clone()).collect())
    }

    fn prune_delivery_log(&mut self, before: Timestamp, limit: usize) -> Result<usize> {
        let old: Vec<_> = self
            .delivery_log
            .iter()
            .take(limit)
            .take_while(|(_, (_, r))| r.at < before)
            .map(|(k, _)| *k)
            .collect();
        old.iter().for_each(|key| drop(self.delivery_log.remove(key)));
        Ok(old.len())
    }

    fn put_audit(&mut self, id: i64, audit: &Audit) -> Result<()> {
        self.audit.insert(id, audit.clone());
        Ok(())
    }

    fn audit(&self, account: AccountId, before: Option<Timestamp>, limit: usize) -> Result<Vec<Audit>> {
        let of = |a: &&Audit| a.account == account && before.is_none_or(|before| a.at < before);
        Ok(self.audit.values().rev().filter(of).take(limit).cloned().collect())
    }

    fn prune_audit(&mut self, before: Timestamp, limit: usize) -> Result<usize> {
        let old: Vec<_> =
            self.audit.iter().take(limit).take_while(|(_, a)| a.at < before).map(|(id, _)| *id).collect();
        old.iter().for_each(|id| drop(self.audit.remove(id)));
        Ok(old.len())
    }

    fn secret(&self, name: &str) -> Result<Option<[u8; 32]>> {
        Ok(self.secrets.get(name).copied())
    }

    fn put_secret(&mut self, name: &str, value: &[u8; 32]) -> Result<()> {
        self.secrets.insert(name.to_owned(), *value);
        Ok(())
    }

    /// The directory is all there is of it.
    fn registry(&self) -> Result<Registry> {
        Ok(Registry::default())
    }

    fn put_registry(&mut self, _change: &RegistryChange) -> Result<()> {
        Ok(())
    }

    fn prune_keys(&mut self, _before: Timestamp) -> Result<()> {
        Ok(())
    }

    fn counters(&self) -> Result<Vec<(Counter, i64, i64)>> {
        Ok(self.counters.iter().map(|((c, key), n)| (*c, *key, *n)).collect())
    }
}
