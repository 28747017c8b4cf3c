//! Rows as both backends keep them: get and put, no decisions. The operations (`ops`) are written once over this trait.
//! `memory` and `sqlite/rows` implement it, in parts; nobody else calls it. All of it happens inside one
//! transaction.

use stentor_core::consent::Entry;
use stentor_core::id::{
    AccountId, BusinessId, ChannelId, DeliveryId, EndpointId, MediaId, MessageId, NoticeId, RecipientKey,
    TemplateId,
};
use stentor_core::learning::Line;
use stentor_core::lift::Touch;
use stentor_core::message::{Event, Message, State, UpstreamStatus, WaitReason};
use stentor_core::messaging_limit::Begun;
use stentor_core::rate::Pace;
use stentor_core::template::Reception;
use stentor_core::time::Timestamp;

use crate::{
    Alias, Attempt, Audit, Body, DayUse, DeliveryLogRow, Idempotency, KeptMind, LearntDay, Media, NewNotice,
    Person, Registry, RegistryChange, StoreError, Tally, TemplateUse, UploadSession,
};

pub(crate) type Result<T> = std::result::Result<T, StoreError>;

/// A delivery that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OutboxRow {
    pub id: DeliveryId,
    pub endpoint: EndpointId,
    pub what: What,
    pub queued_at: Timestamp,
    /// Not before then.
    pub due: Timestamp,
    pub tries: u32,
}

/// What a delivery is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Event { message: MessageId, seq: u32 },
    Notice(NoticeId),
}

impl OutboxRow {
    /// Later than it was queued: that is how a row that was put off is known.
    pub(crate) fn is_postponed(&self) -> bool {
        self.due > self.queued_at
    }
}

impl What {
    pub(crate) fn message(self) -> Option<MessageId> {
        match self {
            Self::Event { message, .. } => Some(message),
            Self::Notice(_) => None,
        }
    }
}

/// A reported event with what its webhook says beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub message: Message,
    pub event: Event,
    /// Empty once the body went with age.
    pub address: String,
    pub opaque: Option<String>,
}

/// A status that fits no message yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parked {
    pub id: i64,
    pub account: AccountId,
    pub at: Timestamp,
    pub status: UpstreamStatus,
}

/// A number kept beside the rows it counts, in the same transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Counter {
    /// Messages of an account in a state.
    State(State),
    /// Outbox rows of an endpoint.
    Outbox,
    /// Outbox rows of an endpoint that were put off.
    Postponed,
    /// Deliveries of an endpoint given up.
    Lost,
    /// Events of an account that nobody heard although its numbers have webhooks.
    Unheard,
    /// Parked statuses.
    Parked,
    /// Names of what was told.
    Seen,
    /// People of an account whose number could not be reached.
    Undeliverable,
    /// Messages held after a restore.
    Held,
    /// When the backup that was restored was taken, in milliseconds.
    RestoredTo,
    /// Second upstream ids seen.
    Doubles,
    /// The last id given to a delivery, a notice, a parked status, an audit row, a line of the learning log.
    LastDelivery,
    LastNotice,
    LastParked,
    LastAudit,
    LastLine,
    /// The largest message id ever accepted.
    LastMessage,
    /// Milliseconds by which time was moved on.
    Skipped,
    /// The latest `now` of any operation, in milliseconds.
    LastSeen,
    /// Written by `ready`.
    Ready,
}

/// Which messages a listing wants, newest first.
#[derive(Clone, Debug)]
pub(crate) struct Find {
    /// `None` only for the program's own start-up.
    pub account: Option<AccountId>,
    pub channel: Option<ChannelId>,
    pub recipient: Option<RecipientKey>,
    /// Any when empty.
    pub states: Vec<State>,
    pub before: Option<MessageId>,
    pub limit: usize,
    /// Rows looked at before giving up.
    pub scan_rows_max: usize,
}

/// One transaction's view of the rows.
pub(crate) trait Rows:
    MessageRows + DeliveryRows + KeepRows + ReceptionRows + MediaRows + InboundRows + PeopleRows + LearningRows
{
}

