//! What an upstream's answer to a send means, and what comes next.
//!
//! The dispatcher hands in what happened and how often it was tried; it gets the one next step back and commits it.
//! "I don't know" is an outcome of its own: what may have been taken is never blindly sent again.

use std::time::Duration;

use crate::reason::{self, Retry, reason};
use crate::registry::PausedPolicy;
use crate::time::Timestamp;

/// What happened to one send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The upstream took it and named it.
    Taken {
        /// The upstream's id (wamid).
        upstream_id: String,
        /// It said `held_for_quality_assessment`: sent or failed (132015) later.
        held: bool,
    },
    /// The upstream answered with an error body.
    Refused {
        /// `error.code`.
        code: u32,
        /// HTTP status of the answer.
        http: u16,
        /// `error_data.details`, or the message where there are none.
        details: String,
        /// `Retry-After`, where given.
        retry_after: Option<Duration>,
    },
    /// It surely never left us.
    NotSent {
        /// Why not.
        why: NotSent,
    },
    /// It may have been taken.
    Ambiguous {
        /// Why nobody can tell.
        why: Ambiguous,
    },
}

impl Outcome {
    /// The upstream's code, where the error table has no row for it: worth reporting, for nobody decided about it.
    #[must_use]
    pub fn unknown_code(&self) -> Option<u32> {
        match self {
            Self::Refused { code, .. } if reason(*code).is_none() => Some(*code),
            _ => None,
        }
    }

    /// Whether the request surely was not taken, so that what was debited for it is given back: it never left, or was
    /// refused before it was processed. `next`: what [`next`] decided from it.
    #[must_use]
    pub const fn is_surely_not_taken(&self, next: &Next) -> bool {
        match self {
            Self::NotSent { .. } => true,
            Self::Refused { .. } => matches!(next, Next::Retry { .. } | Next::Fail { .. }),
            Self::Taken { .. } | Self::Ambiguous { .. } => false,
        }
    }

    /// The outcome in words for the timeline; carries the upstream's own details, never an address.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Taken { held: false, .. } => "taken".to_owned(),
            Self::Taken { held: true, .. } => "taken, held for quality assessment".to_owned(),
            Self::Refused { code, http, details, .. } => {
                let known = if reason(*code).is_some() { "" } else { ", a code that is not known here" };
                format!("refused with {code} (HTTP {http}{known}): {details}")
            }
            Self::NotSent { why: NotSent::Connect } => "not sent: no connection".to_owned(),
            Self::NotSent { why: NotSent::NeverWritten } => {
                "not sent: the connection closed before the request".to_owned()
            }
            Self::NotSent { why: NotSent::PoolFull } => "not sent: all connections in use".to_owned(),
            Self::Ambiguous { why: Ambiguous::Timeout } => "no answer in time".to_owned(),
            Self::Ambiguous { why: Ambiguous::Reset } => "the connection broke before the answer".to_owned(),
            Self::Ambiguous { why: Ambiguous::ServerError } => {
                "a server error without an error body".to_owned()
            }
            Self::Ambiguous { why: Ambiguous::Busy { .. } } => {
                "a server error without an error body that asks to wait".to_owned()
            }
            Self::Ambiguous { why: Ambiguous::Unreadable } => "an answer that cannot be read".to_owned(),
        }
    }
}

/// What an outcome says of the upstream's patience with the channel as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pressure {
    /// It refuses for speed: less a second.
    pub is_limit: bool,
    /// It asks to be left alone for so long (`Retry-After`).
    pub rest: Option<Duration>,
}

/// HTTP's own word for too many requests: refused before anything was looked at, whatever the code beside it.
const TOO_MANY_REQUESTS: u16 = 429;
/// Limits of the number, the account and the app (facts/meta 5.2): they speak of the channel, not of the message.
const LIMITS: [u32; 3] = [4, 80_007, 130_429];
/// Limits of one person: their waiting time is that person's own.
const OF_A_PERSON: [u32; 2] = [131_049, 131_056];

