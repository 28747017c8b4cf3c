//! Outbox, notices and the delivery log, in memory.

use stentor_core::id::{AccountId, DeliveryId, EndpointId, MessageId, NoticeId};
use stentor_core::time::Timestamp;

use super::Tables;
use crate::rows::{DeliveryRows, OutboxRow, Result};
use crate::{DeliveryLogRow, NewNotice};

impl DeliveryRows for Tables {
    fn put_outbox(&mut self, row: &OutboxRow) -> Result<()> {
        self.outbox_due.insert((row.endpoint, row.due, row.id));
        self.outbox.insert(row.id, row.clone());
        Ok(())
    }

    fn outbox(&self, id: DeliveryId) -> Result<Option<OutboxRow>> {
        Ok(self.outbox.get(&id).cloned())
    }

    fn delete_outbox(&mut self, id: DeliveryId) -> Result<()> {
        if let Some(row) = self.outbox.remove(&id) {
            self.outbox_due.remove(&(row.endpoint, row.due, id));
        }
        Ok(())
    }

    fn postpone_outbox(&mut self, id: DeliveryId, due: Timestamp, tries: u32) -> Result<()> {
        if let Some(row) = self.outbox.get_mut(&id) {
            self.outbox_due.remove(&(row.endpoint, row.due, id));
            (row.due, row.tries) = (due, tries);
            self.outbox_due.insert((row.endpoint, due, id));
        }
        Ok(())
    }

    fn outbox_due(
        &self,
        endpoint: EndpointId,
        after: (Timestamp, DeliveryId),
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<OutboxRow>> {
        let of = self.outbox_due.range((endpoint, after.0, after.1)..).map(|(e, due, id)| (*e, (*due, *id)));
        let of = of.filter(|(_, at)| *at > after).take_while(|(e, at)| *e == endpoint && at.0 <= until);
        Ok(of.filter_map(|(_, (_, id))| self.outbox.get(&id)).take(limit).cloned().collect())
    }

    fn postponed_before(
        &self,
        endpoint: EndpointId,
        message: MessageId,
        id: DeliveryId,
    ) -> Result<Option<Timestamp>> {
        let of = |r: &&OutboxRow| {
            r.endpoint == endpoint && r.what.message() == Some(message) && r.due > r.queued_at
        };
        Ok(self.outbox.range(..id).map(|(_, r)| r).filter(of).map(|r| r.due).max())
    }

    fn oldest_outbox(&self, endpoint: Option<EndpointId>) -> Result<Option<OutboxRow>> {
        Ok(self.outbox.values().find(|r| endpoint.is_none_or(|e| e == r.endpoint)).cloned())
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
