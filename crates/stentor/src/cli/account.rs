//! `account`: create, list, show, set, marketing terms; and which account a command means.

use http::Method;
use serde_json::{Value, json};

use super::args::{AccountCommand, Client, Terms};
use super::client::Server;
use super::exit::{Done, Exit, Stop};
use super::json::{cells, items, settings, text};
use super::print;

/// Runs `account …`.
///
/// # Errors
/// As every command: exit code and line.
pub async fn run(command: AccountCommand) -> Done {
    match command {
        AccountCommand::Create { name, id, client } => {
            let mut body = json!({"name": name});
            if let Some(id) = id {
                body["id"] = id.into();
            }
            let made = Server::find(&client)?.post("/admin/v1/accounts", &body).await?;
            fields(&client, &made)
        }
        AccountCommand::List(client) => {
            let all = Server::find(&client)?.get("/admin/v1/accounts").await?;
            if client.json {
                return print::json(&all);
            }
            let columns =
                ["id", "name", "state", "terms_signed_at", "sharing_default", "product_policy_default"];
            let rows: Vec<_> =
                items(&all, "accounts").iter().map(|account| cells(account, &columns)).collect();
            if rows.is_empty() {
                return print::line("no accounts: make one with `stentor account create NAME`");
            }
            super::network::table(&["ID", "NAME", "STATE", "TERMS SIGNED", "SHARING", "POLICY"], &rows)
        }
        AccountCommand::Show { account, client } => {
            let one = Server::find(&client)?.get(&in_account(account, "")).await?;
            fields(&client, &one)
        }
        AccountCommand::Set { account, settings: pairs, client } => {
            let wanted = settings(&pairs).map_err(|e| Stop::new(Exit::Usage, e))?;
            let now =
                Server::find(&client)?.ask(Method::PATCH, &in_account(account, ""), Some(&wanted)).await?;
            fields(&client, &now)
        }
        AccountCommand::AcceptTerms { account, client } => {
            let now = Server::find(&client)?.ask(Method::POST, &in_account(account, "/terms"), None).await?;
            fields(&client, &now)
        }
        AccountCommand::Invite { account, client } => {
            let made =
                Server::find(&client)?.ask(Method::POST, &in_account(account, "/invite"), None).await?;
            fields(&client, &made)
        }
        AccountCommand::Terms { account, terms, client } => {
            let server = Server::find(&client)?;
            let method = match terms {
                Terms::Accept => Method::POST,
                Terms::Withdraw => Method::DELETE,
            };
            let now = server.ask(method, &in_account(account, "/terms"), None).await?;
            fields(&client, &now)
        }
    }
}

/// A path of the admin API under an account.
#[must_use]
pub(super) fn in_account(account: i64, path: &str) -> String {
    format!("/admin/v1/accounts/{account}{path}")
}

/// The account meant: the one given, or the only one.
///
/// # Errors
/// [`Exit::Usage`] when there are several, [`Exit::NotFound`] when there is none.
pub(super) async fn account_of(server: &Server, given: Option<i64>) -> Result<i64, Stop> {
    if let Some(account) = given {
        return Ok(account);
    }
    let all = server.get("/admin/v1/accounts").await?;
    only(items(&all, "accounts"), "account", "--account", "stentor account create NAME")
}

/// The id of the only one.
///
/// # Errors
/// As [`account_of`].
pub(super) fn only(items: &[Value], what: &str, flag: &str, make: &str) -> Result<i64, Stop> {
    let id = |item: &Value| item["id"].as_i64().or_else(|| item["id"].as_str()?.parse().ok());
    match items {
        [] => Err(Stop::new(Exit::NotFound, format!("there is no {what}: make one with `{make}`"))),
        [one] => id(one).ok_or_else(|| Stop::failed(format!("the server's {what} has no id"))),
        several => {
            let ids: Vec<_> = several.iter().take(5).map(|item| text(&item["id"])).collect();
            let more = if several.len() > 5 { ", …" } else { "" };
            let line = format!("there are several {what}s ({}{more}): choose with {flag}", ids.join(", "));
            Err(Stop::new(Exit::Usage, line))
        }
    }
}

/// An object's fields, one a line; or its JSON.
///
/// # Errors
/// As [`print::line`].
pub(super) fn fields(client: &Client, object: &Value) -> Done {
    if client.json {
        return print::json(object);
    }
    let fields: Vec<(&String, &Value)> = object.as_object().into_iter().flatten().collect();
    let widest = fields.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let lines =
        fields.iter().map(|(name, value)| format!("{name:<widest$}  {}", text(value)).trim_end().to_owned());
    print::line(lines.collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_only_one_need_not_be_named() {
        let of = |items: &[Value]| only(items, "account", "--account", "stentor account create NAME");
        assert_eq!(of(&[json!({"id": "7"})]).ok(), Some(7));
        let none = of(&[]).expect_err("none");
        assert_eq!(
            (none.exit, none.line.as_str()),
            (Exit::NotFound, "there is no account: make one with `stentor account create NAME`")
        );
        let several = of(&[json!({"id": 1}), json!({"id": 2})]).expect_err("two");
        assert_eq!(several.line, "there are several accounts (1, 2): choose with --account");
    }
}
