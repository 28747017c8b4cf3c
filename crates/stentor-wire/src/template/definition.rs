//! The body of a template's creation: typed for those who decide, kept whole for those who show it again.

use serde_json::{Map, Value};

use super::handle;
use super::normal::normalise;
use super::sample::{Sample, samples};
use crate::reader::{Cursor, Notes, Object, Parsed, Problem, WireError, parse_json, words};

words!(
    /// What a template is for.
    Category {
        /// Promotions.
        Marketing = "MARKETING",
        /// About something the person did.
        Utility = "UTILITY",
        /// One-time passcodes.
        Authentication = "AUTHENTICATION",
    }
);

words!(
    /// How variables are written.
    ParameterFormat {
        /// `{{1}}`.
        Positional = "POSITIONAL",
        /// `{{first_name}}`.
        Named = "NAMED",
    }
);

words!(
    /// `format` of a header.
    HeaderFormat {
        /// A line of text.
        Text = "TEXT",
        /// Picture.
        Image = "IMAGE",
        /// Film.
        Video = "VIDEO",
        /// Looping film.
        Gif = "GIF",
        /// Document.
        Document = "DOCUMENT",
        /// Place.
        Location = "LOCATION",
        /// Product.
        Product = "PRODUCT",
    }
);

words!(
    /// `type` of a button.
    ButtonType {
        /// Sends a payload back.
        QuickReply = "QUICK_REPLY",
        /// Opens a page.
        Url = "URL",
        /// Calls a number.
        PhoneNumber = "PHONE_NUMBER",
        /// Copies a coupon.
        CopyCode = "COPY_CODE",
        /// Opens a flow.
        Flow = "FLOW",
        /// Opens the catalogue.
        Catalog = "CATALOG",
        /// Opens a list of products.
        Mpm = "MPM",
        /// Opens one product.
        Spm = "SPM",
        /// Copies a passcode.
        Otp = "OTP",
        /// Starts a WhatsApp call.
        VoiceCall = "VOICE_CALL",
        /// Asks for permission to call.
        CallPermissionRequest = "CALL_PERMISSION_REQUEST",
        /// Asks for the person's number.
        RequestContactInfo = "REQUEST_CONTACT_INFO",
        /// Opens an order.
        OrderDetails = "ORDER_DETAILS",
    }
);

words!(
    /// `type` of a component.
    ComponentType {
        Header = "HEADER",
        Body = "BODY",
        Footer = "FOOTER",
        Buttons = "BUTTONS",
        LimitedTimeOffer = "LIMITED_TIME_OFFER",
        Carousel = "CAROUSEL",
        CallPermissionRequest = "CALL_PERMISSION_REQUEST",
    }
);

/// One definition.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    /// `name`.
    pub name: String,
    /// `language`.
    pub language: String,
    /// `category`.
    pub category: Category,
    /// `parameter_format`; positional when absent.
    pub parameter_format: ParameterFormat,
    /// `message_send_ttl_seconds`; absent and null are the category's default.
    pub message_send_ttl_seconds: Option<i64>,
    /// Each kind at most once.
    pub components: Vec<Component>,
    /// The example values it came with, by the text they stand for.
    pub samples: Vec<Sample>,
    /// The body as sent, examples and all, in the one spelling.
    json: Map<String, Value>,
}

/// One component of a definition.
#[derive(Clone, Debug, PartialEq)]
pub enum Component {
    /// `HEADER`.
    Header {
        /// `TEXT` when absent and there is a text.
        format: HeaderFormat,
        /// For `TEXT`.
        text: Option<String>,
    },
    /// `BODY`.
    Body {
        /// Absent in passcode templates.
        text: Option<String>,
        /// Passcode templates.
        add_security_recommendation: bool,
    },
    /// `FOOTER`.
    Footer {
        /// Absent in passcode templates.
        text: Option<String>,
        /// Passcode templates.
        code_expiration_minutes: Option<i64>,
    },
    /// `BUTTONS`.
    Buttons(Vec<Button>),
    /// `LIMITED_TIME_OFFER`.
    LimitedTimeOffer {
        /// Its words.
        text: String,
        /// `has_expiration`.
        has_expiration: bool,
    },
    /// `CAROUSEL`.
    Carousel(Vec<Card>),
    /// `CALL_PERMISSION_REQUEST`.
    CallPermissionRequest,
}

