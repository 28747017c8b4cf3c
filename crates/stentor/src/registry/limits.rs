//! The messaging limits of businesses: set on one of their accounts, the lowest that is set holds for all of them.

use std::collections::HashMap;

use stentor_core::id::AccountId;
use stentor_core::messaging_limit::Tier;
use stentor_core::registry::{Account, Document, DocumentKind};

use super::Snapshot;

/// The tiers that are set, by the account they are set on: few, so that the engine may look at all of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Tiers(HashMap<AccountId, Tier>);

impl Tiers {
    /// Takes in a document, if it is a messaging limit.
    pub(super) fn put(&mut self, document: &Document) {
        if document.kind == DocumentKind::MessagingLimit && document.channel.is_none() {
            let tier = Tier::parse(document.value.trim_matches('"'));
            self.0.extend(tier.map(|tier| (document.account, tier)));
        }
    }
}

impl Snapshot {
    /// The tier set on the account itself.
    #[must_use]
    pub fn own_messaging_limit(&self, account: AccountId) -> Option<Tier> {
        self.tiers.0.get(&account).copied()
    }

    /// The tier that holds for the account: its business's.
    #[must_use]
    pub fn messaging_limit(&self, account: &Account) -> Tier {
        let of_kin = |id: &AccountId| {
            self.account(*id).is_some_and(|other| other.owner_business == account.owner_business)
        };
        let set = self.tiers.0.iter().filter(|(id, _)| of_kin(id));
        set.map(|(_, tier)| *tier).min().unwrap_or_default()
    }
}
