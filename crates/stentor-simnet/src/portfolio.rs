//! Messaging limits: which business an account belongs to, its tier, and whom it has written to. Called by the network.

use std::collections::HashMap;

use stentor_core::messaging_limit::{People, Tier};
use stentor_core::time::Timestamp;

/// An account's place: its business and the business's tier.
pub type Place = (String, Tier);

/// What is known of businesses; an account that is not known has no limit.
#[derive(Debug, Default)]
pub(crate) struct Portfolios {
    places: HashMap<String, Place>,
    begun: HashMap<String, People>,
}

impl Portfolios {
    pub(crate) fn set(&mut self, places: HashMap<String, Place>) {
        self.begun.retain(|business, _| places.values().any(|(known, _)| known == business));
        self.places = places;
    }

    /// Forgets whom they have written to.
    pub(crate) fn clear(&mut self) {
        self.begun.clear();
    }

    pub(crate) fn allows(&mut self, account: &str, person: u64, now: Timestamp) -> bool {
        self.people(account).is_none_or(|(people, max)| people.allows(now, person, max))
    }

    pub(crate) fn begin(&mut self, account: &str, person: u64, now: Timestamp) {
        if let Some((people, max)) = self.people(account) {
            people.begin(now, person, max);
        }
    }

    /// How many the account's business has begun with; `None`: it has no limit.
    pub(crate) fn begun(&mut self, account: &str, now: Timestamp) -> Option<usize> {
        self.people(account).map(|(people, _)| people.count(now))
    }

    fn people(&mut self, account: &str) -> Option<(&mut People, usize)> {
        let (business, tier) = self.places.get(account)?;
        let max = tier.people_max()?;
        Some((self.begun.entry(business.clone()).or_default(), max))
    }
}
