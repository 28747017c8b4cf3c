//! Flags of what is sent and reported: `send`, `messages`, `webhook`, `phone`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{Client, OfAccount, id};

/// `phone`
#[derive(Debug, Args)]
pub struct PhoneArgs {
    /// The number, as in `to`.
    pub number: String,
    /// What its person does; nothing: the phone is shown.
    #[command(subcommand)]
    pub act: Option<PhoneAct>,
    /// Go on showing what arrives and changes.
    #[arg(long)]
    pub follow: bool,
    /// At most so many messages (1 to 1000).
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub limit: u16,
    #[command(flatten)]
    #[expect(missing_docs, reason = "the flags say it")]
    pub client: Client,
}

/// Whom a person's doing is meant for.
#[derive(Clone, Debug, Args)]
pub struct OfPhone {
    /// The channel, by id or number; not needed where the phone has messages, or only one channel exists.
    #[arg(long, value_name = "CHANNEL")]
    pub to: Option<String>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "the flags say it")]
    pub client: Client,
}

/// What a simulated person does.
#[derive(Debug, Subcommand)]
pub enum PhoneAct {
    /// Write a text.
    Say {
        /// What is written.
        text: String,
        /// Quote this message.
        #[arg(long, value_name = "WAMID|latest")]
        reply_to: Option<String>,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        of: OfPhone,
    },
    /// Tap a button, or a row of a list, by the number the phone shows.
    Press {
        /// The number.
        button: usize,
        /// Which message; default: the newest with something to tap.
        #[arg(long, value_name = "WAMID|latest")]
        message: Option<String>,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        of: OfPhone,
    },
    /// React to a message; without an emoji, take the reaction back.
    React {
        /// The emoji.
        emoji: Option<String>,
        /// Which message; default: the newest.
        #[arg(long, value_name = "WAMID|latest")]
        message: Option<String>,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        of: OfPhone,
    },
    /// Send a file: a path, a link, or a small specimen of its kind.
    Send {
        /// What it is.
        #[arg(value_enum)]
        kind: PhoneFile,
        /// The file.
        #[arg(conflicts_with = "link")]
        path: Option<PathBuf>,
        /// Fetched and sent.
        #[arg(long, value_name = "URL")]
        link: Option<String>,
        /// Words under it.
        #[arg(long)]
        caption: Option<String>,
        /// Quote this message.
        #[arg(long, value_name = "WAMID|latest")]
        reply_to: Option<String>,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        of: OfPhone,
    },
    /// Share a place.
    Location {
        /// Degrees, -90 to 90.
        #[arg(allow_negative_numbers = true)]
        latitude: f64,
        /// Degrees, -180 to 180.
        #[arg(allow_negative_numbers = true)]
        longitude: f64,
        /// Its name.
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        of: OfPhone,
    },
    /// Share a contact.
    Contact {
        /// Whose.
        name: String,
        /// The number.
        phone: Option<String>,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        of: OfPhone,
    },
    /// Stop the account's marketing messages.
    Stop(OfPhone),
    /// Want them again.
    Resume(OfPhone),
    /// Block the account.
    Block(OfPhone),
    /// Block it no longer.
    Unblock(OfPhone),
}

/// The kinds of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the words say it")]
pub enum PhoneFile {
    Image,
    Audio,
    Video,
    Document,
    Sticker,
}

/// `send`
#[derive(Debug, Args)]
pub struct SendArgs {
    /// To whom.
    #[arg(long, required_unless_present = "file")]
    pub to: Option<String>,
    /// The template's name.
    #[arg(long, conflicts_with = "text")]
    pub template: Option<String>,
    /// The template's language.
    #[arg(long, default_value = "en")]
    pub language: String,
    /// The body's parameters, in order; `name=value` for named ones.
    #[arg(long = "param", value_name = "PARAM")]
    pub params: Vec<String>,
    /// A text message instead (goes to /messages).
    #[arg(long)]
    pub text: Option<String>,
    /// A message of another type instead, as its JSON object (goes to /messages): with `--object`.
    #[arg(long = "type", value_name = "TYPE", conflicts_with_all = ["template", "text"], requires = "object")]
    pub kind: Option<String>,
    /// What stands under the type's name, in JSON: `{"link": "https://a.b/c.png", "caption": "Look"}` for an image.
    #[arg(long, value_name = "JSON", requires = "kind")]
    pub object: Option<String>,
    /// The message that is quoted, by its wamid.
    #[arg(long, value_name = "WAMID", conflicts_with = "file")]
    pub reply_to: Option<String>,
    /// A whole request body from a file (`-`: stdin).
    #[arg(long, conflicts_with_all = ["to", "template", "text", "params", "kind"])]
    pub file: Option<PathBuf>,
    /// Which endpoint.
    #[arg(long, value_enum, default_value_t = SendEndpoint::Marketing)]
    pub endpoint: SendEndpoint,
    /// Share the message's activity, or not; default: the account's setting.
    #[arg(long)]
    pub sharing: Option<bool>,
    /// The channel's API key; default: the one of the local `dev`.
    #[arg(long, env = "STENTOR_API_KEY", hide_env_values = true)]
    pub api_key: Option<String>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "the flags say it")]
    pub client: Client,
}

/// Which endpoint a send goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SendEndpoint {
    /// POST /marketing_messages
    Marketing,
    /// POST /messages
    Messages,
}

/// `messages`
#[derive(Debug, Subcommand)]
pub enum MessagesCommand {
    /// The latest messages.
    List {
        /// Only in this state.
        #[arg(long)]
        state: Option<String>,
        /// At most so many (1 to 1000).
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
        limit: u16,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        of: OfAccount,
    },
    /// One message's timeline.
    Show {
        /// Its wamid.
        wamid: String,
        /// Wait until it is in this state first.
        #[arg(long)]
        wait: Option<String>,
        /// Wait at most so long.
        #[arg(long, default_value_t = 30)]
        timeout_secs: u64,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        of: OfAccount,
    },
}

/// Whose endpoint a webhook command means.
#[derive(Clone, Debug, Args)]
pub struct OfEndpoint {
    /// The channel's own endpoint, which goes before its account's; not needed while there is only one channel.
    #[arg(long, conflicts_with = "account", value_parser = id("a channel id"))]
    pub channel: Option<i64>,
    /// The account's endpoint: for all of its channels that have none of their own.
    #[arg(long, value_parser = id("an account id"))]
    pub account: Option<i64>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "the flags say it")]
    pub client: Client,
}

/// `webhook`
#[derive(Debug, Subcommand)]
pub enum WebhookCommand {
    /// Where a channel's events go.
    Get(OfEndpoint),
    /// Send events to a URL.
    Set {
        /// Where to.
        #[arg(value_name = "URL")]
        target: String,
        /// `Name: value`, sent with every delivery.
        #[arg(long = "header", value_name = "HEADER")]
        headers: Vec<String>,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        of: OfEndpoint,
    },
    /// Stop sending events.
    Delete(OfEndpoint),
    /// A local receiver: registers itself, prints what arrives and the signature's verdict, puts the former URL back.
    Listen {
        /// Where to listen; port 0 takes a free one.
        #[arg(long, default_value = "127.0.0.1:0")]
        listen: String,
        /// Stop after so many events.
        #[arg(long)]
        count: Option<u64>,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        of: OfEndpoint,
    },
    /// The latest delivery attempts.
    Log {
        /// At most so many (1 to 1000).
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
        limit: u16,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        of: OfAccount,
    },
    /// Deliver a message's events again.
    Replay {
        /// Its wamid.
        wamid: String,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        of: OfAccount,
    },
}
