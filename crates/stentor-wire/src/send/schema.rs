//! The body of a send as its description tells it: what [`super::parse_send`] takes, field for field.
//! Used by the API's annotations; nothing is ever made of these types.
#![expect(dead_code, reason = "schemas: no value of these types is ever made")]

use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::schema::{Flag, Text, Whole};

/// One message. Fields that are not named here are ignored and told in `x-stentor-warning`; null counts as absent.
#[derive(ToSchema)]
pub struct SendBody {
    /// `whatsapp`, in any case.
    #[schema(example = "whatsapp")]
    messaging_product: String,
    /// The recipient's number: digits, perhaps with `+ - ( )` and blanks.
    #[schema(example = "441234567890")]
    to: Option<Text>,
    /// A business-scoped user id, instead of `to`.
    recipient: Option<String>,
    /// `individual` (the default); `group` not on the marketing endpoint.
    #[schema(example = "individual")]
    recipient_type: Option<String>,
    /// The type of message: the field of that name holds it. `text` when absent and there is one.
    #[schema(example = "template")]
    r#type: Option<String>,
    /// An approved template and its filling.
    template: Option<TemplateBody>,
    /// Free text.
    text: Option<TextBody>,
    /// What happens to a marketing message that the optimised route does not take: `CLOUD_API_FALLBACK` or `STRICT`.
    product_policy: Option<String>,
    /// Whether activity of the message is shared; absent: the account's setting.
    message_activity_sharing: Option<Flag>,
    /// At most 512 characters; comes back in every status.
    biz_opaque_callback_data: Option<String>,
    /// The message that is answered.
    context: Option<ContextBody>,
    /// The identity key that the recipient must still have.
    recipient_identity_key_hash: Option<String>,
    /// `per_message_bid_multiplier`, above 0.
    #[schema(value_type = Option<Object>)]
    bid_spec: Option<Map<String, Value>>,
    /// An extension: shortens this message's time to live, in seconds.
    message_send_ttl_seconds: Option<Whole>,
    /// Ignored: the old API's namespace.
    namespace: Option<Value>,
    /// `read`: marks an inbound message as read instead of sending one.
    status: Option<String>,
    /// The inbound message that was read.
    message_id: Option<String>,
    /// With `status`: shows "typing" as well.
    typing_indicator: Option<TypingBody>,
    audio: Option<MediaBody>,
    /// 1 to 257 cards.
    contacts: Option<Vec<ContactBody>>,
    document: Option<MediaBody>,
    image: Option<MediaBody>,
    interactive: Option<InteractiveBody>,
    location: Option<LocationBody>,
    /// For groups: refused.
    #[schema(value_type = Option<Object>)]
    pin: Option<Value>,
    reaction: Option<ReactionBody>,
    sticker: Option<MediaBody>,
    video: Option<MediaBody>,
}

/// How the business is seen while it writes.
#[derive(ToSchema)]
pub struct TypingBody {
    /// Only `text`.
    #[schema(example = "text")]
    r#type: String,
}

/// A medium: exactly one of `id` and `link`.
#[derive(ToSchema)]
pub struct MediaBody {
    /// Of an uploaded file.
    id: Option<Text>,
    /// Where the upstream fetches it.
    #[schema(example = "https://example.com/picture.png")]
    link: Option<String>,
    /// At most 1024 characters; not for audio and stickers.
    caption: Option<String>,
    /// Of a document.
    filename: Option<String>,
    /// Of audio: a voice message.
    voice: Option<Flag>,
}

/// A place.
#[derive(ToSchema)]
pub struct LocationBody {
    /// Decimal degrees, -90 to 90.
    #[schema(example = "37.44")]
    latitude: Text,
    /// Decimal degrees, -180 to 180.
    #[schema(example = "-122.16")]
    longitude: Text,
    name: Option<String>,
    address: Option<String>,
}

/// A contact card; phones, emails, addresses, URLs, organisation and birthday beside the name.
#[derive(ToSchema)]
pub struct ContactBody {
    name: ContactName,
    #[schema(value_type = Option<Vec<Object>>)]
    phones: Option<Vec<Map<String, Value>>>,
    #[schema(value_type = Option<Vec<Object>>)]
    emails: Option<Vec<Map<String, Value>>>,
    #[schema(value_type = Option<Vec<Object>>)]
    addresses: Option<Vec<Map<String, Value>>>,
    #[schema(value_type = Option<Vec<Object>>)]
    urls: Option<Vec<Map<String, Value>>>,
    #[schema(value_type = Option<Object>)]
    org: Option<Map<String, Value>>,
    /// `YYYY-MM-DD`.
    #[schema(example = "2012-08-18")]
    birthday: Option<String>,
}

/// The whole name, and at least one part of it.
#[derive(ToSchema)]
pub struct ContactName {
    #[schema(example = "John Smith")]
    formatted_name: String,
    #[schema(example = "John")]
    first_name: Option<String>,
    last_name: Option<String>,
    middle_name: Option<String>,
    prefix: Option<String>,
    suffix: Option<String>,
}

/// A reaction to a message of the last 30 days.
#[derive(ToSchema)]
pub struct ReactionBody {
    /// The message reacted to.
    message_id: String,
    /// One emoji; empty takes the reaction back.
    emoji: String,
}

/// A message to tap on.
#[derive(ToSchema)]
pub struct InteractiveBody {
    /// `button`, `list`, `cta_url`, `carousel`, `flow`, `location_request_message`, `address_message`, `product`,
    /// `product_list`, `catalog_message`, `order_details`, `order_status`, `call_permission_request`, `voice_call` or
    /// `request_contact_info`.
    #[schema(example = "button")]
    r#type: String,
    /// `type` and, under its name, text of at most 60 characters, an image, a video or a document.
    #[schema(value_type = Option<Object>)]
    header: Option<Map<String, Value>>,
    /// `text`: at most 1024 characters, of a list 4096.
    #[schema(value_type = Option<Object>)]
    body: Option<Map<String, Value>>,
    /// `text`: at most 60 characters.
    #[schema(value_type = Option<Object>)]
    footer: Option<Map<String, Value>>,
    /// Buttons, sections, cards, or `name` and `parameters`: as the type asks.
    #[schema(value_type = Object)]
    action: Map<String, Value>,
}

/// Which template, and what is filled in.
#[derive(ToSchema)]
pub struct TemplateBody {
    #[schema(example = "spring_sale")]
    name: String,
    language: LanguageBody,
    /// Header, body, buttons and cards, in the template's order.
    #[schema(value_type = Option<Vec<Object>>)]
    components: Option<Vec<Map<String, Value>>>,
    /// Ignored: the old API's namespace.
    namespace: Option<Value>,
    /// As at the root, which wins.
    message_send_ttl_seconds: Option<Whole>,
}

/// The template's language.
#[derive(ToSchema)]
pub struct LanguageBody {
    /// Matched exactly.
    #[schema(example = "en")]
    code: String,
    /// Only `deterministic`.
    #[schema(example = "deterministic")]
    policy: Option<String>,
}

/// Free text.
#[derive(ToSchema)]
pub struct TextBody {
    /// 1 to 4096 characters.
    #[schema(min_length = 1, max_length = 4096)]
    body: String,
    /// Shows a preview of the first address.
    preview_url: Option<Flag>,
}

/// The message that is answered.
#[derive(ToSchema)]
pub struct ContextBody {
    /// Its wamid.
    message_id: Option<String>,
}
