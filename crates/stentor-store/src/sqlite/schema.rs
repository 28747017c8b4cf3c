//! Opening the database of a data folder: pragmas, and migrations numbered by `user_version`, forward only.

use std::fs::OpenOptions;
use std::path::Path;

use rusqlite::Connection;

use super::Options;
use crate::StoreError;

/// Each brings the schema from its index to the next number. Never edited after a release: added to.
const MIGRATIONS: [&str; 7] = [
    include_str!("schema.sql"),
    "ALTER TABLE person ADD COLUMN resumed_at INTEGER;",
    include_str!("schema_3.sql"),
    include_str!("schema_4.sql"),
    include_str!("schema_5.sql"),
    include_str!("schema_6.sql"),
    include_str!("schema_7.sql"),
];

/// Opens the writer's connection, making or migrating the database.
pub(super) fn open_writer(file: &Path, options: &Options) -> Result<Connection, StoreError> {
    private(file)?;
    let mut connection = connect(file, options)?;
    let version: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let version = usize::try_from(version).unwrap_or(usize::MAX);
    if version > MIGRATIONS.len() {
        return Err(StoreError::Unusable(format!(
            "{} was written by a newer version (schema {version}, this one knows {}): use that version",
            file.display(),
            MIGRATIONS.len()
        )));
    }
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

/// Opens a connection that cannot write.
pub(super) fn open_reader(file: &Path, options: &Options) -> Result<Connection, StoreError> {
    let connection = connect(file, options)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

fn connect(file: &Path, options: &Options) -> Result<Connection, StoreError> {
    let connection = Connection::open(file)?;
    connection.set_prepared_statement_cache_capacity(256);
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.pragma_update(None, "foreign_keys", false)?;
    connection.pragma_update(None, "cache_size", -i64::from(options.cache_kib))?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(connection)
}

/// Makes the file, for its owner only; SQLite gives its companions the same mode.
fn private(file: &Path) -> Result<(), StoreError> {
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
