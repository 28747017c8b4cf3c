//! What a person may ask of a running simulated network, in JSON: faults, phones, figures, people's own doings.
//! Used by `/sim/*` of the program and of the network process alike, and by the command line.

use std::collections::HashMap;

use serde_json::{Value, json};
use stentor_core::messaging_limit::Tier;
use stentor_core::time::Timestamp;
use stentor_simnet::{
    ActError, Business, Button, Choice, Inbound, InboundKind, ListRow, ListSection, NetEvent, PhoneMessage,
    Profile, Rendered, Tap, magic_recipient, magic_recipients, review_triggers,
};
use tokio::sync::watch;

use super::local::Local;
pub use crate::sim::span;
use crate::sim::{
    self, Acted, Asked, Phone, PhoneButton, PhoneCard, Refused, Said, SimControl, SimError, Told,
};

/// The profile in force, every field spelt out.
#[must_use]
pub fn profile(network: &Local) -> Value {
    serde_json::from_str(&network.profile().to_json()).unwrap_or_default()
}

/// Switches the profile: a name as a string, or an object whose absent fields are as in `calm`. What is now in force.
///
/// # Errors
/// What is wrong with it, naming the field and what is allowed.
pub fn set_profile(network: &Local, wanted: &Value) -> Result<Value, String> {
    let text = wanted.as_str().map_or_else(|| wanted.to_string(), str::to_owned);
    network.set_profile(Profile::parse(&text).map_err(|error| error.to_string())?);
    Ok(profile(network))
}

/// The magic recipients: `[{number, name, behaviour, statuses, code}]`.
#[must_use]
pub fn recipients() -> Value {
    let one = |magic: &stentor_simnet::Magic| {
        json!({
            "number": magic.number,
            "name": magic.name,
            "behaviour": magic.behaviour,
            "statuses": magic.statuses,
            "code": magic.code,
        })
    };
    magic_recipients().iter().map(one).collect()
}

/// The words that decide a template's review: `[{word, effect}]`.
#[must_use]
pub fn triggers() -> Value {
    review_triggers().iter().map(|t| json!({"word": t.word, "effect": t.effect})).collect()
}

/// What was counted and what is held.
#[must_use]
pub fn stats(network: &Local) -> Value {
    let stats = network.stats();
    json!({
        "now": network.now().to_string(),
        "profile": network.profile().name,
        "requests": stats.requests,
        "taken": stats.taken,
        "refused": stats.refused,
        "disturbed": stats.disturbed,
        "sent": stats.sent,
        "delivered": stats.delivered,
        "read": stats.read,
        "failed": stats.failed,
        "inbound": stats.inbound,
        "pending": stats.pending,
        "inbox": stats.inbox,
        "remembered": stats.remembered,
    })
}

/// What this person sees of an account in their chat, beside its messages.
#[must_use]
pub fn chat(network: &Local, account: &str, number: &str) -> Value {
    let chat = network.chat(account, number);
    let at = |at: Option<Timestamp>| at.map(|at| at.to_string());
    json!({
        "account_id": account,
        "number": number,
        "read_until": at(chat.read_until),
        "typing_until": at(chat.typing_until),
    })
}

/// What the phone of `number` shows and its person did, at most `limit` of each, newest first.
#[must_use]
pub fn phone(network: &Local, number: &str, limit: usize) -> Phone {
    Phone {
        number: number.to_owned(),
        messages: network.inbox(number, limit).into_iter().map(message).collect(),
        said: network.said(number, limit).iter().map(said).collect(),
    }
}

fn message(message: PhoneMessage) -> sim::PhoneMessage {
    let mut numbers = 0..;
    let mut number = || numbers.next().unwrap_or_default();
    let shown = card(&message.rendered, &mut number);
    let list = message.rendered.list.as_ref().map(|list| sim::PhoneList {
        button: list.button.clone(),
        sections: list.sections.iter().map(|its| section(its, &mut number)).collect(),
    });
    let template = message
        .template
        .map(|template| sim::PhoneTemplate { name: template.name, language: template.language });
    let opened = |its: stentor_simnet::Opened| sim::PhoneOpened {
        at: its.at.to_string(),
        button: its.button,
        url: its.url,
    };
    let at = |time: Option<Timestamp>| time.map(|at| at.to_string());
    sim::PhoneMessage {
        shown,
        list,
        id: message.id,
        account_id: message.account,
        phone_number_id: message.phone_number_id,
        from: message.from,
        to: message.to,
        template,
        category: message.category.map(stentor_core::template::Category::as_str),
        route: message.route.as_str(),
        ticks: message.ticks.as_str(),
        taken_at: message.taken_at.to_string(),
        delivered_at: at(message.delivered_at),
        read_at: at(message.read_at),
        played_at: at(message.played_at),
        failed: message.failed,
        answers: message.answers,
        quoted: message.quoted,
        reaction: message.reaction,
        pressed: message.pressed,
        opened: message.opened.into_iter().map(opened).collect(),
    }
}

/// Buttons are numbered as [`stentor_simnet::choices`] lists them: a message's own before those of its cards.
fn card(shown: &Rendered, number: &mut impl FnMut() -> usize) -> PhoneCard {
    let button = |button: &Button| PhoneButton {
        number: number(),
        text: button.text.clone(),
        value: button.value.clone(),
        reply_payload: button.reply_payload.clone(),
    };
    let buttons = shown.buttons.iter().map(button).collect();
    PhoneCard {
        kind: shown.kind.as_str(),
        header: shown.header.clone(),
        body: shown.body.clone(),
        footer: shown.footer.clone(),
        buttons,
        cards: shown.cards.iter().map(|shown| card(shown, number)).collect(),
    }
}

