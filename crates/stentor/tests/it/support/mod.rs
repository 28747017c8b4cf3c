//! What tests stand on.

pub mod app;
pub mod contract;
pub mod process;
pub mod process_gateway;
pub mod process_http;
pub mod process_receiver;
pub mod process_server;
