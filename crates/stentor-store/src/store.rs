//! The store's operations, each one transaction. Both backends answer them alike (see `conformance`).

use stentor_core::id::{AccountId, ChannelId, DeliveryId, EndpointId, MessageId, RecipientKey};
use stentor_core::time::Timestamp;

use crate::StoreError;
use crate::types::*;

type Result<T> = std::result::Result<T, StoreError>;

/// The truth, behind one of two backends.
#[derive(Debug)]
pub enum Store {
    /// The reference model.
    Memory,
}

impl Store {
    // --- registry -------------------------------------------------------------------------------------------------

    /// Loads accounts, channels, keys, templates and endpoints.
    pub async fn registry(&self) -> Result<Registry> {
        Err(StoreError::Closed)
    }

    /// Commits registry changes with their audit row and the webhooks they cause.
    pub async fn administer(
        &self,
        _now: Timestamp,
        _audit: Audit,
        _changes: Vec<RegistryChange>,
        _notices: Vec<NewNotice>,
    ) -> Result<()> {
        Err(StoreError::Closed)
    }

    /// Queues webhooks that are not statuses (template reviewed, inbound forwarded), without an audit row.
    pub async fn notify(&self, _now: Timestamp, _notices: Vec<NewNotice>) -> Result<()> {
        Err(StoreError::Closed)
    }

    /// The audit rows of an account, newest first, older than `before`.
    pub async fn audit(
        &self,
        _account: AccountId,
        _before: Option<Timestamp>,
        _limit: usize,
    ) -> Result<Vec<Audit>> {
        Err(StoreError::Closed)
    }

    /// A secret of this data folder by name (wamid key, recipient key, admin key...): made by `fresh` at first use, the
    /// same ever after.
    pub async fn secret(&self, _name: &'static str, _fresh: [u8; 32]) -> Result<[u8; 32]> {
        Err(StoreError::Closed)
    }

    // --- accept ---------------------------------------------------------------------------------------------------

    /// Commits one accepted message, with its idempotency record and events. Returns after the fsync.
    pub async fn accept(&self, _now: Timestamp, _new: NewMessage) -> Result<Accepted> {
        Err(StoreError::Closed)
    }

    // --- engine ---------------------------------------------------------------------------------------------------

    /// Leases up to `limit` due messages of a channel, oldest due first. A lease lost (crash) leaves them queued.
    pub async fn claim(
        &self,
        _now: Timestamp,
        _account: AccountId,
        _channel: ChannelId,
        _limit: usize,
    ) -> Result<Vec<Claimed>> {
        Err(StoreError::Closed)
    }

    /// Gives leases back.
    pub async fn release(&self, _account: AccountId, _messages: Vec<MessageId>) -> Result<()> {
        Err(StoreError::Closed)
    }

    /// When the next queued, unleased message of the channel is due; `None` when its queue is empty.
    pub async fn next_due(&self, _account: AccountId, _channel: ChannelId) -> Result<Option<Timestamp>> {
        Err(StoreError::Closed)
    }

    /// Debits the channel's budget and moves leased messages to `sending`, committed before any request leaves.
    pub async fn begin_send(&self, _now: Timestamp, _begin: BeginSend) -> Result<Begun> {
        Err(StoreError::Closed)
    }

    /// Books what became of attempts, with what is to be reported; parked statuses that match are applied at once.
    pub async fn record_sends(&self, _now: Timestamp, _records: Vec<SendRecord>) -> Result<Committed> {
        Err(StoreError::Closed)
    }

    /// Books decisions about queued, leased messages (postponed, failed, dropped, expired) and releases them.
    pub async fn decide_queued(
        &self,
        _now: Timestamp,
        _account: AccountId,
        _decisions: Vec<(MessageId, QueueDecision)>,
    ) -> Result<Committed> {
        Err(StoreError::Closed)
    }

    /// Matches and applies statuses; what fits no message yet is parked. One item's trouble never fails its neighbours.
    pub async fn record_statuses(
        &self,
        _now: Timestamp,
        _account: AccountId,
        _statuses: Vec<UpstreamStatus>,
    ) -> Result<(Vec<StatusResult>, Committed)> {
        Err(StoreError::Closed)
    }

    /// Handles messages whose own timer ran out (sending, unknown, sent), at most `limit`; says when the next one is due.
    pub async fn run_timers(&self, _now: Timestamp, _limit: usize) -> Result<(Committed, Option<Timestamp>)> {
        Err(StoreError::Closed)
    }

