//! The registry in memory: what the operations look up for every message. Changed by `administer` alone, which writes
//! the same change to the rows in the same transaction; reloaded from them after a rollback.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use stentor_core::id::{AccountId, ChannelId, EndpointId, RecipientKey, TemplateId};
use stentor_core::registry::{
    Account, ApiKey, Block, Channel, Document, Endpoint, Listeners, Role, Template,
};
use stentor_core::time::Timestamp;

use crate::{PartnerLogin, Registry, RegistryChange, StoreError};

#[derive(Clone, Debug, Default)]
pub(crate) struct Directory {
    accounts: BTreeMap<AccountId, Account>,
    channels: BTreeMap<ChannelId, Channel>,
    keys: BTreeMap<[u8; 32], ApiKey>,
    templates: BTreeMap<TemplateId, Template>,
    names: HashMap<(AccountId, String, String), Vec<TemplateId>>,
    endpoints: BTreeMap<EndpointId, Endpoint>,
    pub(crate) listeners: Listeners,
    logins: BTreeMap<String, PartnerLogin>,
    documents: BTreeMap<(AccountId, Option<ChannelId>, &'static str), Document>,
    /// Shared: up to 64,000 for each number, and the directory is cloned for every change.
    blocks: Arc<BTreeMap<(ChannelId, RecipientKey), Block>>,
}

impl Directory {
    pub(crate) fn new(registry: Registry) -> Self {
        let mut directory = Self::default();
        let changes = registry.accounts.into_iter().map(RegistryChange::PutAccount);
        let changes = changes.chain(registry.channels.into_iter().map(RegistryChange::PutChannel));
        let changes = changes.chain(registry.keys.into_iter().map(RegistryChange::PutKey));
        let changes = changes.chain(registry.templates.into_iter().map(RegistryChange::PutTemplate));
        let changes = changes.chain(registry.endpoints.into_iter().map(RegistryChange::PutEndpoint));
        let changes = changes.chain(registry.logins.into_iter().map(RegistryChange::PutLogin));
        let changes = changes.chain(registry.documents.into_iter().map(RegistryChange::PutDocument));
        let changes = changes.chain(registry.blocks.into_iter().map(RegistryChange::PutBlock));
        changes.for_each(|change| directory.take(change));
        directory.listen();
        directory
    }

    /// Everything, without keys that ended before `now`; each list in order of id.
    pub(crate) fn registry(&self, now: Timestamp) -> Registry {
        let works = |key: &&ApiKey| key.expires_at.is_none_or(|at| at > now);
        Registry {
            accounts: self.accounts.values().cloned().collect(),
            channels: self.channels.values().cloned().collect(),
            keys: self.keys.values().filter(works).cloned().collect(),
            templates: self.templates.values().cloned().collect(),
            endpoints: self.endpoints.values().cloned().collect(),
            logins: self.logins.values().cloned().collect(),
            documents: self.documents.values().cloned().collect(),
            blocks: self.blocks.values().cloned().collect(),
        }
    }

    pub(crate) fn channel(&self, id: ChannelId) -> Option<&Channel> {
        self.channels.get(&id)
    }

    pub(crate) fn template(&self, id: TemplateId) -> Option<&Template> {
        self.templates.get(&id)
    }

    pub(crate) fn channels(&self) -> impl Iterator<Item = &Channel> {
        self.channels.values()
    }

    pub(crate) fn endpoint(&self, id: EndpointId) -> Option<&Endpoint> {
        self.endpoints.get(&id)
    }

