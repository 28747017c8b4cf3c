//! What a message costs, as its statuses tell it. Pure; called when a message is taken.

use stentor_core::route::{Route, pricing_category};
use stentor_core::template::Category;
use stentor_core::time::Timestamp;

use crate::event::Pricing;

/// 2026-10-01T00:00:00Z: from here on utility templates inside a customer service window cost something.
const UTILITY_CHARGED_FROM: Timestamp = Timestamp::from_secs(1_790_812_800);

/// The pricing of a message taken at `taken`, inside a customer service window or not.
pub(crate) fn pricing(
    category: Option<Category>,
    route: Route,
    in_window: bool,
    taken: Timestamp,
) -> Pricing {
    let is_free = match category {
        None => true,
        Some(Category::Utility) => in_window && taken < UTILITY_CHARGED_FROM,
        Some(Category::Marketing | Category::Authentication) => false,
    };
    Pricing {
        billable: !is_free,
        model: "PMP",
        kind: if is_free { "free_customer_service" } else { "regular" },
        category: pricing_category(category, route),
    }
}
