//! `bench accept`: how much of bare hyper is left when every message is validated and fsynced before its 200.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use super::load::{Load, Report, post, run as run_load};
use super::meter::{Stretch, cpu_of, micros_each, ratio, resident_mib};
use super::program::{Process, address, build, command, field};
use crate::say::say;

/// What to measure.
#[derive(Args)]
pub struct Options {
    /// Keep-alive connections, one row each.
    #[arg(long, value_delimiter = ',', default_value = "64,256,1024")]
    connections: Vec<usize>,
    /// Seconds a row.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    #[command(flatten)]
    build: super::Build,
}

struct Row {
    rate: f64,
}

/// Measures and prints.
pub async fn run(root: &Path, options: &Options) -> Result<(), String> {
    let program = build(root, &options.build.profile)?;
    let folder = root.join("target").join("bench-accept");
    let _ = std::fs::remove_dir_all(&folder);
    let (bare, bare_address) = Process::own("bare")?;
    let data = folder.display().to_string();
    let dev = ["dev", "--json", "--listen", "127.0.0.1:0", "--data", &data];
    let (stentor, ready) = Process::start(&program, &dev, &[("STENTOR_LOG_LEVEL", "error")])?;
    let (url, admin_key, api_key) =
        (field(&ready, "url")?, field(&ready, "admin_key")?, field(&ready, "api_key")?);
    let channel = field(&ready, "phone_number_id")?;
    // A gateway accepts above the rate: the accept path is measured, not the twin's refusals.
    command(
        &program,
        &url,
        &admin_key,
        &["channel", "set", &channel, "character=gateway", "rate_per_s=1000"],
    )?;
    say(format!(
        "build profile {}; unique recipients; the load generator shares the machine",
        options.build.profile
    ));
    say("server    conns     req/s   p50 ms   p99 ms   max ms  CPU us/msg   ratio  steal  RSS MiB");
    let key = format!("D360-API-KEY: {api_key}");
    let mut first = 0;
    for &connections in &options.connections {
        let ceiling =
            row("bare", bare_address, bare.id(), connections, options.seconds, &key, first, None).await?;
        first += 100_000_000;
        row(
            "stentor",
            address(&url)?,
            stentor.id(),
            connections,
            options.seconds,
            &key,
            first,
            Some(&ceiling),
        )
        .await?;
        first += 100_000_000;
    }
    drop(stentor);
    let _ = std::fs::remove_dir_all(&folder);
    Ok(())
}

#[expect(clippy::too_many_arguments, reason = "one row of a table")]
async fn row(
    server: &str,
    address: SocketAddr,
    pid: u32,
    connections: usize,
    seconds: u64,
    key: &str,
    first: u64,
    ceiling: Option<&Row>,
) -> Result<Row, String> {
    let (stretch, cpu) = (Stretch::begin(), cpu_of(pid));
    let key = key.to_owned();
    let load = Load {
        address,
        connections,
        lasts: Duration::from_secs(seconds),
        requests_max: u64::MAX,
        request: Arc::new(move |number| request(&key, first + number)),
    };
    let report: Report = run_load(load).await;
    let rate = ratio(report.ok, 1) / stretch.lasted().as_secs_f64();
    let micros = micros_each(cpu_of(pid) - cpu, report.ok);
    if report.failed > 0 {
        say(format!(
            "{server}: {} failed, first: {}",
            report.failed,
            report.first_failure.unwrap_or_default()
        ));
        return Err("a bench with failures says nothing".to_owned());
    }
    let share = ceiling.map_or_else(|| "   -  ".to_owned(), |c| format!("{:6.3}", rate / c.rate));
    say(format!(
        "{server:8} {connections:6} {rate:9.0} {:8.2} {:8.2} {:8.2} {micros:11.1}  {share} {:6.3} {:8}",
        report.quantile_ms(0.5),
        report.quantile_ms(0.99),
        report.quantile_ms(1.0),
        stretch.steal(),
        resident_mib(pid)
    ));
    Ok(Row { rate })
}

/// The specification's request to the recipient with this number.
pub fn request(key: &str, number: u64) -> Vec<u8> {
    let to = 440_000_000_000 + number % 100_000_000_000;
    let body = format!(
        r#"{{"messaging_product":"whatsapp","recipient_type":"individual","to":"{to}","type":"template","template":{{"name":"marketing_text_no_param","language":{{"policy":"deterministic","code":"en"}}}},"message_activity_sharing":true}}"#
    );
    post("/marketing_messages", key, &body)
}
