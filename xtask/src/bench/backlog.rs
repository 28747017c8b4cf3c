//! `bench backlog`: what accepting and claiming feel of a queue of millions. One data folder that grows: at each depth the
//! server is killed and started again, then takes messages for a while as one with an empty queue does.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use super::accept::request;
use super::load::{Load, Report, run as run_load};
use super::meter::{Stretch, cpu_of, micros_each, ratio, resident_mib};
use super::program::{Process, address, build, command, field};
use crate::say::say;

/// What to measure.
#[derive(Args)]
pub struct Options {
    /// Queued messages, one row each, growing.
    #[arg(long, value_delimiter = ',', default_value = "0,1000000,10000000")]
    depths: Vec<u64>,
    /// Keep-alive connections.
    #[arg(long, default_value_t = 256)]
    connections: usize,
    /// Seconds a row.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Messages a second that leave meanwhile.
    #[arg(long, default_value_t = 80)]
    rate: u32,
    #[command(flatten)]
    build: super::Build,
}

/// Measures and prints.
pub async fn run(root: &Path, options: &Options) -> Result<(), String> {
    let program = build(root, &options.build.profile)?;
    let folder = root.join("target").join("bench-backlog");
    let _ = std::fs::remove_dir_all(&folder);
    say(format!(
        "build profile {}; every message to another person, caps on; {} a second leave; the load generator shares the machine",
        options.build.profile, options.rate
    ));
    say(
        "  queued   ready s     req/s   p99 ms  CPU us/msg  of empty  claim p50 / p99 / max ms  RSS MiB  disk bytes/msg  steal",
    );
    let (mut taken, mut empty) = (0, None);
    for &depth in &options.depths {
        fill(&program, &folder, options, depth, &mut taken).await?;
        let rate = row(&program, &folder, options, &mut taken, empty).await?;
        empty = empty.or(Some(rate));
    }
    let _ = std::fs::remove_dir_all(&folder);
    Ok(())
}

/// A running server, and how long it took to be ready.
struct Server {
    process: Process,
    url: String,
    admin_key: String,
    key: String,
    ready_in: Duration,
}

impl Server {
    fn start(program: &Path, folder: &Path, rate: u32) -> Result<Self, String> {
        let data = folder.display().to_string();
        let dev = ["dev", "--json", "--listen", "127.0.0.1:0", "--data", &data];
        let environment =
            [("STENTOR_LOG_LEVEL", "error"), ("STENTOR_ENGINE_QUEUE_MESSAGES_PER_ACCOUNT_MAX", "100000000")];
        let starting = Stretch::begin();
        let (process, ready) = Process::start(program, &dev, &environment)?;
        let ready_in = starting.lasted();
        let text = |name| field(&ready, name);
        let (url, admin_key, channel) = (text("url")?, text("admin_key")?, text("phone_number_id")?);
        let key = format!("D360-API-KEY: {}", text("api_key")?);
        // A gateway accepts above the rate, and holds to its caps.
        let rate = format!("rate_per_s={rate}");
        command(program, &url, &admin_key, &["channel", "set", &channel, "character=gateway", &rate])?;
        Ok(Self { process, url, admin_key, key, ready_in })
    }

    async fn load(
        &self,
        connections: usize,
        lasts: Duration,
        most: u64,
        taken: &mut u64,
    ) -> Result<Report, String> {
        let (key, first) = (self.key.clone(), *taken);
        let request = Arc::new(move |number| request(&key, first + number));
        let address = address(&self.url)?;
        let report = run_load(Load { address, connections, lasts, requests_max: most, request }).await;
        *taken += report.ok;
        match report.failed {
            0 => Ok(report),
            n => Err(format!("{n} failed, first: {}", report.first_failure.unwrap_or_default())),
        }
    }

    /// Claims so far by how long they took: (seconds at most, how many), the last without a bound.
    fn claims(&self) -> Result<Vec<(f64, u64)>, String> {
        let authority = ("Authorization", format!("Bearer {}", self.admin_key));
        let answer = crate::http::request(&self.url, "GET", "/metrics", (authority.0, &authority.1), None);
        let answer = answer.map_err(|e| e.to_string())?;
        let text = answer.body.as_str().unwrap_or_default();
        let bucket = |line: &str| {
            let (bound, count) =
                line.strip_prefix("stentor_claim_seconds_bucket{le=\"")?.split_once("\"} ")?;
            Some((bound.parse().unwrap_or(f64::INFINITY), count.parse().ok()?))
        };
        Ok(text.lines().filter_map(bucket).collect())
    }
}

/// Fills the queue up to a depth, as fast as it goes.
async fn fill(
    program: &Path,
    folder: &Path,
    options: &Options,
    depth: u64,
    taken: &mut u64,
) -> Result<(), String> {
    if depth <= *taken {
        return Ok(());
    }
    let server = Server::start(program, folder, options.rate)?;
    let hour = Duration::from_hours(1);
    server.load(options.connections, hour, depth - *taken, taken).await.map(drop)
}

/// The server as it comes up again after a kill, taking messages.
async fn row(
    program: &Path,
    folder: &Path,
    options: &Options,
    taken: &mut u64,
    empty: Option<f64>,
) -> Result<f64, String> {
    let depth = *taken;
    let server = Server::start(program, folder, options.rate)?;
    let pid = server.process.id();
    let before = server.claims()?;
    let (stretch, cpu) = (Stretch::begin(), cpu_of(pid));
    let lasts = Duration::from_secs(options.seconds);
    let report = server.load(options.connections, lasts, u64::MAX, taken).await?;
    let rate = ratio(report.ok, 1) / stretch.lasted().as_secs_f64();
    let micros = micros_each(cpu_of(pid) - cpu, report.ok);
    let steal = stretch.steal();
    let claims: Vec<(f64, u64)> = server
        .claims()?
        .into_iter()
        .enumerate()
        .map(|(at, (bound, n))| (bound, n - before.get(at).map_or(0, |(_, was)| *was)))
        .collect();
    say(format!(
        "{depth:8} {:9.2} {rate:9.0} {:8.2} {micros:11.1} {:9.2}  {:>24}  {:7} {:15.0} {steal:6.3}",
        server.ready_in.as_secs_f64(),
        report.quantile_ms(0.99),
        empty.map_or(1.0, |empty| rate / empty),
        [0.5, 0.99, 1.0].map(|share| at_most(&claims, share)).join(" / "),
        resident_mib(pid),
        ratio(size(folder), 1) / ratio((*taken).max(1), 1),
    ));
    Ok(rate)
}

/// The bound below which this share of the claims lies, in milliseconds.
fn at_most(claims: &[(f64, u64)], share: f64) -> String {
    let all = claims.last().map_or(0, |(_, n)| *n);
    let bound = claims.iter().find(|(_, n)| ratio(*n, 1) >= ratio(all, 1) * share).map(|(bound, _)| *bound);
    bound.filter(|_| all > 0).map_or_else(|| "-".to_owned(), |s| format!("<{}", s * 1_000.0))
}

/// Bytes of the database and its log.
fn size(folder: &Path) -> u64 {
    let of = |name: &str| std::fs::metadata(folder.join(name)).map_or(0, |file| file.len());
    of("stentor.db") + of("stentor.db-wal")
}
