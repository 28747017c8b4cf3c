//! `phone NUMBER`: what a simulated phone shows, and with `--follow` what arrives and changes.

use std::collections::HashMap;
use std::time::Duration;

use jiff::tz::TimeZone;
use serde_json::Value;

use super::args::PhoneArgs;
use super::client::{Server, escaped};
use super::exit::Done;
use super::json::{items, text};
use super::print::{self, Screen, Tone};
use super::{bubble, moment};
use crate::lifecycle::Lifecycle;

/// How often a phone is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Runs `phone`.
///
/// # Errors
/// As every command: exit code and line.
pub async fn run(args: PhoneArgs) -> Done {
    let server = Server::find(&args.client)?;
    let mut phone = Phone {
        path: format!("/sim/messages/{}?limit={}", escaped(&args.number), args.limit),
        json: args.client.json,
        screen: Screen::of_stdout(),
        zone: TimeZone::system(),
        seen: HashMap::new(),
    };
    if !args.follow {
        let messages = server.get(&phone.path).await?;
        if phone.json {
            return print::json(&messages);
        }
        if items(&messages, "messages").is_empty() {
            return print::line(format!("the phone {} is empty", args.number));
        }
        return phone.look(&messages);
    }
    if !phone.json {
        print::aside(format!("the phone {}; Ctrl-C ends", args.number));
    }
    let signalled = Lifecycle::signalled();
    tokio::pin!(signalled);
    loop {
        tokio::select! {
            () = &mut signalled => return Ok(()),
            messages = server.get(&phone.path) => phone.look(&messages?)?,
        }
        tokio::select! {
            () = &mut signalled => return Ok(()),
            () = crate::clock::pause(LOOK_EVERY) => {}
        }
    }
}

/// What was shown of one phone so far.
struct Phone {
    path: String,
    json: bool,
    screen: Screen,
    zone: TimeZone,
    /// The progress last shown, by message.
    seen: HashMap<String, String>,
}

impl Phone {
    /// Shows what is new, oldest first: whole messages, and the progress of those shown before.
    fn look(&mut self, messages: &Value) -> Done {
        for message in items(messages, "messages").iter().rev() {
            let (id, progress) = (text(&message["id"]), bubble::progress(message, Screen::PIPE));
            let before = self.seen.insert(id, progress.clone());
            if before.as_deref() == Some(progress.as_str()) {
                continue;
            }
            if self.json {
                print::json(message)?;
            } else if before.is_none() {
                print::line(bubble::draw(message, self.screen, &self.zone).join("\n"))?;
            } else {
                print::line(self.change(message))?;
            }
        }
        Ok(())
    }

    /// A line for the progress of a message that was shown before.
    fn change(&self, message: &Value) -> String {
        let at = ["read_at", "delivered_at", "taken_at"].iter().find_map(|at| moment::read(&message[*at]));
        let when = at.map(|at| moment::date(at, &self.zone)).unwrap_or_default();
        let what = self.screen.paint(Tone::Dim, &bubble::gist(message));
        format!("{when}  {}  {what}", bubble::progress(message, self.screen))
    }
}
