//! The only file that reads the clock, waits, or draws from the operating system's randomness.
//!
//! Everybody else is handed a [`Clock`]. Its time never steps back and can run faster or be advanced (the simulated
//! network's time and ours are one); time-outs of sockets stay in real time.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use stentor_core::time::Timestamp;
use tokio::sync::watch;

/// A forward jump of the wall clock of more than this is a jump, not the passing of time.
const JUMP: Duration = Duration::from_secs(60);

/// The program's clock; clones are the same clock.
#[derive(Clone, Debug)]
pub struct Clock {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    state: Mutex<State>,
    /// Changes whenever the clock is advanced, so that everybody who waits looks again.
    advanced: watch::Sender<u64>,
    speed: f64,
    manual: bool,
}

#[derive(Debug)]
struct State {
    reckoning: Reckoning,
    /// Added to the scaled time: the advances so far.
    offset: Duration,
    began: std::time::Instant,
}

/// What the time is, by a clock on the wall that may be wrong and jump and one that only counts on: pure, so that the
/// simulation reckons as the program does. Its answers never step back.
#[derive(Clone, Copy, Debug)]
pub struct Reckoning {
    last: Timestamp,
    /// A time, and what the counting clock said then.
    origin: (Timestamp, Duration),
    /// Until when expiry and lease sweeps rest after a jump.
    rest_until: Timestamp,
    jumps: u64,
}

impl Reckoning {
    /// From a time on; `counted`: what the counting clock says then.
    #[must_use]
    pub const fn new(start: Timestamp, counted: Duration) -> Self {
        let rest_until = Timestamp::from_millis(0);
        Self { last: start, origin: (start, counted), rest_until, jumps: 0 }
    }

    /// Now, by what both clocks say; `wall`: `None` where it does not matter. A wall clock that runs ahead is followed (a
    /// suspended machine, a correction), and that is noted as a jump; one that is behind is not.
    pub fn now(&mut self, wall: Option<Timestamp>, counted: Duration) -> Timestamp {
        let (start, from) = self.origin;
        let reckoned = start + counted.saturating_sub(from);
        self.last = match wall.filter(|wall| wall.since(reckoned) > JUMP) {
            Some(wall) => {
                self.jumps += 1;
                self.rest_until = wall + JUMP;
                self.origin = (wall, counted);
                tracing::warn!(
                    jump_s = wall.since(reckoned).as_secs(),
                    "the clock jumped forward: sweeps rest for a minute"
                );
                wall
            }
            None => self.last.max(reckoned),
        };
        self.last
    }

    /// Whether expiry and lease sweeps must rest because the clock had just jumped when it was last asked.
    #[must_use]
    pub fn is_resting(&self) -> bool {
        self.last < self.rest_until
    }

    /// How often the wall clock jumped forward.
    #[must_use]
    pub const fn jumps(&self) -> u64 {
        self.jumps
    }
}

impl Clock {
    /// The system's clock, never before `last_seen` (the latest time the store has seen). `speed`: 1 to 3600.
    #[must_use]
    pub fn system(last_seen: Timestamp, speed: f64) -> Self {
        Self::new(wall().max(last_seen), speed, false)
    }

    /// A clock that stands still until it is advanced; for tests.
    #[must_use]
    pub fn manual(at: Timestamp) -> Self {
        Self::new(at, 1.0, true)
    }

    fn new(start: Timestamp, speed: f64, manual: bool) -> Self {
        let reckoning = Reckoning::new(start, Duration::ZERO);
        let state = State { reckoning, offset: Duration::ZERO, began: instant() };
        let inner = Inner { state: Mutex::new(state), advanced: watch::Sender::new(0), speed, manual };
        Self { inner: Arc::new(inner) }
    }

