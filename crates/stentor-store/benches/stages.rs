//! CPU of the store alone, by the stages of a message's life: `cargo bench -p stentor-store`. Every message goes to another
//! person, batches are as large as the engine's; without webhooks and with three a message. Nothing here asserts.

#[expect(dead_code, reason = "each bench needs a part of it")]
mod measure;
#[path = "../tests/store/world.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod world;

use std::time::Duration;

use measure::{all, cpu};

use stentor_core::admission::PersonLimits;
use stentor_core::cap::Caps;
use stentor_core::id::{ChannelId, MessageId};
use stentor_core::message::StatusKind;
use stentor_core::time::Timestamp;
use stentor_store::{BeginSend, DeliveryRecord, DeliveryVerdict, RegistryChange, Store};
use world::{A, HOOK, T0, at, wait};

/// Messages in one run.
const MESSAGES: i64 = 100_000;
/// Messages that go through a stage together.
const WAVE: i64 = 2_000;
const CHANNELS: i64 = 8;
/// What leaves in a moment, what is booked at once, what the network tells at once, what an endpoint takes at once.
const BEGIN: usize = 25;
const RECORD: usize = 64;
const STATUSES: usize = 99;
const DELIVERIES: usize = 64;
/// How much an endpoint is being told at once.
const POSTS: usize = 4;

const STAGES: [&str; 7] =
    ["accept", "claim", "begin", "record", "statuses", "claim webhooks", "record webhooks"];

fn main() {
    for (name, hooked) in [("without webhooks", false), ("three webhooks a message", true)] {
        let spent = run(hooked);
        let all: Duration = spent.iter().sum();
        let us =
            |spent: Duration| spent.as_secs_f64() * 1e6 / f64::from(i32::try_from(MESSAGES).unwrap_or(1));
        measure::say(format!("{name}: {:.1} us of CPU a message", us(all)));
        for (stage, spent) in STAGES.iter().zip(spent).filter(|(_, spent)| !spent.is_zero()) {
            measure::say(format!("  {stage:16} {:6.1}", us(spent)));
        }
    }
}

fn run(hooked: bool) -> [Duration; 7] {
    let dir = world::folder();
    let store = world::open(&dir);
    furnish(&store, hooked);
    let mut spent = [Duration::ZERO; 7];
    let mut clock = Clock(cpu());
    for first in (0..MESSAGES).step_by(usize::try_from(WAVE).unwrap_or(1)) {
        let numbers: Vec<i64> = (first..first + WAVE).collect();
        let now = at(first);
        clock.0 = cpu();
        all(numbers.iter().map(|&n| store.accept(now, world::message(n, of(n), n * 7_919))));
        clock.lap(&mut spent[0]);
        let mut claimed = Vec::new();
        for _ in 0..numbers.len() / BEGIN / 8 {
            let claims = (0..CHANNELS).map(|c| store.claim(now, A.0, ChannelId(100 + c), BEGIN));
            claimed.extend(all(claims).into_iter().map(|rows| rows.expect("claimed")));
        }
        clock.lap(&mut spent[1]);
        let ids = |rows: &Vec<stentor_store::Claimed>| rows.iter().map(|row| row.message.id).collect();
        all(claimed
            .iter()
            .filter(|rows| !rows.is_empty())
            .map(|rows| store.begin_send(now, begin(rows[0].message.channel, ids(rows)))));
        clock.lap(&mut spent[2]);
        all(numbers.chunks(RECORD).map(|some| {
            let records = some.iter().map(|&n| world::taken(n, A.0, 1, &upstream(n))).collect();
            store.record_sends(now, records)
        }));
        clock.lap(&mut spent[3]);
        all(numbers.chunks(STATUSES / 3).map(|some| store.record_statuses(now, A.0, statuses(some, now))));
        clock.lap(&mut spent[4]);
        if hooked {
            tell(&store, now, &mut clock, &mut spent);
        }
    }
    spent
}

/// Every webhook that waits is posted, and taken.
fn tell(store: &Store, now: Timestamp, clock: &mut Clock, spent: &mut [Duration; 7]) {
    loop {
        let claims = (0..POSTS).map(|_| store.claim_deliveries(now, HOOK, DELIVERIES));
        let mut claimed: Vec<_> = all(claims).into_iter().map(|rows| rows.expect("claimed")).collect();
        claimed.retain(|rows| !rows.is_empty());
        clock.lap(&mut spent[5]);
        if claimed.is_empty() {
            return;
        }
        all(claimed.iter().map(|rows| {
            let taken = |row: &stentor_store::Delivery| DeliveryRecord {
                id: row.id,
                status: 200,
                took_ms: 1,
                error: None,
                verdict: DeliveryVerdict::Delivered,
            };
            store.record_deliveries(now, HOOK, rows.iter().map(taken).collect())
        }));
        clock.lap(&mut spent[6]);
    }
}

fn furnish(store: &Store, hooked: bool) {
    let mut changes = vec![RegistryChange::PutAccount(world::account(A.0))];
    changes
        .extend((0..CHANNELS).map(|c| RegistryChange::PutChannel(world::channel((A.0, ChannelId(100 + c))))));
    if hooked {
        changes.push(RegistryChange::PutEndpoint(world::endpoint(HOOK, A.0, None)));
    }
    wait(store.administer(T0, world::audit(A.0, 0), changes, Vec::new())).expect("furnished");
}

fn of(n: i64) -> (stentor_core::id::AccountId, ChannelId) {
    (A.0, ChannelId(100 + n % CHANNELS))
}

fn begin(channel: ChannelId, messages: Vec<MessageId>) -> BeginSend {
    let mut begin = BeginSend::at_rate((A.0, channel), messages, world::LEASE, 1_000_000);
    begin.limits = PersonLimits { has_pair: true, caps: Caps::GATEWAY };
    begin
}

fn upstream(n: i64) -> String {
    // As long as Meta's ids are.
    format!(
        "wamid.HBgNNDkxNTExMjM0NTY3OBUCABEYEjA{:016X}AA==",
        n.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15)
    )
}

fn statuses(numbers: &[i64], now: Timestamp) -> Vec<stentor_store::UpstreamStatus> {
    [StatusKind::Sent, StatusKind::Delivered, StatusKind::Read]
        .iter()
        .flat_map(|kind| numbers.iter().map(|&n| world::status(of(n).1, &upstream(n), kind.clone(), now)))
        .collect()
}

struct Clock(Duration);

impl Clock {
    fn lap(&mut self, into: &mut Duration) {
        let now = cpu();
        *into += now.saturating_sub(self.0);
        self.0 = now;
    }
}
