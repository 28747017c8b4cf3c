//! The learning log on SQLite.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use rusqlite::{Row, params};
use stentor_core::id::{AccountId, MessageId, RecipientKey, TemplateId};
use stentor_core::learning::{Conversion, Decided, Deed, Line};
use stentor_core::lift::Touch;
use stentor_core::time::Timestamp;

use super::{SqliteRows, limited, select};
use crate::learnt_days::{Days, touch};
use crate::rows::{LearningRows, Result};
use crate::sqlite::convert::{time, unreadable};
use crate::{KeptMind, LearntDay};

const LINE: &str = "seq, at, deed, account, recipient, message, template, n, data";

/// The number and the bytes that a deed is written with.
fn written(deed: &Deed) -> (Option<i64>, Option<Vec<u8>>) {
    match deed {
        Deed::Sent(decided) => (None, Some(decided.bytes())),
        Deed::Delivered | Deed::Read | Deed::OptOut | Deed::Forgotten | Deed::Tick => (None, None),
        Deed::Click { button } => (Some(i64::from(*button)), None),
        Deed::Reply { is_quick } => (Some(i64::from(*is_quick)), None),
        Deed::Conversion(Conversion { name, is_app, value, currency, is_click_through }) => {
            // Neither a number nor a currency has a blank; the name may.
            let value = value.map(|value| value.to_string()).unwrap_or_default();
            let text = format!("{value} {} {name}", currency.as_deref().unwrap_or_default());
            (Some(i64::from(*is_click_through) + 2 * i64::from(*is_app)), Some(text.into_bytes()))
        }
    }
}

fn deed(row: &Row<'_>) -> rusqlite::Result<Deed> {
    let n = || row.get::<_, i64>(7);
    let bytes = || row.get_ref(8)?.as_blob().map_err(rusqlite::Error::from);
    Ok(match row.get_ref(2)?.as_str()? {
        "sent" => {
            let decided = Decided::parse(bytes()?);
            Deed::Sent(decided.ok_or_else(|| unreadable(8, "these bytes are no decision"))?)
        }
        "delivered" => Deed::Delivered,
        "read" => Deed::Read,
        "click" => Deed::Click { button: u32::try_from(n()?).unwrap_or_default() },
        "reply" => Deed::Reply { is_quick: n()? != 0 },
        "opt_out" => Deed::OptOut,
        "forgotten" => Deed::Forgotten,
        "tick" => Deed::Tick,
        "conversion" => conversion(bytes()?, n()?)
            .map(Deed::Conversion)
            .ok_or_else(|| unreadable(8, "these bytes are no conversion"))?,
        other => return Err(unreadable(2, &format!("`{other}` is no deed"))),
    })
}

fn conversion(bytes: &[u8], flags: i64) -> Option<Conversion> {
    let mut parts = std::str::from_utf8(bytes).ok()?.splitn(3, ' ');
    let (value, currency, name) = (parts.next()?, parts.next()?, parts.next()?.to_owned());
    let value = if value.is_empty() { None } else { Some(value.parse().ok()?) };
    let currency = Some(currency.to_owned()).filter(|currency| !currency.is_empty());
    let (is_click_through, is_app) = (flags & 1 != 0, flags & 2 != 0);
    Some(Conversion { name, is_app, value, currency, is_click_through })
}

fn numbered(row: &Row<'_>) -> rusqlite::Result<(i64, Line)> {
    let line = Line {
        at: time(row, 1)?,
        account: AccountId(row.get(3)?),
        recipient: RecipientKey(row.get(4)?),
        message: MessageId(row.get(5)?),
        template: TemplateId(row.get(6)?),
        deed: deed(row)?,
    };
    Ok((row.get(0)?, line))
}

