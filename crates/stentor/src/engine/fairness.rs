//! Who waits for whom, counted in steps: the movers on a real store in memory, their commands executed one after the other
//! as the writer does it. No clock, no runtime.

use std::collections::VecDeque;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use stentor_core::id::{
    AccountId, ChannelId, DeliveryId, EndpointId, IdGenerator, MessageId, RecipientKey, TemplateId,
};
use stentor_core::message::Message;
use stentor_core::registry::{Account, Channel, Endpoint, Role, Template, UpstreamKind};
use stentor_core::route::Route;
use stentor_core::template::{Category, Fault, Hold, TemplateStatus};
use stentor_core::time::Timestamp;
use stentor_core::wamid::WamidKey;
use stentor_store::{Audit, Body, NewMessage, NewNotice, RegistryChange, Store};

use super::dispatcher::{self, Dispatcher};
use super::notifier::{self, Notifier};
use crate::clock::Dice;
use crate::minds::Minds;
use crate::registry::{Directory, Snapshot};

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
const ACCOUNT: AccountId = AccountId(1);
const HELD: TemplateId = TemplateId(77);

/// The memory store answers at once.
fn ready<T>(call: impl Future<Output = T>) -> T {
    let mut call = pin!(call);
    match call.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => unreachable!("memory answers at once"),
    }
}

/// A store with so many channels and endpoints of one account, and one template that is held.
fn furnished(channels: i64, endpoints: i64) -> (Store, std::sync::Arc<Snapshot>) {
    let store = Store::memory();
    let mut changes =
        vec![RegistryChange::PutAccount(Account::new(ACCOUNT, "shop", "secret".to_owned(), NOW))];
    changes.extend((1..=channels).map(|id| {
        let number = format!("1555000{id:04}");
        RegistryChange::PutChannel(Channel::new(
            ChannelId(id),
            ACCOUNT,
            &number,
            UpstreamKind::Simulated,
            NOW,
        ))
    }));
    changes.extend((1..=endpoints).map(|id| {
        let (channel, url) = (Some(ChannelId(id)), format!("https://hook{id}.example/"));
        let (role, headers) = (Role::Main, Vec::new());
        RegistryChange::PutEndpoint(Endpoint {
            id: EndpointId(id),
            account: ACCOUNT,
            channel,
            role,
            url,
            headers,
            created_at: NOW,
        })
    }));
    let fresh = Template::new(HELD, ACCOUNT, ("sale", "en"), Category::Marketing, "[]".to_owned(), NOW);
    let hold = Some(Hold { at: NOW, fault: Fault::OptOuts, detail: String::new() });
    changes.push(RegistryChange::PutTemplate(Template { status: TemplateStatus::Approved, hold, ..fresh }));
    let audit = Audit {
        at: NOW,
        actor: "admin".to_owned(),
        account: ACCOUNT,
        action: "test".to_owned(),
        detail: String::new(),
    };
    ready(store.administer(NOW, audit, changes, Vec::new())).expect("furnished");
    let facts = ready(Directory::load(&store)).expect("loaded").snapshot();
    (store, facts)
}

fn accept(store: &Store, ids: &mut IdGenerator, channel: i64, template: Option<TemplateId>) -> MessageId {
    let id = ids.next(NOW);
    let deadline = NOW + std::time::Duration::from_hours(12);
    let message = Message {
        template,
        category: template.map(|_| Category::Marketing),
        due: Some(NOW),
        ..Message::accepted(id, ACCOUNT, ChannelId(channel), RecipientKey(id.0), deadline)
    };
    let address = "441234567890".to_owned();
    let body = Body { input: address.clone(), address, payload: b"{}".to_vec(), opaque: None };
    ready(store.accept(NOW, NewMessage { message, body, events: Vec::new(), idempotency: None }))
        .expect("accepted");
    id
}

/// The dispatcher with its commands in a queue, as the writer has them; departures are never answered.
struct Sending<'a> {
    store: &'a Store,
    facts: &'a Snapshot,
    dispatcher: Dispatcher,
    works: VecDeque<dispatcher::Work>,
    left: Vec<(ChannelId, MessageId)>,
    claims: usize,
}

impl<'a> Sending<'a> {
    fn new(store: &'a Store, facts: &'a Snapshot, in_flight_max: usize) -> Self {
        let limits = dispatcher::Limits { in_flight_max, ..dispatcher::Limits::default() };
        let dispatcher = Dispatcher::new(limits, WamidKey([1; 16]), Dice::seeded(1));
        Self { store, facts, dispatcher, works: VecDeque::new(), left: Vec::new(), claims: 0 }
    }

    fn step(&mut self, now: Timestamp, inputs: Vec<dispatcher::Input>) {
        for command in self.dispatcher.step(now, self.facts, inputs).commands {
            match command {
                dispatcher::Command::Store(work) => self.works.push_back(work),
                dispatcher::Command::Send(departures) => {
                    self.left.extend(departures.into_iter().map(|(_, d)| (d.channel.id, d.id)));
                }
                dispatcher::Command::Unmark(_) => {}
            }
        }
    }

