//! One message as a phone shows it: a bubble with ticks and buttons on a terminal, plain lines in a pipe.
//! Called by `phone` and `template show`; takes the JSON of `/sim/messages`.

use jiff::tz::TimeZone;
use serde_json::Value;

use super::json::text;
use super::moment;
use super::print::{Screen, Tone};
use super::text::{cut, pad, width, wrap};

/// A phone's screen is not wider than this.
const COLUMNS_MAX: usize = 58;

/// How far a message got, as its sender sees it.
struct Ticks {
    mark: &'static str,
    tone: Option<Tone>,
    word: String,
}

fn ticks(message: &Value) -> Ticks {
    let mut word = text(&message["ticks"]);
    let (mark, tone) = match word.as_str() {
        "held" => ("◷", Some(Tone::Dim)),
        "sent" => ("✓", Some(Tone::Dim)),
        "delivered" => ("✓✓", Some(Tone::Dim)),
        "read" => ("✓✓", Some(Tone::Blue)),
        "failed" => ("✗", Some(Tone::Red)),
        "expired" => ("✗", Some(Tone::Dim)),
        _ => ("", None),
    };
    if message["failed"].is_u64() {
        word = format!("{word} {}", message["failed"]);
    }
    Ticks { mark, tone, word }
}

/// The mark and the word for how far a message got: `✓✓ read`, in a pipe `read`.
#[must_use]
pub fn progress(message: &Value, screen: Screen) -> String {
    let Ticks { mark, tone, word } = ticks(message);
    match tone.filter(|_| screen.draws) {
        Some(tone) => screen.paint(tone, &format!("{mark} {word}")),
        None => word,
    }
}

/// What was sent, in a line: the template or the beginning of the body.
#[must_use]
pub fn gist(message: &Value) -> String {
    let template = &message["template"];
    match template["name"].as_str() {
        Some(name) => format!("{name} ({})", text(&template["language"])),
        None => cut(&text(&message["body"]).replace('\n', " "), 30),
    }
}

/// The message, line by line.
#[must_use]
pub fn draw(message: &Value, screen: Screen, zone: &TimeZone) -> Vec<String> {
    let at = moment::read(&message["taken_at"]);
    if screen.draws {
        return framed(message, at.map(|at| moment::minute(at, zone)).unwrap_or_default(), screen);
    }
    let when = at.map(|at| moment::date(at, zone)).unwrap_or_default();
    let mut lines = Vec::new();
    // A template's definition was never sent: there is nothing to tell of its way.
    if !message["ticks"].is_null() {
        lines.push(format!("{when}  {}  {}", gist(message), progress(message, screen)).trim().to_owned());
    }
    let parts = parts(message).into_iter().chain(buttons(message));
    lines.extend(parts.flat_map(|part| wrap(&part.words, screen.width - 2)).map(|l| format!("  {l}")));
    lines
}

/// A stretch of text in the bubble.
struct Part {
    tone: Option<Tone>,
    words: String,
}

/// Header, body, footer and cards, what there is of them.
fn parts(rendered: &Value) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut add = |tone, words: String| {
        if !words.is_empty() {
            parts.push(Part { tone, words });
        }
    };
    let quoted = text(&rendered["quoted"]);
    add(Some(Tone::Dim), if quoted.is_empty() { quoted } else { format!("> {quoted}") });
    add(Some(Tone::Bold), text(&rendered["header"]));
    add(None, text(&rendered["body"]));
    add(Some(Tone::Dim), text(&rendered["footer"]));
    let cards = rendered["cards"].as_array().map_or(&[][..], Vec::as_slice);
    for (index, card) in cards.iter().enumerate() {
        add(Some(Tone::Dim), format!("card {} of {}", index + 1, cards.len()));
        add(None, text(&card["header"]));
        add(None, text(&card["body"]));
        for button in buttons(card) {
            add(button.tone, button.words);
        }
    }
    parts
}

/// Buttons and rows with the number that taps them, and what the person did with the message.
fn buttons(rendered: &Value) -> Vec<Part> {
    let all = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let numbered = |its: &Value, words: String| match its["number"].as_u64() {
        Some(number) => format!("{number} {words}"),
        None => words,
    };
    let button = |button: &Value| {
        let words = format!("[{}] {}", text(&button["text"]), text(&button["value"]));
        Part { tone: None, words: numbered(button, words).trim_end().to_owned() }
    };
    let mut parts: Vec<Part> = all(&rendered["buttons"]).iter().map(button).collect();
    for section in all(&rendered["list"]["sections"]) {
        let title = text(&section["title"]);
        parts.extend((!title.is_empty()).then_some(Part { tone: Some(Tone::Bold), words: title }));
        parts.extend(all(&section["rows"]).iter().map(|row| {
            let words = format!("[{}] {}", text(&row["title"]), text(&row["description"]));
            Part { tone: None, words: numbered(row, words).trim_end().to_owned() }
        }));
    }
    let reaction = text(&rendered["reaction"]);
    parts.extend((!reaction.is_empty()).then_some(Part { tone: None, words: reaction }));
    parts
}

