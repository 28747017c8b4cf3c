//! `stentor dev` as some benches run it: on one data folder, started again and again at other speeds, with messages to
//! many people and a wait until all have left.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::load::{Load, post, run as run_load};
use super::meter::Stretch;
use super::program::{Process, address, command, field};

/// The marketing route.
pub const OPTIMISED: &str = "/marketing_messages";
/// The classic route.
pub const CLASSIC: &str = "/messages";

/// The template of the specification, there from the start.
const TEMPLATE: &str = "marketing_text_no_param";
/// A message: before the person, between person and template, after it.
const BODY: [&str; 3] = [
    r#"{"messaging_product":"whatsapp","recipient_type":"individual","to":""#,
    r#"","type":"template","template":{"name":""#,
    r#"","language":{"policy":"deterministic","code":"en"}}"#,
];
/// What only the marketing route takes.
const SHARED: &str = r#","message_activity_sharing":true"#;
/// How long a campaign may take, real time.
const PATIENCE: Duration = Duration::from_hours(2);

/// What is run again and again.
pub struct Dev {
    /// The program.
    pub program: PathBuf,
    /// Its data folder.
    pub folder: PathBuf,
    /// How many people get a campaign.
    pub recipients: u64,
    /// Whether marketing is planned.
    pub plans: bool,
}

/// A running server.
pub struct Server {
    /// The process.
    pub process: Process,
    url: String,
    admin_key: String,
    api_key: String,
    account: String,
    channel: String,
    /// Of which messages are.
    template: String,
}

impl Dev {
    /// With an empty folder; what was there is deleted.
    pub fn fresh(program: PathBuf, folder: PathBuf, recipients: u64) -> Self {
        let _ = std::fs::remove_dir_all(&folder);
        Self { program, folder, recipients, plans: true }
    }

    /// Starts the server, so many times faster than life.
    pub fn start(&self, speed: u32) -> Result<Server, String> {
        let (data, speed) = (self.folder.display().to_string(), speed.to_string());
        let dev = ["dev", "--json", "--listen", "127.0.0.1:0", "--data", &data, "--speed", &speed];
        let environment = [
            ("STENTOR_LOG_LEVEL", "error"),
            ("STENTOR_NETWORK_MESSAGES_MAX", "1000000"),
            ("STENTOR_NETWORK_PACING_FIRST", "0"),
            ("STENTOR_NETWORK_REVIEW_DELAY_MS", "0"),
            ("STENTOR_ENGINE_PLAN_WINDOW_MESSAGES_MAX", if self.plans { "200000" } else { "0" }),
        ];
        let (process, ready) = Process::start(&self.program, &dev, &environment)?;
        let text = |name| field(&ready, name);
        Ok(Server {
            process,
            url: text("url")?,
            admin_key: text("admin_key")?,
            api_key: text("api_key")?,
            account: text("account_id")?,
            channel: text("phone_number_id")?,
            template: TEMPLATE.to_owned(),
        })
    }
}

/// How long the review of a template may take, real time.
const REVIEW_PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks at a queue that drains: each is a program of its own.
const POLL: Duration = Duration::from_millis(200);

impl Drop for Dev {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Server {
    /// A number that may send as many as it can, in an account that no quality stops.
    pub fn unbounded(&self, dev: &Dev, rate: u32) -> Result<(), String> {
        self.command(dev, &["channel", "set", &self.channel, "character=gateway"])?;
        self.command(dev, &["account", "set", &self.account, "autopilot=off"])?;
        self.set_rate(dev, rate)
    }

