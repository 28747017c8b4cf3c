//! URLs for webhooks, and who hears what: a number's own webhook goes before its account's (WABA's) for what is about
//! the number; what is about the account goes to the account's. Sources: facts/360dialog 2.3 to 2.5, facts/meta 6.1.

use std::collections::HashMap;

use super::Channel;
use crate::id::{AccountId, ChannelId, EndpointId};
use crate::time::Timestamp;

/// A customer's URL for webhooks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Ours.
    pub id: EndpointId,
    /// Whose events it gets; [`AccountId::INSTALLATION`] for the partner's.
    pub account: AccountId,
    /// The number it is of; `None`: the whole account's.
    pub channel: Option<ChannelId>,
    /// What it is for.
    pub role: Role,
    /// Where to.
    pub url: String,
    /// Sent with every delivery, in order.
    pub headers: Vec<(String, String)>,
    /// When it was set.
    pub created_at: Timestamp,
}

/// What an endpoint is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// The number's webhook, or the account's.
    #[default]
    Main,
    /// A further destination of a number: gets a copy once the number's own webhook has answered 200.
    Copy {
        /// Unique within the number, case-sensitive.
        name: String,
    },
    /// An account's webhook that has been set and takes effect at `at`; until then it hears nothing.
    Coming {
        /// When it becomes the account's.
        at: Timestamp,
        /// Whether it then becomes every number's too.
        override_all: bool,
    },
    /// The partner's, for management events, told as they are and signed with this secret.
    Partner {
        /// The platform secret.
        secret: String,
    },
}

impl Endpoint {
    /// The name of a further destination.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match &self.role {
            Role::Copy { name } => Some(name),
            Role::Main | Role::Coming { .. } | Role::Partner { .. } => None,
        }
    }
}

/// Who hears what, worked out once from all endpoints and channels.
///
/// ```
/// use stentor_core::id::{AccountId, BusinessId, ChannelId, EndpointId};
/// use stentor_core::registry::{Channel, Endpoint, Listeners, Role, UpstreamKind};
/// use stentor_core::time::Timestamp;
/// let (account, channel, now) = (AccountId(1), ChannelId(2), Timestamp::from_secs(0));
/// let gateway = Channel::new(channel, account, "15550001111", UpstreamKind::Simulated, now);
/// let hook = |id, channel| Endpoint {
///     id: EndpointId(id), account, channel, role: Role::Main, url: String::new(), headers: vec![], created_at: now,
/// };
/// let (number, waba) = (hook(7, Some(channel)), hook(8, None));
/// let both = Listeners::new([&number, &waba].into_iter(), [&gateway].into_iter());
/// assert_eq!(both.of(account, Some(channel)), [EndpointId(7)]);
/// assert_eq!(both.of(account, None), [EndpointId(8)]);
/// // Without an account's webhook a gateway's number hears of the account, a twin's does not.
/// let own = Listeners::new([&number].into_iter(), [&gateway].into_iter());
/// assert_eq!(own.of(account, None), [EndpointId(7)]);
/// let twin = Channel { account_events: Some(false), ..gateway };
/// let deaf = Listeners::new([&number].into_iter(), [&twin].into_iter());
/// assert!(deaf.of(account, None).is_empty() && deaf.misses(account));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Listeners {
    numbers: HashMap<ChannelId, Vec<EndpointId>>,
    accounts: HashMap<AccountId, Vec<EndpointId>>,
    /// Numbers' webhooks that hear of an account without one, and whether it has any at all.
    instead: HashMap<AccountId, Vec<EndpointId>>,
    copies: HashMap<ChannelId, Vec<EndpointId>>,
}

impl Listeners {
    /// From everything there is, in order of id.
    pub fn new<'a>(
        endpoints: impl Iterator<Item = &'a Endpoint>,
        channels: impl Iterator<Item = &'a Channel>,
    ) -> Self {
        let channels: HashMap<ChannelId, &Channel> = channels.map(|channel| (channel.id, channel)).collect();
        let mut all = Self::default();
        // Several numbers with one URL hear of their account once.
        let mut told: Vec<(AccountId, &str)> = Vec::new();
        for e in endpoints {
            match (&e.role, e.channel) {
                (Role::Coming { .. }, _) | (Role::Copy { .. }, None) => {}
                (Role::Copy { .. }, Some(id)) => {
                    if channels.get(&id).is_some_and(|channel| channel.multi_webhook) {
                        all.copies.entry(id).or_default().push(e.id);
                    }
                }
                (Role::Main | Role::Partner { .. }, None) => {
                    all.accounts.entry(e.account).or_default().push(e.id);
                }
                (Role::Main | Role::Partner { .. }, Some(id)) => {
                    all.numbers.entry(id).or_default().push(e.id);
                    let instead = all.instead.entry(e.account).or_default();
                    let hears = channels.get(&id).is_some_and(|channel| channel.hears_account());
                    if hears && !told.contains(&(e.account, &e.url)) {
                        told.push((e.account, &e.url));
                        instead.push(e.id);
                    }
                }
            }
        }
        all
    }

    /// Who hears of a number, or with `None` of the account itself.
    #[must_use]
    pub fn of(&self, account: AccountId, channel: Option<ChannelId>) -> &[EndpointId] {
        let own = channel.and_then(|id| self.numbers.get(&id)).or_else(|| self.accounts.get(&account));
        let instead = || self.instead.get(&account).filter(|_| channel.is_none());
        own.or_else(instead).map_or(&[], Vec::as_slice)
    }

    /// Who gets a copy of what this number's own webhook has taken.
    #[must_use]
    pub fn copies(&self, channel: ChannelId) -> &[EndpointId] {
        self.copies.get(&channel).map_or(&[], Vec::as_slice)
    }

    /// Whether somebody listens to the account's numbers, and nobody to the account: its events are dropped.
    #[must_use]
    pub fn misses(&self, account: AccountId) -> bool {
        self.instead.contains_key(&account) && self.of(account, None).is_empty()
    }
}