impl<T> Rows for T where
    T: MessageRows
        + DeliveryRows
        + KeepRows
        + ReceptionRows
        + MediaRows
        + InboundRows
        + PeopleRows
        + LearningRows
{
}

/// Messages with their bodies, events and attempts.
pub(crate) trait MessageRows {
    fn message(&self, id: MessageId) -> Result<Option<Message>>;
    /// `false`: the id is taken, nothing was written.
    fn insert_message(&mut self, message: &Message, body: &Body) -> Result<bool>;
    /// Guarded by id, account and the state it had.
    fn update_message(&mut self, old: &Message, new: &Message) -> Result<()>;
    /// With its body, events and attempts.
    fn delete_message(&mut self, id: MessageId) -> Result<()>;
    /// The message with the smallest id.
    fn oldest_message(&self) -> Result<Option<MessageId>>;
    fn find_messages(&self, find: &Find) -> Result<Vec<Message>>;
    /// Counts of an account's messages from one template whose ids lie in the range.
    fn template_use(
        &self,
        account: AccountId,
        template: TemplateId,
        ids: std::ops::Range<MessageId>,
    ) -> Result<TemplateUse>;
    fn body(&self, id: MessageId) -> Result<Option<Body>>;
    /// The address and the customer's callback data alone.
    fn address(&self, id: MessageId) -> Result<Option<(String, Option<String>)>>;
    /// Ids of bodies above `after`, ascending.
    fn bodies_after(&self, after: MessageId, limit: usize) -> Result<Vec<MessageId>>;
    fn delete_body(&mut self, id: MessageId) -> Result<()>;
    fn events(&self, id: MessageId) -> Result<Vec<(u32, Event)>>;
    fn event(&self, id: MessageId, seq: u32) -> Result<Option<Event>>;
    fn put_event(&mut self, id: MessageId, seq: u32, event: &Event) -> Result<()>;
    fn attempts(&self, id: MessageId) -> Result<Vec<Attempt>>;
    fn put_attempt(&mut self, id: MessageId, attempt: &Attempt) -> Result<()>;
    /// Messages with an attempt under that upstream id.
    fn messages_of_upstream(&self, upstream_id: &str) -> Result<Vec<MessageId>>;
    /// Queued messages of a channel after a position, due by `until`, in order of (due, id).
    fn queued(
        &self,
        channel: ChannelId,
        after: (Timestamp, MessageId),
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Timestamp, MessageId)>>;
    /// The same of those that go the classic way.
    fn queued_classic(
        &self,
        channel: ChannelId,
        after: (Timestamp, MessageId),
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Timestamp, MessageId)>>;
    /// Messages of a channel and template (`None`: without one) that wait for what can end before its time, due after
    /// `after`; in order of due.
    fn held(
        &self,
        channel: ChannelId,
        template: Option<TemplateId>,
        wait: WaitReason,
        after: Timestamp,
        limit: usize,
    ) -> Result<Vec<MessageId>>;
    /// Templates of which messages of the channel wait so; `None`: some without a template do.
    fn held_templates(&self, channel: ChannelId) -> Result<Vec<Option<TemplateId>>>;
    /// Unknown messages to one person, in order of id.
    fn unknown_to(&self, channel: ChannelId, recipient: RecipientKey, limit: usize)
    -> Result<Vec<MessageId>>;
    /// Unknown messages of a channel that were begun within this time, the first begun first.
    fn unknown_since(
        &self,
        channel: ChannelId,
        begun: std::ops::Range<Timestamp>,
        limit: usize,
    ) -> Result<Vec<MessageId>>;
    /// Messages in `state` (sending, unknown or sent) due by `until`, in order of (due, id).
    fn timers(&self, state: State, until: Timestamp, limit: usize) -> Result<Vec<(Timestamp, MessageId)>>;
    /// An account's templates by day of acceptance and route, of messages that share their activity.
    fn days(&self, account: AccountId, ids: std::ops::Range<MessageId>) -> Result<Vec<DayUse>>;
    /// A channel's messages with ids in `from..to`, by category and route, in order of their words.
    fn tally(&self, of: (AccountId, ChannelId), from: MessageId, to: MessageId) -> Result<Vec<Tally>>;
    /// When the message that is due first in our queue is due.
    fn first_due(&self) -> Result<Option<Timestamp>>;
}

