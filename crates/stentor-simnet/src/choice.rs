//! What can be tapped in a message, numbered as the phone numbers it: its own buttons, then card by card, then the rows
//! of its list. Called by [`crate::Network::act`] and by whoever shows a phone.

use crate::message::{Button, ListRow, MessageKind, Rendered};

/// Something to tap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Its label.
    pub text: String,
    /// What a tap does.
    pub tap: Tap,
}

/// What a tap does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tap {
    /// Nothing the business hears of: a call, a copied code.
    Silent,
    /// Opens this address.
    Open(String),
    /// A template's quick reply: this payload comes back in a message of type `button`.
    QuickReply(String),
    /// A reply button of an interactive message: this id comes back as `button_reply`.
    Reply(String),
    /// A row of a list: comes back as `list_reply`.
    Row {
        /// Its id.
        id: String,
        /// Its description; empty when it has none.
        description: String,
    },
}

/// Everything that can be tapped, in order.
#[must_use]
pub fn choices(rendered: &Rendered) -> Vec<Choice> {
    let buttons = rendered.buttons.iter().chain(rendered.cards.iter().flat_map(|card| &card.buttons));
    let rows = rendered.list.iter().flat_map(|list| &list.sections).flat_map(|section| &section.rows);
    buttons.map(|its| button(its, rendered.kind)).chain(rows.map(row)).collect()
}

fn row(row: &ListRow) -> Choice {
    let ListRow { id, title, description } = row.clone();
    Choice { text: title, tap: Tap::Row { id, description } }
}

fn button(button: &Button, of: MessageKind) -> Choice {
    let is_address = ["https://", "http://"].iter().any(|scheme| button.value.starts_with(scheme));
    let tap = match &button.reply_payload {
        Some(id) if of == MessageKind::Interactive => Tap::Reply(id.clone()),
        Some(payload) => Tap::QuickReply(payload.clone()),
        None if is_address => Tap::Open(button.value.clone()),
        None => Tap::Silent,
    };
    Choice { text: button.text.clone(), tap }
}
