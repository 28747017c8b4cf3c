//! `messages`: the latest ones, and one with its timeline; `--wait` waits for a state.

use std::time::Duration;

use jiff::tz::TimeZone;
use serde_json::Value;
use stentor_core::message::State;

use super::account::{account_of, in_account};
use super::args::{MessagesCommand, OfAccount};
use super::client::{Server, escaped};
use super::exit::{Done, Exit, Stop};
use super::json::{items, text};
use super::print::{self, Screen};
use super::{moment, timeline};

/// How often a message that is waited for is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Runs `messages …`.
///
/// # Errors
/// As every command: exit code and line.
pub async fn run(command: MessagesCommand) -> Done {
    match command {
        MessagesCommand::List { state, limit, of } => list(state, limit, of).await,
        MessagesCommand::Show { wamid, wait, timeout_secs, of } => show(&wamid, wait, timeout_secs, of).await,
    }
}

async fn list(state: Option<String>, limit: u16, of: OfAccount) -> Done {
    let state = state.as_deref().map(known).transpose()?;
    let server = Server::find(&of.client)?;
    let account = account_of(&server, of.account).await?;
    let state = state.map_or_else(String::new, |state| format!("&state={}", state.as_str()));
    let answer = server.get(&in_account(account, &format!("/messages?limit={limit}{state}"))).await?;
    if of.client.json {
        return print::json(&answer);
    }
    let zone = TimeZone::system();
    let row = |message: &Value| {
        let template = text(&message["template"]["name"]);
        vec![
            moment::cell(&message["accepted_at"], &zone),
            text(&message["state"]),
            text(&message["recipient"]),
            if template.is_empty() { text(&message["template"]) } else { template },
            text(&message["code"]),
            text(&message["wamid"]),
        ]
    };
    let rows: Vec<_> = items(&answer, "messages").iter().map(row).collect();
    if rows.is_empty() {
        return print::line("no messages");
    }
    super::network::table(&["ACCEPTED", "STATE", "TO", "TEMPLATE", "CODE", "WAMID"], &rows)
}

async fn show(wamid: &str, wait: Option<String>, timeout_secs: u64, of: OfAccount) -> Done {
    let wait = wait.as_deref().map(known).transpose()?;
    let server = Server::find(&of.client)?;
    let account = account_of(&server, of.account).await?;
    let path = in_account(account, &format!("/messages/{}", escaped(wamid)));
    let message = match wait {
        None => server.get(&path).await?,
        Some(state) => {
            let waiting = until(&server, &path, state);
            let limit = crate::clock::pause(Duration::from_secs(timeout_secs));
            tokio::select! {
                message = waiting => message?,
                () = limit => {
                    let line = format!("the message was not {} within {timeout_secs} s: see `messages show`", state.as_str());
                    return Err(Stop::new(Exit::TimedOut, line));
                }
            }
        }
    };
    if of.client.json {
        return print::json(&timeline::contract(&message));
    }
    print::line(timeline::draw(&message, Screen::of_stdout(), &TimeZone::system()).join("\n"))
}

/// Looks until the message is in `state`, or beyond it on the way to read.
async fn until(server: &Server, path: &str, state: State) -> Result<Value, Stop> {
    loop {
        let message = server.get(path).await?;
        match State::parse(&text(&message["state"])) {
            Some(now) if has_reached(now, state) => return Ok(message),
            Some(now) if now.is_final() => {
                let line = format!("the message will not be {}: it is {}", state.as_str(), now.as_str());
                return Err(Stop::failed(line));
            }
            _ => crate::clock::pause(LOOK_EVERY).await,
        }
    }
}

/// Whether a message that is `now` there has passed `state`.
fn has_reached(now: State, state: State) -> bool {
    const WAY: [State; 4] = [State::Sent, State::Delivered, State::Read, State::Played];
    let rank = |state: State| WAY.iter().position(|on_the_way| *on_the_way == state);
    now == state || rank(now).zip(rank(state)).is_some_and(|(now, wanted)| now >= wanted)
}

fn known(word: &str) -> Result<State, Stop> {
    let states = || State::ALL.map(State::as_str).join(", ");
    State::parse(word)
        .ok_or_else(|| Stop::new(Exit::Usage, format!("{word:?} is no state; there are {}", states())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_was_delivered_too() {
        assert!(has_reached(State::Read, State::Delivered));
        assert!(has_reached(State::Failed, State::Failed));
        assert!(!has_reached(State::Sent, State::Delivered));
        assert!(!has_reached(State::Failed, State::Sent));
        assert!(!has_reached(State::Accepted, State::Waiting));
    }
}
