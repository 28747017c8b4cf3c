//! `bench delivery`: who gets a message when. One audience gets some campaigns, the engine learns who reads; then one more
//! campaign, on a number so slow that it takes most of a day. The simulated people differ in how much they read and look
//! at their phones by the hour; what is printed and drawn is in which hour who was served, and that nobody was left out.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde_json::Value;

use super::hours::{Hours, Sample};
use super::load::{Load, post, run as run_load};
use super::meter::Stretch;
use super::program::{Process, address, build, command, field};
use crate::say::say;

/// The template of the specification, there from the start.
const BODY: (&str, &str) = (
    r#"{"messaging_product":"whatsapp","recipient_type":"individual","to":""#,
    r#"","type":"template","template":{"name":"marketing_text_no_param","language":{"policy":"deterministic","code":"en"}},"message_activity_sharing":true}"#,
);
/// Messages on a page of the list.
const PAGE: usize = 1_000;
/// How long a campaign may take, real time.
const PATIENCE: Duration = Duration::from_hours(2);

/// What to measure.
#[derive(Args)]
pub struct Options {
    /// People; each gets every campaign.
    #[arg(long, default_value_t = 100_000)]
    recipients: u64,
    /// Campaigns from which the engine learns, a day and a half apart.
    #[arg(long, default_value_t = 4)]
    campaigns: u32,
    /// Messages a second of the last campaign; 2 are 14 hours for 100,000 people.
    #[arg(long, default_value_t = 2)]
    rate: u32,
    /// How much faster than life the last campaign runs.
    #[arg(long, default_value_t = 12)]
    speed: u32,
    /// Every how manieth message of it is looked at.
    #[arg(long, default_value_t = 10)]
    every: usize,
    /// Where the plot goes.
    #[arg(long, default_value = "target/delivery.svg")]
    plot: PathBuf,
    /// The order of the last campaign: early, balanced or best_hour; left out: the program's own choice.
    #[arg(long)]
    mode: Option<String>,
    #[command(flatten)]
    build: super::Build,
}

/// Measures, prints and draws.
pub async fn run(root: &Path, options: &Options) -> Result<(), String> {
    let program = build(root, &options.build.profile)?;
    let folder = root.join("target").join("bench-delivery");
    let _ = std::fs::remove_dir_all(&folder);
    say(format!(
        "build profile {}; {} people, {} campaigns before",
        options.build.profile, options.recipients, options.campaigns
    ));
    let dev = Dev { program, folder, recipients: options.recipients };
    // Sixty times faster than life: a campaign leaves within a simulated hour, and a day is skipped between two.
    let server = dev.start("60")?;
    for campaign in 1..=options.campaigns {
        let stretch = Stretch::begin();
        server.send_all(&dev).await?;
        server.drained(&dev).await?;
        server.command(&dev, &["network", "advance", "36h"])?;
        pause(Duration::from_secs(2)).await;
        say(format!("campaign {campaign}: {:.0} s", stretch.lasted().as_secs_f64()));
    }
    server.set_rate(&dev, options.rate)?;
    if let Some(mode) = &options.mode {
        server.command(&dev, &["delivery", "set", &format!("mode={mode}")])?;
    }
    drop(server);
    // Taken in at the speed of life: nearly nothing leaves before all of it waits.
    let server = dev.start("1")?;
    server.send_all(&dev).await?;
    say(format!("the last campaign waits: {}", server.command(&dev, &["delivery", "show"])?));
    drop(server);
    let server = dev.start(&options.speed.to_string())?;
    let stretch = Stretch::begin();
    server.drained(&dev).await?;
    say(format!("it has left: {:.0} s", stretch.lasted().as_secs_f64()));
    server.command(&dev, &["network", "advance", "73h"])?;
    pause(Duration::from_secs(5)).await;
    let hours = Hours::of(&server.samples(&dev, options)?);
    hours.print();
    say(format!("lift: {}", server.command(&dev, &["delivery", "lift"])?["sentence"]));
    std::fs::write(&options.plot, hours.drawn()?).map_err(|e| format!("{}: {e}", options.plot.display()))?;
    say(format!("drawn: {}", options.plot.display()));
    let _ = std::fs::remove_dir_all(&dev.folder);
    Ok(())
}

/// What is run again and again.
struct Dev {
    program: PathBuf,
    folder: PathBuf,
    recipients: u64,
}

