//! From the log to the minds: the same bits whatever way it was read, and nothing of whoever was forgotten.

mod gate;

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use stentor_core::engagement::Goal;
use stentor_core::id::{MessageId, RecipientKey, TemplateId};
use stentor_core::learning::Line;
use stentor_core::schedule::mix;
use stentor_store::Store;

use super::*;

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
const ACCOUNT: AccountId = AccountId(7);

fn ready<T>(call: impl Future<Output = T>) -> T {
    let mut call = pin!(call);
    match call.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => unreachable!("memory answers at once"),
    }
}

/// Sends to forty people over weeks, of whom some read; a few lines come late.
fn log(lines: i64) -> Vec<Learnt> {
    let line = |n: i64| {
        let (step, person) = (n / 3, mix(&[n.unsigned_abs() / 3]) % 40);
        let at = NOW + Duration::from_mins(u64::try_from(step).unwrap() * 50);
        let deed = match n % 3 {
            0 => Deed::Sent(Decided::at(330)),
            1 => Deed::Delivered,
            _ if person % 3 == 0 => Deed::Read,
            _ => Deed::Click { button: 0 },
        };
        let late = if n % 7 == 0 { Duration::from_mins(90) } else { Duration::ZERO };
        let recipient = RecipientKey(i64::try_from(person).unwrap() + 1);
        let (message, template) = (MessageId(step + 1), TemplateId(3));
        Learnt {
            seq: n + 1,
            line: Line { at: at - late, account: ACCOUNT, recipient, message, template, deed },
        }
    };
    (0..lines).map(line).collect()
}

fn bits(minds: &Minds) -> Vec<u8> {
    minds.of(ACCOUNT).map_or_else(Vec::new, |mind| mind.read().unwrap().snapshot())
}

fn taught(learner: &mut Learner, lines: &[Learnt]) {
    for page in lines.chunks(37) {
        drop(learner.step(NOW, vec![Input::Read(page.to_vec())]));
    }
}

/// Steps until nothing is left to be done at that time; when it wants to be woken.
fn run(learner: &mut Learner, store: &Store, now: Timestamp, mut inputs: Vec<Input>) -> Option<Timestamp> {
    loop {
        let step = learner.step(now, std::mem::take(&mut inputs));
        if step.commands.is_empty() {
            return step.wake_at;
        }
        inputs.extend(step.commands.into_iter().map(|work| ready(work.execute(store, now))));
    }
}

#[test]
fn a_snapshot_and_the_lines_after_it_give_the_same_bits_as_the_whole_log() {
    let lines = log(3_000);
    let whole = Arc::new(Minds::default());
    let mut straight = Learner::new(Arc::clone(&whole));
    taught(&mut straight, &lines);
    assert!(whole.of(ACCOUNT).unwrap().read().unwrap().model(Goal::Read).labels() > 300, "it has learnt");
    for cut in [1, 500, 2_999] {
        let mut before = Learner::new(Arc::default());
        taught(&mut before, &lines[..cut]);
        let kept = before.snapshots();
        assert_eq!(kept[0].position, i64::try_from(cut).unwrap());
        let minds = Arc::new(Minds::default());
        let mut after = Learner::new(Arc::clone(&minds));
        drop(after.step(NOW, vec![Input::Loaded(kept)]));
        // It reads from the beginning, for others may have no snapshot, and learns nothing twice.
        taught(&mut after, &lines);
        assert!(bits(&minds) == bits(&whole), "cut at {cut}");
    }
}

#[test]
fn a_damaged_snapshot_is_made_anew_from_the_log() {
    let (lines, minds, whole) = (log(600), Arc::new(Minds::default()), Arc::new(Minds::default()));
    let mut learner = Learner::new(Arc::clone(&minds));
    let state = vec![1, 2, 3];
    drop(
        learner.step(
            NOW,
            vec![Input::Loaded(vec![KeptMind { account: ACCOUNT, position: 500, at: NOW, state }])],
        ),
    );
    taught(&mut learner, &lines);
    taught(&mut Learner::new(Arc::clone(&whole)), &lines);
    assert!(bits(&minds) == bits(&whole));
}

