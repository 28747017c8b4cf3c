//! The command line. May touch anything; nobody imports it.

pub mod args;
pub mod dev;
pub mod exit;
