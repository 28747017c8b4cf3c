//! One message's life, line by line: what happened when, and why. Takes the JSON of the admin API.

use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::json::text;
use super::moment;
use super::print::{Screen, Tone};
use super::span;
use super::text::{pad, tame, wrap};

/// The fields of `messages show --json`, in their order; scripts depend on them.
pub const FIELDS: [&str; 11] = [
    "wamid",
    "state",
    "recipient",
    "template",
    "route",
    "activity_sharing",
    "deadline",
    "unknown",
    "attempts",
    "events",
    "decision",
];

/// What `messages show --json` prints: [`FIELDS`] and nothing else.
#[must_use]
pub fn contract(message: &Value) -> Value {
    let mut object = Map::new();
    for field in FIELDS {
        object.insert(field.to_owned(), message[field].clone());
    }
    Value::Object(object)
}

/// The timeline.
#[must_use]
pub fn draw(message: &Value, screen: Screen, zone: &TimeZone) -> Vec<String> {
    let state = text(&message["state"]);
    let tone = match state.as_str() {
        "read" | "delivered" => Tone::Green,
        "failed" | "unknown" | "dropped" => Tone::Red,
        _ => Tone::Bold,
    };
    let mut lines = vec![format!("{}  {}", text(&message["wamid"]), screen.paint(tone, &state))];
    lines.extend(wrap(&facts(message, zone).join(" · "), screen.width));
    lines.push(String::new());
    let events = message["events"].as_array().map_or(&[][..], Vec::as_slice);
    let first = events.iter().find_map(|event| moment::read(&event["at"]));
    let mut day = String::new();
    for event in events {
        let (mut when, mut since) = (String::new(), String::new());
        if let Some(at) = moment::read(&event["at"]) {
            let date = moment::date(at, zone);
            let this_day = date.split(' ').next().unwrap_or_default().to_owned();
            if this_day != day {
                lines.push(screen.paint(Tone::Dim, &this_day));
                day = this_day;
            }
            when = moment::precise(at, zone);
            since = first
                .filter(|first| *first < at)
                .map_or_else(String::new, |f| format!("+{}", span::show(at.since(f))));
        }
        let head = format!("{}  {}  {}  ", pad(&when, 12), pad(&since, 12), pad(&text(&event["event"]), 10));
        let reason = tame(&text(&event["reason"]));
        let room = screen.width.saturating_sub(head.len()).max(20);
        for (n, part) in wrap(&reason, room).into_iter().enumerate() {
            let lead = if n == 0 { head.clone() } else { " ".repeat(head.len()) };
            lines.push(format!("{lead}{part}").trim_end().to_owned());
        }
    }
    lines
}

fn facts(message: &Value, zone: &TimeZone) -> Vec<String> {
    let mut facts = vec![format!("to {}", text(&message["recipient"]))];
    let template = &message["template"];
    match (template["name"].as_str(), template.as_str()) {
        (Some(name), _) => facts.push(format!("{name} ({})", text(&template["language"]))),
        (None, Some(name)) => facts.push(name.to_owned()),
        (None, None) => {}
    }
    facts.push(format!("{} route", text(&message["route"])));
    match message["activity_sharing"].as_bool() {
        Some(true) => facts.push("activity shared".to_owned()),
        Some(false) => facts.push("activity not shared".to_owned()),
        None => {}
    }
    match message["attempts"].as_array().map(Vec::len) {
        Some(1) => facts.push("1 attempt".to_owned()),
        Some(n) => facts.push(format!("{n} attempts")),
        None => {}
    }
    facts.push(format!("deadline {}", moment::cell(&message["deadline"], zone)));
    facts
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn message() -> Value {
        json!({
            "state": "failed", "wamid": "wamid.HBgMNDQ", "recipient": "441234567890", "account": 1,
            "template": {"name": "spring_sale", "language": "en"}, "route": "optimised", "activity_sharing": false,
            "deadline": "2026-12-22T14:03:05.120Z", "unknown": false, "attempts": [{"no": 1, "outcome": "taken"}],
            "events": [
                {"at": "2026-11-22T14:03:05.120Z", "event": "accepted", "reason": null},
                {"at": "2026-11-22T14:03:05.140Z", "event": "sending", "reason": "attempt 1"},
                {"at": "2026-11-23T02:03:06.000Z", "event": "failed",
                 "reason": "131026: the number is not on WhatsApp, or has not accepted the new terms, or runs an old version of the app"},
            ],
        })
    }

    #[test]
    fn a_timeline() {
        insta::assert_snapshot!(draw(&message(), Screen::PIPE, &TimeZone::UTC).join("\n"), @r#"
        wamid.HBgMNDQ  failed
        to 441234567890 · spring_sale (en) · optimised route · activity not shared · 1 attempt · deadline
        2026-12-22 14:03:05

        2026-11-22
        14:03:05.120                accepted
        14:03:05.140  +20 ms        sending     attempt 1
        2026-11-23
        02:03:06.000  +12 h         failed      131026: the number is not on WhatsApp, or has not accepted
                                                the new terms, or runs an old version of the app
        "#);
    }

    #[test]
    fn the_json_has_exactly_the_promised_fields() {
        let shown = contract(&message());
        let names: Vec<_> = shown.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(names, FIELDS);
    }
}
