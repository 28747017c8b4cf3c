//! The media a send names by id: known, the account's own, in time, and of a kind the message can show. Asked by the
//! send paths before a message is accepted. Where an upstream keeps the media, it is the one that knows.

use stentor_core::media::{MediaKind, Reference};
use stentor_core::template::{Content, MediaSource};
use stentor_wire::send::{self, MediaType, Medium};

use crate::api::error::ApiError;
use crate::api::state::AppState;
use crate::registry::Caller;

/// One id of a send.
struct Named<'a> {
    field: String,
    kind: MediaKind,
    id: &'a str,
}

/// Checks every id of a send: of a template's filling, and of a free-form message. Links are fetched later, by the network.
///
/// # Errors
/// 100, naming the field and what to do.
pub async fn check(
    state: &AppState,
    caller: &Caller,
    template: &Content,
    free: &[Medium<'_>],
) -> Result<(), ApiError> {
    if state.media.relay.is_some() {
        return Ok(());
    }
    let filled = Reference::of_template(template);
    let filled = filled.into_iter().filter_map(|Reference { field, kind, source }| match source {
        MediaSource::Id(id) => Some(Named { field, kind, id }),
        MediaSource::Link(_) => None,
    });
    for named in filled.chain(free.iter().filter_map(of_free)) {
        one(state, caller, named).await?;
    }
    Ok(())
}

fn of_free<'a>(medium: &Medium<'a>) -> Option<Named<'a>> {
    let send::MediaSource::Id(id) = medium.source else { return None };
    let (kind, word) = (kind(medium.kind), medium.kind.as_str());
    let field = match medium.place == word {
        true => format!("{word}['id']"),
        false => format!("{}['{word}']['id']", medium.place),
    };
    Some(Named { field, kind, id })
}

const fn kind(of: MediaType) -> MediaKind {
    match of {
        MediaType::Image => MediaKind::Image,
        MediaType::Audio => MediaKind::Audio,
        MediaType::Video | MediaType::Gif => MediaKind::Video,
        MediaType::Document => MediaKind::Document,
        MediaType::Sticker => MediaKind::Sticker,
    }
}

async fn one(
    state: &AppState,
    caller: &Caller,
    Named { field, kind, id }: Named<'_>,
) -> Result<(), ApiError> {
    let now = state.clock.now();
    let found = match id.parse() {
        Ok(id) => state.store.media(now, caller.account.id, id).await?,
        Err(_) => None,
    };
    let details = match found {
        None if state.media.rules.takes_unknown_ids => return Ok(()),
        None => format!(
            "Param {field} is not a valid whatsapp business account media attachment ID: {id} is unknown, was deleted \
             or has expired; upload the file with POST /media"
        ),
        Some(medium) if !kind.takes(&medium.mime) => {
            format!("Param {field}: media {id} is {}, no {}", medium.mime, kind.as_str())
        }
        Some(_) => return Ok(()),
    };
    Err(ApiError::new(100, details))
}
