//! Whether a send's content belongs to a definition, and if not, the code and the words Meta answers with.
//! Called by admission on every template send; allocates only for a refusal. Languages and statuses are not its matter.

use std::fmt;

use super::check::{BODY_CHARS_MAX, CARD_BODY_CHARS_MAX, LINE_CHARS_MAX, OFFER_BODY_CHARS_MAX};
use super::content::{CardContent, Component, Content, MediaSource, Parameter, value_of};
use super::definition::{Body, Card, Definition, Header};
use super::fit_buttons::fit_buttons;
use super::kind::ParameterFormat;
use super::pattern::Pattern;

/// Why a content does not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("(#{code}) {details}")]
pub struct Misfit {
    /// 100 (named parameters), 131008 (missing), 131009 (value), 132000 (count), 132005 (too long), 132012 (format),
    /// 132018 (characters a parameter may not have).
    pub code: u32,
    /// `error_data.details`: component, index and both numbers.
    pub details: String,
}

pub(super) const NAMES: u32 = 100;
pub(super) const MISSING: u32 = 131_008;
pub(super) const VALUE: u32 = 131_009;
pub(super) const COUNT: u32 = 132_000;
pub(super) const TOO_LONG: u32 = 132_005;
pub(super) const FORMAT: u32 = 132_012;
pub(super) const CHARACTERS: u32 = 132_018;

pub(super) type Fits = Result<(), Misfit>;

pub(super) fn misfit<T>(code: u32, details: impl Into<String>) -> Result<T, Misfit> {
    Err(Misfit { code, details: details.into() })
}

/// A part of the message in the words of a refusal: `body`, or `carousel: card 2: body`.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub card: Option<u32>,
    pub part: &'static str,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.card {
            Some(card) => write!(f, "carousel: card {card}: {}", self.part),
            None => f.write_str(self.part),
        }
    }
}

/// Whether `content` fits `definition`.
///
/// ```
/// use stentor_core::template::{self, Body, Category, Component, Content, Definition, Parameter, Pattern};
/// let body = Body { text: Pattern::new("Hi {{1}}!"), recommends_security: false };
/// let definition = Definition { body: Some(body), ..Definition::new("hello", "en", Category::Marketing) };
/// let two = Content { components: vec![Component::Body(vec![Parameter::text("Ann"), Parameter::text("Bo")])] };
/// let misfit = template::fit(&definition, &two).unwrap_err();
/// assert_eq!(misfit.code, 132_000);
/// assert_eq!(
///     misfit.details,
///     "body: number of localizable_params (2) does not match the expected number of params (1)"
/// );
/// ```
///
/// # Errors
/// The first part that does not fit, in the order header, body, offer, carousel, buttons.
pub fn fit(definition: &Definition, content: &Content) -> Fits {
    let parts = Parts::gather(&content.components, None)?;
    let format = definition.parameter_format;
    fit_header(Place { card: None, part: "header" }, definition.header.as_ref(), parts.header, format)?;
    let offers = definition.limited_time_offer.is_some();
    let chars_max = if offers { OFFER_BODY_CHARS_MAX } else { BODY_CHARS_MAX };
    fit_body(Place { card: None, part: "body" }, definition.body.as_ref(), parts.body, format, chars_max)?;
    fit_offer(definition, parts.offer)?;
    fit_tap_target(parts.tap_target)?;
    match (&definition.carousel, parts.cards) {
        (None, None) => {}
        (None, Some(_)) => return misfit(FORMAT, "carousel: the template has no carousel"),
        (Some(_), None) => return misfit(MISSING, "carousel: the component with the cards is missing"),
        (Some(cards), Some(given)) => fit_cards(cards, given, format)?,
    }
    fit_buttons(None, &definition.buttons, &content.components)
}

/// The components of a send by kind; each at most once (buttons stay where they are).
#[derive(Default)]
struct Parts<'a> {
    header: Option<&'a [Parameter]>,
    body: Option<&'a [Parameter]>,
    offer: Option<&'a [Parameter]>,
    tap_target: Option<&'a [Parameter]>,
    cards: Option<&'a [CardContent]>,
}

