//! A `stentor dev` of our own on a free port, and the accounts made in it with the program's own commands.
//! Called by `run`; ends with its owner.

use std::cell::Cell;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::http::{self, Answer};
use crate::stage::{cargo, runs};

/// A running server; killed when dropped.
pub struct Server {
    program: PathBuf,
    process: Child,
    url: String,
    admin_key: String,
    api_key: String,
    ids: Vec<String>,
    channels: Cell<u32>,
}

/// One account with one channel.
pub struct Account {
    /// The account's id.
    id: String,
    /// The channel's key.
    key: String,
}

impl Server {
    /// Builds the program, starts it and waits until it is ready.
    pub fn start(root: &Path) -> Result<Self, String> {
        if !runs(&mut cargo(root, &["test", "-q", "--workspace", "--test", "it", "--no-run"])) {
            return Err("the program does not build".into());
        }
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        let program = target.join("debug").join(format!("stentor{}", std::env::consts::EXE_SUFFIX));
        let mut command = Command::new(&program);
        command.args(["dev", "--ephemeral", "--json", "--listen", "127.0.0.1:0"]);
        // The corpus names media of other servers.
        command.env("STENTOR_MEDIA_UNKNOWN_IDS", "accept");
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = command.spawn().map_err(|error| format!("stentor dev: {error}"))?;
        let mut line = String::new();
        if let Some(out) = process.stdout.take() {
            BufReader::new(out).read_line(&mut line).map_err(|error| error.to_string())?;
        }
        let ready: Value = serde_json::from_str(&line).unwrap_or_default();
        let text = |name: &str| ready[name].as_str().unwrap_or_default().to_owned();
        let (url, admin_key, api_key) = (text("url"), text("admin_key"), text("api_key"));
        let ids = vec![text("account_id"), text("phone_number_id")];
        let server = Self { program, process, url, admin_key, api_key, ids, channels: Cell::new(0) };
        if server.url.is_empty() { Err(format!("stentor dev said {line:?}")) } else { Ok(server) }
    }

    /// Where it answers.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The operator's key.
    pub fn admin_key(&self) -> &str {
        &self.admin_key
    }

    /// The key of the channel it began with.
    pub fn api_key(&self) -> &str {
        &self.api_key
    }

    /// The account and the number it began with.
    pub fn ids(&self) -> &[String] {
        &self.ids
    }

    /// The partner's id, and a key of its made for this.
    pub fn partner(&self) -> Result<(String, String), String> {
        let operator = format!("Bearer {}", self.admin_key);
        let login = json!({"name": "fuzz", "kind": "key"});
        let key = ("Authorization", operator.as_str());
        let made = http::request(&self.url, "POST", "/admin/v1/partner/logins", key, Some(&login))
            .map_err(|error| format!("a partner's key: {error}"))?;
        Ok((text(&made.body, &["partner_id"])?, text(&made.body, &["api_key"])?))
    }

    /// How many panics it has contained, by its own count.
    pub fn panics(&self) -> Option<u64> {
        let answer = http::request(&self.url, "GET", "/metrics", ("Accept", "text/plain"), None).ok()?;
        answer.body.as_str()?.lines().find_map(|line| line.split_once("panics_total ")?.1.trim().parse().ok())
    }

    /// Makes an account with a channel, marketing terms accepted.
    pub fn account(&self) -> Result<Account, String> {
        let account = self.command(&["account", "create", "corpus"])?;
        let id = text(&account, &["account_id", "id"])?;
        self.command(&["account", "terms", &id, "accept"])?;
        self.channels.set(self.channels.get() + 1);
        let number = (4_930_000_000_u64 + u64::from(self.channels.get())).to_string();
        let channel = self.command(&["channel", "create", &id, &number])?;
        Ok(Account { id, key: text(&channel, &["api_key", "key"])? })
    }

    /// Moves a template by hand to where it can be sent at once: approved, and synced.
    pub fn approve(&self, account: &Account, name: &str, language: &str) -> Result<(), String> {
        for to in ["APPROVED", "synced"] {
            let of = ["--language", language, "--account", &account.id];
            self.command(&[&["template", "move", name, to], &of[..]].concat())?;
        }
        Ok(())
    }

    /// A customer's POST with the account's key.
    pub fn post(&self, account: &Account, path: &str, body: &Value) -> Result<Answer, String> {
        let key = ("D360-API-KEY", account.key.as_str());
        http::request(&self.url, "POST", path, key, Some(body))
            .map_err(|error| format!("POST {path}: {error}"))
    }

    /// Runs one of the program's commands against this server and reads the JSON it prints.
    fn command(&self, arguments: &[&str]) -> Result<Value, String> {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .args(["--json", "--url", &self.url])
            .env("STENTOR_ADMIN_KEY", &self.admin_key);
        let output = command.stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(format!("stentor {}: {}", arguments.join(" "), said.trim()));
        }
        serde_json::from_slice(&output.stdout)
            .map_err(|error| format!("stentor {}: {error}", arguments.join(" ")))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The first of these fields that is there, as text.
fn text(body: &Value, names: &[&str]) -> Result<String, String> {
    let found = names.iter().find_map(|name| match &body[*name] {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    });
    found.ok_or_else(|| format!("no {} in what the command printed", names[0]))
}
