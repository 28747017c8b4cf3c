//! From what people do to a template's score, and from a bad score to a pause. Asked by the simulated network and by
//! whoever moves a template by hand; facts/meta 4.4 has the lengths, the thresholds are ours (Meta names none).

use std::time::Duration;

use super::kind::{PauseTitle, Quality};

/// Deliveries before a score is given.
pub const SAMPLE_MIN: u32 = 100;
/// Blocks per thousand deliveries from which a template is YELLOW.
const YELLOW_PER_MILLE: u64 = 15;
/// Blocks per thousand deliveries from which it is RED.
const RED_PER_MILLE: u64 = 30;

/// The score of so many deliveries and blocks; UNKNOWN while fewer than `sample_min` were delivered.
///
/// ```
/// use stentor_core::template::{Quality, SAMPLE_MIN, score};
/// assert_eq!(score(99, 99, SAMPLE_MIN), Quality::Unknown);
/// assert_eq!(score(1_000, 14, SAMPLE_MIN), Quality::Green);
/// assert_eq!(score(1_000, 15, SAMPLE_MIN), Quality::Yellow);
/// assert_eq!(score(1_000, 30, SAMPLE_MIN), Quality::Red);
/// ```
#[must_use]
pub fn score(delivered: u32, blocks: u32, sample_min: u32) -> Quality {
    if delivered < sample_min.max(1) {
        return Quality::Unknown;
    }
    match u64::from(blocks) * 1_000 / u64::from(delivered) {
        RED_PER_MILLE.. => Quality::Red,
        YELLOW_PER_MILLE.. => Quality::Yellow,
        _ => Quality::Green,
    }
}

/// What RED brings to a template that was paused `pauses` times before: its title, and for how long; `None`: disabled
/// for ever.
///
/// ```
/// use stentor_core::template::{PauseTitle, pause};
/// let hours = |pauses| pause(pauses).map(|(title, length)| (title, length.as_secs() / 3_600));
/// assert_eq!(hours(0), Some((PauseTitle::FirstPause, 3)));
/// assert_eq!(hours(1), Some((PauseTitle::SecondPause, 6)));
/// assert_eq!(hours(2), None);
/// ```
#[must_use]
pub const fn pause(pauses: u32) -> Option<(PauseTitle, Duration)> {
    match pauses {
        0 => Some((PauseTitle::FirstPause, Duration::from_hours(3))),
        1 => Some((PauseTitle::SecondPause, Duration::from_hours(6))),
        _ => None,
    }
}