    /// From now on messages are of a template of their own, as a new campaign is: a network pauses one by which too many
    /// people were bothered.
    pub async fn new_template(&mut self, dev: &Dev, name: &str) -> Result<(), String> {
        let template = json!({
            "name": name, "language": "en", "category": "MARKETING",
            "components": [{"type": "BODY", "text": format!("Our new collection, {name}, is here, and you may see it first.")}],
        });
        let key = ("D360-API-KEY", self.api_key.as_str());
        let ask = |method, body| {
            let path = "/v1/configs/templates?limit=1000";
            crate::http::request(&self.url, method, path, key, body).map_err(|e| e.to_string())
        };
        let created = ask("POST", Some(&template))?;
        if !created.is_success() {
            return Err(format!("the template {name}: {}", created.body));
        }
        let is_ours = |row: &&Value| row["name"] == name && row["status"] == "approved";
        let stretch = Stretch::begin();
        while !ask("GET", None)?.body["waba_templates"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|row| is_ours(&row))
        {
            if stretch.lasted() > REVIEW_PATIENCE {
                return Err(format!("the template {name} is not approved"));
            }
            pause(POLL).await;
        }
        // What is approved is synced every ten minutes, and waits until then on the marketing route.
        self.command(dev, &["network", "advance", "15m"])?;
        name.clone_into(&mut self.template);
        Ok(())
    }

    /// Runs a client command of the program.
    pub fn command(&self, dev: &Dev, arguments: &[&str]) -> Result<Value, String> {
        command(&dev.program, &self.url, &self.admin_key, arguments)
    }

    /// Messages a second of the number.
    pub fn set_rate(&self, dev: &Dev, rate: u32) -> Result<(), String> {
        self.command(dev, &["channel", "set", &self.channel, &format!("rate_per_s={rate}")]).map(drop)
    }

    /// One message to everybody, by that route.
    pub async fn send_all(&self, dev: &Dev, route: &'static str, connections: usize) -> Result<(), String> {
        self.send(route, connections, 0..dev.recipients).await
    }

    /// One message to each of these, by that route.
    pub async fn send(
        &self,
        route: &'static str,
        connections: usize,
        people: Range<u64>,
    ) -> Result<(), String> {
        let shared = if route == OPTIMISED { SHARED } else { "" };
        let key = format!("D360-API-KEY: {}", self.api_key);
        let (first, requests_max) = (people.start, people.end - people.start);
        let template = self.template.clone();
        // Brazilian numbers: people of the EEA and the UK are not profiled.
        let request = Arc::new(move |number: u64| {
            let [before, between, after] = BODY;
            let number = 60_000_000 + first + number;
            post(route, &key, &format!("{before}55119{number:08}{between}{template}{after}{shared}}}"))
        });
        let load = Load { address: address(&self.url)?, connections, lasts: PATIENCE, requests_max, request };
        let report = run_load(load).await;
        match report.failed {
            0 => Ok(()),
            n => Err(format!("{n} failed, first: {}", report.first_failure.unwrap_or_default())),
        }
    }

    /// Waits until nothing is due any more; what waits for somebody's cap or quiet hours may stay behind.
    pub async fn drained(&self, dev: &Dev) -> Result<(), String> {
        let stretch = Stretch::begin();
        loop {
            let states = self.command(dev, &["status"])?["by_state"].clone();
            let waits: u64 = ["accepted", "sending"].iter().filter_map(|s| states[*s].as_u64()).sum();
            if waits == 0 {
                return Ok(());
            }
            if stretch.lasted() > PATIENCE {
                return Err(format!("after {PATIENCE:?}: {states}"));
            }
            pause(POLL).await;
        }
    }

    /// What the account's admin API answers under a path.
    pub fn get(&self, path: &str) -> Result<Value, String> {
        let path = format!("/admin/v1/accounts/{}{path}", self.account);
        let authority = format!("Bearer {}", self.admin_key);
        let answer = crate::http::request(&self.url, "GET", &path, ("Authorization", &authority), None);
        Ok(answer.map_err(|e| e.to_string())?.body)
    }
}

/// Waits, in real time.
#[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
pub async fn pause(real: Duration) {
    tokio::time::sleep(real).await;
}
