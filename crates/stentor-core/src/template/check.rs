//! Whether a definition may be created: the network's rules for names, lengths, variables, examples, buttons and cards.
//! Called by create and edit before anything is stored; what the account's other templates forbid is theirs to say.
//! Where published definitions break a documented rule, the rule is weaker here and says so.

mod buttons;
mod shapes;
mod variables;
mod words;

use super::definition::Definition;
use super::kind::Category;

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
/// Characters of a coupon: documents say 15 and 20.
pub const COUPON_CHARS_MAX: usize = 20;
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
const EXAMPLE: u32 = 2_388_043;
const NAME_FORMAT: u32 = 2_388_046;
const HEADER_FORMAT: u32 = 2_388_047;
const BODY_FORMAT: u32 = 2_388_072;
const FOOTER_FORMAT: u32 = 2_388_073;
const TOO_MANY_VARIABLES: u32 = 2_388_293;
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
    if let Some(header) = &definition.header {
        words::check_header("header", header, definition)?;
    }
    let Some(body) = &definition.body else {
        return refuse("components", Some(BODY_FORMAT), "a template needs a BODY component");
    };
    let offers = definition.limited_time_offer.is_some();
    let body_chars_max = if offers { OFFER_BODY_CHARS_MAX } else { BODY_CHARS_MAX };
    words::check_body("body", body, definition, body_chars_max)?;
    if let Some(footer) = &definition.footer {
        words::check_footer(footer, definition.category)?;
    }
    buttons::check_buttons("buttons", &definition.buttons, definition)?;
    if definition.category == Category::Authentication {
        shapes::check_authentication(definition)?;
    }
    shapes::check_offer(definition)?;
    definition.carousel.as_deref().map_or(Ok(()), |cards| shapes::check_cards(definition, cards))
}

/// Whether two templates say the same: the network refuses a second one (facts: same body and footer). Passcodes may,
/// since their words are the network's own; and so may another language, where the same words can be right in both.
///
/// ```
/// use stentor_core::template::{self, Body, Category, Definition, Pattern};
/// let said = |name: &str, text: &str| Definition {
///     body: Some(Body { text: Pattern::new(text), recommends_security: false }),
///     ..Definition::new(name, "en", Category::Marketing)
/// };
/// assert!(template::repeats(&said("a", "Our sale is on!"), &said("b", "Our sale is on!")));
/// assert!(!template::repeats(&said("a", "Our sale is on!"), &said("b", "Our sale is over.")));
/// ```
#[must_use]
pub fn repeats(a: &Definition, b: &Definition) -> bool {
    let is_passcode = |d: &Definition| d.category == Category::Authentication;
    let text = |d: &Definition| d.body.as_ref().map(|body| body.text.text().trim().to_owned());
    let carries_cards = |d: &Definition| d.carousel.is_some();
    !is_passcode(a)
        && !is_passcode(b)
        && a.language == b.language
        && carries_cards(a) == carries_cards(b)
        && text(a).is_some_and(|text| !text.is_empty())
        && text(a) == text(b)
        && a.footer == b.footer
}

fn check_name(name: &str) -> Checked {
    let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if name.is_empty() || !name.chars().all(fine) || name.len() > NAME_CHARS_MAX {
        let message = "only lower-case letters, digits and underscores are allowed, at most 512";
        return refuse("name", Some(NAME_FORMAT), message);
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
