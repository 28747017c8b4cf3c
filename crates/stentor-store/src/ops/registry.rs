//! Administrative writes: registry changes with their audit row and the webhooks they cause, all or nothing.

use stentor_core::id::EndpointId;
use stentor_core::registry::Template;
use stentor_core::time::Timestamp;

use super::delivery::notify;
use crate::rows::{Counter, Result};
use crate::tx::Tx;
use crate::{Audit, NewNotice, RegistryChange};

pub(crate) fn administer(
    tx: &mut Tx<'_>,
    now: Timestamp,
    audit: &Audit,
    changes: Vec<RegistryChange>,
    notices: &[NewNotice],
) -> Result<()> {
    // Each change is checked against the registry as the ones before it leave it, and none is written before all are.
    let mut after = tx.directory.clone();
    for change in &changes {
        after.check(audit.account, change)?;
        after.apply(change.clone());
    }
    // Whoever is told of a removal is told before it.
    notify(tx, now, notices)?;
    for change in &changes {
        match change {
            RegistryChange::RemoveEndpoint(id) => drop_waiting(tx, *id)?,
            RegistryChange::PutTemplate(t) if is_resumed(tx, t) => tx.forgive(now, t.id, t.account)?,
            RegistryChange::ForgetTemplate(id) => {
                tx.live.receptions.forget(*id);
                tx.rows.delete_reception(*id)?;
            }
            _ => {}
        }
        tx.rows.put_registry(change)?;
    }
    *tx.directory = after;
    let id = tx.live.counters.next(Counter::LastAudit);
    tx.rows.put_audit(id, audit)
}

fn is_resumed(tx: &Tx<'_>, to: &Template) -> bool {
    to.hold.is_none() && tx.directory.template(to.id).is_some_and(|from| from.hold.is_some())
}

/// What waits for an endpoint that goes is lost, and counted.
fn drop_waiting(tx: &mut Tx<'_>, endpoint: EndpointId) -> Result<()> {
    while let Some(row) = tx.rows.oldest_outbox(Some(endpoint))? {
        tx.lose(&row)?;
    }
    Ok(())
}

pub(crate) fn secret(tx: &mut Tx<'_>, name: &str, fresh: [u8; 32]) -> Result<[u8; 32]> {
    if let Some(known) = tx.rows.secret(name)? {
        return Ok(known);
    }
    tx.rows.put_secret(name, &fresh)?;
    Ok(fresh)
}
