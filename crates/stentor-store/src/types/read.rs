//! Reads for people, the CLI and metrics.

use stentor_core::id::{ChannelId, MessageId, TemplateId};
use stentor_core::message::{Event, Message, State};
use stentor_core::route::Route;
use stentor_core::template::Category;
use stentor_core::time::Timestamp;

use super::Body;

/// A message with everything known of it.
#[derive(Clone, Debug)]
pub struct MessageView {
    /// The row.
    pub message: Message,
    /// Its body; `None` once erased.
    pub body: Option<Body>,
    /// Its events with their numbers, oldest first.
    pub events: Vec<(u32, Event)>,
    /// Its attempts, oldest first; an attempt that is not listed was taken under our own id at `sending_at`.
    pub attempts: Vec<Attempt>,
}

/// One attempt to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// 1 is the first.
    pub no: u32,
    /// When its result was known.
    pub at: Timestamp,
    /// The upstream's id, if it took it.
    pub upstream_id: Option<String>,
    /// What came of it, in words.
    pub outcome: String,
}

/// Which messages to list, newest first.
#[derive(Clone, Debug, Default)]
pub struct MessageFilter {
    /// Only this channel's.
    pub channel: Option<ChannelId>,
    /// Only in this state.
    pub state: Option<State>,
    /// Only older than this one: the cursor.
    pub before: Option<MessageId>,
    /// At most this many (1..=1000).
    pub limit: usize,
}

/// Messages of one channel that were accepted within a span of time, of one category and route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Of the template; `None`: a free-form message.
    pub category: Option<Category>,
    /// Which way they went.
    pub route: Route,
    /// How many were sent.
    pub sent: u64,
    /// How many were delivered, or read without being told to be delivered.
    pub delivered: u64,
    /// How many were read.
    pub read: u64,
    /// How many failed.
    pub failed: u64,
}

/// What became of one template's messages that were accepted on one day, one route, and whose activity is shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayUse {
    /// The template.
    pub template: TemplateId,
    /// Which way they went.
    pub route: Route,
    /// The beginning of the day, UTC.
    pub day: Timestamp,
    /// How many were sent.
    pub sent: u64,
    /// How many were delivered, or read without being told to be delivered.
    pub delivered: u64,
    /// How many were read.
    pub read: u64,
    /// How many were answered with one of their buttons.
    pub clicked: u64,
}

/// What became of one template's messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TemplateUse {
    /// Which.
    pub template: TemplateId,
    /// Messages the upstream took.
    pub taken: u64,
    /// Of these, delivered or read.
    pub delivered: u64,
    /// Of these, read.
    pub read: u64,
    /// Ended because the person had stopped our marketing (131050).
    pub stopped: u64,
}

/// The numbers of `status`, `/metrics` and `/health_status`.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// Messages by state.
    pub by_state: Vec<(State, u64)>,
    /// When the message of our queue was due that is due first; later than now: nothing is due.
    pub oldest_queued_at: Option<Timestamp>,
    /// Messages of a restored queue that wait for a person's word.
    pub held: u64,
    /// When the backup that was restored was taken; `None`: none was.
    pub restored_to: Option<Timestamp>,
    /// Parked statuses.
    pub parked: u64,
    /// Second upstream ids seen: messages sent twice.
    pub doubles: u64,
    /// Outbox rows over all endpoints.
    pub deliveries_waiting: u64,
    /// Deliveries given up.
    pub deliveries_lost: u64,
    /// Events of accounts that nobody heard although their numbers have webhooks.
    pub events_unheard: u64,
}