impl<'a> Parts<'a> {
    fn gather(components: &'a [Component], card: Option<u32>) -> Result<Self, Misfit> {
        let mut parts = Self::default();
        for component in components {
            let (slot, part, parameters) = match component {
                Component::Header(parameters) => (&mut parts.header, "header", parameters),
                Component::Body(parameters) => (&mut parts.body, "body", parameters),
                Component::LimitedTimeOffer(parameters) => {
                    (&mut parts.offer, "limited_time_offer", parameters)
                }
                Component::TapTarget(parameters) => {
                    (&mut parts.tap_target, "tap_target_configuration", parameters)
                }
                Component::Button(_) => continue,
                Component::Carousel(cards) => {
                    if parts.cards.replace(cards).is_some() {
                        return misfit(VALUE, "carousel: the component is given twice");
                    }
                    continue;
                }
            };
            if slot.replace(parameters).is_some() {
                return misfit(VALUE, format!("{}: the component is given twice", Place { card, part }));
            }
        }
        if card.is_some() && (parts.offer.is_some() || parts.tap_target.is_some() || parts.cards.is_some()) {
            let place = Place { card, part: "components" };
            return misfit(VALUE, format!("{place}: only header, body and button belong into a card"));
        }
        Ok(parts)
    }
}

pub(super) fn fit_count(place: impl fmt::Display, given: usize, expected: usize) -> Fits {
    if given == expected {
        return Ok(());
    }
    misfit(
        COUNT,
        format!(
            "{place}: number of localizable_params ({given}) does not match the expected number of params ({expected})"
        ),
    )
}

fn fit_header(
    place: Place,
    header: Option<&Header>,
    given: Option<&[Parameter]>,
    format: ParameterFormat,
) -> Fits {
    let given = given.unwrap_or_default();
    let received = given.first().map_or("UNKNOWN", Parameter::word);
    let mismatch = |expected: &str| {
        misfit(FORMAT, format!("{place}: Format mismatch, expected {expected}, received {received}"))
    };
    let Some(header) = header else {
        return match given.first() {
            None => Ok(()),
            Some(parameter) if parameter.shown().is_some() => fit_count(place, given.len(), 0),
            Some(_) => mismatch("no header"),
        };
    };
    match (header, given.first()) {
        (Header::Text(text), _) => match given.iter().find(|p| !matches!(p, Parameter::Text { .. })) {
            Some(other) => {
                let received = other.word();
                misfit(FORMAT, format!("{place}: Format mismatch, expected TEXT, received {received}"))
            }
            None => fit_text(place, text, given, format, LINE_CHARS_MAX),
        },
        (Header::Media(expected), Some(Parameter::Media { kind, source, .. })) if expected == kind => {
            fit_count(place, given.len(), 1)?;
            fit_source(place, source)
        }
        (Header::Location, Some(Parameter::Location { .. }))
        | (Header::Product, Some(Parameter::Product(_))) => fit_count(place, given.len(), 1),
        _ => mismatch(header.format()),
    }
}

fn fit_source(place: Place, source: &MediaSource) -> Fits {
    match source {
        MediaSource::Link(link) if !is_web_address(link) => {
            misfit(VALUE, format!("{place}: link must begin with https:// or http://"))
        }
        MediaSource::Id(id) if id.is_empty() => misfit(VALUE, format!("{place}: id must not be empty")),
        _ => Ok(()),
    }
}

pub(super) fn is_web_address(text: &str) -> bool {
    let (https, http) = ("https://", "http://");
    let begins =
        |scheme: &str| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    begins(https) || begins(http)
}

fn fit_body(
    place: Place,
    body: Option<&Body>,
    given: Option<&[Parameter]>,
    format: ParameterFormat,
    chars_max: usize,
) -> Fits {
    let given = given.unwrap_or_default();
    if let Some((i, other)) = given.iter().enumerate().find(|(_, p)| p.shown().is_none()) {
        let received = other.word();
        return misfit(
            FORMAT,
            format!("{place}: parameter {i}: Format mismatch, expected TEXT, received {received}"),
        );
    }
    match body {
        Some(body) => fit_text(place, &body.text, given, format, chars_max),
        None => fit_count(place, given.len(), 0),
    }
}

/// Names, then count, then each value, then the length of the whole.
fn fit_text(
    place: Place,
    text: &Pattern,
    given: &[Parameter],
    format: ParameterFormat,
    chars_max: usize,
) -> Fits {
    let variables = text.variables();
    match format {
        ParameterFormat::Positional => {
            fit_count(place, given.len(), variables.len())?;
            if let Some((i, name)) = given.iter().enumerate().find_map(|(i, p)| Some((i, p.name()?))) {
                let details = format!(
                    "{place}: parameter {i}: parameter_name `{name}` is given, but the template's parameter_format \
                     is POSITIONAL"
                );
                return misfit(NAMES, details);
            }
        }
        ParameterFormat::Named => fit_names(place, variables, given)?,
    }
    for (i, parameter) in given.iter().enumerate() {
        fit_value(place, i, parameter.shown().unwrap_or_default())?;
    }
    let chars = text.filled_chars(|variable| value_of(format, given, variable));
    if chars > chars_max {
        return misfit(
            TOO_LONG,
            format!("{place}: hydrated text has {chars} characters, at most {chars_max} are allowed"),
        );
    }
    Ok(())
}

