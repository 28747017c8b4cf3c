//! `delivery`: how marketing is ordered, and what the order brought.

use std::fmt::Write as _;

use http::Method;
use serde_json::Value;

use super::account::{account_of, fields, in_account};
use super::args::DeliveryCommand;
use super::client::Server;
use super::exit::{Done, Exit, Stop};
use super::json::{settings, text};
use super::print;

/// Runs `delivery …`.
///
/// # Errors
/// As every command: exit code and line.
pub async fn run(command: DeliveryCommand) -> Done {
    match command {
        DeliveryCommand::Show { of } => {
            let server = Server::find(&of.client)?;
            let account = account_of(&server, of.account).await?;
            fields(&of.client, &server.get(&in_account(account, "/delivery")).await?)
        }
        DeliveryCommand::Set { settings: pairs, of } => {
            let wanted = settings(&pairs).map_err(|e| Stop::new(Exit::Usage, e))?;
            let server = Server::find(&of.client)?;
            let account = account_of(&server, of.account).await?;
            let path = in_account(account, "/delivery");
            fields(&of.client, &server.ask(Method::PATCH, &path, Some(&wanted)).await?)
        }
        DeliveryCommand::Lift { days, template, plot, of } => {
            let server = Server::find(&of.client)?;
            let account = account_of(&server, of.account).await?;
            let mut path = format!("/delivery/lift?days={days}");
            if let Some(template) = template {
                let _ = write!(path, "&template={template}");
            }
            let lift = server.get(&in_account(account, &path)).await?;
            if let Some(file) = plot {
                std::fs::write(&file, drawn(&lift)).map_err(|error| {
                    Stop::failed(format!("{} cannot be written: {error}", file.display()))
                })?;
            }
            if of.client.json {
                return print::json(&lift);
            }
            print::line(text(&lift["sentence"]))?;
            for (name, arm) in [("planned", &lift["planned"]), ("slice", &lift["slice"])] {
                let rate = 100.0 * arm["rate"].as_f64().unwrap_or(0.0);
                print::line(format!("{name:8} {:>9} people  {rate:5.1} % read", text(&arm["people"])))?;
            }
            Ok(())
        }
    }
}

/// Two bars with the interval of their difference, as SVG.
fn drawn(lift: &Value) -> String {
    let rate = |arm: &str| lift[arm]["rate"].as_f64().unwrap_or(0.0);
    let number = |value: &Value| value.as_f64().unwrap_or(0.0);
    let width = |rate: f64| 400.0 * rate.clamp(0.0, 1.0);
    let mut svg = String::from(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"640\" height=\"190\" font-family=\"sans-serif\" font-size=\"13\">\n",
    );
    let _ = writeln!(
        svg,
        "<text x=\"16\" y=\"24\">{}</text>",
        text(&lift["sentence"]).replace('&', "&amp;").replace('<', "&lt;")
    );
    for (n, (name, colour)) in [("planned", "#2a7f62"), ("slice", "#9a9a9a")].into_iter().enumerate() {
        let y = 48 + 36 * n;
        let _ = writeln!(
            svg,
            "<text x=\"16\" y=\"{}\">{name}</text><rect x=\"100\" y=\"{y}\" width=\"{:.1}\" height=\"22\" \
             fill=\"{colour}\"/><text x=\"{:.1}\" y=\"{}\">{:.1} % of {}</text>",
            y + 16,
            width(rate(name)),
            108.0 + width(rate(name)),
            y + 16,
            100.0 * rate(name),
            text(&lift[name]["people"]),
        );
    }
    if let [low, high] = lift["interval"].as_array().map_or(&[][..], Vec::as_slice) {
        // The difference has a scale of its own: half the width is twenty points.
        let x = |difference: f64| (300.0 + 1_000.0 * difference).clamp(100.0, 500.0);
        let _ = writeln!(
            svg,
            "<text x=\"16\" y=\"144\">difference</text><line x1=\"300\" x2=\"300\" y1=\"126\" y2=\"156\" \
             stroke=\"#888\"/><line x1=\"{:.1}\" x2=\"{:.1}\" y1=\"140\" y2=\"140\" stroke=\"#333\" \
             stroke-width=\"3\"/><circle cx=\"{:.1}\" cy=\"140\" r=\"5\" fill=\"#2a7f62\"/>\
             <text x=\"16\" y=\"176\">{:+.1} points, between {:+.1} and {:+.1}</text>",
            x(number(low)),
            x(number(high)),
            x(number(&lift["difference"])),
            100.0 * number(&lift["difference"]),
            100.0 * number(low),
            100.0 * number(high),
        );
    }
    svg.push_str("</svg>\n");
    svg
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_lift_is_drawn_with_its_interval_and_without_where_there_is_none() {
        let mut lift = json!({"sentence": "So & so.", "planned": {"people": 9_500, "rate": 0.4},
            "slice": {"people": 500, "rate": 0.3}, "difference": 0.1, "interval": [0.05, 0.15]});
        let svg = drawn(&lift);
        assert!(
            svg.contains("40.0 % of 9500") && svg.contains("+10.0 points, between +5.0 and +15.0"),
            "{svg}"
        );
        assert!(svg.contains("So &amp; so."), "{svg}");
        lift["interval"] = Value::Null;
        assert!(!drawn(&lift).contains("points"));
    }
}
