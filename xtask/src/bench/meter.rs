//! CPU time of processes and what the hypervisor took, read from `/proc`.

use std::fs;
use std::time::{Duration, Instant};

/// Clock ticks a second in `/proc`: 100 on every Linux that counts.
const TICKS_PER_SEC: u64 = 100;

/// CPU time a process has used so far, user and system.
pub fn cpu_of(pid: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name in brackets may hold spaces: fields are counted after it.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |n: usize| fields.get(n).and_then(|f| f.parse::<u64>().ok()).unwrap_or(0);
    Duration::from_millis((ticks(11) + ticks(12)) * 1_000 / TICKS_PER_SEC)
}

/// Resident memory of a process in MiB.
pub fn resident_mib(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1_024
}

/// A stretch of time over which the machine's steal is measured.
pub struct Stretch {
    began: Instant,
    cpu: (u64, u64),
}

impl Stretch {
    /// Begins now.
    #[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
    pub fn begin() -> Self {
        Self { began: Instant::now(), cpu: machine() }
    }

    /// How long it has lasted.
    pub fn lasted(&self) -> Duration {
        self.began.elapsed()
    }

    /// The share of the machine's CPU that was stolen, 0..=1.
    pub fn steal(&self) -> f64 {
        let (total, steal) = machine();
        let (total, steal) = (total - self.cpu.0, steal - self.cpu.1);
        if total == 0 { 0.0 } else { ratio(steal, total) }
    }
}

/// All ticks and stolen ticks of the machine so far.
fn machine() -> (u64, u64) {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    let first = stat.lines().next().unwrap_or_default();
    let ticks: Vec<u64> = first.split_whitespace().skip(1).filter_map(|f| f.parse().ok()).collect();
    (ticks.iter().take(8).sum(), ticks.get(7).copied().unwrap_or(0))
}

/// `a / b` for counts a double holds.
#[expect(clippy::cast_precision_loss, reason = "counts of a bench are far below 2^53")]
pub fn ratio(a: u64, b: u64) -> f64 {
    a as f64 / b as f64
}

/// Microseconds of CPU for each of `count` things.
pub fn micros_each(cpu: Duration, count: u64) -> f64 {
    if count == 0 { 0.0 } else { cpu.as_secs_f64() * 1e6 / ratio(count, 1) }
}
