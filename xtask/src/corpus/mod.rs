//! `cargo xtask corpus DIR`: real request bodies, each in a fresh account, against a server of its own.
//! Called by `main`; everything goes over HTTP, as a customer's request would.

pub mod run;
pub mod server;
mod verdict;
mod webhooks;
