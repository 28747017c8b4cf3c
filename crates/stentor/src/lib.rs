//! Stentor, the program: the edges, the movers and the command line around `stentor-core`'s decisions.

pub mod api;
pub mod app;
pub mod backup;
pub mod cli;
pub mod clock;
pub mod config;
pub mod consent_lines;
pub mod data_folder;
pub mod disk;
pub mod engine;
pub mod envelope;
pub mod free_form;
pub mod lifecycle;
pub mod media;
pub mod network;
pub mod outbound;
pub mod receipt;
pub mod registry;
pub mod relay;
pub mod server;
pub mod sim;
pub mod telemetry;
pub mod tls;
pub mod translate;
pub mod upstream;
pub mod wake;
