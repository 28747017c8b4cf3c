//! `status`: messages by state, unknowns, webhook backlog, upstream, the oldest waiting.

use jiff::tz::TimeZone;
use serde_json::Value;

use super::args::Client;
use super::client::Server;
use super::exit::Done;
use super::json::{items, text};
use super::moment;
use super::print::{self, Screen};
use super::text::table;

/// Runs `status`.
///
/// # Errors
/// As every command: exit code and line.
pub async fn run(client: Client) -> Done {
    let status = Server::find(&client)?.get("/admin/v1/status").await?;
    if client.json {
        return print::json(&status);
    }
    let screen = Screen::of_stdout();
    print::line(draw(&status, screen, &TimeZone::system()).join("\n"))
}

/// A line for each figure: words for groups, rows for lists, no states that hold nothing.
fn draw(status: &Value, screen: Screen, zone: &TimeZone) -> Vec<String> {
    let (mut lines, mut lists) = (Vec::new(), Vec::new());
    for (name, value) in status.as_object().into_iter().flatten() {
        let shown = match value {
            Value::Object(group) => {
                lists.extend(group.iter().filter(|(_, inner)| inner.is_array()));
                let is_told =
                    |inner: &Value| !inner.is_array() && (name != "by_state" || inner.as_u64() != Some(0));
                let told = group.iter().filter(|(_, inner)| is_told(inner));
                told.map(|(word, inner)| format!("{word} {}", cell(inner, zone)))
                    .collect::<Vec<_>>()
                    .join(" · ")
            }
            other => cell(other, zone),
        };
        let shown = if shown.is_empty() { "none" } else { &shown };
        lines.push(format!("{:<17} {shown}", name.replace('_', " ")));
    }
    for (name, list) in lists {
        let rows = items(list, "");
        let Some(first) = rows.first().and_then(Value::as_object) else { continue };
        let columns: Vec<&str> = first.keys().map(String::as_str).collect();
        let cells = |row: &Value| columns.iter().map(|column| cell(&row[*column], zone)).collect();
        lines.extend([String::new(), name.clone()]);
        lines.extend(table(&columns, &rows.iter().map(cells).collect::<Vec<_>>(), screen.table_width()));
    }
    lines
}

/// Times as people read them (only text is a time here: numbers count), everything else as it is.
fn cell(value: &Value, zone: &TimeZone) -> String {
    if value.is_string() { moment::cell(value, zone) } else { text(value) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_status() {
        let status = json!({
            "by_state": {"accepted": 0, "sent": 3, "read": 40},
            "unknown": 0,
            "webhooks": {"waiting": 2, "lost": 0, "endpoints": [
                {"endpoint_id": "7", "origin": "https://shop.example", "waiting": 2, "oldest_at": "2026-11-22T14:03:05Z"},
            ]},
            "oldest_waiting": null,
        });
        insta::assert_snapshot!(draw(&status, Screen::PIPE, &TimeZone::UTC).join("\n"), @r#"
        by state          sent 3 · read 40
        unknown           0
        webhooks          waiting 2 · lost 0
        oldest waiting    none

        endpoints
        endpoint_id  origin                waiting  oldest_at
        7            https://shop.example  2        2026-11-22 14:03:05
        "#);
    }
}
