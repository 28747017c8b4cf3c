//! The registry at one moment. Cloned for a write; what is large in it is shared, so a clone is cheap.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use stentor_core::id::{AccountId, ChannelId, EndpointId, RecipientKey, TemplateId};
use stentor_core::registry::{
    Account, ApiKey, Block, Channel, Document, DocumentKind, Endpoint, Listeners, Role,
};
use stentor_core::time::Timestamp;
use stentor_store::{PartnerLogin, Registry, RegistryChange};

use super::delivery::AllWishes;
use super::keys::{Caller, Keys};
use super::limits::Tiers;
use super::templates::{Registered, Shelf, locks};

/// Accounts, channels, keys, templates and endpoints as they are at one moment.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    accounts: BTreeMap<AccountId, Arc<Account>>,
    channels: BTreeMap<ChannelId, Arc<Channel>>,
    keys: Arc<Keys>,
    shelves: HashMap<AccountId, Arc<Shelf>>,
    endpoints: BTreeMap<EndpointId, Arc<Endpoint>>,
    listeners: Arc<Listeners>,
    logins: BTreeMap<String, Arc<PartnerLogin>>,
    documents: HashMap<(AccountId, Option<ChannelId>, DocumentKind), Arc<Document>>,
    pub(super) tiers: Tiers,
    pub(super) wishes: AllWishes,
    blocks: HashMap<ChannelId, Arc<BTreeMap<RecipientKey, Block>>>,
}

impl Snapshot {
    /// A snapshot of a loaded registry.
    #[must_use]
    pub fn new(registry: Registry) -> Self {
        let mut snapshot = Self::default();
        let Registry { accounts, channels, keys, templates, endpoints, logins, documents, blocks } = registry;
        let changes = accounts
            .into_iter()
            .map(RegistryChange::PutAccount)
            .chain(channels.into_iter().map(RegistryChange::PutChannel))
            .chain(keys.into_iter().map(RegistryChange::PutKey))
            .chain(templates.into_iter().map(RegistryChange::PutTemplate))
            .chain(endpoints.into_iter().map(RegistryChange::PutEndpoint))
            .chain(logins.into_iter().map(RegistryChange::PutLogin))
            .chain(documents.into_iter().map(RegistryChange::PutDocument))
            .chain(blocks.into_iter().map(RegistryChange::PutBlock));
        changes.for_each(|change| snapshot.apply(change));
        snapshot.listen();
        snapshot
    }

    /// Works out anew who hears what: after a change of channels or endpoints.
    pub(super) fn listen(&mut self) {
        let (endpoints, channels) = (self.endpoints.values(), self.channels.values());
        self.listeners = Arc::new(Listeners::new(endpoints.map(AsRef::as_ref), channels.map(AsRef::as_ref)));
    }

    /// The same change as the store commits.
    pub(super) fn apply(&mut self, change: RegistryChange) {
        match change {
            RegistryChange::PutAccount(account) => drop(self.accounts.insert(account.id, Arc::new(account))),
            RegistryChange::PutChannel(channel) => drop(self.channels.insert(channel.id, Arc::new(channel))),
            RegistryChange::PutKey(key) => Arc::make_mut(&mut self.keys).put(key),
            RegistryChange::EndKeys { channel, keep, at } => {
                Arc::make_mut(&mut self.keys).end(channel, &keep, at)
            }
            RegistryChange::PutTemplate(template) => {
                Arc::make_mut(self.shelves.entry(template.account).or_default()).put(template);
            }
            RegistryChange::ForgetTemplate(id) => {
                for shelf in self.shelves.values_mut().filter(|shelf| shelf.get(id).is_some()) {
                    Arc::make_mut(shelf).forget(id);
                }
            }
            RegistryChange::PutEndpoint(endpoint) => {
                drop(self.endpoints.insert(endpoint.id, Arc::new(endpoint)))
            }
            RegistryChange::RemoveEndpoint(id) => drop(self.endpoints.remove(&id)),
            RegistryChange::PutLogin(login) => {
                drop(self.logins.insert(login.name.clone(), Arc::new(login)));
            }
            RegistryChange::RemoveLogin(name) => drop(self.logins.remove(&name)),
            RegistryChange::PutDocument(d) => {
                self.tiers.put(&d);
                self.wishes.put(&d);
                drop(self.documents.insert((d.account, d.channel, d.kind), Arc::new(d)));
            }
            RegistryChange::PutBlock(b) => {
                Arc::make_mut(self.blocks.entry(b.channel).or_default()).insert(b.person, b);
            }
            RegistryChange::RemoveBlock { channel, person } => {
                Arc::make_mut(self.blocks.entry(channel).or_default()).remove(&person);
            }
        }
    }

