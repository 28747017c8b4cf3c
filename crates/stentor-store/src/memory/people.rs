//! What was said about people, and the erasure of what they left in other tables, in memory.

use std::ops::Bound;

use stentor_core::consent::Entry;
use stentor_core::id::{AccountId, MessageId, NoticeId, RecipientKey};

use super::Tables;
use crate::rows::{OutboxRow, PeopleRows, Result, What};
use crate::{Alias, NewNotice, Person};

impl PeopleRows for Tables {
    fn put_consent(&mut self, account: AccountId, recipient: RecipientKey, entry: &Entry) -> Result<()> {
        self.consents.entry((account, recipient)).or_default().push(entry.clone());
        Ok(())
    }

    fn consents(&self, account: AccountId, recipient: RecipientKey) -> Result<Vec<Entry>> {
        Ok(self.consents.get(&(account, recipient)).cloned().unwrap_or_default())
    }

    fn trim_consents(&mut self, account: AccountId, recipient: RecipientKey, keep: usize) -> Result<()> {
        if let Some(history) = self.consents.get_mut(&(account, recipient)) {
            history.drain(..history.len().saturating_sub(keep));
        }
        Ok(())
    }

    fn put_alias(&mut self, account: AccountId, alias: &Alias) -> Result<()> {
        self.aliases.insert((account, alias.user.0), alias.clone());
        Ok(())
    }

    fn other_names(
        &self,
        account: AccountId,
        of: RecipientKey,
        limit: usize,
    ) -> Result<Vec<(RecipientKey, String)>> {
        let number = self.aliases.get(&(account, of)).map(|alias| alias.number.clone());
        let of_account =
            self.aliases.range((account, RecipientKey(i64::MIN))..=(account, RecipientKey(i64::MAX)));
        let users = of_account.filter(|(_, alias)| alias.number.0 == of).map(|(_, alias)| alias.user.clone());
        Ok(number.into_iter().chain(users).take(limit).collect())
    }

    fn delete_aliases(&mut self, account: AccountId, of: RecipientKey) -> Result<()> {
        self.aliases.retain(|(a, user), alias| *a != account || (*user != of && alias.number.0 != of));
        Ok(())
    }

    fn forget_wordings(&mut self, account: AccountId, recipient: RecipientKey) -> Result<()> {
        let history = self.consents.get_mut(&(account, recipient));
        history.into_iter().flatten().for_each(|entry| entry.wording = None);
        Ok(())
    }

    fn stopped(
        &self,
        account: AccountId,
        after: Option<RecipientKey>,
        limit: usize,
    ) -> Result<Vec<(RecipientKey, Person)>> {
        let is_one = |person: &Person| {
            let consent = person.consent;
            consent.opted_out.is_some() || consent.suppressed_at.is_some() || person.time_zone.is_some()
        };
        let of = self.persons.iter().filter(|((a, key), _)| *a == account && after.is_none_or(|k| *key > k));
        let of = of.filter(|(_, person)| is_one(person)).take(limit);
        Ok(of.map(|((_, key), person)| (*key, person.clone())).collect())
    }

    fn people_after(
        &self,
        after: (AccountId, RecipientKey),
        limit: usize,
    ) -> Result<Vec<(AccountId, RecipientKey, Person)>> {
        let behind = self.persons.range((Bound::Excluded(after), Bound::Unbounded)).take(limit);
        Ok(behind.map(|((account, key), person)| (*account, *key, person.clone())).collect())
    }

    fn strip_message(&mut self, id: MessageId, kept: &str) -> Result<()> {
        self.bodies.remove(&id);
        self.attempts.retain(|(message, _, _), _| *message != id);
        self.upstream.retain(|(_, message)| *message != id);
        for (_, event) in self.events.range_mut((id, 0)..=(id, u32::MAX)) {
            event.detail = event.detail.take().filter(|detail| detail == kept);
        }
        Ok(())
    }

    fn notices_with(
        &self,
        account: AccountId,
        text: &str,
        after: NoticeId,
        limit: usize,
    ) -> Result<Vec<(NoticeId, NewNotice)>> {
        let of = self.notices.iter().filter(|(id, _)| **id > after);
        let of = of.filter(|(_, (notice, _))| notice.account == account && notice.value.contains(text));
        Ok(of.take(limit).map(|(id, (notice, _))| (*id, notice.clone())).collect())
    }

    fn outbox_of_notice(&self, id: NoticeId) -> Result<Vec<OutboxRow>> {
        Ok(self.outbox.values().filter(|row| row.what == What::Notice(id)).cloned().collect())
    }

    fn delete_notice(&mut self, id: NoticeId) -> Result<()> {
        self.notices.remove(&id);
        Ok(())
    }

    fn delete_idempotency_with(&mut self, account: AccountId, text: &str) -> Result<()> {
        let names_them = |response: &[u8]| response.windows(text.len()).any(|part| part == text.as_bytes());
        self.idempotency.retain(|_, (_, of, record)| *of != account || !names_them(&record.response));
        Ok(())
    }

    fn parked_of_recipient(&self, account: AccountId, recipient: RecipientKey) -> Result<Vec<i64>> {
        let of = self.parked.values().filter(|p| p.account == account);
        Ok(of.filter(|p| p.status.recipient == Some(recipient)).map(|p| p.id).collect())
    }
}
