//! Every pair of state and input: what is allowed does what it says, what is not changes nothing.

use std::time::Duration;

use super::*;
use crate::outcome::{Next, Outcome, WaitKind};

const T0: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const LEASE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_hours(24);

fn message(state: State) -> Message {
    Message {
        id: MessageId::first_at(T0),
        account: AccountId(1),
        channel: ChannelId(2),
        template: Some(TemplateId(3)),
        category: Some(Category::Marketing),
        recipient: RecipientKey(4),
        route: Route::Optimised,
        sharing: true,
        state,
        wait: None,
        due: (!state.is_final() && state != State::Delivered).then_some(T0),
        deadline: T0 + DAY,
        attempts: u32::from(!state.is_queued()),
        code: None,
        sending_at: None,
        taken_at: None,
        sent_at: None,
        delivered_at: None,
        read_at: None,
        ended_at: None,
        events: 0,
        decided: None,
    }
}

fn taken() -> Outcome {
    Outcome::Taken { upstream_id: "wamid.x".to_owned(), held: false }
}

fn refused(code: u32) -> Outcome {
    Outcome::Refused { code, http: 400, details: "no".to_owned(), retry_after: None }
}

fn status(kind: StatusKind) -> Status {
    Status { kind, at: T0 }
}

/// One row of the table: in which states the input moves a message, and where to.
#[track_caller]
fn check(name: &str, input: impl Fn(&Message) -> Option<Change>, moves: &[(State, State)]) {
    for state in State::ALL {
        let before = message(state);
        let got = input(&before).map(|change| {
            let m = &change.message;
            assert_eq!(m.events as usize, change.events.len(), "{name} from {state:?}: events are counted");
            assert!(
                !m.state.is_final() || m.due.is_none(),
                "{name} from {state:?}: a final state has no timer"
            );
            assert!(
                !m.state.is_queued() || m.due.is_some_and(|due| due <= m.deadline),
                "{name}: due by the deadline"
            );
            m.state
        });
        let expected = moves.iter().find(|(from, _)| *from == state).map(|(_, to)| *to);
        assert_eq!(got, expected, "{name} from {state:?}");
    }
}

#[test]
fn every_pair_of_state_and_input() {
    use State::*;
    let retry = Next::Retry { after: Duration::from_secs(1), reason: WaitKind::Retry };
    check("begin_send", |m| begin_send(m, T0, LEASE), &[(Accepted, Sending), (Waiting, Sending)]);
    check("taken", |m| after_send(m, 1, &taken(), &Next::Done, T0), &[(Sending, Sent), (Unknown, Sent)]);
    check("retry", |m| after_send(m, 1, &refused(4), &retry, T0), &[(Sending, Waiting), (Unknown, Waiting)]);
    check(
        "fail",
        |m| after_send(m, 1, &refused(100), &Next::Fail { code: 100 }, T0),
        &[(Sending, Failed), (Unknown, Failed)],
    );
    check("doubt", |m| after_send(m, 1, &refused(1), &Next::Unknown, T0), &[(Sending, Unknown)]);
    check(
        "postpone",
        |m| postpone(m, T0 + DAY, (WaitReason::Sync, ""), T0),
        &[(Accepted, Waiting), (Waiting, Waiting)],
    );
    check("fail_in_queue", |m| fail_in_queue(m, 410, "", true, T0), &[(Accepted, Failed), (Waiting, Failed)]);
    check(
        "expire_in_queue",
        |m| fail_in_queue(m, 410, "", false, T0),
        &[(Accepted, Expired), (Waiting, Expired)],
    );
    check("erase", |m| erase(m, T0), &[(Accepted, Dropped), (Waiting, Dropped), (Unknown, Failed)]);
    check("drop", |m| drop_by_policy(m, 131_050, "", T0), &[(Accepted, Dropped), (Waiting, Dropped)]);
    check("rescue", |m| rescue(m, T0), &[(Sending, Unknown)]);
    check(
        "timer",
        |m| on_timer(m, UnknownPolicy::AtMostOnce, false, T0),
        &[(Sending, Unknown), (Unknown, Failed), (Sent, Expired)],
    );
}

