//! What the learning log says.

use stentor_core::id::{AccountId, TemplateId};
use stentor_core::learning::Line;
use stentor_core::time::Timestamp;

/// A line of the learning log with its number: ascending in the order of commit, never given twice.
#[derive(Clone, Debug, PartialEq)]
pub struct Learnt {
    /// The number.
    pub seq: i64,
    /// The line.
    pub line: Line,
}

/// What was learnt of an account, with its place in the learning log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptMind {
    /// Whose.
    pub account: AccountId,
    /// The number of the last line that it knows.
    pub position: i64,
    /// The latest time of a line up to there.
    pub at: Timestamp,
    /// The bytes; empty since somebody was erased, until it is kept anew.
    pub state: Vec<u8>,
}

/// What the learning log says of one template's messages that were accepted on one day.
#[derive(Clone, Debug, PartialEq)]
pub struct LearntDay {
    /// The template.
    pub template: TemplateId,
    /// The beginning of the day, UTC.
    pub day: Timestamp,
    /// Messages the upstream took.
    pub sent: u64,
    /// Of these, delivered.
    pub delivered: u64,
    /// Of these, read.
    pub read: u64,
    /// Clicks on their links.
    pub clicked: u64,
    /// Answers by one of their quick replies.
    pub quick_replies: u64,
    /// Conversions by whether they were in an app and by name, in this order.
    pub conversions: Vec<Converted>,
}

/// Conversions of one name.
#[derive(Clone, Debug, PartialEq)]
pub struct Converted {
    /// In the business's app; otherwise on its website.
    pub is_app: bool,
    /// `Purchase` and the like.
    pub name: String,
    /// How many.
    pub count: u64,
    /// What they were worth together, whatever the currencies.
    pub worth: f64,
}
