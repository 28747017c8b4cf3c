//! How long a message may be tried: ranges and defaults by category, and the deadline that bounds our own sending.
//!
//! `accepted_at + TTL` bounds us; after hand-over the upstream's TTL counts anew. Expiry there is silent, so what is
//! not delivered by `sent_at + TTL + 1 h` counts as expired, undetermined (facts/meta 1.5).

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::route::Route;
use crate::template::Category;
use crate::time::Timestamp;

/// How long WhatsApp tries a message without a TTL of its own.
pub const LONGEST: Duration = Duration::from_hours(30 * 24);
/// `message_send_ttl_seconds` of a utility or authentication template that asks for [`LONGEST`].
pub const UNLIMITED_SECS: i64 = -1;
/// How late after its TTL a status may still come.
pub const LATE_STATUS: Duration = Duration::from_hours(1);
const AUTHENTICATION_DEFAULT: Duration = Duration::from_mins(10);

/// A `message_send_ttl_seconds` that cannot be (error 100).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TtlError {
    /// On a template, outside its category's range.
    #[error("{secs} is outside {} to {} seconds for {category}{}", range(*category).start(), range(*category).end(),
        if *category == Category::Marketing { "" } else { ", or -1 for 30 days" })]
    Template {
        /// What was given.
        secs: i64,
        /// The template's category.
        category: Category,
    },
    /// On a send, outside the marketing range.
    #[error("{secs} is outside {} to {} seconds; leave it away to use the template's", range(Category::Marketing).start(),
        range(Category::Marketing).end())]
    Send {
        /// What was given.
        secs: i64,
    },
}

/// The seconds a template of this category may set.
///
/// ```
/// use stentor_core::{template::Category, ttl::range};
/// assert_eq!(range(Category::Marketing), 43_200..=2_592_000);
/// ```
#[must_use]
pub const fn range(category: Category) -> RangeInclusive<i64> {
    match category {
        Category::Marketing => 43_200..=2_592_000,
        Category::Utility => 30..=43_200,
        Category::Authentication => 30..=900,
    }
}

/// The TTL of a template that sets none.
#[must_use]
pub const fn default(category: Category) -> Duration {
    match category {
        Category::Marketing | Category::Utility => LONGEST,
        Category::Authentication => AUTHENTICATION_DEFAULT,
    }
}

/// Whether a template of this category may set this TTL.
///
/// ```
/// use stentor_core::{template::Category, ttl::check_template};
/// assert!(check_template(Category::Utility, -1).is_ok());
/// assert_eq!(
///     check_template(Category::Marketing, 120).unwrap_err().to_string(),
///     "120 is outside 43200 to 2592000 seconds for MARKETING",
/// );
/// ```
///
/// # Errors
/// Outside the category's range, or -1 for marketing.
pub fn check_template(category: Category, secs: i64) -> Result<(), TtlError> {
    let unlimited = secs == UNLIMITED_SECS && category != Category::Marketing;
    if unlimited || range(category).contains(&secs) {
        Ok(())
    } else {
        Err(TtlError::Template { secs, category })
    }
}

/// Whether a send to `/marketing_messages` may carry this TTL (our extension: it shortens our deadline).
///
/// # Errors
/// Outside the marketing range.
pub fn check_send(secs: i64) -> Result<(), TtlError> {
    if range(Category::Marketing).contains(&secs) { Ok(()) } else { Err(TtlError::Send { secs }) }
}

/// How long a message is tried by WhatsApp after hand-over: what its template and its way come to.
///
/// A marketing TTL is honoured the optimised way only, the others the classic way; a message without a template has 30 days.
///
/// ```
/// use std::time::Duration;
/// use stentor_core::{route::Route, template::Category, ttl::{LONGEST, upstream_ttl}};
/// let day = Some(86_400);
/// assert_eq!(upstream_ttl(Some(Category::Marketing), Route::Optimised, day), Duration::from_secs(86_400));
/// assert_eq!(upstream_ttl(Some(Category::Marketing), Route::Classic, day), LONGEST);
/// assert_eq!(upstream_ttl(Some(Category::Authentication), Route::Classic, None), Duration::from_secs(600));
/// assert_eq!(upstream_ttl(Some(Category::Authentication), Route::Classic, Some(-1)), LONGEST);
/// ```
#[must_use]
pub fn upstream_ttl(category: Option<Category>, route: Route, template_secs: Option<i64>) -> Duration {
    let Some(category) = category else { return LONGEST };
    if (category, route) == (Category::Marketing, Route::Classic) {
        return LONGEST;
    }
    match template_secs {
        None => default(category),
        Some(secs) => u64::try_from(secs).map_or(LONGEST, Duration::from_secs),
    }
}

/// The time at and after which we no longer send a message: `accepted_at` + TTL, shortened by the send's own.
///
/// ```
/// use stentor_core::{route::Route, template::Category, time::Timestamp, ttl::deadline};
/// let at = Timestamp::from_secs(0);
/// let until = |template, send| deadline(at, Some(Category::Marketing), Route::Optimised, template, send).secs();
/// assert_eq!(until(None, None), 2_592_000);
/// assert_eq!(until(Some(86_400), Some(43_200)), 43_200);
/// assert_eq!(until(Some(43_200), Some(86_400)), 43_200, "a send may only shorten");
/// ```
#[must_use]
pub fn deadline(
    accepted_at: Timestamp,
    category: Option<Category>,
    route: Route,
    template_secs: Option<i64>,
    send_secs: Option<i64>,
) -> Timestamp {
    let ttl = upstream_ttl(category, route, template_secs);
    let own = send_secs.filter(|_| route == Route::Optimised).and_then(|secs| u64::try_from(secs).ok());
    accepted_at + own.map_or(ttl, |secs| ttl.min(Duration::from_secs(secs)))
}

/// When a message that was handed over and never delivered counts as expired.
#[must_use]
pub fn expiry(sent_at: Timestamp, ttl: Duration) -> Timestamp {
    sent_at + ttl + LATE_STATUS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_include_their_ends() {
        for category in Category::ALL.iter().copied() {
            let (first, last) = range(category).into_inner();
            for (secs, fine) in
                [(first, true), (last, true), (first - 1, false), (last + 1, false), (0, false)]
            {
                assert_eq!(check_template(category, secs).is_ok(), fine, "{category} {secs}");
            }
            assert_eq!(check_template(category, -1).is_ok(), category != Category::Marketing);
        }
        let error = check_template(Category::Authentication, 901).unwrap_err().to_string();
        assert_eq!(error, "901 is outside 30 to 900 seconds for AUTHENTICATION, or -1 for 30 days");
        assert_eq!(
            check_send(60).unwrap_err().to_string(),
            "60 is outside 43200 to 2592000 seconds; leave it away to use the template's"
        );
    }

    #[test]
    fn a_send_shortens_the_optimised_way_only() {
        let at = Timestamp::from_secs(1_000);
        let of = |category, route, send| deadline(at, category, route, None, send).since(at);
        assert_eq!(of(Some(Category::Marketing), Route::Classic, Some(43_200)), LONGEST);
        assert_eq!(of(None, Route::Classic, None), LONGEST);
        assert_eq!(of(Some(Category::Marketing), Route::Optimised, Some(43_200)).as_secs(), 43_200);
        assert_eq!(expiry(at, Duration::from_secs(60)).secs(), 1_000 + 60 + 3_600);
    }
}
