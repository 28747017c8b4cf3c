//! Samples and a small executor: two accounts, a channel each, messages, statuses.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::Duration;

use stentor_core::consent::{Act, Entry, Source};
use stentor_core::id::{AccountId, BusinessId, ChannelId, EndpointId, MessageId, RecipientKey, TemplateId};
use stentor_core::learning::Decided;
use stentor_core::message::{Message, State, Status, StatusKind, UnknownPolicy, UpstreamStatus};
use stentor_core::outcome::{Ambiguous, Next, NotSent, Outcome, WaitKind};
use stentor_core::quiet_hours::QuietHours;
use stentor_core::registry::{
    Account, AccountState, ApiKey, Autopilot, Channel, ChannelState, Character, Echo, Endpoint, PausedPolicy,
    ProductPolicy, Role, Template, UpstreamKind,
};
use stentor_core::route::Route;
use stentor_core::template::{Category, Fault, Health, Hold, ParameterFormat, Quality, TemplateStatus};
use stentor_core::time::Timestamp;
use stentor_store::{
    Audit, BeginSend, Begun, Body, NewMessage, Options, PersonNote, RegistryChange, SendRecord, Store,
};

pub const T0: Timestamp = Timestamp::from_millis(1_800_000_000_000);
pub const DAY: Duration = Duration::from_hours(24);
/// Where every message of the samples goes.
pub const ADDRESS: &str = "4915112345678";
pub const LEASE: Duration = Duration::from_secs(60);
/// Two accounts with a channel each; the second is everybody else.
pub const A: (AccountId, ChannelId) = (AccountId(10), ChannelId(100));
pub const B: (AccountId, ChannelId) = (AccountId(20), ChannelId(200));
/// The account's endpoint of A; B has none.
pub const HOOK: EndpointId = EndpointId(1);
pub const BUSINESS: BusinessId = BusinessId(7);

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits for a future on this thread.
pub fn wait<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park(),
        }
    }
}

pub fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

pub fn open(dir: &tempfile::TempDir) -> Store {
    Store::open(dir.path(), Options::default()).expect("the folder opens")
}

pub fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(T0.millis() + ms)
}

pub fn id(n: i64) -> MessageId {
    MessageId(MessageId::first_at(T0).0 + n)
}

/// The number of [`id`].
pub fn n_of(message: MessageId) -> i64 {
    message.0 - MessageId::first_at(T0).0
}

pub fn account(id: AccountId) -> Account {
    Account {
        id,
        name: "Shop".to_owned(),
        state: AccountState::Active,
        sharing_default: true,
        product_policy_default: ProductPolicy::Strict,
        terms_signed_at: Some(T0),
        owner_business: BusinessId(7),
        country: Some("DE".to_owned()),
        onboarding_hold: None,
        business_verified: true,
        invited_at: None,
        marketing_on_messages: true,
        marketing_cap_24h: None,
        marketing_cap_7d: Some(6),
        quiet_hours: QuietHours::parse("21:00-08:00").ok(),
        opt_out_payloads: vec!["STOP_ALL".to_owned()],
        autopilot: Some(Autopilot::Act),
        webhook_secret: "secret".to_owned(),
        created_at: T0,
    }
}

pub fn channel((account, id): (AccountId, ChannelId)) -> Channel {
    Channel {
        id,
        account,
        display_phone_number: "15550001111".to_owned(),
        state: ChannelState::Active,
        character: Character::Gateway,
        sync_policy: None,
        rate_per_s: 80,
        unknown_policy: UnknownPolicy::AtMostOnce,
        upstream: UpstreamKind::Simulated,
        echo: Echo::Unproven,
        paused_policy: PausedPolicy::Fail,
        pair_limit: false,
        automatic_routing: false,
        account_events: None,
        multi_webhook: false,
        created_at: T0,
    }
}

pub fn key(hash: u8, of: (AccountId, ChannelId)) -> ApiKey {
    ApiKey { hash: [hash; 32], account: of.0, channel: of.1, created_at: T0, expires_at: None, used_at: None }
}

pub fn endpoint(id: EndpointId, account: AccountId, channel: Option<ChannelId>) -> Endpoint {
    let headers = vec![("x-one".to_owned(), "1".to_owned())];
    let (role, url) = (Role::Main, "https://example.com/hook".to_owned());
    Endpoint { id, account, channel, role, url, headers, created_at: T0 }
}

pub fn template(id: i64, account: AccountId, name: &str) -> Template {
    Template {
        id: TemplateId(id),
        account,
        name: name.to_owned(),
        language: "en".to_owned(),
        category: Category::Marketing,
        previous_category: Some(Category::Utility),
        status: TemplateStatus::Approved,
        rejected_reason: None,
        parameter_format: ParameterFormat::Positional,
        components: "[]".to_owned(),
        ttl_secs: Some(43_200),
        pinned: false,
        created_at: T0,
        modified_at: T0,
        approved_at: Some(T0),
        last_used_at: None,
        resynced_at: None,
        deleted_at: None,
        edited_at: vec![T0, at(5)],
        extra: r#"{"sub_category":"ORDER_STATUS"}"#.to_owned(),
        archived_at: Some(at(6)),
        archived_from: Some(TemplateStatus::Paused),
        created_by: "key:01234567".to_owned(),
        modified_by: "admin".to_owned(),
        health: Health {
            quality: Quality::Yellow,
            quality_at: Some(at(1)),
            pauses: 2,
            paused_until: Some(at(2)),
            paced_since: Some(at(3)),
            correct_category: Some(Category::Marketing),
            category_at: Some(at(4)),
        },
        hold: Some(Hold { at: at(7), fault: Fault::OptOuts, detail: "8 of 100".to_owned() }),
        resumed_at: Some(at(8)),
    }
}

