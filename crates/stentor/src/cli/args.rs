//! The command line: every command and flag; `run` does them, `docs/cli.md` is printed from here.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// A self-hosted WhatsApp Marketing Messages API: offline twin for developers, gateway for campaigns.
#[derive(Debug, Parser)]
#[command(name = "stentor", version, propagate_version = true, arg_required_else_help = true)]
#[command(
    after_help = "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 unreachable, 4 refused, 5 not found, 6 timed out, 7 in use."
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands: the servers, and what is done and over.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run an offline twin: simulated network, seeded templates, nothing to configure.
    Dev(DevArgs),
    /// Run the server in front of a real upstream.
    Serve(ServeArgs),
    /// Everything else.
    #[command(flatten)]
    Other(OtherCommand),
}

/// The commands beside the server itself.
#[derive(Debug, Subcommand)]
pub enum OtherCommand {
    /// The simulated network: faults, time, phones; or on its own as a Graph API.
    #[command(subcommand)]
    Network(NetworkCommand),
    /// Look at a simulated phone.
    Phone(PhoneArgs),
    /// Print the commented default configuration, or check a file.
    Config(ConfigArgs),
    /// Messages by state, unknowns, webhook backlog, upstream.
    Status(Client),
    /// Accounts: create, list, show, set, marketing terms.
    #[command(subcommand)]
    Account(AccountCommand),
    /// Channels (business numbers): create, list, rotate keys, set.
    #[command(subcommand)]
    Channel(ChannelCommand),
    /// Templates: list, show, create, edit, delete, move by hand.
    #[command(subcommand)]
    Template(TemplateCommand),
    /// Send one message through the server.
    Send(SendArgs),
    /// Messages and their timelines.
    #[command(subcommand)]
    Messages(MessagesCommand),
    /// Outgoing webhooks: set, listen, log, replay.
    #[command(subcommand)]
    Webhook(WebhookCommand),
    /// Write the generated reference pages into a folder.
    #[command(hide = true)]
    Docs {
        /// The folder.
        dir: PathBuf,
    },
}

/// How a client command finds the server, and how it prints.
#[derive(Clone, Debug, Args)]
pub struct Client {
    /// The server; default: the one running on the default data folder.
    #[arg(long, value_name = "URL", env = "STENTOR_URL", hide_env_values = true)]
    pub url: Option<String>,
    /// The admin key.
    #[arg(long, env = "STENTOR_ADMIN_KEY", hide_env_values = true)]
    pub key: Option<String>,
    /// The data folder whose running server is meant.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// A certificate authority to trust (`dev --tls` prints it).
    #[arg(long, value_name = "FILE")]
    pub cacert: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// `dev`
#[derive(Debug, Args)]
pub struct DevArgs {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8360")]
    pub listen: String,
    /// The data folder; default: the platform's data directory.
    #[arg(long, value_name = "DIR", conflicts_with = "ephemeral")]
    pub data: Option<PathBuf>,
    /// Keep nothing: a temporary folder, gone at the end.
    #[arg(long)]
    pub ephemeral: bool,
    /// The seed of the simulated people.
    #[arg(long)]
    pub seed: Option<u64>,
    /// How much faster the network's time runs (1 to 3600).
    #[arg(long, default_value_t = 1.0, value_parser = speed)]
    pub speed: f64,
    /// Serve HTTPS with a certificate authority of its own.
    #[arg(long)]
    pub tls: bool,
    /// Print one JSON line when ready, and nothing else on stdout.
    #[arg(long)]
    pub json: bool,
    /// A configuration file; none is needed.
    #[arg(long)]
    pub config: Option<PathBuf>,
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if (1.0..=3600.0).contains(&speed) => Ok(speed),
        _ => Err("1 to 3600 is allowed".to_owned()),
    }
}

/// `serve`
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// The configuration file (`stentor config` prints one).
    #[arg(long)]
    pub config: Option<PathBuf>,
    /// The data folder, over the configuration's.
    #[arg(long)]
    pub data: Option<PathBuf>,
    /// The customer API's address, over the configuration's.
    #[arg(long)]
    pub listen: Option<String>,
    /// The admin API's address, over the configuration's.
    #[arg(long)]
    pub admin_listen: Option<String>,
    /// Print one JSON line when ready, and nothing else on stdout.
    #[arg(long)]
    pub json: bool,
}

