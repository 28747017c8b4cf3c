//! Stentor's truth. One method is one transaction is one sentence; no transaction handle leaves this crate.
//!
//! Two backends run the same operations over the same rows: SQLite (the default) and memory (the reference model, for
//! the simulator). Each operation loads rows, asks a pure decision of `stentor-core`, and commits its whole result.
//! `AccountId` comes first wherever a caller names a thing; another account's id is simply not found.
//! The methods are `async` but run on no runtime: SQLite answers from its writer and readers, memory at once.
//!
//! **Absent on purpose:** clock, dice, HTTP, a runtime.

mod counted;
mod directory;
mod error;
mod learnt;
mod learnt_days;
mod live;
mod lone;
mod memory;
mod ops;
mod receptions;
mod rows;
mod sqlite;
mod store;
mod turns;
mod tx;
mod types;

pub use error::StoreError;
pub use memory::Memory;
pub use sqlite::{
    Checked, ContentName, CopySummary, DATABASE, DatabaseCopy, Options, Sqlite, Verifier, schema_known,
};
pub use store::Store;
pub use types::*;
