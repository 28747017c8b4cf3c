//! Which time zones a person may be in: the one they are known to be in, else what the number's area or country tells.

use std::collections::HashMap;
use std::sync::LazyLock;

use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::areas::AREAS;
use super::countries::COUNTRIES;
use crate::recipient;

/// Digits of the longest area code in the table.
const AREA_DIGITS_MAX: usize = 3;

/// Where a person may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Their zones; none where the number tells no country.
    pub zones: Vec<TimeZone>,
    /// Why these, to be read after a zone's name: `by its area code 303`.
    pub why: String,
}

/// Where the person of this number or user id may be. `own`: the zone they are known to be in, which wins. A number of a
/// country with several zones whose area is not known may be in any of them.
///
/// ```
/// use stentor_core::quiet_hours::place;
/// let names = |address, own| -> Vec<String> {
///     place(address, own).zones.iter().map(|zone| zone.iana_name().unwrap_or("?").to_owned()).collect()
/// };
/// assert_eq!(names("4915112345678", None), ["Europe/Berlin"]);
/// assert_eq!(names("4915112345678", Some("Asia/Tokyo")), ["Asia/Tokyo"]);
/// assert_eq!(names("13035550123", None), ["America/Denver"]);
/// assert_eq!(names("5568987654321", None), ["America/Rio_Branco"]);
/// assert_eq!(names("61412345678", None).len(), 5, "a mobile number of Australia");
/// assert_eq!(names("US.13491208655302741918", None).len(), 7);
/// assert!(names("15555550123", None).is_empty());
/// ```
#[must_use]
pub fn place(address: &str, own: Option<&str>) -> Place {
    if let Some(zone) = own.and_then(zone) {
        return Place { zones: vec![zone], why: "the person's own".to_owned() };
    }
    if let Some((zones, area)) = by_area(address) {
        return Place { zones: parsed(zones), why: format!("by its area code {area}") };
    }
    let is_number = address.starts_with(|c: char| c.is_ascii_digit());
    let country = if is_number { recipient::country(address) } else { address.get(..2) };
    let found = country.and_then(|code| {
        let at = COUNTRIES.binary_search_by_key(&code, |(country, _)| country).ok()?;
        Some(COUNTRIES[at])
    });
    let Some((code, zones)) = found else { return Place { zones: Vec::new(), why: String::new() } };
    let zones = parsed(zones);
    let why = match zones.len() {
        1 => format!("by its country {code}"),
        several => format!("one of the {several} zones of {code}"),
    };
    Place { zones, why }
}

/// The zone of that name in the IANA database that is built in; `None`: there is none.
///
/// ```
/// use stentor_core::quiet_hours::zone;
/// assert!(zone("Europe/Berlin").is_some());
/// assert!(zone("Mars/Olympus").is_none());
/// ```
#[must_use]
pub fn zone(name: &str) -> Option<TimeZone> {
    static BUILT_IN: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);
    BUILT_IN.get(name).ok()
}

fn parsed(zones: &str) -> Vec<TimeZone> {
    zones.split(' ').filter_map(zone).collect()
}

/// The zones of the longest area code that the number begins with, and that code.
fn by_area(address: &str) -> Option<(&'static str, &str)> {
    static TABLE: LazyLock<HashMap<(&'static str, &'static str), &'static str>> = LazyLock::new(|| {
        let of = |(code, zones, areas): &(&'static str, &'static str, &'static str)| {
            let (code, zones) = (*code, *zones);
            areas.split_ascii_whitespace().map(move |area| ((code, area), zones))
        };
        AREAS.iter().flat_map(of).collect()
    });
    let country = recipient::country(address)?;
    let (code, rest) = match country {
        "US" | "CA" => ("1", address.get(1..)?),
        "BR" => ("55", address.get(2..)?),
        // The 1 of Mexico's mobile numbers is no part of the area.
        "MX" => ("52", address.strip_prefix("521").or_else(|| address.get(2..))?),
        "RU" => ("7", address.get(1..)?),
        "AU" => ("61", address.get(2..)?),
        _ => return None,
    };
    let areas = (1..=AREA_DIGITS_MAX).rev().filter_map(|digits| rest.get(..digits));
    areas.into_iter().find_map(|area| TABLE.get(&(code, area)).map(|zones| (*zones, area)))
}
