//! What people do, in the words of Meta's webhooks: one of `messages[]`, of `user_preferences[]` or of `user_actions[]`.
//! Called by the network process's envelope and, for the network inside the program, by `app`. Pure.

use serde_json::{Map, Value, json};
use stentor_simnet::{Click, Contact, Inbound, InboundKind, Location, Media, MediaKind};

/// `contacts[].profile.name` of everybody.
const NAME: &str = "Simulated person";

/// One of `contacts[]`: who did it.
#[must_use]
pub fn contact(inbound: &Inbound) -> Value {
    let mut contact = json!({"profile": {"name": NAME}, "wa_id": inbound.from});
    put(&mut contact, "user_id", inbound.user_id.as_deref());
    contact
}

/// One of `messages[]`; `None` for what is no message. `business`: the number it was sent to, digits.
#[must_use]
pub fn message(inbound: &Inbound, business: &str) -> Option<Value> {
    let (kind, object) = content(&inbound.kind)?;
    let mut message = Map::new();
    if let Some(answered) = &inbound.context {
        message.insert("context".to_owned(), json!({"from": business, "id": answered}));
    }
    message.insert("from".to_owned(), inbound.from.as_str().into());
    message.extend(inbound.user_id.as_deref().map(|id| ("from_user_id".to_owned(), id.into())));
    message.insert("id".to_owned(), inbound.id.as_str().into());
    message.insert("timestamp".to_owned(), inbound.at.secs().to_string().into());
    message.insert("type".to_owned(), kind.into());
    message.insert(kind.to_owned(), object);
    Some(message.into())
}

fn content(kind: &InboundKind) -> Option<(&'static str, Value)> {
    Some(match kind {
        InboundKind::Text(body) => ("text", json!({"body": body})),
        InboundKind::Button { text, payload } => ("button", json!({"payload": payload, "text": text})),
        InboundKind::ButtonReply { id, title } => {
            ("interactive", json!({"type": "button_reply", "button_reply": {"id": id, "title": title}}))
        }
        InboundKind::ListReply { id, title, description } => {
            let mut reply = json!({"id": id, "title": title});
            put(&mut reply, "description", Some(description.as_str()).filter(|text| !text.is_empty()));
            ("interactive", json!({"type": "list_reply", "list_reply": reply}))
        }
        InboundKind::Reaction { message_id, emoji } => {
            let mut reaction = json!({"message_id": message_id});
            put(&mut reaction, "emoji", emoji.as_deref());
            ("reaction", reaction)
        }
        InboundKind::Media(sent) => (sent.kind.as_str(), media(sent)),
        InboundKind::Location(place) => ("location", location(place)),
        InboundKind::Contact(shared) => ("contacts", json!([card(shared)])),
        InboundKind::MarketingStopped(_) => return None,
    })
}

fn media(media: &Media) -> Value {
    let mut object = json!({"mime_type": media.mime_type, "sha256": media.sha256, "id": media.id});
    put(&mut object, "caption", media.caption.as_deref());
    put(&mut object, "filename", media.filename.as_deref());
    match media.kind {
        MediaKind::Audio => object["voice"] = media.mime_type.starts_with("audio/ogg").into(),
        MediaKind::Sticker => object["animated"] = false.into(),
        MediaKind::Image | MediaKind::Video | MediaKind::Document => {}
    }
    object
}

fn location(place: &Location) -> Value {
    let degrees = |e7: i64| e7 as f64 / 1e7;
    let (latitude, longitude) = (degrees(place.latitude_e7), degrees(place.longitude_e7));
    let mut object = json!({"latitude": latitude, "longitude": longitude});
    put(&mut object, "name", place.name.as_deref());
    put(&mut object, "address", place.address.as_deref());
    object
}

fn card(shared: &Contact) -> Value {
    let first = shared.name.split_whitespace().next().unwrap_or(&shared.name);
    let mut object = json!({"name": {"first_name": first, "formatted_name": shared.name}});
    if let Some(phone) = &shared.phone {
        let mut row = json!({"phone": phone, "type": "CELL"});
        let address = stentor_core::recipient::parse(phone).ok();
        put(&mut row, "wa_id", address.as_ref().map(stentor_core::recipient::Address::canonical));
        object["phones"] = json!([row]);
    }
    object
}

fn put(object: &mut Value, field: &str, text: Option<&str>) {
    if let Some(text) = text {
        object[field] = text.into();
    }
}

/// One of `user_preferences[]`; `None` for what is no preference.
#[must_use]
pub fn preference(inbound: &Inbound) -> Option<Value> {
    let InboundKind::MarketingStopped(stopped) = inbound.kind else { return None };
    let (word, detail) = match stopped {
        true => ("stop", "User requested to stop marketing messages"),
        false => ("resume", "User requested to resume marketing messages"),
    };
    let mut preference = json!({
        "wa_id": inbound.from, "detail": detail, "category": "marketing_messages", "value": word,
        "timestamp": inbound.at.secs(),
    });
    put(&mut preference, "user_id", inbound.user_id.as_deref());
    Some(preference)
}

/// One of `user_actions[]`.
#[must_use]
pub fn action(click: &Click) -> Value {
    json!({
        "action_type": "marketing_messages_link_click",
        "timestamp": click.at.secs().to_string(),
        "marketing_messages_link_click_data": {
            "click_component": "cta", "click_id": click.id, "tracking_token": click.token,
        },
    })
}
