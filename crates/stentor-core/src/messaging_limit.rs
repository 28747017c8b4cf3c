//! How many people a business may begin with in a rolling day: the tiers, and who counts. All accounts of one business
//! share a limit. The simulated network counts by it; the API shows it. Source: Meta, messaging limits.

use std::collections::{BTreeSet, HashMap};
use std::ops::Bound;
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

/// When a business last began with one person, as far back as giving back may need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Begun {
    /// The last time.
    pub at: Timestamp,
    /// The time before it.
    pub before: Option<Timestamp>,
    /// The time before both: too old to be given back.
    pub kept: Option<Timestamp>,
}

impl Begun {
    fn again(self, at: Timestamp) -> Self {
        Self { at, before: Some(self.at), kept: self.before.or(self.kept) }
    }

    fn without(self, at: Timestamp) -> Option<Self> {
        if at == self.at {
            let last = self.before.or(self.kept)?;
            return Some(Self { at: last, before: self.before.and(self.kept), kept: None });
        }
        Some(Self { before: self.before.filter(|before| *before != at), ..self })
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
    known: HashMap<u64, Begun>,
    oldest: BTreeSet<(Timestamp, u64)>,
    /// Whose place was promised last.
    promised: Option<(Timestamp, u64)>,
}

impl People {
    /// Whether another message to this person may begin; nothing is counted.
    pub fn allows(&mut self, now: Timestamp, person: u64, people_max: usize) -> bool {
        self.forget(now);
        self.known.contains_key(&person) || self.known.len() < people_max
    }

    /// Counts a message to this person that leaves; `false`, and nothing counted, when the limit forbids it.
    pub fn begin(&mut self, now: Timestamp, person: u64, people_max: usize) -> bool {
        if !self.allows(now, person, people_max) {
            return false;
        }
        let fresh = Begun { at: now, before: None, kept: None };
        self.put(person, Some(self.known.get(&person).map_or(fresh, |begun| begun.again(now))));
        true
    }

    /// Takes back a message that began at `at` and surely was not taken.
    ///
    /// ```
    /// use stentor_core::messaging_limit::People;
    /// use stentor_core::time::Timestamp;
    /// let at = |hours: i64| Timestamp::from_secs(hours * 3_600);
    /// let mut people = People::default();
    /// assert!(people.begin(at(0), 1, 1) && people.begin(at(2), 1, 1));
    /// people.give_back(1, at(2));
    /// assert_eq!(people.begun(1).unwrap().at, at(0));
    /// people.give_back(1, at(0));
    /// assert!(people.begin(at(3), 2, 1));
    /// ```
    pub fn give_back(&mut self, person: u64, at: Timestamp) {
        if let Some(begun) = self.known.get(&person).copied() {
            self.put(person, begun.without(at));
        }
    }

    /// When the business last began with this person.
    #[must_use]
    pub fn begun(&self, person: u64) -> Option<Begun> {
        self.known.get(&person).copied()
    }

    /// Puts back what was kept elsewhere; `None` forgets the person.
    pub fn put(&mut self, person: u64, begun: Option<Begun>) {
        if let Some(old) = self.known.remove(&person) {
            self.oldest.remove(&(old.at, person));
        }
        if let Some(begun) = begun {
            self.known.insert(person, begun);
            self.oldest.insert((begun.at, person));
        }
    }

    /// When the next place becomes free that was not promised before: each that waits gets one of its own to wait for,
    /// so that they do not all come back for the first. `None`: nobody is counted.
    pub fn promise(&mut self, now: Timestamp) -> Option<Timestamp> {
        self.forget(now);
        let after = self.promised.map_or(Bound::Unbounded, Bound::Excluded);
        let next =
            self.oldest.range((after, Bound::Unbounded)).next().or_else(|| self.oldest.last()).copied()?;
        self.promised = Some(next);
        Some(next.0 + WINDOW)
    }

    /// How many are counted at `now`.
    pub fn count(&mut self, now: Timestamp) -> usize {
        self.forget(now);
        self.known.len()
    }

    /// The same, when nothing may change.
    #[must_use]
    pub fn counted(&self, now: Timestamp) -> usize {
        let from = Bound::Excluded((now - WINDOW, u64::MAX));
        self.oldest.range((from, Bound::Unbounded)).count()
    }

    /// Drops those who do not count any more; who they were.
    pub fn forget(&mut self, now: Timestamp) -> Vec<u64> {
        let mut gone = Vec::new();
        while let Some((at, person)) = self.oldest.first().copied().filter(|(at, _)| now.since(*at) >= WINDOW)
        {
            self.oldest.remove(&(at, person));
            self.known.remove(&person);
            gone.push(person);
        }
        gone
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

        /// What surely was not taken counts for nothing; what was taken counts for its whole day, given back or not.
        #[test]
        fn what_is_given_back_counts_for_nothing(
            tries in prop::collection::vec((0_u64..6, 0_i64..9_000, prop::bool::weighted(0.4)), 1..200),
        ) {
            let (mut people, mut now, mut taken) = (People::default(), 0, Vec::new());
            for (person, pause, is_taken) in tries {
                now += pause;
                let at = Timestamp::from_secs(now);
                let goes = people.begin(at, person, 3);
                if goes && is_taken {
                    taken.push((now, person));
                } else if goes {
                    people.give_back(person, at);
                }
                let of_day = taken.iter().filter(|(at, _)| *at > now - 86_400);
                let counted = of_day.map(|(_, person)| *person).collect::<BTreeSet<_>>();
                prop_assert_eq!(people.counted(at), counted.len());
                prop_assert_eq!(people.count(at), counted.len());
            }
        }
    }

    #[test]
    fn each_that_waits_is_promised_a_place_of_its_own() {
        let at = |secs: i64| Timestamp::from_secs(secs);
        let mut people = People::default();
        for (secs, person) in [(0, 1), (0, 2), (5, 3)] {
            assert!(people.begin(at(secs), person, 3));
        }
        let promised: Vec<_> = (0..4).map(|_| people.promise(at(9)).unwrap().secs() - 86_400).collect();
        assert_eq!(promised, [0, 0, 5, 5]);
        assert_eq!(People::default().promise(at(9)), None);
    }
}
