//! The learning log: lines of shared messages and of nothing else, in the order of commit, until they are old or their
//! person is erased.

use std::time::Duration;

use stentor_core::consent::{Act, Source};
use stentor_core::id::{MessageId, RecipientKey, TemplateId};
use stentor_core::learning::{Conversion, Decided, Deed};
use stentor_core::lift::Touch;
use stentor_core::message::StatusKind;
use stentor_store::{Alias, Erased, KeptMind, NewInbound, Store};

use super::Case;
use crate::world::*;

pub const CASES: &[Case] = &[
    ("a shared message's life is in the learning log, an unshared one's is not", life),
    ("what people do with a shared message is learnt, with an unshared one it is not", deeds),
    (
        "an opt-out is learnt for the message answered, else for the last shared one within three days",
        opt_outs,
    ),
    ("a person's lines go with them, and the log says so", erased),
    ("lines go with age, from the old end", aged),
    ("touches and days are found from their time on", found),
];

fn lines(store: &Store) -> Vec<(i64, i64, &'static str)> {
    let learnt = wait(store.learnt_after(0, 1_000)).expect("read");
    learnt.iter().map(|l| (l.line.recipient.0, n_of(l.line.message), l.line.deed.word())).collect()
}

fn words(store: &Store) -> Vec<&'static str> {
    lines(store).into_iter().map(|(_, _, word)| word).collect()
}

fn told(store: &Store, n: i64, kind: StatusKind, ms: i64) {
    let status = status(A.1, &format!("w{n}"), kind, at(ms));
    wait(store.record_statuses(at(ms), A.0, vec![status])).expect("told");
}

fn sent(store: &Store, n: i64, person: i64, sharing: bool, ms: i64) {
    let mut new = message(n, A, person);
    new.message.sharing = sharing;
    new.message.deadline = at(ms) + DAY;
    wait(store.accept(at(ms), new)).expect("accepted");
    assert_eq!(wait(store.begin_send(at(ms), begin_learning(A, &[n]))).expect("begun").messages.len(), 1);
    wait(store.record_sends(at(ms), vec![taken(n, A.0, 1, &format!("w{n}"))])).expect("booked");
}

fn does(n: i64, deed: Deed, ms: i64) -> NewInbound {
    let learns = Some((id(n), deed, at(ms)));
    NewInbound {
        account: A.0,
        key: None,
        aliases: Vec::new(),
        notes: Vec::new(),
        answered: None,
        learns,
        notices: Vec::new(),
    }
}

fn life(store: &Store) {
    for (n, sharing) in [(1, true), (2, false)] {
        sent(store, n, n, sharing, 10);
        for (kind, ms) in [
            (StatusKind::Sent, 20),
            (StatusKind::Delivered, 30),
            (StatusKind::Read, 40),
            (StatusKind::Read, 50),
        ] {
            told(store, n, kind, ms);
        }
    }
    assert_eq!(lines(store), [(1, 1, "sent"), (1, 1, "delivered"), (1, 1, "read")]);
    let learnt = wait(store.learnt_after(0, 10)).expect("read");
    let Deed::Sent(decided) = &learnt[0].line.deed else { panic!("{learnt:?}") };
    assert_eq!((decided.local_minutes, &decided.record[..]), (330, &[7, 8][..]));
    assert_eq!(learnt[2].line.at, at(40), "the upstream's time");
    assert_eq!(wait(store.learnt_after(learnt[1].seq, 10)).expect("read"), learnt[2..]);
    assert_eq!(wait(store.learnt_after(0, 1)).expect("read"), learnt[..1]);
    // Of somebody who is not profiled the lines are of nobody.
    let unprofiled = Decided { is_profiled: false, ..Decided::at(60) };
    wait(store.accept(T0, message(4, A, 4))).expect("accepted");
    let begin_one =
        stentor_store::BeginSend { decided: vec![Some(Box::new(unprofiled))], ..begin_as(A, &[4]) };
    wait(store.begin_send(at(60), begin_one)).expect("begun");
    wait(store.record_sends(at(60), vec![taken(4, A.0, 1, "w4")])).expect("booked");
    assert_eq!(lines(store)[3..], [(0, 4, "sent")]);
    // Whose send began without a decision is not learnt from.
    wait(store.accept(T0, message(3, A, 3))).expect("accepted");
    begin(store, at(60), A, &[3]);
    wait(store.record_sends(at(60), vec![taken(3, A.0, 1, "w3")])).expect("booked");
    assert_eq!(lines(store).len(), 4);
}