impl LearningRows for SqliteRows<'_> {
    fn put_line(&mut self, seq: i64, line: &Line) -> Result<()> {
        let (n, data) = written(&line.deed);
        self.run(
            "INSERT INTO learning VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9)",
            params![
                seq,
                line.at.millis(),
                line.deed.word(),
                line.account.0,
                line.recipient.0,
                line.message.0,
                line.template.0,
                n,
                data
            ],
        )
        .map(drop)
    }

    fn lines_after(&self, seq: i64, limit: usize) -> Result<Vec<(i64, Line)>> {
        let sql = select!(LINE, "FROM learning WHERE seq > ?1 ORDER BY seq LIMIT ?2");
        self.all(sql, [seq, limited(limit)], numbered)
    }

    fn lines_of(
        &self,
        (account, recipient): (AccountId, RecipientKey),
        after: i64,
        limit: usize,
    ) -> Result<Vec<(i64, Line)>> {
        let sql = select!(
            LINE,
            "FROM learning WHERE seq > ?1 AND recipient = ?2 AND account = ?3 AND deed <> 'forgotten' \
             ORDER BY seq LIMIT ?4"
        );
        self.all(sql, [after, recipient.0, account.0, limited(limit)], numbered)
    }

    fn delete_line(&mut self, seq: i64) -> Result<()> {
        self.run("DELETE FROM learning WHERE seq = ?1", [seq]).map(drop)
    }

    fn prune_lines(&mut self, before: Timestamp, limit: usize) -> Result<usize> {
        // In order of number, which is about order of time: only the old end is looked at.
        let sql = "DELETE FROM learning WHERE seq IN \
                   (SELECT seq FROM (SELECT seq, at FROM learning ORDER BY seq LIMIT ?2) WHERE at < ?1)";
        self.run(sql, [before.millis(), limited(limit)])
    }

    fn minds(&self) -> Result<Vec<KeptMind>> {
        self.all("SELECT account, position, at, state FROM mind ORDER BY account", [], |row| {
            let (account, at) = (AccountId(row.get(0)?), time(row, 2)?);
            Ok(KeptMind { account, position: row.get(1)?, at, state: row.get(3)? })
        })
    }

    fn put_mind(&mut self, mind: &KeptMind) -> Result<()> {
        let sql = "INSERT INTO mind VALUES (?1, ?2, ?3, ?4) ON CONFLICT (account) DO UPDATE SET \
                   position = ?2, at = ?3, state = ?4 WHERE position <= ?2";
        self.run(sql, params![mind.account.0, mind.position, mind.at.millis(), mind.state]).map(drop)
    }

    fn send_from(&self, seq: i64) -> Result<Option<(i64, Timestamp)>> {
        let sql = "SELECT seq, at FROM learning WHERE seq >= ?1 AND deed = 'sent' ORDER BY seq LIMIT 1";
        self.one(sql, [seq], |row| Ok((row.get(0)?, time(row, 1)?)))
    }

    fn touches(
        &self,
        account: AccountId,
        people: Option<&[RecipientKey]>,
        from: i64,
    ) -> Result<Vec<(RecipientKey, Touch)>> {
        let asked: Option<HashSet<i64>> = people.map(|people| people.iter().map(|person| person.0).collect());
        let sql = "SELECT recipient, message, at, deed = 'click' FROM learning \
                   WHERE seq >= ?1 AND account = ?2 AND recipient <> 0 AND deed IN ('click','read') ORDER BY seq";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([from, account.0])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let person = row.get(0)?;
            if asked.as_ref().is_none_or(|asked| asked.contains(&person)) {
                let (message, is_click) = (MessageId(row.get(1)?), row.get(3)?);
                found.push((RecipientKey(person), touch(message, time(row, 2)?, is_click)));
            }
        }
        Ok(found)
    }

    fn learnt_days(&self, account: AccountId, from: i64, ids: Range<MessageId>) -> Result<Vec<LearntDay>> {
        let sql = select!(
            LINE,
            "FROM learning WHERE seq >= ?1 AND account = ?2 AND message >= ?3 AND message < ?4 ORDER BY seq"
        );
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([from, account.0, ids.start.0, ids.end.0])?;
        let mut days = Days(BTreeMap::new());
        while let Some(row) = rows.next()? {
            days.add(&numbered(row)?.1);
        }
        Ok(days.take())
    }
}
