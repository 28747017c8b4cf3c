//! The media a send names by id: known, the account's own, in time, and of a kind the message can show. Asked by the
//! send paths before a message is accepted. Where an upstream keeps the media, it is the one that knows.

use stentor_core::media::Reference;
use stentor_core::template::MediaSource;

use crate::api::error::ApiError;
use crate::api::state::AppState;
use crate::registry::Caller;

/// Checks every id of a send; links are fetched later, by the network.
///
/// # Errors
/// 100, naming the field and what to do.
pub async fn check(state: &AppState, caller: &Caller, references: &[Reference<'_>]) -> Result<(), ApiError> {
    let desk = &state.media;
    if desk.relay.is_some() {
        return Ok(());
    }
    for Reference { field, kind, source } in references {
        let MediaSource::Id(id) = source else { continue };
        let now = state.clock.now();
        let found = match id.parse() {
            Ok(id) => state.store.media(now, caller.account.id, id).await?,
            Err(_) => None,
        };
        match found {
            None if desk.rules.takes_unknown_ids => {}
            None => {
                return Err(ApiError::new(
                    100,
                    format!(
                        "Param {field} is not a valid whatsapp business account media attachment ID: {id} is unknown, \
                         was deleted or has expired; upload the file with POST /media"
                    ),
                ));
            }
            Some(medium) if !kind.takes(&medium.mime) => {
                let details = format!("Param {field}: media {id} is {}, no {}", medium.mime, kind.as_str());
                return Err(ApiError::new(100, details));
            }
            Some(_) => {}
        }
    }
    Ok(())
}