pub fn audit(account: AccountId, ms: i64) -> Audit {
    let (actor, action) = ("admin".to_owned(), "channel.create".to_owned());
    Audit { at: at(ms), actor, account, action, detail: String::new() }
}

/// Accounts, channels and A's endpoint.
pub fn furnish(store: &Store) {
    for of in [A, B] {
        let changes =
            vec![RegistryChange::PutAccount(account(of.0)), RegistryChange::PutChannel(channel(of))];
        wait(store.administer(T0, audit(of.0, 0), changes, Vec::new())).expect("furnished");
    }
    let hook = RegistryChange::PutEndpoint(endpoint(HOOK, A.0, None));
    wait(store.administer(T0, audit(A.0, 1), vec![hook], Vec::new())).expect("hooked");
}

pub fn message(n: i64, of: (AccountId, ChannelId), person: i64) -> NewMessage {
    NewMessage {
        message: Message {
            id: id(n),
            account: of.0,
            channel: of.1,
            template: Some(TemplateId(7)),
            category: Some(Category::Marketing),
            recipient: RecipientKey(person),
            route: Route::Optimised,
            sharing: true,
            state: State::Accepted,
            wait: None,
            due: Some(T0),
            deadline: T0 + DAY,
            attempts: 0,
            code: None,
            sending_at: None,
            taken_at: None,
            sent_at: None,
            delivered_at: None,
            read_at: None,
            ended_at: None,
            events: 0,
            decided: None,
        },
        body: Body {
            input: "+49 151 1".to_owned(),
            address: ADDRESS.to_owned(),
            payload: br#"{"a":1}"#.to_vec(),
            opaque: Some("mine".to_owned()),
        },
        events: Vec::new(),
        idempotency: None,
    }
}

pub fn begin_as(of: (AccountId, ChannelId), numbers: &[i64]) -> BeginSend {
    let messages = numbers.iter().map(|n| id(*n)).collect();
    BeginSend::at_rate(of, messages, LEASE, 1_000)
}

/// The same, with a decision of each: it may be learnt from.
pub fn begin_learning(of: (AccountId, ChannelId), numbers: &[i64]) -> BeginSend {
    let decided = Decided { record: [7, 8].into(), ..Decided::at(330) };
    let decided = vec![Some(Box::new(decided)); numbers.len()];
    BeginSend { decided, ..begin_as(of, numbers) }
}

pub fn begin(store: &Store, now: Timestamp, of: (AccountId, ChannelId), numbers: &[i64]) -> Begun {
    wait(store.begin_send(now, begin_as(of, numbers))).expect("begun")
}

pub fn taken(n: i64, of: AccountId, attempt: u32, upstream_id: &str) -> SendRecord {
    let outcome = Outcome::Taken { upstream_id: upstream_id.to_owned(), held: false };
    SendRecord { message: id(n), account: of, attempt, outcome, next: Next::Done, own_id: false }
}

/// No connection: surely not taken, and tried again.
pub fn not_sent(n: i64, attempt: u32) -> SendRecord {
    let next = Next::Retry { after: Duration::from_secs(1), reason: WaitKind::Retry };
    let outcome = Outcome::NotSent { why: NotSent::Connect };
    SendRecord { message: id(n), account: A.0, attempt, outcome, next, own_id: false }
}

pub fn lost(n: i64, of: AccountId, attempt: u32) -> SendRecord {
    let outcome = Outcome::Ambiguous { why: Ambiguous::Timeout };
    SendRecord { message: id(n), account: of, attempt, outcome, next: Next::Unknown, own_id: false }
}

pub fn status(channel: ChannelId, upstream_id: &str, kind: StatusKind, now: Timestamp) -> UpstreamStatus {
    UpstreamStatus {
        channel,
        upstream_id: upstream_id.to_owned(),
        message: None,
        mark: None,
        recipient: None,
        status: Status { kind, at: now },
    }
}

pub fn state(store: &Store, of: AccountId, n: i64) -> State {
    wait(store.message(of, id(n))).expect("read").expect("there").message.state
}

/// Accepts, claims and begins one message; its first attempt is under way.
pub fn sending(store: &Store, n: i64, of: (AccountId, ChannelId), person: i64) {
    wait(store.accept(T0, message(n, of, person))).expect("accepted");
    assert_eq!(begin(store, at(n), of, &[n]).messages.len(), 1);
}

/// Something said about a person.
pub fn said(act: Act, source: Source, ms: i64) -> PersonNote {
    PersonNote::Said { entry: Entry::new(at(ms), act, source, None, "network"), address: None }
}
