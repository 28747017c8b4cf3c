//! The command line: every command and flag; `run` does them, `docs/cli.md` is printed from here.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use stentor_eval::EvalArgs;

mod account;
mod keep;
mod media;
mod message;
mod people;
mod server;

pub use account::{
    AccountCommand, ChannelCommand, HubCommand, KeyCommand, OfAccount, OfTemplate, TemplateCommand, Terms,
};
pub use keep::{BackupArgs, RestoreArgs, Resume, VerifyArgs};
pub use media::{MediaCommand, OfMedia};
pub use message::{
    MessagesCommand, OfEndpoint, OfPhone, PhoneAct, PhoneArgs, PhoneFile, SendArgs, SendEndpoint,
    WebhookCommand,
};
pub use people::{DeliveryCommand, ListFormat, PersonCommand, SuppressionCommand};
pub use server::{DevArgs, NetworkServeArgs, ServeArgs};

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
#[expect(clippy::large_enum_variant, reason = "there is one in a process")]
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
#[expect(clippy::large_enum_variant, reason = "there is one in a process")]
pub enum OtherCommand {
    /// The simulated network: faults, time, phones; or on its own as a Graph API.
    #[command(subcommand)]
    Network(NetworkCommand),
    /// Look at a simulated phone, or make its person do something.
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
    /// Who may use the partner's API (/api/v2): list, add, remove.
    #[command(subcommand)]
    Hub(HubCommand),
    /// Templates: list, show, create, edit, delete, archive, compare, move by hand.
    #[command(subcommand)]
    Template(TemplateCommand),
    /// Send one message through the server.
    Send(SendArgs),
    /// Messages and their timelines.
    #[command(subcommand)]
    Messages(MessagesCommand),
    /// Who may not be written to: add, lift, check, import, export.
    #[command(subcommand)]
    Suppression(SuppressionCommand),
    /// How marketing is ordered, and what the order brought.
    #[command(subcommand)]
    Delivery(DeliveryCommand),
    /// One person: everything that is kept, erasure, time zone.
    #[command(subcommand)]
    Person(PersonCommand),
    /// Media: upload, show, download, delete.
    #[command(subcommand)]
    Media(MediaCommand),
    /// Outgoing webhooks: set, listen, log, replay.
    #[command(subcommand)]
    Webhook(WebhookCommand),
    /// Copy a data folder, also while the server runs: database, media, keys.
    Backup(BackupArgs),
    /// Make a data folder of a backup, its queue held until you decide.
    ///
    /// What was queued in the backup may have been sent since: --resume says what becomes of it.
    Restore(RestoreArgs),
    /// Check a data folder or a backup: every row, every count, every file.
    ///
    /// Reads only, also beside a running server. Exit code 1 when something is wrong.
    Verify(VerifyArgs),
    /// Try the engagement model on a file, or the planner in a simulated world.
    ///
    /// Prints how well the model orders people (AUC, log loss, calibration, gains) beside a plain baseline and simple
    /// orders. Needs no server and changes nothing.
    Eval(EvalArgs),
    /// Write the generated reference pages into a folder.
    #[command(hide = true)]
    Docs {
        /// The folder.
        dir: PathBuf,
    },
}

/// How a client command finds the server, and how it prints.
#[derive(Clone, Debug, Default, Args)]
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
    Reset {
        /// Also what the server knows of messages and people, of all accounts.
        #[arg(long)]
        messages: bool,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        client: Client,
    },
}

/// `config`
#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// Check this file (and the environment) instead of printing the default; without a file only the environment.
    #[arg(long, value_name = "FILE")]
    pub check: Option<Option<PathBuf>>,
}

/// Reads an id; what it is of stands in the error: "an account id is a number".
fn id(what: &'static str) -> impl Fn(&str) -> Result<i64, String> + Clone + Send + Sync + 'static {
    move |text| text.parse().map_err(|_| format!("{what} is a number"))
}
