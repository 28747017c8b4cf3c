//! `template`: list, show (drawn), create, edit, delete, archive, unpause, compare, move and set by hand.

use std::io::Read as _;
use std::path::Path;

use http::Method;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::account::{account_of, fields, in_account};
use super::args::{OfAccount, OfTemplate, TemplateCommand};
use super::client::{Server, escaped};
use super::exit::{Done, Exit, Stop};
use super::json::{cells, items, settings, text};
use super::print::{self, Screen};

/// Bytes of a file that is read into a request: more is refused by every server.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// Runs `template …`.
///
/// # Errors
/// As every command: exit code and line.
pub async fn run(command: TemplateCommand) -> Done {
    match command {
        TemplateCommand::List(of) => list(&of).await,
        TemplateCommand::Show { name, language, of } => {
            let (server, account) = reach(&of).await?;
            let template = find(&server, account, &name, language.as_deref()).await?;
            if of.client.json { print::json(&template) } else { print::line(drawn(&template)) }
        }
        TemplateCommand::Create { file, of } => {
            let body = read_json(&file)?;
            let (server, account) = reach(&of).await?;
            let made = server.post(&in_account(account, "/templates"), &body).await?;
            fields(&of.client, &made)
        }
        TemplateCommand::Edit { id, file, of } => {
            let body = read_json(&file)?;
            let (server, account) = reach(&of).await?;
            let path = in_account(account, &format!("/templates/{id}"));
            let now = server.ask(Method::PATCH, &path, Some(&body)).await?;
            fields(&of.client, &now)
        }
        TemplateCommand::Delete { name, of } => {
            let (server, account) = reach(&of).await?;
            let path = in_account(account, &format!("/templates?name={}", escaped(&name)));
            let answer = server.ask(Method::DELETE, &path, None).await?;
            if of.client.json {
                return print::json(&answer);
            }
            print::line(format!(
                "{name} is deleted: what is queued still goes, the name is locked for 30 days"
            ))
        }
        TemplateCommand::Archive(of) => act(&of, "archive").await,
        TemplateCommand::Unarchive(of) => act(&of, "unarchive").await,
        TemplateCommand::Unpause(of) => act(&of, "unpause").await,
        TemplateCommand::Resume(of) => act(&of, "resume").await,
        TemplateCommand::Compare { name, other, language, days, of } => {
            compare((&name, &other), language.as_deref(), days, &of).await
        }
        TemplateCommand::Move { name, to, language, of } => {
            let (server, account) = reach(&of).await?;
            let template = find(&server, account, &name, language.as_deref()).await?;
            let path = in_account(account, &format!("/templates/{}/move", text(&template["id"])));
            let now = server.post(&path, &json!({"to": to})).await?;
            fields(&of.client, &now)
        }
        TemplateCommand::Set { name, settings: pairs, language, of } => {
            let wanted = settings(&pairs).map_err(|e| Stop::new(Exit::Usage, e))?;
            let (server, account) = reach(&of).await?;
            let template = find(&server, account, &name, language.as_deref()).await?;
            let path = in_account(account, &format!("/templates/{}/set", text(&template["id"])));
            let now = server.post(&path, &wanted).await?;
            fields(&of.client, &now)
        }
    }
}

/// One of the verbs that need nothing but the template.
async fn act(of: &OfTemplate, verb: &str) -> Done {
    let (server, account) = reach(&of.of).await?;
    let template = find(&server, account, &of.name, of.language.as_deref()).await?;
    let path = in_account(account, &format!("/templates/{}/{verb}", text(&template["id"])));
    let now = server.post(&path, &json!({})).await?;
    fields(&of.of.client, &now)
}

