//! Links of templates that are followed through us: what the upstream registers instead of them, what a message carries
//! in place of a link's end, and where a token leads. Off without `clicks.public_url`; then a template asks for it with
//! `click_tracking`. Used by the API, by what talks to upstreams and by what the simulated phone shows.

use serde_json::{Value, json};
use stentor_core::click::{Place, Token, leads_home, through};
use stentor_core::id::{AccountId, MessageId};
use stentor_core::registry::Template;
use stentor_core::template::{self, ButtonAction};
use stentor_core::time::Timestamp;
use stentor_wire::send::{Kind, parse_send};

use crate::registry::Registered;
use crate::translate;

/// The field of a template that asks for it.
pub const FIELD: &str = "click_tracking";

/// Where links come by, and what seals their tokens.
#[derive(Clone)]
pub struct Clicks {
    url: String,
    key: [u8; 32],
}

impl std::fmt::Debug for Clicks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Clicks").field("url", &self.url).finish_non_exhaustive()
    }
}

/// Whether the links of a template are to be followed through us.
#[must_use]
pub fn is_tracked(template: &Template) -> bool {
    // Most templates say nothing of it: those are not read.
    template.extra.contains(FIELD)
        && serde_json::from_str::<Value>(&template.extra).is_ok_and(|extra| extra[FIELD] == true)
}

/// The buttons in components as they are registered, each with its place.
fn buttons(components: &mut Value) -> Vec<(Place, &mut Value)> {
    let mut found = Vec::new();
    for component in components.as_array_mut().into_iter().flatten() {
        let kind = component["type"].as_str().unwrap_or_default().to_ascii_lowercase();
        match kind.as_str() {
            "buttons" => {
                let all = component["buttons"].as_array_mut().into_iter().flatten().enumerate();
                found.extend(all.filter_map(|(button, value)| Some((Place::own(button)?, value))));
            }
            "carousel" => {
                for (card, value) in component["cards"].as_array_mut().into_iter().flatten().enumerate() {
                    let own = buttons(&mut value["components"]);
                    let on_card = |(place, value)| Some((on_card(place, card)?, value));
                    found.extend(own.into_iter().filter_map(on_card));
                }
            }
            _ => {}
        }
    }
    found
}

/// The place on a card that a button among the card's own has.
fn on_card(own: Place, card: usize) -> Option<Place> {
    Place::on_card(card, usize::from(own.button)).filter(|_| own.card.is_none())
}

/// The buttons of a template whose link takes a token.
#[derive(Debug, PartialEq, Eq)]
pub struct Links {
    places: Vec<Place>,
    /// How many cards with buttons the template has.
    cards: u8,
}

impl Links {
    /// Of components as they are registered.
    #[must_use]
    pub fn of(components: &str) -> Self {
        let mut components: Value = serde_json::from_str(components).unwrap_or_default();
        let takes = |button: &Value| button["url"].as_str().is_some_and(|url| through(url, "").is_some());
        let all = buttons(&mut components);
        let cards = all.iter().filter_map(|(place, _)| Some(place.card? + 1)).max().unwrap_or(0);
        let taking = all.into_iter().filter(|(_, button)| takes(button));
        Self { places: taking.map(|(place, _)| place).collect(), cards }
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Whether a message's button at this place takes one. A message may have more cards than its template, all like the
    /// template's last.
    #[must_use]
    pub fn take(&self, place: Place) -> bool {
        let like = place.card.map(|card| card.min(self.cards.saturating_sub(1)));
        self.places.contains(&Place { card: like, ..place })
    }
}

impl Clicks {
    /// `url`: `https://go.example`, under which `/c/…` reaches this server.
    #[must_use]
    pub fn new(url: &str, key: [u8; 32]) -> Self {
        Self { url: url.trim_end_matches('/').to_owned(), key }
    }

    /// The template as the upstream registers it: its links lead here.
    #[must_use]
    pub fn registered(&self, template: &Template) -> Template {
        if !is_tracked(template) {
            return template.clone();
        }
        let mut components: Value = serde_json::from_str(&template.components).unwrap_or_default();
        for (_, button) in buttons(&mut components) {
            let Some(through) = button["url"].as_str().and_then(|url| through(url, &self.url)) else {
                continue;
            };
            let example = through.replace("{{1}}", "AAAAAAAAAAEAAAAAAAAAAgBtDx2A0123456789abcd");
            button["url"] = through.into();
            button["example"] = json!([example]);
        }
        let mut extra: Value = serde_json::from_str(&template.extra).unwrap_or_default();
        if let Some(extra) = extra.as_object_mut() {
            extra.shift_remove(FIELD);
        }
        Template { components: components.to_string(), extra: extra.to_string(), ..template.clone() }
    }

