//! The store alone under a queue of millions: `cargo bench -p stentor-store --bench backlog -- [depths]`. Every message goes to
//! another person, caps on; one channel. Each depth: accepting and claiming beside each other, then opening anew.

mod measure;
#[path = "../tests/store/world.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod world;

use std::time::Duration;

use measure::{all, cpu, instant, resident_mib, say};
use stentor_core::admission::PersonLimits;
use stentor_core::cap::Caps;
use stentor_store::{BeginSend, RegistryChange, Store};
use world::{A, T0, at, wait};

/// Messages accepted together.
const WAVE: i64 = 500;
/// Waves measured at each depth, a claim beside each.
const WAVES: i64 = 400;
/// Messages a claim takes: what 1,000 a second leave in a moment.
const CLAIM: usize = 25;

fn main() {
    // Cargo passes `--bench` along.
    let mut depths: Vec<i64> = std::env::args().filter_map(|depth| depth.parse().ok()).collect();
    if depths.is_empty() {
        depths = vec![0, 1_000_000, 10_000_000];
    }
    let dir = world::folder();
    let mut store = world::open(&dir);
    let changes =
        vec![RegistryChange::PutAccount(world::account(A.0)), RegistryChange::PutChannel(world::channel(A))];
    wait(store.administer(T0, world::audit(A.0, 0), changes, Vec::new())).expect("furnished");
    say("   queued    accept/s  CPU us  of empty  claim p50 / p99 / max ms  open s  RSS MiB  disk bytes/msg");
    let (mut n, mut empty) = (0, None);
    for depth in depths {
        while n < depth {
            accept(&store, &mut n);
        }
        let row = measured(&store, &mut n);
        drop(store);
        let opening = instant();
        store = world::open(&dir);
        wait(store.rescue(at(n))).expect("rescued");
        let opened = opening.elapsed();
        let empty = *empty.get_or_insert(row.rate);
        let size: u64 = std::fs::read_dir(dir.path())
            .expect("there")
            .flatten()
            .filter_map(|f| f.metadata().ok())
            .map(|f| f.len())
            .sum();
        say(format!(
            "{depth:9} {:11.0} {:7.1} {:9.2}  {:>7.2} / {:.2} / {:.2} {:14.2} {:8} {:11.0}",
            row.rate,
            row.micros,
            row.rate / empty,
            row.claims[WAVES as usize / 2].as_secs_f64() * 1e3,
            row.claims[WAVES as usize * 99 / 100].as_secs_f64() * 1e3,
            row.claims[WAVES as usize - 1].as_secs_f64() * 1e3,
            opened.as_secs_f64(),
            resident_mib(),
            size as f64 / n as f64,
        ));
    }
}

struct Row {
    rate: f64,
    micros: f64,
    claims: Vec<Duration>,
}

/// Accepts some more, and beside them claims and begins.
fn measured(store: &Store, n: &mut i64) -> Row {
    let (began, spent) = (instant(), cpu());
    let mut claims = Vec::new();
    for _ in 0..WAVES {
        let first = *n;
        *n += WAVE;
        let mut accepts =
            measure::start((first..*n).map(|n| store.accept(at(n), world::message(n, A, n * 7_919))));
        let claiming = instant();
        let claimed = wait(store.claim(at(*n), A.0, A.1, CLAIM)).expect("claimed");
        claims.push(claiming.elapsed());
        if !claimed.is_empty() {
            let ids = claimed.iter().map(|row| row.message.id).collect();
            let mut begin = BeginSend::at_rate(A, ids, world::LEASE, 1_000);
            begin.limits = PersonLimits { has_pair: true, caps: Caps::GATEWAY };
            wait(store.begin_send(at(*n), begin)).expect("begun");
        }
        measure::finish(&mut accepts);
    }
    claims.sort_unstable();
    let messages = (WAVE * WAVES) as f64;
    Row {
        rate: messages / began.elapsed().as_secs_f64(),
        micros: (cpu() - spent).as_secs_f64() * 1e6 / messages,
        claims,
    }
}

fn accept(store: &Store, n: &mut i64) {
    let first = *n;
    *n += 4 * WAVE;
    all((first..*n).map(|n| store.accept(at(n), world::message(n, A, n * 7_919))));
}
