//! The witness: one line of JSON for every request the network saw, told by the network itself and not by its client.
//! Written by the network process (the file is the program's), read by crash tests and benches. Holds addresses: not a log.

use serde::Deserialize;
use serde::Serialize;
use stentor_core::time::Timestamp;

use crate::message::{Answer, Reply, Submission};

/// What one request came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// When, in milliseconds since the epoch.
    pub at: i64,
    /// The business number.
    pub phone_number_id: String,
    /// The person.
    pub to: String,
    /// The id of the message, when it was taken.
    pub id: Option<String>,
    /// `biz_opaque_callback_data`.
    pub opaque: Option<String>,
    /// Whether the network has the message, whatever its reply said.
    pub taken: bool,
    /// What the reply said.
    pub reply: Said,
}

/// What a reply said, in a word and, for errors, a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// 200, accepted.
    Accepted,
    /// 200, held for quality assessment.
    Held,
    /// An error with this code.
    Refused(u32),
    /// A 5xx with this HTTP status.
    ServerError(u16),
    /// Nothing.
    Lost,
    /// The connection was reset.
    Reset,
}

impl Record {
    /// The record of this request and its answer.
    #[must_use]
    pub fn new(now: Timestamp, submission: &Submission, answer: &Answer) -> Self {
        Self {
            at: now.millis(),
            phone_number_id: submission.phone_number_id.clone(),
            to: submission.to.clone(),
            id: answer.taken.clone(),
            opaque: submission.opaque.clone(),
            taken: answer.taken.is_some(),
            reply: match answer.reply {
                Reply::Accepted { held: false, .. } => Said::Accepted,
                Reply::Accepted { held: true, .. } => Said::Held,
                Reply::Refused { code, .. } => Said::Refused(code),
                Reply::ServerError { http } => Said::ServerError(http),
                Reply::Lost => Said::Lost,
                Reply::Reset => Said::Reset,
            },
        }
    }

    /// One line, without the line break.
    #[must_use]
    pub fn to_line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The record of a line.
    ///
    /// # Errors
    /// What is wrong with it: a line torn by a crash, for instance.
    pub fn parse(line: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(line)
    }
}
