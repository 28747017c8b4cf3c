//! A running `dev` or `serve` with its keys: sends, the admin API, figures. Used by the tests of processes, crashes
//! and durability.

use std::io;
use std::net::SocketAddr;
use std::path::Path;

use serde_json::{Value, json};

use super::process::{Ended, Process, until};
use super::process_http::{Answer, Http};

/// A server that has said it is ready.
pub struct Server {
    pub process: Process,
    pub ready: Value,
    /// Where customers call.
    pub address: SocketAddr,
    /// Where operators call; in `dev` the same.
    pub admin_address: SocketAddr,
    /// Of a customer; in `serve` only once a test has made one.
    pub api_key: String,
    pub account: String,
    pub channel: String,
    admin_key: String,
}

impl Server {
    /// `dev` on this folder and a free port.
    #[track_caller]
    pub fn dev(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let folder = folder.to_str().expect("UTF-8");
        let fixed = ["dev", "--json", "--listen", "127.0.0.1:0", "--data", folder];
        Self::ready(Process::start(&[&fixed, arguments].concat(), environment))
    }

    /// Waits for the ready line.
    #[track_caller]
    pub fn ready(mut process: Process) -> Self {
        let line = process.line();
        let ready: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("no ready line: {line}"));
        assert_eq!(ready["event"], "ready", "{line}");
        let text = |name: &str| ready[name].as_str().unwrap_or_default().to_owned();
        let address = |name: &str| address_of(&text(name));
        Self {
            address: address("url").expect("a URL"),
            admin_address: address("admin_url").or(address("url")).expect("a URL"),
            api_key: text("api_key"),
            account: text("account_id"),
            channel: text("phone_number_id"),
            admin_key: text("admin_key"),
            process,
            ready,
        }
    }

    /// The process's number.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// A request of an operator; its answer must be a 2xx.
    #[track_caller]
    pub fn admin(&self, method: &str, path: &str, body: &Value) -> Value {
        self.try_admin(method, path, body).expect("an answer").ok()
    }

    /// The same, whatever comes.
    ///
    /// # Errors
    /// When the server is gone.
    pub fn try_admin(&self, method: &str, path: &str, body: &Value) -> io::Result<Answer> {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let bearer = format!("Bearer {}", self.admin_key);
        let answer = Http::new(self.admin_address).ask(method, path, ("Authorization", &bearer), &body);
        answer.map(|answer| answer.described(method, path))
    }

    /// A send of the template without parameters.
    ///
    /// # Errors
    /// When the connection ends without an answer.
    pub fn send(&self, to: &str) -> io::Result<Answer> {
        self.post(&marketing(to).to_string().into_bytes())
    }

    /// A send with this body.
    ///
    /// # Errors
    /// When the connection ends without an answer.
    pub fn post(&self, body: &[u8]) -> io::Result<Answer> {
        let (path, key) = ("/marketing_messages", ("D360-API-KEY", self.api_key.as_str()));
        let answer = Http::new(self.address).ask("POST", path, key, body);
        answer.map(|answer| answer.described("POST", path))
    }

    /// A send that must be accepted; its wamid.
    #[track_caller]
    pub fn accepted(&self, to: &str) -> String {
        wamid(&self.send(to).expect("an answer").ok())
    }

    pub fn status(&self) -> Value {
        self.admin("GET", "/admin/v1/status", &Value::Null)
    }

    /// How many messages are in this state.
    pub fn in_state(&self, state: &str) -> u64 {
        self.status()["by_state"][state].as_u64().unwrap_or(0)
    }

    pub fn message(&self, wamid: &str) -> Value {
        // Base64's own signs mean something else in a path.
        let wamid = wamid.replace('/', "%2F").replace('+', "%2B").replace('=', "%3D");
        self.admin("GET", &self.in_account(&format!("/messages/{wamid}")), &Value::Null)
    }

    pub fn in_account(&self, path: &str) -> String {
        format!("/admin/v1/accounts/{}{path}", self.account)
    }

    /// Waits until a message is in one of these states; the message.
    #[track_caller]
    pub fn reaches(&self, wamid: &str, states: &[&str]) -> Value {
        until(&format!("{wamid} is one of {states:?}"), || {
            let message = self.message(wamid);
            message["state"].as_str().is_some_and(|state| states.contains(&state)).then_some(message)
        })
    }

    /// Bytes of the process's memory at its fullest.
    pub fn peak_bytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).expect("Linux");
        let line = status.lines().find(|line| line.starts_with("VmHWM")).expect("a high-water mark");
        line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).expect("KiB") << 10
    }

    /// Panics it has contained.
    #[track_caller]
    pub fn panics(&self) -> f64 {
        let answer = Http::new(self.admin_address).ask("GET", "/metrics", ("Accept", "text/plain"), b"");
        let text = answer.expect("metrics").text();
        let panics = text.lines().find_map(|line| line.split_once("panics_total ")?.1.parse().ok());
        panics.unwrap_or_else(|| panic!("no panics in\n{text}"))
    }

    /// SIGTERM, and how it ended.
    #[track_caller]
    pub fn stop(self) -> Ended {
        self.process.terminate();
        self.process.ended()
    }
}

/// `http://host:port`
pub fn address_of(url: &str) -> Option<SocketAddr> {
    url.split("://").nth(1)?.parse().ok()
}

/// The specification's request to this person.
pub fn marketing(to: &str) -> Value {
    json!({
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": to,
        "type": "template",
        "template": {"name": "marketing_text_no_param", "language": {"policy": "deterministic", "code": "en"}},
    })
}

/// The wamid of an answer to a send.
#[track_caller]
pub fn wamid(answer: &Value) -> String {
    answer["messages"][0]["id"].as_str().unwrap_or_else(|| panic!("no wamid: {answer}")).to_owned()
}
