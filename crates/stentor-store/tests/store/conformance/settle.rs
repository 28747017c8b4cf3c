//! What became of a send: results, statuses, parked ones, unknowns, doubles, timers.

use std::time::Duration;

use stentor_core::consent::{Act, Source};
use stentor_core::id::{RecipientKey, TemplateId};
use stentor_core::message::{EventKind, State, StatusKind, UnknownPolicy};
use stentor_core::outcome::{Next, Outcome, WaitKind};
use stentor_core::registry::Echo;
use stentor_store::{RegistryChange, SendRecord, StatusResult, Store, TemplateUse};

use super::Case;
use crate::world::*;

pub const CASES: &[Case] = &[
    ("a result moves its own attempt of its own account", results),
    ("a refusal for speed slows its channel once, and a rest stops it", throttled),
    ("what people make of a template is counted once, and forgotten when it is resumed", receptions),
    ("statuses match by our id, by the upstream's, by the mark", matching),
    ("a status before the reply is parked and meets it", parked_before_the_reply),
    ("the only one in doubt takes a status without a name", only_doubt),
    ("what was parked while two were in doubt follows the one that is named", parked_while_two_were_in_doubt),
    ("a parked status settles what becomes unknown", parked_before_the_doubt),
    ("a second upstream id is a double", double),
    ("failures teach about the person", people),
    ("timers doubt, settle and expire", timers),
    ("a mark that comes back proves the echo", echo),
    ("silence settles where the mark is echoed", silence),
    ("silence says nothing of a time in which nobody listened", deafness),
    ("at start what was leaving is in doubt", rescue),
    ("columns alone where nobody is to be told", unheard),
    ("a template's messages are counted by their age", uses),
];

fn record(store: &Store, now: i64, record: SendRecord) -> usize {
    wait(store.record_sends(at(now), vec![record])).expect("booked").changes.len()
}

fn tell(store: &Store, now: i64, status: stentor_core::message::UpstreamStatus) -> StatusResult {
    let told = wait(store.record_statuses(at(now), A.0, vec![status])).expect("told");
    told.0.into_iter().next().expect("one result each")
}

fn results(store: &Store) {
    sending(store, 1, A, 5);
    assert_eq!(record(store, 10, taken(1, B.0, 1, "w1")), 0, "another account's");
    assert_eq!(record(store, 10, taken(1, A.0, 2, "w1")), 0, "no such attempt yet");
    let refused =
        Outcome::Refused { code: 130_429, http: 400, details: "slow".to_owned(), retry_after: None };
    let next = Next::Retry { after: Duration::from_secs(1), reason: WaitKind::UpstreamLimit };
    let retry = SendRecord { outcome: refused, next, ..taken(1, A.0, 1, "") };
    assert_eq!(record(store, 10, retry), 1);
    assert_eq!(state(store, A.0, 1), State::Waiting);
    assert_eq!(begin(store, at(1_010), A, &[1]).messages[0].attempts, 2);
    assert_eq!(record(store, 1_020, taken(1, A.0, 1, "old")), 0, "an older attempt");
    assert_eq!(record(store, 1_030, SendRecord { own_id: true, ..taken(1, A.0, 2, "own") }), 1);
    let view = wait(store.message(A.0, id(1))).expect("read").expect("there");
    assert_eq!(view.message.state, State::Sent);
    let attempts: Vec<_> = view.attempts.iter().map(|a| (a.no, a.upstream_id.as_deref())).collect();
    assert_eq!(attempts, [(1, None), (1, Some("old"))], "our own id needs no row");
}

