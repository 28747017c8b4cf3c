//! `cargo xtask tidy`: what the compiler and clippy cannot see. Called by `test` and by hand.
//! Reads the tree, never writes; every check is a function from text to findings, tested on small inputs.

mod crates;
mod dead;
mod files;
mod finding;
mod habits;
mod layers;
pub mod run;
mod size;
mod source;
mod words;
