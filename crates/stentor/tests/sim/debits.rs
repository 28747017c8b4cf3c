//! The other side of the budgets: nothing waits for a limit, or is dropped for it, that is not reached. What begins is
//! entered, what surely was not taken is struck out: the store may count as much and not more.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use stentor_core::id::{AccountId, ChannelId, MessageId, RecipientKey};
use stentor_core::message::{Message, State, WaitReason};
use stentor_core::template::Category;
use stentor_core::time::Timestamp;

use crate::budgets::{EACH, PEOPLE_MAX, PER_DAY, PER_WEEK};

/// Between the moment the facts were read and the one a decision is committed; and what a repaid burst may be off by.
const SLACK: Duration = Duration::from_secs(15);
const DAY: Duration = Duration::from_hours(24);
const WEEK: Duration = Duration::from_hours(7 * 24);

/// Entries that are printed of a person.
const ENTRIES: usize = 8;

/// WhatsApp lets this person have no more marketing for a day, at least.
const SATURATED: u32 = 131_049;

type Person = (AccountId, RecipientKey);

/// One begin.
#[derive(Debug)]
struct Debit {
    at: Timestamp,
    channel: ChannelId,
    message: MessageId,
    is_capped: bool,
    counts: bool,
    /// The turn in which it was struck out, and whether the pair's share was, too.
    given_back: Option<(u64, bool)>,
}

impl Debit {
    /// Whether whoever read the facts in that turn may have counted it.
    fn stands(&self, read: u64) -> bool {
        self.given_back.is_none_or(|(turn, _)| turn >= read)
    }

    fn stands_for_pair(&self, read: u64) -> bool {
        self.given_back.is_none_or(|(turn, with_pair)| turn >= read || !with_pair)
    }
}

/// What was begun, by person.
#[derive(Debug, Default)]
pub struct Debits {
    begun: BTreeMap<Person, Vec<Debit>>,
    /// WhatsApp has said so: until then no marketing, and since which turn.
    saturated: BTreeMap<Person, (u64, Timestamp)>,
    /// Who is asked for together: whoever is put off may be so for another of them, whose turn comes with the next batch.
    asked: BTreeSet<Person>,
}

impl Debits {
    /// A batch is about to begin.
    pub fn asks(&mut self, people: BTreeSet<Person>) {
        self.asked = people;
    }

    /// A send began. `is_open`: in the person's service window.
    pub fn begins(&mut self, row: &Message, is_open: bool) {
        let debit = Debit {
            at: row.sending_at.unwrap_or_default(),
            channel: row.channel,
            message: row.id,
            is_capped: row.category == Some(Category::Marketing) && !is_open,
            counts: row.category.is_some() && !is_open,
            given_back: None,
        };
        let begun = self.begun.entry((row.account, row.recipient)).or_default();
        begun.retain(|old| old.at + WEEK + SLACK > debit.at);
        begun.push(debit);
    }

    /// A commit changed a row.
    pub fn changed(&mut self, old: &Message, new: &Message, turn: u64, now: Timestamp) {
        let person = (new.account, new.recipient);
        let is_refused = old.state == State::Sending && new.state == State::Waiting;
        if is_refused && let Some(debits) = self.begun.get_mut(&person) {
            let with_pair = new.wait != Some(WaitReason::Pair);
            let last = debits.iter_mut().rev().find(|debit| debit.message == new.id);
            last.into_iter().for_each(|debit| debit.given_back = Some((turn, with_pair)));
        }
        let is_told = new.state == State::Failed && old.state != State::Failed && new.code == Some(SATURATED);
        if is_told || (is_refused && new.wait == Some(WaitReason::Cap)) {
            self.saturated.insert(person, (turn, now + DAY));
        }
    }

    /// The person is erased: what they got counts for no cap of theirs any more.
    pub fn forget(&mut self, person: Person) {
        self.saturated.remove(&person);
        self.begun.entry(person).or_default().iter_mut().for_each(|debit| debit.is_capped = false);
    }

    /// Whether WhatsApp had said, before that turn, that the person gets no marketing now.
    pub fn is_saturated(&self, person: Person, read: u64, now: Timestamp) -> bool {
        self.saturated.get(&person).is_some_and(|(turn, until)| *turn < read && now < *until)
    }

    /// A queued message waits for a limit, or is dropped for it: what it was decided by was read in turn `read`.
    pub fn waits(&self, new: &Message, read: u64, now: Timestamp) -> Result<(), String> {
        let is_dropped = new.state == State::Dropped && new.code == Some(SATURATED);
        let is_over = match new.wait {
            Some(WaitReason::Pair) => self.pair_is_used(new, read, now),
            Some(WaitReason::UpstreamLimit) => self.people(new.account, now) >= PEOPLE_MAX,
            Some(WaitReason::Cap) => self.cap_is_used(new, read, now),
            _ if is_dropped => self.cap_is_used(new, read, now),
            _ => true,
        };
        let of = new.wait.map_or("its cap", WaitReason::as_str);
        if is_over {
            return Ok(());
        }
        let entered: Vec<_> = self.of(new).rev().take(ENTRIES).collect();
        Err(format!("was put off for {of} in turn {read}, and there is room: {entered:?}"))
    }

    fn of(&self, row: &Message) -> impl DoubleEndedIterator<Item = &Debit> {
        self.begun.get(&(row.account, row.recipient)).into_iter().flatten()
    }

    fn cap_is_used(&self, row: &Message, read: u64, now: Timestamp) -> bool {
        let since = |window: Duration| {
            let counted = self.of(row).filter(|debit| debit.is_capped && debit.stands(read));
            counted.filter(|debit| debit.at + window + SLACK > now).count()
        };
        let saturated = self.saturated.get(&(row.account, row.recipient));
        let is_saturated = saturated.is_some_and(|(_, until)| now < *until + SLACK);
        is_saturated || since(DAY) >= PER_DAY || since(WEEK) >= PER_WEEK
    }

    fn pair_is_used(&self, row: &Message, read: u64, now: Timestamp) -> bool {
        let of_pair: Vec<&Debit> = self.of(row).filter(|debit| debit.channel == row.channel).collect();
        // The message that a burst began with is not given back while others followed it (`Pair::give_back`).
        let is_kept = |debit: &Debit| {
            of_pair.iter().any(|other| {
                other.message != debit.message && other.at >= debit.at && other.at < debit.at + EACH
            })
        };
        let counted = of_pair.iter().filter(|debit| debit.stands_for_pair(read) || is_kept(debit));
        let free_at = counted.fold(Timestamp::from_millis(0), |free_at, debit| free_at.max(debit.at) + EACH);
        now < free_at + SLACK
    }

    /// With how many people the account's business began in the last 24 hours, and with how many it is about to.
    fn people(&self, account: AccountId, now: Timestamp) -> usize {
        let is_counted =
            |debit: &Debit| debit.counts && debit.given_back.is_none() && debit.at + DAY + SLACK > now;
        // Newest first: most people's last one is older than a day.
        let is_within = |debits: &Vec<Debit>| debits.last().is_some_and(|d| d.at + DAY + SLACK > now);
        let begun =
            self.begun.iter().filter(|(_, debits)| is_within(debits) && debits.iter().any(is_counted));
        let people = begun.map(|(person, _)| person).chain(&self.asked);
        people.filter(|(of, _)| *of == account).collect::<BTreeSet<_>>().len()
    }
}
