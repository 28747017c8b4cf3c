//! The wire's templates and sends in the core's words. Pure functions, total where the wire has typed everything.
//! Called by the API, the registry and the upstreams; decides nothing (that is `check` and `fit`).

use stentor_core::template as core;
use stentor_wire::{send, template as wire};

/// The filling of a template send; name and language stay with the caller.
#[must_use]
pub fn content(components: Vec<send::Component>) -> core::Content {
    core::Content { components: components.into_iter().map(component).collect() }
}

fn component(component: send::Component) -> core::Component {
    match component {
        send::Component::Header(given) => core::Component::Header(parameters(given)),
        send::Component::Body(given) => core::Component::Body(parameters(given)),
        send::Component::LimitedTimeOffer(given) => core::Component::LimitedTimeOffer(parameters(given)),
        send::Component::TapTarget(given) => core::Component::TapTarget(parameters(given)),
        send::Component::Carousel(cards) => core::Component::Carousel(
            cards
                .into_iter()
                .map(|card| core::CardContent {
                    card_index: card.card_index,
                    components: content(card.components).components,
                })
                .collect(),
        ),
        send::Component::Button { sub_type, index, parameters: given } => {
            core::Component::Button(core::ButtonContent {
                kind: sub_type_kind(sub_type),
                index,
                parameters: parameters(given),
            })
        }
    }
}

fn parameters(given: Vec<send::Parameter>) -> Vec<core::Parameter> {
    given.into_iter().map(parameter).collect()
}

fn parameter(parameter: send::Parameter) -> core::Parameter {
    match parameter {
        send::Parameter::Text { name, text } => core::Parameter::Text { name, text },
        send::Parameter::Currency { name, fallback_value: fallback, code, amount_1000 } => {
            core::Parameter::Currency { name, fallback, code, amount_1000 }
        }
        send::Parameter::DateTime { name, fallback_value: fallback } => {
            core::Parameter::DateTime { name, fallback }
        }
        send::Parameter::Media { kind, source, filename } => core::Parameter::Media {
            kind: match kind {
                send::MediaKind::Image => core::MediaKind::Image,
                send::MediaKind::Video => core::MediaKind::Video,
                send::MediaKind::Gif => core::MediaKind::Gif,
                send::MediaKind::Document => core::MediaKind::Document,
            },
            source: match source {
                send::MediaSource::Id(id) => core::MediaSource::Id(id),
                send::MediaSource::Link(link) => core::MediaSource::Link(link),
            },
            filename,
        },
        send::Parameter::Location { latitude, longitude, name, address } => {
            core::Parameter::Location { latitude, longitude, name, address }
        }
        send::Parameter::Product(send::Product { retailer_id, catalog_id }) => {
            core::Parameter::Product(core::Product { retailer_id, catalog_id })
        }
        send::Parameter::Payload(payload) => core::Parameter::Payload(payload),
        send::Parameter::CouponCode(code) => core::Parameter::CouponCode(code),
        send::Parameter::Action { thumbnail, sections, flow_token, flow_data, order_details } => {
            let section =
                |section: send::Section| core::Section { title: section.title, products: section.products };
            let sections = sections.into_iter().map(section).collect();
            core::Parameter::Action { thumbnail, sections, flow_token, flow_data, order_details }
        }
        send::Parameter::Expiration(millis) => core::Parameter::Expiration(millis),
        send::Parameter::TapTarget(targets) => core::Parameter::TapTarget(
            targets
                .into_iter()
                .map(|target| core::TapTarget { url: target.url, title: target.title })
                .collect(),
        ),
        send::Parameter::TtlMinutes(minutes) => core::Parameter::TtlMinutes(minutes),
    }
}

const fn sub_type_kind(sub_type: send::SubType) -> core::ButtonKind {
    match sub_type {
        send::SubType::QuickReply => core::ButtonKind::QuickReply,
        send::SubType::Url => core::ButtonKind::Url,
        send::SubType::PhoneNumber => core::ButtonKind::PhoneNumber,
        send::SubType::CopyCode => core::ButtonKind::CopyCode,
        send::SubType::Flow => core::ButtonKind::Flow,
        send::SubType::Catalog => core::ButtonKind::Catalog,
        send::SubType::Mpm => core::ButtonKind::Mpm,
        send::SubType::Spm => core::ButtonKind::Spm,
        send::SubType::Otp => core::ButtonKind::Otp,
        send::SubType::VoiceCall => core::ButtonKind::VoiceCall,
        send::SubType::CallPermissionRequest => core::ButtonKind::CallPermissionRequest,
        send::SubType::RequestContactInfo => core::ButtonKind::RequestContactInfo,
        send::SubType::OrderDetails => core::ButtonKind::OrderDetails,
    }
}

/// What happens to a marketing message that the optimised route does not take.
#[must_use]
pub const fn product_policy(policy: send::ProductPolicy) -> core::ProductPolicy {
    match policy {
        send::ProductPolicy::CloudApiFallback => core::ProductPolicy::CloudApiFallback,
        send::ProductPolicy::Strict => core::ProductPolicy::Strict,
    }
}

