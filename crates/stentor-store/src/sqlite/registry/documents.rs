//! Documents and blocks on SQLite. Called by `registry` alone.

use rusqlite::{Connection, Row, params};
use stentor_core::id::{AccountId, ChannelId, RecipientKey};
use stentor_core::registry::{Block, Document, DocumentKind};

use super::all;
use crate::sqlite::convert::{time, word};

/// Where a document is the account's own.
const NO_CHANNEL: i64 = 0;

pub(super) fn load(c: &Connection) -> rusqlite::Result<Vec<Document>> {
    let sql = "SELECT account, channel, kind, value FROM document ORDER BY account, channel, kind";
    all(c, sql, |row: &Row<'_>| {
        let channel: i64 = row.get(1)?;
        Ok(Document {
            account: AccountId(row.get(0)?),
            channel: (channel != NO_CHANNEL).then_some(ChannelId(channel)),
            kind: word(row, 2, DocumentKind::parse)?,
            value: row.get(3)?,
        })
    })
}

pub(super) fn put(c: &Connection, d: &Document) -> rusqlite::Result<usize> {
    let channel = d.channel.map_or(NO_CHANNEL, |channel| channel.0);
    c.prepare_cached("INSERT OR REPLACE INTO document (account, channel, kind, value) VALUES (?1,?2,?3,?4)")?
        .execute(params![d.account.0, channel, d.kind.as_str(), d.value])
}

pub(super) fn blocks(c: &Connection) -> rusqlite::Result<Vec<Block>> {
    let sql = "SELECT account, channel, person, address, at FROM block ORDER BY channel, person";
    all(c, sql, |row: &Row<'_>| {
        Ok(Block {
            account: AccountId(row.get(0)?),
            channel: ChannelId(row.get(1)?),
            person: RecipientKey(row.get(2)?),
            address: row.get(3)?,
            at: time(row, 4)?,
        })
    })
}

pub(super) fn put_block(c: &Connection, b: &Block) -> rusqlite::Result<usize> {
    c.prepare_cached(
        "INSERT OR REPLACE INTO block (account, channel, person, address, at) VALUES (?1,?2,?3,?4,?5)",
    )?
    .execute(params![b.account.0, b.channel.0, b.person.0, b.address, b.at.millis()])
}
