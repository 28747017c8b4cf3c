//! `bench dispatch`: what planning costs. A queue that waits leaves as fast as the program can: planned, the same messages in
//! the order they came, and by the classic route, of which nothing is learnt; and how long one message takes from accept
//! to the network where nothing waits.

use std::path::Path;
use std::time::Duration;

use clap::Args;
use serde_json::Value;

use super::dev::{CLASSIC, Dev, OPTIMISED, Server, pause};
use super::hours::millis;
use super::meter::{Stretch, cpu_of, micros_each, ratio};
use super::program::build;
use crate::say::say;

/// That many load a queue.
const CONNECTIONS: usize = 64;

/// What to measure.
#[derive(Args)]
pub struct Options {
    /// Messages that wait.
    #[arg(long, default_value_t = 60_000)]
    messages: u64,
    /// Messages a second that may leave, in simulated time: so slow that the queue is planned.
    #[arg(long, default_value_t = 30)]
    rate: u32,
    /// How much faster than life they leave: with the rate, more than the program can.
    #[arg(long, default_value_t = 600)]
    speed: u32,
    /// How often both are measured, in turn.
    #[arg(long, default_value_t = 2)]
    rounds: u32,
    /// Single messages for the time from accept to the network.
    #[arg(long, default_value_t = 300)]
    singles: u64,
    #[command(flatten)]
    build: super::Build,
}

/// Measures and prints.
pub async fn run(root: &Path, options: &Options) -> Result<(), String> {
    let program = build(root, &options.build.profile)?;
    let folder = root.join("target").join("bench-dispatch");
    say(format!("build profile {}; {} messages wait", options.build.profile, options.messages));
    let fresh = |recipients| Dev::fresh(program.clone(), folder.clone(), recipients);
    idle(&fresh(options.singles)).await?;
    let (mut planned, mut unplanned, mut classic) = (0.0, 0.0, 0.0);
    for _ in 0..options.rounds {
        planned += leave(&fresh(options.messages), options, OPTIMISED).await?;
        let mut dev = fresh(options.messages);
        dev.plans = false;
        unplanned += leave(&dev, options, OPTIMISED).await?;
        drop(dev);
        classic += leave(&fresh(options.messages), options, CLASSIC).await?;
    }
    say(format!("planned / the same messages, first come, first served: {:.2}", planned / unplanned));
    say(format!("planned / by the classic route: {:.2}", planned / classic));
    Ok(())
}

/// A network that answers at once, so that its own time is not in what is measured.
const PROMPT: &str = r#"{"name": "prompt", "reply_ms": 0}"#;

/// One message comes so long after the other that nothing waits.
const APART: Duration = Duration::from_millis(25);

/// One message now and then: how long from accept until the network has it.
async fn idle(dev: &Dev) -> Result<(), String> {
    let server = dev.start(1)?;
    let profile = dev.folder.join("prompt.json");
    std::fs::write(&profile, PROMPT).map_err(|e| e.to_string())?;
    server.command(dev, &["network", "profile", &profile.display().to_string()])?;
    server.unbounded(dev, 1_000)?;
    for one in 0..dev.recipients {
        server.send(OPTIMISED, 1, one..one + 1).await?;
        pause(APART).await;
    }
    server.drained(dev).await?;
    let mut took: Vec<u64> = Vec::new();
    for row in server.get(&format!("/messages?limit={}", dev.recipients))?["messages"]
        .as_array()
        .into_iter()
        .flatten()
    {
        let timeline = server.get(&format!("/messages/{}", row["id"].as_str().unwrap_or_default()))?;
        took.extend(until_taken(&timeline));
    }
    took.sort_unstable();
    let at = |share: usize| {
        took.get((took.len() * share / 100).min(took.len().saturating_sub(1))).copied().unwrap_or(0)
    };
    say(format!(
        "idle queue, accept to the network's answer: p50 {} ms, p99 {} ms, max {} ms over {}",
        at(50),
        at(99),
        at(100),
        took.len()
    ));
    Ok(())
}

/// Milliseconds from accept until the network has answered.
fn until_taken(timeline: &Value) -> Option<u64> {
    let events = timeline["events"].as_array()?;
    let at = |name: &str| millis(events.iter().find(|event| event["event"] == name)?["at"].as_str()?);
    at("taken").zip(at("accepted")).map(|(taken, accepted)| taken.saturating_sub(accepted))
}

/// Loads a queue and lets it go; messages a second.
async fn leave(dev: &Dev, options: &Options, route: &'static str) -> Result<f64, String> {
    let server = dev.start(1)?;
    server.unbounded(dev, 1)?;
    server.send_all(dev, route, CONNECTIONS).await?;
    server.set_rate(dev, options.rate)?;
    // The other orders wait for hours that suit people, however fast the program is.
    server.command(dev, &["delivery", "set", "mode=early"])?;
    drop(server);
    let server: Server = dev.start(options.speed)?;
    let (stretch, id) = (Stretch::begin(), server.process.id());
    let before = cpu_of(id);
    pause(Duration::from_millis(100)).await;
    server.drained(dev).await?;
    let rate = ratio(options.messages, 1) / stretch.lasted().as_secs_f64();
    let cpu = micros_each(cpu_of(id).saturating_sub(before), options.messages);
    let order = if dev.plans { "" } else { ", unplanned" };
    say(format!("{route}{order}: {rate:.0}/s, CPU {cpu:.0} us a message, steal {:.3}", stretch.steal()));
    Ok(rate)
}
