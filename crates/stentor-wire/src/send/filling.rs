//! Reads the components of a template send; what they may hold stands in `component`.

use super::component::{Card, Component, MediaKind, Parameter, Product, Section, SubType, TapTarget};
use super::media::source;
use super::text::{real, real_or_number};
use crate::reader::{Cursor, Object, Problem, WireError, words};

words!(
    /// `type` of a component.
    ComponentType {
        Header = "header",
        Body = "body",
        LimitedTimeOffer = "limited_time_offer",
        TapTarget = "tap_target_configuration",
        Carousel = "carousel",
        Button = "button",
    }
);

words!(
    /// `type` of a parameter.
    ParameterType {
        Text = "text",
        Currency = "currency",
        DateTime = "date_time",
        Image = "image",
        Video = "video",
        Gif = "gif",
        Document = "document",
        Location = "location",
        Product = "product",
        Payload = "payload",
        CouponCode = "coupon_code",
        Action = "action",
        LimitedTimeOffer = "limited_time_offer",
        TapTarget = "tap_target_configuration",
        TtlMinutes = "ttl_minutes",
    }
);

pub(super) fn parse_components(components: &Cursor<'_, '_>) -> Result<Vec<Component>, WireError> {
    let items = components.items()?;
    let mut read = Vec::with_capacity(items.len());
    for component in items {
        read.push(read_component(&component)?);
    }
    Ok(read)
}

fn read_component(component: &Cursor<'_, '_>) -> Result<Component, WireError> {
    let component = component.object(&["type", "sub_type", "index", "parameters", "cards"])?;
    let parameters = |lenient| read_parameters(component, lenient);
    Ok(match ComponentType::read(&component.need("type")?)? {
        ComponentType::Header => Component::Header(parameters(false)?),
        ComponentType::Body => Component::Body(parameters(false)?),
        ComponentType::LimitedTimeOffer => Component::LimitedTimeOffer(parameters(false)?),
        ComponentType::TapTarget => Component::TapTarget(parameters(false)?),
        ComponentType::Carousel => Component::Carousel(read_cards(&component.need("cards")?)?),
        ComponentType::Button => {
            let sub_type = SubType::read(&component.need("sub_type")?)?;
            Component::Button {
                sub_type,
                index: read_index(component, "index")?,
                parameters: parameters(sub_type == SubType::QuickReply)?,
            }
        }
    })
}

fn read_cards(cards: &Cursor<'_, '_>) -> Result<Vec<Card>, WireError> {
    cards
        .items()?
        .map(|card| {
            let card = card.object(&["card_index", "components"])?;
            let components = card.get("components").map_or(Ok(Vec::new()), |c| parse_components(&c))?;
            Ok(Card { card_index: read_index(card, "card_index")?, components })
        })
        .collect()
}

fn read_index(object: Object<'_, '_>, key: &str) -> Result<u32, WireError> {
    let field = object.need(key)?;
    let index = field.integer()?;
    u32::try_from(index)
        .ok()
        .filter(|index| *index < 100)
        .ok_or_else(|| field.error(Problem::bad_value(&index.to_string(), "0, 1, 2, ..., 9")))
}

fn read_parameters(component: Object<'_, '_>, lenient: bool) -> Result<Vec<Parameter>, WireError> {
    let Some(parameters) = component.get("parameters") else { return Ok(Vec::new()) };
    let items = parameters.items()?;
    let mut read = Vec::with_capacity(items.len());
    for parameter in items {
        read.push(read_parameter(&parameter, lenient)?);
    }
    Ok(read)
}

const PARAMETER: &[&str] = &[
    "type",
    "text",
    "parameter_name",
    "currency",
    "date_time",
    "image",
    "video",
    "gif",
    "document",
    "location",
    "product",
    "payload",
    "coupon_code",
    "action",
    "limited_time_offer",
    "tap_target_configuration",
    "ttl_minutes",
];

const DATE_TIME: &[&str] =
    &["fallback_value", "calendar", "day_of_month", "day_of_week", "hour", "minute", "month", "year"];

