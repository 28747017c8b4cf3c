//! From the outbox to the customer's endpoints: claims what is due, signs it, posts it, books what came of it.
//! Pure: `run` and the simulator hand in inputs and execute the commands.
//!
//! Each endpoint has a lane and a circuit of its own: one that is down costs one probe now and then, and no other
//! endpoint anything. Events of one message go one after the other; the store holds the later ones back.

mod lane;
mod work;

use std::collections::{BTreeMap, HashMap};

use stentor_core::id::{DeliveryId, EndpointId};
use stentor_core::registry::Role;
use stentor_core::time::Timestamp;
use stentor_core::wamid::WamidKey;
use stentor_core::webhook::{self, Answer, Gate, Verdict};
use stentor_store::{Delivery, DeliveryRecord, DeliveryVerdict};

use self::lane::Lane;
pub use self::work::Work;
use super::post::{self, Post};
use super::step::{Step, sooner};
use crate::clock::Dice;
use crate::registry::Snapshot;

/// One part in so many of all room is kept for endpoints that have nothing under way.
const KEPT: usize = 8;

/// How much the notifier has under way at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Deliveries claimed and not yet answered, of one endpoint that answers quickly: 1..=10,000; a quarter for others. As
    /// many more may be answered and wait to be booked.
    pub endpoint_in_flight_max: usize,
    /// The same over all endpoints.
    pub in_flight_max: usize,
    /// Events of one POST: 1..=100.
    pub batch_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { endpoint_in_flight_max: 256, in_flight_max: 1_024, batch_max: 1 }
    }
}

/// What the notifier is told.
#[derive(Debug)]
pub enum Input {
    /// Something may be due to some endpoint. Only a hint.
    Woken,
    /// The answer to [`Work::Claim`]: leased deliveries, and when the next may be claimed.
    Claimed(EndpointId, Vec<Delivery>, Option<Timestamp>),
    /// The claim failed: nothing is leased.
    ClaimFailed(EndpointId),
    /// What an endpoint answered to the post that began with this delivery, and how long it took in milliseconds.
    Posted(DeliveryId, Answer, u32),
    /// The rows of [`Work::Record`] are committed.
    Recorded(EndpointId),
    /// They are not, or nobody knows: they are handed out again.
    RecordFailed(EndpointId),
    /// No new claims: what is under way is finished and booked.
    Stop,
}

/// What the notifier wants done.
#[derive(Debug)]
pub enum Command {
    /// A call of the store; each is answered.
    Store(Work),
    /// One request, answered with [`Input::Posted`] under its first delivery.
    Post(Post),
}

/// A delivery under way.
#[derive(Clone, Copy, Debug)]
struct Flight {
    id: DeliveryId,
    tries: u32,
}

/// The mover between outbox and endpoints.
#[derive(Debug)]
pub struct Notifier {
    limits: Limits,
    key: WamidKey,
    dice: Dice,
    lanes: BTreeMap<EndpointId, Lane>,
    turn: Option<EndpointId>,
    /// Posts under way, by their first delivery.
    posts: HashMap<DeliveryId, (EndpointId, Vec<Flight>)>,
    is_stopping: bool,
}

impl Notifier {
    /// A notifier with nothing under way. `key` names messages towards the customer.
    #[must_use]
    pub fn new(limits: Limits, key: WamidKey, dice: Dice) -> Self {
        let (lanes, posts) = (BTreeMap::new(), HashMap::new());
        Self { limits, key, dice, lanes, turn: None, posts, is_stopping: false }
    }

    /// Takes in what happened and says what is to be done.
    pub fn step(&mut self, now: Timestamp, facts: &Snapshot, inputs: Vec<Input>) -> Step<Command> {
        let mut commands = Vec::new();
        for input in inputs {
            self.take(now, facts, input, &mut commands);
        }
        if !self.is_stopping {
            self.claim(now, facts, &mut commands);
        }
        let hurry = self.is_stopping;
        for (endpoint, lane) in &mut self.lanes {
            let rows = lane.records.take(now, hurry || lane.waits_for_books());
            commands.extend(rows.map(|rows| Command::Store(Work::Record(*endpoint, rows))));
        }
        Step { commands, wake_at: self.wake_at(now) }
    }

