//! What a send fills into a template, as it came: components in order, nothing judged yet.
//! Made by the program's translation from the wire; judged by `fit`, shown by `render`.

use super::kind::{ButtonKind, MediaKind, ParameterFormat};

/// The filling of one message: empty for a template without variables.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Content {
    /// In the order sent, so that a refusal can name the index the caller sees.
    pub components: Vec<Component>,
}

/// One component of a send.
#[derive(Clone, Debug, PartialEq)]
pub enum Component {
    /// `header`: exactly one parameter.
    Header(Vec<Parameter>),
    /// `body`: one parameter for each variable.
    Body(Vec<Parameter>),
    /// `limited_time_offer`: one parameter.
    LimitedTimeOffer(Vec<Parameter>),
    /// `carousel`: the cards.
    Carousel(Vec<CardContent>),
    /// `tap_target_configuration`: where a tap on the header leads.
    TapTarget(Vec<Parameter>),
    /// `button`.
    Button(ButtonContent),
}

/// The filling of one card of a carousel.
#[derive(Clone, Debug, PartialEq)]
pub struct CardContent {
    /// From 0, in the order of the definition.
    pub card_index: u32,
    /// Header, body and buttons; button indexes restart at 0 in each card.
    pub components: Vec<Component>,
}

/// The filling of one button.
#[derive(Clone, Debug, PartialEq)]
pub struct ButtonContent {
    /// `sub_type`: must be the kind of the button at `index`.
    pub kind: ButtonKind,
    /// From 0 over all buttons of the template, the static ones included.
    pub index: u32,
    /// What the kind calls for.
    pub parameters: Vec<Parameter>,
}

/// One value of a component.
#[derive(Clone, Debug, PartialEq)]
pub enum Parameter {
    /// `text`: the value of a variable; in a `quick_reply` the payload.
    Text {
        /// `parameter_name`: required when the template's variables are named.
        name: Option<String>,
        /// The value.
        text: String,
    },
    /// `currency`: shown as its fallback.
    Currency {
        /// `parameter_name`, as for text.
        name: Option<String>,
        /// What is shown.
        fallback: String,
        /// ISO 4217.
        code: String,
        /// Thousandths of the unit.
        amount_1000: i64,
    },
    /// `date_time`: shown as its fallback.
    DateTime {
        /// `parameter_name`, as for text.
        name: Option<String>,
        /// What is shown.
        fallback: String,
    },
    /// `image`, `video`, `gif`, `document`.
    Media {
        /// Which of the four.
        kind: MediaKind,
        /// Uploaded or linked.
        source: MediaSource,
        /// Documents only.
        filename: Option<String>,
    },
    /// `location`; latitude and longitude in decimal degrees, as text because they are only shown.
    Location {
        /// Decimal degrees, north positive.
        latitude: String,
        /// Decimal degrees, east positive.
        longitude: String,
        /// The place's name.
        name: Option<String>,
        /// The place's address.
        address: Option<String>,
    },
    /// `product` of a catalogue.
    Product(Product),
    /// `payload` of a quick reply or a call button.
    Payload(String),
    /// `coupon_code` of a copy-code button.
    CouponCode(String),
    /// `ttl_minutes` of a call button.
    TtlMinutes(i64),
    /// `expiration_time_ms` of a limited-time offer: Unix milliseconds.
    Expiration(i64),
    /// `tap_target_configuration`.
    TapTarget(Vec<TapTarget>),
    /// `action` of a catalogue, product-list, flow or order button.
    Action {
        /// `thumbnail_product_retailer_id`.
        thumbnail: Option<String>,
        /// `sections` of a product list.
        sections: Vec<Section>,
        /// `flow_token`.
        flow_token: Option<String>,
        /// `flow_action_data`, as JSON text.
        flow_data: Option<String>,
        /// `order_details`, as JSON text.
        order_details: Option<String>,
    },
}

impl Parameter {
    /// A `text` without a name.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::Text { name: None, text: text.to_owned() }
    }

    /// What stands in the text for it: only the three kinds a variable can take.
    pub(super) fn shown(&self) -> Option<&str> {
        match self {
            Self::Text { text, .. } => Some(text),
            Self::Currency { fallback, .. } | Self::DateTime { fallback, .. } => Some(fallback),
            _ => None,
        }
    }

    /// `parameter_name`; an empty one counts as absent.
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::Text { name, .. } | Self::Currency { name, .. } | Self::DateTime { name, .. } => {
                name.as_deref().filter(|name| !name.is_empty())
            }
            _ => None,
        }
    }

    /// The `type` word, upper case as refusals print it.
    pub(super) const fn word(&self) -> &'static str {
        match self {
            Self::Text { .. } => "TEXT",
            Self::Currency { .. } => "CURRENCY",
            Self::DateTime { .. } => "DATE_TIME",
            Self::Media { kind, .. } => kind.as_str(),
            Self::Location { .. } => "LOCATION",
            Self::Product(_) => "PRODUCT",
            Self::Payload(_) => "PAYLOAD",
            Self::CouponCode(_) => "COUPON_CODE",
            Self::TtlMinutes(_) => "TTL_MINUTES",
            Self::Expiration(_) => "LIMITED_TIME_OFFER",
            Self::TapTarget(_) => "TAP_TARGET_CONFIGURATION",
            Self::Action { .. } => "ACTION",
        }
    }
}

/// The value a send gives for `variable`: by its number, or by its name.
pub(super) fn value_of<'a>(
    format: ParameterFormat,
    given: &'a [Parameter],
    variable: &str,
) -> Option<&'a str> {
    match format {
        ParameterFormat::Positional => given.get(variable.parse::<usize>().ok()?.checked_sub(1)?),
        ParameterFormat::Named => given.iter().find(|parameter| parameter.name() == Some(variable)),
    }
    .and_then(Parameter::shown)
}

/// Where a medium comes from: exactly one of the two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaSource {
    /// A media id of the same account.
    Id(String),
    /// An http or https address, fetched when the message is sent.
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

/// One section of a product list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// At most 24 characters.
    pub title: String,
    /// `product_retailer_id` of each product.
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
