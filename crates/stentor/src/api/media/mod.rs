//! Media over HTTP: uploads, what an id is, downloads, resumable uploads, and what the other paths ask of media. Handlers
//! for the 360dialog paths; the Graph twin hands its requests to the same ones.

mod desk;
mod download;
mod inbound;
mod refusal;
mod resumable;
mod root;
mod sends;
mod show;
mod upload;

pub use desk::{Desk, Rules};
pub use inbound::{Sent, receive, specimen};
pub use resumable::{keep, resolve};
pub use root::{routes, routes_v1};
pub use sends::check;
pub use show::url;
