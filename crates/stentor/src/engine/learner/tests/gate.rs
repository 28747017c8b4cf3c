//! From what people do to what is known of them, over a store: labels are learnt when their time has come, and nothing
//! that happens to an unshared message moves a bit.

use proptest::prelude::*;
use stentor_core::consent::{Act, Entry, Source};
use stentor_core::id::ChannelId;
use stentor_core::learning::Conversion;
use stentor_core::message::{Message, Status, StatusKind};
use stentor_core::outcome::{Next, Outcome};
use stentor_core::route::Route;
use stentor_core::template::Category;
use stentor_store::{BeginSend, Body, NewInbound, NewMessage, PersonNote, SendRecord, UpstreamStatus};

use super::*;

const CHANNEL: ChannelId = ChannelId(2);
const DAY: Duration = Duration::from_hours(24);
const MESSAGES: u8 = 12;

/// What the person of message `n` does, so many minutes after it was sent.
#[derive(Clone, Copy, Debug)]
struct Done {
    n: u8,
    what: What,
    minutes: u64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum What {
    Delivered,
    Read,
    Click,
    Reply,
    Conversion,
    /// In the settings of WhatsApp, which answers no message.
    OptOut,
}

impl What {
    const ALL: [Self; 6] =
        [Self::Delivered, Self::Read, Self::Click, Self::Reply, Self::Conversion, Self::OptOut];

    /// Is it what sharing is about?
    fn is_activity(self) -> bool {
        !matches!(self, Self::Delivered | Self::OptOut)
    }
}

fn id(n: u8) -> MessageId {
    MessageId(MessageId::first_at(NOW).0 + i64::from(n))
}

fn person(n: u8) -> RecipientKey {
    RecipientKey(i64::from(n % 5) + 1)
}

/// Message `n` leaves.
fn send(store: &Store, n: u8, sharing: bool) {
    let message = Message {
        template: Some(TemplateId(3)),
        category: Some(Category::Marketing),
        route: Route::Optimised,
        sharing,
        ..Message::accepted(id(n), ACCOUNT, CHANNEL, person(n), NOW + DAY)
    };
    let address = "919812345678".to_owned();
    let body = Body { input: address.clone(), address, payload: Vec::new(), opaque: None };
    let now = NOW + Duration::from_millis(u64::from(n));
    ready(store.accept(now, NewMessage { message, body, events: Vec::new(), idempotency: None })).unwrap();
    let begin = BeginSend::at_rate((ACCOUNT, CHANNEL), vec![id(n)], Duration::from_secs(60), 1_000);
    let decided = vec![Some(Box::new(Decided::at(330)))];
    assert_eq!(ready(store.begin_send(now, BeginSend { decided, ..begin })).unwrap().messages.len(), 1);
    let outcome = Outcome::Taken { upstream_id: format!("w{n}"), held: false };
    let (account, next) = (ACCOUNT, Next::Done);
    let taken = SendRecord { message: id(n), account, attempt: 1, outcome, next, own_id: false };
    ready(store.record_sends(now, vec![taken])).unwrap();
}

fn tell(store: &Store, Done { n, what, minutes }: Done) {
    let at = NOW + Duration::from_mins(minutes);
    let mut told = NewInbound {
        account: ACCOUNT,
        key: None,
        aliases: Vec::new(),
        notes: Vec::new(),
        answered: None,
        learns: None,
        notices: Vec::new(),
    };
    let deed = match what {
        What::Delivered | What::Read => {
            let kind = if what == What::Read { StatusKind::Read } else { StatusKind::Delivered };
            let (channel, upstream_id, status) = (CHANNEL, format!("w{n}"), Status { kind, at });
            let status =
                UpstreamStatus { channel, upstream_id, message: None, mark: None, recipient: None, status };
            ready(store.record_statuses(at, ACCOUNT, vec![status])).unwrap();
            return;
        }
        What::Click => Some(Deed::Click { button: 0 }),
        What::Reply => Some(Deed::Reply { is_quick: false }),
        What::Conversion => Some(Deed::Conversion(Conversion {
            name: "Purchase".to_owned(),
            is_app: false,
            value: Some(9.5),
            currency: None,
            is_click_through: true,
        })),
        What::OptOut => {
            let entry = Entry::new(at, Act::OptedOut, Source::UserPreferences, None, "network");
            told.notes.push((person(n), PersonNote::Said { entry, address: None }));
            None
        }
    };
    told.answered = Some((id(n), "text".to_owned())).filter(|_| what == What::Reply);
    told.learns = deed.map(|deed| (id(n), deed, at));
    ready(store.take_in(at, vec![told])).unwrap();
}

/// What is learnt by `now` and a while after, by somebody who looks at the log now and then.
fn look(learner: &mut Learner, store: &Store, now: Timestamp) {
    for minutes in [0, 10, 20] {
        run(learner, store, now + Duration::from_mins(minutes), vec![Input::Woken]);
    }
}

fn read_anew(store: &Store, now: Timestamp) -> Vec<u8> {
    let minds = Arc::default();
    run(&mut Learner::new(Arc::clone(&minds)), store, now, vec![Input::Woken]);
    bits(&minds)
}

fn words(store: &Store) -> Vec<&'static str> {
    ready(store.learnt_after(0, 1_000)).unwrap().iter().map(|learnt| learnt.line.deed.word()).collect()
}