fn fit_names(place: Place, variables: &[String], given: &[Parameter]) -> Fits {
    for (i, parameter) in given.iter().enumerate() {
        let Some(name) = parameter.name() else {
            return misfit(NAMES, format!("{place}: parameter {i}: Parameter name is missing or empty"));
        };
        if !variables.iter().any(|variable| variable == name) {
            let known = variables.join(", ");
            return misfit(
                NAMES,
                format!("{place}: parameter {i}: no variable is named `{name}` (there are: {known})"),
            );
        }
        if given[..i].iter().any(|earlier| earlier.name() == Some(name)) {
            return misfit(NAMES, format!("{place}: parameter {i}: parameter_name `{name}` is given twice"));
        }
    }
    fit_count(place, given.len(), variables.len())
}

/// A value of a variable: some text, on one line.
pub(super) fn fit_value(place: impl fmt::Display, index: usize, value: &str) -> Fits {
    if value.trim().is_empty() {
        return misfit(
            MISSING,
            format!("{place}: parameter {index}: Parameter of type text is missing text value"),
        );
    }
    if value.contains(['\n', '\r', '\t']) || value.contains("     ") {
        let details = format!(
            "{place}: parameter {index}: Param text cannot have new-line/tab characters or more than 4 consecutive \
             spaces"
        );
        return misfit(CHARACTERS, details);
    }
    Ok(())
}

fn fit_offer(definition: &Definition, given: Option<&[Parameter]>) -> Fits {
    let place = "limited_time_offer";
    match (&definition.limited_time_offer, given) {
        (None, None) => Ok(()),
        (None, Some(_)) => misfit(FORMAT, format!("{place}: the template has no limited-time offer")),
        (Some(offer), None) if offer.has_expiration => {
            misfit(MISSING, format!("{place}: expiration_time_ms is required: the offer has an expiration"))
        }
        (Some(_), None) => Ok(()),
        (Some(_), Some([Parameter::Expiration(_)])) => Ok(()),
        (Some(_), Some([other])) => {
            let received = other.word();
            misfit(
                FORMAT,
                format!("{place}: Format mismatch, expected LIMITED_TIME_OFFER, received {received}"),
            )
        }
        (Some(_), Some(given)) => fit_count(place, given.len(), 1),
    }
}

fn fit_tap_target(given: Option<&[Parameter]>) -> Fits {
    let place = "tap_target_configuration";
    let Some(given) = given else { return Ok(()) };
    for parameter in given {
        match parameter {
            Parameter::TapTarget(targets) if targets.iter().all(|target| is_web_address(&target.url)) => {}
            Parameter::TapTarget(_) => {
                return misfit(VALUE, format!("{place}: url must begin with https:// or http://"));
            }
            other => {
                let received = other.word();
                return misfit(
                    FORMAT,
                    format!(
                        "{place}: Format mismatch, expected TAP_TARGET_CONFIGURATION, received {received}"
                    ),
                );
            }
        }
    }
    Ok(())
}

/// Media cards: as many as defined. Product cards: two to ten, all like the defined ones.
fn fit_cards(cards: &[Card], given: &[CardContent], format: ParameterFormat) -> Fits {
    let products = matches!(cards.first().and_then(|card| card.header.as_ref()), Some(Header::Product));
    if products && !super::check::CARDS.contains(&given.len()) {
        return misfit(COUNT, format!("carousel: 2 to 10 product cards are allowed, not {}", given.len()));
    }
    if !products && given.len() != cards.len() {
        let (given, expected) = (given.len(), cards.len());
        return misfit(
            COUNT,
            format!(
                "carousel: number of cards ({given}) does not match the expected number of cards ({expected})"
            ),
        );
    }
    for (i, content) in given.iter().enumerate() {
        let index = content.card_index;
        let twice = given[..i].iter().any(|earlier| earlier.card_index == index);
        let defined =
            if products { cards.get(index as usize).or(cards.last()) } else { cards.get(index as usize) };
        let Some(card) = defined.filter(|_| !twice && (index as usize) < given.len()) else {
            let last = given.len() - 1;
            return misfit(
                VALUE,
                format!("carousel: card_index must be each of 0..={last} once; {index} is not"),
            );
        };
        let parts = Parts::gather(&content.components, Some(index))?;
        let place = |part| Place { card: Some(index), part };
        fit_header(place("header"), card.header.as_ref(), parts.header, format)?;
        fit_body(place("body"), card.body.as_ref(), parts.body, format, CARD_BODY_CHARS_MAX)?;
        fit_buttons(Some(index), &card.buttons, &content.components)?;
    }
    Ok(())
}
