//! `channel`: create, list, set, rotate keys.

use http::Method;
use serde_json::{Value, json};

use super::account::{fields, in_account};
use super::args::{ChannelCommand, KeyCommand};
use super::client::{Server, escaped};
use super::exit::{Done, Exit, Stop};
use super::json::{cells, items, settings};
use super::print;

/// Runs `channel …`.
///
/// # Errors
/// As every command: exit code and line.
pub async fn run(command: ChannelCommand) -> Done {
    match command {
        ChannelCommand::Create { account, number, id, client } => {
            let mut body = json!({"display_phone_number": number});
            if let Some(id) = id {
                body["id"] = id.into();
            }
            let made = Server::find(&client)?.post(&in_account(account, "/channels"), &body).await?;
            fields(&client, &made)
        }
        ChannelCommand::List(client) => {
            let all = Server::find(&client)?.get("/admin/v1/channels").await?;
            if client.json {
                return print::json(&all);
            }
            let columns = [
                "id",
                "account_id",
                "display_phone_number",
                "state",
                "character",
                "sync_policy",
                "rate_per_s",
                "upstream",
            ];
            let rows: Vec<_> =
                items(&all, "channels").iter().map(|channel| cells(channel, &columns)).collect();
            if rows.is_empty() {
                return print::line("no channels: make one with `stentor channel create ACCOUNT NUMBER`");
            }
            let titles = ["ID", "ACCOUNT", "NUMBER", "STATE", "CHARACTER", "SYNC", "RATE/S", "UPSTREAM"];
            super::network::table(&titles, &rows)
        }
        ChannelCommand::Set { channel, settings: pairs, client } => {
            let wanted = settings(&pairs).map_err(|e| Stop::new(Exit::Usage, e))?;
            let now = Server::find(&client)?.ask(Method::PATCH, &of(channel, ""), Some(&wanted)).await?;
            fields(&client, &now)
        }
        ChannelCommand::Key(KeyCommand::List { channel, client }) => {
            let all = Server::find(&client)?.get(&of(channel, "/keys")).await?;
            if client.json {
                return print::json(&all);
            }
            let row = |key| cells(key, &["name", "created_at", "expires_at", "last_used_on"]);
            let rows: Vec<_> = items(&all, "keys").iter().map(row).collect();
            super::network::table(&["KEY", "MADE", "ENDS", "LAST USED"], &rows)
        }
        ChannelCommand::Key(KeyCommand::Create { channel, client }) => {
            let body = json!({"keep_others": true});
            let made = Server::find(&client)?.post(&of(channel, "/keys"), &body).await?;
            fields(&client, &made)
        }
        ChannelCommand::Key(KeyCommand::Revoke { channel, name, client }) => {
            let path = of(channel, &format!("/keys/{}", escaped(&name)));
            let ended = Server::find(&client)?.ask(Method::DELETE, &path, None).await?;
            fields(&client, &ended)
        }
        ChannelCommand::Key(KeyCommand::Rotate { channel, grace_secs, client }) => {
            let body: Value = json!({"grace_secs": grace_secs});
            let made = Server::find(&client)?.post(&of(channel, "/keys"), &body).await?;
            fields(&client, &made)
        }
    }
}

/// A path of the admin API under a channel.
#[must_use]
pub(super) fn of(channel: i64, path: &str) -> String {
    format!("/admin/v1/channels/{channel}{path}")
}
