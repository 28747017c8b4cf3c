//! The hidden `docs DIR`: the pages the program writes about itself, from the tables it works by.
//! `cargo xtask docs` keeps the copies in `docs/` true.

use std::fmt::Write as _;
use std::path::Path;

use clap::CommandFactory;

use super::args::Cli;
use super::exit::{Done, Exit, Stop};
use crate::config::{DEFAULT, KEYS};

/// Columns of the help texts in `cli.md`.
const COLUMNS: usize = 110;

/// Writes every page.
///
/// # Errors
/// When the folder cannot be written.
pub fn run(dir: &Path) -> Done {
    let pages = [
        ("errors.md", stentor_core::reason::markdown()),
        ("stop-words.md", stentor_core::opt_out::markdown()),
        ("config.md", config()),
        ("metrics.md", crate::telemetry::Metrics::markdown()),
        ("cli.md", cli()),
        ("openapi.json", contract(&crate::api::describe_customers())),
        ("openapi-admin.json", contract(&crate::api::describe_operators())),
    ];
    for (name, page) in pages {
        let path = dir.join(name);
        std::fs::write(&path, page).map_err(|e| Stop::failed(format!("{}: {e}", path.display())))?;
    }
    Ok(())
}

/// As people read a difference: one field a line.
fn contract(document: &serde_json::Value) -> String {
    format!("{document:#}\n")
}

/// Every key with its environment twin, what is allowed, its default and its comment.
fn config() -> String {
    let mut page = String::from(
        "# Configuration\n\n\
         `stentor config` prints the commented default file; `stentor config --check FILE` checks one. Every key has an \
         environment twin; the environment wins over the file, a command's own flag over both. Bad configuration is \
         refused with the key's name and what is allowed.\n",
    );
    let (mut section, mut comment) = (String::new(), String::new());
    for line in DEFAULT.lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']').to_owned();
            comment.clear();
            let _ = write!(
                page,
                "\n## {section}\n\n| Key | Environment | Allowed | Default | |\n|---|---|---|---|---|\n"
            );
        } else if let Some(words) = line.strip_prefix('#') {
            comment.push_str(words);
        } else if let Some((name, value)) = line.split_once(" = ") {
            let full = format!("{section}.{name}");
            let Some(key) = KEYS.iter().find(|key| key.name == full) else { continue };
            let cells = [key.allowed_in_words(), format!("`{value}`"), comment.trim().to_owned()];
            let [allowed, value, words] = cells.map(|cell| cell.replace('|', "\\|"));
            let _ = writeln!(page, "| `{full}` | `{}` | {allowed} | {value} | {words} |", key.environment());
            comment.clear();
        } else {
            comment.clear();
        }
    }
    page
}

/// Every command with its help, and the exit codes.
fn cli() -> String {
    let mut page = String::from("# Commands\n\n## Exit codes\n\n| Code | |\n|---|---|\n");
    for (exit, meaning) in Exit::ALL {
        let _ = writeln!(page, "| {} | {meaning} |", exit as u8);
    }
    let mut root = Cli::command().term_width(COLUMNS);
    root.build();
    command(&mut page, &mut root, "");
    page
}

fn command(page: &mut String, this: &mut clap::Command, before: &str) {
    let name = format!("{before}{}", this.get_name());
    let help = this.clone().term_width(COLUMNS).render_long_help().to_string();
    let help: Vec<_> = help.lines().map(str::trim_end).collect();
    let _ = write!(page, "\n## {name}\n\n```text\n{}\n```\n", help.join("\n").trim_end());
    for inner in this.get_subcommands_mut().filter(|inner| !inner.is_hide_set() && inner.get_name() != "help")
    {
        command(page, inner, &format!("{name} "));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_and_every_command_has_its_place() {
        let config = config();
        assert!(KEYS.iter().all(|key| config.contains(&format!(
            "| `{}` | `{}` |",
            key.name,
            key.environment()
        ))));
        let cli = cli();
        for name in ["stentor dev", "stentor channel key rotate", "stentor webhook listen"] {
            assert!(cli.contains(&format!("\n## {name}\n")), "{name}");
        }
        assert!(!cli.contains("stentor docs"), "hidden");
    }
}
