//! The registry in memory: what every request and every send looks up, as one immutable snapshot.
//!
//! The store is the truth: a write is committed there first, then the snapshot is swapped. Readers never wait and never
//! see half of a write. Used by the API, the movers and the commands; decides nothing about messages.

pub mod delivery;
mod keys;
mod limits;
mod snapshot;
mod templates;

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use stentor_core::id::{AccountId, ChannelId};
use stentor_core::registry::{Channel, Echo};
use stentor_core::time::Timestamp;
use stentor_store::{Audit, NewNotice, RegistryChange, Store, StoreError};
use tokio::sync::watch;

use crate::envelope::management;

pub use keys::{Caller, hash_key, key_name};
pub use snapshot::Snapshot;
pub use templates::{NAME_LOCK, Registered, ids_of};

/// The registry: a snapshot that is swapped by [`Directory::commit`].
#[derive(Debug)]
pub struct Directory {
    snapshot: ArcSwap<Snapshot>,
    /// One write at a time, so that two of them cannot lose one another's change.
    writing: tokio::sync::Mutex<()>,
    /// Counts the writes, for those who wait for one.
    written: watch::Sender<u64>,
}

/// What one administrative write does, decided under the write lock from the snapshot it will replace.
#[derive(Debug)]
pub struct Plan {
    /// Who does what.
    pub audit: Audit,
    /// Changes, in order; none: nothing is written.
    pub changes: Vec<RegistryChange>,
    /// Webhooks that tell of it.
    pub notices: Vec<NewNotice>,
}

impl Directory {
    /// Loads the whole registry.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn load(store: &Store) -> Result<Self, StoreError> {
        let registry = store.registry().await?;
        Ok(Self {
            snapshot: ArcSwap::from_pointee(Snapshot::new(registry)),
            writing: tokio::sync::Mutex::default(),
            written: watch::Sender::new(0),
        })
    }

    /// The registry as it is now; later writes do not change it.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    /// Tells of every write.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.written.subscribe()
    }

    /// Commits changes with their audit row and notices, then shows them.
    ///
    /// # Errors
    /// When the store refuses; then nothing is shown.
    pub async fn commit(
        &self,
        store: &Store,
        now: Timestamp,
        audit: Audit,
        changes: Vec<RegistryChange>,
        notices: Vec<NewNotice>,
    ) -> Result<(), StoreError> {
        self.administer(store, now, |_| Ok::<_, StoreError>((Plan { audit, changes, notices }, ()))).await
    }

    /// Books whether the channel's upstream gives our mark back, when that is news.
    ///
    /// # Errors
    /// When the store refuses; then it is learnt another time.
    pub async fn learn_echo(
        &self,
        store: &Store,
        now: Timestamp,
        id: ChannelId,
        echo: Echo,
    ) -> Result<(), StoreError> {
        self.administer(store, now, |snapshot| {
            let known = snapshot.channel(id).filter(|channel| channel.echo != echo);
            let channel = known.map(|channel| Channel { echo, ..Channel::clone(channel) });
            let audit = Audit {
                at: now,
                actor: "network".to_owned(),
                account: channel.as_ref().map_or(AccountId(0), |channel| channel.account),
                action: "channel.echo".to_owned(),
                detail: format!("{id}: {}", echo.as_str()),
            };
            let changes = channel.map(RegistryChange::PutChannel).into_iter().collect();
            Ok((Plan { audit, changes, notices: Vec::new() }, ()))
        })
        .await
    }

    /// Keeps on which day each key was last used, where that is news.
    ///
    /// # Errors
    /// When the store refuses; then it is kept another time.
    pub async fn keep_uses(&self, store: &Store, now: Timestamp) -> Result<(), StoreError> {
        let mut news: BTreeMap<AccountId, Vec<RegistryChange>> = BTreeMap::new();
        for key in self.snapshot().keys_used() {
            news.entry(key.account).or_default().push(RegistryChange::PutKey(key));
        }
        for (account, changes) in news {
            let (actor, action) = ("system".to_owned(), "key.use".to_owned());
            let detail = format!("{} keys were used for the first time today", changes.len());
            let audit = Audit { at: now, actor, account, action, detail };
            self.commit(store, now, audit, changes, Vec::new()).await?;
        }
        Ok(())
    }

    /// Decides under the write lock, commits what was decided, shows it, and returns what `decide` has to say of it.
    /// Run it to its end: a caller that may be dropped half-way (a request whose client goes) starts it as a task.
    ///
    /// # Errors
    /// What `decide` refuses, or the store.
    pub async fn administer<T, E: From<StoreError>>(
        &self,
        store: &Store,
        now: Timestamp,
        decide: impl FnOnce(&Snapshot) -> Result<(Plan, T), E>,
    ) -> Result<T, E> {
        let _one_at_a_time = self.writing.lock().await;
        let current = self.snapshot.load_full();
        let (plan, said) = decide(&current)?;
        if plan.changes.is_empty() && plan.notices.is_empty() {
            return Ok(said);
        }
        let mut plan = plan;
        if current.own_endpoint(AccountId::INSTALLATION, None).is_some() {
            plan.notices.extend(management::events(&current, &plan.changes, now));
        }
        let about: Vec<_> = plan.notices.iter().map(|n| (n.account, n.channel)).collect();
        store.administer(now, plan.audit, plan.changes.clone(), plan.notices).await?;
        about.into_iter().for_each(|(account, channel)| current.note_unheard(account, channel));
        let mut next = Snapshot::clone(&current);
        for change in plan.changes {
            next.apply(change);
        }
        next.listen();
        self.snapshot.store(Arc::new(next));
        self.written.send_modify(|n| *n = n.wrapping_add(1));
        Ok(said)
    }
}
