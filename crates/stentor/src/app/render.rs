//! What a simulated phone shows of a departure: the template with its parameters filled in, or the free-form message.
//! Handed to the simulated upstream, which knows neither registry nor templates.

use std::sync::Arc;

use stentor_core::click::Place;
use stentor_core::template::{
    self, ButtonAction, MediaSource, RenderedButton, RenderedCard, RenderedHeader, RenderedOffer,
};
use stentor_core::time::Timestamp;
use stentor_simnet::{Button, MessageKind, Rendered};
use stentor_wire::send::{Kind, parse_send};

use crate::clicks::{Clicks, Links, is_tracked};
use crate::free_form;
use crate::registry::Directory;
use crate::translate;
use crate::upstream::Departure;
use crate::upstream::simulated::Render;

/// The renderer for a registry; a payload that cannot be read any more shows nothing.
/// `clicks`: what is tapped of a tracked template leads there.
pub fn renderer(directory: Arc<Directory>, clicks: Option<Clicks>) -> Render {
    Arc::new(move |departure| render(&directory, clicks.as_ref(), departure).unwrap_or_default())
}

fn render(directory: &Directory, clicks: Option<&Clicks>, departure: &Departure) -> Option<Rendered> {
    match parse_send(&departure.payload).ok()?.value.kind {
        Kind::Template(send) => {
            let template = departure.template.as_ref()?;
            let snapshot = directory.snapshot();
            let registered = snapshot.template_by_id(template.account, template.id)?;
            let content = translate::content(send.components);
            let mut shown = phone(template::render(&registered.definition, &content));
            if let Some(clicks) = clicks.filter(|_| is_tracked(template)) {
                let (of, deadline) =
                    ((template.account, departure.id), departure.id.accepted_at() + departure.ttl);
                let links = Links::of(&template.components);
                for (place, button) in buttons(&mut shown).filter(|(place, _)| links.take(*place)) {
                    button.value = clicks.link(of, place, deadline);
                }
            }
            Some(shown)
        }
        other => free_form::rendered(other),
    }
}

/// The buttons on the phone, each with its place.
fn buttons(shown: &mut Rendered) -> impl Iterator<Item = (Place, &mut Button)> {
    let own = shown.buttons.iter_mut().enumerate().map(|(at, button)| (Place::own(at), button));
    let cards = shown.cards.iter_mut().enumerate().flat_map(|(card, shown)| {
        let all = shown.buttons.iter_mut().enumerate();
        all.map(move |(at, button)| (Place::on_card(card, at), button))
    });
    own.chain(cards).filter_map(|(place, button)| Some((place?, button)))
}

fn phone(rendered: template::Rendered) -> Rendered {
    let offer = rendered.offer.map(offer).unwrap_or_default();
    Rendered {
        kind: MessageKind::Template,
        header: rendered.header.map(header).unwrap_or_default(),
        body: if offer.is_empty() { rendered.body } else { format!("{offer}\n{}", rendered.body) },
        footer: rendered.footer.unwrap_or_default(),
        buttons: rendered.buttons.into_iter().map(button).collect(),
        cards: rendered.cards.into_iter().map(card).collect(),
        list: None,
    }
}

fn card(card: RenderedCard) -> Rendered {
    Rendered {
        header: card.header.map(header).unwrap_or_default(),
        body: card.body.unwrap_or_default(),
        buttons: card.buttons.into_iter().map(button).collect(),
        ..Rendered::default()
    }
}

fn offer(offer: RenderedOffer) -> String {
    match offer.expires_at_ms {
        Some(ms) => format!("{} (ends {})", offer.text, Timestamp::from_millis(ms)),
        None => offer.text,
    }
}

fn header(header: RenderedHeader) -> String {
    match header {
        RenderedHeader::Text(text) => text,
        RenderedHeader::Media { kind, source, filename } => {
            let from = source.map(|source| match source {
                MediaSource::Id(id) => format!(" {id}"),
                MediaSource::Link(link) => format!(" {link}"),
            });
            let name = filename.map(|name| format!(" {name}"));
            format!(
                "[{}]{}{}",
                kind.as_str().to_lowercase(),
                from.unwrap_or_default(),
                name.unwrap_or_default()
            )
        }
        RenderedHeader::Location { latitude, longitude, name, address } => {
            let words: Vec<String> = [name, address].into_iter().flatten().collect();
            format!("[location] {latitude}, {longitude} {}", words.join(", ")).trim_end().to_owned()
        }
        RenderedHeader::Product(product) => {
            format!("[product] {}", product.map(|p| p.retailer_id).unwrap_or_default()).trim_end().to_owned()
        }
    }
}

fn button(button: RenderedButton) -> Button {
    let (value, reply_payload) = match button.action {
        ButtonAction::Reply(payload) => (String::new(), Some(payload)),
        ButtonAction::Open(value) | ButtonAction::Call(value) | ButtonAction::Copy(value) => (value, None),
        _ => (String::new(), None),
    };
    Button { text: button.label, value, reply_payload }
}
