//! The store's operations, each one transaction. Both backends answer them alike (see `conformance`).

use std::path::Path;
use std::time::Duration;

use stentor_core::id::{
    AccountId, BusinessId, ChannelId, DeliveryId, EndpointId, MediaId, MessageId, RecipientKey, TemplateId,
};
use stentor_core::message::{State, UpstreamStatus};
use stentor_core::rate::Pace;
use stentor_core::template::Reception;
use stentor_core::time::Timestamp;

use crate::StoreError;
use crate::memory::Memory;
use crate::ops::{accept, begin, delivery, engine, inbound, media, prune, queue, read, registry, status};
use crate::rows::Counter;
use crate::sqlite::{Lane, Options, Sqlite};
use crate::types::*;

type Result<T> = std::result::Result<T, StoreError>;

/// Bytes of a message's body that count as one row more in the lane of what is accepted.
const BYTES_OF_A_ROW: usize = 8_192;

/// The truth, behind one of two backends.
#[derive(Debug)]
pub enum Store {
    /// A data folder.
    Sqlite(Sqlite),
    /// The reference model: gone with the process.
    Memory(Memory),
}

/// Runs one operation in a transaction: at once in memory, by the writer's lane on SQLite (`rows`: its weight there).
macro_rules! commit {
    ($store:expr, $lane:ident, $rows:expr, $now:expr, |$tx:ident| $run:expr) => {
        match $store {
            Store::Memory(memory) => memory.write($now, |$tx| $run),
            Store::Sqlite(sqlite) => sqlite.write(Lane::$lane, $rows, $now, move |$tx| $run).await,
        }
    };
}

/// Runs one operation that leases and changes no row: in its place among those that do, answered before their fsync.
macro_rules! lease {
    ($store:expr, $rows:expr, $now:expr, |$tx:ident| $run:expr) => {
        match $store {
            Store::Memory(memory) => memory.write($now, |$tx| $run),
            Store::Sqlite(sqlite) => sqlite.lease($rows, $now, move |$tx| $run).await,
        }
    };
}

/// Runs one read on a snapshot.
macro_rules! look {
    ($store:expr, |$rows:ident| $run:expr) => {
        match $store {
            Store::Memory(memory) => memory.read(|$rows| $run),
            Store::Sqlite(sqlite) => sqlite.read(move |$rows| $run).await,
        }
    };
}

mod learning;
mod people;
mod restored;

impl Store {
    /// A store in memory, empty.
    #[must_use]
    pub fn memory() -> Self {
        Self::Memory(Memory::default())
    }

    /// The same that keeps things for other times than usual.
    #[must_use]
    pub fn memory_keeping(retention: Retention) -> Self {
        Self::Memory(Memory::keeping(retention))
    }

    /// Opens (or makes) the data folder `dir` and holds it until dropped or closed.
    ///
    /// # Errors
    /// [`StoreError::InUse`] when another process holds the folder; [`StoreError::Unusable`] when a newer version wrote
    /// it, or it cannot be read or written. One line saying why and what to do.
    pub fn open(dir: &Path, options: Options) -> Result<Self> {
        Sqlite::open(dir, options).map(Self::Sqlite)
    }

    // --- registry -------------------------------------------------------------------------------------------------

    /// Loads accounts, channels, keys, templates and endpoints.
    pub async fn registry(&self) -> Result<Registry> {
        commit!(self, Begin, 1, None, |tx| {
            let now = Timestamp::from_millis(tx.live.counters.get(Counter::LastSeen, 0));
            Ok(tx.directory.registry(now))
        })
    }

    /// Commits registry changes with their audit row and the webhooks they cause.
    pub async fn administer(
        &self,
        now: Timestamp,
        audit: Audit,
        changes: Vec<RegistryChange>,
        notices: Vec<NewNotice>,
    ) -> Result<()> {
        commit!(self, Begin, changes.len() + notices.len(), Some(now), |tx| registry::administer(
            tx, now, &audit, changes, &notices
        ))
    }

