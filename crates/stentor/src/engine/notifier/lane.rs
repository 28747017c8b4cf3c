//! One endpoint's way through the notifier: its circuit, how much it has under way, when it claims next.

use stentor_core::time::Timestamp;
use stentor_core::webhook::{Answer, Circuit, Gate, Verdict};
use stentor_store::DeliveryRecord;

use crate::engine::step::{Batch, LOOK, STORE_REST};

/// An endpoint that answers within this many milliseconds gets as much at a time as may be; others get
/// [a part](SLOW_PART) of it, so that who is slow already is not overrun.
const QUICK_MS: u32 = 100;
/// One part in so many.
const SLOW_PART: usize = 4;

/// One endpoint.
#[derive(Debug)]
pub(super) struct Lane {
    pub circuit: Circuit,
    pub records: Batch<DeliveryRecord>,
    /// Deliveries under way at most, and as many answers that wait to be booked: a commit is not between two posts.
    in_flight_max: usize,
    /// The last answer was good, and came within [`QUICK_MS`].
    is_quick: bool,
    /// Claimed and not yet answered.
    in_flight: usize,
    /// Answered, or not to be posted, and not yet booked.
    unbooked: usize,
    /// Asked for by the claim under way.
    claiming: Option<usize>,
    due: Option<Timestamp>,
    is_woken: bool,
    not_before: Timestamp,
}

impl Lane {
    pub const fn new(in_flight_max: usize) -> Self {
        Self {
            circuit: Circuit::Closed,
            records: Batch::new(),
            in_flight_max,
            is_quick: false,
            in_flight: 0,
            unbooked: 0,
            claiming: None,
            due: None,
            is_woken: false,
            not_before: Timestamp::from_millis(0),
        }
    }

    pub fn wake(&mut self, now: Timestamp) {
        self.due = Some(self.due.map_or(now, |due| due.min(now)));
        self.is_woken = true;
    }

    /// When it claims next, if it is free to and has room.
    pub fn claims_at(&self, now: Timestamp) -> Option<Timestamp> {
        if self.claiming.is_some() || self.waits_for_room() {
            return None;
        }
        let at = self.due?.max(self.not_before);
        match self.circuit.gate(now) {
            Gate::Send | Gate::Probe => Some(at),
            Gate::Wait(until) => Some(at.max(until)),
        }
    }

    /// A claim is worth its price when half of the room is free.
    pub fn waits_for_room(&self) -> bool {
        self.in_flight > self.window() / 2 || self.waits_for_books()
    }

    pub fn waits_for_books(&self) -> bool {
        self.unbooked > self.in_flight_max
    }

    pub fn room(&self) -> usize {
        self.window().saturating_sub(self.in_flight)
    }

    fn window(&self) -> usize {
        if self.is_quick { self.in_flight_max } else { self.in_flight_max.div_ceil(SLOW_PART) }
    }

    /// How the endpoint answered: what that means for it, and whether it was quick.
    pub fn answered(&mut self, now: Timestamp, said: Verdict, took_ms: u32, jitter: f64) {
        self.circuit = self.circuit.after(said, now, jitter);
        self.is_quick = said == Verdict::Delivered && took_ms <= QUICK_MS;
    }

    pub fn used(&self) -> usize {
        self.in_flight + self.claiming.unwrap_or(0)
    }

    pub fn is_idle(&self) -> bool {
        self.claiming.is_none() && self.in_flight == 0 && self.unbooked == 0
    }

    pub fn claim(&mut self, limit: usize) {
        self.claiming = Some(limit);
        self.is_woken = false;
    }

    pub fn claimed(&mut self, now: Timestamp, next_due: Option<Timestamp>, rows: usize) {
        self.claiming = None;
        self.in_flight += rows;
        self.due =
            Some(if self.is_woken { now } else { next_due.map_or(now + LOOK, |due| due.min(now + LOOK)) });
    }

    /// Nothing before a moment's rest; then it looks again.
    pub fn rest(&mut self, now: Timestamp) {
        self.claiming = None;
        self.not_before = now + STORE_REST;
        self.wake(now);
    }

    /// What became of a claimed delivery is to be booked, and its place is free.
    pub fn ended(&mut self, now: Timestamp, record: DeliveryRecord) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.unbooked += 1;
        self.records.push(now, record);
    }

    /// Results are committed: later events of the same messages may be due now.
    pub fn booked(&mut self, now: Timestamp) {
        let rows = self.records.done().len();
        self.unbooked = self.unbooked.saturating_sub(rows);
        self.wake(now);
    }
}

/// A failed answer in words, for the delivery log.
pub(super) fn describe(answer: Answer) -> Option<String> {
    match answer {
        Answer::Status(200) => None,
        Answer::Status(status) => Some(format!("HTTP {status}; only 200 counts")),
        Answer::Timeout => Some("no answer in time".to_owned()),
        Answer::Connection => Some("no connection, or it broke".to_owned()),
    }
}
