//! What the network remembers: about business and person (stops, blocks, windows, pair limit), about a person's daily
//! share of marketing, and about a business number's throughput. Called by the network only; every map is bounded.

use std::time::Duration;

use stentor_core::rate::Pair;
use stentor_core::time::Timestamp;

use crate::dice::KeyMap;

/// A customer service window: 24 h from the person's last message.
const WINDOW: Duration = Duration::from_secs(86_400);
/// Sending so often in a day to somebody at the limit keeps that person closed for the next day, too.
const REFUSALS_MAX: u32 = 3;

/// What is between one account (or number) and one person.
#[derive(Clone, Copy, Debug, Default)]
struct Relation {
    has_stopped: Option<bool>,
    has_blocked: bool,
    window_until: Option<Timestamp>,
    /// The business has read what was said until then.
    read_until: Option<Timestamp>,
    /// The business types, until then at most.
    typing_until: Option<Timestamp>,
}

/// A person's marketing of one day.
#[derive(Clone, Copy, Debug)]
struct Share {
    day: i64,
    delivered: u32,
    refused: u32,
    was_closed: bool,
}

/// Everything remembered about pairs, people and numbers.
pub(crate) struct Pairs {
    relations: Bounded<Relation>,
    shares: Bounded<Share>,
    /// Each pair's budget.
    budgets: Bounded<Pair>,
    /// When people's own messages were written, by message.
    said: Bounded<Timestamp>,
    numbers: Bounded<Bucket>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    tokens: f64,
    at: Timestamp,
}

impl Pairs {
    pub(crate) fn new(max: usize) -> Self {
        Self {
            relations: Bounded::new(max),
            shares: Bounded::new(max),
            budgets: Bounded::new(max),
            said: Bounded::new(max),
            numbers: Bounded::new(max),
        }
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::new(self.relations.max);
    }

    /// How many things are remembered, for the statistics.
    pub(crate) fn len(&self) -> usize {
        self.relations.map.len() + self.shares.map.len() + self.budgets.map.len()
    }

    /// Whether this network saw the person stop (true) or resume (false) marketing; `None`: neither.
    pub(crate) fn has_stopped(&self, pair: u64) -> Option<bool> {
        self.relations.map.get(&pair).and_then(|r| r.has_stopped)
    }

    pub(crate) fn has_blocked(&self, pair: u64) -> bool {
        self.relations.map.get(&pair).is_some_and(|r| r.has_blocked)
    }

    pub(crate) fn in_window(&self, pair: u64, now: Timestamp) -> bool {
        self.relations.map.get(&pair).and_then(|r| r.window_until).is_some_and(|until| now < until)
    }

    pub(crate) fn stop(&mut self, pair: u64, stopped: bool, now: Timestamp) {
        self.relation(pair, now, |r| r.has_stopped = Some(stopped));
    }

    pub(crate) fn block(&mut self, pair: u64, blocked: bool, now: Timestamp) {
        self.relation(pair, now, |r| r.has_blocked = blocked);
    }

    pub(crate) fn open_window(&mut self, pair: u64, now: Timestamp) {
        self.relation(pair, now, |r| r.window_until = Some(now + WINDOW));
    }

    /// A person wrote: to be told of every message of theirs, so that [`crate::Network::mark_read`] knows which are earlier.
    pub(crate) fn said(&mut self, message: u64, at: Timestamp) {
        let _ = self.said.entry(message, at, |said| *said + WINDOW > at, at);
    }

    pub(crate) fn said_at(&self, message: u64) -> Option<Timestamp> {
        self.said.map.get(&message).copied()
    }

    pub(crate) fn read(&mut self, pair: u64, until: Timestamp, typing: Option<Timestamp>, now: Timestamp) {
        self.relation(pair, now, |r| {
            r.read_until = r.read_until.max(Some(until));
            r.typing_until = typing;
        });
    }

    /// A message of the business is there: it types no more.
    pub(crate) fn replied(&mut self, pair: u64) {
        if let Some(relation) = self.relations.map.get_mut(&pair) {
            relation.typing_until = None;
        }
    }

