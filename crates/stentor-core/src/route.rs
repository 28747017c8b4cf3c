//! The two ways a message can take, and what each is priced as (facts/meta 1.3, 6.2).

use crate::template::Category;

/// Which endpoint's way a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Route {
    /// `/messages`: immediate, first come, first served; no marketing TTL.
    Classic,
    /// `/marketing_messages`: optimised delivery.
    Optimised,
}

impl Route {
    /// The word in the store and the timeline.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Classic => "classic",
            Self::Optimised => "optimised",
        }
    }

    /// The route of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Classic, Self::Optimised].into_iter().find(|r| r.as_str() == word)
    }
}

/// `pricing.category` of a message's statuses: the only proof of the route a customer gets.
///
/// ```
/// use stentor_core::{route::{Route, pricing_category}, template::Category};
/// assert_eq!(pricing_category(Some(Category::Marketing), Route::Optimised), "marketing_lite");
/// assert_eq!(pricing_category(Some(Category::Marketing), Route::Classic), "marketing");
/// assert_eq!(pricing_category(None, Route::Classic), "service");
/// ```
#[must_use]
pub const fn pricing_category(category: Option<Category>, route: Route) -> &'static str {
    match (category, route) {
        (Some(Category::Marketing), Route::Optimised) => "marketing_lite",
        (Some(Category::Marketing), Route::Classic) => "marketing",
        (Some(Category::Utility), _) => "utility",
        (Some(Category::Authentication), _) => "authentication",
        (None, _) => "service",
    }
}