    /// Whether it was told to stop and nothing is under way any more.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.is_stopping && self.posts.is_empty() && self.lanes.values().all(Lane::is_idle)
    }

    /// Posts under way.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.posts.len()
    }

    /// Endpoints that are down and given a rest.
    #[must_use]
    pub fn resting(&self) -> usize {
        self.lanes.values().filter(|lane| lane.circuit != webhook::Circuit::Closed).count()
    }

    fn take(&mut self, now: Timestamp, facts: &Snapshot, input: Input, commands: &mut Vec<Command>) {
        match input {
            Input::Woken => {
                facts.endpoints().for_each(|endpoint| self.wake(now, endpoint.id));
            }
            Input::Claimed(endpoint, rows, next_due) => {
                self.post(now, facts, endpoint, rows, next_due, commands);
            }
            Input::ClaimFailed(endpoint) => {
                if let Some(lane) = self.lanes.get_mut(&endpoint) {
                    lane.rest(now);
                }
            }
            Input::Posted(first, answer, took_ms) => self.answered(now, first, answer, took_ms),
            Input::Recorded(endpoint) => {
                if let Some(lane) = self.lanes.get_mut(&endpoint) {
                    lane.booked(now);
                }
                // What the number's own webhook has taken goes to its further destinations.
                let main = facts.endpoint_by_id(endpoint).filter(|e| e.role == Role::Main);
                let copies = main.and_then(|e| e.channel).map_or(&[][..], |id| facts.listeners().copies(id));
                copies.iter().for_each(|copy| self.wake(now, *copy));
            }
            Input::RecordFailed(endpoint) => {
                if let Some(lane) = self.lanes.get_mut(&endpoint) {
                    lane.records.failed(now);
                }
            }
            Input::Stop => self.is_stopping = true,
        }
    }

    fn wake(&mut self, now: Timestamp, endpoint: EndpointId) {
        let limit = self.limits.endpoint_in_flight_max;
        self.lanes.entry(endpoint).or_insert_with(|| Lane::new(limit)).wake(now);
    }

    /// Round robin: every endpoint that is due and may be tried claims once, as many as there is room for.
    fn claim(&mut self, now: Timestamp, facts: &Snapshot, commands: &mut Vec<Command>) {
        let turn = self.turn;
        let after = self.lanes.keys().copied().filter(|e| turn.is_none_or(|t| *e > t));
        let before = self.lanes.keys().copied().filter(|e| turn.is_some_and(|t| *e <= t));
        let due: Vec<EndpointId> = after
            .chain(before)
            .filter(|e| self.lanes[e].claims_at(now).is_some_and(|at| at <= now))
            .collect();
        self.turn = due.first().copied().or(turn);
        let mut free = self.limits.in_flight_max.saturating_sub(self.lanes.values().map(Lane::used).sum());
        for endpoint in due {
            let Some(lane) = self.lanes.get_mut(&endpoint) else { continue };
            if facts.endpoint_by_id(endpoint).is_none() {
                if lane.is_idle() {
                    self.lanes.remove(&endpoint);
                }
                continue;
            }
            let limit = if lane.circuit.gate(now) == Gate::Probe { 1 } else { lane.room() };
            // Half of what is left, and an eighth of everything is kept, one by one, for those that have nothing under
            // way: however many are held up, whoever comes next finds room.
            let kept = self.limits.in_flight_max / KEPT;
            let limit = limit.min(match lane.used() {
                0 if free <= kept => free.min(1),
                0 => free.div_ceil(2),
                _ => free.saturating_sub(kept).div_ceil(2),
            });
            if limit > 0 {
                free -= limit;
                lane.claim(limit);
                commands.push(Command::Store(Work::Claim { endpoint, limit }));
            }
        }
    }

    /// What was claimed goes out, unless it is too old or the endpoint went down in the meantime.
    fn post(
        &mut self,
        now: Timestamp,
        facts: &Snapshot,
        endpoint: EndpointId,
        rows: Vec<Delivery>,
        next_due: Option<Timestamp>,
        commands: &mut Vec<Command>,
    ) {
        let Some(lane) = self.lanes.get_mut(&endpoint) else { return };
        lane.claimed(now, next_due, rows.len());
        let mut going = Vec::with_capacity(rows.len());
        for row in rows {
            if now >= row.expires_at {
                let error = Some("given up: it waited longer than webhooks.horizon_days".to_owned());
                let verdict = DeliveryVerdict::Lost;
                lane.ended(now, DeliveryRecord { id: row.id, status: 0, took_ms: 0, error, verdict });
            } else {
                going.push(row);
            }
        }
        let is_open = !matches!(lane.circuit.gate(now), Gate::Wait(_));
        let known = facts.endpoint_by_id(endpoint).filter(|_| is_open && !self.is_stopping);
        let Some(target) = known else {
            going.iter().for_each(|row| lane.ended(now, back(row.id)));
            return;
        };
        if !going.is_empty() {
            lane.circuit = lane.circuit.probe(now);
        }
        let is_partner = matches!(target.role, Role::Partner { .. });
        for batch in post::batches(going, if is_partner { 1 } else { self.limits.batch_max }) {
            let flights: Vec<Flight> =
                batch.iter().map(|row| Flight { id: row.id, tries: row.tries }).collect();
            match post::post(facts, target, &self.key, &batch) {
                Some(post) => {
                    self.posts.insert(post.first, (endpoint, flights));
                    commands.push(Command::Post(post));
                }
                // Nothing is left to tell: its channel is gone.
                None => flights.iter().for_each(|flight| lane.ended(now, lost(flight.id))),
            }
        }
    }

    /// What an answer means for the deliveries it answers and for the endpoint.
    fn answered(&mut self, now: Timestamp, first: DeliveryId, answer: Answer, took_ms: u32) {
        let Some((endpoint, flights)) = self.posts.remove(&first) else { return };
        let Some(lane) = self.lanes.get_mut(&endpoint) else { return };
        let said = webhook::verdict(answer);
        lane.answered(now, said, took_ms, self.dice.unit());
        let status = if let Answer::Status(status) = answer { status } else { 0 };
        for flight in flights {
            let verdict = match said {
                Verdict::Delivered => DeliveryVerdict::Delivered,
                _ => DeliveryVerdict::Retry(webhook::event_due(flight.tries + 1, now, self.dice.unit())),
            };
            let error = lane::describe(answer);
            lane.ended(now, DeliveryRecord { id: flight.id, status, took_ms, error, verdict });
        }
    }

    fn wake_at(&self, now: Timestamp) -> Option<Timestamp> {
        let lanes = self.lanes.values();
        lanes.fold(None, |soonest, lane| {
            let claims = if self.is_stopping { None } else { lane.claims_at(now).filter(|at| *at > now) };
            sooner(soonest, sooner(claims, lane.records.wake_at()))
        })
    }
}

fn back(id: DeliveryId) -> DeliveryRecord {
    DeliveryRecord { id, status: 0, took_ms: 0, error: None, verdict: DeliveryVerdict::Back }
}

fn lost(id: DeliveryId) -> DeliveryRecord {
    let error = Some("given up: its channel is gone".to_owned());
    DeliveryRecord { id, status: 0, took_ms: 0, error, verdict: DeliveryVerdict::Lost }
}

#[cfg(test)]
mod tests;
