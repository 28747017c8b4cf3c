//! What was said about people, and the erasure of what they left in other tables, on SQLite.

use rusqlite::params;
use stentor_core::consent::{Act, Entry, Source};
use stentor_core::id::{AccountId, ChannelId, MessageId, NoticeId, RecipientKey};

use super::{SqliteRows, limited, select};
use crate::rows::{OutboxRow, PeopleRows, Result};
use crate::sqlite::convert::{self, OUTBOX, PERSON, time, word};
use crate::{Alias, NewNotice, Person};

impl PeopleRows for SqliteRows<'_> {
    fn put_consent(&mut self, account: AccountId, recipient: RecipientKey, e: &Entry) -> Result<()> {
        let sql = "INSERT INTO consent (account, recipient, at, act, source, wording, actor) VALUES (?1,?2,?3,?4,?5,?6,?7)";
        let (act, source) = (e.act.as_str(), e.source.as_str());
        self.run(sql, params![account.0, recipient.0, e.at.millis(), act, source, e.wording, e.actor])
            .map(drop)
    }

    fn consents(&self, account: AccountId, recipient: RecipientKey) -> Result<Vec<Entry>> {
        let sql = "SELECT at, act, source, wording, actor FROM consent \
                   WHERE account = ?1 AND recipient = ?2 ORDER BY id";
        self.all(sql, [account.0, recipient.0], |row| {
            let (act, source) = (word(row, 1, Act::parse)?, word(row, 2, Source::parse)?);
            Ok(Entry { at: time(row, 0)?, act, source, wording: row.get(3)?, actor: row.get(4)? })
        })
    }

    fn trim_consents(&mut self, account: AccountId, recipient: RecipientKey, keep: usize) -> Result<()> {
        let sql = "DELETE FROM consent WHERE account = ?1 AND recipient = ?2 AND id <= \
                   (SELECT id FROM consent WHERE account = ?1 AND recipient = ?2 ORDER BY id DESC LIMIT 1 OFFSET ?3)";
        self.run(sql, [account.0, recipient.0, limited(keep)]).map(drop)
    }

    fn put_alias(&mut self, account: AccountId, alias: &Alias) -> Result<()> {
        let Alias { user: (user, user_id), number: (number, wa_id) } = alias;
        let sql =
            "INSERT OR REPLACE INTO alias (account, user, number, user_id, wa_id) VALUES (?1,?2,?3,?4,?5)";
        self.run(sql, params![account.0, user.0, number.0, user_id, wa_id]).map(drop)
    }

    fn other_names(
        &self,
        account: AccountId,
        of: RecipientKey,
        limit: usize,
    ) -> Result<Vec<(RecipientKey, String)>> {
        let sql = "SELECT number, wa_id FROM alias WHERE account = ?1 AND user = ?2 UNION ALL \
                   SELECT user, user_id FROM alias WHERE account = ?1 AND number = ?2 LIMIT ?3";
        self.all(sql, [account.0, of.0, limited(limit)], |row| Ok((RecipientKey(row.get(0)?), row.get(1)?)))
    }

    fn delete_aliases(&mut self, account: AccountId, of: RecipientKey) -> Result<()> {
        let sql = "DELETE FROM alias WHERE account = ?1 AND (user = ?2 OR number = ?2)";
        self.run(sql, [account.0, of.0]).map(drop)
    }

    fn forget_wordings(&mut self, account: AccountId, recipient: RecipientKey) -> Result<()> {
        let sql = "UPDATE consent SET wording = NULL WHERE account = ?1 AND recipient = ?2";
        self.run(sql, [account.0, recipient.0]).map(drop)
    }

    fn stopped(
        &self,
        account: AccountId,
        after: Option<RecipientKey>,
        limit: usize,
    ) -> Result<Vec<(RecipientKey, Person)>> {
        let sql = select!(
            PERSON,
            ", recipient FROM person WHERE account = ?1 AND (?2 IS NULL OR recipient > ?2) AND \
             (opted_out_at IS NOT NULL OR suppressed_at IS NOT NULL OR time_zone IS NOT NULL) \
             ORDER BY recipient LIMIT ?3"
        );
        let after = after.map(|key| key.0);
        self.all(sql, params![account.0, after, limited(limit)], |row| {
            Ok((RecipientKey(row.get("recipient")?), convert::person(row)?))
        })
    }

    fn people_after(
        &self,
        (account, recipient): (AccountId, RecipientKey),
        limit: usize,
    ) -> Result<Vec<(AccountId, RecipientKey, Person)>> {
        let sql = select!(
            PERSON,
            ", account, recipient FROM person WHERE (account, recipient) > (?1, ?2) \
             ORDER BY account, recipient LIMIT ?3"
        );
        self.all(sql, [account.0, recipient.0, limited(limit)], |row| {
            let (account, recipient) = (row.get("account")?, row.get("recipient")?);
            Ok((AccountId(account), RecipientKey(recipient), convert::person(row)?))
        })
    }

    fn strip_message(&mut self, id: MessageId, kept: &str) -> Result<()> {
        self.run("DELETE FROM body WHERE message = ?1", [id.0])?;
        if let Some(recent) = self.recent {
            recent.borrow_mut().forget_named(None);
        }
        self.run("DELETE FROM attempt WHERE message = ?1", [id.0])?;
        let sql = "UPDATE event SET detail = NULL WHERE message = ?1 AND detail <> ?2";
        self.run(sql, params![id.0, kept]).map(drop)
    }

    fn notices_with(
        &self,
        account: AccountId,
        text: &str,
        after: NoticeId,
        limit: usize,
    ) -> Result<Vec<(NoticeId, NewNotice)>> {
        let sql = "SELECT id, channel, field, value FROM notice \
                   WHERE id > ?1 AND account = ?2 AND instr(value, ?3) > 0 ORDER BY id LIMIT ?4";
        self.all(sql, params![after.0, account.0, text, limited(limit)], |row| {
            let channel = row.get::<_, Option<i64>>(1)?.map(ChannelId);
            let notice = NewNotice { account, channel, field: row.get(2)?, value: row.get(3)? };
            Ok((NoticeId(row.get(0)?), notice))
        })
    }

    fn outbox_of_notice(&self, id: NoticeId) -> Result<Vec<OutboxRow>> {
        self.all(select!(OUTBOX, "FROM outbox WHERE notice = ?1 ORDER BY id"), [id.0], convert::outbox)
    }

    fn delete_notice(&mut self, id: NoticeId) -> Result<()> {
        self.run("DELETE FROM notice WHERE id = ?1", [id.0]).map(drop)
    }

    fn delete_idempotency_with(&mut self, account: AccountId, text: &str) -> Result<()> {
        let sql = "DELETE FROM idempotency WHERE (account = ?1 OR account IS NULL) \
                   AND instr(CAST(response AS TEXT), ?2) > 0";
        self.run(sql, params![account.0, text]).map(drop)
    }

    fn parked_of_recipient(&self, account: AccountId, recipient: RecipientKey) -> Result<Vec<i64>> {
        let sql = "SELECT id FROM parked WHERE account = ?1 AND recipient = ?2 ORDER BY id";
        self.all(sql, [account.0, recipient.0], |row| row.get(0))
    }
}
