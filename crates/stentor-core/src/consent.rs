//! Consent: what was said about whether a person may be written to, and what follows from it. The store keeps the
//! [`Entry`]s as a history that is only added to, and the [`Consent`] they come to on the person's row.
//!
//! Two things are told apart: marketing, which the person stops and resumes, and everything, which only the operator stops
//! and allows again. News may come late and in any order: of two entries about the same thing the later one stands, of
//! two at one time the one that was told last.

use crate::registry::words;
use crate::time::Timestamp;

/// Characters of [`Entry::wording`].
pub const WORDING_CHARS_MAX: usize = 500;

words!(
    /// What was said.
    Act {
        /// No more marketing.
        OptedOut = "opted_out",
        /// Marketing again.
        OptedIn = "opted_in",
        /// The operator: nothing at all any more.
        Suppressed = "suppressed",
        /// The operator: whatever the person's own wish allows.
        Lifted = "lifted",
    }
);
words!(
    /// How it came to be known.
    Source {
        /// WhatsApp's own switch, told by webhook.
        UserPreferences = "user_preferences",
        /// A message failed with 131050.
        Refused = "131050",
        /// The person wrote a stop word, or tapped a button that says one.
        StopWord = "stop_word",
        /// The person tapped a button that the account's `opt_out_payloads` list.
        OptOutPayload = "opt_out_payload",
        /// The person wrote a word to start again.
        StartWord = "start_word",
        /// The operator, over the API.
        Api = "api",
        /// The operator, on the command line.
        Cli = "cli",
        /// A line of a file.
        Import = "import",
    }
);

/// One line of the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When it was said.
    pub at: Timestamp,
    /// What.
    pub act: Act,
    /// How it is known.
    pub source: Source,
    /// The person's own words or the operator's note: at most [`WORDING_CHARS_MAX`] characters.
    pub wording: Option<String>,
    /// Who noted it, as in the audit: `admin`, `network`.
    pub actor: String,
}

impl Entry {
    /// With the wording cut to its length; an empty one is none.
    ///
    /// ```
    /// use stentor_core::consent::{Act, Entry, Source, WORDING_CHARS_MAX};
    /// let words = |text: &str| {
    ///     Entry::new(Default::default(), Act::OptedOut, Source::StopWord, Some(text), "network").wording
    /// };
    /// assert_eq!(words("  Stop! ").as_deref(), Some("Stop!"));
    /// assert_eq!(words(" "), None);
    /// assert_eq!(words(&"ä".repeat(900)), Some("ä".repeat(WORDING_CHARS_MAX)));
    /// ```
    #[must_use]
    pub fn new(at: Timestamp, act: Act, source: Source, wording: Option<&str>, actor: &str) -> Self {
        let wording = wording.map(|text| text.trim().chars().take(WORDING_CHARS_MAX).collect::<String>());
        let wording = wording.filter(|text| !text.is_empty());
        Self { at, act, source, wording, actor: actor.to_owned() }
    }
}

/// What a history comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Consent {
    /// Stopped marketing at this time, in this way; `None`: has not, or has resumed.
    pub opted_out: Option<(Timestamp, Source)>,
    /// Resumed it at this time, and has not stopped it since: an older stop that comes late changes nothing.
    pub opted_in_at: Option<Timestamp>,
    /// The operator stopped everything at this time.
    pub suppressed_at: Option<Timestamp>,
    /// The operator allowed it again at this time, and has not stopped it since.
    pub lifted_at: Option<Timestamp>,
}

impl Consent {
    /// Whether anything at all may be sent to the person.
    #[must_use]
    pub const fn allows_anything(&self) -> bool {
        self.suppressed_at.is_none()
    }

    /// Whether marketing may be.
    #[must_use]
    pub const fn allows_marketing(&self) -> bool {
        self.allows_anything() && self.opted_out.is_none()
    }

    /// With one more entry. A word to start again takes back what was said in the chat (a stop word, a button), never
    /// WhatsApp's own switch, a 131050 or what the operator noted.
    #[must_use]
    pub fn after(self, entry: &Entry) -> Self {
        let at = entry.at;
        let said_at = self.opted_out.map(|(at, _)| at).max(self.opted_in_at);
        let ordered_at = self.suppressed_at.max(self.lifted_at);
        match entry.act {
            Act::OptedOut | Act::OptedIn if said_at > Some(at) => self,
            Act::Suppressed | Act::Lifted if ordered_at > Some(at) => self,
            Act::OptedOut => Self { opted_out: Some((at, entry.source)), opted_in_at: None, ..self },
            Act::OptedIn if entry.source == Source::StartWord && !self.is_stopped_in_chat() => self,
            Act::OptedIn => Self { opted_out: None, opted_in_at: Some(at), ..self },
            Act::Suppressed => Self { suppressed_at: Some(at), lifted_at: None, ..self },
            Act::Lifted => Self { suppressed_at: None, lifted_at: Some(at), ..self },
        }
    }

    /// Whether the entry would change what may be sent: an import leaves out what would not.
    #[must_use]
    pub fn is_changed_by(self, entry: &Entry) -> bool {
        let after = self.after(entry);
        after.suppressed_at.is_some() != self.suppressed_at.is_some()
            || after.opted_out.is_some() != self.opted_out.is_some()
    }

    fn is_stopped_in_chat(self) -> bool {
        matches!(self.opted_out, Some((_, Source::StopWord | Source::OptOutPayload)))
    }
}

/// What a history comes to, in the order in which it was told.
///
/// ```
/// use stentor_core::consent::{Act, Entry, Source, standing};
/// use stentor_core::time::Timestamp;
/// let said = |at, act, source| Entry::new(Timestamp::from_secs(at), act, source, None, "network");
/// let stop = said(10, Act::OptedOut, Source::StopWord);
/// let block = said(20, Act::Suppressed, Source::Cli);
/// let start = said(30, Act::OptedIn, Source::StartWord);
/// assert!(!standing(&[stop.clone()]).allows_marketing());
/// assert!(standing(&[stop.clone()]).allows_anything());
/// assert!(standing(&[stop.clone(), start.clone()]).allows_marketing());
/// assert!(!standing(&[stop, block, start]).allows_anything());
/// ```
#[must_use]
pub fn standing(history: &[Entry]) -> Consent {
    history.iter().fold(Consent::default(), Consent::after)
}

/// Whether a tap's payload or label is one that the account lists as an opt-out: the same, but for blanks around it.
#[must_use]
pub fn is_opt_out_payload(listed: &[String], text: &str) -> bool {
    listed.iter().any(|payload| payload == text.trim())
}

#[cfg(test)]
mod tests;
