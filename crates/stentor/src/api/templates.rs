//! Templates in both shapes: 360dialog's `/v1/configs/templates` and Meta's `/message_templates`. One truth, two faces.

mod legacy;
mod meta;
pub(super) mod write;

use std::sync::Arc;

use stentor_core::template::TemplateStatus;

use utoipa_axum::router::OpenApiRouter;

use super::state::AppState;
use crate::registry::Registered;
use crate::translate;
use stentor_wire::template::Listing;

/// Their paths.
pub fn routes() -> OpenApiRouter<Arc<AppState>> {
    legacy::routes().merge(meta::routes())
}

/// One template, told by `tell`; `None` only when its stored text is damaged.
fn listed<T>(registered: &Registered, tell: impl FnOnce(&Listing<'_>) -> T) -> Option<T> {
    let definition = translate::registered(&registered.template).ok()?;
    Some(tell(&translate::listing(&registered.template, &definition)))
}

/// A status by either family's word.
fn status_word(word: &str) -> Option<TemplateStatus> {
    if word.eq_ignore_ascii_case("submitted") {
        return Some(TemplateStatus::Pending);
    }
    TemplateStatus::parse(word)
}