    /// The token of a button of a message.
    #[must_use]
    pub fn token(
        &self,
        (account, message): (AccountId, MessageId),
        place: Place,
        deadline: Timestamp,
    ) -> String {
        Token::new(account, message, place, deadline).seal(&self.key)
    }

    /// The address behind a button of a message.
    #[must_use]
    pub fn link(&self, of: (AccountId, MessageId), place: Place, deadline: Timestamp) -> String {
        format!("{}/c/{}", self.url, self.token(of, place, deadline))
    }

    /// A send of a tracked template with tokens in place of its links' ends; `None` where it is none or has none.
    #[must_use]
    pub fn payload(
        &self,
        payload: &[u8],
        template: &Template,
        message: MessageId,
        deadline: Timestamp,
    ) -> Option<Vec<u8>> {
        if !is_tracked(template) {
            return None;
        }
        let links = Links::of(&template.components);
        let mut sent: Value = serde_json::from_slice(payload).ok()?;
        for (place, component) in fillings(sent.pointer_mut("/template/components")?) {
            if links.take(place) {
                let token = self.token((template.account, message), place, deadline);
                component["parameters"] = json!([{"type": "text", "text": token}]);
            }
        }
        serde_json::to_vec(&sent).ok()
    }

    /// What a token says; `None` for what is not ours.
    #[must_use]
    pub fn open(&self, token: &str) -> Option<Token> {
        Token::open(&self.key, token)
    }

    /// The token in an address of ours.
    #[must_use]
    pub fn token_in<'a>(&self, url: &'a str) -> Option<&'a str> {
        url.strip_prefix(&self.url)?.strip_prefix("/c/")
    }
}

/// What a send puts at the ends of its links, each with its button's place.
fn fillings(components: &mut Value) -> Vec<(Place, &mut Value)> {
    let number = |value: &Value| {
        let number = value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())?;
        usize::try_from(number).ok()
    };
    let mut found = Vec::new();
    for component in components.as_array_mut().into_iter().flatten() {
        let is = |field: &str, word: &str| {
            component[field].as_str().is_some_and(|text| text.eq_ignore_ascii_case(word))
        };
        if is("type", "button") && is("sub_type", "url") {
            found.extend(number(&component["index"]).and_then(Place::own).map(|place| (place, component)));
        } else if is("type", "carousel") {
            for card in component["cards"].as_array_mut().into_iter().flatten() {
                let Some(index) = number(&card["card_index"]) else { continue };
                let own = fillings(&mut card["components"]);
                found.extend(
                    own.into_iter().filter_map(|(place, value)| Some((on_card(place, index)?, value))),
                );
            }
        }
    }
    found
}

