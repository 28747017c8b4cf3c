//! People: what was said about writing to them, what is kept of them, and what is left once they are erased.

use stentor_core::admission::{Known, Spent};
use stentor_core::cap::Ring;
use stentor_core::consent::{Consent, Entry};
use stentor_core::id::{ChannelId, RecipientKey};
use stentor_core::rate::Pair;
use stentor_core::time::Timestamp;
use stentor_core::undeliverable::{COOL_DOWN_MAX, Undeliverable};

use super::{Learnt, MessageView};

/// What an account knows of one person; absent rows read as the default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// What the person and the operator said comes to: [`stentor_core::consent::standing`] of the history.
    pub consent: Consent,
    /// No marketing before this time (131049: at least 24 h).
    pub marketing_after: Option<Timestamp>,
    /// The 24-hour service window is open until then.
    pub window_until: Option<Timestamp>,
    /// Bursts towards the person, by channel, until they are paid back; a single message makes none.
    pub pairs: Vec<(ChannelId, Pair)>,
    /// Marketing outside service windows that counts against the account's caps.
    pub marketing: Ring,
    /// WhatsApp could not reach the number (131026), and nothing has shown since that it can.
    pub undeliverable: Option<Undeliverable>,
    /// Their `wa_id` or user id, where something was said or their time zone is known; gone once erased.
    pub address: Option<String>,
    /// The IANA time zone they are known to be in.
    pub time_zone: Option<String>,
}

/// What a person did, as an upstream or an operator reports it; reports may come late and in any order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PersonNote {
    /// Something about whether they may be written to: kept in their history.
    Said {
        /// What.
        entry: Entry,
        /// Their `wa_id` or user id, where it is known.
        address: Option<String>,
    },
    /// Wrote to the business.
    Wrote {
        /// The end of the service window that opened.
        until: Timestamp,
    },
}

impl Person {
    /// Takes a note in; a service window is never shortened.
    pub(crate) fn note(&mut self, note: &PersonNote) {
        match note {
            PersonNote::Said { entry, address } => {
                self.consent = self.consent.after(entry);
                self.know(address.as_deref());
            }
            PersonNote::Wrote { until } => {
                self.window_until = self.window_until.max(Some(*until));
                self.undeliverable = None;
            }
        }
    }

    /// Whether nothing follows from the row any more: nobody said anything, nothing is known, and every time in it is over.
    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        let is_past = |at: Option<Timestamp>| at.is_none_or(|at| at <= now);
        self.consent == Consent::default()
            && self.address.is_none()
            && self.time_zone.is_none()
            && is_past(self.marketing_after)
            && is_past(self.window_until)
            && self.pairs.iter().all(|(_, pair)| pair.is_paid(now))
            && self.marketing.kept(now).times().is_empty()
            && is_past(self.undeliverable.map(|known| known.at + 2 * COOL_DOWN_MAX))
    }

    pub(crate) fn know(&mut self, address: Option<&str>) {
        if let Some(address) = address {
            self.address = Some(address.to_owned());
        }
    }

    /// What the row says of the person, for a decision about a message to this address; the pair is another row's.
    #[must_use]
    pub fn known<'a>(&'a self, address: &'a str) -> Known<'a> {
        let (marketing, window_until) = (self.marketing, self.window_until);
        // Two people under one key: what the other said is not for this one.
        let is_theirs = self.address.as_deref().is_none_or(|known| known == address);
        Known {
            consent: if is_theirs { self.consent } else { Consent::default() },
            marketing_after: self.marketing_after,
            spent: Spent { marketing, window_until, ..Spent::default() },
            address,
            time_zone: self.time_zone.as_deref().filter(|_| is_theirs),
            ..Known::default()
        }
    }

    /// What the row says of a channel's pair.
    pub(crate) fn pair(&self, channel: ChannelId) -> Option<Pair> {
        self.pairs.iter().find(|(of, _)| *of == channel).map(|(_, pair)| *pair)
    }

    /// Takes a channel's pair into the row, and what is paid back out of it.
    pub(crate) fn put_pair(&mut self, channel: ChannelId, pair: Pair, now: Timestamp) {
        self.pairs.retain(|(of, other)| *of != channel && !other.is_paid(now));
        if !pair.is_paid(now) {
            self.pairs.push((channel, pair));
        }
    }
}

/// Something the operator notes on one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonWrite {
    /// Who.
    pub recipient: RecipientKey,
    /// Their `wa_id` or user id; `None`: only the key is known (an erased person's line of an export).
    pub address: Option<String>,
    /// What was said, if anything.
    pub entry: Option<Entry>,
    /// Whether the entry is left out where it would change nothing: an import may be repeated.
    pub once: bool,
    /// The time zone they are in: `Some(None)` forgets it, `None` leaves it as it is.
    pub time_zone: Option<Option<String>>,
}

/// A person with their history, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonView {
    /// Who.
    pub recipient: RecipientKey,
    /// What is known now.
    pub person: Person,
    /// What was said, in the order in which it was told.
    pub history: Vec<Entry>,
}

/// Two names of one person, as an upstream told them together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    /// Their business-scoped user id, with its key.
    pub user: (RecipientKey, String),
    /// Their `wa_id`, with its key.
    pub number: (RecipientKey, String),
}

/// Everything that is kept of one person.
#[derive(Clone, Debug)]
pub struct PersonFile {
    /// What is known, and what was said.
    pub view: PersonView,
    /// Messages to them, newest first.
    pub messages: Vec<MessageView>,
    /// Webhooks about them that still wait to be delivered: `field` and `value`, oldest first.
    pub waiting: Vec<(String, String)>,
    /// What may be learnt from them, oldest first.
    pub learnt: Vec<Learnt>,
    /// Whether that is all; `false`: there are more messages, webhooks or lines than were asked for.
    pub is_complete: bool,
}

impl PersonFile {
    /// With what is kept of them under another name.
    pub fn join(&mut self, other: Self) {
        self.messages.extend(other.messages);
        self.messages.sort_by_key(|view| std::cmp::Reverse(view.message.id));
        for told in other.waiting {
            // One that tells both names was found under each.
            if !self.waiting.contains(&told) {
                self.waiting.push(told);
            }
        }
        self.learnt.extend(other.learnt);
        self.learnt.sort_by_key(|learnt| learnt.seq);
        self.is_complete &= other.is_complete;
    }
}

/// What an erasure did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// Messages that lost their body, address, callback data, upstream ids and details.
    pub messages: u64,
    /// Of these, those that had not left, or of which nobody knew, and were ended.
    pub ended: u64,
    /// Webhooks that waited to be delivered and told of the person.
    pub webhooks: u64,
    /// Lines of the learning log.
    pub lines: u64,
    /// Messages whose request is on its way right now: left as they are, to be erased in a minute.
    pub leaving: u64,
}

impl Erased {
    /// With what was done under another name.
    pub const fn add(&mut self, other: &Self) {
        self.messages += other.messages;
        self.ended += other.ended;
        self.webhooks += other.webhooks;
        self.lines += other.lines;
        self.leaving += other.leaving;
    }
}
