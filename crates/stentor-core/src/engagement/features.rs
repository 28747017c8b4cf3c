//! What the model sees of a message: its template, the person, how they stand to each other, and the hour.

use super::entry::{Goal, Sent};
use super::filter::{Effect, Feature};
use super::history::History;
use super::math::ln;
use super::person::{Last, Person};

/// How many features there are, the bias included.
pub const FEATURES: u16 = 64;

/// Days since something, by the upper ends of the bins; the last is open.
const DAY_BINS: [u32; 6] = [1, 3, 7, 14, 30, 90];
const DAY_MINUTES: u32 = 24 * 60;
/// A person's rates are drawn to the account's by so many sends.
const RATE_SHRINK: f64 = 4.0;
/// A template is new while it has fewer matured sends.
const NEW_TEMPLATE_SENDS: f64 = 50.0;

const TEMPLATE_RATE: u16 = 1;
const TEMPLATE_NEW: u16 = 2;
const TEMPLATE_AGE: u16 = 3;
const MEDIA: u16 = 4;
const BUTTONS: u16 = 5;
const READS: u16 = 6;
const CLICKS: u16 = 7;
const REPLIES: u16 = 8;
const NEVER_SENT: u16 = 9;
/// Bins of days since the last read, tap, word and send; each has one more for never.
const LAST: [u16; 4] = [10, 18, 26, 34];
const FATIGUE: u16 = 42;
const EVER_REPLIED: u16 = 46;
const EVER_CONVERTED: u16 = 47;
const INBOUND_TODAY: u16 = 48;
const THEIR_LANGUAGE: u16 = 49;
const OTHER_LANGUAGE: u16 = 50;
const HOUR: u16 = 51;
const WEEKEND: u16 = 59;
const HOUR_COSINE: u16 = 60;
const MEDIA_READS: u16 = 61;
const BUTTONS_CLICKS: u16 = 62;
const HOUR_SINE: u16 = 63;

/// What each feature says when it is positive and when it is negative, in the words of an explanation.
pub const NAMES: [[&str; 2]; FEATURES as usize] = [
    ["the account's usual rate"; 2],
    ["this template does better than the others", "this template does worse than the others"],
    ["the template is new"; 2],
    ["the age of the template"; 2],
    ["it shows media"; 2],
    ["it has buttons"; 2],
    ["reads more often than others", "reads less often than others"],
    ["taps more often than others", "taps less often than others"],
    ["replies more often than others", "replies less often than others"],
    ["was never sent anything before"; 2],
    ["read something within a day"; 2],
    ["read something 1 to 3 days ago"; 2],
    ["read something 3 to 7 days ago"; 2],
    ["read something 1 to 2 weeks ago"; 2],
    ["read something 2 to 4 weeks ago"; 2],
    ["read something 1 to 3 months ago"; 2],
    ["read nothing for 3 months"; 2],
    ["never read anything yet"; 2],
    ["tapped within a day"; 2],
    ["tapped 1 to 3 days ago"; 2],
    ["tapped 3 to 7 days ago"; 2],
    ["tapped 1 to 2 weeks ago"; 2],
    ["tapped 2 to 4 weeks ago"; 2],
    ["tapped 1 to 3 months ago"; 2],
    ["tapped nothing for 3 months"; 2],
    ["never tapped yet"; 2],
    ["wrote within a day"; 2],
    ["wrote 1 to 3 days ago"; 2],
    ["wrote 3 to 7 days ago"; 2],
    ["wrote 1 to 2 weeks ago"; 2],
    ["wrote 2 to 4 weeks ago"; 2],
    ["wrote 1 to 3 months ago"; 2],
    ["wrote nothing for 3 months"; 2],
    ["never wrote yet"; 2],
    ["was sent something within a day"; 2],
    ["was sent something 1 to 3 days ago"; 2],
    ["was sent something 3 to 7 days ago"; 2],
    ["was sent something 1 to 2 weeks ago"; 2],
    ["was sent something 2 to 4 weeks ago"; 2],
    ["was sent something 1 to 3 months ago"; 2],
    ["was sent nothing for 3 months"; 2],
    ["was never sent anything yet"; 2],
    ["had no message in 7 days"; 2],
    ["had one message in 7 days"; 2],
    ["had two messages in 7 days"; 2],
    ["had three or more messages in 7 days"; 2],
    ["replied before"; 2],
    ["converted before"; 2],
    ["wrote within 24 hours"; 2],
    ["it is in their language"; 2],
    ["it is not in their language"; 2],
    ["it leaves between 0 and 3 o'clock"; 2],
    ["it leaves between 3 and 6 o'clock"; 2],
    ["it leaves between 6 and 9 o'clock"; 2],
    ["it leaves between 9 and 12 o'clock"; 2],
    ["it leaves between 12 and 15 o'clock"; 2],
    ["it leaves between 15 and 18 o'clock"; 2],
    ["it leaves between 18 and 21 o'clock"; 2],
    ["it leaves between 21 and 24 o'clock"; 2],
    ["it leaves at the weekend"; 2],
    ["the time of day"; 2],
    ["media suits how often they read", "media does not suit how often they read"],
    ["buttons suit how often they tap", "buttons do not suit how often they tap"],
    ["the time of day"; 2],
];

