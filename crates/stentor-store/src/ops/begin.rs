//! A send begins: everything it costs is debited in the one transaction that moves it to `sending`. And what surely was
//! not taken gives back what it cost.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use stentor_core::admission::Spent;
use stentor_core::id::{BusinessId, MessageId, RecipientKey};
use stentor_core::message::{self, Change, Message, WaitReason, postpone};
use stentor_core::messaging_limit::WINDOW;
use stentor_core::outcome::Outcome;
use stentor_core::rate::DEPTH;
use stentor_core::template::Category;
use stentor_core::time::Timestamp;

use crate::rows::Result;
use crate::tx::Tx;
use crate::{BeginSend, Begun, Committed, Person};

/// The upstream counts the pair more strictly than we do.
const PAIR_LIMIT: u32 = 131_056;

/// A message that may begin, as far as it alone is concerned.
struct Ready {
    message: Message,
    change: Change,
    /// Whom it goes to, as its business sees them; `None`: it does not count there.
    place: Option<RecipientKey>,
}

pub(crate) fn begin_send(tx: &mut Tx<'_>, now: Timestamp, begin: &BeginSend) -> Result<Begun> {
    let mut begun = Begun::default();
    let ready = ready(tx, now, begin, &mut begun)?;
    forget_places(tx, now, begin)?;
    let mut debits = Debits::default();
    let (mut within, mut over_limit) = (Vec::with_capacity(ready.len()), Vec::new());
    for one in ready {
        match debits.take(tx, now, begin, &one)? {
            Verdict::Within => within.push(one),
            Verdict::PersonIsOver => begun.skipped.push(one.message.id),
            Verdict::BusinessIsOver => over_limit.push(one.message),
        }
    }
    let granted = rate(tx, now, begin, within.len(), &mut begun)?;
    begun.over_rate = within.split_off(granted).into_iter().map(|one| one.message.id).collect();
    if !begun.over_rate.is_empty() {
        debits = Debits::default();
        for one in &within {
            debits.take(tx, now, begin, one)?;
        }
    }
    debits.write(tx, now, begin)?;
    let mut committed = Committed::default();
    for Ready { message, change, .. } in within {
        tx.commit(now, &message, change, &mut committed)?;
    }
    begun.messages = committed.changes.into_iter().map(|c| c.message).collect();
    begun.put_off = put_off(tx, now, begin, over_limit)?;
    super::queue::release(tx, begin.account, &begun.skipped)?;
    for id in &begun.over_rate {
        tx.live.claimed.remove(id);
    }
    Ok(begun)
}

fn ready(tx: &Tx<'_>, now: Timestamp, begin: &BeginSend, begun: &mut Begun) -> Result<Vec<Ready>> {
    let mut ready = Vec::with_capacity(begin.messages.len());
    let mut seen = HashSet::with_capacity(begin.messages.len());
    for (i, &id) in begin.messages.iter().enumerate() {
        let message =
            tx.message(begin.account, id)?.filter(|m| m.channel == begin.channel && seen.insert(id));
        match message.and_then(|m| message::begin_send(&m, now, begin.lease).map(|c| (m, c))) {
            Some((message, mut change)) => {
                change.message.decided = begin.decided.get(i).cloned().flatten();
                let place = begin.portfolio.as_ref().and_then(|portfolio| portfolio.people.get(i)).copied();
                // A free-form message is an answer: it begins nothing.
                let place = place.filter(|_| message.category.is_some());
                ready.push(Ready { message, change, place });
            }
            None => begun.skipped.push(id),
        }
    }
    Ok(ready)
}

/// One debit of the channel's rate for the whole batch; how many of `want` may begin.
fn rate(tx: &mut Tx<'_>, now: Timestamp, begin: &BeginSend, want: usize, begun: &mut Begun) -> Result<usize> {
    if want == 0 {
        return Ok(0);
    }
    let pace = tx.rows.pace(begin.channel)?.unwrap_or_default();
    // The next begin is a moment of real time away, however fast time runs.
    let (ahead, want_now) = (tx.live.span(DEPTH), u32::try_from(want).unwrap_or(u32::MAX));
    let (debited, grant) = pace.debit(now, begin.rate_per_s, ahead, want_now);
    let granted = usize::try_from(grant.granted).unwrap_or(usize::MAX).min(want);
    if granted > 0 {
        tx.rows.put_pace(begin.channel, &debited)?;
    }
    begun.rate_per_s = pace.throttle.rate(begin.rate_per_s, now);
    (begun.first, begun.every) = (grant.first, grant.every);
    begun.wake_at = (granted < want).then_some(grant.wake_at);
    Ok(granted)
}

enum Verdict {
    Within,
    PersonIsOver,
    BusinessIsOver,
}

/// What a batch costs, gathered before any of it is written.
#[derive(Default)]
struct Debits {
    people: BTreeMap<RecipientKey, Debit>,
    /// People the business begins with, or begins with again.
    places: Vec<(MessageId, RecipientKey)>,
    fresh: BTreeSet<RecipientKey>,
}

/// What one person's budgets were, and are.
struct Debit {
    row: Person,
    before: Spent,
    spent: Spent,
}

