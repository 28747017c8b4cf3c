//! What goes in and comes out of the store: plain values, no handles.

mod accept;
mod delivery;
mod engine;
mod inbound;
mod learning;
mod media;
mod people;
mod read;
mod registry;
mod restored;
mod retention;

pub use accept::*;
pub use delivery::*;
pub use engine::*;
pub use inbound::*;
pub use learning::*;
pub use media::*;
pub use people::*;
pub use read::*;
pub use registry::*;
pub use restored::*;
pub use retention::*;
