//! What the person's phone shows of a message: every variable filled, every button resolved.
//! For the simulated phone and previews; call it after `fit` (a value that is missing stays as its placeholder).

use super::content::{
    ButtonContent, CardContent, Component, Content, MediaSource, Parameter, Product, Section, value_of,
};
use super::definition::{Body, Button, Definition, Footer, Header};
use super::kind::{ButtonKind, MediaKind, ParameterFormat};

/// A message as it appears.
#[derive(Clone, Debug, PartialEq)]
pub struct Rendered {
    /// Above the text.
    pub header: Option<RenderedHeader>,
    /// The text.
    pub body: String,
    /// Below the text.
    pub footer: Option<String>,
    /// The limited-time offer.
    pub offer: Option<RenderedOffer>,
    /// In order.
    pub buttons: Vec<RenderedButton>,
    /// The carousel's cards; empty when it is none.
    pub cards: Vec<RenderedCard>,
}

/// One card of a carousel.
#[derive(Clone, Debug, PartialEq)]
pub struct RenderedCard {
    /// Picture, film or product.
    pub header: Option<RenderedHeader>,
    /// The card's text.
    pub body: Option<String>,
    /// In order.
    pub buttons: Vec<RenderedButton>,
}

/// What stands above the text.
#[derive(Clone, Debug, PartialEq)]
pub enum RenderedHeader {
    /// A line of text.
    Text(String),
    /// A medium: `source` is `None` only when the send gave none.
    Media {
        /// Which of the four.
        kind: MediaKind,
        /// Where it comes from.
        source: Option<MediaSource>,
        /// Documents only.
        filename: Option<String>,
    },
    /// A place on the map.
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
    /// A product of a catalogue.
    Product(Option<Product>),
}

/// A limited-time offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderedOffer {
    /// Its words.
    pub text: String,
    /// When it ends, Unix milliseconds.
    pub expires_at_ms: Option<i64>,
}

/// One button.
#[derive(Clone, Debug, PartialEq)]
pub struct RenderedButton {
    /// The words on it.
    pub label: String,
    /// What a tap does.
    pub action: ButtonAction,
}

/// What a tap on a button does.
#[derive(Clone, Debug, PartialEq)]
pub enum ButtonAction {
    /// Sends this payload back as a message.
    Reply(String),
    /// Opens this address.
    Open(String),
    /// Calls this number.
    Call(String),
    /// Copies this text (coupon or passcode).
    Copy(String),
    /// Opens the flow with this token.
    Flow(Option<String>),
    /// Opens the catalogue.
    Catalog,
    /// Opens these products.
    Products(Vec<Section>),
    /// Opens the product of the header.
    Product,
    /// Calls the business; the payload comes back with the call.
    VoiceCall(Option<String>),
    /// Asks whether the business may call.
    CallPermission,
    /// Shares the person's number.
    ShareContact,
    /// Opens the order.
    Order,
}

/// Shows `content` in `definition`.
///
/// ```
/// use stentor_core::template::{self, Category, Component, Content, Definition, Parameter, ParameterFormat, Pattern};
/// let definition = Definition {
///     body: Some(template::Body { text: Pattern::new("Hi {{1}}!"), recommends_security: false }),
///     ..Definition::new("hello", "en", Category::Marketing)
/// };
/// let content = Content { components: vec![Component::Body(vec![Parameter::text("Ann")])] };
/// assert_eq!(template::render(&definition, &content).body, "Hi Ann!");
/// ```
#[must_use]
pub fn render(definition: &Definition, content: &Content) -> Rendered {
    let format = definition.parameter_format;
    let given = &content.components;
    let sent_cards = given.iter().find_map(|component| match component {
        Component::Carousel(cards) => Some(cards.as_slice()),
        _ => None,
    });
    Rendered {
        header: definition.header.as_ref().map(|header| render_header(format, header, given)),
        body: definition.body.as_ref().map(|body| render_body(format, body, given)).unwrap_or_default(),
        footer: definition.footer.as_ref().map(|footer| match footer {
            Footer::Text(text) => text.clone(),
            Footer::CodeExpires { minutes } => format!("This code expires in {minutes} minutes."),
        }),
        offer: definition.limited_time_offer.as_ref().map(|offer| RenderedOffer {
            text: offer.text.clone(),
            expires_at_ms: given.iter().find_map(expiration),
        }),
        buttons: render_buttons(&definition.buttons, given),
        cards: render_cards(definition, sent_cards.unwrap_or_default()),
    }
}

fn expiration(component: &Component) -> Option<i64> {
    match component {
        Component::LimitedTimeOffer(parameters) => parameters.iter().find_map(|parameter| match parameter {
            Parameter::Expiration(millis) => Some(*millis),
            _ => None,
        }),
        _ => None,
    }
}

