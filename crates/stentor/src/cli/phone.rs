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
    if let Some(act) = args.act {
        return super::phone_act::run(&args.number, act, &args.client).await;
    }
    let server = Server::find(&args.client)?;
    let mut phone = Phone {
        path: format!("/sim/phones/{}?limit={}", escaped(&args.number), args.limit),
        json: args.client.json,
        screen: Screen::of_stdout(),
        zone: TimeZone::system(),
        seen: HashMap::new(),
    };
    if !args.follow {
        let shown = server.get(&phone.path).await?;
        if phone.json {
            return print::json(&shown);
        }
        if items(&shown["messages"], "").is_empty() && items(&shown["said"], "").is_empty() {
            return print::line(format!("the phone {} is empty", args.number));
        }
        return phone.look(&shown);
    }
    if !phone.json {
        print::aside(format!("the phone {}; Ctrl-C ends", args.number));
    }
    let signalled = Lifecycle::signalled();
    tokio::pin!(signalled);
    loop {
        tokio::select! {
            () = &mut signalled => return Ok(()),
            shown = server.get(&phone.path) => phone.look(&shown?)?,
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
    /// Shows what is new, oldest first: messages and what the person did, and the progress of messages shown before.
    fn look(&mut self, shown: &Value) -> Done {
        let mut lines: Vec<(&Value, bool)> =
            items(&shown["messages"], "").iter().map(|its| (its, true)).collect();
        lines.extend(items(&shown["said"], "").iter().map(|its| (its, false)));
        // Newest first, each of them: reversed, so that of one moment the message comes before its answer.
        lines.reverse();
        let when = |(its, is_message): &(&Value, bool)| {
            (moment::read(&its[if *is_message { "taken_at" } else { "at" }]), !*is_message)
        };
        lines.sort_by_key(when);
        for (its, is_message) in lines {
            if is_message { self.message(its)? } else { self.said(its)? }
        }
        Ok(())
    }

    fn message(&mut self, message: &Value) -> Done {
        let (id, progress) = (text(&message["id"]), bubble::progress(message, Screen::PIPE));
        let before = self.seen.insert(id, progress.clone());
        if before.as_deref() == Some(progress.as_str()) {
            return Ok(());
        }
        if self.json {
            print::json(message)
        } else if before.is_none() {
            print::line(bubble::draw(message, self.screen, &self.zone).join("\n"))
        } else {
            print::line(self.change(message))
        }
    }

    /// A line for what the person did.
    fn said(&mut self, said: &Value) -> Done {
        if self.seen.insert(text(&said["id"]), String::new()).is_some() {
            return Ok(());
        }
        if self.json {
            return print::json(said);
        }
        let when = moment::read(&said["at"]).map(|at| moment::date(at, &self.zone)).unwrap_or_default();
        let (kind, words) = (text(&said["type"]), text(&said["text"]));
        let kind = self.screen.paint(Tone::Dim, &kind);
        print::line(format!("{when}  {kind}  {words}").trim_end().to_owned())
    }

    /// A line for the progress of a message that was shown before.
    fn change(&self, message: &Value) -> String {
        let at = ["read_at", "delivered_at", "taken_at"].iter().find_map(|at| moment::read(&message[*at]));
        let when = at.map(|at| moment::date(at, &self.zone)).unwrap_or_default();
        let what = self.screen.paint(Tone::Dim, &bubble::gist(message));
        format!("{when}  {}  {what}", bubble::progress(message, self.screen))
    }
}