/// A batch that is refused as a whole cuts the rate once, whatever order its answers come in, and however often they are
/// booked; the messages say why they wait, and the next begin is debited at what is left.
fn throttled(store: &Store) {
    for n in 1..=4 {
        wait(store.accept(T0, message(n, A, n))).expect("accepted");
    }
    let refused = |n, retry_after| {
        let outcome = Outcome::Refused { code: 130_429, http: 400, details: "slow".to_owned(), retry_after };
        let next = Next::Retry { after: Duration::from_secs(1), reason: WaitKind::UpstreamLimit };
        SendRecord { outcome, next, ..taken(n, A.0, 1, "") }
    };
    assert_eq!(begin_at(store, at(0), &[1, 2, 3]).messages.len(), 3);
    for (now, n) in [(100, 2), (150, 1), (2_000, 3), (2_500, 3)] {
        record(store, now, refused(n, None));
    }
    assert_eq!(wait(store.pace(A.1)).expect("read").throttle.cut_to_per_s, 40);
    assert_eq!(wait(store.pace(B.1)).expect("read").throttle, Default::default(), "another channel's");
    let view = wait(store.message(A.0, id(2))).expect("read").expect("there");
    let detail = view.events[0].1.detail.clone().expect("why");
    assert!(detail.ends_with("slow; the channel is slowed to 40 of 80 messages a second"), "{detail}");
    let begun = begin_at(store, at(3_000), &[4]);
    assert_eq!((begun.messages.len(), begun.rate_per_s), (1, 41));
    let rest = Some(Duration::from_secs(30));
    record(store, 3_100, refused(4, rest));
    let begun = begin_at(store, at(5_000), &[1, 2]);
    assert_eq!((begun.over_rate.len(), begun.wake_at), (2, Some(at(33_100))));
    assert_eq!(begin_at(store, at(33_100), &[1]).rate_per_s, 21);
    assert_eq!(begin_at(store, at(153_100), &[2]).rate_per_s, 80, "it has recovered");
    let paces = wait(store.paces()).expect("read");
    assert_eq!(paces.iter().map(|(channel, _)| *channel).collect::<Vec<_>>(), [A.1]);
}

/// Begins at the channel's own rate.
fn begin_at(store: &Store, now: stentor_core::time::Timestamp, numbers: &[i64]) -> stentor_store::Begun {
    let begin = stentor_store::BeginSend { rate_per_s: 80, ..begin_as(A, numbers) };
    wait(store.begin_send(now, begin)).expect("begun")
}

/// Counted from results, statuses and opt-outs alike; an opt-out for the template of the last message the person got.
fn receptions(store: &Store) {
    let template = TemplateId(7);
    let counts = |now| {
        let reception = wait(store.reception(template)).expect("read").at(at(now));
        [reception.taken, reception.delivered, reception.read, reception.opted_out, reception.failed]
            .map(f64::round)
    };
    for n in 1..=3 {
        sending(store, n, A, n);
        record(store, 10, taken(n, A.0, 1, &format!("w{n}")));
    }
    for (now, n, kind) in
        [(20, 1, StatusKind::Delivered), (21, 1, StatusKind::Delivered), (22, 2, StatusKind::Read)]
    {
        tell(store, now, status(A.1, &format!("w{n}"), kind, at(now)));
    }
    tell(store, 30, status(A.1, "w3", StatusKind::Failed { code: 131_026, detail: String::new() }, at(30)));
    assert_eq!(counts(40), [3.0, 2.0, 1.0, 0.0, 1.0]);
    let stops = |person, ms| {
        let note = said(Act::OptedOut, Source::UserPreferences, ms);
        wait(store.note_person(A.0, RecipientKey(person), note)).expect("noted");
    };
    stops(1, 50);
    stops(1, 60);
    stops(9, 70);
    assert_eq!(counts(80), [3.0, 2.0, 1.0, 1.0, 1.0], "once a person, and nobody who got nothing");
    let all = wait(store.receptions()).expect("read");
    assert_eq!(all.iter().map(|(id, account, _)| (*id, *account)).collect::<Vec<_>>(), [(template, A.0)]);
    let put = |held: bool, ms| {
        let mut row = world_template(held);
        row.modified_at = at(ms);
        let change = vec![RegistryChange::PutTemplate(row)];
        wait(store.administer(at(ms), audit(A.0, ms), change, Vec::new())).expect("put");
    };
    put(true, 90);
    assert_eq!(counts(91)[0], 3.0, "held");
    put(false, 100);
    assert_eq!((counts(101), wait(store.reception(template)).expect("read").ever), ([0.0; 5], 3));
}

fn world_template(held: bool) -> stentor_core::registry::Template {
    let row = template(7, A.0, "sale");
    let hold = row.hold.clone().filter(|_| held);
    stentor_core::registry::Template { hold, ..row }
}