fn read_parameter(parameter: &Cursor<'_, '_>, lenient: bool) -> Result<Parameter, WireError> {
    let parameter = parameter.object(PARAMETER)?;
    let name = || parameter.string("parameter_name");
    Ok(match ParameterType::read(&parameter.need("type")?)? {
        ParameterType::Text => {
            let text = parameter.need("text")?;
            let text = match text.value() {
                serde_json::Value::Bool(word) if lenient => word.to_string(),
                _ => text.str()?.to_owned(),
            };
            Parameter::Text { name: name()?, text }
        }
        ParameterType::Currency => {
            let field = parameter.need("currency")?;
            let currency = field.object(&["fallback_value", "code", "amount_1000"])?;
            Parameter::Currency {
                name: name()?,
                fallback_value: currency.need_string("fallback_value")?,
                code: currency.need_string("code")?,
                amount_1000: currency.need("amount_1000")?.integer()?,
            }
        }
        ParameterType::DateTime => {
            let field = parameter.need("date_time")?;
            let fallback_value = field.object(DATE_TIME)?.need_string("fallback_value")?;
            Parameter::DateTime { name: name()?, fallback_value }
        }
        ParameterType::Image => read_media(parameter, MediaKind::Image)?,
        ParameterType::Video => read_media(parameter, MediaKind::Video)?,
        ParameterType::Gif => read_media(parameter, MediaKind::Gif)?,
        ParameterType::Document => read_media(parameter, MediaKind::Document)?,
        ParameterType::Location => {
            let Place { latitude, longitude, name, address } = read_place(&parameter.need("location")?)?;
            Parameter::Location { latitude, longitude, name, address }
        }
        ParameterType::Product => read_product(&parameter.need("product")?)?,
        ParameterType::Payload => Parameter::Payload(parameter.need("payload")?.string_or_number()?),
        ParameterType::CouponCode => Parameter::CouponCode(parameter.need_string("coupon_code")?),
        ParameterType::Action => read_action(&parameter.need("action")?)?,
        ParameterType::LimitedTimeOffer => {
            let offer = parameter.need("limited_time_offer")?;
            let offer = offer.object(&["expiration_time_ms"])?;
            Parameter::Expiration(offer.need("expiration_time_ms")?.integer()?)
        }
        ParameterType::TapTarget => read_tap_targets(&parameter.need("tap_target_configuration")?)?,
        ParameterType::TtlMinutes => Parameter::TtlMinutes(parameter.need("ttl_minutes")?.integer()?),
    })
}

fn read_media(parameter: Object<'_, '_>, kind: MediaKind) -> Result<Parameter, WireError> {
    let field = parameter.need(kind.as_str())?;
    let media = field.object(&["id", "link", "filename", "caption", "provider"])?;
    // Whether the link can be one is judged with the template.
    let source = source(&field, real_or_number(media, "id")?, real(media, "link")?)?;
    Ok(Parameter::Media { kind, source, filename: media.string("filename")? })
}

/// A place: degrees as text, whether they came as strings or numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Decimal degrees, -90 to 90.
    pub latitude: String,
    /// Decimal degrees, -180 to 180.
    pub longitude: String,
    /// Its name.
    pub name: Option<String>,
    /// Its address.
    pub address: Option<String>,
}

pub(super) fn read_place(field: &Cursor<'_, '_>) -> Result<Place, WireError> {
    let location = field.object(&["latitude", "longitude", "name", "address"])?;
    let degrees = |key, max: f64, allowed: &str| {
        let field = location.need(key)?;
        let text = field.string_or_number()?;
        match text.trim().parse::<f64>() {
            Ok(degrees) if degrees.abs() <= max => Ok(text),
            _ => Err(field.error(Problem::bad_value(&text, allowed))),
        }
    };
    Ok(Place {
        latitude: degrees("latitude", 90.0, "decimal degrees from -90 to 90")?,
        longitude: degrees("longitude", 180.0, "decimal degrees from -180 to 180")?,
        name: location.string("name")?,
        address: location.string("address")?,
    })
}

fn read_product(field: &Cursor<'_, '_>) -> Result<Parameter, WireError> {
    let product = field.object(&["product_retailer_id", "catalog_id"])?;
    Ok(Parameter::Product(Product {
        retailer_id: product.need("product_retailer_id")?.string_or_number()?,
        catalog_id: product.need("catalog_id")?.string_or_number()?,
    }))
}

fn read_action(field: &Cursor<'_, '_>) -> Result<Parameter, WireError> {
    let known =
        ["thumbnail_product_retailer_id", "sections", "flow_token", "flow_action_data", "order_details"];
    let action = field.object(&known)?;
    let mut sections = Vec::new();
    if let Some(field) = action.get("sections") {
        for section in field.items()? {
            sections.push(read_section(&section)?);
        }
    }
    let json = |key| action.get(key).map(|field| field.value().to_string());
    Ok(Parameter::Action {
        thumbnail: action.get("thumbnail_product_retailer_id").map(|id| id.string_or_number()).transpose()?,
        sections,
        flow_token: action.string("flow_token")?,
        flow_data: json("flow_action_data"),
        order_details: json("order_details"),
    })
}

fn read_section(section: &Cursor<'_, '_>) -> Result<Section, WireError> {
    let section = section.object(&["title", "product_items"])?;
    let items = section.need("product_items")?;
    let mut products = Vec::new();
    for item in items.items()? {
        let item = item.object(&["product_retailer_id"])?;
        products.push(item.need("product_retailer_id")?.string_or_number()?);
    }
    Ok(Section { title: section.string("title")?.unwrap_or_default(), products })
}

fn read_tap_targets(field: &Cursor<'_, '_>) -> Result<Parameter, WireError> {
    let mut targets = Vec::new();
    for target in field.items()? {
        let target = target.object(&["url", "title"])?;
        targets.push(TapTarget {
            url: target.need_string("url")?,
            title: target.string("title")?.unwrap_or_default(),
        });
    }
    Ok(Parameter::TapTarget(targets))
}