    /// Queues webhooks that are not statuses (template reviewed, inbound forwarded), without an audit row.
    pub async fn notify(&self, now: Timestamp, notices: Vec<NewNotice>) -> Result<()> {
        commit!(self, Settle, notices.len(), Some(now), |tx| delivery::notify(tx, now, &notices))
    }

    /// The audit rows of an account, newest first, older than `before`.
    pub async fn audit(
        &self,
        account: AccountId,
        before: Option<Timestamp>,
        limit: usize,
    ) -> Result<Vec<Audit>> {
        look!(self, |rows| rows.audit(account, before, limit))
    }

    /// A secret of this data folder by name (wamid key, recipient key, admin key...): made by `fresh` at first use, the
    /// same ever after.
    pub async fn secret(&self, name: &'static str, fresh: [u8; 32]) -> Result<[u8; 32]> {
        commit!(self, Begin, 1, None, |tx| registry::secret(tx, name, fresh))
    }

    // --- accept ---------------------------------------------------------------------------------------------------

    /// Commits one accepted message, with its idempotency record and events. Returns after the fsync.
    pub async fn accept(&self, now: Timestamp, new: NewMessage) -> Result<Accepted> {
        // A large body weighs more, so that what waits is bounded in bytes, too.
        let weight = 1 + new.body.payload.len() / BYTES_OF_A_ROW;
        commit!(self, Accept, weight, Some(now), |tx| accept::accept(tx, now, new))
    }

    /// What a request under an `Idempotency-Key` gets without being looked at: [`Accepted::Replayed`] or
    /// [`Accepted::OtherBody`] when the key is known; `None` when it is new.
    pub async fn answered(
        &self,
        now: Timestamp,
        scope: [u8; 32],
        body_hash: [u8; 32],
    ) -> Result<Option<Accepted>> {
        let age = match self {
            Self::Memory(_) => Retention::default().idempotency,
            Self::Sqlite(sqlite) => sqlite.retention.idempotency,
        };
        look!(self, |rows| accept::answered(rows, age, now, &scope, &body_hash))
    }

    // --- engine ---------------------------------------------------------------------------------------------------

    /// Leases up to `limit` due messages of a channel, oldest due first. A lease lost (crash) leaves them queued.
    pub async fn claim(
        &self,
        now: Timestamp,
        account: AccountId,
        channel: ChannelId,
        limit: usize,
    ) -> Result<Vec<Claimed>> {
        lease!(self, limit, Some(now), |tx| queue::claim(tx, now, account, channel, limit))
    }

    /// The same where somebody has chosen: what goes the classic way, oldest due first, then of the picks, in their order,
    /// what is still due and free.
    pub async fn claim_planned(
        &self,
        now: Timestamp,
        (account, channel): (AccountId, ChannelId),
        limit: usize,
        picks: Vec<MessageId>,
    ) -> Result<Vec<Claimed>> {
        lease!(self, limit, Some(now), |tx| {
            queue::claim_planned(tx, now, (account, channel), limit, &picks)
        })
    }

    /// The messages of a channel that are due by `until`, oldest due first, at most `limit`.
    pub async fn due(&self, channel: ChannelId, until: Timestamp, limit: usize) -> Result<Vec<MessageId>> {
        look!(self, |rows| {
            let due = rows.queued(channel, queue::FIRST, until, limit)?;
            Ok(due.into_iter().map(|(_, id)| id).collect())
        })
    }

    /// What a plan must know of these messages, of those that are the account's and wait.
    pub async fn waiting(&self, account: AccountId, ids: Vec<MessageId>) -> Result<Vec<Waits>> {
        look!(self, |rows| queue::waiting(rows, account, &ids))
    }

    /// Gives leases back.
    pub async fn release(&self, account: AccountId, messages: Vec<MessageId>) -> Result<()> {
        commit!(self, Begin, messages.len(), None, |tx| queue::release(tx, account, &messages))
    }

