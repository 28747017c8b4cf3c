//! What the order of delivery brought, out of the learning log: of messages that competed, those that chance placed
//! against those that were planned. A person is the unit; what is too young to have been read is not counted.

use std::collections::BTreeMap;

use super::{Deed, Line, Record};
use crate::engagement::Goal;
use crate::id::{MessageId, RecipientKey, TemplateId};
use crate::lift::{Arm, Lift, Outcome, compare};
use crate::time::Timestamp;

/// Messages under observation at a time; beyond it the youngest are left out, and it is said.
const MESSAGES_MAX: usize = 2_000_000;

/// A message that competed.
#[derive(Clone, Copy, Debug)]
struct Sent {
    recipient: RecipientKey,
    at: Timestamp,
    is_slice: bool,
    /// What was predicted before the order was made. Not what decided: that is of the hour which the order chose, and an
    /// adjustment by it would take away what the hour brought.
    usual: f64,
    is_read: bool,
}

/// Reads lines and compares.
#[derive(Debug, Default)]
pub struct Measure {
    template: Option<TemplateId>,
    since: Timestamp,
    sent: BTreeMap<MessageId, Sent>,
    is_cut: bool,
}

impl Measure {
    /// Of sends from then on, of one template or of all.
    #[must_use]
    pub fn new(since: Timestamp, template: Option<TemplateId>) -> Self {
        Self { template, since, ..Self::default() }
    }

    /// Takes the next line of the log.
    pub fn add(&mut self, line: &Line) {
        match &line.deed {
            Deed::Sent(decided) if line.at >= self.since => {
                let is_meant = self.template.is_none_or(|template| template == line.template);
                let Some(record) = Record::parse(&decided.record).filter(|_| is_meant) else { return };
                if self.sent.len() >= MESSAGES_MAX {
                    self.is_cut = true;
                    return;
                }
                let Record { is_slice, usual, .. } = record;
                let sent = Sent { recipient: line.recipient, at: line.at, is_slice, usual, is_read: false };
                self.sent.insert(line.message, sent);
            }
            Deed::Read => {
                if let Some(sent) = self.sent.get_mut(&line.message) {
                    sent.is_read |= line.at.since(sent.at) <= Goal::Read.window();
                }
            }
            _ => {}
        }
    }

    /// Whether there were more messages than are looked at.
    #[must_use]
    pub const fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// The comparison as of now.
    #[must_use]
    pub fn compared(&self, now: Timestamp) -> Lift {
        // By person and arm: how many, how many read, the sum of what was predicted.
        let mut people: BTreeMap<(bool, RecipientKey), (f64, f64, f64)> = BTreeMap::new();
        for sent in self.sent.values().filter(|sent| now.since(sent.at) >= Goal::Read.window()) {
            let sum = people.entry((sent.is_slice, sent.recipient)).or_default();
            *sum = (sum.0 + 1.0, sum.1 + f64::from(u8::from(sent.is_read)), sum.2 + sent.usual);
        }
        let mut arms = [Arm::default(), Arm::default()];
        for ((is_slice, _), (n, read, usual)) in people {
            arms[usize::from(is_slice)].add(Outcome { y: read / n, x: usual / n });
        }
        compare(&arms[0], &arms[1])
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::id::AccountId;
    use crate::learning::Decided;
    use crate::lift::Verdict;
    use crate::schedule::{Explanation, Flag, mix};

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

    fn line(n: u64, is_slice: bool, at: Timestamp, deed: Option<Deed>) -> Line {
        predicted(n, is_slice, at, deed, [0.4, 0.4])
    }

    /// A line of a message predicted so at the hour it left, and so at whatever hour.
    fn predicted(n: u64, is_slice: bool, at: Timestamp, deed: Option<Deed>, [p, usual]: [f64; 2]) -> Line {
        let explanation = Explanation {
            p,
            variance: 0.1,
            is_baseline: false,
            contributions: Vec::new(),
            slot_price: 0.0,
            budget_price: 0.0,
            index: 0.0,
            flag: Flag::Planned,
            model_version: 1,
        };
        let record = Record { explanation, is_slice, usual }.bytes().into();
        let deed = deed.unwrap_or(Deed::Sent(Decided { record, ..Decided::at(0) }));
        let (recipient, message) = (RecipientKey(n.cast_signed() + 1), MessageId(n.cast_signed()));
        Line { at, account: AccountId(1), recipient, message, template: TemplateId(2), deed }
    }

    /// A log in which the planned read so often and the slice so often, of a thousand.
    fn measured(people: u64, planned: u64, slice: u64) -> Measure {
        let mut measure = Measure::new(NOW, None);
        for n in 0..people {
            let is_slice = mix(&[n]).is_multiple_of(20);
            measure.add(&line(n, is_slice, NOW, None));
            if mix(&[n, 1]) % 1_000 < if is_slice { slice } else { planned } {
                measure.add(&line(n, is_slice, NOW + Duration::from_hours(1), Some(Deed::Read)));
            }
        }
        measure
    }

    #[test]
    fn a_lift_is_shown_where_there_is_one_and_enough_to_see_it() {
        let day = NOW + Duration::from_hours(25);
        let shown = measured(100_000, 400, 200).compared(day);
        assert_eq!(shown.verdict, Verdict::Shown);
        assert!((shown.difference - 0.2).abs() < 0.02 && shown.interval.0 > 0.1, "{shown:?}");
        let few = measured(300, 400, 200).compared(day);
        assert!(matches!(few.verdict, Verdict::NotMeasurableYet { .. }), "{few:?}");
        assert_eq!(measured(1_000, 400, 200).compared(NOW).people, [0, 0], "nothing is ripe yet");
    }

    #[test]
    fn what_the_hour_brought_is_not_adjusted_away() {
        let mut measure = Measure::new(NOW, None);
        for n in 0..40_000 {
            let is_slice = mix(&[n]).is_multiple_of(20);
            // Half the people read three times as often as the others, and all 0.2 more at the hour that was chosen.
            let usual = if n % 2 == 0 { 0.2 } else { 0.6 };
            let p = if is_slice { usual } else { usual + 0.2 };
            measure.add(&predicted(n, is_slice, NOW, None, [p, usual]));
            if (mix(&[n, 1]) % 1_000) as f64 / 1_000.0 < p {
                measure.add(&line(n, is_slice, NOW + Duration::from_hours(1), Some(Deed::Read)));
            }
        }
        let lift = measure.compared(NOW + Duration::from_hours(25));
        assert!((lift.difference - 0.2).abs() < 0.03 && lift.interval.0 > 0.1, "{lift:?}");
        assert!(lift.variance_removed > 0.1, "{lift:?}");
    }

    #[test]
    fn only_what_competed_and_was_read_in_time_counts() {
        let mut measure = Measure::new(NOW, Some(TemplateId(2)));
        measure.add(&line(1, false, NOW, None));
        measure.add(&line(1, false, NOW + Duration::from_hours(25), Some(Deed::Read)));
        measure.add(&line(2, true, NOW, None));
        measure.add(&line(2, true, NOW + Duration::from_hours(23), Some(Deed::Read)));
        measure.add(&line(3, false, NOW, Some(Deed::Sent(Decided::at(0)))));
        measure.add(&line(4, false, NOW - Duration::from_secs(1), None));
        measure.add(&Line { template: TemplateId(9), ..line(5, false, NOW, None) });
        let lift = measure.compared(NOW + Duration::from_hours(48));
        assert_eq!((lift.people, lift.means), ([1, 1], [0.0, 1.0]));
        assert!(!measure.is_cut());
    }
}
