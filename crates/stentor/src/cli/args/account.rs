//! Flags of what is administered: `account`, `channel`, `template`, and which account is meant.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{Client, id};

/// `account`
#[derive(Debug, Subcommand)]
pub enum AccountCommand {
    /// Make an account.
    Create {
        /// For people.
        name: String,
        /// The WABA id; default: a fresh one.
        #[arg(long, value_parser = id("an account id"))]
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
        #[arg(value_parser = id("an account id"))]
        account: i64,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        client: Client,
    },
    /// Change settings: `set ID sharing_default=false product_policy_default=strict state=active marketing_on_messages=true messaging_limit=TIER_2K
    /// marketing_cap_24h=2 marketing_cap_7d=6 quiet_hours=21:00-08:00 opt_out_payloads=NO_MORE,LATER`; `null` sets a cap back to
    /// its default, 0 takes it off; no quiet hours: `null`.
    Set {
        /// Its id.
        #[arg(value_parser = id("an account id"))]
        account: i64,
        /// `name=value` pairs.
        #[arg(required = true)]
        settings: Vec<String>,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        client: Client,
    },
    /// Accept the marketing messages terms for an account and all others of its business.
    AcceptTerms {
        /// Its id.
        #[arg(value_parser = id("an account id"))]
        account: i64,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        client: Client,
    },
    /// Invite an account's business to sign the terms.
    Invite {
        /// Its id.
        #[arg(value_parser = id("an account id"))]
        account: i64,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        client: Client,
    },
    /// Accept the marketing messages terms for an account (or take them back).
    Terms {
        /// Its id.
        #[arg(value_parser = id("an account id"))]
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
        #[arg(value_parser = id("an account id"))]
        account: i64,
        /// The business number, digits.
        number: String,
        /// The phone-number id; default: a fresh one.
        #[arg(long, value_parser = id("a channel id"))]
        id: Option<i64>,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        client: Client,
    },
    /// All channels.
    List(Client),
    /// Change settings: `set ID character=gateway sync_policy=hold rate_per_s=80 state=active upstream=cloud_api paused_policy=fail`.
    Set {
        /// Its id.
        #[arg(value_parser = id("a channel id"))]
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
    /// Its keys by name, with the day of their last use.
    List {
        /// The channel.
        #[arg(value_parser = id("a channel id"))]
        channel: i64,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        client: Client,
    },
    /// Make a further key beside the others, shown once (a gateway's only).
    Create {
        /// The channel.
        #[arg(value_parser = id("a channel id"))]
        channel: i64,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        client: Client,
    },
    /// End a key at once.
    Revoke {
        /// The channel.
        #[arg(value_parser = id("a channel id"))]
        channel: i64,
        /// As the list names it.
        name: String,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        client: Client,
    },
    /// Make a new key, shown once; the old ones stop at once, or after a grace period.
    Rotate {
        /// The channel.
        #[arg(value_parser = id("a channel id"))]
        channel: i64,
        /// How long the old keys still work, in seconds.
        #[arg(long, default_value_t = 0)]
        grace_secs: u64,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        client: Client,
    },
}

/// `hub`
#[derive(Debug, Subcommand)]
pub enum HubCommand {
    /// The partner's id, and who may use its API.
    List(Client),
    /// Make a user with a password, or a key; the secret is shown once.
    Add {
        /// The user's name, or the key's.
        name: String,
        /// A key for `X-API-Key` instead of a password.
        #[arg(long = "api-key")]
        is_key: bool,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        client: Client,
    },
    /// Remove a user or key; its tokens end with it.
    Remove {
        /// Its name.
        name: String,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        client: Client,
    },
}

/// Which account a template command means, when there are several.
#[derive(Clone, Debug, Args)]
pub struct OfAccount {
    /// The account; not needed while there is only one.
    #[arg(long, value_parser = id("an account id"))]
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
        #[arg(value_parser = id("a template id"))]
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
    /// Put one away: it cannot be sent, and is deleted after 28 days.
    Archive(OfTemplate),
    /// Put one back where it stood before it was archived.
    Unarchive(OfTemplate),
    /// End the pause that pacing made.
    Unpause(OfTemplate),
    /// End the autopilot's hold: what waits goes on.
    Resume(OfTemplate),
    /// Compare two by what became of their messages: sends, and people who had stopped.
    Compare {
        /// The name of one.
        name: String,
        /// The name of the other.
        other: String,
        /// The language of both; not needed while each has only one.
        #[arg(long)]
        language: Option<String>,
        /// Days to look back: 7, 30, 60 or 90.
        #[arg(long, default_value_t = 7)]
        days: u32,
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
    /// Do to one by hand what reviewers and people do: `quality=RED`, `pause=FIRST_PAUSE`, `category=MARKETING`,
    /// `correct_category=MARKETING` (in 24 h), `event=FLAGGED`.
    Set {
        /// Its name.
        name: String,
        /// `name=value` pairs.
        #[arg(required = true)]
        settings: Vec<String>,
        /// Its language; not needed while there is only one.
        #[arg(long)]
        language: Option<String>,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        of: OfAccount,
    },
}

/// One template by its name.
#[derive(Debug, Args)]
pub struct OfTemplate {
    /// Its name.
    pub name: String,
    /// Its language; not needed while there is only one.
    #[arg(long)]
    pub language: Option<String>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "the flags say it")]
    pub of: OfAccount,
}