    /// One call of the store; `false`: nothing is asked.
    fn work(&mut self, now: Timestamp) -> bool {
        let Some(work) = self.works.pop_front() else { return false };
        self.claims += usize::from(matches!(work, dispatcher::Work::Claim { .. }));
        let worked = ready(work.execute(self.store, now));
        let hints = worked.hints.queued.into_iter().map(|channel| dispatcher::Input::Woken(Some(channel)));
        self.step(now, hints.chain(worked.input).collect());
        true
    }

    /// Until a message has left; how many calls of the store that took.
    fn until_left(&mut self, now: Timestamp, id: MessageId) -> usize {
        for calls in 0..10_000 {
            if self.left.iter().any(|(_, left)| *left == id) {
                return calls;
            }
            assert!(self.work(now), "{id} never leaves: nothing is asked of the store any more");
        }
        panic!("{id} has not left after 10,000 calls");
    }
}

#[test]
fn a_full_queue_of_one_channel_costs_another_two_calls_of_the_store() {
    let (store, facts) = furnished(2, 0);
    let mut ids = IdGenerator::new(0, None);
    for _ in 0..20_000 {
        accept(&store, &mut ids, 1, None);
    }
    let mut sending = Sending::new(&store, &facts, 512);
    sending.step(NOW, vec![dispatcher::Input::Woken(None)]);
    for _ in 0..7 {
        sending.work(NOW);
    }
    let first = accept(&store, &mut ids, 2, None);
    sending.step(NOW, vec![dispatcher::Input::Woken(Some(ChannelId(2)))]);
    let calls = sending.until_left(NOW, first);
    assert!(calls <= 2 * 2 + 1, "{calls} calls: one claim and one begin of each channel may come before it");
}

/// Twenty channels whose upstream never answers have taken all the room they may: the next one finds some.
#[test]
fn channels_that_are_held_up_leave_room_for_one_that_has_nothing_under_way() {
    let (store, facts) = furnished(21, 0);
    let mut ids = IdGenerator::new(0, None);
    for channel in 1..=20 {
        for _ in 0..40 {
            accept(&store, &mut ids, channel, None);
        }
    }
    let mut sending = Sending::new(&store, &facts, 64);
    sending.step(NOW, vec![dispatcher::Input::Woken(None)]);
    for second in 0..60 {
        let now = NOW + std::time::Duration::from_secs(second);
        sending.step(now, vec![dispatcher::Input::Woken(None)]);
        for _ in 0..1_000 {
            if !sending.work(now) {
                break;
            }
        }
    }
    let now = NOW + std::time::Duration::from_mins(1);
    assert!(sending.dispatcher.in_flight() <= 64);
    let first = accept(&store, &mut ids, 21, None);
    sending.step(now, vec![dispatcher::Input::Woken(Some(ChannelId(21)))]);
    assert!(sending.until_left(now, first) <= 3);
}

/// What is held stands at the head of its channel's queue: it is put off in large claims, once, without an event for each
/// look, and what comes after it leaves.
#[test]
fn a_held_template_s_queue_does_not_hold_up_the_channel() {
    let (store, facts) = furnished(1, 0);
    let mut ids = IdGenerator::new(0, None);
    let held = accept(&store, &mut ids, 1, Some(HELD));
    for _ in 1..5_000 {
        accept(&store, &mut ids, 1, Some(HELD));
    }
    let first = accept(&store, &mut ids, 1, None);
    let mut sending = Sending::new(&store, &facts, 512);
    sending.step(NOW, vec![dispatcher::Input::Woken(None)]);
    sending.until_left(NOW, first);
    assert_eq!(sending.left.len(), 1, "nothing held leaves");
    assert!(sending.claims <= 5_000 / 128, "{} claims", sending.claims);
    let again = NOW + std::time::Duration::from_hours(1);
    sending.step(again, vec![dispatcher::Input::Woken(None)]);
    for _ in 0..10_000 {
        if !sending.work(again) {
            break;
        }
    }
    let view = ready(store.message(ACCOUNT, held)).expect("read").expect("there");
    assert!(view.message.due > Some(again) && view.events.len() == 1, "{:?}", view.events);
}

