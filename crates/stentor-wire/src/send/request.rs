//! The envelope of a send, and the short kinds of messages.

use super::component::Component;
use super::contact::{ContactCard, read_contacts};
use super::emoji;
use super::filling::{Place, parse_components, read_place};
use super::interactive::Interactive;
use super::interactive_reader::read_interactive;
use super::media::{Media, MediaType, read_media};
use super::text::{message_id, need_real, real, real_or_number, short};
use crate::reader::{Cursor, Notes, Object, Parsed, Problem, WireError, parse_json, words};

words!(
    /// Who `to` names.
    RecipientType {
        /// One person (the default).
        Individual = "individual",
        /// A group; not on the marketing endpoint.
        Group = "group",
    }
);

words!(
    /// What happens to a marketing message that the optimised route does not take.
    ProductPolicy {
        /// It goes the classic way.
        CloudApiFallback = "CLOUD_API_FALLBACK",
        /// It is refused.
        Strict = "STRICT",
    }
);

/// One request to send (or to mark as read).
#[derive(Clone, Debug, PartialEq)]
pub struct SendRequest {
    /// As it came: digits, perhaps with `+ - ( )` and blanks. At least one of `to` and `recipient` is there, except
    /// for [`Kind::MarkRead`]; `to` wins.
    pub to: Option<String>,
    /// A business-scoped user id.
    pub recipient: Option<String>,
    /// `individual` when absent.
    pub recipient_type: RecipientType,
    /// The message.
    pub kind: Kind,
    /// Absent: the account's setting holds.
    pub message_activity_sharing: Option<bool>,
    /// Absent: the account's setting holds.
    pub product_policy: Option<ProductPolicy>,
    /// At most 512 characters; comes back in every status.
    pub biz_opaque_callback_data: Option<String>,
    /// `context.message_id`: the message that is answered.
    pub context_message_id: Option<String>,
    /// The identity key that the recipient must still have.
    pub recipient_identity_key_hash: Option<String>,
    /// `bid_spec.per_message_bid_multiplier`, above 0.
    pub bid_multiplier: Option<f64>,
    /// An extension, at the root or inside `template` (the root wins): seconds.
    pub message_send_ttl_seconds: Option<i64>,
}

impl SendRequest {
    /// The message it quotes or reacts to.
    #[must_use]
    pub fn refers_to(&self) -> Option<&str> {
        match &self.kind {
            Kind::Reaction { message_id, .. } => Some(message_id),
            _ => self.context_message_id.as_deref(),
        }
    }
}

/// What is sent.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// `template`.
    Template(TemplateSend),
    /// `text`.
    Text {
        /// 1..=4096 characters.
        body: String,
        /// Shows a preview of the first address.
        preview_url: bool,
    },
    /// `image`, `audio`, `video`, `document` or `sticker`.
    Media(Media),
    /// `location`.
    Location(Place),
    /// `contacts`: 1 to 257 cards.
    Contacts(Vec<ContactCard>),
    /// `reaction`.
    Reaction {
        /// The message reacted to.
        message_id: String,
        /// One emoji; `None` takes the reaction back.
        emoji: Option<String>,
    },
    /// `interactive`.
    Interactive(Box<Interactive>),
    /// `pin`: for groups.
    Pin,
    /// `status: read`: no message but a receipt.
    MarkRead {
        /// The inbound message.
        message_id: String,
        /// Shows "typing" as well.
        typing: bool,
    },
}

/// A template and its filling.
#[derive(Clone, Debug, PartialEq)]
pub struct TemplateSend {
    /// Its name.
    pub name: String,
    /// Its language code, matched exactly.
    pub language: String,
    /// In the order sent; empty when absent, null or `[]`.
    pub components: Vec<Component>,
}

const ROOT: &[&str] = &[
    "messaging_product",
    "to",
    "recipient",
    "recipient_type",
    "type",
    "template",
    "text",
    "product_policy",
    "message_activity_sharing",
    "biz_opaque_callback_data",
    "context",
    "recipient_identity_key_hash",
    "bid_spec",
    "message_send_ttl_seconds",
    "namespace",
    "status",
    "message_id",
    "typing_indicator",
    "audio",
    "contacts",
    "document",
    "image",
    "interactive",
    "location",
    "pin",
    "reaction",
    "sticker",
    "video",
];

