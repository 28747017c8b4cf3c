//! The components of a template send and every type of parameter they can hold: the values, read in `filling`.

use crate::reader::words;

/// One component.
#[derive(Clone, Debug, PartialEq)]
pub enum Component {
    /// `header`.
    Header(Vec<Parameter>),
    /// `body`.
    Body(Vec<Parameter>),
    /// `limited_time_offer`.
    LimitedTimeOffer(Vec<Parameter>),
    /// `tap_target_configuration`.
    TapTarget(Vec<Parameter>),
    /// `carousel`.
    Carousel(Vec<Card>),
    /// `button`.
    Button {
        /// The kind of button.
        sub_type: SubType,
        /// From 0 over all buttons of the template.
        index: u32,
        /// What fills it.
        parameters: Vec<Parameter>,
    },
}

/// One card of a carousel.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// From 0.
    pub card_index: u32,
    /// Header, body and buttons of the card.
    pub components: Vec<Component>,
}

words!(
    /// `sub_type` of a button.
    SubType {
        /// Sends a payload back.
        QuickReply = "quick_reply",
        /// Opens a page.
        Url = "url",
        /// Calls a number.
        PhoneNumber = "phone_number",
        /// Copies a coupon.
        CopyCode = "copy_code",
        /// Opens a flow.
        Flow = "flow",
        /// Opens the catalogue.
        Catalog = "catalog",
        /// Opens a list of products.
        Mpm = "mpm",
        /// Opens one product.
        Spm = "spm",
        /// Copies a passcode.
        Otp = "otp",
        /// Starts a WhatsApp call.
        VoiceCall = "voice_call",
        /// Asks for permission to call.
        CallPermissionRequest = "call_permission_request",
        /// Asks for the person's number.
        RequestContactInfo = "request_contact_info",
        /// Opens an order.
        OrderDetails = "order_details",
    }
);

/// A parameter that is a medium.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MediaKind {
    /// Picture.
    Image,
    /// Film.
    Video,
    /// Looping film; marketing endpoint only.
    Gif,
    /// Document.
    Document,
}

impl MediaKind {
    /// The word on the wire, which is also the field that holds the medium.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Gif => "gif",
            Self::Document => "document",
        }
    }
}

/// One parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Parameter {
    /// `text`; also `true` and `false` in a quick reply, where published collections have them.
    Text {
        /// `parameter_name`.
        name: Option<String>,
        /// The text, perhaps empty.
        text: String,
    },
    /// `currency`.
    Currency {
        /// `parameter_name`.
        name: Option<String>,
        /// What is shown.
        fallback_value: String,
        /// ISO 4217.
        code: String,
        /// Thousandths.
        amount_1000: i64,
    },
    /// `date_time`; the parts of the old API beside `fallback_value` are not read.
    DateTime {
        /// `parameter_name`.
        name: Option<String>,
        /// What is shown.
        fallback_value: String,
    },
    /// `image`, `video`, `gif` or `document`.
    Media {
        /// Which.
        kind: MediaKind,
        /// Uploaded or linked.
        source: MediaSource,
        /// Documents.
        filename: Option<String>,
    },
    /// `location`; degrees as text, whether they came as strings or numbers.
    Location {
        /// Decimal degrees.
        latitude: String,
        /// Decimal degrees.
        longitude: String,
        /// The place's name.
        name: Option<String>,
        /// The place's address.
        address: Option<String>,
    },
    /// `product`.
    Product(Product),
    /// `payload`.
    Payload(String),
    /// `coupon_code`.
    CouponCode(String),
    /// `action`; flow data and orders as JSON text.
    Action {
        /// `thumbnail_product_retailer_id`.
        thumbnail: Option<String>,
        /// `sections`.
        sections: Vec<Section>,
        /// `flow_token`.
        flow_token: Option<String>,
        /// `flow_action_data`.
        flow_data: Option<String>,
        /// `order_details`.
        order_details: Option<String>,
    },
    /// `limited_time_offer`: Unix milliseconds.
    Expiration(i64),
    /// `tap_target_configuration`.
    TapTarget(Vec<TapTarget>),
    /// `ttl_minutes`.
    TtlMinutes(i64),
}

/// Where a medium comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaSource {
    /// `id`.
    Id(String),
    /// `link`.
    Link(String),
}

/// A product of a catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// `product_retailer_id`.
    pub retailer_id: String,
    /// `catalog_id`.
    pub catalog_id: String,
}

/// A section of a product list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Its title.
    pub title: String,
    /// `product_retailer_id` of its products.
    pub products: Vec<String>,
}

/// Where a tap on the header leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TapTarget {
    /// The address.
    pub url: String,
    /// The words shown for it.
    pub title: String,
}