/// Whether the outcome asks the channel to slow down or to rest; `None`: it does not.
///
/// ```
/// use std::time::Duration;
/// use stentor_core::outcome::{Outcome, Pressure, pressure};
/// let refused = |code, http, secs: Option<u64>| {
///     let retry_after = secs.map(Duration::from_secs);
///     pressure(&Outcome::Refused { code, http, details: String::new(), retry_after })
/// };
/// assert_eq!(refused(130_429, 400, None), Some(Pressure { is_limit: true, rest: None }));
/// assert_eq!(refused(131_016, 503, Some(9)), Some(Pressure { is_limit: false, rest: Some(Duration::from_secs(9)) }));
/// assert_eq!(refused(131_056, 400, Some(6)), None); // one person's limit
/// assert_eq!(refused(132_001, 404, None), None);
/// ```
#[must_use]
pub fn pressure(outcome: &Outcome) -> Option<Pressure> {
    match outcome {
        Outcome::Refused { code, http, retry_after, .. } => {
            let is_limit = LIMITS.contains(code) || *http == TOO_MANY_REQUESTS;
            let speaks = !OF_A_PERSON.contains(code) && (is_limit || retry_after.is_some());
            speaks.then_some(Pressure { is_limit, rest: *retry_after })
        }
        Outcome::Ambiguous { why: Ambiguous::Busy { retry_after } } => {
            Some(Pressure { is_limit: false, rest: Some(*retry_after) })
        }
        Outcome::Taken { .. } | Outcome::NotSent { .. } | Outcome::Ambiguous { .. } => None,
    }
}

/// Why a request surely never left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotSent {
    /// No connection could be made (name, address, TLS).
    Connect,
    /// The connection was closed before a byte of the request was written.
    NeverWritten,
    /// All connections were in use.
    PoolFull,
}

/// Why nobody can tell whether a request was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ambiguous {
    /// No answer in time after the request was written.
    Timeout,
    /// The connection broke after something was written.
    Reset,
    /// A 5xx without an error body.
    ServerError,
    /// The same, with a `Retry-After`: it asks for quiet.
    Busy {
        /// How long it asks to wait.
        retry_after: Duration,
    },
    /// An answer that cannot be read as one.
    Unreadable,
}

/// What a message waits for before it is sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitKind {
    /// A back-off after trouble on the way.
    Retry,
    /// The upstream's limit of calls or messages a second.
    UpstreamLimit,
    /// The limit of messages to one person.
    Pair,
    /// The template's sync with the ad account.
    Sync,
    /// The template's pause.
    Paused,
    /// The person's marketing cap.
    Cap,
}

/// The one next step after a send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Taken: nothing more to do but wait for statuses.
    Done,
    /// Surely not taken: send again.
    Retry {
        /// How long from now.
        after: Duration,
        /// What it waits for.
        reason: WaitKind,
    },
    /// May have been taken: settle it by evidence, never resend.
    Unknown,
    /// Not taken, and never will be.
    Fail {
        /// Row of the error table, or the upstream's own unknown code.
        code: u32,
    },
}

/// The template is paused.
const PAUSED: u32 = 132_015;
const BACK_OFF_FIRST: Duration = Duration::from_secs(1);
const BACK_OFF_MAX: Duration = Duration::from_mins(15);
/// 4^6 s: a little over an hour.
const PAIR_POWER_MAX: u32 = 6;
/// How long after a template's first use a 131009 may still mean "syncing".
const SYNC_SUSPECT: Duration = Duration::from_mins(15);

