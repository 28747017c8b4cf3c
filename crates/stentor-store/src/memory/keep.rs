//! Budgets, people, parked statuses, audit, secrets, in memory. The registry is the directory's own.

use stentor_core::id::{AccountId, BusinessId, ChannelId, RecipientKey};
use stentor_core::messaging_limit::Begun;
use stentor_core::rate::Pace;
use stentor_core::time::Timestamp;

use super::Tables;
use crate::rows::{Counter, KeepRows, Parked, Result};
use crate::{Audit, Idempotency, Person, Registry, RegistryChange};

impl KeepRows for Tables {
    fn pace(&self, channel: ChannelId) -> Result<Option<Pace>> {
        Ok(self.paces.get(&channel).copied())
    }

    fn put_pace(&mut self, channel: ChannelId, pace: &Pace) -> Result<()> {
        self.paces.insert(channel, *pace);
        Ok(())
    }

    fn paces(&self) -> Result<Vec<(ChannelId, Pace)>> {
        Ok(self.paces.iter().map(|(channel, pace)| (*channel, *pace)).collect())
    }

    fn person(&self, account: AccountId, recipient: RecipientKey) -> Result<Option<Person>> {
        Ok(self.persons.get(&(account, recipient)).cloned())
    }

    fn put_person(&mut self, account: AccountId, recipient: RecipientKey, person: &Person) -> Result<()> {
        if *person == Person::default() {
            self.persons.remove(&(account, recipient));
        } else {
            self.persons.insert((account, recipient), person.clone());
        }
        Ok(())
    }

    fn begun(&self) -> Result<Vec<(BusinessId, RecipientKey, Begun)>> {
        Ok(self.begun.iter().map(|((business, person), begun)| (*business, *person, *begun)).collect())
    }

    fn put_begun(&mut self, business: BusinessId, person: RecipientKey, begun: Option<Begun>) -> Result<()> {
        match begun {
            Some(begun) => drop(self.begun.insert((business, person), begun)),
            None => drop(self.begun.remove(&(business, person))),
        }
        Ok(())
    }

    fn park(&mut self, parked: &Parked) -> Result<()> {
        self.parked.insert(parked.id, parked.clone());
        Ok(())
    }

    fn unpark(&mut self, id: i64) -> Result<()> {
        self.parked.remove(&id);
        Ok(())
    }

    fn parked_of_upstream(&self, upstream_id: &str) -> Result<Vec<Parked>> {
        Ok(self.parked.values().filter(|p| p.status.upstream_id == upstream_id).cloned().collect())
    }

    fn parked_of_person(&self, channel: ChannelId, recipient: RecipientKey) -> Result<Vec<Parked>> {
        let of = |p: &&Parked| p.status.channel == channel && p.status.recipient == Some(recipient);
        Ok(self.parked.values().filter(of).cloned().collect())
    }

    fn oldest_parked(&self) -> Result<Option<(i64, Timestamp)>> {
        Ok(self.parked.values().next().map(|p| (p.id, p.at)))
    }

    fn idempotency(&self, scope: &[u8; 32]) -> Result<Option<(Timestamp, Idempotency)>> {
        Ok(self.idempotency.get(scope).map(|(at, _, record)| (*at, record.clone())))
    }

    fn put_idempotency(&mut self, at: Timestamp, of: AccountId, record: &Idempotency) -> Result<()> {
        self.idempotency.insert(record.scope, (at, of, record.clone()));
        Ok(())
    }

    fn prune_idempotency(&mut self, before: Timestamp, limit: usize) -> Result<usize> {
        let mut old: Vec<_> =
            self.idempotency.iter().filter(|(_, (at, ..))| *at < before).map(|(k, _)| *k).collect();
        old.truncate(limit);
        old.iter().for_each(|scope| drop(self.idempotency.remove(scope)));
        Ok(old.len())
    }

    fn put_audit(&mut self, id: i64, audit: &Audit) -> Result<()> {
        self.audit.insert(id, audit.clone());
        Ok(())
    }

    fn audit(&self, account: AccountId, before: Option<Timestamp>, limit: usize) -> Result<Vec<Audit>> {
        let of = |a: &&Audit| a.account == account && before.is_none_or(|before| a.at < before);
        Ok(self.audit.values().rev().filter(of).take(limit).cloned().collect())
    }

    fn prune_audit(&mut self, before: Timestamp, limit: usize) -> Result<usize> {
        let old: Vec<_> =
            self.audit.iter().take(limit).filter(|(_, a)| a.at < before).map(|(id, _)| *id).collect();
        old.iter().for_each(|id| drop(self.audit.remove(id)));
        Ok(old.len())
    }

    fn secret(&self, name: &str) -> Result<Option<[u8; 32]>> {
        Ok(self.secrets.get(name).copied())
    }

    fn put_secret(&mut self, name: &str, value: &[u8; 32]) -> Result<()> {
        self.secrets.insert(name.to_owned(), *value);
        Ok(())
    }

    /// The directory is all there is of it.
    fn registry(&self) -> Result<Registry> {
        Ok(Registry::default())
    }

    fn put_registry(&mut self, _change: &RegistryChange) -> Result<()> {
        Ok(())
    }

    fn prune_keys(&mut self, _before: Timestamp) -> Result<()> {
        Ok(())
    }

    fn counters(&self) -> Result<Vec<(Counter, i64, i64)>> {
        Ok(self.counters.iter().map(|((c, key), n)| (*c, *key, *n)).collect())
    }
}
