//! What a phone shows of a message that is no template: text, media, places, contacts, reactions, everything interactive.
//! Called by whoever puts a message before the simulated network: the program's renderer and the network process. Pure.

use stentor_simnet::{Button, List, ListRow, ListSection, MessageKind, Rendered};
use stentor_wire::send::{
    Action, CardAction, ContactCard, CtaUrl, Interactive, InteractiveCard, InteractiveHeader, Kind, Media,
    MediaSource, MediaType, Place, ReplyButton, Row, RowSection, Section,
};

/// The message on the phone; `None` for a template, whose text its registration has, and for what is no message.
#[must_use]
pub fn rendered(kind: Kind) -> Option<Rendered> {
    let body = |kind, body| Rendered { kind, body, ..Rendered::default() };
    Some(match kind {
        Kind::Text { body: text, .. } => body(MessageKind::Text, text),
        Kind::Media(media) => {
            let kind = kind_of(&media);
            Rendered {
                kind,
                header: medium(&media),
                body: media.caption.unwrap_or_default(),
                ..Rendered::default()
            }
        }
        Kind::Location(place) => location(place),
        Kind::Contacts(cards) => contacts(&cards),
        Kind::Reaction { emoji, .. } => Rendered {
            kind: MessageKind::Reaction,
            header: if emoji.is_some() { "[reaction]" } else { "[reaction taken back]" }.to_owned(),
            body: emoji.unwrap_or_default(),
            ..Rendered::default()
        },
        Kind::Interactive(message) => interactive(*message),
        Kind::Template(_) | Kind::Pin | Kind::MarkRead { .. } => return None,
    })
}

fn kind_of(media: &Media) -> MessageKind {
    match media.kind {
        MediaType::Image => MessageKind::Image,
        MediaType::Audio if media.voice => MessageKind::Voice,
        MediaType::Audio => MessageKind::Audio,
        MediaType::Video | MediaType::Gif => MessageKind::Video,
        MediaType::Document => MessageKind::Document,
        MediaType::Sticker => MessageKind::Sticker,
    }
}

/// `[image] https://...`, `[voice] 1234`, `[document] 1234 plan.pdf`.
fn medium(media: &Media) -> String {
    let (MediaSource::Id(from) | MediaSource::Link(from)) = &media.source;
    let name = media.filename.as_deref().unwrap_or_default();
    format!("[{}] {from} {name}", kind_of(media).as_str()).trim_end().to_owned()
}

fn location(place: Place) -> Rendered {
    let Place { latitude, longitude, name, address } = place;
    let words: Vec<String> = [name, address].into_iter().flatten().collect();
    Rendered {
        kind: MessageKind::Location,
        header: format!("[location] {latitude}, {longitude}"),
        body: words.join("\n"),
        ..Rendered::default()
    }
}

/// A paragraph a card.
fn contacts(cards: &[ContactCard]) -> Rendered {
    let one = |card: &ContactCard| {
        let lines = std::iter::once(&card.name).chain(&card.company).chain(&card.phones).chain(&card.emails);
        let lines = lines.chain(&card.urls).chain(&card.addresses).chain(&card.birthday);
        lines.map(String::as_str).collect::<Vec<_>>().join("\n")
    };
    let header =
        if cards.len() == 1 { "[contact]".to_owned() } else { format!("[{} contacts]", cards.len()) };
    let body = cards.iter().map(one).collect::<Vec<_>>().join("\n\n");
    Rendered { kind: MessageKind::Contacts, header, body, ..Rendered::default() }
}

fn interactive(message: Interactive) -> Rendered {
    let Interactive { header, body, footer, action, .. } = message;
    let mut shown = Rendered {
        kind: MessageKind::Interactive,
        header: match header {
            Some(InteractiveHeader::Text(text)) => text,
            Some(InteractiveHeader::Media(media)) => medium(&media),
            None => String::new(),
        },
        body: body.unwrap_or_default(),
        footer: footer.unwrap_or_default(),
        ..Rendered::default()
    };
    act(&mut shown, action);
    shown
}

/// What can be tapped. Only a reply button and a row come back to the business; the rest is the app's own affair.
fn act(shown: &mut Rendered, action: Action) {
    let label = |text: &str| Button { text: text.to_owned(), ..Button::default() };
    let mut headline = |words: String| {
        if shown.header.is_empty() {
            shown.header = words;
        }
    };
    let button = match action {
        Action::Buttons(buttons) => return shown.buttons = buttons.into_iter().map(reply).collect(),
        Action::List { button, sections } => {
            let sections = sections.into_iter().map(list_section).collect();
            return shown.list = Some(List { button, sections });
        }
        Action::Carousel(cards) => return shown.cards = cards.into_iter().map(card).collect(),
        Action::CtaUrl(cta) => url(cta),
        Action::Flow { cta } => label(&cta),
        Action::SendLocation => label("Send location"),
        Action::Address { .. } => label("Provide address"),
        Action::Product(product) => {
            headline(format!("[product] {}", product.retailer_id));
            label("View")
        }
        Action::Products { sections, .. } => {
            shown.cards = sections.into_iter().flat_map(products).collect();
            label("View items")
        }
        Action::Catalog { thumbnail } => {
            headline(format!("[catalog] {}", thumbnail.unwrap_or_default()).trim_end().to_owned());
            label("View catalog")
        }
        Action::Pay { reference_id, total } => {
            headline(format!("[order] {reference_id}"));
            Button { value: total, ..label("Review and pay") }
        }
        Action::OrderStatus { reference_id, status } => {
            return headline(format!("[order] {reference_id}: {status}"));
        }
        Action::AllowCalls => label("Choose preference"),
        Action::Call { display_text } => label(display_text.as_deref().unwrap_or("Call now")),
        Action::ShareContact => label("Share contact info"),
    };
    shown.buttons.push(button);
}

fn reply(button: ReplyButton) -> Button {
    Button { text: button.title, value: String::new(), reply_payload: Some(button.id) }
}

fn url(cta: CtaUrl) -> Button {
    Button { text: cta.display_text, value: cta.url, reply_payload: None }
}

fn list_section(section: RowSection) -> ListSection {
    let row =
        |row: Row| ListRow { id: row.id, title: row.title, description: row.description.unwrap_or_default() };
    ListSection {
        title: section.title.unwrap_or_default(),
        rows: section.rows.into_iter().map(row).collect(),
    }
}

fn card(card: InteractiveCard) -> Rendered {
    let mut header = card.header.as_ref().map(medium).unwrap_or_default();
    let buttons = match card.action {
        CardAction::CtaUrl(cta) => vec![url(cta)],
        CardAction::Buttons(buttons) => buttons.into_iter().map(reply).collect(),
        CardAction::Product(product) => {
            header = format!("[product] {}", product.retailer_id);
            vec![Button { text: "View".to_owned(), ..Button::default() }]
        }
    };
    Rendered { header, body: card.body.unwrap_or_default(), buttons, ..Rendered::default() }
}

fn products(section: Section) -> Vec<Rendered> {
    let title = section.title;
    let one = |id: String| Rendered {
        header: format!("[product] {id}"),
        body: title.clone(),
        ..Rendered::default()
    };
    section.products.into_iter().map(one).collect()
}