    /// Every account, by id.
    pub fn accounts(&self) -> impl Iterator<Item = &Arc<Account>> {
        self.accounts.values()
    }

    /// An account.
    #[must_use]
    pub fn account(&self, id: AccountId) -> Option<&Arc<Account>> {
        self.accounts.get(&id)
    }

    /// Every channel, by id.
    pub fn channels(&self) -> impl Iterator<Item = &Arc<Channel>> {
        self.channels.values()
    }

    /// A channel by its id alone: for statuses that name nothing else, and for the engine.
    #[must_use]
    pub fn channel(&self, id: ChannelId) -> Option<&Arc<Channel>> {
        self.channels.get(&id)
    }

    /// The channels of an account, by id.
    pub fn channels_of(&self, account: AccountId) -> impl Iterator<Item = &Arc<Channel>> {
        self.channels.values().filter(move |channel| channel.account == account)
    }

    /// Who calls with the key of that hash; `None` for an unknown or expired key.
    #[must_use]
    pub fn caller(&self, hash: &[u8; 32], now: Timestamp) -> Option<Caller> {
        let key = self.keys.find(hash, now)?;
        let channel = Arc::clone(self.channels.get(&key.channel)?);
        let account = Arc::clone(self.accounts.get(&channel.account)?);
        Some(Caller { account, channel, key: key.hash })
    }

    /// The keys of a channel, also those that have ended, the oldest first.
    #[must_use]
    pub fn keys_of(&self, channel: ChannelId) -> Vec<ApiKey> {
        self.keys.of(channel)
    }

    /// Keys with a day of use that is not kept yet, with that day.
    pub fn keys_used(&self) -> Vec<ApiKey> {
        self.keys.used()
    }

    /// The template of that name and language that may be looked at: not a deleted one.
    #[must_use]
    pub fn template(&self, account: AccountId, name: &str, language: &str) -> Option<&Registered> {
        self.named(account, name).find(|registered| registered.template.language == language)
    }

    /// The templates of that name in every language, without deleted ones.
    pub fn named(&self, account: AccountId, name: &str) -> impl Iterator<Item = &Registered> {
        let shelf = self.shelves.get(&account);
        shelf.into_iter().flat_map(move |shelf| shelf.named(name)).filter(|r| r.template.deleted_at.is_none())
    }

    /// A template by its id, deleted or not: what was accepted from it still goes.
    #[must_use]
    pub fn template_by_id(&self, account: AccountId, id: TemplateId) -> Option<&Registered> {
        self.shelves.get(&account)?.get(id)
    }

    /// The templates of an account by id, without deleted ones.
    pub fn templates(&self, account: AccountId) -> impl DoubleEndedIterator<Item = &Registered> {
        let shelf = self.shelves.get(&account);
        shelf.into_iter().flat_map(|shelf| shelf.all()).filter(|r| r.template.deleted_at.is_none())
    }

    /// The templates of an account by id, deleted ones too while their name is locked.
    pub fn ever_templates(&self, account: AccountId) -> impl Iterator<Item = &Registered> {
        self.shelves.get(&account).into_iter().flat_map(|shelf| shelf.all())
    }

