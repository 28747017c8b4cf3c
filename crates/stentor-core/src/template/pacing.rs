//! Pacing: the first messages of a template of unknown quality go out, the rest is held until people's reaction to them
//! is known (facts/meta 4.4). Asked at accept, by the simulated network's assessment, and again before a send.

use std::time::Duration;

use super::kind::{Category, Quality, TemplateStatus};
use super::quality::score;
use crate::registry::Template;
use crate::time::Timestamp;

/// No message is held for longer: what is undecided by then goes out.
pub const GUARDRAIL: Duration = Duration::from_hours(1);
/// A pause that pacing made can be ended by hand so long after it began.
pub const UNPAUSE_AFTER: Duration = Duration::from_mins(5);

/// Since when a template's messages are counted for pacing; `None`: they all go out. A fixture is never paced.
///
/// ```
/// use stentor_core::{id::*, registry::Template, template::*, time::Timestamp};
/// let now = Timestamp::from_secs(1_800_000_000);
/// let new = Template::new(TemplateId(1), AccountId(2), ("sale", "en"), Category::Marketing, String::new(), now);
/// let health = new.health.approved(new.category, now);
/// let approved = Template { status: TemplateStatus::Approved, health, ..new };
/// assert_eq!(candidate_since(&approved), Some(now));
/// assert_eq!(candidate_since(&Template { pinned: true, ..approved }), None);
/// ```
#[must_use]
pub fn candidate_since(template: &Template) -> Option<Timestamp> {
    let may = template.category == Category::Marketing && template.status == TemplateStatus::Approved;
    template.health.paced_since.filter(|_| may && !template.pinned && template.deleted_at.is_none())
}

/// Whether one more message of a candidate goes out, of which `passed` did. `first`: how many do.
#[must_use]
pub const fn passes(passed: u32, first: u32) -> bool {
    passed < first
}

/// How an assessment ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assessment {
    /// People like it: what is held goes out.
    Good,
    /// People block it: what is held fails with 132015, the template is paused until a hand ends it.
    Bad,
    /// Too few reacted within [`GUARDRAIL`]: what is held goes out.
    Undecided,
}

/// The assessment after so many deliveries and blocks, `held_for` after the first message was held; `None`: not yet.
/// `sample_min`: deliveries that are needed for a verdict, at least 1.
///
/// ```
/// use std::time::Duration;
/// use stentor_core::template::{Assessment, assess};
/// let minutes = Duration::from_mins;
/// assert_eq!(assess(200, 1, 100, minutes(5)), Some(Assessment::Good));
/// assert_eq!(assess(200, 60, 100, minutes(5)), Some(Assessment::Bad));
/// assert_eq!(assess(20, 0, 100, minutes(5)), None);
/// assert_eq!(assess(20, 20, 100, minutes(60)), Some(Assessment::Undecided));
/// ```
#[must_use]
pub fn assess(delivered: u32, blocks: u32, sample_min: u32, held_for: Duration) -> Option<Assessment> {
    match score(delivered, blocks, sample_min) {
        Quality::Red => Some(Assessment::Bad),
        Quality::Green | Quality::Yellow => Some(Assessment::Good),
        Quality::Unknown => (held_for >= GUARDRAIL).then_some(Assessment::Undecided),
    }
}

/// What becomes of a message that was held at accept and is looked at again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// It goes out.
    Released,
    /// It is held until then.
    Until(Timestamp),
    /// It fails: 132015.
    Dropped,
}

/// Whether a message accepted at `accepted_at` and held since is let go.
#[must_use]
pub fn held(template: &Template, accepted_at: Timestamp, now: Timestamp) -> Held {
    let guardrail = accepted_at + GUARDRAIL;
    match (template.status, candidate_since(template)) {
        _ if template.deleted_at.is_some() => Held::Released,
        (TemplateStatus::Paused, _) => Held::Dropped,
        // One that became a candidate again after this message was held has had its verdict.
        (_, Some(since)) if since <= accepted_at && now < guardrail => Held::Until(guardrail),
        _ => Held::Released,
    }
}
