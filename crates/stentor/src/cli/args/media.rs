//! `media`: files for sends, as a customer handles them.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Client;

/// `media`
#[derive(Debug, Subcommand)]
pub enum MediaCommand {
    /// Upload a file; its id is printed.
    Upload {
        /// The file.
        file: PathBuf,
        /// Its type, such as image/jpeg; default: what its name says.
        #[arg(long = "type", value_name = "TYPE")]
        mime: Option<String>,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        of: OfMedia,
    },
    /// What a media id is, and the URL where it can be fetched for five minutes.
    Show {
        /// The media id.
        id: String,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        of: OfMedia,
    },
    /// Fetch a medium into a file.
    Download {
        /// The media id.
        id: String,
        /// The file; default: the id, with the ending of its type, in this folder.
        #[arg(long, short, value_name = "FILE")]
        out: Option<PathBuf>,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        of: OfMedia,
    },
    /// Delete a medium.
    Delete {
        /// The media id.
        id: String,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        of: OfMedia,
    },
}

/// Whose media, and how they are printed.
#[derive(Debug, Args)]
pub struct OfMedia {
    /// The channel's API key; default: the one of the local `dev`.
    #[arg(long, env = "STENTOR_API_KEY", hide_env_values = true)]
    pub api_key: Option<String>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "the flags say it")]
    pub client: Client,
}