/// One card of a carousel.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// Header, body and buttons.
    pub components: Vec<Component>,
}

/// One button.
#[derive(Clone, Debug, PartialEq)]
pub struct Button {
    /// What it does.
    pub kind: ButtonType,
    /// Its label; empty where the phone has its own.
    pub text: String,
    /// `url`.
    pub url: Option<String>,
    /// `phone_number`.
    pub phone_number: Option<String>,
    /// Of an OTP button.
    pub otp: Option<Otp>,
}

words!(
    /// `otp_type`.
    OtpType {
        /// The person copies the code.
        CopyCode = "COPY_CODE",
        /// An app takes it at a tap.
        OneTap = "ONE_TAP",
        /// An app takes it by itself.
        ZeroTap = "ZERO_TAP",
    }
);

/// What an OTP button says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Otp {
    /// `otp_type`.
    pub kind: OtpType,
    /// `supported_apps` names one at least, or `package_name` and `signature_hash` stand on the button.
    pub names_apps: bool,
    /// `zero_tap_terms_accepted`.
    pub accepts_terms: bool,
}

const ROOT: &[&str] = &[
    "name",
    "language",
    "category",
    "components",
    "parameter_format",
    "message_send_ttl_seconds",
    "sub_category",
    "allow_category_change",
    "degrees_of_freedom_spec",
    "creative_sourcing_spec",
    "optimization_spec",
    "bid_spec",
    "display_format",
    "cta_url_link_tracking_opted_out",
    "click_tracking",
    "is_primary_device_delivery_only",
    "library_template_name",
    "library_template_body_inputs",
    "library_template_button_inputs",
];

/// Of the root: stored and shown again.
pub(super) const EXTRA: &[&str] = &[
    "sub_category",
    "degrees_of_freedom_spec",
    "creative_sourcing_spec",
    "optimization_spec",
    "bid_spec",
    "display_format",
    "cta_url_link_tracking_opted_out",
    "click_tracking",
    "is_primary_device_delivery_only",
    "library_template_name",
    "library_template_body_inputs",
    "library_template_button_inputs",
];

const COMPONENT: &[&str] = &[
    "type",
    "format",
    "text",
    "example",
    "buttons",
    "cards",
    "limited_time_offer",
    "add_security_recommendation",
    "code_expiration_minutes",
];

const BUTTON: &[&str] = &[
    "type",
    "text",
    "url",
    "phone_number",
    "example",
    "app_deep_link",
    "flow_id",
    "flow_name",
    "flow_json",
    "flow_action",
    "navigate_screen",
    "icon",
    "otp_type",
    "autofill_text",
    "package_name",
    "signature_hash",
    "supported_apps",
    "zero_tap_terms_accepted",
    "ttl_minutes",
];

/// Reads the body of a creation: snake_case or camelCase fields, words in any case.
///
/// ```
/// use stentor_wire::template::{Category, parse_create};
/// let body = br#"{"name": "hello", "language": "en", "category": "marketing",
///     "components": [{"type": "body", "text": "Hi {{1}}!", "example": {"bodyText": [["Ann"]]}}]}"#;
/// let definition = parse_create(body).unwrap().value;
/// assert_eq!(definition.category, Category::Marketing);
/// assert_eq!(definition.components_json()[0]["example"]["body_text"][0][0], "Ann");
/// ```
///
/// # Errors
/// The first field that cannot be read, by path.
pub fn parse_create(body: &[u8]) -> Result<Parsed<Definition>, WireError> {
    read_definition(normalise(parse_json(body)?))
}

