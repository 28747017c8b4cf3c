//! Which moves give which lines, and what gives none.

use std::time::Duration;

use super::*;
use crate::id::ChannelId;
use crate::message::{Status, StatusKind, apply_status};
use crate::ttl::LONGEST;

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

fn shared() -> Message {
    let (id, deadline) = (MessageId::first_at(NOW), NOW + LONGEST);
    Message {
        sharing: true,
        template: Some(TemplateId(4)),
        category: Some(Category::Marketing),
        route: Route::Optimised,
        decided: Some(Box::new(Decided::at(60))),
        state: crate::message::State::Sending,
        sending_at: Some(NOW),
        attempts: 1,
        ..Message::accepted(id, AccountId(1), ChannelId(2), RecipientKey(3), deadline)
    }
}

/// The words of the lines of a move.
fn words(old: &Message, new: &Message) -> Vec<&'static str> {
    of_move(old, new).iter().flatten().map(|line| line.deed.word()).collect()
}

#[test]
fn a_life_gives_each_line_once() {
    let mut message = shared();
    let mut told = Vec::new();
    for (kind, secs) in [
        (StatusKind::Delivered, 1),
        (StatusKind::Sent, 1),
        (StatusKind::Read, 2),
        (StatusKind::Delivered, 3),
        (StatusKind::Read, 4),
    ] {
        let status = Status { kind, at: NOW + Duration::from_secs(secs) };
        let Some(change) = apply_status(&message, &status, NOW) else { continue };
        told.extend(words(&message, &change.message));
        message = change.message;
    }
    assert_eq!(told, ["sent", "delivered", "read"]);
}

#[test]
fn what_is_not_shared_not_marketing_or_not_begun_gives_none() {
    let new = Message { taken_at: Some(NOW), delivered_at: Some(NOW), read_at: Some(NOW), ..shared() };
    assert_eq!(words(&shared(), &new), ["sent", "delivered", "read"]);
    let unprofiled = Decided { is_profiled: false, ..Decided::at(60) };
    let nobody = Message { decided: Some(Box::new(unprofiled)), ..new.clone() };
    assert!(of_move(&shared(), &nobody).iter().flatten().all(|line| line.recipient == NOBODY));
    for shut in [
        Message { sharing: false, ..new.clone() },
        Message { decided: None, ..new.clone() },
        Message { template: None, ..new.clone() },
        Message { route: Route::Classic, ..new.clone() },
        Message { category: Some(Category::Utility), ..new.clone() },
    ] {
        assert_eq!(words(&shared(), &shut), [""; 0], "{shut:?}");
        assert_eq!(line(&shut, Deed::Click { button: 0 }, NOW), None);
    }
}
