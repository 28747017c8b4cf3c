//! `person`: everything that is kept of one, its erasure, and their time zone.

use std::path::Path;

use serde_json::{Value, json};

use super::account::{account_of, fields, in_account};
use super::args::{OfAccount, PersonCommand};
use super::client::Server;
use super::exit::{Done, Exit, Stop};
use super::json::{settings, text};
use super::print;

/// Runs `person …`.
///
/// # Errors
/// As every command: exit code and line; [`Exit::Refused`] where a message to the person leaves right now.
pub async fn run(command: PersonCommand) -> Done {
    match command {
        PersonCommand::Export { number, out, of } => {
            let document = ask(&of, "/people/export", &json!({"number": number})).await?;
            match out {
                Some(file) => write(&file, &document),
                None if of.client.json => print::json(&document),
                None => print::line(serde_json::to_string_pretty(&document).unwrap_or_default()),
            }
        }
        PersonCommand::Erase { number, compact, of } => {
            let done = ask(&of, "/people/erase", &json!({"number": number, "compact": compact})).await?;
            if of.client.json {
                return print::json(&done);
            }
            print::line(format!(
                "erased: {} messages ({} of them had not left), {} webhooks, {} lines of the learning log; \
                 what they may not get stays as {}",
                text(&done["messages"]),
                text(&done["ended"]),
                text(&done["webhooks"]),
                text(&done["learning_lines"]),
                text(&done["hash"]),
            ))
        }
        PersonCommand::Set { number, settings: pairs, of } => {
            let mut wanted = settings(&pairs).map_err(|e| Stop::new(Exit::Usage, e))?;
            wanted["number"] = number.into();
            let now = ask(&of, "/people/set", &wanted).await?;
            fields(&of.client, &now)
        }
    }
}

/// One request about a person, to the account meant.
pub(super) async fn ask(of: &OfAccount, path: &str, body: &Value) -> Result<Value, Stop> {
    let server = Server::find(&of.client)?;
    let account = account_of(&server, of.account).await?;
    server.post(&in_account(account, path), body).await
}

fn write(file: &Path, document: &Value) -> Done {
    let json = serde_json::to_string_pretty(document).unwrap_or_default() + "\n";
    std::fs::write(file, json)
        .map_err(|error| Stop::failed(format!("{} cannot be written: {error}", file.display())))?;
    print::line(file.display())
}
