//! People made to do things: what is told of it, what the phone shows, and what they cannot do.

use std::time::Duration;

use stentor_core::route::Route;
use stentor_simnet::{
    ActError, Business, Button, Contact, Deed, InboundKind, Location, Media, MediaKind, NetEvent, Network,
    NetworkConfig, Rendered, Submission, Ticks, Which, choices,
};

use crate::{DAY, START, drain, ideal, marketing};

/// Delivered within 3 s, read within 6.
const READER: &str = "441234567890";
const SECOND: Duration = Duration::from_secs(1);

fn business() -> Business {
    Business { account: "102290129340398".to_owned(), phone_number_id: "106540352242922".to_owned() }
}

/// With a quick reply, an address and a call, on two cards.
fn buttons() -> Submission {
    let button = |text: &str, value: &str| Button {
        text: text.to_owned(),
        value: value.to_owned(),
        ..Button::default()
    };
    let reply = Button { reply_payload: Some("later-1".to_owned()), ..button("Later", "") };
    let shop = button("Shop", "https://shop.example/a");
    let card = Rendered { buttons: vec![shop], ..Rendered::default() };
    let rendered = Rendered {
        buttons: vec![reply, button("Call", "+4930123")],
        cards: vec![card],
        ..marketing(READER).rendered
    };
    Submission { rendered, ..marketing(READER) }
}

/// A network in which the submission was just delivered; the message's id.
fn delivered(submission: Submission) -> (Network, String) {
    let mut network = ideal(1);
    assert!(network.send(START, submission).taken.is_some());
    let told = drain(&mut network, START + 2 * SECOND);
    assert_eq!(crate::words(&told), ["sent", "delivered"]);
    let id = network.inbox(READER, 1)[0].id.clone();
    (network, id)
}

fn said(network: &mut Network, deed: Deed) -> (Vec<&'static str>, InboundKind, Option<String>) {
    let done = network.act(START + 3 * SECOND, READER, (None, None), deed).expect("can be done");
    let words = crate::words(&done.events);
    let last = done.events.last().cloned();
    let Some(NetEvent::Inbound(inbound)) = last else { panic!("nothing was said: {last:?}") };
    assert_eq!((inbound.from.as_str(), Some(inbound.id.as_str())), (READER, done.id.as_deref()));
    assert_eq!(
        (inbound.account.as_str(), inbound.phone_number_id.as_str()),
        ("102290129340398", "106540352242922")
    );
    assert_eq!(network.said(READER, 1).first(), Some(&inbound));
    (words, inbound.kind, inbound.context)
}

#[test]
fn a_tap_on_a_quick_reply_reads_the_message_and_comes_back_as_button() {
    let (mut network, id) = delivered(buttons());
    let button = InboundKind::Button { text: "Later".to_owned(), payload: "later-1".to_owned() };
    assert_eq!(
        said(&mut network, Deed::Press(0, Which::Latest)),
        (vec!["read"], button.clone(), Some(id.clone()))
    );
    assert_eq!(
        said(&mut network, Deed::Press(0, Which::Id(id))),
        (vec![], button, Some(network.inbox(READER, 1)[0].id.clone()))
    );
    let shown = &network.inbox(READER, 1)[0];
    assert_eq!((shown.ticks, shown.pressed.as_slice()), (Ticks::Blue, &[0, 0][..]));
    assert_eq!(crate::words(&drain(&mut network, START + DAY)), [""; 0], "read already");
}

#[test]
fn an_opened_address_is_a_click_without_a_name() {
    let click = |submission: Submission, later: Duration| {
        let (mut network, _) = delivered(submission);
        let done =
            network.act(START + later, READER, (None, None), Deed::Press(2, Which::Latest)).expect("opened");
        assert_eq!(done.id, None, "opening an address says nothing");
        let opened = network.inbox(READER, 1)[0].opened.clone();
        assert_eq!((opened.len(), opened[0].url.as_str()), (1, "https://shop.example/a"));
        done.events.into_iter().find_map(|event| match event {
            NetEvent::Click(click) => Some(click),
            _ => None,
        })
    };
    let first = click(buttons(), 3 * SECOND).expect("told");
    assert_eq!((first.phone_number_id.as_str(), first.id.len()), ("106540352242922", 32));
    assert_eq!(click(Submission { sharing: false, ..buttons() }, 3 * SECOND), None);
    assert_eq!(click(Submission { route: Route::Classic, ..buttons() }, 3 * SECOND), None);
    assert_eq!(click(buttons(), 8 * DAY), None, "clicks are told for seven days");
}

#[test]
fn what_cannot_be_tapped_is_told_with_what_can() {
    let (mut network, id) = delivered(buttons());
    let mut act = |deed| network.act(START + 3 * SECOND, READER, (None, None), deed).map(drop);
    let has = "0 [Later], 1 [Call], 2 [Shop]".to_owned();
    assert_eq!(
        act(Deed::Press(3, Which::Latest)),
        Err(ActError::NoButton { id: id.clone(), button: 3, has })
    );
    assert_eq!(act(Deed::Press(1, Which::Latest)), Ok(()), "a call says nothing to the business");
    let missing = Deed::React(None, Which::Id("wamid.other".to_owned()));
    let no_message = ActError::NoMessage { number: READER.to_owned(), id: "wamid.other".to_owned() };
    assert_eq!(act(missing), Err(no_message));
    let elsewhere =
        network.act(START, "4915112345678", (None, None), Deed::Press(0, Which::Latest)).map(drop);
    assert_eq!(elsewhere.unwrap_err().to_string(), "the phone 4915112345678 has no message with buttons");
    assert_eq!(choices(&network.inbox(READER, 1)[0].rendered).len(), 3);
}

