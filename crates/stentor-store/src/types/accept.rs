//! Accepting a message: what the API hands over and what it learns.

use stentor_core::message::{Event, Message};

/// A message as the API admitted it, with everything that must be durable before the 200.
#[derive(Clone, Debug)]
pub struct NewMessage {
    /// The row, in state accepted or waiting.
    pub message: Message,
    /// The rest of it.
    pub body: Body,
    /// Events worth keeping from the start (ignored fields, held for sync); rarely any.
    pub events: Vec<Event>,
    /// The caller's `Idempotency-Key`, when there was one.
    pub idempotency: Option<Idempotency>,
}

/// What only sending, webhooks and people need: kept once, erased by age.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// `to` or `recipient` exactly as the caller wrote it.
    pub input: String,
    /// Canonical digits of the number, or the BSUID.
    pub address: String,
    /// The request as it came, byte for byte.
    pub payload: Vec<u8>,
    /// The caller's `biz_opaque_callback_data`, given back in webhooks.
    pub opaque: Option<String>,
}

/// A request under an `Idempotency-Key`: the same key again replays `response`, with another body it is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idempotency {
    /// SHA-256 of (channel, method, path, key).
    pub scope: [u8; 32],
    /// SHA-256 of the raw body.
    pub body_hash: [u8; 32],
    /// The 200 answer that is replayed.
    pub response: Vec<u8>,
}

/// What became of an accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// Committed and fsynced.
    New,
    /// The key was used before with the same body: this was answered then.
    Replayed {
        /// The first 200's body.
        response: Vec<u8>,
    },
    /// The key was used before with another body.
    OtherBody,
}
