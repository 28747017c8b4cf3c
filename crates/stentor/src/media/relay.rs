//! The way to an upstream that keeps the media itself: what the API asks of it. Implemented by `upstream::cloud_api`;
//! with the simulated network there is none, and media are ours.

use std::pin::Pin;

use axum::body::Body;
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use stentor_core::id::ChannelId;

use super::folder::Received;

/// What an upstream answers, sooner or later.
pub type Relayed<'a, T> = Pin<Box<dyn Future<Output = Result<T, RelayError>> + Send + 'a>>;

/// Why an upstream did not do as it was asked.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// It said so: its answer is ours.
    #[error("refused with {code}: {details}")]
    Refused {
        /// HTTP status.
        http: StatusCode,
        /// Meta's code.
        code: u32,
        /// Meta's words.
        details: String,
    },
    /// It said nothing that can be read.
    #[error("{0}")]
    Unreachable(String),
}

/// What `GET /{media-id}` says, as the upstream has it.
#[derive(Debug)]
pub struct Shown {
    /// The whole answer.
    pub body: Value,
}

/// A download under way.
#[derive(Debug)]
pub struct Arrived {
    /// HTTP status: 200, 206, or what the upstream refuses with.
    pub status: StatusCode,
    /// `Content-Type`, `Content-Length`, `Content-Range` and the like.
    pub headers: HeaderMap,
    /// The bytes, as they come.
    pub body: Body,
}

/// What a file is called and declared as.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a> {
    /// Its type.
    pub mime: &'a str,
    /// Its name.
    pub file_name: &'a str,
}

/// An upstream that keeps media.
pub trait Relay: Send + Sync + std::fmt::Debug {
    /// Uploads; the upstream's id.
    fn upload<'a>(&'a self, channel: ChannelId, file: &'a Received, named: Sample<'a>)
    -> Relayed<'a, String>;
    /// What it knows of an id.
    fn show<'a>(&'a self, channel: ChannelId, id: &'a str) -> Relayed<'a, Shown>;
    /// Deletes.
    fn delete<'a>(&'a self, channel: ChannelId, id: &'a str) -> Relayed<'a, ()>;
    /// Fetches what a URL of [`Relay::show`] leads to, by its path and query; `range` as the caller asked.
    fn download<'a>(&'a self, path_and_query: &'a str, range: Option<&'a str>) -> Relayed<'a, Arrived>;
    /// Uploads a sample for a template or a profile; the upstream's handle.
    fn sample<'a>(&'a self, file: &'a Received, named: Sample<'a>) -> Relayed<'a, String>;
}