/// A running server.
struct Server {
    _process: Process,
    url: String,
    admin_key: String,
    api_key: String,
    account: String,
    channel: String,
}

impl Dev {
    fn start(&self, speed: &str) -> Result<Server, String> {
        let data = self.folder.display().to_string();
        let dev = ["dev", "--json", "--listen", "127.0.0.1:0", "--data", &data, "--speed", speed];
        let environment = [
            ("STENTOR_LOG_LEVEL", "error"),
            ("STENTOR_NETWORK_MESSAGES_MAX", "1000000"),
            ("STENTOR_NETWORK_PACING_FIRST", "0"),
        ];
        let (process, ready) = Process::start(&self.program, &dev, &environment)?;
        let text = |name| field(&ready, name);
        let server = Server {
            _process: process,
            url: text("url")?,
            admin_key: text("admin_key")?,
            api_key: text("api_key")?,
            account: text("account_id")?,
            channel: text("phone_number_id")?,
        };
        if speed == "60" {
            server.command(self, &["channel", "set", &server.channel, "character=gateway"])?;
            server.command(self, &["account", "set", &server.account, "autopilot=off"])?;
            server.set_rate(self, 1_000)?;
        }
        Ok(server)
    }
}

impl Server {
    fn command(&self, dev: &Dev, arguments: &[&str]) -> Result<Value, String> {
        command(&dev.program, &self.url, &self.admin_key, arguments)
    }

    fn set_rate(&self, dev: &Dev, rate: u32) -> Result<(), String> {
        self.command(dev, &["channel", "set", &self.channel, &format!("rate_per_s={rate}")]).map(drop)
    }

    async fn send_all(&self, dev: &Dev) -> Result<(), String> {
        let key = format!("D360-API-KEY: {}", self.api_key);
        // Brazilian numbers: people of the EEA and the UK are not profiled.
        let request = Arc::new(move |number: u64| {
            let (before, after) = BODY;
            post("/marketing_messages", &key, &format!("{before}55119{:08}{after}", 60_000_000 + number))
        });
        let load = Load {
            address: address(&self.url)?,
            connections: 64,
            lasts: PATIENCE,
            requests_max: dev.recipients,
            request,
        };
        let report = run_load(load).await;
        match report.failed {
            0 => Ok(()),
            n => Err(format!("{n} failed, first: {}", report.first_failure.unwrap_or_default())),
        }
    }

    /// Waits until nothing waits to be sent.
    async fn drained(&self, dev: &Dev) -> Result<(), String> {
        let stretch = Stretch::begin();
        loop {
            let states = self.command(dev, &["status"])?["by_state"].clone();
            let waits: u64 =
                ["accepted", "waiting", "sending"].iter().filter_map(|s| states[*s].as_u64()).sum();
            if waits == 0 {
                return Ok(());
            }
            if stretch.lasted() > PATIENCE {
                return Err(format!("after {PATIENCE:?}: {states}"));
            }
            pause(Duration::from_millis(500)).await;
        }
    }

    fn get(&self, path: &str) -> Result<Value, String> {
        let path = format!("/admin/v1/accounts/{}{path}", self.account);
        let authority = format!("Bearer {}", self.admin_key);
        let answer = crate::http::request(&self.url, "GET", &path, ("Authorization", &authority), None);
        Ok(answer.map_err(|e| e.to_string())?.body)
    }

    /// Every so-many-th message of the last campaign.
    fn samples(&self, dev: &Dev, options: &Options) -> Result<Vec<Sample>, String> {
        let (mut samples, mut before, mut seen) = (Vec::new(), String::new(), 0);
        while seen < dev.recipients {
            let page = self.get(&format!("/messages?limit={PAGE}{before}"))?;
            let rows = page["messages"].as_array().cloned().unwrap_or_default();
            for row in rows.iter().step_by(options.every) {
                let id = row["id"].as_str().unwrap_or_default();
                samples.extend(Sample::of(&self.get(&format!("/messages/{id}"))?));
            }
            seen += rows.len() as u64;
            match page["before"].as_str() {
                Some(id) => before = format!("&before={id}"),
                None => break,
            }
        }
        Ok(samples)
    }
}

#[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
async fn pause(real: Duration) {
    tokio::time::sleep(real).await;
}
