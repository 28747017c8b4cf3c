//! The wire's templates and sends in the core's words. Pure functions, total where the wire has typed everything.
//! Called by the API, the registry and the upstreams; decides nothing (that is `check` and `fit`).

use stentor_core::registry::{ProductPolicy, Template};
use stentor_core::template as core;
use stentor_core::time::Timestamp;
use stentor_wire::reader::WireError;
use stentor_wire::{send, template as wire};

/// The filling of a template send; name and language stay with the caller.
#[must_use]
pub fn content(components: Vec<send::Component>) -> core::Content {
    core::Content { components: components.into_iter().map(component).collect() }
}

fn component(component: send::Component) -> core::Component {
    match component {
        send::Component::Header(given) => core::Component::Header(parameters(given)),
        send::Component::Body(given) => core::Component::Body(parameters(given)),
        send::Component::LimitedTimeOffer(given) => core::Component::LimitedTimeOffer(parameters(given)),
        send::Component::TapTarget(given) => core::Component::TapTarget(parameters(given)),
        send::Component::Carousel(cards) => core::Component::Carousel(
            cards
                .into_iter()
                .map(|card| core::CardContent {
                    card_index: card.card_index,
                    components: content(card.components).components,
                })
                .collect(),
        ),
        send::Component::Button { sub_type, index, parameters: given } => {
            core::Component::Button(core::ButtonContent {
                kind: sub_type_kind(sub_type),
                index,
                parameters: parameters(given),
            })
        }
    }
}

fn parameters(given: Vec<send::Parameter>) -> Vec<core::Parameter> {
    given.into_iter().map(parameter).collect()
}

fn parameter(parameter: send::Parameter) -> core::Parameter {
    match parameter {
        send::Parameter::Text { name, text } => core::Parameter::Text { name, text },
        send::Parameter::Currency { name, fallback_value: fallback, code, amount_1000 } => {
            core::Parameter::Currency { name, fallback, code, amount_1000 }
        }
        send::Parameter::DateTime { name, fallback_value: fallback } => {
            core::Parameter::DateTime { name, fallback }
        }
        send::Parameter::Media { kind, source, filename } => core::Parameter::Media {
            kind: match kind {
                send::MediaKind::Image => core::MediaKind::Image,
                send::MediaKind::Video => core::MediaKind::Video,
                send::MediaKind::Gif => core::MediaKind::Gif,
                send::MediaKind::Document => core::MediaKind::Document,
            },
            source: match source {
                send::MediaSource::Id(id) => core::MediaSource::Id(id),
                send::MediaSource::Link(link) => core::MediaSource::Link(link),
            },
            filename,
        },
        send::Parameter::Location { latitude, longitude, name, address } => {
            core::Parameter::Location { latitude, longitude, name, address }
        }
        send::Parameter::Product(send::Product { retailer_id, catalog_id }) => {
            core::Parameter::Product(core::Product { retailer_id, catalog_id })
        }
        send::Parameter::Payload(payload) => core::Parameter::Payload(payload),
        send::Parameter::CouponCode(code) => core::Parameter::CouponCode(code),
        send::Parameter::Action { thumbnail, sections, flow_token, flow_data, order_details } => {
            let section =
                |section: send::Section| core::Section { title: section.title, products: section.products };
            let sections = sections.into_iter().map(section).collect();
            core::Parameter::Action { thumbnail, sections, flow_token, flow_data, order_details }
        }
        send::Parameter::Expiration(millis) => core::Parameter::Expiration(millis),
        send::Parameter::TapTarget(targets) => core::Parameter::TapTarget(
            targets
                .into_iter()
                .map(|target| core::TapTarget { url: target.url, title: target.title })
                .collect(),
        ),
        send::Parameter::TtlMinutes(minutes) => core::Parameter::TtlMinutes(minutes),
    }
}

