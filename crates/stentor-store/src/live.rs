//! What a store holds in memory beside its rows: leases, counters, who is in doubt. Lost at a crash on purpose (leases)
//! or loaded from the rows at open (the rest). The operations read and write it; both backends use the same.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::time::Duration;

use stentor_core::id::{AccountId, BusinessId, ChannelId, DeliveryId, EndpointId, MessageId, RecipientKey};
use stentor_core::message::{Message, State, WaitReason};
use stentor_core::messaging_limit::People;
use stentor_core::time::Timestamp;

use crate::Retention;
use crate::counted::Counted;
use crate::learnt::LastShared;
use crate::lone::Lone;
use crate::receptions::Receptions;
use crate::rows::{Counter, OutboxRow, Result, Rows};
use crate::turns::Turns;

/// A claim nobody gave back for this long is lost: its mover is gone.
const LEASE: Duration = Duration::from_mins(1);
/// Silence is evidence only after statuses of later messages came for this long (docs/states.md).
const SILENCE: Duration = Duration::from_mins(15);

#[derive(Debug, Default)]
pub(crate) struct Live {
    /// How much faster than life the store's time runs: a lease is a span of real time. 0 counts as 1.
    speed: u32,
    /// What goes with age, and what is too much.
    pub retention: Retention,
    /// Claimed messages, and when.
    pub claimed: HashMap<MessageId, Timestamp>,
    /// Claimed deliveries: when, and their rows. Nothing changes or deletes a row without releasing it.
    deliveries: HashMap<DeliveryId, (Timestamp, OutboxRow)>,
    told: HashSet<(EndpointId, MessageId)>,
    /// Messages in `sending`, by person; what is unknown stands in the rows alone, for there may be many.
    sending: HashMap<(ChannelId, RecipientKey), Vec<MessageId>>,
    /// Per channel, by minute of arrival: the latest begin of a message that had a status.
    statuses: HashMap<ChannelId, VecDeque<(Timestamp, Timestamp)>>,
    pub counters: Counters,
    /// Single messages to people, not yet paid back.
    pub lone: Lone,
    /// Who waits for a pair, and until when.
    pub turns: Turns,
    /// Whom businesses with a messaging limit have begun with; the same as in the rows.
    pub people: HashMap<BusinessId, People>,
    /// Messages under way that count there.
    pub counted: Counted,
    /// What templates' messages came to.
    pub receptions: Receptions,
    /// The last shared message to each person.
    pub last_shared: LastShared,
    /// Where the janitor's walk over the bodies stands.
    pub body_cursor: Option<MessageId>,
    /// Where its walk over the people stands, and when it began.
    pub person_cursor: Option<(AccountId, RecipientKey)>,
    pub people_walked_at: Timestamp,
    /// What was erased is to go from the files too, once it is committed; `true`: by writing the database anew.
    pub scrub: Option<bool>,
}

impl Live {
    /// For a store whose time runs so much faster than life, and that keeps things so long.
    pub(crate) fn new(speed: u32, retention: Retention) -> Self {
        Self { speed, retention, ..Self::default() }
    }

    /// From the rows, at open or after a rollback. Claims are forgotten: whoever still holds one is refused by the
    /// guard of the state when it comes too late.
    pub(crate) fn reload(&mut self, rows: &dyn Rows) -> Result<()> {
        self.forget_claims();
        self.sending.clear();
        self.receptions.clear();
        self.last_shared.clear();
        let seen = self.counters.get(Counter::LastSeen, 0);
        self.counters = Counters::default();
        self.counters.values = rows.counters()?.into_iter().map(|(c, key, n)| ((c, key), n)).collect();
        self.counters.raise_lazily(Counter::LastSeen, seen);
        let seen = Timestamp::from_millis(self.counters.get(Counter::LastSeen, 0));
        self.lone.restart(seen);
        self.turns = Turns::default();
        self.people.clear();
        for (business, person, begun) in rows.begun()? {
            self.people.entry(business).or_default().put(person.0.cast_unsigned(), Some(begun));
        }
        // As many as were under way at most.
        let sending = rows.timers(State::Sending, Timestamp::NEVER, usize::MAX)?;
        let ids: HashSet<MessageId> = sending.iter().map(|(_, id)| *id).collect();
        self.counted.reload(|id| ids.contains(&id));
        for (_, id) in sending {
            if let Some(message) = rows.message(id)? {
                self.leaves(&message);
            }
        }
        Ok(())
    }

    /// Follows a message from one state to the next.
    pub(crate) fn moved(&mut self, old: Option<&Message>, new: &Message) {
        let (was, is) = (old.map(|m| m.state), new.state);
        if !is.is_queued() {
            self.claimed.remove(&new.id);
        }
        let by = held(new) - old.map_or(0, held);
        if by != 0 {
            self.counters.add(Counter::Held, 0, by);
        }
        if was == Some(is) {
            return;
        }
        if let Some(was) = was {
            self.counters.add(Counter::State(was), new.account.0, -1);
        }
        self.counters.add(Counter::State(is), new.account.0, 1);
        if was == Some(State::Sending) {
            self.has_left(new);
        }
        if is == State::Sending {
            self.leaves(new);
        }
    }

