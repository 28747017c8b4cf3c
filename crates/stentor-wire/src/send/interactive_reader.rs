//! Reads an interactive message: its frame, and the action that its type asks for, with Meta's limits (facts/meta 2.3).
//! What it is made of stands in `interactive`; lists, buttons and cards are read in `interactive_parts`.

use super::component::Product;
use super::emoji;
use super::interactive::{Action, CtaUrl, Interactive, InteractiveHeader, InteractiveType};
use super::interactive_parts::{read_buttons, read_cards, read_products, read_sections};
use super::media::{MediaType, read_media};
use super::text::{need_id, need_real, need_short, need_url, some_short};
use crate::reader::{Cursor, Object, Problem, WireError, words};

const BODY_CHARS_MAX: usize = 1_024;
const LIST_BODY_CHARS_MAX: usize = 4_096;
const HEADER_CHARS_MAX: usize = 60;
const FOOTER_CHARS_MAX: usize = 60;
const LABEL_CHARS_MAX: usize = 20;
const FLOW_LABEL_CHARS_MAX: usize = 30;
const PAYLOAD_CHARS_MAX: usize = 512;
const TTL_MINUTES: std::ops::RangeInclusive<i64> = 1..=43_200;

words!(
    /// `type` of a header.
    HeaderType {
        Text = "text",
        Image = "image",
        Video = "video",
        Document = "document",
    }
);

words!(
    /// `mode` of a flow.
    FlowMode {
        Draft = "draft",
        Published = "published",
    }
);

words!(
    /// `flow_action`.
    FlowAction {
        Navigate = "navigate",
        DataExchange = "data_exchange",
    }
);

pub(super) fn read_interactive(field: &Cursor<'_, '_>) -> Result<Interactive, WireError> {
    let message = field.object(&["type", "header", "body", "footer", "action"])?;
    let kind = InteractiveType::read(&message.need("type")?)?;
    let header = message.get("header").map(|header| read_header(&header, kind)).transpose()?;
    if header.is_none() && kind == InteractiveType::ProductList {
        return Err(message.missing("header"));
    }
    let max = if kind == InteractiveType::List { LIST_BODY_CHARS_MAX } else { BODY_CHARS_MAX };
    let body = read_text(message, "body", max)?;
    let needs_body = !matches!(
        kind,
        InteractiveType::Product
            | InteractiveType::CallPermission
            | InteractiveType::ContactInfo
            | InteractiveType::ContactRequest
    );
    if body.is_none() && needs_body {
        return Err(message.missing("body"));
    }
    let footer = read_text(message, "footer", FOOTER_CHARS_MAX)?;
    if footer.is_some() && kind == InteractiveType::Carousel {
        let rule = "is not allowed: a carousel has no footer";
        return Err(message.need("footer")?.error(Problem::Rule(rule)));
    }
    let action = read_action(&message.need("action")?, kind)?;
    Ok(Interactive { kind, header, body, footer, action })
}

/// `{text}`; an empty one counts as absent.
fn read_text(message: Object<'_, '_>, key: &str, max: usize) -> Result<Option<String>, WireError> {
    let Some(field) = message.get(key) else { return Ok(None) };
    some_short(field.object(&["text"])?, "text", max)
}

fn read_header(field: &Cursor<'_, '_>, kind: InteractiveType) -> Result<InteractiveHeader, WireError> {
    let header = field.object(&["type", "text", "image", "video", "document", "sub_text"])?;
    let of = header.need("type")?;
    let header_type = HeaderType::read(&of)?;
    match kind {
        InteractiveType::Carousel => {
            let rule = "is not allowed: a carousel has headers on its cards only";
            return Err(field.error(Problem::Rule(rule)));
        }
        InteractiveType::List | InteractiveType::ProductList if header_type != HeaderType::Text => {
            return Err(of.error(Problem::bad_value(header_type.as_str(), "text")));
        }
        _ => {}
    }
    let medium = |kind: MediaType| read_media(&header.need(kind.as_str())?, kind);
    Ok(match header_type {
        HeaderType::Text => InteractiveHeader::Text(need_short(header, "text", HEADER_CHARS_MAX)?),
        HeaderType::Image => InteractiveHeader::Media(medium(MediaType::Image)?),
        HeaderType::Video => InteractiveHeader::Media(medium(MediaType::Video)?),
        HeaderType::Document => InteractiveHeader::Media(medium(MediaType::Document)?),
    })
}