/// What is to be told to customers, and what was.
pub(crate) trait DeliveryRows {
    fn put_outbox(&mut self, row: &OutboxRow) -> Result<()>;
    fn outbox(&self, endpoint: EndpointId, id: DeliveryId) -> Result<Option<OutboxRow>>;
    fn delete_outbox(&mut self, row: &OutboxRow) -> Result<()>;
    /// Puts a row off.
    fn postpone_outbox(&mut self, row: &OutboxRow, due: Timestamp, tries: u32) -> Result<()>;
    /// Rows of an endpoint that were never put off, after an id, in its order: the order they were queued in.
    fn outbox_fresh(&self, endpoint: EndpointId, after: DeliveryId, limit: usize) -> Result<Vec<OutboxRow>>;
    /// Rows of an endpoint that were put off, due by `until`, after a position, in order of (due, id).
    fn outbox_postponed(
        &self,
        endpoint: EndpointId,
        after: (Timestamp, DeliveryId),
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<OutboxRow>>;
    /// When the last of the earlier rows of that message which were put off (`due` after `queued_at`) is due again.
    fn postponed_before(
        &self,
        endpoint: EndpointId,
        message: MessageId,
        id: DeliveryId,
    ) -> Result<Option<Timestamp>>;
    /// What an event of a message tells: the row, the event, the address and the customer's own text.
    fn told(&self, message: MessageId, seq: u32) -> Result<Option<Told>>;
    /// The oldest row, of one endpoint or of all.
    fn oldest_outbox(&self, endpoint: Option<EndpointId>) -> Result<Option<OutboxRow>>;
    /// `refs`: how many outbox rows tell it.
    fn put_notice(&mut self, id: NoticeId, at: Timestamp, notice: &NewNotice, refs: u32) -> Result<()>;
    fn notice(&self, id: NoticeId) -> Result<Option<NewNotice>>;
    /// So many rows more tell it.
    fn ref_notice(&mut self, id: NoticeId, rows: u32) -> Result<()>;
    /// One row fewer tells it; it goes with the last.
    fn unref_notice(&mut self, id: NoticeId) -> Result<()>;
    /// `no`: which try of the delivery.
    fn put_delivery_log(&mut self, account: AccountId, no: u32, row: &DeliveryLogRow) -> Result<()>;
    fn delivery_log(
        &self,
        account: AccountId,
        before: Option<DeliveryId>,
        limit: usize,
    ) -> Result<Vec<DeliveryLogRow>>;
    /// At most `limit` of the oldest rows, written before `before`; how many went.
    fn prune_delivery_log(&mut self, before: Timestamp, limit: usize) -> Result<usize>;
}

/// Everything beside the messages: budgets, people, what is parked, what is administered, what is counted.
pub(crate) trait KeepRows {
    fn pace(&self, channel: ChannelId) -> Result<Option<Pace>>;
    fn put_pace(&mut self, channel: ChannelId, pace: &Pace) -> Result<()>;
    /// Of every channel that ever sent.
    fn paces(&self) -> Result<Vec<(ChannelId, Pace)>>;
    fn person(&self, account: AccountId, recipient: RecipientKey) -> Result<Option<Person>>;
    /// Deletes the row when it says nothing.
    fn put_person(&mut self, account: AccountId, recipient: RecipientKey, person: &Person) -> Result<()>;
    /// Whom businesses with a messaging limit have begun with.
    fn begun(&self) -> Result<Vec<(BusinessId, RecipientKey, Begun)>>;
    /// `None` forgets it.
    fn put_begun(&mut self, business: BusinessId, person: RecipientKey, begun: Option<Begun>) -> Result<()>;
    fn park(&mut self, parked: &Parked) -> Result<()>;
    fn unpark(&mut self, id: i64) -> Result<()>;
    /// In order of arrival.
    fn parked_of_upstream(&self, upstream_id: &str) -> Result<Vec<Parked>>;
    /// In order of arrival.
    fn parked_of_person(&self, channel: ChannelId, recipient: RecipientKey) -> Result<Vec<Parked>>;
    fn oldest_parked(&self) -> Result<Option<(i64, Timestamp)>>;
    fn idempotency(&self, scope: &[u8; 32]) -> Result<Option<(Timestamp, Idempotency)>>;
    fn put_idempotency(&mut self, at: Timestamp, of: AccountId, record: &Idempotency) -> Result<()>;
    /// At most `limit` rows made before `before`; how many went.
    fn prune_idempotency(&mut self, before: Timestamp, limit: usize) -> Result<usize>;
    fn put_audit(&mut self, id: i64, audit: &Audit) -> Result<()>;
    fn audit(&self, account: AccountId, before: Option<Timestamp>, limit: usize) -> Result<Vec<Audit>>;
    /// At most `limit` of the oldest rows, written before `before`; how many went.
    fn prune_audit(&mut self, before: Timestamp, limit: usize) -> Result<usize>;
    fn secret(&self, name: &str) -> Result<Option<[u8; 32]>>;
    fn put_secret(&mut self, name: &str, value: &[u8; 32]) -> Result<()>;
    fn registry(&self) -> Result<Registry>;
    /// A change the directory has taken.
    fn put_registry(&mut self, change: &RegistryChange) -> Result<()>;
    /// Forgets keys that ended before `before`.
    fn prune_keys(&mut self, before: Timestamp) -> Result<()>;
    fn counters(&self) -> Result<Vec<(Counter, i64, i64)>>;
}

/// What templates' messages came to.
pub(crate) trait ReceptionRows {
    fn reception(&self, template: TemplateId) -> Result<Option<Reception>>;
    /// In order of template.
    fn receptions(&self) -> Result<Vec<(TemplateId, AccountId, Reception)>>;
    fn put_reception(
        &mut self,
        template: TemplateId,
        account: AccountId,
        reception: &Reception,
    ) -> Result<()>;
    fn delete_reception(&mut self, template: TemplateId) -> Result<()>;
}

/// Media and resumable uploads. Contents are files: a row here says that one is wanted.
pub(crate) trait MediaRows {
    fn media(&self, id: MediaId) -> Result<Option<Media>>;
    /// Makes or replaces.
    fn put_media(&mut self, media: &Media) -> Result<()>;
    fn delete_media(&mut self, id: MediaId) -> Result<()>;
    /// Whether any medium has this content.
    fn is_media_content(&self, sha256: &[u8; 32]) -> Result<bool>;
    /// At most `limit` media that have expired, in order of (expires_at, id); how many went.
    fn prune_media(&mut self, now: Timestamp, limit: usize) -> Result<usize>;
    fn upload(&self, token: &str) -> Result<Option<UploadSession>>;
    /// Makes or replaces.
    fn put_upload(&mut self, session: &UploadSession) -> Result<()>;
    fn delete_upload(&mut self, token: &str) -> Result<()>;
    /// At most `limit` uploads that have expired; how many went.
    fn prune_uploads(&mut self, now: Timestamp, limit: usize) -> Result<usize>;
}

/// Names of what was told, so that it is taken in once; and the forgetting of everything that was sent or told.
pub(crate) trait InboundRows {
    fn is_seen(&self, account: AccountId, key: &[u8; 16]) -> Result<bool>;
    fn put_seen(&mut self, at: Timestamp, account: AccountId, key: &[u8; 16]) -> Result<()>;
    /// At most `limit` of the oldest names, told before `before`; how many went.
    fn prune_seen(&mut self, before: Timestamp, limit: usize) -> Result<usize>;
    /// Deletes messages with all that hangs on them, people, waiting webhooks, logs of delivery, budgets, parked statuses,
    /// idempotency keys and names of what was told; messages in `sending` only with `sending_too`.
    fn wipe(&mut self, sending_too: bool) -> Result<()>;
}

/// What was said about people, and what an erasure takes from other tables.
pub(crate) trait PeopleRows {
    fn put_consent(&mut self, account: AccountId, recipient: RecipientKey, entry: &Entry) -> Result<()>;
    /// In the order in which it was told.
    fn consents(&self, account: AccountId, recipient: RecipientKey) -> Result<Vec<Entry>>;
    /// Only the `keep` latest stay.
    fn trim_consents(&mut self, account: AccountId, recipient: RecipientKey, keep: usize) -> Result<()>;
    /// A user id has one number: the last told.
    fn put_alias(&mut self, account: AccountId, alias: &Alias) -> Result<()>;
    /// The person's other names, by key, at most `limit`: the number of a user id, the user ids of a number.
    fn other_names(
        &self,
        account: AccountId,
        of: RecipientKey,
        limit: usize,
    ) -> Result<Vec<(RecipientKey, String)>>;
    /// What the person is also called goes.
    fn delete_aliases(&mut self, account: AccountId, of: RecipientKey) -> Result<()>;
    fn forget_wordings(&mut self, account: AccountId, recipient: RecipientKey) -> Result<()>;
    /// People who opted out or are suppressed, or whose time zone is known, after a key, in order of keys.
    fn stopped(
        &self,
        account: AccountId,
        after: Option<RecipientKey>,
        limit: usize,
    ) -> Result<Vec<(RecipientKey, Person)>>;
    /// Every account's people after one, in order of accounts and keys.
    fn people_after(
        &self,
        after: (AccountId, RecipientKey),
        limit: usize,
    ) -> Result<Vec<(AccountId, RecipientKey, Person)>>;
    /// A message's body, attempts and the details of its events go, but for details that are `kept`.
    fn strip_message(&mut self, id: MessageId, kept: &str) -> Result<()>;
    /// An account's notices after an id whose value holds that text, in order of ids.
    fn notices_with(
        &self,
        account: AccountId,
        text: &str,
        after: NoticeId,
        limit: usize,
    ) -> Result<Vec<(NoticeId, NewNotice)>>;
    fn outbox_of_notice(&self, id: NoticeId) -> Result<Vec<OutboxRow>>;
    fn delete_notice(&mut self, id: NoticeId) -> Result<()>;
    /// An account's kept answers that hold that text.
    fn delete_idempotency_with(&mut self, account: AccountId, text: &str) -> Result<()>;
    fn parked_of_recipient(&self, account: AccountId, recipient: RecipientKey) -> Result<Vec<i64>>;
}

/// The learning log: appended to, read in order, pruned from the old end; only an erasure takes lines out of its middle.
pub(crate) trait LearningRows {
    fn put_line(&mut self, seq: i64, line: &Line) -> Result<()>;
    /// Lines of all accounts after a number, in order.
    fn lines_after(&self, seq: i64, limit: usize) -> Result<Vec<(i64, Line)>>;
    /// A person's lines after a number, in order, but that they were forgotten. Walks the log.
    fn lines_of(&self, of: (AccountId, RecipientKey), after: i64, limit: usize) -> Result<Vec<(i64, Line)>>;
    fn delete_line(&mut self, seq: i64) -> Result<()>;
    /// At most `limit` of the oldest lines, of before `before`; how many went.
    fn prune_lines(&mut self, before: Timestamp, limit: usize) -> Result<usize>;
    /// In order of account.
    fn minds(&self) -> Result<Vec<KeptMind>>;
    /// Unless one is kept that knows more.
    fn put_mind(&mut self, mind: &KeptMind) -> Result<()>;
    /// The first line of a send at or after a number, and when that was: those are in order of time.
    fn send_from(&self, seq: i64) -> Result<Option<(i64, Timestamp)>>;
    /// Clicks and reads of an account's people (`None`: of all) from a number on. Walks the log from there.
    fn touches(
        &self,
        account: AccountId,
        people: Option<&[RecipientKey]>,
        from: i64,
    ) -> Result<Vec<(RecipientKey, Touch)>>;
    /// What lines from a number on say of an account's messages with these ids, by template and day of acceptance.
    fn learnt_days(
        &self,
        account: AccountId,
        from: i64,
        ids: std::ops::Range<MessageId>,
    ) -> Result<Vec<LearntDay>>;
}
