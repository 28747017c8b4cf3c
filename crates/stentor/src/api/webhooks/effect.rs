//! An account's webhook that was set for later takes effect: by a task that waits for its time, started when it is set and
//! again at every start of the program. Everything it needs is in the registry, so a crash costs nothing.

use std::sync::Arc;

use stentor_core::id::{AccountId, EndpointId};
use stentor_core::registry::{Endpoint, Role};
use stentor_core::time::Timestamp;
use stentor_store::{Audit, RegistryChange, StoreError};

use crate::api::state::AppState;
use crate::registry::{Plan, Snapshot};

/// Waits for every webhook that is still to come.
pub fn resume(state: &Arc<AppState>) {
    for endpoint in state.directory.snapshot().endpoints() {
        if let Role::Coming { at, .. } = endpoint.role {
            wait(state, endpoint.account, at);
        }
    }
}

/// Waits until `at` and then lets the account's coming webhook take effect, unless another has come for later.
pub(super) fn wait(state: &Arc<AppState>, account: AccountId, at: Timestamp) {
    let task = Arc::clone(state);
    state.lifecycle.start(async move {
        tokio::select! {
            () = task.lifecycle.stopping() => return,
            () = task.clock.wait_until(at) => {}
        }
        let outcome = task
            .administer(move |snapshot, now| {
                let due = |e: &&Arc<Endpoint>| matches!(e.role, Role::Coming { at, .. } if at <= now);
                let coming = snapshot.coming(account).filter(due);
                let changes = coming.map(|coming| begin(snapshot, coming, now)).unwrap_or_default();
                let (actor, action) = ("system".to_owned(), "webhook.begin".to_owned());
                let audit = Audit { at: now, actor, account, action, detail: "account".to_owned() };
                Ok::<_, StoreError>((Plan { audit, changes, notices: Vec::new() }, ()))
            })
            .await;
        if let Err(error) = outcome {
            tracing::warn!(%account, %error, "the account's webhook takes effect at the next start");
        }
    });
}

/// What changes when this becomes the account's webhook: what waits for the old URL goes to the new one, and with
/// `override_all` every number's own webhook becomes the same.
pub(super) fn begin(snapshot: &Snapshot, coming: &Endpoint, now: Timestamp) -> Vec<RegistryChange> {
    let account = coming.account;
    let own = snapshot.own_endpoint(account, None);
    let same = |id: EndpointId, channel| Endpoint {
        id,
        channel,
        role: Role::Main,
        created_at: now,
        ..coming.clone()
    };
    let mut changes = vec![RegistryChange::PutEndpoint(same(own.map_or(coming.id, |own| own.id), None))];
    let stands = snapshot.endpoint_by_id(coming.id).is_some_and(|e| e.role != Role::Main);
    if own.is_some() && stands {
        changes.push(RegistryChange::RemoveEndpoint(coming.id));
    }
    if matches!(coming.role, Role::Coming { override_all: true, .. }) {
        let numbers = snapshot.channels_of(account);
        let owned = numbers.filter_map(|channel| snapshot.own_endpoint(account, Some(channel.id)));
        changes.extend(owned.map(|e| RegistryChange::PutEndpoint(same(e.id, e.channel))));
    }
    changes
}
