//! Free-form messages: the window they need, reactions, voice messages, quotes, what a business does in a chat.

use stentor_core::wamid;
use stentor_simnet::{Answers, MessageKind, PhoneMessage};

use super::*;

/// Somebody who always reads, and whose window is open.
const READER: &str = "441234567890";

fn free(kind: MessageKind) -> Submission {
    Submission {
        category: None,
        template: None,
        route: Route::Classic,
        rendered: Rendered { kind, body: "Hi".to_owned(), ..Rendered::default() },
        service_window_open: true,
        ..marketing(READER)
    }
}

/// What comes of it within a minute of `at`, and the message on the phone.
fn live(network: &mut Network, at: Timestamp, submission: Submission) -> (Vec<NetEvent>, PhoneMessage) {
    let to = submission.to.clone();
    let Reply::Accepted { .. } = network.send(at, submission).reply else { panic!("accepted") };
    let events = drain(network, at + Duration::from_secs(60));
    (events, network.inbox(&to, 1).remove(0))
}

#[test]
fn a_magic_recipient_needs_an_open_window_too() {
    let closed = Submission { service_window_open: false, ..free(MessageKind::Text) };
    let (events, _) = live(&mut ideal(1), START, closed);
    assert_eq!((words(&events), codes(&events)), (vec!["failed"], vec![131_047]));
    let (events, _) = live(&mut ideal(1), START, free(MessageKind::Text));
    assert_eq!(words(&events), ["sent", "delivered", "read"]);
}

#[test]
fn a_voice_message_is_played() {
    for to in [READER, "919812345678"] {
        let voice = Submission { to: to.to_owned(), ..free(MessageKind::Voice) };
        let (events, message) = live(&mut ideal(1), START, voice);
        assert_eq!(words(&events).last(), Some(&"played"), "{to}");
        assert!(message.played_at > message.read_at, "{to}");
        let audio = Submission { to: to.to_owned(), ..free(MessageKind::Audio) };
        assert!(!words(&live(&mut ideal(1), START, audio).0).contains(&"played"), "{to}");
    }
}

#[test]
fn of_a_reaction_only_sent_is_told_and_it_needs_a_message() {
    let about = |id: &str, is_known| Submission {
        answers: Some(Answers { id: id.to_owned(), is_known }),
        ..free(MessageKind::Reaction)
    };
    let mut network = ideal(1);
    let (_, text) = live(&mut network, START, free(MessageKind::Text));
    let (events, reaction) = live(&mut network, START + DAY, about(&text.id, false));
    assert_eq!(words(&events), ["sent"]);
    assert_eq!((reaction.quoted.as_deref(), reaction.answers), (Some("Hi"), Some(text.id.clone())));
    // A reaction is nothing to react to, nor is what nobody knows; what the caller knows is taken as known.
    let refused = Some(131_009);
    let cases = [(&*reaction.id, true, refused), ("wamid.1", false, refused), ("wamid.1", true, None)];
    for (day, (id, is_known, code)) in (2..).zip(cases) {
        let events = live(&mut network, START + DAY * day, about(id, is_known)).0;
        assert_eq!(codes(&events), Vec::from_iter(code), "{id}");
    }
    let stale = live(&mut network, START + DAY * 31, about(&text.id, false)).0;
    assert_eq!(codes(&stale), [131_009], "older than 30 days");
}

#[test]
fn what_the_person_wrote_can_be_reacted_to_and_read() {
    let mut network = ideal(1);
    let _ = network.send(START, marketing("447700900041"));
    let events = drain(&mut network, START + DAY);
    let inbound = events.iter().find_map(|event| match event {
        NetEvent::Inbound(inbound) => Some(inbound.clone()),
        _ => None,
    });
    let inbound = inbound.expect("this one writes back");
    assert_eq!(wamid::phone(&inbound.id).as_deref(), Some("447700900041"));
    let now = START + DAY;
    let account = marketing("").account;
    assert_eq!(network.chat(&account, "447700900041").read_until, None);
    assert!(network.mark_read(now, &account, &inbound.id, true));
    let chat = network.chat(&account, "447700900041");
    assert_eq!((chat.read_until, chat.typing_until), (Some(inbound.at), Some(now + Duration::from_secs(25))));
    let reply = Submission {
        to: inbound.from.clone(),
        answers: Some(Answers { id: inbound.id, is_known: false }),
        service_window_open: true,
        ..free(MessageKind::Reaction)
    };
    assert_eq!(words(&live(&mut network, now, reply).0), ["sent"]);
    assert_eq!(network.chat(&account, &inbound.from).typing_until, None, "the reply is there");
    assert!(
        !network.mark_read(now, &account, &network.inbox(&inbound.from, 1)[0].id.clone(), false),
        "the business's own"
    );
}
