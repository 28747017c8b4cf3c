//! `stentor dev`.

pub mod first_screen;
pub mod seed;