    /// When the next queued message of the channel may be claimed: when it is due and no lease is on it any more;
    /// `None` when its queue is empty.
    pub async fn next_due(&self, account: AccountId, channel: ChannelId) -> Result<Option<Timestamp>> {
        lease!(self, 1, None, |tx| queue::next_due(tx, account, channel))
    }

    /// Makes messages of a channel due at once, for what held them may have ended. Returns how many. One transaction for
    /// every 512 messages that wait.
    pub async fn look_again(
        &self,
        now: Timestamp,
        account: AccountId,
        channel: ChannelId,
        what: LookAgain,
    ) -> Result<u64> {
        let mut made_due = 0;
        loop {
            let rows = commit!(self, Begin, queue::PAGE_ROWS, Some(now), |tx| {
                queue::look_again(tx, now, (account, channel), what)
            })?;
            made_due += rows as u64;
            // What was made due is not found again.
            if rows < queue::PAGE_ROWS {
                return Ok(made_due);
            }
        }
    }

    /// Debits the budgets of the channel, of each person and of the business, and moves leased messages to `sending`,
    /// committed before any request leaves.
    pub async fn begin_send(&self, now: Timestamp, begin: BeginSend) -> Result<Begun> {
        commit!(self, Begin, begin.messages.len(), Some(now), |tx| begin::begin_send(tx, now, &begin))
    }

    /// How a channel's upstream has slowed it.
    pub async fn pace(&self, channel: ChannelId) -> Result<Pace> {
        look!(self, |rows| Ok(rows.pace(channel)?.unwrap_or_default()))
    }

    /// The same of every channel that ever sent, by id.
    pub async fn paces(&self) -> Result<Vec<(ChannelId, Pace)>> {
        look!(self, |rows| rows.paces())
    }

    /// What templates' messages came to, by template.
    pub async fn receptions(&self) -> Result<Vec<(TemplateId, AccountId, Reception)>> {
        look!(self, |rows| rows.receptions())
    }

    /// What one template's messages came to.
    pub async fn reception(&self, template: TemplateId) -> Result<Reception> {
        look!(self, |rows| Ok(rows.reception(template)?.unwrap_or_default()))
    }

    /// Books what became of attempts, with what is to be reported; parked statuses that match are applied at once. A refusal for
    /// speed slows the channel.
    pub async fn record_sends(&self, now: Timestamp, records: Vec<SendRecord>) -> Result<Committed> {
        commit!(self, Settle, records.len(), Some(now), |tx| engine::record_sends(tx, now, &records))
    }

    /// Books decisions about queued, leased messages (postponed, failed, dropped, expired) and releases them.
    pub async fn decide_queued(
        &self,
        now: Timestamp,
        account: AccountId,
        decisions: Vec<(MessageId, QueueDecision)>,
    ) -> Result<Committed> {
        commit!(self, Begin, decisions.len(), Some(now), |tx| queue::decide(tx, now, account, &decisions))
    }

    /// Matches and applies statuses; what fits no message yet is parked. One item's trouble never fails its neighbours.
    pub async fn record_statuses(
        &self,
        now: Timestamp,
        account: AccountId,
        statuses: Vec<UpstreamStatus>,
    ) -> Result<(Vec<StatusResult>, Committed)> {
        commit!(self, Settle, statuses.len(), Some(now), |tx| status::record_statuses(
            tx, now, account, &statuses
        ))
    }

    /// Handles messages whose own timer ran out (sending, unknown, sent), at most `limit`; says when the next one is due.
    pub async fn run_timers(&self, now: Timestamp, limit: usize) -> Result<(Committed, Option<Timestamp>)> {
        commit!(self, Settle, limit, Some(now), |tx| engine::run_timers(tx, now, limit))
    }