fn deeds(store: &Store) {
    sent(store, 1, 1, true, 10);
    sent(store, 2, 2, false, 10);
    for n in [1, 2, 9] {
        let conversion = Conversion {
            name: "Purchase of a thing".to_owned(),
            is_app: true,
            value: Some(12.25),
            currency: Some("EUR".to_owned()),
            is_click_through: true,
        };
        let all = vec![
            does(n, Deed::Click { button: 1 }, 20),
            does(n, Deed::Reply { is_quick: true }, 30),
            does(n, Deed::Conversion(conversion), 40),
        ];
        wait(store.take_in(at(50), all)).expect("taken in");
    }
    let foreign = NewInbound { account: B.0, ..does(1, Deed::Click { button: 0 }, 60) };
    wait(store.take_in(at(60), vec![foreign])).expect("taken in");
    assert_eq!(lines(store), [(1, 1, "sent"), (1, 1, "click"), (1, 1, "reply"), (1, 1, "conversion")]);
    let learnt = wait(store.learnt_after(0, 10)).expect("read");
    assert_eq!(learnt[1].line.deed, Deed::Click { button: 1 });
    assert!(
        matches!(&learnt[3].line.deed, Deed::Conversion(c) if c.is_app && c.is_click_through && c.value == Some(12.25) && c.name.ends_with("thing"))
    );
}

fn opt_outs(store: &Store) {
    let stop_of = |n: i64, answered: Option<i64>, ms: i64, aliases| {
        let told = NewInbound {
            account: A.0,
            key: None,
            aliases,
            notes: vec![(RecipientKey(n), said(Act::OptedOut, Source::StopWord, ms))],
            answered: answered.map(|n| (id(n), "text".to_owned())),
            learns: None,
            notices: Vec::new(),
        };
        wait(store.take_in(at(ms), vec![told])).expect("taken in");
    };
    let stop = |n, answered, ms| stop_of(n, answered, ms, Vec::new());
    let hour = 3_600_000;
    for n in 1..=6 {
        sent(store, n, n, n != 3 && n != 4, 10);
    }
    sent(store, 7, 6, false, 11);
    stop(1, Some(1), 20);
    stop(1, Some(1), 30);
    stop(2, None, 40);
    stop(3, Some(3), 50);
    stop(4, None, 60);
    stop(6, Some(7), 70);
    // Sent to as a number, they write as a user, who is the same person: learnt with the message that tells it.
    for (n, person, ms) in [(8, 8, 100), (9, 9, 200), (10, 10, 300)] {
        sent(store, n, person, true, ms);
    }
    let alias = |user: i64, number: i64| Alias {
        user: (RecipientKey(user), format!("DE.{user}")),
        number: (RecipientKey(number), ADDRESS.to_owned()),
    };
    stop_of(18, None, 400, vec![alias(18, 8)]);
    // Of both names the later message is meant.
    stop_of(9, None, 500, vec![alias(10, 9)]);
    // Both names have stopped: that is said once.
    stop(10, None, 600);
    stop(5, None, 73 * hour);
    let stopped: Vec<_> = lines(store).into_iter().filter(|(.., word)| *word == "opt_out").collect();
    assert_eq!(stopped, [(1, 1, "opt_out"), (2, 2, "opt_out"), (8, 8, "opt_out"), (10, 10, "opt_out")]);
}