const fn sub_type_kind(sub_type: send::SubType) -> core::ButtonKind {
    match sub_type {
        send::SubType::QuickReply => core::ButtonKind::QuickReply,
        send::SubType::Url => core::ButtonKind::Url,
        send::SubType::PhoneNumber => core::ButtonKind::PhoneNumber,
        send::SubType::CopyCode => core::ButtonKind::CopyCode,
        send::SubType::Flow => core::ButtonKind::Flow,
        send::SubType::Catalog => core::ButtonKind::Catalog,
        send::SubType::Mpm => core::ButtonKind::Mpm,
        send::SubType::Spm => core::ButtonKind::Spm,
        send::SubType::Otp => core::ButtonKind::Otp,
        send::SubType::VoiceCall => core::ButtonKind::VoiceCall,
        send::SubType::CallPermissionRequest => core::ButtonKind::CallPermissionRequest,
        send::SubType::RequestContactInfo => core::ButtonKind::RequestContactInfo,
        send::SubType::OrderDetails => core::ButtonKind::OrderDetails,
    }
}

/// What happens to a marketing message that the optimised route does not take.
#[must_use]
pub const fn product_policy(policy: send::ProductPolicy) -> ProductPolicy {
    match policy {
        send::ProductPolicy::CloudApiFallback => ProductPolicy::CloudApiFallback,
        send::ProductPolicy::Strict => ProductPolicy::Strict,
    }
}

/// A registered template's definition as the wire has it: for listings, and through [`definition`] for `fit`.
///
/// # Errors
/// Only for components that were not stored by us.
pub fn registered(template: &Template) -> Result<wire::Definition, WireError> {
    wire::Definition::restore(
        (&template.name, &template.language),
        match template.category {
            core::Category::Marketing => wire::Category::Marketing,
            core::Category::Utility => wire::Category::Utility,
            core::Category::Authentication => wire::Category::Authentication,
        },
        match template.parameter_format {
            core::ParameterFormat::Positional => wire::ParameterFormat::Positional,
            core::ParameterFormat::Named => wire::ParameterFormat::Named,
        },
        template.ttl_secs,
        (&template.components, &template.extra),
    )
}

/// A registered template as both families of endpoints list it; `definition` is what [`registered`] made of it.
#[must_use]
pub fn listing<'a>(template: &'a Template, definition: &'a wire::Definition) -> wire::Listing<'a> {
    let health = &template.health;
    wire::Listing {
        id: template.id.0,
        account_id: template.account.0,
        definition,
        category: template.category.as_str(),
        previous_category: template.previous_category.map(core::Category::as_str),
        status: template.status.as_str(),
        rejected_reason: template.rejected_reason.unwrap_or(core::RejectedReason::None).as_str(),
        correct_category: health.correct_category.map(core::Category::as_str),
        quality: wire::QualityScore {
            score: health.quality.as_str().to_owned(),
            // Of what was never rated: since when. Client libraries read a date wherever there is a score.
            date: health.quality_at.unwrap_or(template.created_at).secs(),
            reasons: None,
        },
        created_at: to_the_second(template.created_at),
        modified_at: to_the_second(template.modified_at),
        created_by: &template.created_by,
        modified_by: &template.modified_by,
    }
}

/// RFC 3339 without a fraction, as recorded from 360dialog.
fn to_the_second(time: Timestamp) -> String {
    Timestamp::from_secs(time.secs()).to_string().replace(".000Z", "Z")
}

/// What a template is for.
#[must_use]
pub const fn category(category: wire::Category) -> core::Category {
    match category {
        wire::Category::Marketing => core::Category::Marketing,
        wire::Category::Utility => core::Category::Utility,
        wire::Category::Authentication => core::Category::Authentication,
    }
}

