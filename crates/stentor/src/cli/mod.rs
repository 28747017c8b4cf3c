//! The command line. May touch anything; nobody imports it.

mod account;
pub mod args;
pub mod bubble;
mod channel;
pub mod client;
mod config;
pub mod dev;
mod docs;
pub mod exit;
#[cfg(test)]
mod hints;
mod host;
mod hub;
mod json;
mod listen;
mod media;
mod messages;
mod moment;
mod network;
mod network_serve;
mod person;
mod phone;
mod phone_act;
pub mod print;
pub mod run;
mod send;
pub mod serve;
mod span;
mod status;
mod suppression;
mod template;
mod text;
mod timeline;
mod webhook;
