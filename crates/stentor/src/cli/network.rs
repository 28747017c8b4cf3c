//! `network`: faults, time and forgetting of the simulated network a server runs, its fixed numbers and trigger words,
//! and the network as a process of its own.

use http::Method;
use serde_json::{Value, json};

use super::args::NetworkCommand;
use super::client::Server;
use super::exit::{Done, Exit, Stop};
use super::json::{cells, items, text};
use super::moment;
use super::print::{self, Screen};
use crate::network::control;

/// Runs `network …`.
///
/// # Errors
/// As every command: exit code and line.
pub async fn run(command: NetworkCommand) -> Done {
    match command {
        NetworkCommand::Serve(args) => super::network_serve::run(args).await,
        NetworkCommand::Recipients { json } => recipients(json),
        NetworkCommand::Triggers { json } => triggers(json),
        NetworkCommand::Profile { profile, client } => {
            let server = Server::find(&client)?;
            let now = match profile {
                Some(named) => server.ask(Method::PUT, "/sim/profile", Some(&wanted(&named)?)).await?,
                None => server.get("/sim/profile").await?,
            };
            if client.json { print::json(&now) } else { print::line(faults(&now)) }
        }
        NetworkCommand::Advance { by, client } => {
            let span = control::span(&by).map_err(|e| Stop::new(Exit::Usage, e))?;
            let answer = Server::find(&client)?.post("/sim/advance", &json!({"by": by})).await?;
            if client.json {
                return print::json(&answer);
            }
            let now = moment::cell(&answer["now"], &jiff::tz::TimeZone::system());
            print::line(format!("{} later: it is {now} now", super::span::show(span)))
        }
        NetworkCommand::Reset { messages, client } => {
            let body = if messages { json!({"messages": true}) } else { json!({}) };
            let answer = Server::find(&client)?.post("/sim/reset", &body).await?;
            if client.json {
                return print::json(&answer);
            }
            print::line(match messages {
                true => "the phones are empty, the network is calm, and every message is forgotten",
                false => "the phones are empty and the network is calm",
            })
        }
    }
}

/// A profile's name, or the JSON of a file.
///
/// # Errors
/// [`Exit::Usage`] for a file that cannot be read or is no JSON.
pub(super) fn wanted(named: &str) -> Result<Value, Stop> {
    let is_name =
        !named.is_empty() && named.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if is_name {
        return Ok(named.into());
    }
    let usage = |e: &dyn std::fmt::Display| Stop::new(Exit::Usage, format!("{named}: {e}"));
    let text = std::fs::read_to_string(named).map_err(|e| usage(&e))?;
    serde_json::from_str(&text).map_err(|e| usage(&e))
}

/// A profile as its name and the fields that differ from calm.
fn faults(profile: &Value) -> String {
    let calm =
        serde_json::from_str::<Value>(&stentor_simnet::Profile::default().to_json()).unwrap_or_default();
    let mut lines = vec![text(&profile["name"])];
    let fields = profile.as_object().into_iter().flatten();
    for (field, value) in fields.filter(|(field, value)| *field != "name" && calm[field.as_str()] != **value)
    {
        lines.push(format!("  {field} = {value}"));
    }
    if lines.len() == 1 {
        lines.push("  no faults".to_owned());
    }
    lines.join("\n")
}

fn recipients(json: bool) -> Done {
    let recipients = control::recipients();
    if json {
        return print::json(&recipients);
    }
    let fields = ["number", "code", "behaviour"];
    let rows: Vec<_> = items(&recipients, "").iter().map(|one| cells(one, &fields)).collect();
    table(&["NUMBER", "CODE", "WHAT HAPPENS"], &rows)
}

fn triggers(json: bool) -> Done {
    let triggers = control::triggers();
    if json {
        return print::json(&triggers);
    }
    let rows: Vec<_> = items(&triggers, "").iter().map(|one| cells(one, &["word", "effect"])).collect();
    table(&["WORD", "WHAT IT DOES"], &rows)
}

/// Prints rows under titles, as wide as the screen.
///
/// # Errors
/// As [`print::line`].
pub(super) fn table(titles: &[&str], rows: &[Vec<String>]) -> Done {
    print::line(super::text::table(titles, rows, Screen::of_stdout().table_width()).join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_told_by_what_differs_from_calm() {
        let told = |profile: &str| {
            let profile = stentor_simnet::Profile::parse(profile).expect("a profile").to_json();
            faults(&serde_json::from_str(&profile).expect("JSON"))
        };
        assert_eq!(told("calm"), "calm\n  no faults");
        assert_eq!(told(r#"{"name": "mine", "slow_reply": 0.5}"#), "mine\n  slow_reply = 0.5");
    }
}