fn read_action(field: &Cursor<'_, '_>, kind: InteractiveType) -> Result<Action, WireError> {
    let named = |known: &'static [&'static str]| {
        let action = field.object(&["name", "parameters"])?;
        need_name(action, known)?;
        Ok::<_, WireError>(action)
    };
    Ok(match kind {
        InteractiveType::Button => {
            Action::Buttons(read_buttons(&field.object(&["buttons"])?.need("buttons")?)?)
        }
        InteractiveType::List => {
            let action = field.object(&["button", "sections"])?;
            let button = need_short(action, "button", LABEL_CHARS_MAX)?;
            Action::List { button, sections: read_sections(&action.need("sections")?)? }
        }
        InteractiveType::CtaUrl => Action::CtaUrl(read_cta_url(field)?),
        InteractiveType::Carousel => Action::Carousel(read_cards(&field.object(&["cards"])?.need("cards")?)?),
        InteractiveType::Flow => read_flow(&named(&["flow"])?.need("parameters")?)?,
        InteractiveType::LocationRequest => named(&["send_location"]).map(|_| Action::SendLocation)?,
        InteractiveType::Address => read_address(&named(&["address_message"])?.need("parameters")?)?,
        InteractiveType::Product => Action::Product(read_product(field)?),
        InteractiveType::ProductList => {
            let action = field.object(&["catalog_id", "sections"])?;
            let catalog_id = need_id(action, "catalog_id", PAYLOAD_CHARS_MAX)?;
            Action::Products { catalog_id, sections: read_products(&action.need("sections")?)? }
        }
        InteractiveType::Catalog => {
            let thumbnail = match named(&["catalog_message"])?.get("parameters") {
                Some(parameters) => parameters
                    .object(&["thumbnail_product_retailer_id"])?
                    .get("thumbnail_product_retailer_id")
                    .map(|id| id.string_or_number())
                    .transpose()?,
                None => None,
            };
            Action::Catalog { thumbnail }
        }
        InteractiveType::OrderDetails => read_order(&named(&["review_and_pay"])?.need("parameters")?)?,
        InteractiveType::OrderStatus => read_status(&named(&["review_order"])?.need("parameters")?)?,
        InteractiveType::CallPermission => named(&["call_permission_request"]).map(|_| Action::AllowCalls)?,
        InteractiveType::VoiceCall => read_call(named(&["voice_call"])?)?,
        InteractiveType::ContactInfo | InteractiveType::ContactRequest => {
            named(&["request_contact_info", "contact_request"]).map(|_| Action::ShareContact)?
        }
    })
}