async fn compare((name, other): (&str, &str), language: Option<&str>, days: u32, of: &OfAccount) -> Done {
    let (server, account) = reach(of).await?;
    let one = find(&server, account, name, language).await?;
    let two = find(&server, account, other, language).await?;
    let (one, two) = (text(&one["id"]), text(&two["id"]));
    let path = in_account(account, &format!("/templates/{one}/compare?with={two}&days={days}"));
    let metrics = server.get(&path).await?;
    if of.client.json {
        return print::json(&metrics);
    }
    let value_of = |metric: &str, values: &str, id: &str| {
        let metric = items(&metrics, "data").iter().find(|m| m["metric"] == metric);
        let value = metric.and_then(|m| items(m, values).iter().find(|v| v["key"] == id));
        value.map_or_else(|| "-".to_owned(), |v| text(&v["value"]))
    };
    let order = items(&metrics, "data").iter().find(|m| m["metric"] == "BLOCK_RATE");
    let first = order.and_then(|m| m["order_by_relative_metric"][0].as_str()).unwrap_or_default().to_owned();
    let row = |name: &str, id: &str| {
        let rank = if first == id { "lower" } else { "higher" };
        vec![
            name.to_owned(),
            value_of("MESSAGE_SENDS", "number_values", id),
            rank.to_owned(),
            value_of("TOP_BLOCK_REASON", "string_values", id),
        ]
    };
    super::network::table(&["NAME", "SENT", "BLOCK RATE", "REASON"], &[row(name, &one), row(other, &two)])
}

async fn reach(of: &OfAccount) -> Result<(Server, i64), Stop> {
    let server = Server::find(&of.client)?;
    let account = account_of(&server, of.account).await?;
    Ok((server, account))
}

async fn list(of: &OfAccount) -> Done {
    let (server, account) = reach(of).await?;
    let all = server.get(&in_account(account, "/templates")).await?;
    if of.client.json {
        return print::json(&all);
    }
    let columns = ["name", "language", "category", "status", "quality", "sync", "id"];
    let rows: Vec<_> = items(&all, "templates").iter().map(|template| cells(template, &columns)).collect();
    if rows.is_empty() {
        return print::line("no templates: make one with `stentor template create FILE`");
    }
    super::network::table(&["NAME", "LANGUAGE", "CATEGORY", "STATUS", "QUALITY", "SYNC", "ID"], &rows)
}

/// The one template of that name (and language).
async fn find(server: &Server, account: i64, name: &str, language: Option<&str>) -> Result<Value, Stop> {
    let all = server.get(&in_account(account, &format!("/templates?name={}", escaped(name)))).await?;
    let named: Vec<&Value> = items(&all, "templates").iter().filter(|t| t["name"] == name).collect();
    let meant: Vec<&Value> =
        named.iter().copied().filter(|t| language.is_none_or(|language| t["language"] == language)).collect();
    let languages = || named.iter().map(|t| text(&t["language"])).collect::<Vec<_>>().join(", ");
    match (&meant[..], &named[..]) {
        ([one], _) => Ok((*one).clone()),
        ([], []) => Err(Stop::new(
            Exit::NotFound,
            format!("there is no template {name:?}: see `stentor template list`"),
        )),
        ([], _) => {
            let line = format!(
                "{name:?} has no language {:?}; it has {}",
                language.unwrap_or_default(),
                languages()
            );
            Err(Stop::new(Exit::NotFound, line))
        }
        _ => Err(Stop::new(
            Exit::Usage,
            format!("{name:?} has several languages: choose one of {} with --language", languages()),
        )),
    }
}

/// Where the template stands, and how it looks on a phone with its placeholders unfilled.
fn drawn(template: &Value) -> String {
    let words = ["name", "language", "category", "status", "id"].map(|field| text(&template[field]));
    let mut lines = vec![words.join("  ")];
    let reason = text(&template["rejected_reason"]);
    if !reason.is_empty() && reason != "NONE" {
        lines.push(format!("rejected: {reason}"));
    }
    let held = &template["held"];
    if !held.is_null() {
        let [since, fault, detail] = ["since", "fault", "detail"].map(|field| text(&held[field]));
        let name = text(&template["name"]);
        lines.push(format!("held by the autopilot since {since} for {fault}: {detail}"));
        lines.push(format!("go on with `stentor template resume {name}`"));
    }
    lines.extend(super::bubble::draw(&shown(template), Screen::of_stdout(), &TimeZone::UTC));
    lines.join("\n")
}