fn matching(store: &Store) {
    for n in 1..=3 {
        sending(store, n, A, n);
    }
    record(store, 10, taken(1, A.0, 1, "w1"));
    record(store, 10, SendRecord { own_id: true, ..taken(2, A.0, 1, "own") });
    let by_upstream = status(A.1, "w1", StatusKind::Sent, at(20));
    let others = wait(store.record_statuses(at(20), B.0, vec![by_upstream.clone()])).expect("told");
    assert_eq!(others.0, [StatusResult::Parked], "another account's message is not found");
    assert_eq!(tell(store, 20, by_upstream.clone()), StatusResult::Applied(id(1)));
    assert_eq!(tell(store, 21, by_upstream), StatusResult::Nothing(id(1)));
    let mut by_own = status(A.1, "own", StatusKind::Read, at(20));
    by_own.message = Some(id(2));
    let mut elsewhere = by_own.clone();
    elsewhere.channel = B.1;
    assert_eq!(tell(store, 20, elsewhere), StatusResult::Parked);
    assert_eq!(tell(store, 20, by_own), StatusResult::Applied(id(2)));
    let mut by_mark = status(A.1, "w3", StatusKind::Delivered, at(20));
    by_mark.mark = Some((id(3), 2));
    assert_eq!(tell(store, 20, by_mark.clone()), StatusResult::Parked, "no such attempt");
    by_mark.mark = Some((id(3), 1));
    assert_eq!(tell(store, 20, by_mark), StatusResult::Applied(id(3)));
    // From then on its upstream id is known.
    assert_eq!(tell(store, 30, status(A.1, "w3", StatusKind::Read, at(30))), StatusResult::Applied(id(3)));
    assert_eq!([1, 2, 3].map(|n| state(store, A.0, n)), [State::Sent, State::Read, State::Read]);
    assert_eq!(record(store, 40, taken(3, A.0, 1, "w3")), 0, "the reply comes last and tells nothing");
    assert_eq!(wait(store.counts()).expect("counted").doubles, 0);
}

fn parked_before_the_reply(store: &Store) {
    sending(store, 1, A, 5);
    assert_eq!(tell(store, 5, status(A.1, "w1", StatusKind::Sent, at(5))), StatusResult::Parked);
    assert_eq!(tell(store, 6, status(A.1, "w1", StatusKind::Delivered, at(6))), StatusResult::Parked);
    assert_eq!(wait(store.counts()).expect("counted").parked, 2);
    assert_eq!(record(store, 10, taken(1, A.0, 1, "w1")), 3);
    assert_eq!(state(store, A.0, 1), State::Delivered);
    assert_eq!(wait(store.counts()).expect("counted").parked, 0);
}

fn only_doubt(store: &Store) {
    let from = |person| {
        let mut status = status(A.1, "w1", StatusKind::Delivered, at(2_000));
        status.recipient = Some(RecipientKey(person));
        status
    };
    sending(store, 1, A, 5);
    assert_eq!(tell(store, 2_000, from(5)), StatusResult::Parked, "its own reply may still name it");
    assert_eq!(record(store, 2_001, taken(1, A.0, 1, "w0")), 1);
    sending(store, 2, A, 6);
    sending(store, 3, A, 6);
    record(store, 10, lost(2, A.0, 1));
    assert_eq!(tell(store, 2_000, from(6)), StatusResult::Parked, "two to that person are under way");
    record(store, 2_001, taken(3, A.0, 1, "w3"));
    let early = {
        let mut early = from(6);
        early.status.at = at(-5_000);
        early
    };
    assert_eq!(tell(store, 2_002, early), StatusResult::Parked, "older than the send");
    assert_eq!(tell(store, 2_002, from(6)), StatusResult::Applied(id(2)));
    let view = wait(store.message(A.0, id(2))).expect("read").expect("there");
    assert_eq!(view.message.state, State::Delivered);
    assert!(view.events.iter().any(|(_, e)| e.kind == EventKind::Settled));
}

fn parked_before_the_doubt(store: &Store) {
    sending(store, 1, A, 5);
    let mut told = status(A.1, "w1", StatusKind::Sent, at(2_000));
    told.recipient = Some(RecipientKey(5));
    assert_eq!(tell(store, 2_000, told), StatusResult::Parked);
    record(store, 3_000, lost(1, A.0, 1));
    assert_eq!(state(store, A.0, 1), State::Sent);
    assert_eq!(wait(store.counts()).expect("counted").parked, 0);
}

fn parked_while_two_were_in_doubt(store: &Store) {
    let told = |kind, ms| {
        let mut told = status(A.1, "w1", kind, at(ms));
        told.recipient = Some(RecipientKey(5));
        told
    };
    for n in 1..=2 {
        sending(store, n, A, 5);
        record(store, 10, lost(n, A.0, 1));
    }
    assert_eq!(tell(store, 2_000, told(StatusKind::Sent, 2_000)), StatusResult::Parked);
    record(store, 2_001, taken(2, A.0, 1, "w2"));
    assert_eq!(tell(store, 3_000, told(StatusKind::Delivered, 3_000)), StatusResult::Applied(id(1)));
    let message = wait(store.message(A.0, id(1))).expect("read").expect("there").message;
    assert_eq!((message.state, message.sent_at), (State::Delivered, Some(at(2_000))));
    assert_eq!(wait(store.counts()).expect("counted").parked, 0);
}