/// What comes next after `outcome`.
///
/// `tries`: sends tried so far, this one included (1 = the first). `jitter`: 0..1, drawn by the caller.
/// `deadline`: nothing is sent at or after it. `sync_first_use`: when the template's current use began, if it may be syncing.
/// `paused`: what the channel does where the template is paused.
///
/// ```
/// use std::time::Duration;
/// use stentor_core::outcome::{self, Ambiguous, Next, Outcome, WaitKind};
/// use stentor_core::{registry::PausedPolicy, time::Timestamp};
/// let (now, deadline) = (Timestamp::from_secs(0), Timestamp::from_secs(86_400));
/// let refused = |code, http| Outcome::Refused { code, http, details: String::new(), retry_after: None };
/// let next = |outcome: &Outcome, tries, deadline| {
///     outcome::next(outcome, tries, 0.5, now, deadline, None, PausedPolicy::Hold)
/// };
/// // A limit: back off, at most 1 s after the first try, 2 s after the second ...
/// assert_eq!(
///     next(&refused(130_429, 400), 2, deadline),
///     Next::Retry { after: Duration::from_secs(1), reason: WaitKind::UpstreamLimit },
/// );
/// // Perhaps taken: never blindly again.
/// assert_eq!(next(&Outcome::Ambiguous { why: Ambiguous::Timeout }, 1, deadline), Next::Unknown);
/// assert_eq!(next(&refused(131_000, 500), 1, deadline), Next::Unknown);
/// // Never past the deadline.
/// assert_eq!(next(&refused(134_101, 400), 1, Timestamp::from_secs(60)), Next::Fail { code: 410 });
/// ```
#[must_use]
pub fn next(
    outcome: &Outcome,
    tries: u32,
    jitter: f64,
    now: Timestamp,
    deadline: Timestamp,
    sync_first_use: Option<Timestamp>,
    paused: PausedPolicy,
) -> Next {
    let (after, reason) = match outcome {
        Outcome::Taken { .. } => return Next::Done,
        Outcome::Ambiguous { .. } => return Next::Unknown,
        Outcome::Refused { code: PAUSED, .. } if paused == PausedPolicy::Fail => {
            return Next::Fail { code: PAUSED };
        }
        Outcome::NotSent { .. } => (back_off(tries, jitter), WaitKind::Retry),
        Outcome::Refused { code, http, retry_after, .. } => {
            let syncing = sync_first_use.is_some_and(|first| now.since(first) <= SYNC_SUSPECT);
            match refused(*code, *http, tries, jitter, syncing) {
                Next::Retry { after, reason } => (after.max(retry_after.unwrap_or_default()), reason),
                settled => return settled,
            }
        }
    };
    if now + after >= deadline { Next::Fail { code: reason::EXPIRED } } else { Next::Retry { after, reason } }
}

fn refused(code: u32, http: u16, tries: u32, jitter: f64, syncing: bool) -> Next {
    let Some(row) = reason(code) else { return unknown_code(code, http, tries, jitter) };
    match row.retry {
        Retry::Safe if code == 131_056 => Next::Retry { after: pair(tries), reason: WaitKind::Pair },
        Retry::Safe => Next::Retry { after: back_off(tries, jitter), reason: WaitKind::UpstreamLimit },
        // All of them, also 131057 and 133004: Meta's limits are the only codes known to be refused before processing,
        // and a marketing message doubled is worse than one that waits for evidence.
        Retry::Transient => Next::Unknown,
        Retry::Fix if code == 131_009 && syncing => Next::Retry { after: SYNC, reason: WaitKind::Sync },
        Retry::Fix | Retry::Never => Next::Fail { code },
        Retry::Wait => {
            Next::Retry { after: Duration::from_secs(row.wait_secs.into()), reason: wait_kind(code) }
        }
    }
}

const SYNC: Duration = Duration::from_mins(10);

/// A code we have no row for is sent again only where HTTP itself says that it came too fast: another clear refusal
/// fails, all else stays unknown.
fn unknown_code(code: u32, http: u16, tries: u32, jitter: f64) -> Next {
    match http {
        TOO_MANY_REQUESTS => Next::Retry { after: back_off(tries, jitter), reason: WaitKind::UpstreamLimit },
        400..=407 | 409..=499 => Next::Fail { code },
        _ => Next::Unknown,
    }
}

const fn wait_kind(code: u32) -> WaitKind {
    match code {
        131_049 => WaitKind::Cap,
        PAUSED => WaitKind::Paused,
        134_101 => WaitKind::Sync,
        _ => WaitKind::Retry,
    }
}

/// Full jitter: anything between nothing and 1 s, 2 s, 4 s ... 15 min.
fn back_off(tries: u32, jitter: f64) -> Duration {
    let doubled = BACK_OFF_FIRST.saturating_mul(2_u32.saturating_pow(tries.saturating_sub(1)));
    doubled.min(BACK_OFF_MAX).mul_f64(jitter.clamp(0.0, 1.0))
}

/// 4^X seconds after X earlier refusals, as Meta asks.
fn pair(tries: u32) -> Duration {
    Duration::from_secs(4_u64.pow(tries.saturating_sub(1).min(PAIR_POWER_MAX)))
}

#[cfg(test)]
mod tests;
