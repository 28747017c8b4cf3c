//! What was learnt of each account's people and templates: fed by the engine's learner alone, read by whoever scores.
//! Memory only; its truth is the learning log, with a snapshot beside it.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use stentor_core::engagement::Learner;
use stentor_core::id::{AccountId, ChannelId};
use stentor_core::schedule::Mode;

/// One account's.
pub type Mind = Arc<RwLock<Learner>>;

/// What is to be expected of a channel whose marketing competes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outlook {
    /// Marketing messages that wait, as far as they are looked at.
    pub waiting: usize,
    /// How many of them cannot leave before their deadlines.
    pub expiries: u64,
    /// How long they take to leave.
    pub drains_in: Duration,
    /// How they are ordered.
    pub mode: Mode,
}

/// Every account's, and the outlook of channels.
#[derive(Debug, Default)]
pub struct Minds(RwLock<BTreeMap<AccountId, Mind>>, RwLock<BTreeMap<ChannelId, Outlook>>);

impl Minds {
    /// The account's, if anything was learnt of it.
    #[must_use]
    pub fn of(&self, account: AccountId) -> Option<Mind> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&account).cloned()
    }

    /// Changes what is learnt of an account.
    pub(crate) fn teach<T>(&self, account: AccountId, teach: impl FnOnce(&mut Learner) -> T) -> T {
        let mind =
            Arc::clone(self.0.write().unwrap_or_else(PoisonError::into_inner).entry(account).or_default());
        let mut learner = mind.write().unwrap_or_else(PoisonError::into_inner);
        teach(&mut learner)
    }

    /// Puts a learner in the place of an account's.
    pub(crate) fn put(&self, account: AccountId, learner: Learner) {
        self.0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(account, Arc::new(RwLock::new(learner)));
    }

    /// What is to be expected of a channel; `None`: nothing competes there.
    #[must_use]
    pub fn outlook(&self, channel: ChannelId) -> Option<Outlook> {
        self.1.read().unwrap_or_else(PoisonError::into_inner).get(&channel).copied()
    }

    /// Messages that cannot leave before their deadlines, over all channels.
    #[must_use]
    pub fn expiries(&self) -> u64 {
        self.1.read().unwrap_or_else(PoisonError::into_inner).values().map(|outlook| outlook.expiries).sum()
    }

    /// Notes what is to be expected of a channel.
    pub fn expect(&self, channel: ChannelId, outlook: Option<Outlook>) {
        let mut outlooks = self.1.write().unwrap_or_else(PoisonError::into_inner);
        match outlook {
            Some(outlook) => drop(outlooks.insert(channel, outlook)),
            None => drop(outlooks.remove(&channel)),
        }
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Accounts of which something was learnt.
    #[must_use]
    pub fn accounts(&self) -> Vec<AccountId> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).keys().copied().collect()
    }
}