words!(
    /// `type`.
    MessageType {
        Template = "template",
        Text = "text",
        Audio = "audio",
        Contacts = "contacts",
        Document = "document",
        Image = "image",
        Interactive = "interactive",
        Location = "location",
        Pin = "pin",
        Reaction = "reaction",
        Sticker = "sticker",
        Video = "video",
    }
);

const BIZ_OPAQUE_CHARS_MAX: usize = 512;
const TEXT_CHARS_MAX: usize = 4_096;

/// Reads the body of a send.
///
/// ```
/// use stentor_wire::send::{Kind, parse_send};
/// let body = br#"{"messaging_product": "whatsapp", "to": "441234567890", "type": "template",
///     "template": {"name": "promo", "language": {"code": "en"}}}"#;
/// let parsed = parse_send(body).unwrap();
/// assert!(matches!(parsed.value.kind, Kind::Template(template) if template.name == "promo"));
///
/// let error = parse_send(br#"{"messaging_product": "whatsapp", "mesage_activity_sharing": false}"#).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "Unknown parameter mesage_activity_sharing: did you mean `message_activity_sharing`?"
/// );
/// ```
///
/// # Errors
/// The first field that cannot be read, by path.
pub fn parse_send(body: &[u8]) -> Result<Parsed<SendRequest>, WireError> {
    let value = parse_json(body)?;
    let notes = Notes::default();
    let root = Cursor::root(&value, &notes);
    let value = read_request(root.object(ROOT)?)?;
    Ok(Parsed { value, unknown: notes.into_unknown() })
}

/// Whether a body is surely no template message, whatever else is wrong with it: by its `type`, or without one by the
/// message it holds. What cannot be told, and what is no JSON, is none of these.
///
/// ```
/// use stentor_wire::send::is_no_template;
/// assert!(is_no_template(br#"{"type": "image"}"#) && is_no_template(br#"{"status": "read"}"#));
/// assert!(!is_no_template(br#"{"type": "template"}"#) && !is_no_template(br#"{"to": "1"}"#));
/// ```
#[must_use]
pub fn is_no_template(body: &[u8]) -> bool {
    let Ok(value) = parse_json(body) else { return false };
    let mut others = MessageType::ALL.iter().filter(|of| **of != MessageType::Template).map(|of| of.as_str());
    match value.get("type").filter(|of| !of.is_null()) {
        Some(of) => of.as_str().is_some_and(|word| others.any(|other| word.eq_ignore_ascii_case(other))),
        None => {
            let has = |key: &str| value.get(key).is_some_and(|object| !object.is_null());
            has("status") || others.any(has)
        }
    }
}

fn read_request(root: Object<'_, '_>) -> Result<SendRequest, WireError> {
    let product = root.need("messaging_product")?;
    if !product.str()?.eq_ignore_ascii_case("whatsapp") {
        return Err(product.error(Problem::bad_value(product.str()?, "whatsapp")));
    }
    let kind = read_kind(root)?;
    let (to, recipient) = (real_or_number(root, "to")?, real(root, "recipient")?);
    if to.is_none() && recipient.is_none() && !matches!(kind, Kind::MarkRead { .. }) {
        return Err(root.missing("to"));
    }
    let mut message_send_ttl_seconds = root.integer("message_send_ttl_seconds")?;
    if let (None, Some(template)) = (message_send_ttl_seconds, root.get("template")) {
        message_send_ttl_seconds = template.open_object()?.integer("message_send_ttl_seconds")?;
    }
    Ok(SendRequest {
        to,
        recipient,
        recipient_type: root
            .get("recipient_type")
            .map_or(Ok(RecipientType::Individual), |field| RecipientType::read(&field))?,
        kind,
        message_activity_sharing: root.bool("message_activity_sharing")?,
        product_policy: root.get("product_policy").map(|field| ProductPolicy::read(&field)).transpose()?,
        biz_opaque_callback_data: short(root, "biz_opaque_callback_data", BIZ_OPAQUE_CHARS_MAX)?,
        context_message_id: match root.get("context") {
            Some(context) => message_id(context.object(&["message_id"])?, "message_id")?,
            None => None,
        },
        recipient_identity_key_hash: root.string("recipient_identity_key_hash")?,
        bid_multiplier: read_bid(root)?,
        message_send_ttl_seconds,
    })
}