/// Where a button of a message leads: its template's link with what the message put at its end. `None` where the message
/// has no such link, or it would lead to another host than the template's.
#[must_use]
pub fn target(registered: &Registered, payload: &[u8], place: Place) -> Option<String> {
    let Kind::Template(send) = parse_send(payload).ok()?.value.kind else { return None };
    let definition = &registered.definition;
    let mut rendered = template::render(definition, &translate::content(send.components));
    let button = usize::from(place.button);
    let (defined, shown) = match place.card.map(usize::from) {
        None => (&definition.buttons, rendered.buttons),
        Some(card) => {
            let cards = definition.carousel.as_ref()?;
            let shown = (card < rendered.cards.len()).then(|| rendered.cards.swap_remove(card))?;
            (&cards.get(card).or(cards.last())?.buttons, shown.buttons)
        }
    };
    let pattern = defined.get(button)?.url.as_ref()?;
    match shown.into_iter().nth(button)?.action {
        ButtonAction::Open(url) => Some(url).filter(|url| leads_home(pattern.text(), url)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use stentor_core::id::TemplateId;
    use stentor_core::template::Category;

    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

    fn shop(extra: &str) -> Template {
        let components = json!([
            {"type": "BODY", "text": "New in"},
            {"type": "BUTTONS", "buttons": [
                {"type": "QUICK_REPLY", "text": "Stop"},
                {"type": "URL", "text": "Look", "url": "https://shop.example/p/{{1}}", "example": ["https://shop.example/p/a"]},
                {"type": "URL", "text": "Home", "url": "https://shop.example/"}]}]);
        let named = ("shop", "en");
        let template = Template::new(
            TemplateId(3),
            AccountId(1),
            named,
            Category::Marketing,
            components.to_string(),
            NOW,
        );
        Template { extra: extra.to_owned(), ..template }
    }

    #[test]
    fn the_upstream_registers_links_that_lead_here_and_hears_nothing_of_why() {
        let clicks = Clicks::new("https://go.example/", [1; 32]);
        let plain = shop("{}");
        assert_eq!(clicks.registered(&plain), plain);
        let asked = shop(r#"{"click_tracking":true,"sub_category":"CUSTOM"}"#);
        let there = clicks.registered(&asked);
        assert_eq!(there.extra, r#"{"sub_category":"CUSTOM"}"#);
        let components: Value = serde_json::from_str(&there.components).unwrap();
        let buttons = &components[1]["buttons"];
        assert_eq!(buttons[1]["url"], "https://go.example/c/{{1}}");
        assert!(buttons[1]["example"][0].as_str().unwrap().starts_with("https://go.example/c/A"));
        assert_eq!(buttons[2]["url"], "https://shop.example/");
        assert_eq!(Links::of(&asked.components), Links { places: vec![Place::of(1)], cards: 0 });
    }

    #[test]
    fn a_message_carries_the_token_and_nothing_of_the_link() {
        let clicks = Clicks::new("https://go.example", [1; 32]);
        let sent = json!({"to": "1", "type": "template", "template": {"name": "shop", "language": {"code": "en"},
            "components": [
                {"type": "button", "sub_type": "quick_reply", "index": 0, "parameters": [{"type": "payload", "payload": "x"}]},
                {"type": "BUTTON", "sub_type": "URL", "index": "1", "parameters": [{"type": "text", "text": "secret"}]}]}});
        let bytes = sent.to_string().into_bytes();
        assert_eq!(clicks.payload(&bytes, &shop("{}"), MessageId(9), NOW), None);
        let leaves = clicks.payload(&bytes, &shop(r#"{"click_tracking":true}"#), MessageId(9), NOW).unwrap();
        let leaves: Value = serde_json::from_slice(&leaves).unwrap();
        let components = &leaves["template"]["components"];
        assert_eq!(components[0], sent["template"]["components"][0]);
        let token = clicks.open(components[1]["parameters"][0]["text"].as_str().unwrap()).unwrap();
        assert_eq!((token.account, token.message, token.place), (AccountId(1), MessageId(9), Place::of(1)));
        assert!(!leaves.to_string().contains("secret"));
        let link = clicks.link((AccountId(1), MessageId(9)), Place::of(1), NOW);
        assert_eq!(clicks.token_in(&link).and_then(|text| clicks.open(text)), Some(token));
        assert_eq!(clicks.token_in("https://elsewhere.example/c/x"), None);
    }

    #[test]
    fn links_of_cards_are_followed_and_more_cards_than_defined_are_like_the_last() {
        let clicks = Clicks::new("https://go.example", [1; 32]);
        let card = |end: &str| {
            json!({"components": [{"type": "HEADER", "format": "IMAGE"}, {"type": "BUTTONS", "buttons": [
                {"type": "QUICK_REPLY", "text": "More"},
                {"type": "URL", "text": "Look", "url": format!("https://shop.example/{end}/{{{{1}}}}"), "example": ["https://shop.example/a"]}]}]})
        };
        let components = json!([{"type": "BODY", "text": "New in"}, {"type": "CAROUSEL", "cards": [card("a"), card("b")]}]);
        let template = Template { components: components.to_string(), ..shop(r#"{"click_tracking":true}"#) };
        let there: Value = serde_json::from_str(&clicks.registered(&template).components).unwrap();
        for card in there[1]["cards"].as_array().unwrap() {
            assert_eq!(card["components"][1]["buttons"][1]["url"], "https://go.example/c/{{1}}");
        }
        let filling = |index: usize| {
            json!({"card_index": index, "components": [
                {"type": "button", "sub_type": "quick_reply", "index": 0, "parameters": [{"type": "payload", "payload": "x"}]},
                {"type": "button", "sub_type": "url", "index": 1, "parameters": [{"type": "text", "text": "secret"}]}]})
        };
        let sent = json!({"template": {"components": [{"type": "carousel", "cards": [filling(1), filling(0), filling(2)]}]}});
        let leaves = clicks.payload(&sent.to_string().into_bytes(), &template, MessageId(9), NOW).unwrap();
        let leaves: Value = serde_json::from_slice(&leaves).unwrap();
        assert!(!leaves.to_string().contains("secret"));
        let cards = leaves["template"]["components"][0]["cards"].as_array().unwrap();
        let text = |card: &Value| card["components"][1]["parameters"][0]["text"].as_str().unwrap().to_owned();
        let places: Vec<Place> = cards.iter().map(|card| clicks.open(&text(card)).unwrap().place).collect();
        let unlike = json!([{"type": "CAROUSEL", "cards": [card("a"), {"components": [{"type": "BUTTONS", "buttons": [
            {"type": "QUICK_REPLY", "text": "More"}, {"type": "URL", "text": "Look", "url": "https://shop.example/all"}]}]}]}]);
        let links = Links::of(
            &clicks.registered(&Template { components: unlike.to_string(), ..template }).components,
        );
        assert_eq!([0, 1, 2].map(|card| links.take(Place::on_card(card, 1).unwrap())), [true, false, false]);
        assert_eq!(places, [1, 0, 2].map(|card| Place::on_card(card, 1).unwrap()));
    }
}