/// More marketing waits than may leave at once: the likely readers leave first, everybody leaves, and what goes the classic
/// way waits for none of them.
#[test]
fn competing_marketing_is_planned_and_the_classic_way_is_not() {
    let (store, _) = furnished(1, 0);
    let news = TemplateId(3);
    let fresh = Template::new(news, ACCOUNT, ("news", "en"), Category::Marketing, "[]".to_owned(), NOW);
    let (status, approved_at) = (TemplateStatus::Approved, Some(NOW));
    let news_row = RegistryChange::PutTemplate(Template { status, approved_at, pinned: true, ..fresh });
    let audit = Audit {
        at: NOW,
        actor: "admin".to_owned(),
        account: ACCOUNT,
        action: "test".to_owned(),
        detail: String::new(),
    };
    ready(store.administer(NOW, audit, vec![news_row], Vec::new())).expect("furnished");
    let facts = ready(Directory::load(&store)).expect("loaded").snapshot();
    let mut ids = IdGenerator::new(0, None);
    let mut people = std::collections::HashMap::new();
    for n in 0..400 {
        let (id, person) = (ids.next(NOW), n % 200 + 1);
        people.insert(id, person);
        let message = Message {
            template: Some(news),
            category: Some(Category::Marketing),
            route: Route::Optimised,
            sharing: true,
            ..Message::accepted(
                id,
                ACCOUNT,
                ChannelId(1),
                RecipientKey(person),
                NOW + Duration::from_hours(12),
            )
        };
        let address = "919812345678".to_owned();
        let body = Body { input: address.clone(), address, payload: b"{}".to_vec(), opaque: None };
        ready(store.accept(NOW, NewMessage { message, body, events: Vec::new(), idempotency: None }))
            .expect("accepted");
    }
    let minds = std::sync::Arc::new(Minds::default());
    minds.put(ACCOUNT, super::planner::tests::learner());
    let mut sending = Sending::new(&store, &facts, 4_096);
    sending.dispatcher = sending.dispatcher.with_minds(std::sync::Arc::clone(&minds));
    let mut classic = None;
    for tenth in 0..100_u64 {
        let now = NOW + Duration::from_millis(100 * tenth);
        if tenth == 10 {
            assert!(minds.outlook(ChannelId(1)).is_some_and(|outlook| outlook.waiting > 300));
            classic = Some(accept(&store, &mut ids, 1, None));
        }
        sending.step(now, vec![dispatcher::Input::Woken(None)]);
        for _ in 0..1_000 {
            if !sending.work(now) {
                break;
            }
        }
        if tenth == 12 {
            let has_left = |id: MessageId| sending.left.iter().any(|(_, left)| *left == id);
            assert!(classic.is_some_and(has_left), "it waits for nobody's plan");
            assert!(sending.left.len() < 150, "while most of the others wait");
        }
    }
    assert_eq!(sending.left.len(), 401, "everybody leaves");
    let order: Vec<i64> = sending.left.iter().filter_map(|(_, id)| people.get(id).copied()).collect();
    let readers = order[20..180].iter().filter(|person| *person % 2 == 0).count();
    assert!(readers >= 130, "{readers} of 160 early ones read");
    let view = ready(store.message(ACCOUNT, sending.left[100].1)).expect("read").expect("there");
    let decided = view.message.decided.expect("decided");
    assert!(stentor_core::learning::Record::parse(&decided.record).is_some(), "it says why");
}

/// Thirty customers whose endpoints hang have all the room they may: another's first webhook goes out at once.
#[test]
fn endpoints_that_hang_leave_room_for_one_that_has_nothing_under_way() {
    let (store, facts) = furnished(31, 31);
    let tell = |channel: i64, times: usize| {
        let notice = NewNotice {
            account: ACCOUNT,
            channel: Some(ChannelId(channel)),
            field: "messages".to_owned(),
            value: "{}".to_owned(),
        };
        ready(store.notify(NOW, vec![notice; times])).expect("queued");
    };
    (1..=30).for_each(|channel| tell(channel, 500));
    let limits = notifier::Limits { in_flight_max: 512, ..notifier::Limits::default() };
    let mut notifier = Notifier::new(limits, WamidKey([1; 16]), Dice::seeded(1));
    let (mut works, mut posted): (VecDeque<notifier::Work>, Vec<DeliveryId>) = (VecDeque::new(), Vec::new());
    let mut turn = |inputs: Vec<notifier::Input>| {
        let mut inputs = Some(inputs);
        let mut calls = 0;
        loop {
            for command in notifier.step(NOW, &facts, inputs.take().unwrap_or_default()).commands {
                match command {
                    notifier::Command::Store(work) => works.push_back(work),
                    notifier::Command::Post(post) => posted.push(post.first),
                }
            }
            let Some(work) = works.pop_front() else { return (posted.len(), calls) };
            calls += 1;
            inputs = Some(ready(work.execute(&store, NOW)).input.into_iter().collect());
        }
    };
    let (hanging, _) = turn(vec![notifier::Input::Woken]);
    assert!((400..512).contains(&hanging), "{hanging} posts under way");
    tell(31, 1);
    let (posts, calls) = turn(vec![notifier::Input::Woken]);
    assert!(posts > hanging, "the newcomer's has gone out");
    assert!(calls <= 4, "{calls} calls of the store before all is quiet");
}
