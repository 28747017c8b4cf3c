//! The seeded whole-system simulation: real movers, store, decisions and network on a virtual clock and no runtime.
//! `STENTOR_SIM_{SEEDS,FROM,DAYS,SECONDS,STORE}` say what to run; `seeds.txt` runs before
//! more than one seed. What holds: docs/states.md.

mod agenda;
mod budgets;
mod checks;
mod clocks;
mod customers;
mod debits;
mod disk;
mod erasure;
mod faults;
mod follows;
mod keeping;
mod learning;
mod options;
mod process;
mod receiver;
mod setup;
mod speeds;
mod told;
mod trace;
mod upstream;
mod world;

use options::{On, Options};
use trace::Trace;
use world::{Tally, World};

/// As in the program: a world is made of small rows.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Seeds that once failed, each with what it taught.
const TAUGHT: &str = include_str!("seeds.txt");
/// On a failing disk: what was under way at a failed commit gave no place in the messaging limit back.
const TAUGHT_ON_A_FAILING_DISK: u64 = 31;
/// Every so many seeds one is run twice, and each that ran on SQLite in memory, too: the same trace must come out.
const TWICE_EVERY: u64 = 16;

fn run(seed: u64, options: &Options) -> Result<(Tally, Trace), String> {
    let mut world = World::new(seed, options);
    world.run().map_err(|violation| format!("seed {seed}: {}", world.explain(&violation)))?;
    Ok((world.tally, world.trace))
}

#[test]
fn worlds_hold() {
    let options = Options::from_env();
    let began = stentor::clock::instant();
    let mut total = Tally::default();
    let mut failures = Vec::new();
    let taught = TAUGHT.lines().filter_map(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    // One seed alone is somebody looking into it.
    let taught = taught.filter(|_| options.seeds != 1);
    let asked = options.from..options.from + options.seeds;
    for (turn, seed) in taught.chain(asked).enumerate() {
        if began.elapsed() >= options.within || failures.len() >= 3 {
            break;
        }
        match run(seed, &options) {
            Ok((tally, trace)) => {
                total.add(&tally);
                if options.on == On::Sqlite
                    || (options.on == On::Memory && (turn as u64).is_multiple_of(TWICE_EVERY))
                {
                    let in_memory = Options { on: On::Memory, ..options.clone() };
                    match run(seed, &in_memory).map(|(_, again)| trace.parts_from(&again)) {
                        Ok(None) => {}
                        Ok(Some(parting)) => {
                            failures.push(format!("seed {seed}: two runs part at {parting}"))
                        }
                        Err(failure) => failures.push(format!("again, in memory: {failure}")),
                    }
                }
            }
            Err(failure) => failures.push(failure),
        }
    }
    println!("{total}, {:.1} s", began.elapsed().as_secs_f64());
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// Days on a disk that fails; more with `STENTOR_SIM_STORE=sqlite-faults`.
#[test]
fn worlds_hold_on_a_failing_disk() {
    let options = Options { on: On::FailingDisk, ..Options::from_env() };
    let mut total = Tally::default();
    for seed in [options.from, TAUGHT_ON_A_FAILING_DISK] {
        match run(seed, &options) {
            Ok((tally, _)) => total.add(&tally),
            Err(failure) => panic!("{failure}"),
        }
    }
    println!("{total}, on a failing disk");
}