/// A definition as the core compares it. The wire's own keeps the author's JSON: show that one again, not this.
#[must_use]
pub fn definition(wire: &wire::Definition) -> core::Definition {
    let category = category(wire.category);
    let mut definition = core::Definition {
        parameter_format: match wire.parameter_format {
            wire::ParameterFormat::Positional => core::ParameterFormat::Positional,
            wire::ParameterFormat::Named => core::ParameterFormat::Named,
        },
        samples: wire.samples.iter().map(sample).collect(),
        ..core::Definition::new(&wire.name, &wire.language, category)
    };
    for component in &wire.components {
        match component {
            wire::Component::Header { format, text } => {
                definition.header = Some(header(*format, text.as_deref()));
            }
            wire::Component::Body { text, add_security_recommendation } => {
                definition.body = Some(body(category, text.as_deref(), *add_security_recommendation));
            }
            wire::Component::Footer { text, code_expiration_minutes } => {
                definition.footer = Some(footer(text.as_deref(), *code_expiration_minutes));
            }
            wire::Component::Buttons(buttons) => definition.buttons = buttons.iter().map(button).collect(),
            wire::Component::LimitedTimeOffer { text, has_expiration } => {
                definition.limited_time_offer =
                    Some(core::LimitedTimeOffer { text: text.clone(), has_expiration: *has_expiration });
            }
            wire::Component::Carousel(cards) => {
                definition.carousel = Some(cards.iter().map(|c| card(category, c)).collect());
            }
            wire::Component::CallPermissionRequest => definition.asks_to_call = true,
        }
    }
    definition
}

fn header(format: wire::HeaderFormat, text: Option<&str>) -> core::Header {
    match format {
        wire::HeaderFormat::Text => core::Header::Text(core::Pattern::new(text.unwrap_or_default())),
        wire::HeaderFormat::Image => core::Header::Media(core::MediaKind::Image),
        wire::HeaderFormat::Video => core::Header::Media(core::MediaKind::Video),
        wire::HeaderFormat::Gif => core::Header::Media(core::MediaKind::Gif),
        wire::HeaderFormat::Document => core::Header::Media(core::MediaKind::Document),
        wire::HeaderFormat::Location => core::Header::Location,
        wire::HeaderFormat::Product => core::Header::Product,
    }
}

/// A passcode template without own words has the network's.
fn body(category: core::Category, text: Option<&str>, recommends_security: bool) -> core::Body {
    let text = match text {
        None if category == core::Category::Authentication => "*{{1}}* is your verification code.",
        text => text.unwrap_or_default(),
    };
    core::Body { text: core::Pattern::new(text), recommends_security }
}

fn footer(text: Option<&str>, minutes: Option<i64>) -> core::Footer {
    match (text, minutes) {
        (None, Some(minutes)) => core::Footer::CodeExpires { minutes: u32::try_from(minutes).unwrap_or(0) },
        (text, _) => core::Footer::Text(text.unwrap_or_default().to_owned()),
    }
}

fn card(category: core::Category, card: &wire::Card) -> core::Card {
    let mut out = core::Card { header: None, body: None, buttons: Vec::new() };
    for component in &card.components {
        match component {
            wire::Component::Header { format, text } => out.header = Some(header(*format, text.as_deref())),
            wire::Component::Body { text, .. } => out.body = Some(body(category, text.as_deref(), false)),
            wire::Component::Buttons(buttons) => out.buttons = buttons.iter().map(button).collect(),
            // The wire refuses any other component in a card.
            _ => {}
        }
    }
    out
}

fn button(button: &wire::Button) -> core::Button {
    core::Button {
        kind: match button.kind {
            wire::ButtonType::QuickReply => core::ButtonKind::QuickReply,
            wire::ButtonType::Url => core::ButtonKind::Url,
            wire::ButtonType::PhoneNumber => core::ButtonKind::PhoneNumber,
            wire::ButtonType::CopyCode => core::ButtonKind::CopyCode,
            wire::ButtonType::Flow => core::ButtonKind::Flow,
            wire::ButtonType::Catalog => core::ButtonKind::Catalog,
            wire::ButtonType::Mpm => core::ButtonKind::Mpm,
            wire::ButtonType::Spm => core::ButtonKind::Spm,
            wire::ButtonType::Otp => core::ButtonKind::Otp,
            wire::ButtonType::VoiceCall => core::ButtonKind::VoiceCall,
            wire::ButtonType::CallPermissionRequest => core::ButtonKind::CallPermissionRequest,
            wire::ButtonType::RequestContactInfo => core::ButtonKind::RequestContactInfo,
            wire::ButtonType::OrderDetails => core::ButtonKind::OrderDetails,
        },
        text: button.text.clone(),
        url: button.url.as_deref().map(core::Pattern::new),
        phone_number: button.phone_number.clone(),
        otp: button.otp.map(|otp| core::Otp {
            kind: match otp.kind {
                wire::OtpType::CopyCode => core::OtpKind::CopyCode,
                wire::OtpType::OneTap => core::OtpKind::OneTap,
                wire::OtpType::ZeroTap => core::OtpKind::ZeroTap,
            },
            names_apps: otp.names_apps,
            accepts_terms: otp.accepts_terms,
        }),
    }
}