/// The action's name, in any case.
fn need_name(action: Object<'_, '_>, known: &[&'static str]) -> Result<(), WireError> {
    let name = action.need("name")?;
    let got = name.str()?;
    if known.iter().any(|known| got.eq_ignore_ascii_case(known)) {
        return Ok(());
    }
    Err(name.error(Problem::bad_value(got, known.join(", "))))
}

/// `{name: "cta_url", parameters: {display_text, url}}`, of a message or a card.
pub(super) fn read_cta_url(field: &Cursor<'_, '_>) -> Result<CtaUrl, WireError> {
    let action = field.object(&["name", "parameters"])?;
    need_name(action, &["cta_url"])?;
    let parameters = action.need("parameters")?;
    let parameters = parameters.object(&["display_text", "url"])?;
    Ok(CtaUrl {
        display_text: need_short(parameters, "display_text", LABEL_CHARS_MAX)?,
        url: need_url(parameters, "url")?,
    })
}

/// `{product_retailer_id, catalog_id}`, of a message or a card.
pub(super) fn read_product(field: &Cursor<'_, '_>) -> Result<Product, WireError> {
    let action = field.object(&["catalog_id", "product_retailer_id"])?;
    Ok(Product {
        retailer_id: need_id(action, "product_retailer_id", PAYLOAD_CHARS_MAX)?,
        catalog_id: need_id(action, "catalog_id", PAYLOAD_CHARS_MAX)?,
    })
}

const FLOW: &[&str] = &[
    "flow_message_version",
    "flow_id",
    "flow_name",
    "flow_cta",
    "flow_token",
    "mode",
    "flow_action",
    "flow_action_payload",
];

fn read_flow(field: &Cursor<'_, '_>) -> Result<Action, WireError> {
    let flow = field.object(FLOW)?;
    let version = flow.need("flow_message_version")?;
    let given = version.string_or_number()?;
    if given.trim() != "3" {
        return Err(version.error(Problem::bad_value(&given, "3")));
    }
    let id = flow.get("flow_id").map(|id| id.string_or_number()).transpose()?;
    match (id, flow.string("flow_name")?) {
        (Some(_), None) | (None, Some(_)) => {}
        (None, None) => return Err(field.error(Problem::NoneOf { fields: "flow_id or flow_name" })),
        (Some(_), Some(_)) => {
            return Err(field.error(Problem::bad_value("flow_id and flow_name", "flow_id, flow_name")));
        }
    }
    flow.string("flow_token")?;
    flow.get("mode").map(|mode| FlowMode::read(&mode)).transpose()?;
    flow.get("flow_action").map(|action| FlowAction::read(&action)).transpose()?;
    if let Some(payload) = flow.get("flow_action_payload") {
        let payload = payload.open_object()?;
        payload.string("screen")?;
        payload.get("data").map(|data| data.open_object().map(drop)).transpose()?;
    }
    let cta = need_short(flow, "flow_cta", FLOW_LABEL_CHARS_MAX)?;
    if emoji::is_in(&cta) {
        return Err(flow.need("flow_cta")?.error(Problem::Rule("must not contain emoji")));
    }
    Ok(Action::Flow { cta })
}

fn read_address(field: &Cursor<'_, '_>) -> Result<Action, WireError> {
    let address = field.object(&["country", "values", "saved_addresses", "validation_errors"])?;
    let country = need_real(address, "country")?;
    if country.len() != 2 || !country.bytes().all(|b| b.is_ascii_alphabetic()) {
        return Err(address.need("country")?.error(Problem::bad_value(&country, "an ISO code such as IN")));
    }
    Ok(Action::Address { country: country.to_ascii_uppercase() })
}

/// An order as a sum; everything else of it is between the business and whoever takes the payment.
fn read_order(field: &Cursor<'_, '_>) -> Result<Action, WireError> {
    let order = field.open_object()?;
    let reference_id = need_id(order, "reference_id", PAYLOAD_CHARS_MAX)?;
    let currency = need_real(order, "currency")?;
    let total = order.need("total_amount")?;
    let total = total.open_object()?;
    let value = total.need("value")?.integer()?;
    let offset = total.integer("offset")?.unwrap_or(100).clamp(1, 1_000_000);
    let sum = value as f64 / offset as f64;
    Ok(Action::Pay { reference_id, total: format!("{currency} {sum:.2}") })
}

fn read_status(field: &Cursor<'_, '_>) -> Result<Action, WireError> {
    let parameters = field.open_object()?;
    let order = parameters.need("order")?;
    Ok(Action::OrderStatus {
        reference_id: need_id(parameters, "reference_id", PAYLOAD_CHARS_MAX)?,
        status: need_real(order.open_object()?, "status")?,
    })
}

fn read_call(action: Object<'_, '_>) -> Result<Action, WireError> {
    let Some(parameters) = action.get("parameters") else { return Ok(Action::Call { display_text: None }) };
    let parameters = parameters.object(&["display_text", "ttl_minutes", "payload"])?;
    if let Some(ttl) = parameters.get("ttl_minutes") {
        let minutes = ttl.integer()?;
        if !TTL_MINUTES.contains(&minutes) {
            return Err(ttl.error(Problem::bad_value(&minutes.to_string(), "1 to 43200")));
        }
    }
    some_short(parameters, "payload", PAYLOAD_CHARS_MAX)?;
    Ok(Action::Call { display_text: some_short(parameters, "display_text", LABEL_CHARS_MAX)? })
}
