//! An interactive message: the values, read in `interactive_reader`. Kept are limits, media and what a phone shows; of
//! orders and flows the rest goes to the upstream as it came.

use super::component::{Product, Section};
use super::media::Media;
use crate::reader::words;

words!(
    /// `interactive.type`.
    InteractiveType {
        /// Up to three reply buttons.
        Button = "button",
        /// A list to choose from.
        List = "list",
        /// A button that opens a page.
        CtaUrl = "cta_url",
        /// Cards side by side.
        Carousel = "carousel",
        /// A flow.
        Flow = "flow",
        /// Asks where the person is.
        LocationRequest = "location_request_message",
        /// Asks for an address (India).
        Address = "address_message",
        /// One product.
        Product = "product",
        /// Several products.
        ProductList = "product_list",
        /// The catalogue.
        Catalog = "catalog_message",
        /// An order to pay.
        OrderDetails = "order_details",
        /// How an order stands.
        OrderStatus = "order_status",
        /// Asks whether the business may call.
        CallPermission = "call_permission_request",
        /// A button that calls the business.
        VoiceCall = "voice_call",
        /// Asks for the person's number.
        ContactInfo = "request_contact_info",
        /// The former name of the same.
        ContactRequest = "contact_request",
    }
);

/// An interactive message.
#[derive(Clone, Debug, PartialEq)]
pub struct Interactive {
    /// Its type.
    pub kind: InteractiveType,
    /// Above the body.
    pub header: Option<InteractiveHeader>,
    /// At most 1024 characters, of a list 4096.
    pub body: Option<String>,
    /// At most 60 characters.
    pub footer: Option<String>,
    /// What can be done with it.
    pub action: Action,
}

/// A header.
#[derive(Clone, Debug, PartialEq)]
pub enum InteractiveHeader {
    /// At most 60 characters.
    Text(String),
    /// Picture, film or document.
    Media(Media),
}

/// What a person can do with an interactive message.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Tap one of 1 to 3 buttons.
    Buttons(Vec<ReplyButton>),
    /// Open a list and choose a row.
    List {
        /// The label of what opens it: at most 20 characters.
        button: String,
        /// 1 to 10, with 1 to 10 rows in total.
        sections: Vec<RowSection>,
    },
    /// Open a page.
    CtaUrl(CtaUrl),
    /// Look through 2 to 10 cards.
    Carousel(Vec<InteractiveCard>),
    /// Fill in a flow.
    Flow {
        /// The label of its button: at most 30 characters.
        cta: String,
    },
    /// Tell where one is.
    SendLocation,
    /// Give an address.
    Address {
        /// ISO 3166.
        country: String,
    },
    /// Look at a product.
    Product(Product),
    /// Look at products.
    Products {
        /// The catalogue.
        catalog_id: String,
        /// 1 to 10, with 1 to 30 products in total.
        sections: Vec<Section>,
    },
    /// Look at the catalogue.
    Catalog {
        /// The product whose picture is shown.
        thumbnail: Option<String>,
    },
    /// Review and pay.
    Pay {
        /// The business's name of the order.
        reference_id: String,
        /// The sum as a person reads it: `INR 11.00`.
        total: String,
    },
    /// Read how an order stands.
    OrderStatus {
        /// The business's name of the order.
        reference_id: String,
        /// Its status.
        status: String,
    },
    /// Allow calls.
    AllowCalls,
    /// Call.
    Call {
        /// The button's label; the app's own where there is none.
        display_text: Option<String>,
    },
    /// Share one's number.
    ShareContact,
}

/// A button whose tap comes back as `button_reply`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyButton {
    /// At most 256 characters.
    pub id: String,
    /// At most 20 characters, unlike its neighbours'.
    pub title: String,
}

/// A section of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowSection {
    /// At most 24 characters; needed where there is more than one section.
    pub title: Option<String>,
    /// Its rows.
    pub rows: Vec<Row>,
}

/// A row of a list; comes back as `list_reply`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// At most 200 characters.
    pub id: String,
    /// At most 24 characters.
    pub title: String,
    /// At most 72 characters.
    pub description: Option<String>,
}

/// A button that opens a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CtaUrl {
    /// At most 20 characters.
    pub display_text: String,
    /// The address.
    pub url: String,
}

/// A card of a carousel.
#[derive(Clone, Debug, PartialEq)]
pub struct InteractiveCard {
    /// Picture or film, of the same kind on every card; none on a product's.
    pub header: Option<Media>,
    /// At most 160 characters.
    pub body: Option<String>,
    /// What can be done with it.
    pub action: CardAction,
}

/// What a person can do with a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CardAction {
    /// Open a page.
    CtaUrl(CtaUrl),
    /// Tap a button.
    Buttons(Vec<ReplyButton>),
    /// Look at a product.
    Product(Product),
}
