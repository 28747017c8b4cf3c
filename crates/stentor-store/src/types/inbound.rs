//! What people and the upstream tell: taken in once, with everything that follows from it.

use stentor_core::id::{AccountId, MessageId, RecipientKey};
use stentor_core::learning::Deed;
use stentor_core::time::Timestamp;

use super::{Alias, NewNotice, PersonNote};

/// One thing told. What it says of people, the event of the message it answers and what the customer hears of it are
/// committed together, or, where it was told before, not at all.
#[derive(Clone, Debug, PartialEq)]
pub struct NewInbound {
    /// Whose.
    pub account: AccountId,
    /// Names it, so that the same told again is known; `None`: it is taken in every time.
    pub key: Option<[u8; 16]>,
    /// Whom it calls by two names.
    pub aliases: Vec<Alias>,
    /// What it says of people.
    pub notes: Vec<(RecipientKey, PersonNote)>,
    /// The message of ours that it answers, and how: an event of kind `answered`.
    pub answered: Option<(MessageId, String)>,
    /// What it did with which message and when: a line of the learning log, where that may be learnt from.
    pub learns: Option<(MessageId, Deed, Timestamp)>,
    /// What the account's endpoints hear.
    pub notices: Vec<NewNotice>,
}
