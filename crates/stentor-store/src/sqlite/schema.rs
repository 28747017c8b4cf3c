//! Opening the database of a data folder: pragmas, and migrations numbered by `user_version`, forward only.

use std::fs::OpenOptions;
use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::Options;
use crate::StoreError;

/// Each brings the schema from its index to the next number. Never edited after a release: added to.
const MIGRATIONS: [&str; 10] = [
    include_str!("schema.sql"),
    "ALTER TABLE person ADD COLUMN resumed_at INTEGER;",
    include_str!("schema_3.sql"),
    include_str!("schema_4.sql"),
    include_str!("schema_5.sql"),
    include_str!("schema_6.sql"),
    include_str!("schema_7.sql"),
    include_str!("schema_8.sql"),
    include_str!("schema_9.sql"),
    include_str!("schema_10.sql"),
];

/// The schema this version writes.
#[expect(clippy::cast_possible_truncation, reason = "a handful")]
pub(super) const LATEST: u32 = MIGRATIONS.len() as u32;

/// Opens the writer's connection, making or migrating the database.
pub(super) fn open_writer(file: &Path, options: &Options) -> Result<Connection, StoreError> {
    private(file)?;
    let mut connection = connect(file, options)?;
    let version = version(&connection, file)?;
    if version == 0 {
        connection.pragma_update(None, "page_size", 8_192)?;
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // Checkpoints are the tail of the latency: fewer and larger, in the writer itself.
    connection.pragma_update(None, "wal_autocheckpoint", options.checkpoint_pages)?;
    connection.pragma_update(None, "journal_size_limit", 128 << 20)?;
    // What is deleted is overwritten: bodies and addresses do not live on in free pages.
    connection.pragma_update(None, "secure_delete", true)?;
    if let Some(pages) = options.db_pages_max {
        connection.pragma_update(None, "max_page_count", pages)?;
    }
    for (number, migration) in (1..).zip(MIGRATIONS).skip(version) {
        let tx = connection.transaction()?;
        tx.execute_batch(migration)?;
        tx.pragma_update(None, "user_version", number)?;
        tx.commit()?;
    }
    Ok(connection)
}

/// The number of the schema; refuses one that this version does not know.
fn version(connection: &Connection, file: &Path) -> Result<usize, StoreError> {
    let version: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    known(version, file)?;
    Ok(usize::try_from(version).unwrap_or(usize::MAX))
}

/// Refuses a schema that this version does not know.
pub(super) fn known(version: u32, file: &Path) -> Result<(), StoreError> {
    if version <= LATEST {
        return Ok(());
    }
    Err(StoreError::Unusable(format!(
        "{} was written by a newer version (schema {version}, this one knows {LATEST}): use that version",
        file.display()
    )))
}

/// Opens a database to read it as it is now and stays for this connection, whoever writes to it; with its schema.
pub(super) fn open_snapshot(file: &Path) -> Result<(Connection, u32), StoreError> {
    let unusable = |why: &str| StoreError::Unusable(format!("{} {why}", file.display()));
    if !file.is_file() {
        return Err(unusable("is not there: name a data folder"));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.execute_batch("BEGIN")?;
    let version = version(&connection, file).map_err(|error| match error {
        StoreError::Unusable(why) if why.contains("not a database") => unusable("is no database of ours"),
        other => other,
    })?;
    if version == 0 {
        return Err(unusable("holds nothing yet: start the server on it once"));
    }
    Ok((connection, u32::try_from(version).unwrap_or(u32::MAX)))
}

/// Opens a connection that cannot write.
pub(super) fn open_reader(file: &Path, options: &Options) -> Result<Connection, StoreError> {
    let connection = connect(file, options)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

fn connect(file: &Path, options: &Options) -> Result<Connection, StoreError> {
    let connection = Connection::open(file)?;
    connection.set_prepared_statement_cache_capacity(256);
    // A plan depends on the statement alone, and is made once. Otherwise SQLite plans some statements anew whenever they
    // are run with other values: claims of webhooks cost six times as much (`cargo bench -p stentor-store`).
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.pragma_update(None, "foreign_keys", false)?;
    connection.pragma_update(None, "cache_size", -i64::from(options.cache_kib))?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(connection)
}

/// Makes the file, for its owner only; SQLite gives its companions the same mode.
pub(super) fn private(file: &Path) -> Result<(), StoreError> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let made = options.open(file);
    made.map(drop).map_err(|error| {
        StoreError::Unusable(format!(
            "cannot write {}: {error}; make it writable for this user",
            file.display()
        ))
    })
}
