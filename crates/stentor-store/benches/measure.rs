//! What the benches of the store share: many operations at once on no runtime, CPU and memory as Linux counts them.

use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use crate::world::wait;

/// Operations that were handed in, with what is answered already.
pub type Started<F> = Vec<(Pin<Box<F>>, Option<<F as Future>::Output>)>;

/// Hands all in.
pub fn start<F: Future>(futures: impl Iterator<Item = F>) -> Started<F> {
    futures
        .map(|future| {
            let mut future = Box::pin(future);
            let done = match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(output) => Some(output),
                Poll::Pending => None,
            };
            (future, done)
        })
        .collect()
}

/// Waits for each.
pub fn finish<F: Future>(started: &mut Started<F>) -> Vec<F::Output> {
    started.drain(..).map(|(future, done)| done.unwrap_or_else(|| wait(pin!(future)))).collect()
}

/// Hands all in, then waits for each.
pub fn all<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    finish(&mut start(futures))
}

/// CPU time of all threads of this process.
pub fn cpu() -> Duration {
    let tasks = std::fs::read_dir("/proc/self/task").expect("a Linux");
    let nanos = tasks.flatten().filter_map(|task| {
        let text = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanos.sum())
}

/// Resident memory of this process in MiB.
pub fn resident_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1_024
}

/// Now, to measure real time from.
#[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
pub fn instant() -> Instant {
    Instant::now()
}

/// One line of a figure.
#[expect(clippy::print_stdout, reason = "a bench prints, a person reads")]
pub fn say(line: impl std::fmt::Display) {
    println!("{line}");
}