    /// Whether the name and language are locked at `now`: deleted less than 30 days ago.
    #[must_use]
    pub fn is_locked(&self, account: AccountId, name: &str, language: &str, now: Timestamp) -> bool {
        let shelf = self.shelves.get(&account);
        shelf.is_some_and(|shelf| shelf.named(name).any(|r| locks(&r.template, language, now)))
    }

    /// The templates of every account, deleted ones too: for what time does to them.
    pub fn all_templates(&self) -> impl Iterator<Item = &Registered> {
        self.shelves.values().flat_map(|shelf| shelf.all())
    }

    /// Every endpoint, by id.
    pub fn endpoints(&self) -> impl Iterator<Item = &Arc<Endpoint>> {
        self.endpoints.values()
    }

    /// An endpoint by its id: for the notifier.
    #[must_use]
    pub fn endpoint_by_id(&self, id: EndpointId) -> Option<&Arc<Endpoint>> {
        self.endpoints.get(&id)
    }

    /// The endpoint of exactly this channel, or with `None` of the account as a whole.
    #[must_use]
    pub fn own_endpoint(&self, account: AccountId, channel: Option<ChannelId>) -> Option<&Arc<Endpoint>> {
        let is_it = |e: &&Arc<Endpoint>| e.account == account && e.channel == channel;
        self.endpoints.values().find(|e| is_it(e) && matches!(e.role, Role::Main | Role::Partner { .. }))
    }

    /// The further destinations of a channel, by id.
    pub fn copies_of(&self, channel: ChannelId) -> impl Iterator<Item = &Arc<Endpoint>> {
        let is_copy = move |e: &&Arc<Endpoint>| e.channel == Some(channel) && e.name().is_some();
        self.endpoints.values().filter(is_copy)
    }

    /// The webhook that will be the account's in a moment.
    #[must_use]
    pub fn coming(&self, account: AccountId) -> Option<&Arc<Endpoint>> {
        self.endpoints.values().find(|e| e.account == account && matches!(e.role, Role::Coming { .. }))
    }

    /// Says in the log that nobody hears of an account although its numbers have webhooks.
    pub fn note_unheard(&self, account: AccountId, channel: Option<ChannelId>) {
        if channel.is_none() && self.listeners.misses(account) {
            tracing::warn!(
                %account,
                "an event of the account is dropped: only its numbers have webhooks; set the account's (/waba_webhook)"
            );
        }
    }

    /// Who hears what.
    #[must_use]
    pub fn listeners(&self) -> &Listeners {
        &self.listeners
    }

    /// Who may use the partner's API, by name.
    pub fn logins(&self) -> impl Iterator<Item = &Arc<PartnerLogin>> {
        self.logins.values()
    }

    /// A document of the number, or with `None` of the account: its JSON text.
    #[must_use]
    pub fn document(
        &self,
        account: AccountId,
        channel: Option<ChannelId>,
        kind: DocumentKind,
    ) -> Option<&str> {
        self.documents.get(&(account, channel, kind)).map(|document| document.value.as_str())
    }

    /// Whom a number blocks, in order of person.
    #[must_use]
    pub fn blocks(&self, channel: ChannelId) -> Option<&BTreeMap<RecipientKey, Block>> {
        self.blocks.get(&channel).map(AsRef::as_ref)
    }

    /// The blocks of one person, whichever number's.
    pub fn blocks_of(&self, person: RecipientKey) -> impl Iterator<Item = &Block> {
        self.blocks.values().filter_map(move |blocks| blocks.get(&person))
    }

    /// Whether the number blocks the person.
    #[must_use]
    pub fn is_blocked(&self, channel: ChannelId, person: RecipientKey) -> bool {
        self.blocks.get(&channel).is_some_and(|blocks| blocks.contains_key(&person))
    }
}
