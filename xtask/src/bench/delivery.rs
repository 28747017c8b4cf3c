//! `bench delivery`: who gets a message when. One audience gets some campaigns, the engine learns who reads; then one more
//! campaign, on a number so slow that it takes most of a day. The simulated people differ in how much they read and look
//! at their phones by the hour; what is printed and drawn is in which hour who was served, and that nobody was left out.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;

use super::dev::{Dev, OPTIMISED, Server, pause};
use super::hours::{Hours, Sample};
use super::meter::Stretch;
use super::program::build;
use crate::say::say;

/// That many load.
const CONNECTIONS: usize = 64;
/// Messages on a page of the list.
const PAGE: usize = 1_000;

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
    #[arg(long, default_value_t = 300)]
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
    say(format!(
        "build profile {}; {} people, {} campaigns before",
        options.build.profile, options.recipients, options.campaigns
    ));
    let dev = Dev::fresh(program, root.join("target").join("bench-delivery"), options.recipients);
    // Sixty times faster than life: a campaign leaves within a simulated hour, and a day is skipped between two.
    let mut server = dev.start(60)?;
    server.unbounded(&dev, 1_000)?;
    for campaign in 1..=options.campaigns {
        let stretch = Stretch::begin();
        server.new_template(&dev, &format!("campaign_{campaign}")).await?;
        server.send_all(&dev, OPTIMISED, CONNECTIONS).await?;
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
    let mut server = dev.start(1)?;
    server.new_template(&dev, "campaign_that_is_looked_at").await?;
    server.send_all(&dev, OPTIMISED, CONNECTIONS).await?;
    say(format!("the last campaign waits: {}", server.command(&dev, &["delivery", "show"])?));
    drop(server);
    let server = dev.start(options.speed)?;
    let stretch = Stretch::begin();
    server.drained(&dev).await?;
    say(format!("it has left: {:.0} s", stretch.lasted().as_secs_f64()));
    server.command(&dev, &["network", "advance", "73h"])?;
    pause(Duration::from_secs(5)).await;
    let hours = Hours::of(&samples(&server, &dev, options)?);
    hours.print();
    say(format!("lift: {}", server.command(&dev, &["delivery", "lift"])?["sentence"]));
    std::fs::write(&options.plot, hours.drawn()?).map_err(|e| format!("{}: {e}", options.plot.display()))?;
    say(format!("drawn: {}", options.plot.display()));
    Ok(())
}

/// Every so-many-th message of the last campaign.
fn samples(server: &Server, dev: &Dev, options: &Options) -> Result<Vec<Sample>, String> {
    let (mut samples, mut before, mut seen) = (Vec::new(), String::new(), 0);
    while seen < dev.recipients {
        let page = server.get(&format!("/messages?limit={PAGE}{before}"))?;
        let rows = page["messages"].as_array().cloned().unwrap_or_default();
        for row in rows.iter().step_by(options.every) {
            let id = row["id"].as_str().unwrap_or_default();
            samples.extend(Sample::of(&server.get(&format!("/messages/{id}"))?));
        }
        seen += rows.len() as u64;
        match page["before"].as_str() {
            Some(id) => before = format!("&before={id}"),
            None => break,
        }
    }
    Ok(samples)
}
