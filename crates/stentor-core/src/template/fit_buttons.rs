//! The buttons' part of `fit`: each given button belongs to one of the template, and the dynamic ones are all given.

use super::check::URL_CHARS_MAX;
use super::content::{ButtonContent, Component, Parameter, Section};
use super::definition::Button;
use super::fit::{FORMAT, Fits, MISSING, Place, TOO_LONG, VALUE, fit_count, fit_value, misfit};
use super::kind::ButtonKind;

/// Characters of a coupon.
const COUPON_CHARS_MAX: usize = 20;
/// Minutes for which a call button works.
const CALL_TTL_MINUTES: std::ops::RangeInclusive<i64> = 1..=43_200;
/// Characters of a call button's payload.
const CALL_PAYLOAD_CHARS_MAX: usize = 512;
/// Sections and products of a product list, characters of a section's title.
const SECTIONS_MAX: usize = 10;
const PRODUCTS_MAX: usize = 30;
const SECTION_TITLE_CHARS_MAX: usize = 24;

pub(super) fn fit_buttons(card: Option<u32>, buttons: &[Button], components: &[Component]) -> Fits {
    let place = Place { card, part: "buttons" };
    let given = || {
        components.iter().filter_map(|component| match component {
            Component::Button(button) => Some(button),
            _ => None,
        })
    };
    for (nth, content) in given().enumerate() {
        let index = content.index;
        let Some(button) = buttons.get(index as usize) else {
            let count = buttons.len();
            return misfit(
                VALUE,
                format!("{place}: no button at index {index}: the template has {count} button(s)"),
            );
        };
        if given().take(nth).any(|earlier| earlier.index == index) {
            return misfit(VALUE, format!("{place}: the button at index {index} is given twice"));
        }
        if !takes(button.kind, content.kind) {
            let (is, sent) = (title(button.kind), content.kind.as_str().to_ascii_lowercase());
            return misfit(FORMAT, format!("{place}: Button at index {index} is of type {is}, not {sent}"));
        }
        fit_button(place, button, content)?;
    }
    for (index, button) in buttons.iter().enumerate() {
        if needs_parameter(button) && !given().any(|content| content.index as usize == index) {
            return requires(place, index, button.kind);
        }
    }
    Ok(())
}

/// Passcode buttons are filled as `url` (or `copy_code`) buttons.
fn takes(defined: ButtonKind, sent: ButtonKind) -> bool {
    defined == sent || (defined == ButtonKind::Otp && matches!(sent, ButtonKind::Url | ButtonKind::CopyCode))
}

fn needs_parameter(button: &Button) -> bool {
    match button.kind {
        ButtonKind::Url => button.url.as_ref().is_some_and(|url| !url.variables().is_empty()),
        ButtonKind::CopyCode | ButtonKind::Mpm | ButtonKind::Otp | ButtonKind::OrderDetails => true,
        _ => false,
    }
}

fn requires(place: Place, index: usize, kind: ButtonKind) -> Fits {
    misfit(MISSING, format!("{place}: Button at index {index} of type {} requires a parameter", title(kind)))
}

/// `COPY_CODE` as Meta's refusals write it: `CopyCode`.
fn title(kind: ButtonKind) -> String {
    let word = |word: &str| word[..1].to_owned() + &word[1..].to_ascii_lowercase();
    kind.as_str().split('_').map(word).collect()
}

