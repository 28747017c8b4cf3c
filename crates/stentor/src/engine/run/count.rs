//! What `run` counts while it executes: answers of the upstream and booked webhooks. Reads inputs and commands; changes none.

use stentor_core::outcome::Outcome;
use stentor_store::DeliveryVerdict;

use crate::engine::{dispatcher, notifier};
use crate::telemetry::{DELIVERIES, Metrics};

/// Answers of the upstream, each once, by what they are.
pub(super) fn answers(metrics: &Metrics, inputs: &[dispatcher::Input]) {
    for input in inputs {
        if let dispatcher::Input::Answered(_, outcome) = input {
            metrics.attempts.get_or_create(&word(outcome).into()).inc();
            if let Some(code) = outcome.unknown_code() {
                metrics.unknown_codes.inc();
                tracing::warn!(code, "the upstream answered a code that is not known here; not sent again");
            }
        }
    }
}

const fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Taken { .. } => "taken",
        Outcome::Refused { .. } => "refused",
        Outcome::NotSent { .. } => "not_sent",
        Outcome::Ambiguous { .. } => "ambiguous",
    }
}

/// How many of each verdict a recording books, in the order of [`DELIVERIES`].
pub(super) fn verdicts(work: &notifier::Work) -> [u64; 4] {
    let mut verdicts = [0; 4];
    if let notifier::Work::Record(_, rows) = work {
        for row in rows {
            verdicts[match row.verdict {
                DeliveryVerdict::Delivered => 0,
                DeliveryVerdict::Retry(_) => 1,
                DeliveryVerdict::Back => 2,
                DeliveryVerdict::Lost => 3,
            }] += 1;
        }
    }
    verdicts
}

/// They are committed: what is handed out again after a failure is not counted twice.
pub(super) fn booked(metrics: &Metrics, verdicts: [u64; 4]) {
    for (word, count) in DELIVERIES.into_iter().zip(verdicts) {
        metrics.deliveries.get_or_create(&word.into()).inc_by(count);
    }
}

/// A number as a gauge shows it.
pub(super) fn gauge(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use stentor_core::id::{DeliveryId, EndpointId, MessageId};
    use stentor_core::outcome::{Ambiguous, NotSent};
    use stentor_core::time::Timestamp;
    use stentor_store::{Counts, DeliveryRecord};

    use super::*;

    #[test]
    fn answers_and_booked_webhooks_are_counted() {
        let metrics = Metrics::default();
        let lost = Outcome::Ambiguous { why: Ambiguous::Reset };
        let unsent = Outcome::NotSent { why: NotSent::Connect };
        let unheard_of =
            Outcome::Refused { code: 999_999, http: 400, details: String::new(), retry_after: None };
        let inputs = [lost.clone(), unsent, lost, unheard_of];
        let inputs = inputs.map(|o| dispatcher::Input::Answered(MessageId(1), o));
        answers(&metrics, &inputs);
        answers(&metrics, &[dispatcher::Input::Recorded]);
        let row = |verdict| DeliveryRecord { id: DeliveryId(1), status: 0, took_ms: 0, error: None, verdict };
        let retry = DeliveryVerdict::Retry(Timestamp::from_secs(9));
        let rows = [retry, DeliveryVerdict::Back, retry, DeliveryVerdict::Lost].map(row).to_vec();
        booked(&metrics, verdicts(&notifier::Work::Record(EndpointId(1), rows)));
        let text = metrics.render(&Counts::default(), Timestamp::from_secs(0));
        for line in [
            "attempts_total{kind=\"ambiguous\"} 2",
            "attempts_total{kind=\"not_sent\"} 1",
            "attempts_total{kind=\"taken\"} 0",
            "unknown_codes_total 1",
            "deliveries_total{kind=\"retry\"} 2",
            "deliveries_total{kind=\"back\"} 1",
            "deliveries_total{kind=\"lost\"} 1",
            "deliveries_total{kind=\"delivered\"} 0",
        ] {
            assert!(text.contains(line), "{line} in\n{text}");
        }
    }
}
