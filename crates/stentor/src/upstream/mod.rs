//! Edge out: what messages are sent through. Sees core and wire, never the store; a send has one [`Outcome`].

mod departure;

pub use departure::Departure;