#[test]
fn every_pair_of_state_and_status() {
    use State::*;
    let sent = [Waiting, Sending, Unknown].map(|s| (s, Sent));
    let mut stay = vec![(Sent, Sent), (Delivered, Delivered), (Read, Read), (Played, Played)];
    stay.extend([(Failed, Failed), (Expired, Expired), (Dropped, Dropped)]);
    check("sent", |m| apply_status(m, &status(StatusKind::Sent), T0), &[&sent[..], &stay].concat());
    let on_phone = [Waiting, Sending, Unknown, Sent, Delivered, Failed, Expired, Dropped];
    let mut delivered: Vec<_> = on_phone.map(|s| (s, Delivered)).to_vec();
    delivered.extend([(Read, Read), (Played, Played)]);
    check("delivered", |m| apply_status(m, &status(StatusKind::Delivered), T0), &delivered);
    let mut read: Vec<_> = on_phone.map(|s| (s, Read)).to_vec();
    read.extend([(Read, Read), (Played, Played)]);
    check("read", |m| apply_status(m, &status(StatusKind::Read), T0), &read);
    let mut played: Vec<_> = on_phone.map(|s| (s, Played)).to_vec();
    played.push((Read, Played));
    check("played", |m| apply_status(m, &status(StatusKind::Played), T0), &played);
    let failed = StatusKind::Failed { code: 131_049, detail: String::new() };
    let moves = [Waiting, Sending, Unknown, Sent, Expired].map(|s| (s, Failed));
    check("failed", |m| apply_status(m, &status(failed.clone()), T0), &moves);
}

#[test]
fn a_duplicate_status_tells_nothing() {
    for kind in [StatusKind::Sent, StatusKind::Delivered, StatusKind::Read, StatusKind::Played] {
        let once =
            apply_status(&message(State::Sent), &status(kind.clone()), T0).expect("the first one counts");
        assert_eq!(apply_status(&once.message, &status(kind), T0), None);
    }
}

#[test]
fn delivered_after_read_is_reported_and_does_not_lower_the_rank() {
    let read = apply_status(&message(State::Sent), &status(StatusKind::Read), T0).expect("read").message;
    let late = apply_status(&read, &status(StatusKind::Delivered), T0).expect("delivered late");
    assert_eq!(late.message.state, State::Read);
    assert!(late.events.iter().any(|e| e.kind == EventKind::Delivered && e.report));
}

#[test]
fn nothing_leaves_after_the_deadline_or_before_it_is_due() {
    let m = message(State::Accepted);
    assert_eq!(begin_send(&m, m.deadline, LEASE), None);
    assert_eq!(begin_send(&Message { due: Some(T0 + LEASE), ..m }, T0, LEASE), None);
}

#[test]
fn the_answer_of_an_older_attempt_says_nothing() {
    let m = Message { attempts: 2, ..message(State::Sending) };
    assert_eq!(after_send(&m, 1, &taken(), &Next::Done, T0), None);
}

#[test]
fn at_least_once_sends_again_only_on_evidence_and_before_the_deadline() {
    let m = Message { due: Some(T0 + DAY), ..message(State::Unknown) };
    assert_eq!(on_timer(&m, UnknownPolicy::AtLeastOnce, false, T0), None);
    let again = on_timer(&m, UnknownPolicy::AtLeastOnce, true, T0).expect("silence is evidence");
    assert_eq!(again.message.state, State::Waiting);
    let late = on_timer(&m, UnknownPolicy::AtLeastOnce, true, m.deadline).expect("settled by policy");
    assert_eq!((late.message.state, late.message.code), (State::Failed, Some(crate::reason::EXPIRED)));
}
