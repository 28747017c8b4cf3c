//! Contact cards of a message of type `contacts`. Read for their limits and for what a phone shows of them.

use super::text::{need_real, need_short, some_short};
use crate::reader::{Cursor, Object, Problem, WireError};

/// One contact card, as far as anything depends on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContactCard {
    /// `name.formatted_name`.
    pub name: String,
    /// `org.company`.
    pub company: Option<String>,
    /// `phones[].phone`, in order.
    pub phones: Vec<String>,
    /// `emails[].email`, in order.
    pub emails: Vec<String>,
    /// `urls[].url`, in order.
    pub urls: Vec<String>,
    /// Each address in a line.
    pub addresses: Vec<String>,
    /// `YYYY-MM-DD`.
    pub birthday: Option<String>,
}

/// Meta's page says up to 257, its OpenAPI file 5; the wider one is taken.
const CARDS_MAX: usize = 257;
/// Of phones, emails, addresses and URLs of one card: ours, for a card is no directory.
const ENTRIES_MAX: usize = 100;
const NAME_CHARS_MAX: usize = 1_024;

const CARD: &[&str] = &["name", "phones", "emails", "addresses", "urls", "org", "birthday"];
const NAME_PARTS: [&str; 5] = ["first_name", "last_name", "middle_name", "prefix", "suffix"];
const ADDRESS_LINE: [&str; 5] = ["street", "zip", "city", "state", "country"];

pub(super) fn read_contacts(field: &Cursor<'_, '_>) -> Result<Vec<ContactCard>, WireError> {
    let cards = field.items()?;
    let got = cards.len();
    if !(1..=CARDS_MAX).contains(&got) {
        return Err(field.error(Problem::Count { of: "contacts", min: 1, max: CARDS_MAX, got }));
    }
    cards.map(|card| read_card(&card)).collect()
}

fn read_card(card: &Cursor<'_, '_>) -> Result<ContactCard, WireError> {
    let card = card.object(CARD)?;
    let company = match card.get("org") {
        Some(org) => org.object(&["company", "department", "title"])?.string("company")?,
        None => None,
    };
    Ok(ContactCard {
        name: read_name(&card.need("name")?)?,
        company,
        phones: entries(card, "phones", |phone| {
            let phone = phone.object(&["phone", "type", "wa_id"])?;
            // WhatsApp resolves the number by `wa_id` where the phone's own spelling is left out.
            match phone.get("phone") {
                Some(_) => need_real(phone, "phone"),
                None => need_real(phone, "wa_id"),
            }
        })?,
        emails: entries(card, "emails", |email| need_real(email.object(&["email", "type"])?, "email"))?,
        urls: entries(card, "urls", |url| need_real(url.object(&["url", "type"])?, "url"))?,
        addresses: entries(card, "addresses", read_address)?,
        birthday: read_birthday(card)?,
    })
}

fn read_name(field: &Cursor<'_, '_>) -> Result<String, WireError> {
    let known = ["formatted_name", "first_name", "last_name", "middle_name", "prefix", "suffix"];
    let name = field.object(&known)?;
    let formatted = need_short(name, "formatted_name", NAME_CHARS_MAX)?;
    let mut has_part = false;
    for part in NAME_PARTS {
        has_part |= some_short(name, part, NAME_CHARS_MAX)?.is_some();
    }
    if !has_part {
        let fields = "first_name, last_name, middle_name, prefix or suffix beside formatted_name";
        return Err(field.error(Problem::NoneOf { fields }));
    }
    Ok(formatted)
}

fn read_address(address: &Cursor<'_, '_>) -> Result<String, WireError> {
    let known = ["street", "city", "state", "zip", "country", "country_code", "type"];
    let address = address.object(&known)?;
    let mut line = Vec::new();
    for part in ADDRESS_LINE {
        line.extend(address.get(part).map(|part| part.string_or_number()).transpose()?);
    }
    Ok(line.join(", "))
}

fn read_birthday(card: Object<'_, '_>) -> Result<Option<String>, WireError> {
    let Some(birthday) = some_short(card, "birthday", NAME_CHARS_MAX)? else { return Ok(None) };
    let digits = |text: &str, length: usize| text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
    let number = |text: &str| text.parse::<u32>().unwrap_or_default();
    let mut parts = birthday.splitn(3, '-');
    let is_date = match (parts.next(), parts.next(), parts.next()) {
        (Some(year), Some(month), Some(day)) => {
            let is_formed = digits(year, 4) && digits(month, 2) && digits(day, 2);
            is_formed && (1..=12).contains(&number(month)) && (1..=31).contains(&number(day))
        }
        _ => false,
    };
    if is_date {
        return Ok(Some(birthday));
    }
    Err(card.need("birthday")?.error(Problem::bad_value(&birthday, "YYYY-MM-DD")))
}

fn entries(
    card: Object<'_, '_>,
    key: &str,
    read: impl Fn(&Cursor<'_, '_>) -> Result<String, WireError>,
) -> Result<Vec<String>, WireError> {
    let Some(field) = card.get(key) else { return Ok(Vec::new()) };
    let items = field.items()?;
    let got = items.len();
    if got > ENTRIES_MAX {
        return Err(field.error(Problem::Count { of: "elements", min: 0, max: ENTRIES_MAX, got }));
    }
    items.map(|item| read(&item)).collect()
}