fn fit_button(place: Place, button: &Button, content: &ButtonContent) -> Fits {
    let (index, given) = (content.index, content.parameters.as_slice());
    let at = format_args!("{place}: Button at index {index}");
    if given.is_empty() && needs_parameter(button) {
        return requires(place, index as usize, button.kind);
    }
    let wrong = |expected: &str, other: &Parameter| {
        misfit(
            FORMAT,
            format!("{place}: Button at index {index}: expected {expected}, received {}", other.word()),
        )
    };
    match (button.kind, given) {
        (ButtonKind::VoiceCall, _) => fit_call(place, index, given),
        (ButtonKind::Url | ButtonKind::Otp, _) => fit_url(place, button, index, given),
        (_, []) => Ok(()),
        (ButtonKind::QuickReply, [Parameter::Payload(_) | Parameter::Text { .. }]) => Ok(()),
        (ButtonKind::QuickReply, [other]) => wrong("PAYLOAD", other),
        (ButtonKind::CopyCode, [Parameter::CouponCode(code)]) => {
            let fits = (1..=COUPON_CHARS_MAX).contains(&code.len())
                && code.bytes().all(|b| b.is_ascii_alphanumeric());
            if fits {
                return Ok(());
            }
            misfit(VALUE, format!("{at}: coupon_code must be 1 to {COUPON_CHARS_MAX} letters and digits"))
        }
        (ButtonKind::CopyCode, [other]) => wrong("COUPON_CODE", other),
        (ButtonKind::Mpm, [Parameter::Action { sections, .. }]) => fit_sections(place, index, sections),
        (ButtonKind::OrderDetails, [Parameter::Action { order_details: None, .. }]) => {
            requires(place, index as usize, button.kind)
        }
        (ButtonKind::Catalog | ButtonKind::Flow | ButtonKind::OrderDetails, [Parameter::Action { .. }]) => {
            Ok(())
        }
        (ButtonKind::Catalog | ButtonKind::Flow | ButtonKind::Mpm | ButtonKind::OrderDetails, [other]) => {
            wrong("ACTION", other)
        }
        (
            ButtonKind::PhoneNumber
            | ButtonKind::Spm
            | ButtonKind::CallPermissionRequest
            | ButtonKind::RequestContactInfo,
            _,
        ) => fit_count(at, given.len(), 0),
        _ => fit_count(at, given.len(), 1),
    }
}

fn fit_url(place: Place, button: &Button, index: u32, given: &[Parameter]) -> Fits {
    let at = format_args!("{place}: Button at index {index}");
    let expected = if button.kind == ButtonKind::Otp {
        1
    } else {
        button.url.as_ref().map_or(0, |u| u.variables().len())
    };
    fit_count(at, given.len(), expected)?;
    let Some(parameter) = given.first() else { return Ok(()) };
    let suffix = match parameter {
        Parameter::Text { text, .. } => text,
        // A passcode button that is sent as `copy_code` carries its code so.
        Parameter::CouponCode(code) if button.kind == ButtonKind::Otp => code,
        other => return misfit(FORMAT, format!("{at}: expected TEXT, received {}", other.word())),
    };
    fit_value(at, 0, suffix)?;
    let chars = button.url.as_ref().map_or(0, |url| url.filled_chars(|_| Some(suffix)));
    if chars > URL_CHARS_MAX {
        return misfit(
            TOO_LONG,
            format!("{at}: hydrated url has {chars} characters, at most {URL_CHARS_MAX} are allowed"),
        );
    }
    Ok(())
}

fn fit_call(place: Place, index: u32, given: &[Parameter]) -> Fits {
    let at = format_args!("{place}: Button at index {index}");
    for (nth, parameter) in given.iter().enumerate() {
        if given[..nth].iter().any(|earlier| earlier.word() == parameter.word()) {
            return misfit(VALUE, format!("{at}: {} is given twice", parameter.word()));
        }
        match parameter {
            Parameter::TtlMinutes(minutes) if CALL_TTL_MINUTES.contains(minutes) => {}
            Parameter::TtlMinutes(_) => {
                return misfit(VALUE, format!("{at}: ttl_minutes must be 1..=43200"));
            }
            Parameter::Payload(payload) if payload.chars().count() <= CALL_PAYLOAD_CHARS_MAX => {}
            Parameter::Payload(_) => {
                return misfit(
                    VALUE,
                    format!("{at}: payload has at most {CALL_PAYLOAD_CHARS_MAX} characters"),
                );
            }
            other => {
                return misfit(
                    FORMAT,
                    format!("{at}: expected TTL_MINUTES or PAYLOAD, received {}", other.word()),
                );
            }
        }
    }
    Ok(())
}

fn fit_sections(place: Place, index: u32, sections: &[Section]) -> Fits {
    let at = format_args!("{place}: Button at index {index}");
    let products: usize = sections.iter().map(|section| section.products.len()).sum();
    if sections.is_empty() || sections.iter().any(|section| section.products.is_empty()) {
        return misfit(MISSING, format!("{at}: sections with product_items are required"));
    }
    if sections.len() > SECTIONS_MAX || products > PRODUCTS_MAX {
        return misfit(
            VALUE,
            format!("{at}: at most {SECTIONS_MAX} sections and {PRODUCTS_MAX} products are allowed"),
        );
    }
    if sections.iter().any(|section| section.title.chars().count() > SECTION_TITLE_CHARS_MAX) {
        return misfit(
            VALUE,
            format!("{at}: a section's title has at most {SECTION_TITLE_CHARS_MAX} characters"),
        );
    }
    Ok(())
}
