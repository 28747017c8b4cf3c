//! The media of a send: where each stands in the request, what it is to be, and where it comes from.

use super::MediaKind;
use crate::template::{ButtonContent, Component, Content, MediaSource, Parameter};

/// One medium of a send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference<'a> {
    /// The field, as Meta writes it in a refusal: `template['components'][0]['parameters'][0]['image']['id']`.
    pub field: String,
    /// What it is to be shown as.
    pub kind: MediaKind,
    /// Uploaded or linked.
    pub source: &'a MediaSource,
}

impl<'a> Reference<'a> {
    /// The medium of an object such as `image` that stands in `under` (nothing for the message's own).
    ///
    /// ```
    /// use stentor_core::{media::{MediaKind, Reference}, template::MediaSource};
    /// let source = MediaSource::Id("1".into());
    /// assert_eq!(Reference::new("", MediaKind::Image, "image", &source).field, "image['id']");
    /// ```
    #[must_use]
    pub fn new(under: &str, kind: MediaKind, word: &str, source: &'a MediaSource) -> Self {
        let name = match source {
            MediaSource::Id(_) => "id",
            MediaSource::Link(_) => "link",
        };
        let field = match under {
            "" => format!("{word}['{name}']"),
            under => format!("{under}['{word}']['{name}']"),
        };
        Self { field, kind, source }
    }

    /// The media of a template's filling, in order, the cards' included.
    #[must_use]
    pub fn of_template(content: &'a Content) -> Vec<Self> {
        let mut found = Vec::new();
        of_components("template", &content.components, &mut found);
        found
    }
}

fn of_components<'a>(under: &str, components: &'a [Component], found: &mut Vec<Reference<'a>>) {
    for (i, component) in components.iter().enumerate() {
        let here = format!("{under}['components'][{i}]");
        match component {
            Component::Header(parameters)
            | Component::Body(parameters)
            | Component::LimitedTimeOffer(parameters)
            | Component::TapTarget(parameters)
            | Component::Button(ButtonContent { parameters, .. }) => of_parameters(&here, parameters, found),
            Component::Carousel(cards) => {
                for (at, card) in cards.iter().enumerate() {
                    of_components(&format!("{here}['cards'][{at}]"), &card.components, found);
                }
            }
        }
    }
}

fn of_parameters<'a>(under: &str, parameters: &'a [Parameter], found: &mut Vec<Reference<'a>>) {
    for (i, parameter) in parameters.iter().enumerate() {
        if let Parameter::Media { kind, source, .. } = parameter {
            let word = kind.as_str().to_ascii_lowercase();
            let here = format!("{under}['parameters'][{i}]");
            found.push(Reference::new(&here, MediaKind::from(*kind), &word, source));
        }
    }
}
