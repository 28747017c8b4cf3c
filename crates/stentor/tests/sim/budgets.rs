//! The world's own books of what people and businesses got: what left and was taken, counted apart from the store, by the
//! rules as WhatsApp and the operator state them. The store may only ever be stricter.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use stentor::upstream::Departure;
use stentor_core::id::{AccountId, ChannelId, RecipientKey};
use stentor_core::message::{Message, State};
use stentor_core::registry::Character;
use stentor_core::template::Category;
use stentor_core::time::Timestamp;

/// Several leave after one begin, each in its turn of the rate: what is known then may be so much newer.
const PACE: Duration = Duration::from_millis(500);
const DAY: Duration = Duration::from_hours(24);
const WEEK: Duration = Duration::from_hours(7 * 24);
/// The gateways' caps, which no account of the world changes.
pub const PER_DAY: usize = 2;
pub const PER_WEEK: usize = 6;
/// The messaging limit of the first account's business.
pub const PEOPLE_MAX: usize = 250;
/// A burst towards one person: so many at once, each paid back with so much time.
const BURST: u32 = 45;
pub const EACH: Duration = Duration::from_secs(6);

type Person = (AccountId, RecipientKey);

/// A burst of one channel towards one person.
#[derive(Clone, Copy, Debug)]
struct Burst {
    began: Timestamp,
    messages: u32,
}

/// What is remembered of a departure until the network has said whether it took it.
#[derive(Clone, Copy, Debug)]
struct Last {
    person: Person,
    pair: (ChannelId, RecipientKey),
    burst: Option<Burst>,
    is_capped: bool,
    counts: bool,
}

/// The books.
#[derive(Debug, Default)]
pub struct Budgets {
    /// Marketing outside service windows, by person.
    marketing: BTreeMap<Person, Vec<Timestamp>>,
    bursts: BTreeMap<(ChannelId, RecipientKey), Burst>,
    /// Templates outside service windows, by account, oldest first.
    begun: BTreeMap<AccountId, Vec<(Timestamp, RecipientKey)>>,
    windows: BTreeMap<Person, Timestamp>,
    /// People the upstream could not reach: which turn of the world, and when.
    undeliverable: BTreeMap<Person, (u64, Timestamp)>,
    /// When they were erased last: what began before then, and leaves after it, is forgotten as what they got before.
    erased: BTreeMap<Person, Timestamp>,
    last: Option<Last>,
    /// How often a limit was met exactly: a world in which that never happens tests nothing.
    pub at_limit: u64,
}

impl Budgets {
    /// Whether the person's service window is open, or was when what leaves now was decided.
    pub fn is_open(&self, person: Person, now: Timestamp) -> bool {
        self.windows.get(&person).is_some_and(|until| now < *until + PACE)
    }

    /// Whether the person's service window is open by the clock of whoever begins a send.
    pub fn is_window(&self, person: Person, now: Timestamp) -> bool {
        self.windows.get(&person).is_some_and(|until| now < *until)
    }

    /// The person wrote.
    pub fn wrote(&mut self, person: Person, until: Timestamp) {
        let window = self.windows.entry(person).or_insert(until);
        *window = until.max(*window);
        self.undeliverable.remove(&person);
    }

    /// The person is erased: nothing is known of them any more but whom the business began with.
    pub fn forget(&mut self, person: Person, now: Timestamp) {
        self.erased.insert(person, now);
        self.marketing.remove(&person);
        self.windows.remove(&person);
        self.undeliverable.remove(&person);
        self.bursts
            .retain(|(channel, who), _| *who != person.1 || crate::setup::account_of(*channel) != person.0);
    }

    /// A commit changed a row.
    pub fn changed(&mut self, old: &Message, new: &Message, turn: u64, now: Timestamp) {
        let person = (new.account, new.recipient);
        if new.delivered_at != old.delivered_at || new.read_at != old.read_at || new.state == State::Played {
            self.undeliverable.remove(&person);
        } else if new.state == State::Failed && old.state != State::Failed && new.code == Some(131_026) {
            self.undeliverable.insert(person, (turn, now));
        }
    }