fn double(store: &Store) {
    sending(store, 1, A, 5);
    record(store, 10, taken(1, A.0, 1, "w1"));
    let mut second = status(A.1, "w2", StatusKind::Delivered, at(20));
    second.mark = Some((id(1), 1));
    assert_eq!(tell(store, 20, second), StatusResult::Applied(id(1)));
    assert_eq!(wait(store.counts()).expect("counted").doubles, 1);
    let view = wait(store.message(A.0, id(1))).expect("read").expect("there");
    assert!(view.events.iter().any(|(_, e)| e.kind == EventKind::Double && !e.report));
    assert_eq!(view.message.events as usize, view.events.len(), "events are numbered without a gap");
}

fn people(store: &Store) {
    for (n, code) in [(1, 131_050), (2, 131_049), (3, 131_053)] {
        sending(store, n, A, n);
        record(store, 10, taken(n, A.0, 1, &format!("w{n}")));
        let failed = StatusKind::Failed { code, detail: "no".to_owned() };
        tell(store, 20, status(A.1, &format!("w{n}"), failed, at(15)));
        assert_eq!(state(store, A.0, n), State::Failed);
    }
    let person = |n| wait(store.person(A.0, RecipientKey(n))).expect("read");
    assert_eq!(person(1).consent.opted_out, Some((at(15), Source::Refused)));
    assert_eq!(person(1).address.as_deref(), Some(ADDRESS));
    assert_eq!(person(2).marketing_after, Some(at(20) + DAY));
    assert_eq!(person(3), stentor_store::Person::default());
}

fn timers(store: &Store) {
    for n in 1..=2 {
        sending(store, n, A, n);
    }
    record(store, 10, taken(1, A.0, 1, "w1"));
    let (none, next) = wait(store.run_timers(at(100), 10)).expect("run");
    assert!(none.changes.is_empty());
    assert_eq!(next, Some(at(2) + LEASE));
    assert_eq!(wait(store.run_timers(at(2) + LEASE, 10)).expect("run").0.changes.len(), 1);
    assert_eq!(state(store, A.0, 2), State::Unknown);
    let (settled, next) = wait(store.run_timers(T0 + DAY, 10)).expect("run");
    assert_eq!(settled.changes.len(), 1);
    let failed = wait(store.message(A.0, id(2))).expect("read").expect("there").message;
    assert_eq!((failed.state, failed.code), (State::Failed, Some(410)));
    let expires = next.expect("the taken one still runs");
    assert_eq!(expires, at(10) + DAY + Duration::from_hours(1));
    wait(store.run_timers(expires, 10)).expect("run");
    assert_eq!(state(store, A.0, 1), State::Expired);
    assert_eq!(wait(store.run_timers(expires, 10)).expect("run").1, None);
}

fn echo(store: &Store) {
    sending(store, 1, A, 5);
    let mut marked = status(A.1, "w1", StatusKind::Sent, at(20));
    marked.mark = Some((id(1), 1));
    let tell = |of, status| wait(store.record_statuses(at(20), of, vec![status])).expect("told").1.echoes;
    assert!(tell(B.0, marked.clone()).is_empty(), "another account's mark proves nothing");
    assert_eq!(tell(A.0, marked.clone()), [A.1]);
    assert!(tell(A.0, marked).is_empty(), "once");
    let channels = wait(store.registry()).expect("loaded").channels;
    assert_eq!(channels.iter().map(|c| c.echo).collect::<Vec<_>>(), [Echo::Yes, Echo::Unproven]);
    assert_eq!(wait(store.audit(A.0, None, 1)).expect("listed")[0].action, "channel.echo");
}

/// One message in doubt on a channel that may send again, and a later one with a status, at 30 ms.
fn in_silence(store: &Store) {
    let mut echoing = channel(A);
    (echoing.unknown_policy, echoing.echo) = (UnknownPolicy::AtLeastOnce, Echo::Yes);
    let change = vec![RegistryChange::PutChannel(echoing)];
    wait(store.administer(T0, audit(A.0, 2), change, Vec::new())).expect("changed");
    sending(store, 1, A, 1);
    record(store, 10, lost(1, A.0, 1));
    sending(store, 2, A, 2);
    record(store, 20, taken(2, A.0, 1, "w2"));
    tell(store, 30, status(A.1, "w2", StatusKind::Sent, at(30)));
}