fn framed(message: &Value, minute: String, screen: Screen) -> Vec<String> {
    let inner = screen.width.saturating_sub(4).clamp(16, COLUMNS_MAX);
    let edge =
        |left: char, right: char| screen.paint(Tone::Dim, &format!("{left}{}{right}", "─".repeat(inner + 2)));
    let bar = screen.paint(Tone::Dim, "│");
    let row = |tone: Option<Tone>, words: &str| {
        let words = pad(words, inner);
        format!("{bar} {} {bar}", tone.map_or_else(|| words.clone(), |tone| screen.paint(tone, &words)))
    };
    let rows = |parts: Vec<Part>| -> Vec<String> {
        parts.iter().flat_map(|p| wrap(&p.words, inner).into_iter().map(|w| row(p.tone, &w))).collect()
    };
    let mut lines = vec![edge('╭', '╮')];
    lines.extend(rows(parts(message)));
    if !message["ticks"].is_null() {
        let Ticks { mark, word, .. } = ticks(message);
        let tail = width(&format!("{minute} {mark} {word}"));
        let shown = format!("{} {}", screen.paint(Tone::Dim, &minute), progress(message, screen));
        lines.push(format!("{bar} {}{shown} {bar}", " ".repeat(inner.saturating_sub(tail))));
    }
    let buttons = rows(buttons(message));
    if !buttons.is_empty() {
        lines.push(edge('├', '┤'));
        lines.extend(buttons);
    }
    lines.push(edge('╰', '╯'));
    lines
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TERMINAL: Screen = Screen { width: 44, draws: true, colours: false };

    fn offer(ticks: &str) -> Value {
        let code = (ticks == "failed").then_some(131_026);
        json!({
            "id": "wamid.1", "ticks": ticks, "taken_at": "2026-11-22T14:03:05.120Z", "failed": code,
            "template": {"name": "spring_sale", "language": "en"}, "cards": [],
            "header": "[image] https://shop.example/spring.jpg", "footer": "Reply STOP to end",
            "body": "Hi Ann, everything must go by Friday.\nUse SAVE20.",
            "buttons": [{"text": "Shop now", "value": "https://shop.example/?c=SAVE20"}, {"text": "Later", "value": ""}],
        })
    }

    fn drawn(message: &Value, screen: Screen) -> String {
        draw(message, screen, &TimeZone::UTC).join("\n")
    }

    #[test]
    fn a_read_message_on_a_terminal() {
        insta::assert_snapshot!(drawn(&offer("read"), TERMINAL), @r#"
        ╭──────────────────────────────────────────╮
        │ [image] https://shop.example/spring.jpg  │
        │ Hi Ann, everything must go by Friday.    │
        │ Use SAVE20.                              │
        │ Reply STOP to end                        │
        │                            14:03 ✓✓ read │
        ├──────────────────────────────────────────┤
        │ [Shop now]                               │
        │ https://shop.example/?c=SAVE20           │
        │ [Later]                                  │
        ╰──────────────────────────────────────────╯
        "#);
    }

    #[test]
    fn the_same_in_a_pipe() {
        insta::assert_snapshot!(drawn(&offer("failed"), Screen::PIPE), @r#"
        2026-11-22 14:03:05  spring_sale (en)  failed 131026
          [image] https://shop.example/spring.jpg
          Hi Ann, everything must go by Friday.
          Use SAVE20.
          Reply STOP to end
          [Shop now] https://shop.example/?c=SAVE20
          [Later]
        "#);
    }

    #[test]
    fn a_carousel_shows_every_card() {
        let card = |n: u32| json!({"header": format!("[image] {n}"), "body": format!("Shoe {n}"), "buttons": [{"text": "Buy"}]});
        let message =
            json!({"ticks": "sent", "taken_at": 0, "body": "New shoes", "cards": [card(1), card(2)]});
        insta::assert_snapshot!(drawn(&message, TERMINAL), @r#"
        ╭──────────────────────────────────────────╮
        │ New shoes                                │
        │ card 1 of 2                              │
        │ [image] 1                                │
        │ Shoe 1                                   │
        │ [Buy]                                    │
        │ card 2 of 2                              │
        │ [image] 2                                │
        │ Shoe 2                                   │
        │ [Buy]                                    │
        │                             00:00 ✓ sent │
        ╰──────────────────────────────────────────╯
        "#);
    }

    #[test]
    fn what_was_never_sent_has_no_ticks() {
        let definition = json!({"body": "Hi {{1}}", "template": {"name": "hi", "language": "en"}});
        assert_eq!(drawn(&definition, Screen::PIPE), "  Hi {{1}}");
        assert_eq!(draw(&definition, TERMINAL, &TimeZone::UTC).len(), 3, "a frame and the body");
    }

    #[test]
    fn ticks_are_grey_until_the_message_is_read() {
        let colours = Screen { colours: true, ..TERMINAL };
        assert_eq!(progress(&offer("sent"), colours), "\x1b[2m✓ sent\x1b[0m");
        assert_eq!(progress(&offer("delivered"), colours), "\x1b[2m✓✓ delivered\x1b[0m");
        assert_eq!(progress(&offer("read"), colours), "\x1b[34m✓✓ read\x1b[0m");
        assert_eq!(progress(&offer("failed"), TERMINAL), "✗ failed 131026");
    }
}
