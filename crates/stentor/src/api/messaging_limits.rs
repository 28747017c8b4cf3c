//! The messaging limit of a business: set on one of its accounts, the lowest that is set holds for all of them. Shown by
//! the API, told when it changes, enforced by the simulated network (a real upstream enforces its own).

use serde_json::json;
use stentor_core::id::AccountId;
use stentor_core::messaging_limit::Tier;
use stentor_core::registry::Account;
use stentor_store::{LookAgain, NewNotice};

use super::moves::{self, notice};
use super::state::AppState;
use crate::registry::Snapshot;

/// On which accounts a new tier of this account's business is kept: on itself, and where another may be set.
pub fn holders(snapshot: &Snapshot, account: AccountId) -> Vec<AccountId> {
    let business = snapshot.account(account).map(|account| account.owner_business);
    let kin = snapshot.accounts().filter(|other| Some(other.owner_business) == business);
    kin.map(|other| other.id)
        .filter(|id| *id == account || snapshot.own_messaging_limit(*id).is_some())
        .collect()
}

/// What the business's accounts are told when `account` gets this tier of its own; nothing when none changes.
pub fn notices(snapshot: &Snapshot, account: &Account, tier: Tier) -> Vec<NewNotice> {
    let kin = || snapshot.accounts().filter(|other| other.owner_business == account.owner_business);
    let others = kin()
        .filter(|other| other.id != account.id)
        .filter_map(|other| snapshot.own_messaging_limit(other.id));
    let new = others.chain([tier]).min().unwrap_or_default();
    if new == snapshot.messaging_limit(account) {
        return Vec::new();
    }
    let value = json!({
        "max_daily_conversations_per_business": new.as_str(),
        "max_phone_numbers_per_business": NUMBERS_MAX,
    });
    kin().map(|other| notice(other.id, "business_capability_update", &value)).collect()
}

/// Business numbers that a portfolio may have (Meta: 20 once it is verified).
const NUMBERS_MAX: u32 = 20;

/// Tells the simulated network, where there is one: at start, and after a change.
pub fn sync(state: &AppState) {
    let Some(network) = &state.network else { return };
    let snapshot = state.directory.snapshot();
    let places = snapshot
        .accounts()
        .map(|account| {
            let place = (account.owner_business.to_string(), snapshot.messaging_limit(account));
            (account.id.to_string(), place)
        })
        .collect();
    network.set_messaging_limits(places);
}

/// After a change of the limit: what waited for room, in every account of the business, is looked at now.
pub async fn look_again(state: &AppState, account: &Account) {
    let snapshot = state.directory.snapshot();
    for kin in snapshot.accounts().filter(|other| other.owner_business == account.owner_business) {
        moves::look_again(state, kin.id, None, LookAgain::Limits).await;
    }
}
