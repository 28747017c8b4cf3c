//! `hub`: who may use the partner's API.

use http::Method;
use serde_json::json;

use super::account::fields;
use super::args::HubCommand;
use super::client::{Server, escaped};
use super::exit::Done;
use super::json::{cells, items, text};
use super::print;

const LOGINS: &str = "/admin/v1/partner/logins";

/// Runs `hub …`.
///
/// # Errors
/// As every command: exit code and line.
pub async fn run(command: HubCommand) -> Done {
    match command {
        HubCommand::List(client) => {
            let all = Server::find(&client)?.get(LOGINS).await?;
            if client.json {
                return print::json(&all);
            }
            print::line(format!("partner id  {}", text(&all["partner_id"])))?;
            let row = |login| cells(login, &["name", "kind", "created_at"]);
            let rows: Vec<_> = items(&all, "logins").iter().map(row).collect();
            if rows.is_empty() {
                return print::line(
                    "nobody may use the partner's API: let somebody in with `stentor hub add NAME`",
                );
            }
            super::network::table(&["NAME", "KIND", "MADE"], &rows)
        }
        HubCommand::Add { name, is_key, client } => {
            let kind = if is_key { "key" } else { "password" };
            let made = Server::find(&client)?.post(LOGINS, &json!({"name": name, "kind": kind})).await?;
            fields(&client, &made)
        }
        HubCommand::Remove { name, client } => {
            let path = format!("{LOGINS}/{}", escaped(&name));
            let gone = Server::find(&client)?.ask(Method::DELETE, &path, None).await?;
            if client.json { print::json(&gone) } else { print::line(format!("{name} is out")) }
        }
    }
}
