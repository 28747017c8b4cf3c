//! The rules for what only goes together: passcodes, limited-time offers, carousels. Called by `check`.

use super::super::definition::{Button, Card, Definition, Footer, Header};
use super::super::kind::{ButtonKind, Category, MediaKind};
use super::buttons::check_buttons;
use super::words::check_body;
use super::{
    BODY_FORMAT, CARD_BODY_CHARS_MAX, CARD_BUTTONS_MAX, CARDS, Checked, FOOTER_FORMAT, HEADER_FORMAT,
    OFFER_CHARS_MAX, at_most, refuse,
};

/// A passcode: the network's words and an OTP button. The older shape is taken too, since published definitions have it:
/// words of one's own, a text header and footer, quick replies.
pub(super) fn check_authentication(definition: &Definition) -> Checked {
    let is_otp = |button: &Button| button.kind == ButtonKind::Otp;
    let has_otp = definition.buttons.iter().any(is_otp);
    if !matches!(definition.header, None | Some(Header::Text(_))) {
        return refuse("header.format", Some(HEADER_FORMAT), "an AUTHENTICATION template has no media");
    }
    if definition.limited_time_offer.is_some() || definition.carousel.is_some() {
        let message = "an AUTHENTICATION template has neither an offer nor cards";
        return refuse("components", Some(BODY_FORMAT), message);
    }
    let is_allowed = |button: &Button| is_otp(button) || (!has_otp && button.kind == ButtonKind::QuickReply);
    if let Some(at) = definition.buttons.iter().position(|button| !is_allowed(button)) {
        let message = "an AUTHENTICATION template has one OTP button and no other";
        return refuse(format!("buttons[{at}].type"), None, message);
    }
    if has_otp && definition.header.is_some() {
        return refuse("header", Some(HEADER_FORMAT), "a template with an OTP button has no header");
    }
    if has_otp && matches!(definition.footer, Some(Footer::Text(_))) {
        let message = "beside an OTP button only code_expiration_minutes is allowed";
        return refuse("footer.text", Some(FOOTER_FORMAT), message);
    }
    Ok(())
}

pub(super) fn check_offer(definition: &Definition) -> Checked {
    let Some(offer) = &definition.limited_time_offer else { return Ok(()) };
    let field = "limited_time_offer";
    at_most("limited_time_offer.text", &offer.text, OFFER_CHARS_MAX)?;
    if definition.category != Category::Marketing {
        return refuse(field, None, "is for marketing templates only");
    }
    if definition.footer.is_some() {
        return refuse("footer", Some(FOOTER_FORMAT), "a template with a limited-time offer has no footer");
    }
    if !matches!(definition.header, None | Some(Header::Media(MediaKind::Image | MediaKind::Video))) {
        return refuse(
            "header.format",
            Some(HEADER_FORMAT),
            "must be IMAGE or VIDEO beside a limited-time offer",
        );
    }
    let copy = definition.buttons.iter().position(|button| button.kind == ButtonKind::CopyCode);
    let url = definition.buttons.iter().position(|button| button.kind == ButtonKind::Url);
    match (copy, url) {
        (None, None | Some(0)) | (Some(0), None | Some(1)) => Ok(()),
        _ => refuse("buttons", None, "beside a limited-time offer COPY_CODE comes first and URL next"),
    }
}

pub(super) fn check_cards(definition: &Definition, cards: &[Card]) -> Checked {
    let field = "carousel.cards";
    if !CARDS.contains(&cards.len()) {
        return refuse(field, None, format!("2 to 10 cards are allowed, not {}", cards.len()));
    }
    for (i, card) in cards.iter().enumerate() {
        let field = format!("{field}[{i}]");
        match &card.header {
            Some(Header::Media(MediaKind::Image | MediaKind::Video) | Header::Product) => {}
            _ => {
                return refuse(
                    format!("{field}.header"),
                    Some(HEADER_FORMAT),
                    "must be IMAGE, VIDEO or PRODUCT",
                );
            }
        }
        if let Some(body) = &card.body {
            check_body(&format!("{field}.body"), body, definition, CARD_BODY_CHARS_MAX)?;
        }
        if card.buttons.len() > CARD_BUTTONS_MAX {
            return refuse(format!("{field}.buttons"), None, "a card has two buttons at most");
        }
        check_buttons(&format!("{field}.buttons"), &card.buttons, definition)?;
        if !alike(&cards[0], card) {
            return refuse(
                field,
                None,
                "all cards must have the same components and kinds of buttons as the first",
            );
        }
    }
    Ok(())
}

fn alike(a: &Card, b: &Card) -> bool {
    a.header.as_ref().map(Header::format) == b.header.as_ref().map(Header::format)
        && a.body.is_some() == b.body.is_some()
        && a.buttons.iter().map(|button| button.kind).eq(b.buttons.iter().map(|button| button.kind))
}