    /// Now; never earlier than any answer before.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.reckon(|_| ()).0
    }

    fn reckon<T>(&self, read: impl FnOnce(&Reckoning) -> T) -> (Timestamp, T) {
        let Inner { state, speed, manual, .. } = &*self.inner;
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        let elapsed = if *manual { Duration::ZERO } else { state.began.elapsed() };
        let counted = elapsed.mul_f64(*speed) + state.offset;
        let is_real = *speed <= 1.0 && !manual && state.offset.is_zero();
        let now = state.reckoning.now(is_real.then(wall), counted);
        (now, read(&state.reckoning))
    }

    /// Whether expiry and lease sweeps must rest because the clock has just jumped.
    #[must_use]
    pub fn is_resting(&self) -> bool {
        self.reckon(Reckoning::is_resting).1
    }

    /// How often the clock jumped forward since the start.
    #[must_use]
    pub fn jumps(&self) -> u64 {
        self.reckon(Reckoning::jumps).1
    }

    /// How much of this clock's time goes by in so much real time.
    #[must_use]
    pub fn span(&self, real: Duration) -> Duration {
        real.mul_f64(self.inner.speed)
    }

    /// Moves the time forward at once; everybody who waits looks again.
    pub fn advance(&self, by: Duration) {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner).offset += by;
        self.inner.advanced.send_modify(|n| *n += 1);
    }

    /// Waits until the clock says `at` (at once when it already does); wakes early enough after an advance.
    pub async fn wait_until(&self, at: Timestamp) {
        let mut advanced = self.inner.advanced.subscribe();
        loop {
            let now = self.now();
            if now >= at {
                return;
            }
            let left = at.since(now).div_f64(self.inner.speed).max(Duration::from_millis(1));
            if self.inner.manual {
                let _ = advanced.changed().await;
            } else {
                tokio::select! {
                    () = pause(left) => {}
                    _ = advanced.changed() => {}
                }
            }
        }
    }

    /// Waits for `at`, or for ever when there is nothing to wait for.
    pub async fn wait_until_some(&self, at: Option<Timestamp>) {
        match at {
            Some(at) => self.wait_until(at).await,
            None => std::future::pending().await,
        }
    }
}

/// Real time passes: for time-outs and pacing, which no speed or advance may touch.
#[expect(clippy::disallowed_methods, reason = "the one place that waits")]
pub async fn pause(real: Duration) {
    tokio::time::sleep(real).await;
}

/// This thread rests, in real time: for work that must not take all of the machine.
pub fn rest(real: Duration) {
    let began = instant();
    while let Some(left) = real.checked_sub(began.elapsed()).filter(|left| !left.is_zero()) {
        std::thread::park_timeout(left);
    }
}

/// A monotonic instant, for measuring how long something took.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
pub fn instant() -> std::time::Instant {
    std::time::Instant::now()
}

/// The wall clock in milliseconds.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
fn wall() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Fresh bytes from the operating system, for keys, secrets and seeds.
///
/// # Panics
/// When the operating system has no randomness: nothing secret can be made then.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one place that draws randomness")]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives randomness");
    bytes
}

/// Dice for jitter: a small generator seeded once, handed to movers.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Seeded by the operating system.
    #[must_use]
    pub fn fresh() -> Self {
        Self(u64::from_le_bytes(random()))
    }

    /// The same dice again, for tests and the simulator.
    #[must_use]
    pub const fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    /// Uniform in 0..1 (SplitMix64, Steele et al. 2014).
    pub fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit a double")]
        let mantissa = (z >> 11) as f64;
        mantissa / 9_007_199_254_740_992.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_secs(1_800_000_000);

    /// Seconds after the start: what the wall and the counting clock say, what the time is, whether sweeps rest.
    fn check(says: &[(Option<i64>, u64, i64, bool)]) {
        let mut reckoning = Reckoning::new(START, Duration::ZERO);
        for (wall, counted, now, is_resting) in says {
            let wall = wall.map(|s| Timestamp::from_secs(START.secs() + s));
            let is_now = reckoning.now(wall, Duration::from_secs(*counted));
            assert_eq!(is_now.secs() - START.secs(), *now, "{wall:?}, {counted}: {says:?}");
            assert_eq!(reckoning.is_resting(), *is_resting, "{wall:?}, {counted}: {says:?}");
        }
    }

    #[test]
    fn a_span_of_real_time_is_longer_where_time_runs_faster() {
        let minute = Duration::from_mins(1);
        assert_eq!(Clock::manual(START).span(minute), minute);
        assert_eq!(Clock::system(START, 3_600.0).span(minute), minute * 3_600);
    }

    #[test]
    fn the_time_is_counted_on_and_never_steps_back() {
        check(&[(Some(0), 0, 0, false), (Some(10), 10, 10, false), (Some(-7_200), 11, 11, false)]);
        check(&[(None, 5, 5, false), (None, 4, 5, false), (Some(30), 6, 6, false)]);
    }

    #[test]
    fn a_wall_that_runs_ahead_is_followed_and_sweeps_rest_for_a_minute() {
        check(&[
            (Some(70), 10, 10, false),
            (Some(71), 10, 71, true),
            (Some(130), 69, 130, true),
            (Some(131), 70, 131, false),
            // A second jump, after a sleep of hours.
            (Some(7_300), 80, 7_300, true),
            (None, 139, 7_359, true),
            (None, 140, 7_360, false),
        ]);
    }

    #[test]
    fn after_a_restart_with_the_wall_behind_it_goes_on_from_what_was_seen_and_jumps_when_the_wall_is_set() {
        check(&[
            (Some(-3_600), 0, 0, false),
            (Some(-3_000), 600, 600, false),
            (Some(4_200), 600, 4_200, true),
        ]);
    }
}