    /// Until when the business has read, and types.
    pub(crate) fn chat(&self, pair: u64) -> (Option<Timestamp>, Option<Timestamp>) {
        self.relations.map.get(&pair).map_or((None, None), |r| (r.read_until, r.typing_until))
    }

    fn relation(&mut self, pair: u64, now: Timestamp, change: impl FnOnce(&mut Relation)) {
        let matters = |r: &Relation| {
            let is_open = r.window_until.is_some_and(|until| now < until);
            r.has_blocked || r.has_stopped.is_some() || is_open
        };
        if let Some(relation) = self.relations.entry(pair, now, matters, Relation::default()) {
            change(relation);
        }
    }

    /// Whether the person's share of the day is used up.
    pub(crate) fn is_capped(&self, person: u64, day: i64, room: u32) -> bool {
        match self.shares.map.get(&person) {
            Some(share) if share.day == day => share.was_closed || share.delivered >= room,
            Some(share) if share.day == day - 1 => share.refused >= REFUSALS_MAX || room == 0,
            _ => room == 0,
        }
    }

    /// Counts a marketing message of that day: one that reaches the person, or one that was refused for the limit.
    pub(crate) fn count(&mut self, person: u64, day: i64, is_refused: bool, now: Timestamp) {
        let fresh = Share { day, delivered: 0, refused: 0, was_closed: false };
        let Some(share) = self.shares.entry(person, now, |share| share.day >= day - 1, fresh) else { return };
        if share.day < day {
            let was_closed = share.day == day - 1 && share.refused >= REFUSALS_MAX;
            *share = Share { was_closed, ..fresh };
        }
        if is_refused {
            share.refused += 1;
        } else {
            share.delivered += 1;
        }
    }

    /// One message of a pair: false when the pair limit forbids it.
    pub(crate) fn pair_allows(&mut self, pair: u64, now: Timestamp) -> bool {
        let Some(budget) = self.budgets.entry(pair, now, |budget| budget.free_at > now, Pair::FRESH) else {
            return true;
        };
        let after = budget.debit(now);
        *budget = after.unwrap_or(*budget);
        after.is_ok()
    }

    /// One request of a number at so many a second: `Err` says how long until the next one passes.
    pub(crate) fn number_allows(
        &mut self,
        number: u64,
        per_sec: u32,
        now: Timestamp,
    ) -> Result<(), Duration> {
        let full = f64::from(per_sec);
        let matters = |bucket: &Bucket| now.since(bucket.at) < Duration::from_secs(1);
        let fresh = Bucket { tokens: full, at: now };
        let Some(bucket) = self.numbers.entry(number, now, matters, fresh) else { return Ok(()) };
        let refill = now.since(bucket.at).as_millis() as f64 * full / 1_000.0;
        *bucket = Bucket { tokens: (bucket.tokens + refill).min(full), at: now.max(bucket.at) };
        if bucket.tokens < 1.0 {
            return Err(Duration::from_millis(((1.0 - bucket.tokens) * 1_000.0 / full) as u64 + 1));
        }
        bucket.tokens -= 1.0;
        Ok(())
    }
}

/// A map that never holds more than `max`: when full it forgets what no longer matters, at most once a minute (of the
/// network's time), and remembers nothing new until there is room.
struct Bounded<V> {
    map: KeyMap<V>,
    max: usize,
    swept_at: Option<Timestamp>,
}

impl<V> Bounded<V> {
    fn new(max: usize) -> Self {
        Self { map: KeyMap::default(), max, swept_at: None }
    }

    fn entry(&mut self, key: u64, now: Timestamp, matters: impl Fn(&V) -> bool, fresh: V) -> Option<&mut V> {
        let is_due = |at: Timestamp| now.since(at) >= Duration::from_secs(60);
        if self.map.len() >= self.max && self.swept_at.is_none_or(is_due) {
            self.map.retain(|_, value| matters(value));
            self.swept_at = Some(now);
        }
        if self.map.len() >= self.max && !self.map.contains_key(&key) {
            return None;
        }
        Some(self.map.entry(key).or_insert(fresh))
    }
}