/// A definition in the shape of a message on a phone.
fn shown(template: &Value) -> Value {
    let mut message = part(items(template, "components"));
    message["template"] = json!({"name": template["name"], "language": template["language"]});
    message
}

fn part(components: &[Value]) -> Value {
    let mut shown = json!({});
    for component in components {
        match component["type"].as_str().unwrap_or_default().to_uppercase().as_str() {
            "HEADER" => {
                let format = component["format"].as_str().unwrap_or("TEXT").to_lowercase();
                let is_text = format == "text";
                shown["header"] =
                    if is_text { component["text"].clone() } else { format!("[{format}]").into() };
            }
            "BODY" if component["text"].is_string() => shown["body"] = component["text"].clone(),
            "BODY" => shown["body"] = "{{1}} is your verification code.".into(),
            "FOOTER" if component["text"].is_string() => shown["footer"] = component["text"].clone(),
            "LIMITED_TIME_OFFER" => shown["footer"] = component["limited_time_offer"]["text"].clone(),
            "BUTTONS" => shown["buttons"] = items(component, "buttons").iter().map(button).collect(),
            "CAROUSEL" => {
                let cards = items(component, "cards");
                shown["cards"] = cards.iter().map(|card| part(items(card, "components"))).collect();
            }
            _ => {}
        }
    }
    shown
}

fn button(button: &Value) -> Value {
    let kind = button["type"].as_str().unwrap_or_default().to_lowercase();
    let label = button["text"].as_str().map_or_else(|| kind.replace('_', " "), str::to_owned);
    let value = ["url", "phone_number"].iter().find_map(|field| button[*field].as_str()).unwrap_or_default();
    json!({"text": label, "value": value})
}

/// A file's text, or stdin's for `-`.
///
/// # Errors
/// [`Exit::Usage`] when it cannot be read or is too large.
pub(super) fn read_file(file: &Path) -> Result<String, Stop> {
    let usage = |e: std::io::Error| Stop::new(Exit::Usage, format!("{}: {e}", file.display()));
    let mut text = String::new();
    let read = if file.as_os_str() == "-" {
        std::io::stdin().lock().take(FILE_BYTES_MAX + 1).read_to_string(&mut text)
    } else {
        std::fs::File::open(file).map_err(usage)?.take(FILE_BYTES_MAX + 1).read_to_string(&mut text)
    };
    match read.map_err(usage)? as u64 {
        0..=FILE_BYTES_MAX => Ok(text),
        _ => Err(Stop::new(Exit::Usage, format!("{}: more than {FILE_BYTES_MAX} bytes", file.display()))),
    }
}

fn read_json(file: &Path) -> Result<Value, Stop> {
    serde_json::from_str(&read_file(file)?)
        .map_err(|e| Stop::new(Exit::Usage, format!("{} is not JSON: {e}", file.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_is_shown_as_a_message() {
        let template = json!({"name": "offer", "language": "en", "components": [
            {"type": "HEADER", "format": "IMAGE", "example": {}},
            {"type": "body", "text": "Hi {{1}}"},
            {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "Shop", "url": "https://shop.example/{{1}}"}, {"type": "COPY_CODE"}]},
            {"type": "CAROUSEL", "cards": [{"components": [{"type": "BODY", "text": "Shoe"}]}]},
        ]});
        let expected = json!({
            "header": "[image]", "body": "Hi {{1}}",
            "buttons": [{"text": "Shop", "value": "https://shop.example/{{1}}"}, {"text": "copy code", "value": ""}],
            "cards": [{"body": "Shoe"}], "template": {"name": "offer", "language": "en"},
        });
        assert_eq!(shown(&template), expected);
    }
}