/// `network`
#[derive(Debug, Subcommand)]
pub enum NetworkCommand {
    /// Run the simulated network on its own, speaking Meta's Graph API.
    Serve(NetworkServeArgs),
    /// The numbers that behave the same way every time.
    Recipients {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// What in a template's name makes review refuse it.
    Triggers {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show the fault profile, or switch to a named one or a JSON file.
    Profile {
        /// A name (calm, busy, lossy, storm, throttled, down) or a JSON file.
        profile: Option<String>,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        client: Client,
    },
    /// Move the network's time: `advance 8d`, `advance 90m`.
    Advance {
        /// How far: a number with s, m, h or d.
        by: String,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        client: Client,
    },
    /// Forget every phone's messages and go back to the calm profile.
    Reset(Client),
}

/// `network serve`
#[derive(Debug, Args)]
pub struct NetworkServeArgs {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8370")]
    pub listen: String,
    /// The seed of the simulated people.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The fault profile: a name or a JSON file.
    #[arg(long, default_value = "calm")]
    pub profile: String,
    /// How much faster its time runs (1 to 3600).
    #[arg(long, default_value_t = 1.0, value_parser = speed)]
    pub speed: f64,
    /// A file that gets a JSON line for everything taken.
    #[arg(long)]
    pub journal: Option<PathBuf>,
    /// Where statuses go (`http://127.0.0.1:8361/upstream/webhook`).
    #[arg(long)]
    pub webhook: Option<String>,
    /// Signs the statuses; default: a fresh one, printed.
    #[arg(long, env = "STENTOR_NETWORK_APP_SECRET", hide_env_values = true)]
    pub app_secret: Option<String>,
    /// The access token it asks for; default: a fresh one, printed.
    #[arg(long, env = "STENTOR_NETWORK_TOKEN", hide_env_values = true)]
    pub token: Option<String>,
    /// Print one JSON line when ready.
    #[arg(long)]
    pub json: bool,
}

/// `phone`
#[derive(Debug, Args)]
pub struct PhoneArgs {
    /// The number, as in `to`.
    pub number: String,
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

/// `config`
#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// Check this file (and the environment) instead of printing the default; without a file only the environment.
    #[arg(long, value_name = "FILE")]
    pub check: Option<Option<PathBuf>>,
}

/// `account`
#[derive(Debug, Subcommand)]
pub enum AccountCommand {
    /// Make an account.
    Create {
        /// For people.
        name: String,
        /// The WABA id; default: a fresh one.
        #[arg(long)]
        id: Option<i64>,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        client: Client,
    },
    /// All accounts.
    List(Client),
    /// One account.
    Show {
        /// Its id.
        account: i64,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        client: Client,
    },
    /// Change settings: `set ID sharing_default=false product_policy_default=strict state=active marketing_on_messages=true`.
    Set {
        /// Its id.
        account: i64,
        /// `name=value` pairs.
        #[arg(required = true)]
        settings: Vec<String>,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        client: Client,
    },
    /// Accept the marketing messages terms for an account (or take them back).
    Terms {
        /// Its id.
        account: i64,
        /// accept or withdraw.
        #[arg(value_enum, default_value_t = Terms::Accept)]
        terms: Terms,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        client: Client,
    },
}

/// What to do with the marketing terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Terms {
    /// Sign them.
    Accept,
    /// Take the signature back.
    Withdraw,
}

/// `channel`
#[derive(Debug, Subcommand)]
pub enum ChannelCommand {
    /// Make a channel; prints its API key, once.
    Create {
        /// The account.
        account: i64,
        /// The business number, digits.
        number: String,
        /// The phone-number id; default: a fresh one.
        #[arg(long)]
        id: Option<i64>,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        client: Client,
    },
    /// All channels.
    List(Client),
    /// Change settings: `set ID character=gateway sync_policy=hold rate_per_s=80 state=active upstream=cloud_api`.
    Set {
        /// Its id.
        channel: i64,
        /// `name=value` pairs.
        #[arg(required = true)]
        settings: Vec<String>,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        client: Client,
    },
    /// Its API keys.
    #[command(subcommand)]
    Key(KeyCommand),
}

/// `channel key`
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Make a new key, shown once; the old ones stop at once, or after a grace period.
    Rotate {
        /// The channel.
        channel: i64,
        /// How long the old keys still work, in seconds.
        #[arg(long, default_value_t = 0)]
        grace_secs: u64,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        client: Client,
    },
}

/// Which account a template command means, when there are several.
#[derive(Clone, Debug, Args)]
pub struct OfAccount {
    /// The account; not needed while there is only one.
    #[arg(long)]
    pub account: Option<i64>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "the flags say it")]
    pub client: Client,
}

/// Whose endpoint a webhook command means.
#[derive(Clone, Debug, Args)]
pub struct OfEndpoint {
    /// The channel's own endpoint, which goes before its account's; not needed while there is only one channel.
    #[arg(long, conflicts_with = "account")]
    pub channel: Option<i64>,
    /// The account's endpoint: for all of its channels that have none of their own.
    #[arg(long)]
    pub account: Option<i64>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "the flags say it")]
    pub client: Client,
}

/// `template`
#[derive(Debug, Subcommand)]
pub enum TemplateCommand {
    /// All templates of an account.
    List(OfAccount),
    /// One template, as it looks on a phone.
    Show {
        /// Its name.
        name: String,
        /// Its language; not needed while there is only one.
        #[arg(long)]
        language: Option<String>,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        of: OfAccount,
    },
    /// Create one from a JSON file (`-`: stdin) in Meta's shape.
    Create {
        /// The file.
        file: PathBuf,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        of: OfAccount,
    },
    /// Edit one with a JSON file of the fields that change.
    Edit {
        /// Its id.
        id: i64,
        /// The file.
        file: PathBuf,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        of: OfAccount,
    },
    /// Delete one (all its languages); its queued messages still go, its name is locked for 30 days.
    Delete {
        /// Its name.
        name: String,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        of: OfAccount,
    },
    /// Move one by hand: APPROVED, PENDING, PAUSED, REJECTED, DISABLED, or `synced` for the sync clock.
    Move {
        /// Its name.
        name: String,
        /// Where to.
        to: String,
        /// Its language; not needed while there is only one.
        #[arg(long)]
        language: Option<String>,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        of: OfAccount,
    },
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
    /// A whole request body from a file (`-`: stdin).
    #[arg(long, conflicts_with_all = ["to", "template", "text", "params"])]
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
