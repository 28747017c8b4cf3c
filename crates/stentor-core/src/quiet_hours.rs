//! Quiet hours in the person's local time: whether a marketing message may leave now, must wait, or cannot wait long enough.
//! Pure: the time is an argument, the time zones are built in. Asked when a message is accepted and before it leaves.
//!
//! Where a person may be in several zones, every one of them must be outside its quiet hours. They begin a minute early
//! ([`LEAD`]), so that what is on its way out has left when they do.

mod areas;
mod countries;
mod place;

use std::fmt;
use std::time::Duration;

use jiff::tz::TimeZone;

pub use place::{Place, place, zone};

use crate::time::Timestamp;

/// How long before the quiet hours nothing more is begun.
pub const LEAD: Duration = Duration::from_mins(1);
/// A time outside the quiet hours of all zones is looked for so far ahead; beyond that there is none.
const HORIZON: Duration = Duration::from_hours(8 * 24);
/// Steps of that search: some for each zone and day.
const STEPS_MAX: usize = 512;
const DAY_MIN: u16 = 24 * 60;
const DAY_MS: i64 = 86_400_000;

/// A span of the day in local time, which may go over midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuietHours {
    /// Minutes after midnight: the first that is quiet.
    from: u16,
    /// The first that is not.
    to: u16,
}

/// Why a text is no [`QuietHours`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuietHoursError {
    /// Not two times of day.
    #[error("must be two times of day such as 21:00-08:00")]
    Shape,
    /// They begin when they end.
    #[error("begin when they end: nothing could ever be sent")]
    Always,
}

impl QuietHours {
    /// Reads `21:00-08:00`.
    ///
    /// ```
    /// use stentor_core::quiet_hours::{QuietHours, QuietHoursError};
    /// assert_eq!(QuietHours::parse("21:00-08:00").unwrap().to_string(), "21:00-08:00");
    /// assert_eq!(QuietHours::parse("9-17"), Err(QuietHoursError::Shape));
    /// assert_eq!(QuietHours::parse("08:00-08:00"), Err(QuietHoursError::Always));
    /// ```
    ///
    /// # Errors
    /// When it is something else, or leaves no time of day.
    pub fn parse(text: &str) -> Result<Self, QuietHoursError> {
        let minutes = |text: &str| {
            let (hours, minutes) = text.trim().split_once(':')?;
            let is_two = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
            let (h, m) = (hours.parse::<u16>().ok()?, minutes.parse::<u16>().ok()?);
            (is_two(hours) && is_two(minutes) && h < 24 && m < 60).then_some(h * 60 + m)
        };
        let times = text.split_once('-').and_then(|(from, to)| Some((minutes(from)?, minutes(to)?)));
        match times {
            None => Err(QuietHoursError::Shape),
            Some((from, to)) if from == to => Err(QuietHoursError::Always),
            Some((from, to)) => Ok(Self { from, to }),
        }
    }

    /// Whether it is quiet there at that time, [`LEAD`] not counted.
    #[must_use]
    pub fn is_quiet(self, at: Timestamp, zone: &TimeZone) -> bool {
        let minute = u16::try_from(local_ms(at, zone).rem_euclid(DAY_MS) / 60_000).unwrap_or(0);
        let since = |from: u16| (minute + DAY_MIN - from) % DAY_MIN;
        since(self.from) < (self.to + DAY_MIN - self.from) % DAY_MIN
    }

    /// With [`LEAD`] before them.
    fn led(self) -> Self {
        let from = (self.from + DAY_MIN - 1) % DAY_MIN;
        // Hours that leave one minute of the day keep it.
        if from == self.to { self } else { Self { from, ..self } }
    }

