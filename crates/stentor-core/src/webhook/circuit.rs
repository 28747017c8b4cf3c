//! When an endpoint is tried again. Back-off belongs to the endpoint, not to each of a million waiting rows: closed, open
//! until a time, probing with one. Only an answer about one event backs off that event.

use std::time::Duration;

use crate::time::Timestamp;

/// A probe without a result after this long (a crash) may be followed by another.
pub const PROBE_LEASE: Duration = Duration::from_secs(30);
const BACK_OFF_FIRST: Duration = Duration::from_secs(1);
const BACK_OFF_MAX: Duration = Duration::from_hours(1);

/// What came back from an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A status, whatever the body.
    Status(u16),
    /// None in 5 s.
    Timeout,
    /// No connection, or it broke.
    Connection,
}

/// What an answer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// 200: delivered.
    Delivered,
    /// The endpoint works and cannot take this event: only this one waits, and later ones of the same message with it.
    Event,
    /// The endpoint does not work: all of it waits.
    Endpoint,
}

/// Success is exactly 200; 400, 409, 413, 415 and 422 are about the event; all else is about the endpoint.
///
/// ```
/// use stentor_core::webhook::{Answer, Verdict, verdict};
/// assert_eq!(verdict(Answer::Status(200)), Verdict::Delivered);
/// assert_eq!(verdict(Answer::Status(204)), Verdict::Endpoint);
/// assert_eq!(verdict(Answer::Status(422)), Verdict::Event);
/// assert_eq!(verdict(Answer::Timeout), Verdict::Endpoint);
/// ```
#[must_use]
pub const fn verdict(answer: Answer) -> Verdict {
    match answer {
        Answer::Status(200) => Verdict::Delivered,
        Answer::Status(400 | 409 | 413 | 415 | 422) => Verdict::Event,
        Answer::Status(_) | Answer::Timeout | Answer::Connection => Verdict::Endpoint,
    }
}

/// Where one endpoint stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Circuit {
    /// It works: deliveries flow.
    #[default]
    Closed,
    /// It failed: nothing goes before `until`, then one probe.
    Open {
        /// When the probe may go.
        until: Timestamp,
        /// Failures in a row.
        tries: u32,
    },
    /// One delivery is under way to see whether it works again.
    Probing {
        /// When the probe counts as lost.
        until: Timestamp,
        /// Failures in a row before it.
        tries: u32,
    },
}

/// Whether a delivery may go now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// As many as there are.
    Send,
    /// One, after the circuit was stored as [`Circuit::probe`] says.
    Probe,
    /// None before this.
    Wait(Timestamp),
}

impl Circuit {
    /// Whether a delivery may go now.
    #[must_use]
    pub fn gate(self, now: Timestamp) -> Gate {
        match self {
            Self::Closed => Gate::Send,
            Self::Open { until, .. } | Self::Probing { until, .. } if now < until => Gate::Wait(until),
            Self::Open { .. } | Self::Probing { .. } => Gate::Probe,
        }
    }

    /// The circuit while its probe is under way.
    #[must_use]
    pub fn probe(self, now: Timestamp) -> Self {
        match self {
            Self::Closed => Self::Closed,
            Self::Open { tries, .. } | Self::Probing { tries, .. } => {
                Self::Probing { until: now + PROBE_LEASE, tries }
            }
        }
    }

    /// The circuit after an answer. `jitter`: 0..1, drawn by the caller.
    ///
    /// ```
    /// use stentor_core::{time::Timestamp, webhook::{Circuit, Gate, Verdict}};
    /// let at = Timestamp::from_secs;
    /// let open = Circuit::Closed.after(Verdict::Endpoint, at(0), 1.0);
    /// assert_eq!(open.gate(at(0)), Gate::Wait(at(1)));
    /// assert_eq!(open.gate(at(1)), Gate::Probe);
    /// let again = open.probe(at(1)).after(Verdict::Endpoint, at(2), 1.0);
    /// assert_eq!(again.gate(at(2)), Gate::Wait(at(4)));
    /// assert_eq!(again.probe(at(4)).after(Verdict::Delivered, at(5), 1.0), Circuit::Closed);
    /// ```
    #[must_use]
    pub fn after(self, verdict: Verdict, now: Timestamp, jitter: f64) -> Self {
        match (verdict, self) {
            (Verdict::Delivered | Verdict::Event, _) => Self::Closed,
            (Verdict::Endpoint, Self::Closed) => Self::Open { until: now + back_off(1, jitter), tries: 1 },
            // The failures of deliveries begun before it opened say nothing new.
            (Verdict::Endpoint, Self::Open { .. }) => self,
            (Verdict::Endpoint, Self::Probing { tries, .. }) => {
                let tries = tries.saturating_add(1);
                Self::Open { until: now + back_off(tries, jitter), tries }
            }
        }
    }
}

/// When a failed delivery of one event is due again, after `tries` failures of its own.
///
/// Also after a verdict about the endpoint, so that the next probe is another event and one that breaks the receiver
/// every time does not hold back the others.
#[must_use]
pub fn event_due(tries: u32, now: Timestamp, jitter: f64) -> Timestamp {
    now + back_off(tries.max(1), jitter)
}

/// 1 s, 2 s, 4 s ... 1 h, the last half of each by jitter: never at once, never all together.
fn back_off(tries: u32, jitter: f64) -> Duration {
    let doubled = BACK_OFF_FIRST.saturating_mul(2_u32.saturating_pow(tries.saturating_sub(1)));
    doubled.min(BACK_OFF_MAX).mul_f64(0.5 + 0.5 * jitter.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

    #[test]
    fn back_off_doubles_to_an_hour() {
        let mut circuit = Circuit::Closed;
        let mut waits = Vec::new();
        for _ in 0..14 {
            circuit = circuit.probe(NOW).after(Verdict::Endpoint, NOW, 1.0);
            let Gate::Wait(until) = circuit.gate(NOW) else { panic!("{circuit:?} lets through") };
            waits.push(until.since(NOW).as_secs());
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048, 3_600, 3_600]);
        assert_eq!(event_due(0, NOW, 0.0).since(NOW), Duration::from_millis(500));
        assert_eq!(event_due(u32::MAX, NOW, 0.5).since(NOW), Duration::from_secs(2_700));
    }

    #[test]
    fn many_failures_at_once_count_as_one() {
        let open = Circuit::Closed.after(Verdict::Endpoint, NOW, 0.3);
        assert_eq!(open.after(Verdict::Endpoint, NOW + Duration::from_secs(5), 0.9), open);
    }

    #[test]
    fn one_probe_at_a_time_and_a_lost_one_is_replaced() {
        let open = Circuit::Open { until: NOW, tries: 3 };
        let probing = open.probe(NOW);
        assert_eq!(probing.gate(NOW), Gate::Wait(NOW + PROBE_LEASE));
        assert_eq!(probing.gate(NOW + PROBE_LEASE), Gate::Probe);
        assert_eq!(
            probing.probe(NOW + PROBE_LEASE),
            Circuit::Probing { until: NOW + PROBE_LEASE + PROBE_LEASE, tries: 3 }
        );
    }

    #[test]
    fn an_answer_about_an_event_shows_that_the_endpoint_works() {
        let probing = Circuit::Probing { until: NOW, tries: 9 };
        assert_eq!(probing.after(Verdict::Event, NOW, 0.5), Circuit::Closed);
        for status in [100, 201, 202, 301, 401, 403, 404, 410, 429, 500, 503] {
            assert_eq!(verdict(Answer::Status(status)), Verdict::Endpoint, "{status}");
        }
    }
}