fn erased(store: &Store) {
    for (n, person) in [(1, 5), (2, 6), (3, 5)] {
        sent(store, n, person, true, 10);
        told(store, n, StatusKind::Read, 20);
    }
    let file =
        |limit| wait(store.person_file(A.0, RecipientKey(5), ADDRESS.to_owned(), limit)).expect("read");
    assert_eq!((file(9).learnt.len(), file(9).is_complete, file(3).is_complete), (4, true, false));
    let erase = |ms| {
        let row = move |_: &Erased| audit(A.0, ms);
        wait(store.erase_person(at(ms), (A.0, RecipientKey(5)), ADDRESS.to_owned(), false, row))
            .expect("erased")
    };
    assert_eq!(erase(30).lines, 4);
    let forgotten = (5, n_of(MessageId(0)), "forgotten");
    assert_eq!(lines(store), [(6, 2, "sent"), (6, 2, "read"), forgotten]);
    // What was learnt with them is gone, and does not come back.
    let mind = |position, byte: &[u8]| KeptMind { account: A.0, position, at: at(20), state: byte.to_vec() };
    let kept = || wait(store.minds()).expect("read");
    assert_eq!(kept().len(), 1);
    assert!(kept()[0].state.is_empty());
    wait(store.keep_minds(at(31), vec![mind(6, b"with them")])).expect("kept");
    assert!(kept()[0].state.is_empty());
    wait(store.keep_minds(at(32), vec![mind(7, b"without")])).expect("kept");
    assert_eq!(kept(), [mind(7, b"without")]);
    // What comes of their messages later is not learnt any more, and there is nothing left to erase.
    told(store, 1, StatusKind::Delivered, 40);
    wait(store.take_in(at(50), vec![does(1, Deed::Click { button: 0 }, 50)])).expect("taken in");
    assert_eq!(lines(store).len(), 3);
    assert_eq!(erase(60), Erased::default());
    assert!(file(9).learnt.is_empty(), "that they were forgotten is nothing of them");
    sent(store, 4, 6, true, 70);
    let numbers: Vec<i64> = wait(store.learnt_after(0, 9)).expect("read").iter().map(|l| l.seq).collect();
    assert!(numbers.is_sorted() && numbers.last() == Some(&9), "no number is given twice: {numbers:?}");
    wait(store.wipe(true)).expect("wiped");
    assert_eq!(words(store), ["forgotten"]);
}

fn aged(store: &Store) {
    sent(store, 1, 1, true, 10);
    sent(store, 2, 2, true, 20);
    let old = T0 + DAY * 180;
    wait(store.prune(old + Duration::from_millis(15), 100)).expect("pruned");
    assert_eq!(lines(store), [(2, 2, "sent")]);
}

fn touched_at(touch: &Touch) -> stentor_core::time::Timestamp {
    touch.clicked_at.or(touch.read_at).expect("touched")
}

fn found(store: &Store) {
    let day = 86_400_000;
    for n in 1..=40 {
        let ms = n * day / 10;
        sent(store, n, if n % 4 == 0 { 8 } else { n % 4 }, true, ms);
        told(store, n, StatusKind::Delivered, ms + 1);
        if n % 2 == 0 {
            told(store, n, StatusKind::Read, ms + 2);
        }
        if n % 5 == 0 {
            wait(store.take_in(at(ms), vec![does(n, Deed::Click { button: 0 }, ms + 3)])).expect("taken in");
        }
    }
    for since in [0, 15, 155, 305, 410] {
        let since = since * day / 100;
        let found =
            wait(store.touches(A.0, Some(vec![RecipientKey(8), RecipientKey(9)]), at(since))).expect("read");
        let mut late: Vec<_> =
            found.into_iter().filter(|(_, touch)| touched_at(touch) >= at(since)).collect();
        late.sort_by_key(|(_, touch)| touched_at(touch));
        let expected: Vec<_> = (1..=40_i64)
            .filter(|n| n % 4 == 0)
            .flat_map(|n| {
                let (message, when) = (id(n).0.cast_unsigned(), |ms| Some(at(n * day / 10 + ms)));
                let read = Touch { message, clicked_at: None, read_at: when(2) };
                [Some(read), (n % 5 == 0).then(|| Touch { message, clicked_at: when(3), read_at: None })]
            })
            .flatten()
            .filter(|touch| touched_at(touch) >= at(since))
            .map(|touch| (RecipientKey(8), touch))
            .collect();
        assert_eq!(late, expected, "{since}");
    }
    assert!(wait(store.touches(B.0, None, T0)).expect("read").is_empty());
    assert_eq!(wait(store.touches(A.0, None, T0)).expect("read").len(), 20 + 8, "of everybody");
    let gone = wait(store.addresses(A.0, vec![id(1), id(99)])).expect("read");
    assert_eq!(gone, [Some(ADDRESS.to_owned()), None]);
    assert_eq!(wait(store.addresses(B.0, vec![id(1)])), Ok(vec![None]));
    // All ids of the samples are of one day.
    let days = wait(store.learnt_days(A.0, T0, T0 + DAY)).expect("read");
    let [of] = &days[..] else { panic!("{days:?}") };
    assert_eq!((of.template, of.sent, of.delivered, of.read, of.clicked), (TemplateId(7), 40, 40, 20, 8));
    assert!(wait(store.learnt_days(B.0, T0, T0 + DAY)).expect("read").is_empty());
    assert!(wait(store.learnt_days(A.0, T0 + DAY, T0 + DAY * 2)).expect("read").is_empty());
    assert_eq!(words(store).len(), 40 + 40 + 20 + 8);
}