    /// The end of the quiet time that `at` lies in: of a clock that jumps over it, the jump.
    fn end(self, mut at: Timestamp, zone: &TimeZone) -> Timestamp {
        for _ in 0..STEPS_MAX {
            let of_day = local_ms(at, zone).rem_euclid(DAY_MS);
            let left = (i64::from(self.to) * 60_000 - of_day).rem_euclid(DAY_MS);
            let end = at + Duration::from_millis(left.unsigned_abs());
            match next_change(at, zone).filter(|change| *change <= end) {
                Some(change) if self.is_quiet(change, zone) => at = change,
                Some(change) => return change,
                None => return end,
            }
        }
        at
    }
}

impl fmt::Display for QuietHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to } = self;
        write!(f, "{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60)
    }
}

/// What quiet hours say about a message. The sentences name the zone and how it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may go.
    Go,
    /// Not before then.
    Wait {
        /// When it is over everywhere the person may be.
        until: Timestamp,
        /// Whose night it is.
        why: String,
    },
    /// They last past the deadline, or leave no time that suits every zone.
    Never {
        /// Whose night it is.
        why: String,
    },
}

/// Whether a message that must leave before `deadline` may go at `now`.
///
/// ```
/// use stentor_core::quiet_hours::{QuietHours, Verdict, place, verdict};
/// use stentor_core::{time::Timestamp, ttl::LONGEST};
/// let (night, berlin) = (QuietHours::parse("21:00-08:00").unwrap(), place("4915112345678", None));
/// let at_23 = Timestamp::from_secs(1_800_050_400); // 2027-01-15T22:00Z
/// let eight = at_23 + std::time::Duration::from_hours(9);
/// let Verdict::Wait { until, why } = verdict(night, &berlin, at_23, at_23 + LONGEST) else { panic!() };
/// assert_eq!((until, why.as_str()), (eight, "quiet hours 21:00-08:00 in Europe/Berlin (by its country DE)"));
/// assert!(matches!(verdict(night, &berlin, at_23, eight), Verdict::Never { .. }));
/// assert_eq!(verdict(night, &berlin, eight, at_23 + LONGEST), Verdict::Go);
/// ```
#[must_use]
pub fn verdict(hours: QuietHours, place: &Place, now: Timestamp, deadline: Timestamp) -> Verdict {
    let led = hours.led();
    let mut at = now;
    let mut last: Option<&TimeZone> = None;
    for _ in 0..STEPS_MAX {
        let quiet = place.zones.iter().filter(|zone| led.is_quiet(at, zone));
        let Some((end, zone)) = quiet.map(|zone| (led.end(at, zone), zone)).max_by_key(|(end, _)| *end)
        else {
            return match last {
                None => Verdict::Go,
                Some(zone) => Verdict::Wait { until: at, why: why(hours, zone, place) },
            };
        };
        last = Some(zone);
        if end >= deadline || end > now + HORIZON {
            break;
        }
        at = end;
    }
    Verdict::Never { why: last.map_or_else(String::new, |zone| why(hours, zone, place)) }
}

fn why(hours: QuietHours, zone: &TimeZone, place: &Place) -> String {
    format!("quiet hours {hours} in {} ({})", zone.iana_name().unwrap_or("UTC"), place.why)
}

/// How many minutes the clock there is ahead of UTC: of the first zone, where there are several; 0 where none is known.
#[must_use]
pub fn local_minutes(place: &Place, at: Timestamp) -> i16 {
    let ahead = place.zones.first().map_or(0, |zone| local_ms(at, zone) - at.millis());
    i16::try_from(ahead / 60_000).unwrap_or(0)
}

/// Milliseconds of the local clock; UTC where no calendar holds the time.
fn local_ms(at: Timestamp, zone: &TimeZone) -> i64 {
    let offset = jiff::Timestamp::from_millisecond(at.millis()).map(|at| zone.to_offset(at).seconds());
    at.millis() + i64::from(offset.unwrap_or(0)) * 1_000
}

/// When the zone's clock is changed next.
fn next_change(at: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let at = jiff::Timestamp::from_millisecond(at.millis()).ok()?;
    let change = zone.following(at).next()?;
    Some(Timestamp::from_millis(change.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests;