    /// One request leaves. `claimed`: the turn in which what is known of the person was read. What it costs is debited where
    /// its send `began`: on a slow disk it leaves seconds later, and two may come as much closer on the wire.
    pub fn leaves(
        &mut self,
        row: &Message,
        departure: &Departure,
        claimed: u64,
        began: Timestamp,
    ) -> Result<(), String> {
        self.last = None;
        if departure.channel.character != Character::Gateway {
            return Ok(());
        }
        let person = (row.account, row.recipient);
        if let Some((turn, at)) = self.undeliverable.get(&person)
            && *turn < claimed
            && began < *at + DAY
        {
            return Err(format!("left for a number that could not be reached at {at}"));
        }
        let pair = (row.channel, row.recipient);
        let burst = self.bursts.get(&pair).copied();
        let is_forgotten = self.erased.get(&person).is_some_and(|at| began <= *at);
        if !is_forgotten {
            let next = self.burst(burst, began)?;
            self.bursts.insert(pair, next);
        }
        let is_open = self.is_open(person, began);
        let is_capped = row.category == Some(Category::Marketing) && !is_open && !is_forgotten;
        let counts = row.category.is_some() && !is_open;
        self.last = Some(Last { person, pair, burst, is_capped, counts });
        if is_capped {
            self.capped(person, began)?;
        }
        if counts && row.account == crate::setup::ACCOUNTS[0] {
            self.within_tier(row.account, row.recipient, began)?;
        }
        Ok(())
    }

    /// The network did not take what has just left: it cost nothing.
    pub fn was_not_taken(&mut self) {
        let Some(Last { person, pair, burst, is_capped, counts }) = self.last.take() else { return };
        match burst {
            Some(burst) => drop(self.bursts.insert(pair, burst)),
            None => drop(self.bursts.remove(&pair)),
        }
        if is_capped {
            self.marketing.entry(person).or_default().pop();
        }
        if counts {
            self.begun.entry(person.0).or_default().pop();
        }
    }

    fn burst(&mut self, known: Option<Burst>, now: Timestamp) -> Result<Burst, String> {
        let fresh = Burst { began: now, messages: 1 };
        let Some(Burst { began, messages }) = known else { return Ok(fresh) };
        let free = began + EACH * messages;
        if now + PACE >= free {
            return Ok(fresh);
        }
        self.at_limit += u64::from(messages + 1 == BURST);
        if now < began + EACH + PACE && messages < BURST {
            return Ok(Burst { began, messages: messages + 1 });
        }
        Err(format!("{messages} left for this person since {began}, and the next may at {free}"))
    }

    fn capped(&mut self, person: Person, now: Timestamp) -> Result<(), String> {
        let sent = self.marketing.entry(person).or_default();
        sent.push(now);
        for (window, most) in [(DAY, PER_DAY), (WEEK, PER_WEEK)] {
            let count = sent.iter().filter(|at| **at + window > now + PACE).count();
            self.at_limit += u64::from(count == most);
            if count > most {
                return Err(format!("the {count}th marketing message within {window:?}: {sent:?}"));
            }
        }
        Ok(())
    }

    fn within_tier(
        &mut self,
        account: AccountId,
        person: RecipientKey,
        now: Timestamp,
    ) -> Result<(), String> {
        let begun = self.begun.entry(account).or_default();
        begun.retain(|(at, _)| *at + DAY > now + PACE);
        begun.push((now, person));
        let people = begun.iter().map(|(_, person)| person).collect::<BTreeSet<_>>().len();
        self.at_limit += u64::from(people == PEOPLE_MAX);
        if people > PEOPLE_MAX {
            return Err(format!("the business has begun with {people} people in 24 hours"));
        }
        Ok(())
    }
}
