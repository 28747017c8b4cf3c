//! Reads what interactive messages have many of: reply buttons, rows, products and cards, each with its own count.
//! Called by `interactive_reader` alone.

use std::collections::HashSet;

use super::component::Section;
use super::interactive::{CardAction, InteractiveCard, ReplyButton, Row, RowSection};
use super::interactive_reader::{read_cta_url, read_product};
use super::media::{Media, MediaType, read_media};
use super::text::{need_id, need_short, some_short};
use crate::reader::{Cursor, Object, Problem, WireError, words};

const BUTTONS_MAX: usize = 3;
const BUTTON_ID_CHARS_MAX: usize = 256;
const BUTTON_TITLE_CHARS_MAX: usize = 20;
const SECTIONS_MAX: usize = 10;
const SECTION_TITLE_CHARS_MAX: usize = 24;
const ROWS_MAX: usize = 10;
const ROW_ID_CHARS_MAX: usize = 200;
const ROW_TITLE_CHARS_MAX: usize = 24;
const ROW_DESCRIPTION_CHARS_MAX: usize = 72;
const PRODUCTS_MAX: usize = 30;
const PRODUCT_ID_CHARS_MAX: usize = 512;
const CARDS_MIN: usize = 2;
const CARDS_MAX: usize = 10;
const CARD_BODY_CHARS_MAX: usize = 160;

words!(
    /// `type` of a button; cards have the second word for the same.
    ButtonType {
        Reply = "reply",
        QuickReply = "quick_reply",
    }
);

words!(
    /// `type` of a card.
    CardType {
        CtaUrl = "cta_url",
        Button = "button",
        QuickReply = "quick_reply",
        Product = "product",
    }
);

words!(
    /// `type` of a card's header.
    CardHeader {
        Image = "image",
        Video = "video",
    }
);

/// The items of an array, `min` to `max` of them.
fn counted<'a: 'p, 'p, 'v>(
    field: &'a Cursor<'p, 'v>,
    of: &'static str,
    (min, max): (usize, usize),
) -> Result<impl Iterator<Item = Cursor<'a, 'v>> + use<'a, 'p, 'v>, WireError> {
    let items = field.items()?;
    let got = items.len();
    if (min..=max).contains(&got) {
        Ok(items)
    } else {
        Err(field.error(Problem::Count { of, min, max, got }))
    }
}

pub(super) fn read_buttons(field: &Cursor<'_, '_>) -> Result<Vec<ReplyButton>, WireError> {
    let mut titles = HashSet::new();
    let mut buttons = Vec::with_capacity(BUTTONS_MAX);
    for button in counted(field, "buttons", (1, BUTTONS_MAX))? {
        let button = button.object(&["type", "reply", "quick_reply"])?;
        let key = match button.get("type").map(|of| ButtonType::read(&of)).transpose()? {
            Some(ButtonType::QuickReply) => "quick_reply",
            Some(ButtonType::Reply) | None => "reply",
        };
        let reply = button.need(key)?;
        let reply = reply.object(&["id", "title"])?;
        let id = need_id(reply, "id", BUTTON_ID_CHARS_MAX)?;
        let title = need_short(reply, "title", BUTTON_TITLE_CHARS_MAX)?;
        if !titles.insert(title.clone()) {
            return Err(reply.need("title")?.error(Problem::duplicate(&title)));
        }
        buttons.push(ReplyButton { id, title });
    }
    Ok(buttons)
}

/// A section's title: needed where there are several.
fn section_title(section: Object<'_, '_>, sections: usize) -> Result<Option<String>, WireError> {
    let title = some_short(section, "title", SECTION_TITLE_CHARS_MAX)?;
    if title.is_none() && sections > 1 {
        return Err(section.missing("title"));
    }
    Ok(title)
}

pub(super) fn read_sections(field: &Cursor<'_, '_>) -> Result<Vec<RowSection>, WireError> {
    let mut sections = Vec::new();
    let (count, mut total) = (field.items()?.len(), 0);
    for section in counted(field, "sections", (1, SECTIONS_MAX))? {
        let section = section.object(&["title", "rows"])?;
        let title = section_title(section, count)?;
        let rows = section.need("rows")?;
        total += rows.items()?.len();
        if total > ROWS_MAX {
            return Err(field.error(too_many("rows in total", ROWS_MAX, field, "rows")?));
        }
        let rows =
            counted(&rows, "rows", (1, ROWS_MAX))?.map(|row| read_row(&row)).collect::<Result<_, _>>()?;
        sections.push(RowSection { title, rows });
    }
    Ok(sections)
}