impl Debits {
    fn take(&mut self, tx: &mut Tx<'_>, now: Timestamp, begin: &BeginSend, one: &Ready) -> Result<Verdict> {
        if begin.limits.is_none() && one.place.is_none() {
            return Ok(Verdict::Within);
        }
        let message = &one.message;
        let debit = match self.people.entry(message.recipient) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(slot) => slot.insert(Debit::load(tx, now, message)?),
        };
        let Some(spent) = begin.limits.debit(message.category, &debit.spent, now) else {
            return Ok(Verdict::PersonIsOver);
        };
        let is_open = spent.window_until.is_some_and(|until| now < until);
        if let (Some(place), Some(portfolio)) = (one.place.filter(|_| !is_open), &begin.portfolio) {
            let people = tx.live.people.entry(portfolio.business).or_default();
            let is_known = people.begun(key(place)).is_some() || self.fresh.contains(&place);
            if !is_known && people.count(now) + self.fresh.len() >= portfolio.people_max {
                return Ok(Verdict::BusinessIsOver);
            }
            if !is_known {
                self.fresh.insert(place);
            }
            self.places.push((message.id, place));
        }
        debit.spent = spent;
        Ok(Verdict::Within)
    }

    fn write(self, tx: &mut Tx<'_>, now: Timestamp, begin: &BeginSend) -> Result<()> {
        for (recipient, debit) in self.people {
            debit.write(tx, now, begin, recipient)?;
        }
        let Some(portfolio) = &begin.portfolio else { return Ok(()) };
        for (message, place) in self.places {
            let people = tx.live.people.entry(portfolio.business).or_default();
            people.begin(now, key(place), portfolio.people_max);
            let begun = people.begun(key(place));
            tx.rows.put_begun(portfolio.business, place, begun)?;
            tx.live.counted.put(message, (portfolio.business, place));
        }
        Ok(())
    }
}

impl Debit {
    fn load(tx: &Tx<'_>, now: Timestamp, message: &Message) -> Result<Self> {
        let row = tx.rows.person(message.account, message.recipient)?.unwrap_or_default();
        let of = (message.channel, message.recipient);
        let pair = tx.live.lone.pair(of, row.pair(message.channel), now);
        let before = Spent { pair, marketing: row.marketing, window_until: row.window_until };
        Ok(Self { row, before, spent: before })
    }

    /// The row is written once, and only where it changes: a single message is none of its affair.
    fn write(
        self,
        tx: &mut Tx<'_>,
        now: Timestamp,
        begin: &BeginSend,
        recipient: RecipientKey,
    ) -> Result<()> {
        let Self { mut row, before, spent } = self;
        let of = (begin.channel, recipient);
        let mut is_changed = spent.marketing != before.marketing;
        row.marketing = spent.marketing;
        if spent.pair != before.pair {
            if spent.pair.borrowed() == 1 {
                tx.live.lone.put(of, spent.pair.began_at);
            } else {
                tx.live.lone.remove(of);
                row.put_pair(begin.channel, spent.pair, now);
                is_changed = true;
            }
        }
        if is_changed { tx.rows.put_person(begin.account, recipient, &row) } else { Ok(()) }
    }
}

fn key(place: RecipientKey) -> u64 {
    place.0.cast_unsigned()
}

/// Places that have become free are forgotten in the rows, too.
fn forget_places(tx: &mut Tx<'_>, now: Timestamp, begin: &BeginSend) -> Result<()> {
    let Some(portfolio) = &begin.portfolio else { return Ok(()) };
    let people = tx.live.people.entry(portfolio.business).or_default();
    for person in people.forget(now) {
        tx.rows.put_begun(portfolio.business, RecipientKey(person.cast_signed()), None)?;
    }
    Ok(())
}

/// What the business may not begin with waits, each for a place of its own.
fn put_off(
    tx: &mut Tx<'_>,
    now: Timestamp,
    begin: &BeginSend,
    messages: Vec<Message>,
) -> Result<Vec<Change>> {
    let mut committed = Committed::default();
    let Some(portfolio) = &begin.portfolio else { return Ok(Vec::new()) };
    for message in messages {
        let people = tx.live.people.entry(portfolio.business).or_default();
        let until = people.promise(now).unwrap_or(now + WINDOW);
        tx.live.claimed.remove(&message.id);
        if let Some(change) = postpone(&message, until, (WaitReason::UpstreamLimit, ""), now) {
            tx.commit(now, &message, change, &mut committed)?;
        }
    }
    Ok(committed.changes)
}

/// How many people a business with a messaging limit has begun with, as far as it is counted here.
pub(crate) fn begun(tx: &Tx<'_>, now: Timestamp, business: BusinessId) -> usize {
    tx.live.people.get(&business).map_or(0, |people| people.counted(now))
}

/// A message that surely was not taken gives back what its begin at `sending_at` cost.
pub(crate) fn give_back(tx: &mut Tx<'_>, now: Timestamp, old: &Message, outcome: &Outcome) -> Result<()> {
    let Some(at) = old.sending_at else { return Ok(()) };
    if let Some((business, place)) = tx.live.counted.take(old.id) {
        let people = tx.live.people.entry(business).or_default();
        people.give_back(key(place), at);
        let begun = people.begun(key(place));
        tx.rows.put_begun(business, place, begun)?;
    }
    let keeps_pair = matches!(outcome, Outcome::Refused { code: PAIR_LIMIT, .. });
    if !keeps_pair {
        tx.live.lone.give_back((old.channel, old.recipient), at);
    }
    let Some(row) = tx.rows.person(old.account, old.recipient)? else { return Ok(()) };
    let mut person = row.clone();
    if let Some(pair) = person.pair(old.channel).filter(|_| !keeps_pair) {
        person.put_pair(old.channel, pair.give_back(at), now);
    }
    if old.category == Some(Category::Marketing) {
        person.marketing = person.marketing.give_back(at);
    }
    if person == row { Ok(()) } else { tx.rows.put_person(old.account, old.recipient, &person) }
}
