//! What a person may ask of a running simulated network, in JSON: faults, phones, figures, people's own doings.
//! Used by `/sim/*` of the program and of the network process alike, and by the command line.

use serde_json::{Value, json};
use stentor_core::time::Timestamp;
use stentor_simnet::{
    Button, ListRow, ListSection, PhoneMessage, Profile, Rendered, Ticks, magic_recipient, magic_recipients,
    review_triggers,
};

use super::local::Local;
pub use crate::sim::span;
use crate::sim::{SimControl, SimError};

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

/// What the phone of `number` shows, newest first.
#[must_use]
pub fn messages(network: &Local, number: &str, limit: usize) -> Value {
    network.inbox(number, limit).iter().map(message).collect()
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

fn message(message: &PhoneMessage) -> Value {
    let template = message.template.as_ref().map(|t| json!({"name": t.name, "language": t.language}));
    let Value::Object(mut shown) = rendered(&message.rendered) else { return Value::Null };
    let about = json!({
        "id": message.id,
        "account_id": message.account,
        "phone_number_id": message.phone_number_id,
        "from": message.from,
        "to": message.to,
        "template": template,
        "category": message.category.map(stentor_core::template::Category::as_str),
        "route": message.route.as_str(),
        "ticks": ticks(message.ticks),
        "taken_at": message.taken_at.to_string(),
        "delivered_at": message.delivered_at.map(|at| at.to_string()),
        "read_at": message.read_at.map(|at| at.to_string()),
        "played_at": message.played_at.map(|at| at.to_string()),
        "failed": message.failed,
        "answers": message.answers,
        "quoted": message.quoted,
    });
    if let Value::Object(about) = about {
        shown.extend(about);
    }
    shown.into()
}

fn rendered(shown: &Rendered) -> Value {
    let list = shown.list.as_ref().map(|list| {
        let sections: Value = list.sections.iter().map(section).collect();
        json!({"button": list.button, "sections": sections})
    });
    json!({
        "type": shown.kind.as_str(),
        "header": shown.header,
        "body": shown.body,
        "footer": shown.footer,
        "buttons": shown.buttons.iter().map(button).collect::<Value>(),
        "cards": shown.cards.iter().map(rendered).collect::<Value>(),
        "list": list,
    })
}

fn section(section: &ListSection) -> Value {
    let row = |row: &ListRow| json!({"id": row.id, "title": row.title, "description": row.description});
    json!({"title": section.title, "rows": section.rows.iter().map(row).collect::<Value>()})
}

fn button(button: &Button) -> Value {
    json!({"text": button.text, "value": button.value, "reply_payload": button.reply_payload})
}

/// The word for how far a message got.
#[must_use]
pub const fn ticks(ticks: Ticks) -> &'static str {
    match ticks {
        Ticks::Clock => "held",
        Ticks::One => "sent",
        Ticks::Two => "delivered",
        Ticks::Blue => "read",
        Ticks::Failed => "failed",
        Ticks::Expired => "expired",
    }
}

impl SimControl for Local {
    fn profile(&self) -> Value {
        profile(self)
    }

    fn set_profile(&self, wanted: &Value) -> Result<Value, SimError> {
        set_profile(self, wanted).map_err(SimError)
    }

    fn reset(&self) {
        Self::reset(self);
    }

    fn recipients(&self) -> Value {
        recipients()
    }

    fn messages(&self, number: &str, limit: usize) -> Value {
        messages(self, number, limit)
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
