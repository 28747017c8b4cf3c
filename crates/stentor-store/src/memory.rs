//! The reference model: the rows as ordered maps behind one lock. Answers at once, on no runtime; the simulator runs on
//! it, and SQLite is tested against it. An operation that fails has written nothing (it checks before it writes).

mod deliveries;
mod inbound;
mod keep;
mod learning;
mod media;
mod messages;
mod people;
mod receptions;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use stentor_core::consent::Entry;
use stentor_core::id::{
    AccountId, BusinessId, ChannelId, DeliveryId, EndpointId, MediaId, MessageId, NoticeId, RecipientKey,
    TemplateId,
};
use stentor_core::learning::Line;
use stentor_core::message::{Event, Message, State};
use stentor_core::messaging_limit::Begun;
use stentor_core::rate::Pace;
use stentor_core::template::Reception;
use stentor_core::time::Timestamp;

use crate::directory::Directory;
use crate::live::Live;
use crate::rows::{Counter, OutboxRow, Parked, Result, Rows};
use crate::tx::Tx;
use crate::{
    Alias, Attempt, Audit, Body, DeliveryLogRow, Idempotency, KeptMind, Media, NewNotice, Person, Retention,
    UploadSession,
};

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
    /// An empty one that keeps things so long.
    pub(crate) fn keeping(retention: Retention) -> Self {
        Self(Box::new(Mutex::new(World { live: Live::new(0, retention), ..World::default() })))
    }

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
        let dirty = live.counters.take_dirty();
        if !dirty.is_empty() {
            tables.counters.insert((Counter::LastSeen, 0), live.counters.get(Counter::LastSeen, 0));
        }
        for (counter, key, n) in dirty {
            tables.counters.insert((counter, key), n);
        }
        for (template, account, reception) in live.receptions.take_dirty() {
            tables.receptions.insert(template, (account, reception));
        }
        live.counted.commit();
        result
    }

    /// What a crash leaves: the rows. Everything that is held beside them is read from them, as when a folder is opened.
    ///
    /// # Errors
    /// None: the rows lie in memory.
    pub fn reopen(&self) -> Result<()> {
        let mut world = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let World { tables, live, .. } = &mut *world;
        *live = Live::new(0, live.retention);
        live.reload(tables)
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
    paces: BTreeMap<ChannelId, Pace>,
    persons: BTreeMap<(AccountId, RecipientKey), Person>,
    begun: BTreeMap<(BusinessId, RecipientKey), Begun>,
    parked: BTreeMap<i64, Parked>,
    seen: BTreeMap<(AccountId, [u8; 16]), Timestamp>,
    aliases: BTreeMap<(AccountId, RecipientKey), Alias>,
    consents: BTreeMap<(AccountId, RecipientKey), Vec<Entry>>,
    idempotency: BTreeMap<[u8; 32], (Timestamp, AccountId, Idempotency)>,
    outbox: BTreeMap<(EndpointId, DeliveryId), OutboxRow>,
    postponed: BTreeSet<(EndpointId, Timestamp, DeliveryId)>,
    notices: BTreeMap<NoticeId, (NewNotice, u32)>,
    delivery_log: BTreeMap<(DeliveryId, u32), (AccountId, DeliveryLogRow)>,
    audit: BTreeMap<i64, Audit>,
    secrets: BTreeMap<String, [u8; 32]>,
    media: BTreeMap<MediaId, Media>,
    uploads: BTreeMap<String, UploadSession>,
    receptions: BTreeMap<TemplateId, (AccountId, Reception)>,
    learning: BTreeMap<i64, Line>,
    minds: BTreeMap<AccountId, KeptMind>,
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