fn read_bid(root: Object<'_, '_>) -> Result<Option<f64>, WireError> {
    let Some(spec) = root.get("bid_spec") else { return Ok(None) };
    let spec = spec.object(&["per_message_bid_multiplier"])?;
    let Some(field) = spec.get("per_message_bid_multiplier") else { return Ok(None) };
    let multiplier = field.number()?;
    if multiplier > 0.0 {
        return Ok(Some(multiplier));
    }
    Err(field.error(Problem::bad_value(&multiplier.to_string(), "a number above 0")))
}

fn read_kind(root: Object<'_, '_>) -> Result<Kind, WireError> {
    let Some(field) = root.get("type") else {
        if root.get("status").is_some() {
            return read_receipt(root);
        }
        return if root.get("text").is_some() { read_text(root) } else { Err(root.missing("type")) };
    };
    let of = MessageType::read(&field)?;
    let medium = |kind: MediaType| read_media(&root.need(kind.as_str())?, kind).map(Kind::Media);
    match of {
        MessageType::Template => read_template(&root.need("template")?).map(Kind::Template),
        MessageType::Text => read_text(root),
        MessageType::Audio => medium(MediaType::Audio),
        MessageType::Document => medium(MediaType::Document),
        MessageType::Image => medium(MediaType::Image),
        MessageType::Sticker => medium(MediaType::Sticker),
        MessageType::Video => medium(MediaType::Video),
        MessageType::Contacts => read_contacts(&root.need("contacts")?).map(Kind::Contacts),
        MessageType::Interactive => {
            read_interactive(&root.need("interactive")?).map(|read| Kind::Interactive(Box::new(read)))
        }
        MessageType::Location => read_place(&root.need("location")?).map(Kind::Location),
        MessageType::Pin => root.need("pin").map(|_| Kind::Pin),
        MessageType::Reaction => read_reaction(&root.need("reaction")?),
    }
}

fn read_reaction(field: &Cursor<'_, '_>) -> Result<Kind, WireError> {
    let reaction = field.object(&["message_id", "emoji"])?;
    let target = message_id(reaction, "message_id")?.ok_or_else(|| reaction.missing("message_id"))?;
    let emoji = reaction.need("emoji")?;
    let text = emoji.str()?.trim();
    if !text.is_empty() && !emoji::is_one(text) {
        return Err(emoji.error(Problem::Rule("must be one emoji, or empty to take the reaction back")));
    }
    let emoji = (!text.is_empty()).then(|| text.to_owned());
    Ok(Kind::Reaction { message_id: target, emoji })
}

fn read_receipt(root: Object<'_, '_>) -> Result<Kind, WireError> {
    let status = root.need("status")?;
    if !status.str()?.eq_ignore_ascii_case("read") {
        return Err(status.error(Problem::bad_value(status.str()?, "read")));
    }
    let typing = match root.get("typing_indicator") {
        Some(indicator) => {
            let of = indicator.object(&["type"])?.need("type")?;
            if !of.str()?.eq_ignore_ascii_case("text") {
                return Err(of.error(Problem::bad_value(of.str()?, "text")));
            }
            true
        }
        None => false,
    };
    let message_id = message_id(root, "message_id")?.ok_or_else(|| root.missing("message_id"))?;
    Ok(Kind::MarkRead { message_id, typing })
}

fn read_text(root: Object<'_, '_>) -> Result<Kind, WireError> {
    let text = root.need("text")?;
    let text = text.object(&["body", "preview_url"])?;
    let body = text.need_string("body")?;
    if body.chars().count() > TEXT_CHARS_MAX {
        return Err(text.need("body")?.error(Problem::TooLong { max: TEXT_CHARS_MAX }));
    }
    Ok(Kind::Text { body, preview_url: text.bool("preview_url")?.unwrap_or(false) })
}

fn read_template(template: &Cursor<'_, '_>) -> Result<TemplateSend, WireError> {
    let template =
        template.object(&["name", "language", "components", "namespace", "message_send_ttl_seconds"])?;
    let language = template.need("language")?;
    let language = language.object(&["code", "policy"])?;
    if let Some(policy) = language.get("policy")
        && !policy.str()?.eq_ignore_ascii_case("deterministic")
    {
        return Err(policy.error(Problem::bad_value(policy.str()?, "deterministic")));
    }
    Ok(TemplateSend {
        name: need_real(template, "name")?,
        language: need_real(language, "code")?,
        components: template
            .get("components")
            .map_or(Ok(Vec::new()), |components| parse_components(&components))?,
    })
}
