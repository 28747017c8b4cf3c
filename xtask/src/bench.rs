//! `cargo xtask bench`: figures as ratios against a ceiling measured in the same run, with CPU and steal beside them.
//! Nothing here asserts: a bench prints, a person reads.

mod accept;
mod backlog;
mod bare;
mod delivery;
mod dev;
mod dispatch;
mod hours;
mod load;
mod meter;
mod pipeline;
mod program;
mod prune;
mod receiver;

use std::path::Path;

use clap::{Args, Subcommand};

/// What to measure.
#[derive(Subcommand)]
pub enum Bench {
    /// Accepting: bare hyper answering the same bytes, then Stentor with validation and fsync.
    Accept(accept::Options),
    /// The whole life: accepted, sent, delivered, read; without and with webhooks; every process on this machine.
    Pipeline(pipeline::Options),
    /// Accepting and claiming with an empty queue, with a million and with ten million queued; starts and disk, too.
    Backlog(backlog::Options),
    /// Accepting while a large backlog of old rows is deleted, and while a backup is taken, against accepting alone.
    Prune(prune::Options),
    /// A campaign over a simulated day after some that were learnt from: who was served when, as a table and a plot.
    Delivery(delivery::Options),
    /// A planned queue against the same queue first come, first served; and from accept to the network with an idle queue.
    Dispatch(dispatch::Options),
    /// The bare server that `accept` starts.
    #[command(hide = true)]
    Bare,
    /// The webhook receiver that `pipeline` starts.
    #[command(hide = true)]
    Receiver,
}

/// Which build is measured.
#[derive(Args, Clone)]
pub struct Build {
    /// The cargo profile: `dist` (thin LTO) or `release`.
    #[arg(long, default_value = "dist")]
    pub profile: String,
}

/// Runs one measurement; `false` when it could not be made.
pub fn run(root: &Path, bench: &Bench) -> bool {
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            crate::say::say(format!("bench: {error}"));
            return false;
        }
    };
    let done = match bench {
        Bench::Accept(options) => runtime.block_on(accept::run(root, options)),
        Bench::Pipeline(options) => runtime.block_on(pipeline::run(root, options)),
        Bench::Backlog(options) => runtime.block_on(backlog::run(root, options)),
        Bench::Prune(options) => runtime.block_on(prune::run(root, options)),
        Bench::Delivery(options) => runtime.block_on(delivery::run(root, options)),
        Bench::Dispatch(options) => runtime.block_on(dispatch::run(root, options)),
        Bench::Bare => runtime.block_on(bare::serve()),
        Bench::Receiver => runtime.block_on(receiver::serve()),
    };
    if let Err(error) = &done {
        crate::say::say(format!("bench: {error}"));
    }
    done.is_ok()
}