    /// Nobody could be reached for a while (the machine slept): statuses may have come to a closed door, and silence is
    /// evidence again when later ones have come for a quarter of an hour from now on.
    pub async fn was_deaf(&self) -> Result<()> {
        commit!(self, Settle, 1, None, |tx| {
            tx.live.was_deaf();
            Ok(())
        })
    }

    /// At start: every `sending` becomes `unknown`. Returns how many.
    pub async fn rescue(&self, now: Timestamp) -> Result<u64> {
        commit!(self, Settle, 1, Some(now), |tx| engine::rescue(tx, now))
    }

    /// How many people a business with a messaging limit has begun with in the last 24 hours, as far as it is counted
    /// here: under a [`Portfolio`].
    pub async fn begun(&self, now: Timestamp, business: BusinessId) -> Result<usize> {
        commit!(self, Begin, 1, None, |tx| Ok(begin::begun(tx, now, business)))
    }

    // --- what others tell ------------------------------------------------------------------------------------------

    /// Takes in what people and the upstream told, each once: says of each whether it was new.
    pub async fn take_in(&self, now: Timestamp, told: Vec<NewInbound>) -> Result<Vec<bool>> {
        commit!(self, Settle, told.len(), Some(now), |tx| inbound::take_in(tx, now, &told))
    }

    /// The channel's message that the upstream knows by this id, with the address it went to.
    pub async fn message_of_upstream(
        &self,
        account: AccountId,
        channel: ChannelId,
        upstream_id: String,
    ) -> Result<Option<(MessageId, String)>> {
        look!(self, |rows| inbound::message_of_upstream(rows, (account, channel), &upstream_id))
    }

    /// Forgets every message, person, waiting webhook and what is logged of them, of every account; what is administered
    /// stays, and ids go on. What is being sent stays unless `sending_too`; how many those are.
    pub async fn wipe(&self, sending_too: bool) -> Result<u64> {
        commit!(self, Begin, 1, None, |tx| inbound::wipe(tx, sending_too))
    }

    /// Messages the upstream has, or may have, that are not final, newest first, for putting back into an in-process network.
    pub async fn in_flight_upstream(
        &self,
        before: Option<MessageId>,
        limit: usize,
    ) -> Result<Vec<MessageView>> {
        look!(self, |rows| read::in_flight_upstream(rows, before, limit))
    }

    // --- webhooks -------------------------------------------------------------------------------------------------

    /// The next deliveries due to an endpoint, oldest first, skipping rows already leased and messages held behind an
    /// earlier event of their own.
    pub async fn claim_deliveries(
        &self,
        now: Timestamp,
        endpoint: EndpointId,
        limit: usize,
    ) -> Result<Vec<Delivery>> {
        commit!(self, Settle, limit, Some(now), |tx| delivery::claim(tx, now, endpoint, limit))
    }

    /// Books delivery attempts and writes the delivery log.
    pub async fn record_deliveries(
        &self,
        now: Timestamp,
        endpoint: EndpointId,
        records: Vec<DeliveryRecord>,
    ) -> Result<()> {
        commit!(self, Settle, records.len(), Some(now), |tx| delivery::record(tx, now, endpoint, &records))
    }

    /// When the next delivery of an endpoint may be claimed: when it is due and no lease is on it any more; `None`
    /// when nothing waits.
    pub async fn next_delivery(&self, endpoint: EndpointId) -> Result<Option<Timestamp>> {
        commit!(self, Settle, 1, None, |tx| delivery::next(tx, endpoint))
    }

    /// Time is about to be moved on by `by`, but not for the endpoints: what waits for them may wait as much longer.
    pub async fn skip(&self, by: Duration) -> Result<()> {
        let ms = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        commit!(self, Settle, 1, None, |tx| {
            tx.live.counters.add(Counter::Skipped, 0, ms);
            Ok(())
        })
    }

    /// What waits for an endpoint.
    pub async fn backlog(&self, endpoint: EndpointId) -> Result<Backlog> {
        look!(self, |rows| read::backlog(rows, endpoint))
    }

