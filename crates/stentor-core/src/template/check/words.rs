//! The rules for what is read: header, body, footer. Called by `check`.

use super::super::definition::{Body, Definition, Footer, Header};
use super::super::kind::{Category, MediaKind};
use super::super::pattern::Pattern;
use super::variables::{check_ratio, check_variables};
use super::{
    BODY_FORMAT, Checked, FOOTER_FORMAT, HEADER_FORMAT, LEADING_VARIABLE, LINE_CHARS_MAX, at_most, refuse,
};

/// What phones draw as a picture: the ranges of Unicode's `Emoji_Presentation`, and the selector that makes one of others.
const EMOJI: [(u32, u32); 26] = [
    (0x231A, 0x231B),
    (0x23E9, 0x23EC),
    (0x23F0, 0x23F3),
    (0x25FD, 0x25FE),
    (0x2614, 0x2615),
    (0x2648, 0x2653),
    (0x267F, 0x267F),
    (0x2693, 0x2693),
    (0x26A1, 0x26A1),
    (0x26AA, 0x26AB),
    (0x26BD, 0x26BE),
    (0x26C4, 0x26C5),
    (0x26CE, 0x26CE),
    (0x26D4, 0x26D4),
    (0x26EA, 0x26EA),
    (0x26F2, 0x26F5),
    (0x26FA, 0x26FD),
    (0x2705, 0x2705),
    (0x270A, 0x270B),
    (0x2728, 0x2728),
    (0x274C, 0x2757),
    (0x2795, 0x2797),
    (0x2B1B, 0x2B1C),
    (0x2B50, 0x2B55),
    (0xFE0F, 0xFE0F),
    (0x1F000, 0x1FAFF),
];

fn is_emoji(c: char) -> bool {
    EMOJI.iter().any(|&(first, last)| (first..=last).contains(&u32::from(c)))
}

/// Marks that a phone would read as formatting: `*` and backticks wherever they stand, `_` and `~` around words.
/// A single underscore is a character like any other.
fn is_formatted(text: &str) -> bool {
    let pair = |mark: char| text.matches(mark).count() > 1;
    text.contains(['*', '`']) || pair('_') || pair('~')
}

pub(super) fn check_header(field: &str, header: &Header, definition: &Definition) -> Checked {
    match header {
        Header::Text(text) => check_line(&format!("{field}.text"), text, definition),
        Header::Media(MediaKind::Gif) if definition.category != Category::Marketing => {
            refuse(format!("{field}.format"), Some(HEADER_FORMAT), "GIF is for marketing templates only")
        }
        Header::Media(_) | Header::Location | Header::Product => Ok(()),
    }
}

fn check_line(field: &str, text: &Pattern, definition: &Definition) -> Checked {
    at_most(field, text.text(), LINE_CHARS_MAX)?;
    let wrong = |message: &str| refuse(field, Some(HEADER_FORMAT), message);
    if text.text().trim().is_empty() || text.text().contains(['\n', '\r']) {
        return wrong("must be one line of text");
    }
    if text.variables().len() > 1 {
        return wrong("can hold one variable at most");
    }
    let words = text.fill(|_| Some(""));
    if words.chars().any(is_emoji) {
        return wrong("must not hold emoji");
    }
    if is_formatted(&words) {
        return wrong("must not hold formatting marks (*, _, ~, `)");
    }
    check_variables(field, text, definition, HEADER_FORMAT)
}

/// An empty body is taken: published definitions without any text are accepted.
pub(super) fn check_body(field: &str, body: &Body, definition: &Definition, chars_max: usize) -> Checked {
    let field = format!("{field}.text");
    at_most(&field, body.text.text(), chars_max)?;
    if body.recommends_security && definition.category != Category::Authentication {
        let message = "add_security_recommendation is for AUTHENTICATION templates only";
        return refuse(field, Some(BODY_FORMAT), message);
    }
    // A trailing variable is taken, although the documents forbid it: published definitions end in one.
    if body.text.leads() {
        return refuse(field, Some(LEADING_VARIABLE), "must not begin with a variable");
    }
    if body.text.adjoins() {
        return refuse(field, Some(BODY_FORMAT), "two variables must have words between them");
    }
    check_variables(&field, &body.text, definition, BODY_FORMAT)?;
    check_ratio(&field, &body.text)
}

pub(super) fn check_footer(footer: &Footer, category: Category) -> Checked {
    match footer {
        Footer::Text(text) => {
            at_most("footer.text", text, LINE_CHARS_MAX)?;
            if text.trim().is_empty() {
                return refuse("footer.text", Some(FOOTER_FORMAT), "must not be empty");
            }
            if !Pattern::new(text.as_str()).variables().is_empty() {
                return refuse("footer.text", Some(FOOTER_FORMAT), "must not hold variables");
            }
            Ok(())
        }
        Footer::CodeExpires { .. } if category != Category::Authentication => {
            let message = "is for AUTHENTICATION templates only";
            refuse("footer.code_expiration_minutes", Some(FOOTER_FORMAT), message)
        }
        Footer::CodeExpires { minutes: 1..=90 } => Ok(()),
        Footer::CodeExpires { .. } => {
            refuse("footer.code_expiration_minutes", Some(FOOTER_FORMAT), "must be 1..=90 minutes")
        }
    }
}