/// What a template is for.
#[must_use]
pub const fn category(category: wire::Category) -> core::Category {
    match category {
        wire::Category::Marketing => core::Category::Marketing,
        wire::Category::Utility => core::Category::Utility,
        wire::Category::Authentication => core::Category::Authentication,
    }
}

/// A definition as the core compares it. The wire's own keeps the author's JSON: show that one again, not this.
#[must_use]
pub fn definition(wire: &wire::Definition) -> core::Definition {
    let category = category(wire.category);
    let mut definition = core::Definition {
        parameter_format: match wire.parameter_format {
            wire::ParameterFormat::Positional => core::ParameterFormat::Positional,
            wire::ParameterFormat::Named => core::ParameterFormat::Named,
        },
        ..core::Definition::new(&wire.name, &wire.language, category)
    };
    for component in &wire.components {
        match component {
            wire::Component::Header { format, text } => {
                definition.header = Some(header(*format, text.as_deref()));
            }
            wire::Component::Body { text, add_security_recommendation } => {
                definition.body = Some(body(category, text.as_deref(), *add_security_recommendation));
            }
            wire::Component::Footer { text, code_expiration_minutes } => {
                definition.footer = Some(footer(text.as_deref(), *code_expiration_minutes));
            }
            wire::Component::Buttons(buttons) => definition.buttons = buttons.iter().map(button).collect(),
            wire::Component::LimitedTimeOffer { text, has_expiration } => {
                definition.limited_time_offer =
                    Some(core::LimitedTimeOffer { text: text.clone(), has_expiration: *has_expiration });
            }
            wire::Component::Carousel(cards) => {
                definition.carousel = Some(cards.iter().map(|c| card(category, c)).collect());
            }
            wire::Component::CallPermissionRequest => definition.asks_to_call = true,
        }
    }
    definition
}

fn header(format: wire::HeaderFormat, text: Option<&str>) -> core::Header {
    match format {
        wire::HeaderFormat::Text => core::Header::Text(core::Pattern::new(text.unwrap_or_default())),
        wire::HeaderFormat::Image => core::Header::Media(core::MediaKind::Image),
        wire::HeaderFormat::Video => core::Header::Media(core::MediaKind::Video),
        wire::HeaderFormat::Gif => core::Header::Media(core::MediaKind::Gif),
        wire::HeaderFormat::Document => core::Header::Media(core::MediaKind::Document),
        wire::HeaderFormat::Location => core::Header::Location,
        wire::HeaderFormat::Product => core::Header::Product,
    }
}

/// A passcode template without own words has the network's.
fn body(category: core::Category, text: Option<&str>, recommends_security: bool) -> core::Body {
    let text = match text {
        None if category == core::Category::Authentication => "*{{1}}* is your verification code.",
        text => text.unwrap_or_default(),
    };
    core::Body { text: core::Pattern::new(text), recommends_security }
}

fn footer(text: Option<&str>, minutes: Option<i64>) -> core::Footer {
    match (text, minutes) {
        (None, Some(minutes)) => core::Footer::CodeExpires { minutes: u32::try_from(minutes).unwrap_or(0) },
        (text, _) => core::Footer::Text(text.unwrap_or_default().to_owned()),
    }
}

fn card(category: core::Category, card: &wire::Card) -> core::Card {
    let mut out = core::Card { header: None, body: None, buttons: Vec::new() };
    for component in &card.components {
        match component {
            wire::Component::Header { format, text } => out.header = Some(header(*format, text.as_deref())),
            wire::Component::Body { text, .. } => out.body = Some(body(category, text.as_deref(), false)),
            wire::Component::Buttons(buttons) => out.buttons = buttons.iter().map(button).collect(),
            // The wire refuses any other component in a card.
            _ => {}
        }
    }
    out
}

fn button(button: &wire::Button) -> core::Button {
    core::Button {
        kind: match button.kind {
            wire::ButtonType::QuickReply => core::ButtonKind::QuickReply,
            wire::ButtonType::Url => core::ButtonKind::Url,
            wire::ButtonType::PhoneNumber => core::ButtonKind::PhoneNumber,
            wire::ButtonType::CopyCode => core::ButtonKind::CopyCode,
            wire::ButtonType::Flow => core::ButtonKind::Flow,
            wire::ButtonType::Catalog => core::ButtonKind::Catalog,
            wire::ButtonType::Mpm => core::ButtonKind::Mpm,
            wire::ButtonType::Spm => core::ButtonKind::Spm,
            wire::ButtonType::Otp => core::ButtonKind::Otp,
            wire::ButtonType::VoiceCall => core::ButtonKind::VoiceCall,
            wire::ButtonType::CallPermissionRequest => core::ButtonKind::CallPermissionRequest,
            wire::ButtonType::RequestContactInfo => core::ButtonKind::RequestContactInfo,
            wire::ButtonType::OrderDetails => core::ButtonKind::OrderDetails,
        },
        text: button.text.clone(),
        url: button.url.as_deref().map(core::Pattern::new),
        phone_number: button.phone_number.clone(),
    }
}