fn section(section: &ListSection, number: &mut impl FnMut() -> usize) -> sim::PhoneSection {
    let row = |row: &ListRow| sim::PhoneRow {
        number: number(),
        id: row.id.clone(),
        title: row.title.clone(),
        description: row.description.clone(),
    };
    sim::PhoneSection { title: section.title.clone(), rows: section.rows.iter().map(row).collect() }
}

fn said(doing: &Inbound) -> Said {
    let (kind, text) = match &doing.kind {
        InboundKind::Text(text) => ("text", text.clone()),
        InboundKind::Button { text, .. } => ("button", text.clone()),
        InboundKind::ButtonReply { title, .. } | InboundKind::ListReply { title, .. } => {
            ("interactive", title.clone())
        }
        InboundKind::Reaction { emoji, .. } => ("reaction", emoji.clone().unwrap_or_default()),
        InboundKind::Media(media) => {
            let name = media.filename.as_ref().or(media.caption.as_ref());
            (media.kind.as_str(), name.unwrap_or(&media.mime_type).clone())
        }
        InboundKind::Location(place) => {
            let degrees = |e7: i64| e7 as f64 / 1e7;
            let at = format!("{}, {}", degrees(place.latitude_e7), degrees(place.longitude_e7));
            ("location", place.name.as_ref().map_or(at.clone(), |name| format!("{name} ({at})")))
        }
        InboundKind::Contact(contact) => ("contacts", contact.name.clone()),
        InboundKind::MarketingStopped(true) => ("stop", "stopped marketing messages".to_owned()),
        InboundKind::MarketingStopped(false) => ("resume", "resumed marketing messages".to_owned()),
    };
    let answers = match &doing.kind {
        InboundKind::Reaction { message_id, .. } => Some(message_id.clone()),
        _ => doing.context.clone(),
    };
    let (id, at, phone_number_id) = (doing.id.clone(), doing.at.to_string(), doing.phone_number_id.clone());
    Said { id, at, phone_number_id, kind, text, answers }
}

/// Makes a person do something.
///
/// # Errors
/// What cannot be done, with the status that says why.
pub fn act(
    network: &Local,
    number: &str,
    asked: Asked,
    (to, otherwise): (Option<Business>, Option<Business>),
) -> Result<Acted, Refused> {
    let done = network.act(number, (to.as_ref(), otherwise.as_ref()), asked.deed).map_err(refused)?;
    let (button, opened) = match done.button {
        Some(Choice { text, tap: Tap::Open(url) }) => (Some(text), Some(url)),
        other => (other.map(|choice| choice.text), None),
    };
    Ok(Acted {
        number: number.to_owned(),
        phone_number_id: done.business.phone_number_id,
        id: done.id,
        message: done.message,
        button,
        opened,
        told: done.events.iter().map(told).collect(),
    })
}

fn refused(error: ActError) -> Refused {
    let http = match error {
        ActError::Nobody(_) | ActError::NoButton { .. } => 400,
        ActError::NoMessage { .. } | ActError::NoneFits { .. } => 404,
        ActError::NotThere { .. } | ActError::Blocked(_) => 409,
    };
    Refused { http, message: error.to_string() }
}

fn told(event: &NetEvent) -> &'static str {
    match event {
        NetEvent::Status(status) => status.kind.as_str(),
        NetEvent::Inbound(Inbound { kind: InboundKind::MarketingStopped(_), .. }) => "user_preferences",
        NetEvent::Inbound(inbound) => said(inbound).kind,
        NetEvent::Click(_) => "user_actions",
        // A person does nothing to a template.
        _ => "template",
    }
}

impl SimControl for Local {
    fn profile(&self) -> Value {
        profile(self)
    }

    fn set_profile(&self, wanted: &Value) -> Result<Value, SimError> {
        set_profile(self, wanted).map_err(SimError)
    }

    fn set_messaging_limits(&self, places: HashMap<String, (String, Tier)>) {
        Self::set_messaging_limits(self, places);
    }

    fn people_begun(&self, account: &str) -> Option<usize> {
        Self::people_begun(self, account)
    }

    fn reset(&self) {
        Self::reset(self);
    }

    fn recipients(&self) -> Value {
        recipients()
    }

    fn phone(&self, number: &str, limit: usize) -> Phone {
        phone(self, number, limit)
    }

    fn act(
        &self,
        number: &str,
        asked: Asked,
        to: Option<Business>,
        otherwise: Option<Business>,
    ) -> Result<Acted, Refused> {
        act(self, number, asked, (to, otherwise))
    }

    fn told(&self) -> Told {
        Self::told(self)
    }

    fn changes(&self) -> watch::Receiver<u64> {
        Self::changes(self)
    }

    fn chat(&self, account: &str, number: &str) -> Value {
        chat(self, account, number)
    }

    fn triggers(&self) -> Value {
        triggers()
    }

    fn paces(&self, name: &str, text: &str) -> Option<u32> {
        Self::paces(self, name, text)
    }

    fn holds(&self, address: &str) -> bool {
        magic_recipient(address).is_some_and(|magic| magic.holds())
    }

    fn stats(&self) -> Value {
        stats(self)
    }

    fn advanced(&self, _: Timestamp) {
        self.look_again();
    }
}
