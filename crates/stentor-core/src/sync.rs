//! The clock of a marketing template's sync with the ad account, and what a message of an unsynced one does.
//!
//! A new template syncs for up to 10 min from its approval; one idle for more than 7 days again from its first new use.
//! A validated request counts as that use whatever then becomes of it. With a real upstream this is an estimate.

use std::time::Duration;

use crate::registry::SyncPolicy;
use crate::time::Timestamp;

/// How long a sync takes, at most.
pub const SYNC: Duration = Duration::from_mins(10);
/// A template unused for longer than this syncs again.
pub const IDLE: Duration = Duration::from_hours(7 * 24);

/// What the sync of one template depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyncClock {
    /// When it last became APPROVED.
    pub approved_at: Timestamp,
    /// Its last use.
    pub last_used_at: Option<Timestamp>,
    /// Its last first use after more than 7 idle days.
    pub resynced_at: Option<Timestamp>,
}

/// Where the sync stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncState {
    /// It can be sent.
    Synced,
    /// It cannot be sent yet.
    Syncing {
        /// From here on it can.
        until: Timestamp,
    },
}

/// What becomes of a message because of its template's sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncVerdict {
    /// Nothing: it goes.
    Go,
    /// Refused with 134101.
    Refuse,
    /// Accepted, and it waits.
    Hold {
        /// Until here; the time counts against the TTL.
        until: Timestamp,
    },
    /// It goes without score, click token and conversion.
    GoUnsynced,
}

/// The sync as a request at `now` finds it: for a template idle too long, a request starts the ten minutes.
///
/// ```
/// use stentor_core::{sync::{SyncClock, SyncState, state, used}, time::Timestamp};
/// let minute = |n: i64| Timestamp::from_secs(n * 60);
/// let new = SyncClock { approved_at: minute(0), last_used_at: None, resynced_at: None };
/// assert_eq!(state(&new, minute(9)), SyncState::Syncing { until: minute(10) });
/// assert_eq!(state(&new, minute(10)), SyncState::Synced);
/// // Eight days later nobody has used it: the first request starts the clock again.
/// let idle = minute(8 * 24 * 60);
/// let woken = used(&new, idle);
/// assert_eq!(state(&new, idle), SyncState::Syncing { until: idle + stentor_core::sync::SYNC });
/// assert_eq!(state(&woken, idle + stentor_core::sync::SYNC), SyncState::Synced);
/// ```
#[must_use]
pub fn state(clock: &SyncClock, now: Timestamp) -> SyncState {
    let idle_since = clock.last_used_at.unwrap_or(clock.approved_at).max(clock.approved_at);
    let started = if now.since(idle_since) > IDLE {
        now
    } else {
        clock.approved_at.max(clock.resynced_at.unwrap_or_default())
    };
    let until = started + SYNC;
    if now < until { SyncState::Syncing { until } } else { SyncState::Synced }
}

/// The clock after a validated request at `now`: to be stored, whatever became of the request.
#[must_use]
pub fn used(clock: &SyncClock, now: Timestamp) -> SyncClock {
    let idle_since = clock.last_used_at.unwrap_or(clock.approved_at).max(clock.approved_at);
    let resynced_at = if now.since(idle_since) > IDLE { Some(now) } else { clock.resynced_at };
    SyncClock { last_used_at: Some(now.max(idle_since)), resynced_at, ..*clock }
}

/// What becomes of a message under a channel's policy.
///
/// ```
/// use stentor_core::{registry::SyncPolicy, sync::{SyncState, SyncVerdict, verdict}, time::Timestamp};
/// let until = Timestamp::from_secs(600);
/// assert_eq!(verdict(SyncPolicy::Reject, SyncState::Syncing { until }), SyncVerdict::Refuse);
/// assert_eq!(verdict(SyncPolicy::Hold, SyncState::Syncing { until }), SyncVerdict::Hold { until });
/// assert_eq!(verdict(SyncPolicy::Reject, SyncState::Synced), SyncVerdict::Go);
/// ```
#[must_use]
pub const fn verdict(policy: SyncPolicy, state: SyncState) -> SyncVerdict {
    match (state, policy) {
        (SyncState::Synced, _) => SyncVerdict::Go,
        (SyncState::Syncing { .. }, SyncPolicy::Reject) => SyncVerdict::Refuse,
        (SyncState::Syncing { until }, SyncPolicy::Hold) => SyncVerdict::Hold { until },
        (SyncState::Syncing { .. }, SyncPolicy::Send) => SyncVerdict::GoUnsynced,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const APPROVED: Timestamp = Timestamp::from_secs(1_000_000);

    fn clock() -> SyncClock {
        SyncClock { approved_at: APPROVED, last_used_at: None, resynced_at: None }
    }

    #[test]
    fn seven_idle_days_to_the_millisecond() {
        let used_once = used(&clock(), APPROVED + SYNC);
        let edge = APPROVED + SYNC + IDLE;
        assert_eq!(state(&used_once, edge), SyncState::Synced);
        let late = edge + Duration::from_millis(1);
        assert_eq!(state(&used_once, late), SyncState::Syncing { until: late + SYNC });
        assert_eq!(used(&used_once, edge).resynced_at, None);
        assert_eq!(used(&used_once, late).resynced_at, Some(late));
    }

    #[test]
    fn requests_while_it_syncs_do_not_prolong_it() {
        let start = APPROVED + Duration::from_hours(24 * 30);
        let mut clock = used(&clock(), start);
        for minute in 0..10 {
            let now = start + Duration::from_mins(minute);
            assert_eq!(state(&clock, now), SyncState::Syncing { until: start + SYNC });
            clock = used(&clock, now);
        }
        assert_eq!(state(&clock, start + SYNC), SyncState::Synced);
    }

    #[test]
    fn a_new_approval_starts_it_again() {
        let clock = SyncClock { approved_at: APPROVED + IDLE * 3, ..used(&clock(), APPROVED + SYNC) };
        let now = clock.approved_at + Duration::from_secs(1);
        assert_eq!(state(&clock, now), SyncState::Syncing { until: clock.approved_at + SYNC });
    }

    proptest! {
        /// However it is used: a request ten minutes after any other, and less than seven days after it, goes through.
        #[test]
        fn patience_is_rewarded(gaps in proptest::collection::vec(0_u64..30 * 86_400, 1..20), wait in 600_u64..7 * 86_400) {
            let mut clock = clock();
            let mut now = APPROVED;
            for gap in gaps {
                now = now + Duration::from_secs(gap);
                clock = used(&clock, now);
            }
            prop_assert_eq!(state(&clock, now + Duration::from_secs(wait)), SyncState::Synced);
        }
    }
}
