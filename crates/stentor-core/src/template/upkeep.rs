//! What time alone does to a template: pauses end, an announced category comes, what was deleted or put away goes for
//! good. Asked by the program's upkeep of the registry; reads no clock.

use std::time::Duration;

use super::kind::TemplateStatus;
use crate::registry::Template;
use crate::time::Timestamp;

/// A category is announced this long before it comes (facts/meta 4.5).
pub const CATEGORY_NOTICE: Duration = Duration::from_hours(24);
/// What was deleted keeps its name, and what is queued of it still goes, for this long (facts/meta 4.2).
pub const DELETION: Duration = Duration::from_hours(30 * 24);
/// What was put away is deleted after this long (facts/meta 4.4).
pub const ARCHIVED_FOR: Duration = Duration::from_hours(28 * 24);

/// What happens to a template by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Its pause ends.
    Unpause,
    /// It gets the category that was announced.
    Recategorise,
    /// It was put away so long that it is deleted.
    Delete,
    /// Its name is free again: the row goes.
    Forget,
}

/// What happens next to a template by itself, and when. A fixture is paused and
/// announced another category by a hand only, which means it; it is never deleted by itself.
///
/// ```
/// use std::time::Duration;
/// use stentor_core::{id::*, registry::Template, template::*, time::Timestamp};
/// let now = Timestamp::from_secs(1_800_000_000);
/// let new = Template::new(TemplateId(1), AccountId(2), ("sale", "en"), Category::Marketing, String::new(), now);
/// assert_eq!(next_moment(&new), None);
/// let deleted = Template { deleted_at: Some(now), ..new };
/// assert_eq!(next_moment(&deleted), Some((now + Duration::from_hours(720), Moment::Forget)));
/// ```
#[must_use]
pub fn next_moment(template: &Template) -> Option<(Timestamp, Moment)> {
    if let Some(at) = template.deleted_at {
        return Some((at + DELETION, Moment::Forget));
    }
    let health = &template.health;
    let unpause = health.paused_until.filter(|_| template.status == TemplateStatus::Paused);
    let category = health.category_at.filter(|_| health.correct_category.is_some());
    let archived =
        template.archived_at.filter(|_| template.status == TemplateStatus::Archived && !template.pinned);
    let moments = [
        unpause.map(|at| (at, Moment::Unpause)),
        category.map(|at| (at, Moment::Recategorise)),
        archived.map(|at| (at + ARCHIVED_FOR, Moment::Delete)),
    ];
    moments.into_iter().flatten().min_by_key(|(at, _)| *at)
}