    /// A message that goes with age.
    pub(crate) fn gone(&mut self, message: &Message) {
        self.has_left(message);
        self.claimed.remove(&message.id);
        self.counters.add(Counter::State(message.state), message.account.0, -1);
        if held(message) > 0 {
            self.counters.add(Counter::Held, 0, -1);
        }
    }

    fn leaves(&mut self, message: &Message) {
        self.sending.entry((message.channel, message.recipient)).or_default().push(message.id);
    }

    /// It is not in `sending` any more, or it is gone.
    pub(crate) fn has_left(&mut self, message: &Message) {
        let key = (message.channel, message.recipient);
        if let Some(ids) = self.sending.get_mut(&key) {
            ids.retain(|id| *id != message.id);
            if ids.is_empty() {
                self.sending.remove(&key);
            }
        }
    }

    /// Messages to that person that are leaving.
    pub(crate) fn sending_to(&self, channel: ChannelId, recipient: RecipientKey) -> &[MessageId] {
        self.sending.get(&(channel, recipient)).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn claim(&mut self, id: MessageId, now: Timestamp) {
        self.claimed.insert(id, now);
    }

    /// How long a delivery may wait for its endpoint. Endpoints live in real time: what was skipped does not count.
    pub(crate) fn outbox_age_max(&self) -> Duration {
        self.retention.outbox + Duration::from_millis(self.counters.get(Counter::Skipped, 0).unsigned_abs())
    }

    /// So much of this store's time goes by in so much real time.
    pub(crate) fn span(&self, real: Duration) -> Duration {
        real * self.speed.max(1)
    }

    fn lease(&self) -> Duration {
        self.span(LEASE)
    }

    pub(crate) fn is_claimed(&self, id: MessageId, now: Timestamp) -> bool {
        self.claimed.get(&id).is_some_and(|at| now.since(*at) < self.lease())
    }

    /// When its lease ends, or ended.
    pub(crate) fn lease_end(&self, id: MessageId) -> Option<Timestamp> {
        self.claimed.get(&id).map(|at| *at + self.lease())
    }

    pub(crate) fn claim_delivery(&mut self, row: &OutboxRow, now: Timestamp) {
        self.deliveries.insert(row.id, (now, row.clone()));
        self.told.extend(row.what.message().map(|message| (row.endpoint, message)));
    }

    /// The row of a claimed delivery.
    pub(crate) fn claimed_delivery(&self, endpoint: EndpointId, id: DeliveryId) -> Option<OutboxRow> {
        self.deliveries.get(&id).map(|(_, row)| row).filter(|row| row.endpoint == endpoint).cloned()
    }

    pub(crate) fn is_delivery_claimed(&self, id: DeliveryId) -> bool {
        self.deliveries.contains_key(&id)
    }

    /// When its lease ends, or ended.
    pub(crate) fn delivery_lease_end(&self, id: DeliveryId) -> Option<Timestamp> {
        self.deliveries.get(&id).map(|(at, ..)| *at + self.lease())
    }

    /// Whether an event of that message is on its way to the endpoint.
    pub(crate) fn is_being_told(&self, endpoint: EndpointId, message: MessageId) -> bool {
        self.told.contains(&(endpoint, message))
    }

    pub(crate) fn release_delivery(&mut self, id: DeliveryId) {
        if let Some((_, row)) = self.deliveries.remove(&id)
            && let Some(message) = row.what.message()
        {
            self.told.remove(&(row.endpoint, message));
        }
    }

    /// Takes back deliveries nobody answered for.
    pub(crate) fn release_lost_deliveries(&mut self, endpoint: EndpointId, now: Timestamp) {
        let lease = self.lease();
        let lost = |(at, row): &(Timestamp, OutboxRow)| row.endpoint == endpoint && now.since(*at) >= lease;
        let lost: Vec<_> = self.deliveries.iter().filter(|(_, l)| lost(l)).map(|(id, _)| *id).collect();
        for id in lost {
            self.release_delivery(id);
        }
    }

    /// All claims are lost: the movers are new, or a commit failed under them.
    pub(crate) fn forget_claims(&mut self) {
        self.claimed.clear();
        self.deliveries.clear();
        self.told.clear();
    }

    /// What is known of messages under way in memory alone is lost.
    pub(crate) fn forget_begun(&mut self, now: Timestamp) {
        self.lone.restart(now);
        self.turns = Turns::default();
        self.counted = Counted::default();
    }

    /// Everything that was sent or told is forgotten: what was counted of it, leased and in doubt goes, too.
    pub(crate) fn wiped(&mut self) {
        self.forget_claims();
        self.sending.clear();
        self.receptions.clear();
        self.last_shared.clear();
        self.statuses.clear();
        self.lone = Lone::default();
        self.people.clear();
        self.counted = Counted::default();
        self.body_cursor = None;
        self.person_cursor = None;
        self.counters.zero(|counter| {
            matches!(
                counter,
                Counter::State(_)
                    | Counter::Outbox
                    | Counter::Postponed
                    | Counter::Parked
                    | Counter::Seen
                    | Counter::Undeliverable
                    | Counter::Held
            )
        });
    }

    /// A message that was begun at `sending_at` has a status.
    pub(crate) fn heard(&mut self, channel: ChannelId, sending_at: Timestamp, now: Timestamp) {
        let minutes = self.statuses.entry(channel).or_default();
        match minutes.back_mut() {
            Some((arrival, latest)) if now.since(*arrival) < Duration::from_mins(1) => {
                *latest = sending_at.max(*latest);
            }
            _ => minutes.push_back((now, sending_at)),
        }
        // One entry older than the window is enough: it takes on what the ones before it knew.
        while minutes
            .get(1)
            .is_some_and(|(arrival, _)| now.since(*arrival) >= SILENCE + Duration::from_mins(1))
        {
            let first = minutes.pop_front();
            if let (Some((_, known)), Some((_, latest))) = (first, minutes.front_mut()) {
                *latest = known.max(*latest);
            }
        }
    }

    /// Nobody listened for a while: what was heard before says nothing of what was not heard since.
    pub(crate) fn was_deaf(&mut self) {
        self.statuses.clear();
    }

    /// Messages of the channel begun before this time should have had a status by now.
    pub(crate) fn silent_before(&self, channel: ChannelId, now: Timestamp) -> Option<Timestamp> {
        // An entry's minute must be over for SILENCE: the latest of it may have come at its end.
        let old = |arrival: Timestamp| now.since(arrival) >= SILENCE + Duration::from_mins(1);
        self.statuses.get(&channel)?.iter().filter(|(arrival, _)| old(*arrival)).map(|(_, s)| *s).max()
    }
}

/// 1 for a message that is held after a restore.
fn held(message: &Message) -> i64 {
    i64::from(message.wait == Some(WaitReason::Restored))
}

/// Counters in memory with what of them is not yet written.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    values: HashMap<(Counter, i64), i64>,
    dirty: HashSet<(Counter, i64)>,
}

