//! Flags of what concerns people: `suppression`, `person`.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

use super::{OfAccount, id};

/// `suppression`
#[derive(Debug, Subcommand)]
pub enum SuppressionCommand {
    /// Send nothing more to a person: not even answers.
    Add {
        /// The number, in any usual spelling, or a user id.
        number: String,
        /// Why; kept in the history.
        #[arg(long)]
        note: Option<String>,
        /// Only marketing: note an opt-out.
        #[arg(long)]
        marketing: bool,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        of: OfAccount,
    },
    /// Take a suppression back; the person's own opt-out stays.
    Lift {
        /// The number, in any usual spelling, or a user id.
        number: String,
        /// Why; kept in the history.
        #[arg(long)]
        note: Option<String>,
        /// Note that the person has opted in to marketing again.
        #[arg(long)]
        marketing: bool,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        of: OfAccount,
    },
    /// What may be sent to a person, and what was said.
    Check {
        /// The number, in any usual spelling, or a user id.
        number: String,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        of: OfAccount,
    },
    /// Note a list: CSV with the columns number, act, at, note, time_zone, or JSON lines; or numbers alone. Exit code 1 where
    /// lines were refused (the others are noted).
    Import {
        /// The file (`-`: stdin).
        file: PathBuf,
        /// How it is written; default: what its name says, else csv.
        #[arg(long, value_enum)]
        format: Option<ListFormat>,
        /// What lines say that do not say it themselves: suppressed, opted_out, opted_in, lifted, none.
        #[arg(long, default_value = "suppressed")]
        act: String,
        /// Only say what would change.
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        of: OfAccount,
    },
    /// Everybody who opted out or is suppressed, as `import` reads it.
    Export {
        /// The file; default: stdout.
        #[arg(long, short, value_name = "FILE")]
        out: Option<PathBuf>,
        /// How it is written; default: what the file's name says, else csv; `--json`: JSON lines.
        #[arg(long, value_enum)]
        format: Option<ListFormat>,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        of: OfAccount,
    },
}

/// How a list is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// With commas and a header.
    Csv,
    /// A JSON object a line.
    Jsonl,
}

/// `person`
#[derive(Debug, Subcommand)]
pub enum PersonCommand {
    /// Everything that is kept of a person, as one JSON document.
    Export {
        /// The number, in any usual spelling, or a user id.
        number: String,
        /// The file; default: stdout.
        #[arg(long, short, value_name = "FILE")]
        out: Option<PathBuf>,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        of: OfAccount,
    },
    /// Erase a person: what is queued for them is dropped; what they may not get stays under a keyed hash.
    Erase {
        /// The number, in any usual spelling, or a user id.
        number: String,
        /// Also write the database anew: nothing else is done meanwhile.
        #[arg(long)]
        compact: bool,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        of: OfAccount,
    },
    /// Note something of a person: `set NUMBER time_zone=Europe/Berlin`, `time_zone=none`.
    Set {
        /// The number, in any usual spelling, or a user id.
        number: String,
        /// `name=value` pairs.
        #[arg(required = true)]
        settings: Vec<String>,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        of: OfAccount,
    },
}

/// `delivery`
#[derive(Debug, Subcommand)]
pub enum DeliveryCommand {
    /// As it is wished, and what competes now.
    Show {
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        of: OfAccount,
    },
    /// Change it: `set mode=balanced` (early, balanced, best_hour; null: by the length of the queue), `set template=ID
    /// template_mode=best_hour template_goal=click`.
    Set {
        /// `name=value` pairs.
        #[arg(required = true)]
        settings: Vec<String>,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        of: OfAccount,
    },
    /// What the order brought: planned messages against the randomised slice.
    Lift {
        /// How far back.
        #[arg(long, default_value_t = 28, value_parser = clap::value_parser!(u32).range(1..=180))]
        days: u32,
        /// Only of this template.
        #[arg(long, value_parser = id("a template id"))]
        template: Option<i64>,
        /// Also draw it, as SVG.
        #[arg(long, value_name = "FILE")]
        plot: Option<PathBuf>,
        #[command(flatten)]
        #[expect(missing_docs, reason = "the flags say it")]
        of: OfAccount,
    },
}
