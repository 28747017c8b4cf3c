//! `webhook`: where a channel's events go, the log of deliveries, replay, and the local receiver.

use http::Method;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::account::{account_of, fields, in_account, only};
use super::args::{OfChannel, WebhookCommand};
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
            let (server, channel) = reach(&of).await?;
            let endpoint = server.get(&endpoint(channel)).await?;
            fields(&of.client, &endpoint)
        }
        WebhookCommand::Set { target, headers, of } => {
            let headers = parse_headers(&headers)?;
            let (server, channel) = reach(&of).await?;
            let now = set(&server, channel, &json!({"url": target, "headers": headers})).await?;
            fields(&of.client, &now)
        }
        WebhookCommand::Delete(of) => {
            let (server, channel) = reach(&of).await?;
            let answer = delete(&server, channel).await?;
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

/// The server and the channel meant: the one given, or the only one (of the account given).
pub(super) async fn reach(of: &OfChannel) -> Result<(Server, i64), Stop> {
    let server = Server::find(&of.client)?;
    if let Some(channel) = of.channel {
        return Ok((server, channel));
    }
    let all = server.get("/admin/v1/channels").await?;
    let account = of.account.map(|account| account.to_string());
    let is_meant = |channel: &&Value| account.as_ref().is_none_or(|id| text(&channel["account_id"]) == *id);
    let channels: Vec<Value> = items(&all, "channels").iter().filter(is_meant).cloned().collect();
    let channel = only(&channels, "channel", "--channel", "stentor channel create ACCOUNT NUMBER")?;
    Ok((server, channel))
}

fn endpoint(channel: i64) -> String {
    channel::of(channel, "/webhook")
}

pub(super) async fn get(server: &Server, channel: i64) -> Result<Value, Stop> {
    match server.get(&endpoint(channel)).await {
        Err(stop) if stop.exit == Exit::NotFound => Ok(Value::Null),
        other => other,
    }
}

pub(super) async fn set(server: &Server, channel: i64, wanted: &Value) -> Result<Value, Stop> {
    server.ask(Method::PUT, &endpoint(channel), Some(wanted)).await
}

pub(super) async fn delete(server: &Server, channel: i64) -> Result<Value, Stop> {
    server.ask(Method::DELETE, &endpoint(channel), None).await
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