impl Definition {
    /// A definition out of the parts that a registry keeps; `components` is [`Self::components_json`] as text, `extra`
    /// [`Self::extra_json`].
    ///
    /// # Errors
    /// As [`parse_create`].
    pub fn restore(
        (name, language): (&str, &str),
        category: Category,
        parameter_format: ParameterFormat,
        message_send_ttl_seconds: Option<i64>,
        (components, extra): (&str, &str),
    ) -> Result<Self, WireError> {
        let mut json = serde_json::json!({
            "name": name,
            "language": language,
            "category": category.as_str(),
            "parameter_format": parameter_format.as_str(),
            "message_send_ttl_seconds": message_send_ttl_seconds,
            "components": parse_json(components.as_bytes())?,
        });
        if let (Value::Object(json), Value::Object(extra)) = (&mut json, parse_json(extra.as_bytes())?) {
            json.extend(extra.into_iter().filter(|(key, _)| EXTRA.contains(&key.as_str())));
        }
        Ok(read_definition(json)?.value)
    }

    /// The definition after an edit: the fields of `body` replace those of the same name (components as a whole).
    /// Name and language cannot be edited; giving them unchanged is harmless.
    ///
    /// # Errors
    /// As [`parse_create`]; [`Problem::BadValue`] for another name or language.
    pub fn edited(&self, body: &[u8]) -> Result<Parsed<Self>, WireError> {
        let mut edit = normalise(parse_json(body)?);
        if let (Some(components), Some(before)) = (edit.get_mut("components"), self.json.get("components")) {
            handle::restore(components, before);
        }
        let notes = Notes::default();
        let root = Cursor::root(&edit, &notes);
        let root = root.object(ROOT)?;
        for (key, own) in [("name", &self.name), ("language", &self.language)] {
            if let Some(field) = root.get(key)
                && field.str()? != own
            {
                return Err(field.error(Problem::bad_value(field.str()?, own)));
            }
        }
        let mut json = self.json.clone();
        if let Value::Object(fields) = edit {
            json.extend(fields);
        }
        let mut parsed = read_definition(Value::Object(json))?;
        parsed.unknown = notes.into_unknown();
        Ok(parsed)
    }

    /// The definition as JSON in the shape of a create body: what a store keeps and [`parse_create`] reads again.
    #[must_use]
    pub fn to_json(&self) -> String {
        Value::Object(self.json.clone()).to_string()
    }

    /// `components` as sent, in the one spelling.
    #[must_use]
    pub fn components_json(&self) -> Value {
        self.json
            .get("components")
            .filter(|components| components.is_array())
            .cloned()
            .unwrap_or_else(|| Value::Array(Vec::new()))
    }

    /// `components` as they are read back: the samples of media headers as URLs.
    #[must_use]
    pub fn components_shown(&self) -> Value {
        handle::shown(self.components_json())
    }

    /// The handles of its media headers' samples.
    #[must_use]
    pub fn handles(&self) -> Vec<String> {
        self.json.get("components").map(handle::all).unwrap_or_default()
    }

    /// The fields that nothing here interprets, as sent; null and absent are the same.
    #[must_use]
    pub fn extra_json(&self) -> Value {
        let is_extra = |(key, value): &(&String, &Value)| EXTRA.contains(&key.as_str()) && !value.is_null();
        let kept = self.json.iter().filter(is_extra).map(|(key, value)| (key.clone(), value.clone()));
        Value::Object(kept.collect())
    }
}

fn read_definition(json: Value) -> Result<Parsed<Definition>, WireError> {
    let notes = Notes::default();
    let cursor = Cursor::root(&json, &notes);
    let root = cursor.object(ROOT)?;
    let mut definition = Definition {
        name: root.need_string("name")?,
        language: root.need_string("language")?,
        category: Category::read(&root.need("category")?)?,
        parameter_format: root
            .get("parameter_format")
            .map_or(Ok(ParameterFormat::Positional), |field| ParameterFormat::read(&field))?,
        message_send_ttl_seconds: root.integer("message_send_ttl_seconds")?,
        components: root
            .get("components")
            .map_or(Ok(Vec::new()), |components| read_components(&components))?,
        samples: samples(&json),
        json: Map::new(),
    };
    if let Value::Object(json) = json {
        definition.json = json;
    }
    Ok(Parsed { value: definition, unknown: notes.into_unknown() })
}

