//! What a template's own texts say it is for: plainly promotional, a passcode, or neither. Asked when a template is made
//! (a promotional UTILITY is made as MARKETING, facts/meta 4.5) and by the simulated reviewer. A judgement by words,
//! not by meaning: what is not plain is left as its author says. `category_cases.tsv` is the table it is held to.

use super::definition::{Button, Card, Definition, Footer, Header};
use super::kind::{ButtonKind, Category};

mod words;

use words::{ERRANDS, PASSCODES, STRONG, WEAK};

/// What becomes of a template's category.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judged {
    /// It is what its author says, or not plainly something else.
    Kept,
    /// UTILITY that is plainly promotional: made as MARKETING.
    Marketing,
    /// A passcode that is not AUTHENTICATION, or AUTHENTICATION that is none: review refuses it, INCORRECT_CATEGORY.
    Incorrect,
}

/// Whether the category asked for fits the texts: header, body, footer, buttons, offer and cards.
///
/// ```
/// use stentor_core::template::{Body, Category, Definition, Judged, Pattern, judge};
/// let says = |category, text| judge(&Definition {
///     body: Some(Body { text: Pattern::new(text), recommends_security: false }),
///     ..Definition::new("x", "en", category)
/// });
/// assert_eq!(says(Category::Utility, "Your order {{1}} has shipped."), Judged::Kept);
/// assert_eq!(says(Category::Utility, "Your order {{1}} has shipped. Get 20% off your next one!"), Judged::Marketing);
/// assert_eq!(says(Category::Utility, "{{1}} is your verification code."), Judged::Incorrect);
/// assert_eq!(says(Category::Authentication, "Our sale is on!"), Judged::Incorrect);
/// ```
#[must_use]
pub fn judge(definition: &Definition) -> Judged {
    let text = folded(definition);
    let has_otp = definition.buttons.iter().any(|button| button.kind == ButtonKind::Otp);
    let is_passcode =
        has_otp || (says(&text, PASSCODES) > 0 && says(&text, ERRANDS) == 0 && has_value(definition));
    match definition.category {
        Category::Authentication if is_passcode => Judged::Kept,
        Category::Authentication => Judged::Incorrect,
        _ if is_passcode => Judged::Incorrect,
        Category::Utility if is_promotional(definition, &text) => Judged::Marketing,
        Category::Utility | Category::Marketing => Judged::Kept,
    }
}

/// Two points, three when it also speaks of an order, a payment, an appointment: such a text may name a discount.
fn is_promotional(definition: &Definition, text: &str) -> bool {
    let sells = |button: &Button| {
        matches!(button.kind, ButtonKind::CopyCode | ButtonKind::Catalog | ButtonKind::Mpm | ButtonKind::Spm)
    };
    if definition.limited_time_offer.is_some() || definition.buttons.iter().any(sells) {
        return true;
    }
    let needed = if says(text, ERRANDS) > 0 { 3 } else { 2 };
    // A strong phrase decides by itself: a text that serves two purposes is MARKETING.
    3 * says(text, STRONG) + says(text, WEAK) >= needed
}

/// How many of the phrases stand in the text; `*` at the end of a phrase: however the word goes on.
fn says(text: &str, phrases: &str) -> usize {
    let stands = |phrase: &&str| {
        let (start, goes_on) = phrase.strip_suffix('*').map_or((*phrase, false), |start| (start, true));
        let ends = |rest: &str| goes_on || rest.starts_with(' ');
        text.match_indices(start).any(|(at, _)| text[..at].ends_with(' ') && ends(&text[at + start.len()..]))
    };
    phrases.split(", ").filter(stands).count()
}

fn has_value(definition: &Definition) -> bool {
    definition.body.as_ref().is_some_and(|body| body.text.text().contains("{{"))
}

/// All texts as words of plain lower-case letters, each between blanks; a variable is `0`, `%` a word of its own.
fn folded(definition: &Definition) -> String {
    let mut out = String::from(" ");
    let mut add = |text: &str| fold(text, &mut out);
    if let Some(Header::Text(pattern)) = &definition.header {
        add(pattern.text());
    }
    if let Some(body) = &definition.body {
        add(body.text.text());
    }
    if let Some(Footer::Text(text)) = &definition.footer {
        add(text);
    }
    if let Some(offer) = &definition.limited_time_offer {
        add(&offer.text);
    }
    definition.buttons.iter().for_each(|button| add(&button.text));
    for Card { body, buttons, .. } in definition.carousel.iter().flatten() {
        if let Some(body) = body {
            add(body.text.text());
        }
        buttons.iter().for_each(|button| add(&button.text));
    }
    out
}

fn fold(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        fold_words(before, out);
        out.push_str(" 0 ");
        rest = after.split_once("}}").map_or("", |(_, rest)| rest);
    }
    fold_words(rest, out);
    // What follows is another text: no phrase goes across.
    out.push_str(" . ");
}

fn fold_words(text: &str, out: &mut String) {
    for letter in text.chars().flat_map(char::to_lowercase) {
        match plain(letter) {
            '%' => out.push_str(" % "),
            // "don't", "here's": one word.
            '\'' | '’' => {}
            letter if letter.is_alphanumeric() => out.push(letter),
            _ if out.ends_with(' ') => {}
            _ => out.push(' '),
        }
    }
    out.push(' ');
}

/// The letter without its accent, for the languages of the lists.
const fn plain(letter: char) -> char {
    match letter {
        'á' | 'à' | 'â' | 'ã' | 'ä' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'í' | 'ì' | 'î' | 'ï' => 'i',
        'ó' | 'ò' | 'ô' | 'õ' | 'ö' => 'o',
        'ú' | 'ù' | 'û' | 'ü' => 'u',
        'ç' => 'c',
        'ñ' => 'n',
        _ => letter,
    }
}
