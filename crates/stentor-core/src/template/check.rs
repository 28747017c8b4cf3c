//! Whether a definition may be created: the network's rules for names, lengths, variables, buttons and cards.
//! Called by create and edit before anything is stored. Examples are not demanded: many integrations omit them.
//! A trailing variable is taken (published definitions end in one); a leading one is refused as on the network.

use super::definition::{Body, Button, Card, Definition, Footer, Header};
use super::kind::{ButtonKind, Category, MediaKind, ParameterFormat};
use super::pattern::Pattern;

/// Characters of a name.
pub const NAME_CHARS_MAX: usize = 512;
/// Characters of a text header, a footer.
pub const LINE_CHARS_MAX: usize = 60;
/// Characters of a body.
pub const BODY_CHARS_MAX: usize = 1_024;
/// Characters of a body under a limited-time offer.
pub const OFFER_BODY_CHARS_MAX: usize = 600;
/// Characters of a card's body.
pub const CARD_BODY_CHARS_MAX: usize = 160;
/// Characters of an offer's words.
pub const OFFER_CHARS_MAX: usize = 16;
/// Buttons of a template, and of a card.
pub const BUTTONS_MAX: usize = 10;
/// Buttons of a card.
pub const CARD_BUTTONS_MAX: usize = 2;
/// Characters of a button's label.
pub const LABEL_CHARS_MAX: usize = 25;
/// Characters of a button's address.
pub const URL_CHARS_MAX: usize = 2_000;
/// Characters of a button's telephone number.
pub const PHONE_CHARS_MAX: usize = 20;
/// Cards of a carousel.
pub const CARDS: std::ops::RangeInclusive<usize> = 2..=10;

/// Why a definition may not be created. Outside: code 100 with `subcode`, `field` blamed, `message` as user message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct Refusal {
    /// The place, as `body.text` or `buttons[1].url`.
    pub field: String,
    /// `error_subcode`, where the network has one.
    pub subcode: Option<u32>,
    /// What is wrong and what would be right.
    pub message: String,
}

const TOO_LONG: u32 = 2_388_040;
const NAME_FORMAT: u32 = 2_388_046;
const HEADER_FORMAT: u32 = 2_388_047;
const BODY_FORMAT: u32 = 2_388_072;
const FOOTER_FORMAT: u32 = 2_388_073;
const LEADING_VARIABLE: u32 = 2_388_299;

type Checked = Result<(), Refusal>;

fn refuse<T>(
    field: impl Into<String>,
    subcode: Option<u32>,
    message: impl Into<String>,
) -> Result<T, Refusal> {
    Err(Refusal { field: field.into(), subcode, message: message.into() })
}

fn at_most(field: &str, text: &str, max: usize) -> Checked {
    let chars = text.chars().count();
    if chars <= max {
        return Ok(());
    }
    refuse(field, Some(TOO_LONG), format!("has {chars} characters, at most {max} are allowed"))
}

/// Whether `definition` may be created.
///
/// ```
/// use stentor_core::template::{self, Category, Definition};
/// let refusal = template::check(&Definition::new("Summer Sale", "en", Category::Marketing)).unwrap_err();
/// assert_eq!((refusal.field.as_str(), refusal.subcode), ("name", Some(2_388_046)));
/// ```
///
/// # Errors
/// The first rule that is broken.
pub fn check(definition: &Definition) -> Checked {
    check_name(&definition.name)?;
    check_language(&definition.language)?;
    let format = definition.parameter_format;
    if let Some(header) = &definition.header {
        check_header("header", header, format, definition.category)?;
    }
    let Some(body) = &definition.body else {
        return refuse("components", Some(BODY_FORMAT), "a template needs a BODY component");
    };
    let offers = definition.limited_time_offer.is_some();
    check_body("body", body, format, if offers { OFFER_BODY_CHARS_MAX } else { BODY_CHARS_MAX })?;
    if let Some(footer) = &definition.footer {
        check_footer(footer)?;
    }
    check_buttons("buttons", &definition.buttons, definition.category)?;
    check_offer(definition)?;
    definition.carousel.as_deref().map_or(Ok(()), |cards| check_cards(definition, cards))
}

fn check_name(name: &str) -> Checked {
    at_most("name", name, NAME_CHARS_MAX)?;
    let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if name.is_empty() || !name.chars().all(fine) {
        return refuse(
            "name",
            Some(NAME_FORMAT),
            "only lower-case letters, digits and underscores are allowed",
        );
    }
    Ok(())
}

fn check_language(language: &str) -> Checked {
    let (base, region) =
        language.split_once('_').map_or((language, None), |(base, region)| (base, Some(region)));
    let base_fits = (2..=3).contains(&base.len()) && base.bytes().all(|b| b.is_ascii_lowercase());
    let region_fits = |r: &str| (2..=4).contains(&r.len()) && r.bytes().all(|b| b.is_ascii_alphanumeric());
    if base_fits && region.is_none_or(region_fits) {
        return Ok(());
    }
    refuse("language", None, "must be a code such as en, en_US or pt_BR (underscore, region in upper case)")
}

fn check_header(field: &str, header: &Header, format: ParameterFormat, category: Category) -> Checked {
    match header {
        Header::Text(text) => {
            let field = format!("{field}.text");
            at_most(&field, text.text(), LINE_CHARS_MAX)?;
            if text.text().trim().is_empty() || text.text().contains('\n') {
                return refuse(field, Some(HEADER_FORMAT), "must be one line of text");
            }
            if text.variables().len() > 1 {
                return refuse(field, Some(HEADER_FORMAT), "can hold one variable at most");
            }
            check_variables(&field, text, format, HEADER_FORMAT)
        }
        Header::Media(MediaKind::Gif) if category != Category::Marketing => {
            refuse(format!("{field}.format"), Some(HEADER_FORMAT), "GIF is for marketing templates only")
        }
        Header::Media(_) | Header::Location | Header::Product => Ok(()),
    }
}

