//! Tables of definitions and contents: what is refused, with which code and words, and what the phone shows.

mod category;
mod check;
mod fit;
mod fit_buttons;
mod life;
mod render;

use super::*;

pub fn definition() -> Definition {
    Definition { body: Some(body("Hello there")), ..Definition::new("promo", "en", Category::Marketing) }
}

pub fn body(text: &str) -> Body {
    Body { text: Pattern::new(text), recommends_security: false }
}

pub fn header(text: &str) -> Option<Header> {
    Some(Header::Text(Pattern::new(text)))
}

pub fn button(kind: ButtonKind, text: &str) -> Button {
    Button { kind, text: text.to_owned(), url: None, phone_number: None, otp: None }
}

pub fn url(address: &str) -> Button {
    Button { url: Some(Pattern::new(address)), ..button(ButtonKind::Url, "Open") }
}

pub fn call(number: &str) -> Button {
    Button { phone_number: Some(number.to_owned()), ..button(ButtonKind::PhoneNumber, "Call") }
}

pub fn reply() -> Button {
    button(ButtonKind::QuickReply, "Yes")
}

pub fn card(buttons: Vec<Button>) -> Card {
    Card { header: Some(Header::Media(MediaKind::Image)), body: None, buttons }
}

pub fn texts(values: &[&str]) -> Vec<Parameter> {
    values.iter().map(|value| Parameter::text(value)).collect()
}

pub fn named(values: &[(&str, &str)]) -> Vec<Parameter> {
    let one =
        |(name, text): &(&str, &str)| Parameter::Text { name: Some((*name).into()), text: (*text).into() };
    values.iter().map(one).collect()
}

pub fn media(kind: MediaKind) -> Parameter {
    Parameter::Media { kind, source: MediaSource::Id("1".into()), filename: None }
}

pub fn pressed(kind: ButtonKind, index: u32, parameters: Vec<Parameter>) -> Component {
    Component::Button(ButtonContent { kind, index, parameters })
}

pub fn action(sections: Vec<Section>) -> Parameter {
    Parameter::Action { thumbnail: None, sections, flow_token: None, flow_data: None, order_details: None }
}