impl Counters {
    pub(crate) fn get(&self, counter: Counter, key: i64) -> i64 {
        self.values.get(&(counter, key)).copied().unwrap_or(0)
    }

    /// Messages of an account that have not left.
    pub(crate) fn queued(&self, account: AccountId) -> u64 {
        let queued = State::ALL.into_iter().filter(|state| state.is_queued());
        queued.map(|state| self.get(Counter::State(state), account.0).unsigned_abs()).sum()
    }

    pub(crate) fn add(&mut self, counter: Counter, key: i64, by: i64) -> i64 {
        let n = self.values.entry((counter, key)).or_insert(0);
        *n += by;
        self.dirty.insert((counter, key));
        *n
    }

    /// The next number of a sequence.
    pub(crate) fn next(&mut self, counter: Counter) -> i64 {
        self.add(counter, 0, 1)
    }

    /// Sets every such counter to 0.
    fn zero(&mut self, such: impl Fn(Counter) -> bool) {
        for ((counter, key), n) in
            self.values.iter_mut().filter(|((counter, _), n)| such(*counter) && **n != 0)
        {
            *n = 0;
            self.dirty.insert((*counter, *key));
        }
    }

    /// Raises a mark; `false` when it is that high already.
    pub(crate) fn raise(&mut self, counter: Counter, to: i64) -> bool {
        let higher = to > self.get(counter, 0);
        if higher {
            self.values.insert((counter, 0), to);
            self.dirty.insert((counter, 0));
        }
        higher
    }

    /// Raises a mark that is written when something else is.
    pub(crate) fn raise_lazily(&mut self, counter: Counter, to: i64) {
        let mark = self.values.entry((counter, 0)).or_insert(to);
        *mark = to.max(*mark);
    }

    /// What was changed since the last call.
    pub(crate) fn take_dirty(&mut self) -> Vec<(Counter, i64, i64)> {
        let values = &self.values;
        self.dirty.drain().map(|(c, key)| (c, key, values.get(&(c, key)).copied().unwrap_or(0))).collect()
    }

    /// How many messages of an account, by state.
    pub(crate) fn by_state(all: &[(Counter, i64, i64)], account: Option<AccountId>) -> Vec<(State, u64)> {
        let mut sums = BTreeMap::new();
        for (counter, key, n) in all {
            if let Counter::State(state) = counter
                && account.is_none_or(|a| a.0 == *key)
            {
                *sums.entry(*state).or_insert(0) += n;
            }
        }
        sums.into_iter().filter(|(_, n)| *n != 0).map(|(s, n)| (s, n.unsigned_abs())).collect()
    }
}