fn render_header(format: ParameterFormat, header: &Header, given: &[Component]) -> RenderedHeader {
    let parameters = given.iter().find_map(|component| match component {
        Component::Header(parameters) => Some(parameters.as_slice()),
        _ => None,
    });
    let parameters = parameters.unwrap_or_default();
    match (header, parameters.first()) {
        (Header::Text(text), _) => RenderedHeader::Text(text.fill(|v| value_of(format, parameters, v))),
        (Header::Media(_), Some(Parameter::Media { kind, source, filename })) => {
            RenderedHeader::Media { kind: *kind, source: Some(source.clone()), filename: filename.clone() }
        }
        (Header::Media(kind), _) => RenderedHeader::Media { kind: *kind, source: None, filename: None },
        (Header::Location, Some(Parameter::Location { latitude, longitude, name, address })) => {
            RenderedHeader::Location {
                latitude: latitude.clone(),
                longitude: longitude.clone(),
                name: name.clone(),
                address: address.clone(),
            }
        }
        (Header::Location, _) => RenderedHeader::Location {
            latitude: String::new(),
            longitude: String::new(),
            name: None,
            address: None,
        },
        (Header::Product, Some(Parameter::Product(product))) => {
            RenderedHeader::Product(Some(product.clone()))
        }
        (Header::Product, _) => RenderedHeader::Product(None),
    }
}

fn render_body(format: ParameterFormat, body: &Body, given: &[Component]) -> String {
    let parameters = given.iter().find_map(|component| match component {
        Component::Body(parameters) => Some(parameters.as_slice()),
        _ => None,
    });
    let mut text = body.text.fill(|v| value_of(format, parameters.unwrap_or_default(), v));
    if body.recommends_security {
        text.push_str(" For your security, do not share this code.");
    }
    text
}

fn render_cards(definition: &Definition, sent: &[CardContent]) -> Vec<RenderedCard> {
    let Some(cards) = &definition.carousel else { return Vec::new() };
    let mut sent: Vec<&CardContent> = sent.iter().collect();
    sent.sort_by_key(|card| card.card_index);
    let count = sent.len().max(cards.len());
    (0..count)
        .filter_map(|index| {
            let card = cards.get(index).or(cards.last())?;
            let given = sent.get(index).map_or(&[][..], |card| &card.components);
            Some(RenderedCard {
                header: card
                    .header
                    .as_ref()
                    .map(|header| render_header(definition.parameter_format, header, given)),
                body: card.body.as_ref().map(|body| render_body(definition.parameter_format, body, given)),
                buttons: render_buttons(&card.buttons, given),
            })
        })
        .collect()
}

fn render_buttons(buttons: &[Button], given: &[Component]) -> Vec<RenderedButton> {
    let content = |index: usize| {
        given.iter().find_map(|component| match component {
            Component::Button(button) if button.index as usize == index => Some(button),
            _ => None,
        })
    };
    buttons
        .iter()
        .enumerate()
        .map(|(index, button)| RenderedButton {
            label: label(button),
            action: action(button, content(index)),
        })
        .collect()
}

/// The author's label, or the phone's own where the kind has a fixed one.
fn label(button: &Button) -> String {
    let fixed = match button.kind {
        ButtonKind::CopyCode => "Copy offer code",
        ButtonKind::Otp => "Copy code",
        ButtonKind::CallPermissionRequest => "Allow calls",
        ButtonKind::RequestContactInfo => "Share contact info",
        _ => "",
    };
    if button.text.is_empty() { fixed.to_owned() } else { button.text.clone() }
}

fn action(button: &Button, given: Option<&ButtonContent>) -> ButtonAction {
    let parameters = given.map_or(&[][..], |content| content.parameters.as_slice());
    let first_text = || parameters.iter().find_map(Parameter::shown);
    let payload = || {
        parameters.iter().find_map(|parameter| match parameter {
            Parameter::Payload(payload) => Some(payload.clone()),
            Parameter::Text { text, .. } => Some(text.clone()),
            _ => None,
        })
    };
    match button.kind {
        ButtonKind::QuickReply => ButtonAction::Reply(payload().unwrap_or_else(|| button.text.clone())),
        ButtonKind::Url => {
            ButtonAction::Open(button.url.as_ref().map(|url| url.fill(|_| first_text())).unwrap_or_default())
        }
        ButtonKind::PhoneNumber => ButtonAction::Call(button.phone_number.clone().unwrap_or_default()),
        ButtonKind::Otp => ButtonAction::Copy(first_text().unwrap_or_default().to_owned()),
        ButtonKind::CopyCode => ButtonAction::Copy(
            parameters
                .iter()
                .find_map(|parameter| match parameter {
                    Parameter::CouponCode(code) => Some(code.clone()),
                    _ => None,
                })
                .unwrap_or_default(),
        ),
        ButtonKind::Flow => ButtonAction::Flow(parameters.iter().find_map(|parameter| match parameter {
            Parameter::Action { flow_token, .. } => flow_token.clone(),
            _ => None,
        })),
        ButtonKind::Mpm => ButtonAction::Products(
            parameters
                .iter()
                .find_map(|parameter| match parameter {
                    Parameter::Action { sections, .. } => Some(sections.clone()),
                    _ => None,
                })
                .unwrap_or_default(),
        ),
        ButtonKind::Catalog => ButtonAction::Catalog,
        ButtonKind::Spm => ButtonAction::Product,
        ButtonKind::VoiceCall => ButtonAction::VoiceCall(payload()),
        ButtonKind::CallPermissionRequest => ButtonAction::CallPermission,
        ButtonKind::RequestContactInfo => ButtonAction::ShareContact,
        ButtonKind::OrderDetails => ButtonAction::Order,
    }
}