fn read_components(components: &Cursor<'_, '_>) -> Result<Vec<Component>, WireError> {
    let mut read = Vec::new();
    for place in components.items()? {
        let component = read_component(place.object(COMPONENT)?)?;
        let same = |other: &Component| std::mem::discriminant(other) == std::mem::discriminant(&component);
        if read.iter().any(same) {
            return Err(place.error(Problem::Repeated));
        }
        read.push(component);
    }
    Ok(read)
}

fn read_component(component: Object<'_, '_>) -> Result<Component, WireError> {
    Ok(match ComponentType::read(&component.need("type")?)? {
        ComponentType::Header => {
            let text = component.string("text")?;
            let format = match component.get("format") {
                Some(field) => HeaderFormat::read(&field)?,
                None if text.is_some() => HeaderFormat::Text,
                None => return Err(component.missing("format")),
            };
            if format == HeaderFormat::Text && text.is_none() {
                return Err(component.missing("text"));
            }
            Component::Header { format, text }
        }
        ComponentType::Body => Component::Body {
            text: component.string("text")?,
            add_security_recommendation: component.bool("add_security_recommendation")?.unwrap_or(false),
        },
        ComponentType::Footer => {
            let (text, minutes) = (component.string("text")?, component.integer("code_expiration_minutes")?);
            if text.is_none() && minutes.is_none() {
                return Err(component.missing("text"));
            }
            Component::Footer { text, code_expiration_minutes: minutes }
        }
        ComponentType::Buttons => {
            let buttons = component.need("buttons")?;
            Component::Buttons(buttons.items()?.map(|button| read_button(&button)).collect::<Result<_, _>>()?)
        }
        ComponentType::LimitedTimeOffer => {
            let offer = component.need("limited_time_offer")?;
            let offer = offer.object(&["text", "has_expiration"])?;
            Component::LimitedTimeOffer {
                text: offer.need_string("text")?,
                has_expiration: offer.bool("has_expiration")?.unwrap_or(false),
            }
        }
        ComponentType::Carousel => {
            let cards = component.need("cards")?;
            Component::Carousel(cards.items()?.map(|card| read_card(&card)).collect::<Result<_, _>>()?)
        }
        ComponentType::CallPermissionRequest => Component::CallPermissionRequest,
    })
}

fn read_card(card: &Cursor<'_, '_>) -> Result<Card, WireError> {
    let card = card.object(&["components"])?;
    let place = card.need("components")?;
    let components = read_components(&place)?;
    let foreign = |c: &&Component| {
        !matches!(c, Component::Header { .. } | Component::Body { .. } | Component::Buttons(_))
    };
    if components.iter().find(foreign).is_some() {
        return Err(place.error(Problem::bad_value("another component", "HEADER, BODY, BUTTONS")));
    }
    Ok(Card { components })
}

fn read_button(button: &Cursor<'_, '_>) -> Result<Button, WireError> {
    let button = button.object(BUTTON)?;
    let kind = ButtonType::read(&button.need("type")?)?;
    Ok(Button {
        kind,
        otp: if kind == ButtonType::Otp { read_otp(&button)? } else { None },
        text: button.string("text")?.unwrap_or_default(),
        url: button.string("url")?,
        phone_number: button.get("phone_number").map(|number| number.string_or_number()).transpose()?,
    })
}

/// Without `otp_type` nothing is said: clients leave it out where the code is copied.
fn read_otp(button: &Object<'_, '_>) -> Result<Option<Otp>, WireError> {
    let Some(kind) = button.get("otp_type") else { return Ok(None) };
    let listed = match button.get("supported_apps") {
        Some(apps) => apps.items()?.len() > 0,
        None => false,
    };
    let own = button.string("package_name")?.is_some() && button.string("signature_hash")?.is_some();
    Ok(Some(Otp {
        kind: OtpType::read(&kind)?,
        names_apps: listed || own,
        accepts_terms: button.bool("zero_tap_terms_accepted")?.unwrap_or(false),
    }))
}