#[test]
fn whoever_is_forgotten_is_gone_from_mind_and_snapshot_at_once() {
    let minds = Arc::new(Minds::default());
    let mut learner = Learner::new(Arc::clone(&minds));
    taught(&mut learner, &log(300));
    drop(learner.step(NOW, vec![Input::Loaded(Vec::new())]));
    let person = log(1)[0].line.recipient;
    let knows = || minds.of(ACCOUNT).unwrap().read().unwrap().person(person.0.cast_unsigned()).is_some();
    assert!(knows());
    let forgotten = Learnt { seq: 301, line: Line::forgotten(ACCOUNT, person, NOW) };
    let step = learner.step(NOW, vec![Input::Read(vec![forgotten])]);
    assert!(!knows());
    let kept = step.commands.iter().find_map(|work| match work {
        Work::Keep(kept) => Some(kept),
        _ => None,
    });
    assert_eq!(kept.expect("kept at once")[0].position, 301);
    let all = Learnt { seq: 302, line: Line::forgotten(AccountId(0), NOBODY, NOW) };
    drop(learner.step(NOW, vec![Input::Read(vec![all])]));
    assert!(minds.of(ACCOUNT).is_none());
}

#[test]
fn nobody_is_learnt_from() {
    let minds = Arc::new(Minds::default());
    let mut learner = Learner::new(Arc::clone(&minds));
    let nobody = |mut learnt: Learnt| {
        learnt.line.recipient = NOBODY;
        learnt
    };
    let lines: Vec<_> = log(90).into_iter().map(nobody).collect();
    taught(&mut learner, &lines);
    assert!(minds.of(ACCOUNT).is_none());
    assert_eq!(learner.position(), 90);
}

#[test]
fn it_reads_to_the_end_rests_and_keeps_what_it_learnt_when_it_stops() {
    let (store, minds) = (Store::memory(), Arc::new(Minds::default()));
    let mut learner = Learner::new(Arc::clone(&minds));
    assert_eq!(run(&mut learner, &store, NOW, vec![Input::Woken]), Some(NOW + LOOK));
    for learnt in log(30) {
        drop(learner.step(NOW, vec![Input::Read(vec![learnt])]));
    }
    run(&mut learner, &store, NOW, vec![Input::Stop]);
    assert!(learner.is_done());
    let kept = ready(store.minds()).unwrap();
    assert_eq!((kept.len(), kept[0].position), (1, 30));
    assert_eq!(kept[0].state, bits(&minds));
}

#[test]
fn a_snapshot_that_is_due_waits_for_the_read_under_way() {
    let mut learner = Learner::new(Arc::default());
    drop(learner.step(NOW, vec![Input::Loaded(Vec::new())]));
    drop(learner.step(NOW, vec![Input::Read(log(100))]));
    let reads = learner.step(NOW + LOOK, Vec::new());
    assert!(matches!(reads.commands[..], [Work::Read { .. }]));
    let late = NOW + KEEP_EVERY * 2;
    let waits = learner.step(late, vec![Input::Woken]);
    assert!(waits.commands.is_empty() && waits.wake_at.is_none(), "it would be woken at once, and again");
    let keeps = learner.step(late, vec![Input::Read(Vec::new())]);
    assert!(matches!(keeps.commands[..], [Work::Keep(_)]));
}

#[test]
fn hours_and_weekends_are_the_person_s() {
    // 2027-01-15 is a Friday; 20:00 UTC is 01:30 on Saturday in India.
    let friday = Timestamp::from_secs(1_800_043_200);
    assert_eq!(moment(friday, 0), Moment { local_hour: 20, is_weekend: false });
    assert_eq!(moment(friday, 330), Moment { local_hour: 1, is_weekend: true });
    assert_eq!(moment(friday, -600), Moment { local_hour: 10, is_weekend: false });
}
