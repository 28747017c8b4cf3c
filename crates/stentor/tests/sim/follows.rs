//! What one commit may make of a row.

use stentor_core::message::{Message, State};

use crate::world::{Checked, broken};

/// How far the network has come with it.
pub fn rank(state: State) -> Option<u8> {
    match state {
        State::Sent => Some(1),
        State::Delivered => Some(2),
        State::Read => Some(3),
        State::Played => Some(4),
        _ => None,
    }
}

/// Whether a row may follow another: ranks only go up, ends are left by evidence only, facts are never forgotten.
pub fn follows(old: &Message, new: &Message) -> Checked {
    let no = |what: &str| {
        let (was, is) = (old.state.as_str(), new.state.as_str());
        Err(broken(new.id, format!("{what}: {was} -> {is}")))
    };
    if rank(old.state) > rank(new.state) && !(old.state == State::Sent && new.state.is_final()) {
        return no("its rank went back");
    }
    if old.state.is_final()
        && new.state != old.state
        && rank(new.state) < Some(1)
        && old.state != State::Expired
    {
        return no("its end was left without evidence");
    }
    if new.attempts < old.attempts || new.events < old.events || new.deadline != old.deadline {
        return no("its counts went back");
    }
    let kept = [(old.sent_at, new.sent_at), (old.delivered_at, new.delivered_at), (old.read_at, new.read_at)];
    if kept.iter().any(|(was, is)| was.is_some() && was != is) {
        return no("a status was forgotten");
    }
    Ok(())
}
