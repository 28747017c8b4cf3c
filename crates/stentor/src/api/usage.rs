//! When a template was last used: what the sync clock runs on. Kept to the hour, so that it is written rarely.

use std::sync::Arc;
use std::time::Duration;

use stentor_core::registry::Template;
use stentor_core::sync::SyncClock;
use stentor_core::time::Timestamp;
use stentor_store::{Audit, RegistryChange};

use super::error::ApiError;
use super::state::AppState;
use crate::registry::{Plan, Registered};

/// How far the kept time may lag behind the last use.
const PRECISION: Duration = Duration::from_hours(1);

fn is_news(template: &Template, used: SyncClock, now: Timestamp) -> bool {
    let lags = template.last_used_at.is_none_or(|last| now.since(last) >= PRECISION);
    !template.pinned && (lags || template.resynced_at != used.resynced_at)
}

/// Keeps a use, when it is news: a valid request counts whatever then becomes of it.
///
/// # Errors
/// When the store cannot keep it; the message is then not accepted either.
pub async fn note(
    state: &Arc<AppState>,
    registered: &Registered,
    used: SyncClock,
    now: Timestamp,
) -> Result<(), ApiError> {
    if !is_news(&registered.template, used, now) {
        return Ok(());
    }
    let (account, id) = (registered.template.account, registered.template.id);
    state
        .administer(move |snapshot, at| {
            let action = "template.use".to_owned();
            let audit = Audit { at, actor: "system".to_owned(), account, action, detail: id.to_string() };
            // A hundred requests may have seen the same old time: the first of them has written the new one.
            let current = snapshot.template_by_id(account, id).filter(|r| is_news(&r.template, used, now));
            let changes = current
                .map(|current| Template {
                    last_used_at: used.last_used_at,
                    resynced_at: used.resynced_at,
                    ..Template::clone(&current.template)
                })
                .map(RegistryChange::PutTemplate);
            Ok::<_, ApiError>((
                Plan { audit, changes: changes.into_iter().collect(), notices: Vec::new() },
                (),
            ))
        })
        .await
}