    /// At start: every `sending` becomes `unknown`. Returns how many.
    pub async fn rescue(&self, _now: Timestamp) -> Result<u64> {
        Err(StoreError::Closed)
    }

    /// What the account knows of a person.
    pub async fn person(&self, _account: AccountId, _recipient: RecipientKey) -> Result<Person> {
        Err(StoreError::Closed)
    }

    /// Replaces what the account knows of a person (opt-out, hold, service window).
    pub async fn put_person(
        &self,
        _account: AccountId,
        _recipient: RecipientKey,
        _person: Person,
    ) -> Result<()> {
        Err(StoreError::Closed)
    }

    /// Messages the upstream has that are not final, newest first, for putting back into an in-process network.
    pub async fn in_flight_upstream(
        &self,
        _before: Option<MessageId>,
        _limit: usize,
    ) -> Result<Vec<MessageView>> {
        Err(StoreError::Closed)
    }

    // --- webhooks -------------------------------------------------------------------------------------------------

    /// The next deliveries due to an endpoint, oldest first, skipping rows already leased and messages held behind an
    /// earlier event of their own.
    pub async fn claim_deliveries(
        &self,
        _now: Timestamp,
        _endpoint: EndpointId,
        _limit: usize,
    ) -> Result<Vec<Delivery>> {
        Err(StoreError::Closed)
    }

    /// Books delivery attempts and writes the delivery log.
    pub async fn record_deliveries(
        &self,
        _now: Timestamp,
        _endpoint: EndpointId,
        _records: Vec<DeliveryRecord>,
    ) -> Result<()> {
        Err(StoreError::Closed)
    }

    /// When the next delivery of an endpoint is due; `None` when nothing waits.
    pub async fn next_delivery(&self, _endpoint: EndpointId) -> Result<Option<Timestamp>> {
        Err(StoreError::Closed)
    }

    /// What waits for an endpoint.
    pub async fn backlog(&self, _endpoint: EndpointId) -> Result<Backlog> {
        Err(StoreError::Closed)
    }

    /// The delivery log of an account, newest first, older than `before`.
    pub async fn delivery_log(
        &self,
        _account: AccountId,
        _before: Option<DeliveryId>,
        _limit: usize,
    ) -> Result<Vec<DeliveryLogRow>> {
        Err(StoreError::Closed)
    }

    /// Queues again every reported event of a message, or one by number; returns how many.
    pub async fn replay(
        &self,
        _now: Timestamp,
        _account: AccountId,
        _message: MessageId,
        _seq: Option<u32>,
    ) -> Result<u64> {
        Err(StoreError::Closed)
    }

    // --- reads ----------------------------------------------------------------------------------------------------

    /// One message with everything known of it.
    pub async fn message(&self, _account: AccountId, _message: MessageId) -> Result<Option<MessageView>> {
        Err(StoreError::Closed)
    }

    /// Messages of an account, newest first.
    pub async fn messages(&self, _account: AccountId, _filter: MessageFilter) -> Result<Vec<MessageView>> {
        Err(StoreError::Closed)
    }

    /// Messages of an account to one person, newest first.
    pub async fn messages_to(
        &self,
        _account: AccountId,
        _recipient: RecipientKey,
        _limit: usize,
    ) -> Result<Vec<MessageView>> {
        Err(StoreError::Closed)
    }

    /// Counts over the whole store (cheap: kept, not counted).
    pub async fn counts(&self) -> Result<Counts> {
        Err(StoreError::Closed)
    }

    /// The largest message id ever accepted, so that ids never repeat.
    pub async fn last_id(&self) -> Result<Option<MessageId>> {
        Err(StoreError::Closed)
    }

    /// The latest `now` any operation was given: a clock that stepped back starts from here.
    pub async fn last_seen(&self) -> Result<Timestamp> {
        Err(StoreError::Closed)
    }

    // --- upkeep ---------------------------------------------------------------------------------------------------

    /// Deletes at most `rows` rows that are over their age: idempotency keys (24 h), parked statuses (7 days),
    /// delivery log, bodies, messages. Returns how many went.
    pub async fn prune(&self, _now: Timestamp, _rows: usize) -> Result<u64> {
        Err(StoreError::Closed)
    }

    /// Whether the store can commit right now (`/readyz`).
    pub async fn ready(&self) -> Result<()> {
        Err(StoreError::Closed)
    }

    /// Finishes what is queued and closes.
    pub async fn close(&self) {}
}