fn sample(sample: &wire::Sample) -> core::Sample {
    let given = match &sample.given {
        wire::Given::Positional(values) => core::Given::Positional(values.clone()),
        wire::Given::Named(pairs) => core::Given::Named(pairs.clone()),
    };
    core::Sample { field: sample.field.clone(), given }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the phone shows of `components` sent to a template made of `definition`, or the misfit's code.
    #[track_caller]
    fn sends(definition: serde_json::Value, components: serde_json::Value) -> Result<core::Rendered, u32> {
        let mut create = serde_json::json!({"name": "promo", "language": "en", "category": "MARKETING"});
        create["components"] = definition;
        let wire = wire::parse_create(create.to_string().as_bytes()).unwrap().value;
        let defined = super::definition(&wire);
        core::check(&defined).unwrap();
        let send = serde_json::json!({
            "messaging_product": "whatsapp", "to": "441234567890", "type": "template",
            "template": {"name": "promo", "language": {"code": "en"}, "components": components},
        });
        let send::Kind::Template(send) = send::parse_send(send.to_string().as_bytes()).unwrap().value.kind
        else {
            panic!("a template");
        };
        let content = content(send.components);
        core::fit(&defined, &content).map(|()| core::render(&defined, &content)).map_err(|misfit| misfit.code)
    }

    #[test]
    fn from_the_wire_to_the_phone() {
        let definition = serde_json::json!([
            {"type": "HEADER", "format": "DOCUMENT"},
            {"type": "BODY", "text": "Hi {{1}}, take {{2}} off today, please"},
            {"type": "FOOTER", "text": "Bye"},
            {"type": "BUTTONS", "buttons": [
                {"type": "QUICK_REPLY", "text": "Stop"},
                {"type": "URL", "text": "Shop", "url": "https://a.b/{{1}}"}]},
        ]);
        let components = serde_json::json!([
            {"type": "header", "parameters": [{"type": "document", "document": {"id": 7, "filename": "a.pdf"}}]},
            {"type": "body", "parameters": [
                {"type": "text", "text": "Ann"},
                {"type": "currency",
                    "currency": {"fallback_value": "$5", "code": "USD", "amount_1000": 5000}}]},
            {"type": "button", "sub_type": "url", "index": "1", "parameters": [{"type": "text", "text": "x"}]},
            {"type": "button", "sub_type": "quick_reply", "index": 0,
                "parameters": [{"type": "payload", "payload": "STOP"}]},
        ]);
        let shown = sends(definition.clone(), components).unwrap();
        assert_eq!(shown.body, "Hi Ann, take $5 off today, please");
        assert_eq!(shown.footer.as_deref(), Some("Bye"));
        assert_eq!(
            shown.header,
            Some(core::RenderedHeader::Media {
                kind: core::MediaKind::Document,
                source: Some(core::MediaSource::Id("7".into())),
                filename: Some("a.pdf".into()),
            })
        );
        let actions: Vec<_> = shown.buttons.into_iter().map(|button| button.action).collect();
        assert_eq!(
            actions,
            [core::ButtonAction::Reply("STOP".into()), core::ButtonAction::Open("https://a.b/x".into())]
        );
        assert_eq!(sends(definition, serde_json::json!([])), Err(132_012));
    }

    #[test]
    fn an_offer_in_a_carousel() {
        let card = serde_json::json!({"components": [
            {"type": "HEADER", "format": "VIDEO"},
            {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "Shop", "url": "https://a.b/{{1}}"}]}]});
        let definition = serde_json::json!([
            {"type": "BODY", "text": "Two things"},
            {"type": "LIMITED_TIME_OFFER", "limited_time_offer": {"text": "Ends", "has_expiration": true}},
            {"type": "CAROUSEL", "cards": [card, card]},
        ]);
        let sent = |index: u32| {
            serde_json::json!({"card_index": index, "components": [
                {"type": "header", "parameters": [{"type": "video", "video": {"link": "https://a.b/v.mp4"}}]},
                {"type": "button", "sub_type": "url", "index": 0,
                    "parameters": [{"type": "text", "text": format!("p{index}")}]}]})
        };
        let components = serde_json::json!([
            {"type": "limited_time_offer", "parameters": [
                {"type": "limited_time_offer", "limited_time_offer": {"expiration_time_ms": 5}}]},
            {"type": "carousel", "cards": [sent(0), sent(1)]},
        ]);
        let shown = sends(definition, components).unwrap();
        assert_eq!(shown.offer.and_then(|offer| offer.expires_at_ms), Some(5));
        assert_eq!(shown.cards[1].buttons[0].action, core::ButtonAction::Open("https://a.b/p1".into()));
    }

    #[test]
    fn every_word_keeps_its_meaning() {
        for sub_type in send::SubType::ALL {
            assert!(sub_type_kind(*sub_type).as_str().eq_ignore_ascii_case(sub_type.as_str()));
        }
        for kind in wire::ButtonType::ALL {
            let button =
                wire::Button { kind: *kind, text: String::new(), url: None, phone_number: None, otp: None };
            assert_eq!(super::button(&button).kind.as_str(), kind.as_str());
        }
        for format in wire::HeaderFormat::ALL {
            assert_eq!(header(*format, Some("x")).format(), format.as_str());
        }
    }

    #[test]
    fn passcodes_have_the_networks_words() {
        let create = br#"{"name": "code", "language": "en", "category": "AUTHENTICATION", "components": [
            {"type": "BODY", "addSecurityRecommendation": true}, {"type": "FOOTER", "codeExpirationMinutes": 5},
            {"type": "BUTTONS", "buttons": [{"type": "OTP", "otpType": "COPY_CODE"}]}]}"#;
        let defined = definition(&wire::parse_create(create).unwrap().value);
        assert_eq!(core::check(&defined), Ok(()));
        assert_eq!(defined.body.unwrap().text.text(), "*{{1}}* is your verification code.");
        assert_eq!(defined.footer, Some(core::Footer::CodeExpires { minutes: 5 }));
    }

    #[test]
    fn a_registered_template_is_listed_as_it_was_created() {
        let create = br#"{"name": "promo", "language": "en", "category": "MARKETING", "components": [
            {"type": "body", "text": "Hi {{1}}", "example": {"body_text": [["Ann"]]}}]}"#;
        let created = wire::parse_create(create).unwrap().value;
        let at = |millis| Timestamp::from_millis(millis);
        let (id, account) = (stentor_core::id::TemplateId(7), stentor_core::id::AccountId(1));
        let components = created.components_json().to_string();
        let new =
            Template::new(id, account, ("promo", "en"), core::Category::Marketing, components, at(1_500));
        let template = Template {
            status: core::TemplateStatus::Approved,
            ttl_secs: Some(43_200),
            modified_at: at(2_500),
            ..new
        };
        let again = registered(&template).unwrap();
        assert_eq!(definition(&again), definition(&created));
        let listed = serde_json::json!(listing(&template, &again).to_dialog360("123456PA"));
        assert_eq!((&listed["status"], &listed["rejected_reason"]), (&"approved".into(), &"NONE".into()));
        assert_eq!(listed["created_at"], "1970-01-01T00:00:01Z");
        assert_eq!(listed["components"][0]["example"]["body_text"][0][0], "Ann");
    }
}