    /// The delivery log of an account, newest first, older than `before`.
    pub async fn delivery_log(
        &self,
        account: AccountId,
        before: Option<DeliveryId>,
        limit: usize,
    ) -> Result<Vec<DeliveryLogRow>> {
        look!(self, |rows| rows.delivery_log(account, before, limit))
    }

    /// Queues again every reported event of a message, or one by number; returns how many.
    pub async fn replay(
        &self,
        now: Timestamp,
        account: AccountId,
        message: MessageId,
        seq: Option<u32>,
    ) -> Result<u64> {
        commit!(self, Settle, 1, Some(now), |tx| delivery::replay(tx, now, account, message, seq))
    }

    // --- media ----------------------------------------------------------------------------------------------------

    /// Commits a medium whose content is on disk; a taken id is a conflict: draw another.
    pub async fn put_media(&self, now: Timestamp, medium: Media) -> Result<()> {
        commit!(self, Accept, 1, Some(now), |tx| media::put(tx, &medium))
    }

    /// A medium of the account that has not expired.
    pub async fn media(&self, now: Timestamp, account: AccountId, id: MediaId) -> Result<Option<Media>> {
        look!(self, |rows| media::get(rows, now, account, id))
    }

    /// Deletes a medium; what it was. Its content may be wanted by others: see [`Store::unreferenced_media`].
    pub async fn delete_media(
        &self,
        now: Timestamp,
        account: AccountId,
        id: MediaId,
    ) -> Result<Option<Media>> {
        commit!(self, Accept, 1, Some(now), |tx| media::delete(tx, now, account, id))
    }

    /// Keeps a medium for ever: a template or a profile shows it. `false`: there is none, or it has expired.
    pub async fn keep_media(&self, now: Timestamp, account: AccountId, id: MediaId) -> Result<bool> {
        commit!(self, Accept, 1, Some(now), |tx| media::keep(tx, now, account, id))
    }

    /// Those of the contents that no medium of any account has: for the folder's own upkeep.
    pub async fn unreferenced_media(&self, hashes: Vec<[u8; 32]>) -> Result<Vec<[u8; 32]>> {
        look!(self, |rows| media::unreferenced(rows, hashes))
    }

    /// Begins a resumable upload.
    pub async fn begin_upload(&self, now: Timestamp, session: UploadSession) -> Result<()> {
        commit!(self, Accept, 1, Some(now), |tx| media::put_session(tx, &session))
    }

    /// A resumable upload of the account that is not complete and has not expired.
    pub async fn upload(
        &self,
        now: Timestamp,
        account: AccountId,
        token: String,
    ) -> Result<Option<UploadSession>> {
        look!(self, |rows| media::session(rows, now, account, &token))
    }

    /// Books that so many bytes of a resumable upload are on disk; `false`: the upload is gone.
    pub async fn advance_upload(
        &self,
        now: Timestamp,
        account: AccountId,
        token: String,
        file_offset: u64,
    ) -> Result<bool> {
        commit!(self, Accept, 1, Some(now), |tx| media::advance(tx, now, account, &token, file_offset))
    }

    /// Makes a resumable upload the medium it was to become; `false`: the upload is gone.
    pub async fn complete_upload(&self, now: Timestamp, token: String, medium: Media) -> Result<bool> {
        commit!(self, Accept, 1, Some(now), |tx| media::complete(tx, now, &token, &medium))
    }

    /// Those of the uploads that are not under way any more: for the folder's own upkeep.
    pub async fn ended_uploads(&self, tokens: Vec<String>) -> Result<Vec<String>> {
        look!(self, |rows| media::ended_sessions(rows, tokens))
    }

    // --- reads ----------------------------------------------------------------------------------------------------

    /// One message with everything known of it.
    pub async fn message(&self, account: AccountId, message: MessageId) -> Result<Option<MessageView>> {
        look!(self, |rows| read::message(rows, account, message))
    }

