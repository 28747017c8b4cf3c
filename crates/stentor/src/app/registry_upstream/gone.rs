//! What the upstream has no more is deleted here: what it lists as deleted at once, what it does not list any more when
//! two whole listings one after the other lack it. One that was never there (refused, in review, a fixture) stays.

use stentor_core::id::AccountId;
use stentor_core::template::TemplateStatus;
use stentor_core::time::Timestamp;

use super::{Mirror, is_there};
use crate::api::{ApiError, verdicts};
use crate::registry::Snapshot;
use crate::upstream::cloud_api::Listing;

/// Whether it was at the upstream as far as is known here.
const fn was_there(status: TemplateStatus) -> bool {
    use TemplateStatus::{Approved, Archived, Disabled, InAppeal, LimitExceeded, Paused};
    matches!(status, Approved | Archived | Disabled | InAppeal | LimitExceeded | Paused)
}

impl Mirror {
    /// Deletes what is gone there.
    ///
    /// # Errors
    /// The store.
    pub(super) async fn let_go(
        &mut self,
        account: AccountId,
        snapshot: &Snapshot,
        listing: &Listing,
        began: Timestamp,
    ) -> Result<(), ApiError> {
        let (mut gone, mut missing) = (Vec::new(), Vec::new());
        for ours in snapshot.templates(account).map(|registered| &registered.template) {
            let is_settled = !ours.pinned
                && ours.modified_at < began
                && !self.is_queued(&ours.name, &ours.language, account);
            match listing.find(&ours.name, &ours.language) {
                _ if !is_settled => {}
                Some(there) if !is_there(there.standing.status) => gone.push(ours.id),
                None if listing.complete && was_there(ours.status) => missing.push(ours.id),
                _ => {}
            }
        }
        // Twice in a row: a listing may lag behind a creation.
        gone.extend(missing.iter().filter(|id| self.missing.contains(id)));
        self.missing.retain(|id| snapshot.template_by_id(account, *id).is_none());
        self.missing.extend(missing);
        verdicts::gone(&self.state, account, gone).await
    }
}
