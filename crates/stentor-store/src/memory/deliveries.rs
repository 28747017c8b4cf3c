//! Outbox, notices and the delivery log, in memory.

use stentor_core::id::{AccountId, DeliveryId, EndpointId, MessageId, NoticeId};
use stentor_core::time::Timestamp;

use super::Tables;
use crate::rows::{DeliveryRows, MessageRows, OutboxRow, Result, Told};
use crate::{DeliveryLogRow, NewNotice};

impl Tables {
    fn outbox_of(&self, endpoint: EndpointId) -> impl Iterator<Item = &OutboxRow> {
        let ids = (endpoint, DeliveryId(i64::MIN))..=(endpoint, DeliveryId(i64::MAX));
        self.outbox.range(ids).map(|(_, row)| row)
    }
}

impl DeliveryRows for Tables {
    fn put_outbox(&mut self, row: &OutboxRow) -> Result<()> {
        self.outbox.insert((row.endpoint, row.id), row.clone());
        Ok(())
    }

    fn outbox(&self, endpoint: EndpointId, id: DeliveryId) -> Result<Option<OutboxRow>> {
        Ok(self.outbox.get(&(endpoint, id)).cloned())
    }

    fn delete_outbox(&mut self, row: &OutboxRow) -> Result<()> {
        self.outbox.remove(&(row.endpoint, row.id));
        self.postponed.remove(&(row.endpoint, row.due, row.id));
        Ok(())
    }

    fn postpone_outbox(&mut self, row: &OutboxRow, due: Timestamp, tries: u32) -> Result<()> {
        self.delete_outbox(row)?;
        self.postponed.insert((row.endpoint, due, row.id));
        self.put_outbox(&OutboxRow { due, tries, ..row.clone() })
    }

    fn outbox_fresh(&self, endpoint: EndpointId, after: DeliveryId, limit: usize) -> Result<Vec<OutboxRow>> {
        let of = self.outbox_of(endpoint).filter(|row| row.id > after && !row.is_postponed());
        Ok(of.take(limit).cloned().collect())
    }

    fn outbox_postponed(
        &self,
        endpoint: EndpointId,
        after: (Timestamp, DeliveryId),
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<OutboxRow>> {
        let of = self.postponed.range((endpoint, after.0, after.1)..).map(|(e, due, id)| (*e, (*due, *id)));
        let of = of.filter(|(_, at)| *at > after).take_while(|(e, at)| *e == endpoint && at.0 <= until);
        Ok(of.filter_map(|(_, (_, id))| self.outbox.get(&(endpoint, id))).take(limit).cloned().collect())
    }

    fn told(&self, message: MessageId, seq: u32) -> Result<Option<Told>> {
        let (Some(row), Some(event)) = (self.message(message)?, self.event(message, seq)?) else {
            return Ok(None);
        };
        let (address, opaque) = self.address(message)?.unwrap_or_default();
        Ok(Some(Told { message: row, event, address, opaque }))
    }

    fn postponed_before(
        &self,
        endpoint: EndpointId,
        message: MessageId,
        id: DeliveryId,
    ) -> Result<Option<Timestamp>> {
        let of = |r: &&OutboxRow| r.id < id && r.what.message() == Some(message) && r.is_postponed();
        Ok(self.outbox_of(endpoint).filter(of).map(|r| r.due).max())
    }

    fn oldest_outbox(&self, endpoint: Option<EndpointId>) -> Result<Option<OutboxRow>> {
        let of = self.outbox.values().filter(|r| endpoint.is_none_or(|e| e == r.endpoint));
        Ok(of.min_by_key(|r| r.id).cloned())
    }

    fn put_notice(&mut self, id: NoticeId, _at: Timestamp, notice: &NewNotice, refs: u32) -> Result<()> {
        self.notices.insert(id, (notice.clone(), refs));
        Ok(())
    }

    fn notice(&self, id: NoticeId) -> Result<Option<NewNotice>> {
        Ok(self.notices.get(&id).map(|(n, _)| n.clone()))
    }

    fn ref_notice(&mut self, id: NoticeId, rows: u32) -> Result<()> {
        if let Some((_, refs)) = self.notices.get_mut(&id) {
            *refs += rows;
        }
        Ok(())
    }

    fn unref_notice(&mut self, id: NoticeId) -> Result<()> {
        match self.notices.get_mut(&id) {
            Some((_, refs)) if *refs > 1 => *refs -= 1,
            _ => drop(self.notices.remove(&id)),
        }
        Ok(())
    }

    fn put_delivery_log(&mut self, account: AccountId, no: u32, row: &DeliveryLogRow) -> Result<()> {
        self.delivery_log.insert((row.id, no), (account, row.clone()));
        Ok(())
    }

    fn delivery_log(
        &self,
        account: AccountId,
        before: Option<DeliveryId>,
        limit: usize,
    ) -> Result<Vec<DeliveryLogRow>> {
        let below = (before.unwrap_or(DeliveryId(i64::MAX)), 0);
        let of = self.delivery_log.range(..below).rev().filter(|(_, (a, _))| *a == account);
        Ok(of.take(limit).map(|(_, (_, row))| row.clone()).collect())
    }

    fn prune_delivery_log(&mut self, before: Timestamp, limit: usize) -> Result<usize> {
        let old: Vec<_> = self
            .delivery_log
            .iter()
            .take(limit)
            .take_while(|(_, (_, r))| r.at < before)
            .map(|(k, _)| *k)
            .collect();
        old.iter().for_each(|key| drop(self.delivery_log.remove(key)));
        Ok(old.len())
    }
}
