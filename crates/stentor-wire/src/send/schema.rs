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
    typing_indicator: Option<Value>,
    #[schema(value_type = Option<Object>)]
    audio: Option<Value>,
    contacts: Option<Value>,
    #[schema(value_type = Option<Object>)]
    document: Option<Value>,
    #[schema(value_type = Option<Object>)]
    image: Option<Value>,
    #[schema(value_type = Option<Object>)]
    interactive: Option<Value>,
    #[schema(value_type = Option<Object>)]
    location: Option<Value>,
    #[schema(value_type = Option<Object>)]
    pin: Option<Value>,
    #[schema(value_type = Option<Object>)]
    reaction: Option<Value>,
    #[schema(value_type = Option<Object>)]
    sticker: Option<Value>,
    #[schema(value_type = Option<Object>)]
    video: Option<Value>,
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
