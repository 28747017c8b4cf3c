//! `status`: messages by state, unknowns, webhook backlog, upstream, the oldest waiting.

use jiff::tz::TimeZone;
use serde_json::Value;

use super::args::Client;
use super::client::Server;
use super::exit::Done;
use super::json::{cells, items, text};
use super::{moment, print};

/// Runs `status`.
///
/// # Errors
/// As every command: exit code and line.
pub async fn run(client: Client) -> Done {
    let status = Server::find(&client)?.get("/admin/v1/status").await?;
    if client.json {
        return print::json(&status);
    }
    print::line(draw(&status, &TimeZone::system()).join("\n"))
}

fn draw(status: &Value, zone: &TimeZone) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, value) in status.as_object().into_iter().flatten() {
        let title = name.replace('_', " ");
        match value {
            Value::Object(inner) if !inner.is_empty() => {
                let shown = inner.iter().map(|(k, v)| format!("{k} {}", cell(v, zone)));
                lines.push(format!("{title:<22}  {}", shown.collect::<Vec<_>>().join(" · ")));
            }
            Value::Array(rows) if !rows.is_empty() && rows.iter().all(Value::is_object) => {
                lines.push(title);
                let columns: Vec<&str> =
                    rows[0].as_object().into_iter().flatten().map(|(k, _)| k.as_str()).collect();
                let cells: Vec<_> = items(value, "").iter().map(|row| cells(row, &columns)).collect();
                lines.extend(super::text::table(&columns, &cells, 200).into_iter().map(|l| format!("  {l}")));
            }
            other => {
                let shown = cell(other, zone);
                lines.push(format!("{title:<22}  {}", if shown.is_empty() { "none" } else { &shown }));
            }
        }
    }
    lines
}

/// Times as people read them (only text is a time here: numbers count), everything else as it is.
fn cell(value: &Value, zone: &TimeZone) -> String {
    if value.is_string() { moment::cell(value, zone) } else { text(value) }
}