    /// Whether an administrative write of `account` may make this change.
    pub(crate) fn check(&self, account: AccountId, change: &RegistryChange) -> Result<(), StoreError> {
        let own = |what: &str, id: &dyn std::fmt::Display, stated: AccountId, there: Option<AccountId>| {
            if stated == account && there.is_none_or(|a| a == account) {
                return Ok(());
            }
            Err(StoreError::Conflict(format!(
                "{what} {id} is not of account {account}: name its own account"
            )))
        };
        let known = |what: &str, id: &dyn std::fmt::Display, there: Option<AccountId>| {
            if there == Some(account) {
                return Ok(());
            }
            Err(StoreError::Conflict(format!("account {account} has no {what} {id}: make it first")))
        };
        let account_known = || known("row in accounts", &account, self.accounts.get(&account).map(|a| a.id));
        let channel_known = |id: ChannelId| known("channel", &id, self.channels.get(&id).map(|c| c.account));
        match change {
            RegistryChange::PutAccount(a) => own("account", &a.id, a.id, None),
            RegistryChange::PutChannel(c) => {
                own("channel", &c.id, c.account, self.channels.get(&c.id).map(|c| c.account))?;
                account_known()
            }
            RegistryChange::PutKey(k) => {
                own("key", &"of that hash", k.account, self.keys.get(&k.hash).map(|k| k.account))?;
                channel_known(k.channel)
            }
            RegistryChange::EndKeys { channel, .. } => channel_known(*channel),
            RegistryChange::PutTemplate(t) => {
                own("template", &t.id, t.account, self.templates.get(&t.id).map(|t| t.account))?;
                account_known()?;
                self.check_name(t)
            }
            RegistryChange::ForgetTemplate(id) => {
                known("template", id, self.templates.get(id).map(|t| t.account))
            }
            RegistryChange::PutEndpoint(e) => {
                own("endpoint", &e.id, e.account, self.endpoints.get(&e.id).map(|e| e.account))?;
                if matches!(e.role, Role::Partner { .. }) && e.account == AccountId::INSTALLATION {
                    return Ok(());
                }
                account_known()?;
                e.channel.map_or(Ok(()), channel_known)
            }
            RegistryChange::RemoveEndpoint(id) => {
                known("endpoint", id, self.endpoints.get(id).map(|e| e.account))
            }
            RegistryChange::PutLogin(_) | RegistryChange::RemoveLogin(_) => {
                own("login", &"of the partner", AccountId::INSTALLATION, None)
            }
            RegistryChange::PutDocument(d) => {
                own("document", &d.kind.as_str(), d.account, None)?;
                account_known()?;
                d.channel.map_or(Ok(()), channel_known)
            }
            RegistryChange::PutBlock(b) => {
                own("block", &b.channel, b.account, None)?;
                channel_known(b.channel)
            }
            RegistryChange::RemoveBlock { channel, .. } => channel_known(*channel),
        }
    }

    fn check_name(&self, t: &Template) -> Result<(), StoreError> {
        let key = (t.account, t.name.clone(), t.language.clone());
        let others = self.names.get(&key).into_iter().flatten().filter(|id| **id != t.id);
        let live = |id: &&TemplateId| self.templates.get(id).is_some_and(|o| o.deleted_at.is_none());
        match others.filter(|id| live(id)).min() {
            Some(other) if t.deleted_at.is_none() => Err(StoreError::Conflict(format!(
                "template {} in {} exists already, as {other}: edit that one",
                t.name, t.language
            ))),
            _ => Ok(()),
        }
    }

    /// Takes a change that `check` has let through.
    pub(crate) fn apply(&mut self, change: RegistryChange) {
        let concerns_listeners = matches!(
            change,
            RegistryChange::PutChannel(_)
                | RegistryChange::PutEndpoint(_)
                | RegistryChange::RemoveEndpoint(_)
        );
        self.take(change);
        if concerns_listeners {
            self.listen();
        }
    }

    fn take(&mut self, change: RegistryChange) {
        match change {
            RegistryChange::PutAccount(a) => drop(self.accounts.insert(a.id, a)),
            RegistryChange::PutChannel(c) => drop(self.channels.insert(c.id, c)),
            RegistryChange::PutKey(k) => drop(self.keys.insert(k.hash, k)),
            RegistryChange::EndKeys { channel, keep, at } => {
                let ending = |k: &&mut ApiKey| k.channel == channel && !keep.contains(&k.hash);
                for key in self.keys.values_mut().filter(ending) {
                    key.expires_at = Some(key.expires_at.map_or(at, |e| e.min(at)));
                }
            }
            RegistryChange::PutTemplate(t) => {
                self.forget_template(t.id);
                self.names.entry((t.account, t.name.clone(), t.language.clone())).or_default().push(t.id);
                self.templates.insert(t.id, t);
            }
            RegistryChange::ForgetTemplate(id) => self.forget_template(id),
            RegistryChange::PutEndpoint(e) => drop(self.endpoints.insert(e.id, e)),
            RegistryChange::RemoveEndpoint(id) => drop(self.endpoints.remove(&id)),
            RegistryChange::PutLogin(login) => drop(self.logins.insert(login.name.clone(), login)),
            RegistryChange::RemoveLogin(name) => drop(self.logins.remove(&name)),
            RegistryChange::PutDocument(d) => {
                drop(self.documents.insert((d.account, d.channel, d.kind.as_str()), d));
            }
            RegistryChange::PutBlock(b) => {
                drop(Arc::make_mut(&mut self.blocks).insert((b.channel, b.person), b));
            }
            RegistryChange::RemoveBlock { channel, person } => {
                drop(Arc::make_mut(&mut self.blocks).remove(&(channel, person)));
            }
        }
    }

    pub(crate) fn prune_keys(&mut self, before: Timestamp) {
        self.keys.retain(|_, k| k.expires_at.is_none_or(|at| at >= before));
    }

    fn forget_template(&mut self, id: TemplateId) {
        let Some(old) = self.templates.remove(&id) else { return };
        let key = (old.account, old.name, old.language);
        if let Some(ids) = self.names.get_mut(&key) {
            ids.retain(|other| *other != id);
            if ids.is_empty() {
                self.names.remove(&key);
            }
        }
    }

    fn listen(&mut self) {
        self.listeners = Listeners::new(self.endpoints.values(), self.channels.values());
    }
}