/// When something leaves, where the person is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// The hour, 0 to 23.
    pub local_hour: u8,
    /// Is it Saturday or Sunday?
    pub is_weekend: bool,
}

/// Of whom a score is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// The person of that key.
    Person(u64),
    /// Somebody of whom nothing may be used (activity sharing off, or a region without profiling): the template alone
    /// decides, so that they are neither punished nor favoured.
    Nobody,
}

/// All but the hour. `person`: `None` for somebody of whom nothing may be used.
pub(super) fn of_message(
    history: &History,
    person: Option<&Person>,
    sent: &Sent,
    minute: u32,
) -> Vec<Feature> {
    let mut row = Vec::with_capacity(28);
    row.push((0, 1.0));
    of_template(history, sent, minute, &mut row);
    let Some(person) = person else { return row };
    let counts = person.counts().at(minute);
    let affinity = |goal: Goal| {
        let account = history.rate(goal);
        ln((counts.engaged[goal.index()] + RATE_SHRINK * account) / (counts.sent + RATE_SHRINK) / account)
    };
    let (reads, clicks) = (affinity(Goal::Read), affinity(Goal::Click));
    row.extend([(READS, reads), (CLICKS, clicks), (REPLIES, affinity(Goal::Reply))]);
    let mut indicate = |index: u16, is_so: bool| {
        if is_so {
            row.push((index, 1.0));
        }
    };
    indicate(NEVER_SENT, person.last(Last::Send).is_none());
    for (first, which) in LAST.into_iter().zip([Last::Read, Last::Click, Last::Inbound, Last::Send]) {
        indicate(first + days_bin(person.last(which), minute), true);
    }
    let fatigue = super::fatigue_bucket(person.sends_in_7_days(minute));
    indicate(FATIGUE + u16::try_from(fatigue).unwrap_or(3), true);
    indicate(EVER_REPLIED, person.has_replied());
    indicate(EVER_CONVERTED, person.has_converted());
    let is_today = |at: u32| minute.saturating_sub(at) < DAY_MINUTES;
    indicate(INBOUND_TODAY, person.last(Last::Inbound).is_some_and(is_today));
    indicate(THEIR_LANGUAGE, sent.is_their_language == Some(true));
    indicate(OTHER_LANGUAGE, sent.is_their_language == Some(false));
    if sent.has_media {
        row.push((MEDIA_READS, reads));
    }
    if sent.has_buttons {
        row.push((BUTTONS_CLICKS, clicks));
    }
    row
}

fn of_template(history: &History, sent: &Sent, minute: u32, row: &mut Vec<Feature>) {
    let against = history.template_rate(sent.template, sent.goal) / history.rate(sent.goal);
    row.push((TEMPLATE_RATE, ln(against)));
    let known = history.templates.get(&sent.template).copied().unwrap_or_default();
    if known.counts.sent < NEW_TEMPLATE_SENDS {
        row.push((TEMPLATE_NEW, 1.0));
    }
    if known.first_minute > 0 {
        let days = f64::from(minute.saturating_sub(known.first_minute)) / f64::from(DAY_MINUTES);
        row.push((TEMPLATE_AGE, 0.25 * ln(1.0 + days)));
    }
    for (index, is_so) in [(MEDIA, sent.has_media), (BUTTONS, sent.has_buttons)] {
        if is_so {
            row.push((index, 1.0));
        }
    }
}

/// What the hour adds.
pub(super) fn of_moment(moment: Moment) -> Vec<Feature> {
    let [_, cosine, sine] = Effect::at_hour(moment.local_hour);
    let mut row = vec![(HOUR + u16::from(moment.local_hour % 24 / 3), 1.0)];
    if moment.is_weekend {
        row.push((WEEKEND, 1.0));
    }
    row.extend([(HOUR_COSINE, cosine), (HOUR_SINE, sine)]);
    row
}

/// Which bin of days; the last is for never.
fn days_bin(at: Option<u32>, minute: u32) -> u16 {
    let Some(at) = at else { return 7 };
    let days = minute.saturating_sub(at) / DAY_MINUTES;
    u16::try_from(DAY_BINS.iter().filter(|&&end| days >= end).count()).unwrap_or(6)
}