fn silence(store: &Store) {
    in_silence(store);
    let minutes = |n: u64| at(30) + Duration::from_mins(n);
    let (none, next) = wait(store.run_timers(minutes(10), 10)).expect("run");
    assert!(none.changes.is_empty());
    assert!(next.is_some_and(|next| next <= minutes(11)), "looked at again soon");
    assert_eq!(wait(store.run_timers(minutes(16), 10)).expect("run").0.changes.len(), 1);
    assert_eq!(state(store, A.0, 1), State::Waiting);
}

fn deafness(store: &Store) {
    in_silence(store);
    let minutes = |n: u64| at(30) + Duration::from_mins(n);
    let ran = |n: u64| wait(store.run_timers(minutes(n), 10)).expect("run").0.changes.len();
    // The machine slept from then on for two hours.
    wait(store.was_deaf()).expect("told");
    assert_eq!(ran(121), 0, "its status may have come to a closed door");
    sending(store, 3, A, 3);
    record(store, 7_260_000, taken(3, A.0, 1, "w3"));
    tell(store, 7_260_000, status(A.1, "w3", StatusKind::Sent, at(7_260_000)));
    assert_eq!([ran(130), ran(138)], [0, 1], "later ones have had theirs for a quarter of an hour");
    assert_eq!(state(store, A.0, 1), State::Waiting);
}

fn rescue(store: &Store) {
    for n in 1..=2 {
        sending(store, n, A, n);
    }
    record(store, 10, taken(1, A.0, 1, "w1"));
    assert_eq!(wait(store.rescue(at(50))), Ok(1));
    assert_eq!([1, 2].map(|n| state(store, A.0, n)), [State::Sent, State::Unknown]);
    assert_eq!(wait(store.rescue(at(51))), Ok(0));
    let in_flight = wait(store.in_flight_upstream(None, 10)).expect("listed");
    assert_eq!(in_flight.iter().map(|v| v.message.id).collect::<Vec<_>>(), [id(2), id(1)]);
    assert!(wait(store.in_flight_upstream(Some(id(1)), 10)).expect("listed").is_empty());
}

fn unheard(store: &Store) {
    sending(store, 1, B, 5);
    record(store, 10, taken(1, B.0, 1, "w1"));
    let statuses = vec![
        status(B.1, "w1", StatusKind::Sent, at(20)),
        status(B.1, "w1", StatusKind::Failed { code: 131_026, detail: "no".to_owned() }, at(21)),
    ];
    let (results, committed) = wait(store.record_statuses(at(22), B.0, statuses)).expect("told");
    assert_eq!(results, [StatusResult::Applied(id(1)), StatusResult::Applied(id(1))]);
    assert!(!committed.deliveries);
    let view = wait(store.message(B.0, id(1))).expect("read").expect("there");
    assert_eq!(view.message.sent_at, Some(at(20)));
    assert_eq!(view.events.iter().map(|(no, e)| (*no, e.kind)).collect::<Vec<_>>(), [(0, EventKind::Failed)]);
    assert_eq!(view.message.events, 1);
}

fn uses(store: &Store) {
    for n in 1..=4 {
        sending(store, n, A, n);
        record(store, 10, taken(n, A.0, 1, &format!("w{n}")));
    }
    sending(store, 5, B, 5);
    for (n, kind) in [(1, StatusKind::Read), (2, StatusKind::Delivered)] {
        tell(store, 20, status(A.1, &format!("w{n}"), kind, at(20)));
    }
    let stopped = StatusKind::Failed { code: 131_050, detail: String::new() };
    tell(store, 20, status(A.1, "w3", stopped, at(20)));
    let ever = (T0 - DAY, T0 + DAY);
    let of = |account, templates: &[i64], when| {
        let templates = templates.iter().copied().map(TemplateId).collect();
        wait(store.template_use(account, templates, when)).expect("counted")
    };
    let none = |template| TemplateUse {
        template: TemplateId(template),
        taken: 0,
        delivered: 0,
        read: 0,
        stopped: 0,
    };
    let all = TemplateUse { taken: 4, delivered: 2, read: 1, stopped: 1, ..none(7) };
    assert_eq!(of(A.0, &[7, 8], ever), [all, none(8)]);
    assert_eq!(of(B.0, &[7], ever), [none(7)], "another account's, and not taken yet");
    let accepted_at = id(1).accepted_at();
    assert_eq!(of(A.0, &[7], (T0 - DAY, accepted_at)), [none(7)], "until is not part of it");
    assert_eq!(of(A.0, &[7], (accepted_at, T0 + DAY)), [all]);
}