/// How many there are over all sections, as a problem.
fn too_many(
    of: &'static str,
    max: usize,
    sections: &Cursor<'_, '_>,
    key: &str,
) -> Result<Problem, WireError> {
    let count = |section: Cursor<'_, '_>| {
        let items = section.value().get(key).and_then(serde_json::Value::as_array);
        items.map_or(0, Vec::len)
    };
    Ok(Problem::Count { of, min: 1, max, got: sections.items()?.map(count).sum() })
}

fn read_row(row: &Cursor<'_, '_>) -> Result<Row, WireError> {
    let row = row.object(&["id", "title", "description"])?;
    Ok(Row {
        id: need_id(row, "id", ROW_ID_CHARS_MAX)?,
        title: need_short(row, "title", ROW_TITLE_CHARS_MAX)?,
        description: some_short(row, "description", ROW_DESCRIPTION_CHARS_MAX)?,
    })
}

pub(super) fn read_products(field: &Cursor<'_, '_>) -> Result<Vec<Section>, WireError> {
    let mut sections = Vec::new();
    let (count, mut total) = (field.items()?.len(), 0);
    for section in counted(field, "sections", (1, SECTIONS_MAX))? {
        let section = section.object(&["title", "product_items"])?;
        let title = section_title(section, count)?.unwrap_or_default();
        let items = section.need("product_items")?;
        total += items.items()?.len();
        if total > PRODUCTS_MAX {
            return Err(field.error(too_many("products in total", PRODUCTS_MAX, field, "product_items")?));
        }
        let mut products = Vec::new();
        for item in counted(&items, "products", (1, PRODUCTS_MAX))? {
            let item = item.object(&["product_retailer_id"])?;
            products.push(need_id(item, "product_retailer_id", PRODUCT_ID_CHARS_MAX)?);
        }
        sections.push(Section { title, products });
    }
    Ok(sections)
}

pub(super) fn read_cards(field: &Cursor<'_, '_>) -> Result<Vec<InteractiveCard>, WireError> {
    let mut cards: Vec<InteractiveCard> = Vec::with_capacity(CARDS_MIN);
    let mut seen = HashSet::new();
    for place in counted(field, "cards", (CARDS_MIN, CARDS_MAX))? {
        let card = place.object(&["card_index", "type", "header", "body", "action"])?;
        if let Some(index) = card.get("card_index") {
            let number = index.integer()?;
            if !(0..CARDS_MAX as i64).contains(&number) {
                return Err(index.error(Problem::bad_value(&number.to_string(), "0 to 9")));
            }
            if !seen.insert(number) {
                return Err(index.error(Problem::duplicate(&number.to_string())));
            }
        }
        let read = read_card(card)?;
        let kind = |card: &InteractiveCard| card.header.as_ref().map(|header| header.kind);
        if cards.first().is_some_and(|first| kind(first) != kind(&read)) {
            let rule = "must be of the same type as on the other cards";
            return Err(card.get("header").map_or_else(
                || place.error(Problem::Rule("must have a header as the other cards have")),
                |header| header.error(Problem::Rule(rule)),
            ));
        }
        cards.push(read);
    }
    Ok(cards)
}

fn read_card(card: Object<'_, '_>) -> Result<InteractiveCard, WireError> {
    let action = card.need("action")?;
    let kind = match card.get("type") {
        Some(of) => CardType::read(&of)?,
        None if action.open_object()?.get("product_retailer_id").is_some() => CardType::Product,
        None => CardType::CtaUrl,
    };
    let action = match kind {
        CardType::CtaUrl => CardAction::CtaUrl(read_cta_url(&action)?),
        CardType::Button | CardType::QuickReply => {
            CardAction::Buttons(read_buttons(&action.object(&["buttons"])?.need("buttons")?)?)
        }
        CardType::Product => CardAction::Product(read_product(&action)?),
    };
    let header = card.get("header").map(|header| read_card_header(&header)).transpose()?;
    if header.is_none() && kind != CardType::Product {
        return Err(card.missing("header"));
    }
    let body = match card.get("body") {
        Some(body) => some_short(body.object(&["text"])?, "text", CARD_BODY_CHARS_MAX)?,
        None => None,
    };
    Ok(InteractiveCard { header, body, action })
}

fn read_card_header(field: &Cursor<'_, '_>) -> Result<Media, WireError> {
    let header = field.object(&["type", "image", "video"])?;
    let kind = match CardHeader::read(&header.need("type")?)? {
        CardHeader::Image => MediaType::Image,
        CardHeader::Video => MediaType::Video,
    };
    read_media(&header.need(kind.as_str())?, kind)
}
