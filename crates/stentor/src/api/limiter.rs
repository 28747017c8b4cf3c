//! What a twin refuses for speed, as 360dialog would: a number's messages a second, and those to one person.
//! In memory only: a restart forgets them, and the engine's own budgets live in the store.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use stentor_core::id::{ChannelId, RecipientKey};
use stentor_core::rate::Pair;
use stentor_core::time::Timestamp;

/// Pairs remembered before those that are free again are forgotten.
const PAIRS_MAX: usize = 100_000;
/// A throughput is counted by the second: a whole second's messages may come at once.
const WINDOW_MICROS: i64 = 1_000_000;

/// The budgets of this process.
#[derive(Debug, Default)]
pub struct Limiter(Mutex<Budgets>);

#[derive(Debug, Default)]
struct Budgets {
    /// The latest time anybody came with. A request that waited on its way (for a commit, for a processor) comes with
    /// an older one, which must not count what was taken since then as taken ahead.
    latest_micros: i64,
    /// The time up to which a channel's throughput is spoken for, in microseconds since the epoch.
    channels: HashMap<ChannelId, i64>,
    pairs: HashMap<(ChannelId, RecipientKey), Pair>,
}

/// Why a message is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limited {
    /// 130429: above the number's throughput.
    Rate {
        /// When it makes sense to ask again.
        after: Duration,
    },
    /// 131056: too many to this person.
    Pair {
        /// When it makes sense to ask again.
        after: Duration,
    },
}

impl Limiter {
    /// Everybody has their whole budget again.
    pub fn clear(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Budgets::default();
    }

    /// Takes one message of the channel's throughput and of the pair's; what is refused takes nothing. `person`: `None`
    /// where the channel keeps to no pair limit.
    ///
    /// # Errors
    /// The limit that was reached.
    pub fn take(
        &self,
        channel: ChannelId,
        rate_per_s: u32,
        person: Option<RecipientKey>,
        now: Timestamp,
    ) -> Result<(), Limited> {
        let mut budgets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now_micros = now.millis().saturating_mul(1_000).max(budgets.latest_micros);
        let now = Timestamp::from_millis(now_micros / 1_000);
        budgets.latest_micros = now_micros;
        let every = 1_000_000 / i64::from(rate_per_s.max(1));
        let taken = budgets.channels.get(&channel).copied().unwrap_or_default().max(now_micros);
        let over = taken + every - now_micros - WINDOW_MICROS;
        if over > 0 {
            return Err(Limited::Rate { after: Duration::from_micros(over.unsigned_abs()) });
        }
        if let Some(person) = person {
            budgets.take_pair((channel, person), now)?;
        }
        budgets.channels.insert(channel, taken + every);
        Ok(())
    }
}

impl Budgets {
    fn take_pair(&mut self, of: (ChannelId, RecipientKey), now: Timestamp) -> Result<(), Limited> {
        let pair = self.pairs.get(&of).copied().unwrap_or(Pair::FRESH);
        let pair = pair.debit(now).map_err(|free_at| Limited::Pair { after: free_at.since(now) })?;
        if self.pairs.len() >= PAIRS_MAX {
            self.pairs.retain(|_, pair| !pair.is_paid(now));
        }
        if self.pairs.len() < PAIRS_MAX {
            self.pairs.insert(of, pair);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_holds_the_rate_and_no_more() {
        let (limiter, now) = (Limiter::default(), Timestamp::from_secs(1_800_000_000));
        let take = |person, now| limiter.take(ChannelId(1), 80, Some(RecipientKey(person)), now);
        for person in 0..80 {
            assert_eq!(take(person, now), Ok(()));
        }
        assert!(matches!(take(80, now), Err(Limited::Rate { .. })));
        assert_eq!(take(80, now + Duration::from_millis(13)), Ok(()));
        assert_eq!(limiter.take(ChannelId(2), 80, Some(RecipientKey(1)), now), Ok(()), "numbers are apart");
    }

    #[test]
    fn who_was_held_up_on_the_way_is_not_too_fast() {
        let (limiter, then) = (Limiter::default(), Timestamp::from_secs(1_800_000_000));
        let take = |person, now| limiter.take(ChannelId(1), 80, Some(RecipientKey(person)), now);
        assert_eq!(take(1, then + Duration::from_secs(30)), Ok(()));
        assert_eq!(take(2, then), Ok(()), "the second after the first, whatever its own clock says");
        assert_eq!(take(1, then + Duration::from_secs(5)), Ok(()), "nor is the person");
    }

    #[test]
    fn one_person_gets_a_burst_and_then_a_pause() {
        let (limiter, now) = (Limiter::default(), Timestamp::from_secs(1_800_000_000));
        let take = |now| limiter.take(ChannelId(1), 1_000, Some(RecipientKey(7)), now);
        for _ in 0..45 {
            assert_eq!(take(now), Ok(()));
        }
        assert_eq!(take(now), Err(Limited::Pair { after: Duration::from_secs(45 * 6) }));
        assert_eq!(limiter.take(ChannelId(1), 1_000, None, now), Ok(()), "no pair limit");
    }
}
