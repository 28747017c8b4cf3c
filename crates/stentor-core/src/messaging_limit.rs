//! How many people a business may begin with in a rolling day: the tiers, and who counts. All accounts of one business
//! share a limit. The simulated network counts by it; the API shows it. Source: Meta, messaging limits.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use crate::time::Timestamp;

/// People are counted for this long after the last message outside their service window.
pub const WINDOW: Duration = Duration::from_hours(24);

/// How many different people, within [`WINDOW`] and outside service windows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// 250: a new business.
    T250,
    /// 2,000: a verified one.
    T2K,
    /// 10,000.
    T10K,
    /// 100,000.
    T100K,
    /// As many as it likes.
    #[default]
    Unlimited,
}

impl Tier {
    /// Every tier, lowest first.
    pub const ALL: [Self; 5] = [Self::T250, Self::T2K, Self::T10K, Self::T100K, Self::Unlimited];

    /// Meta's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::T250 => "TIER_250",
            Self::T2K => "TIER_2K",
            Self::T10K => "TIER_10K",
            Self::T100K => "TIER_100K",
            Self::Unlimited => "TIER_UNLIMITED",
        }
    }

    /// The tier of that word, in any case, with or without `TIER_`.
    ///
    /// ```
    /// use stentor_core::messaging_limit::Tier;
    /// assert_eq!(Tier::parse("tier_2k"), Some(Tier::T2K));
    /// assert_eq!(Tier::parse("UNLIMITED"), Some(Tier::Unlimited));
    /// assert_eq!(Tier::parse("TIER_1K"), None);
    /// ```
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let same = |tier: &Self| {
            let (whole, short) = (tier.as_str(), tier.as_str().trim_start_matches("TIER_"));
            word.eq_ignore_ascii_case(whole) || word.eq_ignore_ascii_case(short)
        };
        Self::ALL.into_iter().find(same)
    }

    /// The number of people; `None`: no limit.
    #[must_use]
    pub const fn people_max(self) -> Option<usize> {
        match self {
            Self::T250 => Some(250),
            Self::T2K => Some(2_000),
            Self::T10K => Some(10_000),
            Self::T100K => Some(100_000),
            Self::Unlimited => None,
        }
    }
}

/// Whom one business has written to within [`WINDOW`]. Never holds more than the limit asked for.
///
/// ```
/// use stentor_core::messaging_limit::People;
/// use stentor_core::time::Timestamp;
/// let at = |hours: i64| Timestamp::from_secs(hours * 3_600);
/// let mut people = People::default();
/// assert!(people.begin(at(0), 1, 2) && people.begin(at(1), 2, 2));
/// assert!(people.begin(at(2), 1, 2), "who is counted costs nothing more");
/// assert!(!people.begin(at(2), 3, 2));
/// assert!(people.begin(at(25), 3, 2), "the second was written to 24 hours ago");
/// ```
#[derive(Clone, Debug, Default)]
pub struct People {
    last: HashMap<u64, Timestamp>,
    oldest: BTreeSet<(Timestamp, u64)>,
}

impl People {
    /// Whether another message to this person may begin; nothing is counted.
    pub fn allows(&mut self, now: Timestamp, person: u64, people_max: usize) -> bool {
        self.forget(now);
        self.last.contains_key(&person) || self.last.len() < people_max
    }

    /// Counts a message to this person that leaves; `false`, and nothing counted, when the limit forbids it.
    pub fn begin(&mut self, now: Timestamp, person: u64, people_max: usize) -> bool {
        if !self.allows(now, person, people_max) {
            return false;
        }
        if let Some(before) = self.last.insert(person, now) {
            self.oldest.remove(&(before, person));
        }
        self.oldest.insert((now, person))
    }

    /// How many are counted at `now`.
    pub fn count(&mut self, now: Timestamp) -> usize {
        self.forget(now);
        self.last.len()
    }

    fn forget(&mut self, now: Timestamp) {
        while let Some((at, person)) = self.oldest.first().copied().filter(|(at, _)| now.since(*at) >= WINDOW)
        {
            self.oldest.remove(&(at, person));
            self.last.remove(&person);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever is tried, no rolling day holds more people than the limit, and none is refused below it.
        #[test]
        fn no_day_holds_more_people(tries in prop::collection::vec((0_u64..12, 0_i64..7_200), 1..200)) {
            let (mut people, mut now, mut left) = (People::default(), 0, Vec::new());
            for (person, pause) in tries {
                now += pause;
                let at = Timestamp::from_secs(now);
                let within = |from: i64, left: &[(i64, u64)]| {
                    let of_day = left.iter().filter(|(at, _)| *at > from - 86_400 && *at <= from);
                    of_day.map(|(_, person)| *person).collect::<BTreeSet<_>>()
                };
                let before = within(now, &left);
                let goes = people.begin(at, person, 5);
                prop_assert_eq!(goes, before.contains(&person) || before.len() < 5);
                if goes {
                    left.push((now, person));
                }
                prop_assert!(within(now, &left).len() <= 5);
                prop_assert_eq!(people.count(at), within(now, &left).len());
            }
        }
    }
}
