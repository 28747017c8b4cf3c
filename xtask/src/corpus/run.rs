//! Sends every row and prints what became of it, a line each, and the counts. Fails when a row that the real API
//! accepts was refused without a reason written down in `xtask/refusals.txt`.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::server::{Account, Server};
use super::verdict::{self, Refusals, Verdict};
use super::webhooks;
use crate::say::say;

#[derive(Default)]
struct Table {
    accepted: usize,
    documented: usize,
    refused: usize,
}

/// Runs the corpus in `dir`; true when nothing was refused without a reason and no webhook of ours differs in type.
pub fn run(root: &Path, dir: &Path) -> Result<bool, String> {
    let messages = rows(&dir.join("messages.jsonl"))?;
    let definitions = rows(&dir.join("template_definitions.jsonl"))?;
    let refusals = Refusals::read(&fs::read_to_string(root.join("xtask/refusals.txt")).unwrap_or_default());
    let types =
        fs::read_to_string(root.join("crates/stentor/tests/it/webhook_types.tsv")).unwrap_or_default();
    let webhooks = dir.join("webhooks.jsonl");
    let webhooks_fit = !webhooks.exists() || webhooks::check(&types, &rows(&webhooks)?);
    let server = Server::start(root)?;
    let mut table = Table::default();
    for row in &messages {
        match row["kind"].as_str() {
            Some("template") => template(&server, &refusals, &mut table, row)?,
            _ => {
                let account = server.account()?;
                send(&server, &account, &refusals, &mut table, ("/messages", row))?;
                // The other endpoint takes none of these, whatever they are.
                let answer = server.post(&account, "/marketing_messages", &row["body"])?;
                table.line("/marketing_messages", row, verdict::no_template(&answer));
            }
        }
    }
    for row in &definitions {
        let account = server.account()?;
        send(&server, &account, &refusals, &mut table, ("/v1/configs/templates", row))?;
    }
    let Table { accepted, documented, refused } = table;
    say(format!("{accepted} as expected, {documented} refused for a documented reason, {refused} otherwise"));
    Ok(refused == 0 && webhooks_fit)
}

/// Registers the template that the row needs, has it approved, and sends the row on every endpoint it belongs on.
fn template(server: &Server, refusals: &Refusals, table: &mut Table, row: &Value) -> Result<(), String> {
    let (account, needed) = (server.account()?, &row["needs_template"]);
    let created = server.post(&account, "/v1/configs/templates", &wordy(needed))?;
    if !created.is_success() {
        table.line("/v1/configs/templates", row, refusals.judge(&name(row), &created));
        return Ok(());
    }
    let text = |field: &str| needed[field].as_str().unwrap_or_default();
    server.approve(&account, text("name"), text("language"))?;
    send(server, &account, refusals, table, ("/messages", row))?;
    if needed["category"] == "MARKETING" {
        send(server, &account, refusals, table, ("/marketing_messages", row))?;
    }
    Ok(())
}

/// The needed definition, which is not the row's own, with as many words beside its variables as a template must have.
fn wordy(needed: &Value) -> Value {
    let mut needed = needed.clone();
    for component in needed["components"].as_array_mut().into_iter().flatten() {
        if let ("BODY", Some(text)) =
            (component["type"].as_str().unwrap_or_default(), component["text"].as_str())
        {
            component["text"] = format!("{text} Thank you for reading all of this to its very end.").into();
        }
    }
    needed
}

fn send(
    server: &Server,
    account: &Account,
    refusals: &Refusals,
    table: &mut Table,
    (path, row): (&str, &Value),
) -> Result<(), String> {
    let answer = server.post(account, path, &row["body"])?;
    table.line(path, row, refusals.judge(&name(row), &answer).held_against(&row["expect"], &answer));
    Ok(())
}

impl Table {
    fn line(&mut self, path: &str, row: &Value, verdict: Verdict) {
        let (count, word, why) = match verdict {
            Verdict::Accepted => (&mut self.accepted, "accepted", String::new()),
            Verdict::Documented(why) => (&mut self.documented, "documented", why),
            Verdict::Refused(why) => (&mut self.refused, "REFUSED", why),
        };
        *count += 1;
        say(format!("{word:<10}  {path:<22}  {}  {why}", name(row)).trim_end());
    }
}

/// What people call the row: where it is from, and its template.
fn name(row: &Value) -> String {
    let template = row["body"]["template"]["name"].as_str().or(row["body"]["name"].as_str());
    format!("{} {}", row["source"].as_str().unwrap_or_default(), template.unwrap_or_default())
}

fn rows(path: &Path) -> Result<Vec<Value>, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let parse = |(at, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|error| format!("{}:{}: {error}", path.display(), at + 1))
    };
    text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).map(parse).collect()
}
