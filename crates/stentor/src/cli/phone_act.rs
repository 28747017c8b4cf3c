//! `phone NUMBER say …` and its like: what a simulated person does. Called by `phone`; what can be done is the server's to
//! say.

use std::path::{Path, PathBuf};

use clap::ValueEnum as _;
use http::HeaderMap;
use serde_json::{Value, json};

use super::args::{Client, OfPhone, PhoneAct, PhoneFile};
use super::client::{Server, escaped};
use super::exit::{Done, Exit, Stop};
use super::json::{items, text};
use super::print;
use crate::outbound::{Limits, Outbound};

/// Bytes of a file fetched from a link.
const FILE_BYTES_MAX: usize = 100 << 20;

/// A file to send.
struct File {
    kind: PhoneFile,
    path: Option<PathBuf>,
    link: Option<String>,
    caption: Option<String>,
    reply_to: Option<String>,
}

/// Runs it. `before`: the flags that stood before the verb.
///
/// # Errors
/// As every command: exit code and line.
pub async fn run(number: &str, act: PhoneAct, before: &Client) -> Done {
    let (verb, mut body, of) = match act {
        PhoneAct::Say { text, reply_to, of } => ("say", json!({"text": text, "reply_to": reply_to}), of),
        PhoneAct::Press { button, message, of } => {
            ("press", json!({"button": button, "message": message}), of)
        }
        PhoneAct::React { emoji, message, of } => ("react", json!({"emoji": emoji, "message": message}), of),
        PhoneAct::Location { latitude, longitude, name, of } => {
            ("location", json!({"latitude": latitude, "longitude": longitude, "name": name}), of)
        }
        PhoneAct::Contact { name, phone, of } => ("contact", json!({"name": name, "phone": phone}), of),
        PhoneAct::Stop(of) => ("stop", json!({}), of),
        PhoneAct::Resume(of) => ("resume", json!({}), of),
        PhoneAct::Block(of) => ("block", json!({}), of),
        PhoneAct::Unblock(of) => ("unblock", json!({}), of),
        PhoneAct::Send { kind, path, link, caption, reply_to, of } => {
            return send(number, File { kind, path, link, caption, reply_to }, of, before).await;
        }
    };
    let client = merged(of.client, before);
    body["to"] = of.to.into();
    let answer =
        Server::find(&client)?.post(&format!("/sim/phones/{}/{verb}", escaped(number)), &body).await?;
    told(&answer, client.json)
}

/// The flags after the verb, and where there is none the one before it.
fn merged(after: Client, before: &Client) -> Client {
    Client {
        url: after.url.or_else(|| before.url.clone()),
        key: after.key.or_else(|| before.key.clone()),
        data: after.data.or_else(|| before.data.clone()),
        cacert: after.cacert.or_else(|| before.cacert.clone()),
        json: after.json || before.json,
    }
}

async fn send(number: &str, file: File, of: OfPhone, before: &Client) -> Done {
    let client = merged(of.client, before);
    let (bytes, mime, name) = match (&file.path, &file.link) {
        (Some(path), _) => {
            let bytes = std::fs::read(path)
                .map_err(|error| Stop::new(Exit::Usage, format!("{}: {error}", path.display())))?;
            (bytes, mime_of(path), path.file_name().map(|name| name.to_string_lossy().into_owned()))
        }
        (None, Some(link)) => fetch(link).await?,
        (None, None) => (Vec::new(), None, None),
    };
    let kind = file.kind.to_possible_value().map(|word| word.get_name().to_owned()).unwrap_or_default();
    let asked = [("caption", file.caption), ("filename", name), ("reply_to", file.reply_to), ("to", of.to)];
    let mut path = format!("/sim/phones/{}/media?type={kind}", escaped(number));
    for (field, value) in asked {
        path.extend(value.map(|value| format!("&{field}={}", escaped(&value))));
    }
    let answer = Server::find(&client)?.upload(&path, mime.as_deref(), bytes).await?;
    told(&answer, client.json)
}

async fn fetch(link: &str) -> Result<(Vec<u8>, Option<String>, Option<String>), Stop> {
    let failed = |why: &dyn std::fmt::Display| Stop::new(Exit::Usage, format!("{link}: {why}"));
    let uri = link.parse::<http::Uri>().map_err(|error| failed(&error))?;
    let limits = Limits { allow_private: true, answer_bytes_max: FILE_BYTES_MAX, ..Limits::default() };
    let outbound = Outbound::new(limits).map_err(|error| failed(&error))?;
    let answer = outbound.ask(http::Method::GET, &uri, HeaderMap::new(), String::new()).await;
    let answer = answer.map_err(|error| failed(&error))?;
    if !answer.status.is_success() {
        return Err(failed(&answer.status));
    }
    let path = Path::new(uri.path());
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    Ok((answer.body.to_vec(), mime_of(path), name))
}

/// The type of a file by its ending; the server knows it by its bytes where there is none.
fn mime_of(path: &Path) -> Option<String> {
    let ending = path.extension()?.to_str()?.to_ascii_lowercase();
    let mime = match ending.as_str() {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "webp" => "image/webp",
        "mp3" => "audio/mpeg",
        "m4a" => "audio/mp4",
        "aac" => "audio/aac",
        "amr" => "audio/amr",
        "ogg" | "opus" => "audio/ogg",
        "mp4" => "video/mp4",
        "3gp" => "video/3gpp",
        "pdf" => "application/pdf",
        "txt" => "text/plain",
        _ => return None,
    };
    Some(mime.to_owned())
}

/// One line: the person's message, or what else was done.
fn told(answer: &Value, json: bool) -> Done {
    if json {
        return print::json(answer);
    }
    let told: Vec<_> = items(&answer["told"], "").iter().map(text).collect();
    let what = match (answer["opened"].as_str(), answer["button"].as_str()) {
        (Some(url), _) => format!("opened {url}"),
        (None, Some(button)) => format!("tapped [{button}]"),
        (None, None) => String::new(),
    };
    let told =
        if told.is_empty() { "nobody is told".to_owned() } else { format!("told: {}", told.join(", ")) };
    let parts = [text(&answer["id"]), what, told];
    print::line(parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("  "))
}
