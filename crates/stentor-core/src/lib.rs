//! Stentor's decisions: what may be sent, when, what an answer means, what comes next.
//!
//! No async, no SQL, no HTTP, no clock and no dice: time and randomness are arguments. Nothing here can fail on I/O.
//! The API parses, **the core decides**, the store commits, the upstream sends, the notifier delivers.

pub mod admission;
pub mod cap;
pub mod consent;
pub mod engagement;
pub mod id;
pub mod lift;
pub mod media;
pub mod message;
pub mod messaging_limit;
pub mod opt_out;
pub mod outcome;
pub mod quiet_hours;
pub mod rate;
pub mod reason;
pub mod recipient;
pub mod registry;
pub mod route;
pub mod schedule;
pub mod sync;
pub mod template;
pub mod time;
pub mod ttl;
pub mod undeliverable;
pub mod wamid;
pub mod webhook;
