//! What tests stand on.

pub mod app;
