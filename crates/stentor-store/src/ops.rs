//! The operations, each one transaction: load rows, ask the core, write its whole answer. Written once for both
//! backends; `store.rs` calls them. Nothing is written before everything that can be refused has been checked.

pub(crate) mod accept;
pub(crate) mod aliases;
pub(crate) mod begin;
pub(crate) mod delivery;
pub(crate) mod engine;
pub(crate) mod evidence;
pub(crate) mod inbound;
pub(crate) mod learning;
pub(crate) mod media;
pub(crate) mod people;
pub(crate) mod prune;
pub(crate) mod queue;
pub(crate) mod read;
pub(crate) mod registry;
pub(crate) mod restored;
pub(crate) mod status;
