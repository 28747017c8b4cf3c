//! What every backend must do. Each case starts from a furnished store; every method is also called with the other
//! account's id, which must find nothing and change nothing.

mod deliver;
mod inbound;
mod keep;
mod learning;
mod limits;
mod media;
mod people;
mod queue;
mod restored;
mod settle;

use stentor_store::Store;

use crate::world::furnish;

/// Runs every case on stores made by `open`; what it makes beside a store is kept for as long as the store.
#[expect(clippy::print_stdout, reason = "a failing run names its case")]
pub fn suite<G>(open: impl Fn() -> (Store, G)) {
    for (name, case) in queue::CASES
        .iter()
        .chain(settle::CASES)
        .chain(deliver::CASES)
        .chain(keep::CASES)
        .chain(media::CASES)
        .chain(inbound::CASES)
        .chain(limits::CASES)
        .chain(restored::CASES)
        .chain(people::CASES)
        .chain(learning::CASES)
    {
        println!("case: {name}");
        let (store, guard) = open();
        furnish(&store);
        case(&store);
        drop(store);
        drop(guard);
    }
}

/// A named case.
pub type Case = (&'static str, fn(&Store));
