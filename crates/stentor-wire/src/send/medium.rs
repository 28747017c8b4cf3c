//! Every place where a send holds a medium, in one list: what one check of ids and one fetcher of links look at.
//! Called by the API before it accepts, and by whoever fetches links. Copies nothing.

use super::component::{Component, MediaSource, Parameter};
use super::interactive::{Action, Interactive, InteractiveHeader};
use super::media::{Media, MediaType};
use super::request::{Kind, SendRequest};

/// One medium of a send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Medium<'a> {
    /// What it must be.
    pub kind: MediaType,
    /// Where it comes from.
    pub source: &'a MediaSource,
    /// Where in the message, for refusals: as `template['components']`; without an index.
    pub place: &'static str,
}

impl SendRequest {
    /// Every medium, in the order of the message: its own, its header's, its cards', its template parameters'.
    #[must_use]
    pub fn media(&self) -> Vec<Medium<'_>> {
        let mut found = Vec::new();
        match &self.kind {
            Kind::Media(media) => found.push(medium(media, media.kind.as_str())),
            Kind::Interactive(interactive) => of_interactive(interactive, &mut found),
            Kind::Template(template) => of_components(&template.components, &mut found),
            Kind::Text { .. }
            | Kind::Location(_)
            | Kind::Contacts(_)
            | Kind::Reaction { .. }
            | Kind::Pin
            | Kind::MarkRead { .. } => {}
        }
        found
    }
}

fn medium<'a>(media: &'a Media, place: &'static str) -> Medium<'a> {
    Medium { kind: media.kind, source: &media.source, place }
}

fn of_interactive<'a>(interactive: &'a Interactive, found: &mut Vec<Medium<'a>>) {
    if let Some(InteractiveHeader::Media(media)) = &interactive.header {
        found.push(medium(media, "interactive['header']"));
    }
    if let Action::Carousel(cards) = &interactive.action {
        let headers = cards.iter().filter_map(|card| card.header.as_ref());
        found.extend(headers.map(|media| medium(media, "interactive['action']['cards']")));
    }
}

fn of_components<'a>(components: &'a [Component], found: &mut Vec<Medium<'a>>) {
    for component in components {
        match component {
            Component::Header(parameters) | Component::Body(parameters) => {
                for parameter in parameters {
                    if let Parameter::Media { kind, source, .. } = parameter {
                        found.push(Medium { kind: (*kind).into(), source, place: "template['components']" });
                    }
                }
            }
            Component::Carousel(cards) => {
                cards.iter().for_each(|card| of_components(&card.components, found));
            }
            Component::LimitedTimeOffer(_) | Component::TapTarget(_) | Component::Button { .. } => {}
        }
    }
}