    /// Messages of an account, newest first.
    pub async fn messages(&self, account: AccountId, filter: MessageFilter) -> Result<Vec<MessageView>> {
        look!(self, |rows| read::messages(rows, account, &filter))
    }

    /// Messages of an account to one person, newest first.
    pub async fn messages_to(
        &self,
        account: AccountId,
        recipient: RecipientKey,
        limit: usize,
    ) -> Result<Vec<MessageView>> {
        look!(self, |rows| read::messages_to(rows, account, recipient, limit))
    }

    /// A channel's messages accepted from `from` up to `to`, by category and route. Reads every message of that time.
    pub async fn tally(
        &self,
        account: AccountId,
        channel: ChannelId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Tally>> {
        let (from, to) = (MessageId::first_at(from), MessageId::first_at(to));
        look!(self, |rows| rows.tally((account, channel), from, to))
    }

    /// What became of the messages of these templates that were accepted from `from` until before `until`. Walks all of
    /// the account's messages of that time.
    pub async fn template_use(
        &self,
        account: AccountId,
        templates: Vec<TemplateId>,
        (from, until): (Timestamp, Timestamp),
    ) -> Result<Vec<TemplateUse>> {
        look!(self, |rows| {
            let ids = MessageId::first_at(from)..MessageId::first_at(until);
            templates.into_iter().map(|template| rows.template_use(account, template, ids.clone())).collect()
        })
    }

    /// What became of the account's templates, day by day in order of day, template and route, of messages accepted from
    /// `from` until before `until`. Walks all of the account's messages of that time.
    pub async fn days(&self, account: AccountId, from: Timestamp, until: Timestamp) -> Result<Vec<DayUse>> {
        let ids = MessageId::first_at(from)..MessageId::first_at(until);
        look!(self, |rows| rows.days(account, ids))
    }

    /// Counts over the whole store (cheap: kept, not counted).
    pub async fn counts(&self) -> Result<Counts> {
        look!(self, |rows| read::counts(rows))
    }

    /// Messages of one account by state; cheap as [`Store::counts`].
    pub async fn counts_of(&self, account: AccountId) -> Result<Vec<(State, u64)>> {
        look!(self, |rows| read::counts_of(rows, account))
    }

    /// The largest message id ever accepted, so that ids never repeat.
    pub async fn last_id(&self) -> Result<Option<MessageId>> {
        let id = self.mark(Counter::LastMessage);
        Ok((id != 0).then_some(MessageId(id)))
    }

    /// The latest `now` any operation was given: a clock that stepped back starts from here.
    pub async fn last_seen(&self) -> Result<Timestamp> {
        Ok(Timestamp::from_millis(self.mark(Counter::LastSeen)))
    }

    // --- upkeep ---------------------------------------------------------------------------------------------------

    /// Deletes at most `rows` rows that are over their age ([`Retention`]): idempotency keys, parked statuses, delivery log,
    /// audit, the learning log, webhooks that waited too long, bodies, messages. Returns how many went, and whether there are more.
    pub async fn prune(&self, now: Timestamp, rows: usize) -> Result<Pruned> {
        commit!(self, Settle, rows, Some(now), |tx| prune::prune(tx, now, rows))
    }

    /// Whether the store can commit right now (`/readyz`).
    pub async fn ready(&self) -> Result<()> {
        commit!(self, Begin, 1, None, |tx| {
            tx.live.counters.add(Counter::Ready, 0, 1);
            Ok(())
        })
    }

    /// Finishes what is queued and closes.
    pub async fn close(&self) {
        if let Self::Sqlite(sqlite) = self {
            sqlite.close().await;
        }
    }

    fn mark(&self, counter: Counter) -> i64 {
        match self {
            Self::Memory(memory) => memory.mark(counter),
            Self::Sqlite(sqlite) => sqlite.mark(counter),
        }
    }
}