#[test]
fn a_message_that_is_not_there_yet_cannot_be_answered() {
    let mut network = ideal(1);
    let _ = network.send(START, buttons());
    let refused = network.act(START, READER, (None, None), Deed::Press(0, Which::Latest)).unwrap_err();
    assert!(matches!(refused, ActError::NotThere { ticks: "sent", .. }), "{refused:?}");
    assert!(drain(&mut network, START).is_empty(), "nothing was done");
}

#[test]
fn a_text_may_quote_and_opens_the_window() {
    let (mut network, id) = delivered(marketing(READER));
    let text = InboundKind::Text("How much?".to_owned());
    let (_, kind, context) = said(&mut network, Deed::Say("How much?".to_owned(), Some(Which::Latest)));
    assert_eq!((kind, context), (text, Some(id)));
    let free = Submission { category: None, template: None, route: Route::Classic, ..marketing(READER) };
    let at = START + DAY;
    let _ = network.send(at, free.clone());
    assert!(crate::words(&drain(&mut network, at + 60 * SECOND)).contains(&"delivered"), "inside the window");
    let at = START + 2 * DAY;
    let _ = network.send(at, free);
    assert!(!crate::words(&drain(&mut network, at + 60 * SECOND)).contains(&"delivered"), "outside of it");
}

#[test]
fn reactions_files_places_and_contacts() {
    let (mut network, id) = delivered(marketing(READER));
    let react = |emoji: Option<&str>| InboundKind::Reaction {
        message_id: id.clone(),
        emoji: emoji.map(str::to_owned),
    };
    let deed = |emoji: Option<&str>| Deed::React(emoji.map(str::to_owned), Which::Latest);
    assert_eq!(said(&mut network, deed(Some("👍"))), (vec!["read"], react(Some("👍")), None));
    assert_eq!(network.inbox(READER, 1)[0].reaction.as_deref(), Some("👍"));
    assert_eq!(said(&mut network, deed(None)).1, react(None));
    assert_eq!(network.inbox(READER, 1)[0].reaction, None);
    let picture = Media {
        kind: MediaKind::Image,
        id: "1".to_owned(),
        mime_type: "image/png".to_owned(),
        sha256: "x".to_owned(),
        caption: None,
        filename: None,
    };
    assert_eq!(said(&mut network, Deed::Send(picture.clone(), None)).1, InboundKind::Media(picture));
    let place = Location { latitude_e7: 525_200_000, longitude_e7: 134_050_000, name: None, address: None };
    assert_eq!(said(&mut network, Deed::Locate(place.clone(), None)).1, InboundKind::Location(place));
    let friend = Contact { name: "Ann Lee".to_owned(), phone: Some("+44 1234 567891".to_owned()) };
    assert_eq!(said(&mut network, Deed::Introduce(friend.clone(), None)).1, InboundKind::Contact(friend));
}

#[test]
fn who_blocks_says_nothing_and_gets_nothing() {
    let (mut network, _) = delivered(marketing(READER));
    let mut act =
        |deed| network.act(START + 3 * SECOND, READER, (None, None), deed).map(|done| done.events.len());
    assert_eq!(act(Deed::Block(true)), Ok(0));
    assert_eq!(act(Deed::Say("Hi".to_owned(), None)), Err(ActError::Blocked(READER.to_owned())));
    assert_eq!(act(Deed::Block(false)), Ok(0));
    assert_eq!(act(Deed::Say("Hi".to_owned(), None)), Ok(2), "read, and said");
}

#[test]
fn a_phone_that_was_never_written_to_needs_to_know_whom() {
    let mut network = Network::new(NetworkConfig::default());
    let say = || Deed::Say("Hi".to_owned(), None);
    let nobody = network.act(START, READER, (None, None), say()).map(drop);
    assert_eq!(nobody, Err(ActError::Nobody(READER.to_owned())));
    let business = business();
    let done = network.act(START, READER, (None, Some(&business)), say()).expect("the only one");
    assert_eq!(done.business, business);
    let again = network.act(START, READER, (Some(&business), None), say()).expect("the one that was meant");
    assert_ne!(done.id, again.id, "every message has an id of its own");
}

#[test]
fn stops_and_resumes_come_back_as_preferences() {
    let (mut network, _) = delivered(marketing(READER));
    let done = network.act(START + DAY, READER, (None, None), Deed::Stop(true)).expect("done");
    let stopped = |event: &NetEvent| matches!(event, NetEvent::Inbound(inbound) if inbound.kind == InboundKind::MarketingStopped(true));
    assert!(done.id.is_none() && matches!(done.events.as_slice(), [event] if stopped(event)));
    let _ = network.send(START + DAY, marketing(READER));
    assert_eq!(crate::codes(&drain(&mut network, START + 2 * DAY)), [131_050]);
}
