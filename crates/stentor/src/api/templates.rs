//! Templates in both shapes: 360dialog's `/v1/configs/templates` and Meta's `/message_templates`. One truth, two faces.

mod legacy;
mod meta;
pub(super) mod write;

pub use legacy::{create_legacy, delete_legacy, list_legacy};
pub use meta::{create_meta, delete_meta, edit_meta, list_meta, show_meta};

use stentor_core::template::TemplateStatus;

use crate::registry::Registered;
use crate::translate;
use stentor_wire::template::Listing;

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
