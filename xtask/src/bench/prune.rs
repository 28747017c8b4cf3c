//! `bench prune`: what accepting feels of the deletion of old rows, and of a backup. One data folder, three servers after
//! one another: nothing beside it, a backup beside it, a backlog of old messages to be deleted beside it.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use super::accept::request;
use super::load::{Load, Report, run as run_load};
use super::meter::{Stretch, ratio, resident_mib};
use super::program::{Process, address, build, command, field};
use crate::say::say;

/// What to measure.
#[derive(Args)]
pub struct Options {
    /// Old messages to be deleted.
    #[arg(long, default_value_t = 100_000)]
    messages: u64,
    /// Keep-alive connections.
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// Seconds a row.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    #[command(flatten)]
    build: super::Build,
}

/// So long nothing goes with age.
const FOR_EVER: [(&str, &str); 3] = [
    ("STENTOR_LOG_LEVEL", "error"),
    ("STENTOR_RETENTION_MESSAGE_DAYS", "3650"),
    ("STENTOR_RETENTION_BODY_DAYS", "3650"),
];

/// A running server.
struct Server {
    process: Process,
    url: String,
    admin_key: String,
    api_key: String,
}

impl Server {
    fn start(program: &Path, data: &str, speed: &str, environment: &[(&str, &str)]) -> Result<Self, String> {
        let dev = ["dev", "--json", "--listen", "127.0.0.1:0", "--speed", speed, "--data", data];
        let (process, ready) = Process::start(program, &dev, environment)?;
        let text = |name| field(&ready, name);
        let (url, admin_key, api_key) = (text("url")?, text("admin_key")?, text("api_key")?);
        let channel = text("phone_number_id")?;
        // A gateway accepts above the rate: the accept path is measured, not the twin's refusals.
        command(
            program,
            &url,
            &admin_key,
            &["channel", "set", &channel, "character=gateway", "rate_per_s=1000"],
        )?;
        Ok(Self { process, url, admin_key, api_key })
    }

    async fn load(
        &self,
        connections: usize,
        lasts: Duration,
        most: u64,
        first: u64,
    ) -> Result<Report, String> {
        let key = format!("D360-API-KEY: {}", self.api_key);
        let request = Arc::new(move |number| request(&key, first + number));
        let report =
            run_load(Load { address: address(&self.url)?, connections, lasts, requests_max: most, request })
                .await;
        match report.failed {
            0 => Ok(report),
            n => Err(format!("{n} failed, first: {}", report.first_failure.unwrap_or_default())),
        }
    }

    /// Messages it holds, and of these how many are over.
    fn held(&self, program: &Path) -> Result<(u64, u64), String> {
        let status = command(program, &self.url, &self.admin_key, &["status"])?;
        let states = status["by_state"].as_object().cloned().unwrap_or_default();
        let n = |state: &str| states.get(state).and_then(serde_json::Value::as_u64).unwrap_or(0);
        let over = ["delivered", "read", "failed", "expired", "dropped"].map(n).iter().sum();
        Ok((states.keys().map(|state| n(state)).sum(), over))
    }
}

/// Measures and prints.
pub async fn run(root: &Path, options: &Options) -> Result<(), String> {
    let program = build(root, &options.build.profile)?;
    let folder = root.join("target").join("bench-prune");
    let _ = std::fs::remove_dir_all(&folder);
    let data = folder.join("data").display().to_string();
    fill(&program, &data, options).await?;
    say(format!("build profile {}; the load generator shares the machine", options.build.profile));
    say("beside       req/s   p50 ms   p99 ms   max ms  p99 ratio  steal  RSS MiB  deleted  file MiB");
    let alone = row(&program, &data, "nothing", &FOR_EVER, options, None).await?;
    row(&program, &data, "a backup", &FOR_EVER, options, Some(alone)).await?;
    row(&program, &data, "deletion", &FOR_EVER[..1], options, Some(alone)).await?;
    let _ = std::fs::remove_dir_all(&folder);
    Ok(())
}

/// Old messages: sent, read, and a hundred days gone by.
async fn fill(program: &Path, data: &str, options: &Options) -> Result<(), String> {
    let server = Server::start(program, data, "60", &FOR_EVER)?;
    let stretch = Stretch::begin();
    server.load(64, Duration::from_secs(3_600), options.messages, 0).await?;
    while server.held(program)?.1 < options.messages * 9 / 10 && stretch.lasted() < Duration::from_secs(600) {
        pause(Duration::from_secs(1)).await;
    }
    command(program, &server.url, &server.admin_key, &["network", "advance", "100d"])?;
    // What the leap made due is settled; then it ends as servers do.
    pause(Duration::from_secs(3)).await;
    let (held, over) = server.held(program)?;
    say(format!("{held} old messages, {over} of them over, made in {:.0} s", stretch.lasted().as_secs_f64()));
    Ok(())
}

async fn row(
    program: &Path,
    data: &str,
    beside: &str,
    environment: &[(&str, &str)],
    options: &Options,
    alone: Option<f64>,
) -> Result<f64, String> {
    let server = Server::start(program, data, "1", environment)?;
    let before = server.held(program)?.0;
    let backup = if beside == "a backup" { Some(backup(program, data)?) } else { None };
    let stretch = Stretch::begin();
    let first = 100_000_000 * (1 + beside.len() as u64);
    let report =
        server.load(options.connections, Duration::from_secs(options.seconds), u64::MAX, first).await?;
    let (rate, p99) = (ratio(report.ok, 1) / stretch.lasted().as_secs_f64(), report.quantile_ms(0.99));
    let deleted = (before + report.ok).saturating_sub(server.held(program)?.0);
    let size = std::fs::metadata(Path::new(data).join("stentor.db")).map_or(0, |file| file.len() >> 20);
    say(format!(
        "{beside:10} {rate:7.0} {:8.2} {p99:8.2} {:8.2}     {:6.2} {:6.3} {:8} {deleted:8} {size:9}",
        report.quantile_ms(0.5),
        report.quantile_ms(1.0),
        alone.map_or(1.0, |alone| p99 / alone),
        stretch.steal(),
        resident_mib(server.process.id()),
    ));
    if let Some(mut backup) = backup {
        let ended = backup.wait().map_err(|e| e.to_string())?;
        say(format!("the backup ended with {ended}"));
    }
    Ok(p99)
}

fn backup(program: &Path, data: &str) -> Result<Child, String> {
    let into = format!("{data}-backups");
    let mut command = Command::new(program);
    command.args(["backup", &into, "--data-dir", data, "--json"]).stdin(Stdio::null()).stdout(Stdio::null());
    command.spawn().map_err(|e| e.to_string())
}

#[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
async fn pause(real: Duration) {
    tokio::time::sleep(real).await;
}
