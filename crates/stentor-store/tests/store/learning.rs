//! The privacy gate, as a property: whatever people read, open or answer of what is not shared, the log is the same.

use proptest::prelude::*;
use proptest::test_runner::Config;
use stentor_core::consent::{Act, Source};
use stentor_core::id::RecipientKey;
use stentor_core::learning::Deed;
use stentor_core::message::StatusKind;
use stentor_store::{Learnt, NewInbound, Store};

use crate::world::*;

/// What one message's person does with it, each at a time of its own.
#[derive(Clone, Copy, Debug)]
struct Told {
    n: i64,
    what: u8,
    ms: i64,
}

fn told() -> impl Strategy<Value = Told> {
    (1..9_i64, 0..6_u8, 100..400_000_000_i64).prop_map(|(n, what, ms)| Told { n, what, ms })
}

/// Eight messages to four people, shared as the bits say; then what people do, `flipped` of what is not shared.
fn run(store: &Store, shared: u8, happened: &[Told], flipped: &[bool]) -> Vec<Learnt> {
    furnish(store);
    let is_shared = |n: i64| shared & (1 << (n - 1)) != 0;
    for n in 1..9 {
        let mut new = message(n, A, n % 4);
        new.message.sharing = is_shared(n);
        wait(store.accept(T0, new)).expect("accepted");
        wait(store.begin_send(at(n), begin_learning(A, &[n]))).expect("begun");
        wait(store.record_sends(at(n), vec![taken(n, A.0, 1, &format!("w{n}"))])).expect("booked");
    }
    for (i, told) in happened.iter().enumerate() {
        let is_activity = told.what != 0 && told.what != 5;
        let is_left_out = !is_shared(told.n) && is_activity && flipped[i % flipped.len()];
        if !is_left_out {
            tell(store, *told);
        }
    }
    wait(store.learnt_after(0, 10_000)).expect("read")
}

fn tell(store: &Store, Told { n, what, ms }: Told) {
    let inbound = |learns| NewInbound {
        account: A.0,
        key: None,
        aliases: Vec::new(),
        notes: Vec::new(),
        answered: Some((id(n), "text".to_owned())),
        learns,
        notices: Vec::new(),
    };
    let deed = match what {
        // Delivered, and an opt-out that answers nothing, are no activity.
        0 | 1 => {
            let kind = if what == 0 { StatusKind::Delivered } else { StatusKind::Read };
            let status = status(A.1, &format!("w{n}"), kind, at(ms));
            wait(store.record_statuses(at(ms), A.0, vec![status])).expect("told");
            return;
        }
        2 => inbound(Some((id(n), Deed::Click { button: 0 }, at(ms)))),
        3 => inbound(Some((id(n), Deed::Reply { is_quick: ms % 2 == 0 }, at(ms)))),
        4 => inbound(Some((id(n), Deed::Reply { is_quick: false }, at(ms)))),
        _ => {
            let notes = vec![(RecipientKey(n % 4), said(Act::OptedOut, Source::UserPreferences, ms))];
            NewInbound { notes, answered: None, ..inbound(None) }
        }
    };
    wait(store.take_in(at(ms), vec![deed])).expect("taken in");
}

proptest! {
    #![proptest_config(Config { cases: 48, ..Config::default() })]

    #[test]
    fn what_is_not_shared_leaves_the_log_as_it_is(
        shared in any::<u8>(),
        mut happened in prop::collection::vec(told(), 0..40),
        flipped in prop::collection::vec(any::<bool>(), 1..40),
    ) {
        happened.sort_by_key(|told| told.ms);
        let (one, other) = (Store::memory(), Store::memory());
        let all = run(&one, shared, &happened, &[false]);
        prop_assert_eq!(&all, &run(&other, shared, &happened, &flipped));
        let is_shared = |learnt: &Learnt| shared & (1 << (n_of(learnt.line.message) - 1)) != 0;
        prop_assert!(all.iter().all(is_shared));
        let dir = folder();
        prop_assert_eq!(all, run(&open(&dir), shared, &happened, &flipped), "on SQLite");
    }
}