fn check_body(field: &str, body: &Body, format: ParameterFormat, chars_max: usize) -> Checked {
    let field = format!("{field}.text");
    at_most(&field, body.text.text(), chars_max)?;
    if body.text.leads() {
        return refuse(field, Some(LEADING_VARIABLE), "must not begin with a variable");
    }
    if body.text.adjoins() {
        return refuse(field, Some(BODY_FORMAT), "two variables must have words between them");
    }
    check_variables(&field, &body.text, format, BODY_FORMAT)
}

/// Numbered from 1 without gaps, or named in lower case.
fn check_variables(field: &str, text: &Pattern, format: ParameterFormat, subcode: u32) -> Checked {
    let variables = text.variables();
    match format {
        ParameterFormat::Positional => {
            for expected in 1..=variables.len() {
                if !variables.iter().any(|v| *v == expected.to_string()) {
                    let message = format!(
                        "variables must be numbered from {{{{1}}}} without gaps: {{{{{expected}}}}} is missing \
                         (for names, set parameter_format to NAMED)"
                    );
                    return refuse(field, Some(subcode), message);
                }
            }
        }
        ParameterFormat::Named => {
            let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            let starts = |v: &str| v.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
            if let Some(bad) = variables.iter().find(|v| !starts(v) || !v.chars().all(fine)) {
                let message = format!(
                    "{{{{{bad}}}}} is not a name: lower-case letters, digits and underscores, beginning with a letter"
                );
                return refuse(field, Some(subcode), message);
            }
        }
    }
    Ok(())
}

fn check_footer(footer: &Footer) -> Checked {
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
        Footer::CodeExpires { minutes: 1..=90 } => Ok(()),
        Footer::CodeExpires { .. } => {
            refuse("footer.code_expiration_minutes", Some(FOOTER_FORMAT), "must be 1..=90 minutes")
        }
    }
}

fn check_buttons(field: &str, buttons: &[Button], category: Category) -> Checked {
    if buttons.len() > BUTTONS_MAX {
        return refuse(field, None, format!("at most {BUTTONS_MAX} buttons, not {}", buttons.len()));
    }
    for kind in ButtonKind::ALL {
        let max = match kind {
            ButtonKind::QuickReply => BUTTONS_MAX,
            ButtonKind::Url => 2,
            _ => 1,
        };
        let count = buttons.iter().filter(|button| button.kind == *kind).count();
        if count > max {
            return refuse(field, None, format!("at most {max} {kind} button(s), not {count}"));
        }
    }
    let replies = |button: &Button| button.kind == ButtonKind::QuickReply;
    let runs = buttons.chunk_by(|a, b| replies(a) == replies(b)).filter(|run| replies(&run[0])).count();
    if runs > 1 {
        return refuse(field, None, "quick replies must stand together, before or after the other buttons");
    }
    buttons
        .iter()
        .enumerate()
        .try_for_each(|(i, button)| check_button(&format!("{field}[{i}]"), button, category))
}

fn check_button(field: &str, button: &Button, category: Category) -> Checked {
    at_most(&format!("{field}.text"), &button.text, LABEL_CHARS_MAX)?;
    let labelled_by_the_phone = matches!(
        button.kind,
        ButtonKind::CopyCode
            | ButtonKind::Otp
            | ButtonKind::CallPermissionRequest
            | ButtonKind::RequestContactInfo
    );
    if button.text.trim().is_empty() && !labelled_by_the_phone {
        return refuse(format!("{field}.text"), None, "a button needs a label");
    }
    match button.kind {
        ButtonKind::Url => {
            let field = format!("{field}.url");
            let Some(url) = &button.url else { return refuse(field, None, "a URL button needs a url") };
            at_most(&field, url.text(), URL_CHARS_MAX)?;
            if !url.text().starts_with("https://") && !url.text().starts_with("http://") {
                return refuse(field, None, "must begin with https:// or http://");
            }
            match url.variables() {
                [] => Ok(()),
                [_] if url.trails() => Ok(()),
                _ => refuse(field, None, "can hold one variable, at its end"),
            }
        }
        ButtonKind::PhoneNumber => {
            let field = format!("{field}.phone_number");
            let number = button.phone_number.as_deref().unwrap_or_default();
            at_most(&field, number, PHONE_CHARS_MAX)?;
            if number.bytes().any(|b| b.is_ascii_digit()) {
                return Ok(());
            }
            refuse(field, None, "a call button needs a telephone number with country code")
        }
        ButtonKind::Otp if category != Category::Authentication => {
            refuse(format!("{field}.type"), None, "OTP buttons are for AUTHENTICATION templates only")
        }
        _ => Ok(()),
    }
}

fn check_offer(definition: &Definition) -> Checked {
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

fn check_cards(definition: &Definition, cards: &[Card]) -> Checked {
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
            check_body(&format!("{field}.body"), body, definition.parameter_format, CARD_BODY_CHARS_MAX)?;
        }
        if card.buttons.len() > CARD_BUTTONS_MAX {
            return refuse(format!("{field}.buttons"), None, "a card has two buttons at most");
        }
        check_buttons(&format!("{field}.buttons"), &card.buttons, definition.category)?;
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
