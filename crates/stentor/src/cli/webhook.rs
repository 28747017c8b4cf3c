//! `webhook`: where a channel's events go, the log of deliveries, replay, and the local receiver.

use http::Method;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::account::{account_of, fields, in_account, only};
use super::args::{OfEndpoint, WebhookCommand};
use super::client::{Server, escaped};
use super::exit::{Done, Exit, Stop};
use super::json::{items, text};
use super::{channel, moment, print};

/// Runs `webhook …`.
///
/// # Errors
/// As every command: exit code and line.
pub async fn run(command: WebhookCommand) -> Done {
    match command {
        WebhookCommand::Get(of) => {
            let (server, whose) = reach(&of).await?;
            match get(&server, whose).await? {
                Value::Null if !of.client.json => print::line(format!("{whose} sends no events anywhere")),
                endpoint => fields(&of.client, &endpoint),
            }
        }
        WebhookCommand::Set { target, headers, of } => {
            let headers = parse_headers(&headers)?;
            let (server, whose) = reach(&of).await?;
            let now = set(&server, whose, &json!({"url": target, "headers": headers})).await?;
            fields(&of.client, &now)
        }
        WebhookCommand::Delete(of) => {
            let (server, whose) = reach(&of).await?;
            let answer = delete(&server, whose).await?;
            if of.client.json { print::json(&answer) } else { print::line("no more events are sent") }
        }
        WebhookCommand::Listen { listen, count, of } => super::listen::run(&listen, count, &of).await,
        WebhookCommand::Log { limit, of } => {
            let server = Server::find(&of.client)?;
            let account = account_of(&server, of.account).await?;
            let log = server.get(&in_account(account, &format!("/deliveries?limit={limit}"))).await?;
            if of.client.json { print::json(&log) } else { draw_log(&log) }
        }
        WebhookCommand::Replay { wamid, of } => {
            let server = Server::find(&of.client)?;
            let account = account_of(&server, of.account).await?;
            let path = in_account(account, &format!("/messages/{}/replay", escaped(&wamid)));
            let answer = server.post(&path, &json!({})).await?;
            if of.client.json {
                return print::json(&answer);
            }
            print::line(format!("{} events go out again", text(&answer["queued"])))
        }
    }
}

/// Whose endpoint is meant.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target {
    /// A channel's own.
    Channel(i64),
    /// An account's.
    Account(i64),
}

impl Target {
    fn path(self) -> String {
        match self {
            Self::Channel(channel) => channel::of(channel, "/webhook"),
            Self::Account(account) => in_account(account, "/webhook"),
        }
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Channel(channel) => write!(f, "channel {channel}"),
            Self::Account(account) => write!(f, "account {account}"),
        }
    }
}

/// The server and the endpoint meant: the one given, or that of the only channel.
///
/// # Errors
/// As every command: exit code and line.
pub(super) async fn reach(of: &OfEndpoint) -> Result<(Server, Target), Stop> {
    let server = Server::find(&of.client)?;
    let target = match (of.channel, of.account) {
        (Some(channel), _) => Target::Channel(channel),
        (None, Some(account)) => Target::Account(account),
        (None, None) => {
            let all = server.get("/admin/v1/channels").await?;
            let make = "stentor channel create ACCOUNT NUMBER";
            Target::Channel(only(items(&all, "channels"), "channel", "--channel", make)?)
        }
    };
    Ok((server, target))
}

/// The endpoint; null when there is none.
///
/// # Errors
/// As every command: exit code and line.
pub(super) async fn get(server: &Server, of: Target) -> Result<Value, Stop> {
    match server.get(&of.path()).await {
        Err(stop) if stop.exit == Exit::NotFound => Ok(Value::Null),
        other => other,
    }
}

/// Sets the endpoint.
///
/// # Errors
/// As every command: exit code and line.
pub(super) async fn set(server: &Server, of: Target, wanted: &Value) -> Result<Value, Stop> {
    server.ask(Method::PUT, &of.path(), Some(wanted)).await
}

/// Removes the endpoint.
///
/// # Errors
/// As every command: exit code and line.
pub(super) async fn delete(server: &Server, of: Target) -> Result<Value, Stop> {
    server.ask(Method::DELETE, &of.path(), None).await
}

fn parse_headers(given: &[String]) -> Result<Value, Stop> {
    let mut headers = serde_json::Map::new();
    for header in given {
        let (name, value) = header.split_once(':').ok_or_else(|| {
            Stop::new(Exit::Usage, format!("{header:?} is no header: write \"Name: value\""))
        })?;
        headers.insert(name.trim().to_owned(), value.trim().into());
    }
    Ok(headers.into())
}

fn draw_log(log: &Value) -> Done {
    let zone = TimeZone::system();
    let row = |attempt: &Value| {
        let status = attempt["status"].as_u64().filter(|status| *status > 0);
        vec![
            moment::cell(&attempt["at"], &zone),
            status.map_or_else(|| "none".to_owned(), |status| status.to_string()),
            format!("{} ms", text(&attempt["took_ms"])),
            text(&attempt["error"]),
            text(&attempt["wamid"]),
        ]
    };
    let rows: Vec<_> = items(log, "deliveries").iter().map(row).collect();
    if rows.is_empty() {
        return print::line("nothing was delivered yet");
    }
    super::network::table(&["AT", "ANSWER", "TOOK", "ERROR", "MESSAGE"], &rows)
}
