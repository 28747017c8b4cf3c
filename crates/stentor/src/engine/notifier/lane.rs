//! One endpoint's way through the notifier: its circuit, how much it has under way, when it claims next.

use stentor_core::time::Timestamp;
use stentor_core::webhook::{Answer, Circuit, Gate};
use stentor_store::DeliveryRecord;

use crate::engine::step::{Batch, LOOK, STORE_REST};

/// One endpoint.
#[derive(Debug)]
pub(super) struct Lane {
    pub circuit: Circuit,
    pub records: Batch<DeliveryRecord>,
    /// Deliveries under way at most.
    in_flight_max: usize,
    /// Claimed and not yet booked.
    in_flight: usize,
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
            in_flight: 0,
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
        self.in_flight > self.in_flight_max / 2
    }

    pub fn room(&self) -> usize {
        self.in_flight_max.saturating_sub(self.in_flight)
    }

    pub fn used(&self) -> usize {
        self.in_flight + self.claiming.unwrap_or(0)
    }

    pub fn is_idle(&self) -> bool {
        self.claiming.is_none() && self.in_flight == 0
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

    /// Results are committed: later events of the same messages may be due now.
    pub fn booked(&mut self, now: Timestamp) {
        let rows = self.records.done().len();
        self.in_flight = self.in_flight.saturating_sub(rows);
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
