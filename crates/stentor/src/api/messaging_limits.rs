//! The messaging limit of a business: set on one of its accounts, the lowest that is set holds for all of them. Shown by
//! the API, told when it changes, enforced by the simulated network (a real upstream enforces its own).

use serde_json::json;
use stentor_core::id::AccountId;
use stentor_core::messaging_limit::Tier;
use stentor_core::registry::{Account, DocumentKind};
use stentor_store::NewNotice;

use super::moves::notice;
use super::state::AppState;
use crate::registry::Snapshot;

/// The tier set on the account itself.
fn own(snapshot: &Snapshot, account: AccountId) -> Option<Tier> {
    let text = snapshot.document(account, None, DocumentKind::MessagingLimit)?;
    Tier::parse(text.trim_matches('"'))
}

/// The tier that holds for the account: its business's.
pub fn of(snapshot: &Snapshot, account: &Account) -> Tier {
    let kin = snapshot.accounts().filter(|other| other.owner_business == account.owner_business);
    kin.filter_map(|other| own(snapshot, other.id)).min().unwrap_or_default()
}

/// On which accounts a new tier of this account's business is kept: on itself, and where another may be set.
pub fn holders(snapshot: &Snapshot, account: AccountId) -> Vec<AccountId> {
    let business = snapshot.account(account).map(|account| account.owner_business);
    let kin = snapshot.accounts().filter(|other| Some(other.owner_business) == business);
    kin.map(|other| other.id).filter(|id| *id == account || own(snapshot, *id).is_some()).collect()
}

/// What the business's accounts are told when `account` gets this tier of its own; nothing when none changes.
pub fn notices(snapshot: &Snapshot, account: &Account, tier: Tier) -> Vec<NewNotice> {
    let kin = || snapshot.accounts().filter(|other| other.owner_business == account.owner_business);
    let others = kin().filter(|other| other.id != account.id).filter_map(|other| own(snapshot, other.id));
    let new = others.chain([tier]).min().unwrap_or_default();
    if new == of(snapshot, account) {
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
            let place = (account.owner_business.to_string(), of(&snapshot, account));
            (account.id.to_string(), place)
        })
        .collect();
    network.set_messaging_limits(places);
}