#[test]
fn a_label_is_learnt_when_its_window_closed_though_no_line_comes() {
    let (store, minds) = (Store::memory(), Arc::new(Minds::default()));
    let mut learner = Learner::new(Arc::clone(&minds));
    let labels = || minds.of(ACCOUNT).unwrap().read().unwrap().model(Goal::Read).labels();
    send(&store, 1, true);
    tell(&store, Done { n: 1, what: What::Delivered, minutes: 1 });
    look(&mut learner, &store, NOW);
    look(&mut learner, &store, NOW + DAY - Duration::from_mins(30));
    assert_eq!((labels(), words(&store)), (0, vec!["sent", "delivered"]), "its window is open");
    run(&mut learner, &store, NOW + DAY, vec![Input::Woken]);
    run(&mut learner, &store, NOW + DAY + GRACE - Duration::from_mins(1), vec![Input::Woken]);
    assert_eq!(labels(), 0, "what is on its way still counts");
    run(&mut learner, &store, NOW + DAY + GRACE + Duration::from_secs(1), vec![Input::Woken]);
    assert_eq!((labels(), words(&store)), (1, vec!["sent", "delivered", "tick"]));
    look(&mut learner, &store, NOW + DAY * 2);
    assert_eq!(words(&store).len(), 3, "nothing waits: nothing is said");
    assert!(read_anew(&store, NOW + DAY * 9) == bits(&minds), "the log alone gives the same");
}

#[test]
fn after_a_jump_of_the_clock_what_is_told_late_comes_first() {
    let (store, minds) = (Store::memory(), Arc::new(Minds::default()));
    let mut learner = Learner::new(Arc::clone(&minds));
    send(&store, 1, true);
    look(&mut learner, &store, NOW);
    let late = NOW + DAY * 3;
    run(&mut learner, &store, late, vec![Input::Woken]);
    assert_eq!(words(&store), ["sent"]);
    tell(&store, Done { n: 1, what: What::Read, minutes: 30 });
    look(&mut learner, &store, late + Duration::from_secs(2));
    let tally = minds.of(ACCOUNT).unwrap().read().unwrap().history().rate(Goal::Read);
    assert_eq!(words(&store), ["sent", "read", "tick"]);
    assert!(tally > 0.6, "it was read: {tally}");
}

/// The bits of the mind after all that, without what the flips take of the unshared.
fn mind(shared: u16, done: &[Done], flips: &[bool]) -> Vec<u8> {
    let (store, minds) = (Store::memory(), Arc::new(Minds::default()));
    let mut learner = Learner::new(Arc::clone(&minds));
    let is_shared = |n: u8| shared >> n & 1 == 1;
    (0..MESSAGES).for_each(|n| send(&store, n, is_shared(n)));
    look(&mut learner, &store, NOW);
    for (i, one) in done.iter().enumerate() {
        let is_left_out = !is_shared(one.n) && one.what.is_activity() && flips[i % flips.len()];
        if !is_left_out {
            tell(&store, *one);
        }
    }
    let end = NOW + DAY * 8;
    look(&mut learner, &store, end);
    let bits = bits(&minds);
    assert!(read_anew(&store, end) == bits, "the log alone gives the same");
    bits
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn what_people_do_with_what_is_not_shared_moves_no_bit(
        shared in any::<u16>(),
        mut done in prop::collection::vec(
            (0..MESSAGES, prop::sample::select(What::ALL.to_vec()), 1..9_000_u64)
                .prop_map(|(n, what, minutes)| Done { n, what, minutes }),
            0..60,
        ),
        flips in prop::collection::vec(any::<bool>(), 1..40),
    ) {
        done.sort_by_key(|one| one.minutes);
        prop_assert!(mind(shared, &done, &[false]) == mind(shared, &done, &flips));
    }
}

#[test]
fn what_people_do_with_what_is_shared_does_move_it() {
    let done = |what| [Done { n: 3, what: What::Delivered, minutes: 5 }, Done { n: 3, what, minutes: 9 }];
    let without = mind(u16::MAX, &done(What::Delivered), &[false]);
    for what in What::ALL.into_iter().filter(|what| *what != What::Delivered) {
        assert!(mind(u16::MAX, &done(what), &[false]) != without, "{what:?}");
    }
}
