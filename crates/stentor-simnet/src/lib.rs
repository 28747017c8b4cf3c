//! A WhatsApp network as a value: no sockets, no clock, no threads, no dice of its own. Time is an argument, chance a
//! function of the seed: the same calls on the same seed give the same events, bit for bit.
//!
//! The owner calls [`Network::send`] for each request, waits [`Answer::after`], gives the reply back, and asks
//! [`Network::due`] for what happened since; [`Network::next_due`] says when to ask. Advancing by days is calling `due`
//! with a later time. **People** are a function of (seed, number): who is on WhatsApp, online, interested, at the limit
//! of marketing messages; so any audience costs nothing. **[Magic recipients](magic_recipients)** do one fixed thing
//! each under every seed; [`Network::act`] makes anybody do something now. **Faults** are a [`Profile`]: data, switchable
//! while it runs.
//!
//! What is remembered (messages under way, the inbox, stops, blocks, windows, caps, templates) is bounded by
//! [`NetworkConfig`] and gone with the value; [`Network::resume`] puts messages back after a restart. Not simulated:
//! ads, calls, groups, the price list, tiers of messaging limits.

mod act;
mod choice;
mod config;
mod deed;
mod dice;
mod due;
mod event;
mod flight;
mod geography;
mod inbox;
pub mod journal;
mod magic;
mod message;
mod network;
mod pairs;
mod person;
mod plan;
mod portfolio;
mod pricing;
mod profile;
mod review;
mod reviewer;
mod send;
mod templates;
mod user_id;

pub use act::{ActError, Done};
pub use choice::{Choice, Tap, choices};
pub use config::{NetworkConfig, People};
pub use deed::{Business, Contact, Deed, Location, Media, MediaKind, Which};
pub use event::{
    Click, Conversation, Inbound, InboundKind, NetEvent, Pricing, Quality, Rejection, Status, StatusKind,
    TemplateChange, TemplateKey, Verdict,
};
pub use inbox::{Opened, PhoneMessage, Ticks};
pub use magic::{Magic, magic_recipient, magic_recipients};
pub use message::{
    Answer, Answers, Button, List, ListRow, ListSection, MessageKind, Rendered, Reply, Submission,
    TemplateRef,
};
pub use network::{Chat, Network, Seen, Stats};
pub use portfolio::Place;
pub use profile::{Injected, InjectedAt, Pacing, Profile, ProfileError};
pub use review::{KnownTemplate, TemplateSubmission, Trigger, review_triggers, review_verdict};
