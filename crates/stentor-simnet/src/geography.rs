//! Where somebody is, as far as the network's rules and people's days depend on it. Pure.
//! Called when a person is made. Countries and area codes are the core's; here are only their clocks.

use stentor_core::recipient::{country, is_optimised};

/// What follows from where somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Minutes their clock is ahead of UTC; countries with several zones get a populous one, nobody changes clocks.
    pub(crate) utc_offset_minutes: i16,
    /// EEA, United Kingdom, Japan or South Korea: per-person limits do not apply.
    pub(crate) is_unlimited: bool,
    /// A US area code: no marketing.
    pub(crate) is_us: bool,
    /// No country has such numbers.
    pub(crate) is_nowhere: bool,
}

impl Place {
    /// The place of a number (digits) or a BSUID (`DE.…`).
    pub(crate) fn of(address: &str) -> Self {
        let country = country_of(address);
        Self {
            utc_offset_minutes: country.map_or(0, utc_offset_minutes),
            is_unlimited: country.is_some_and(has_no_limits),
            is_us: country == Some("US"),
            is_nowhere: country.is_none(),
        }
    }
}

/// As [`Place::is_unlimited`], for a business number, of which nothing else matters.
pub(crate) fn is_unlimited(number: &str) -> bool {
    country_of(number).is_some_and(has_no_limits)
}

fn country_of(address: &str) -> Option<&str> {
    address.split_once('.').map(|(country, _)| country).or_else(|| country(address))
}

/// Russia is not optimised either, but its people have limits.
fn has_no_limits(country: &str) -> bool {
    !is_optimised(country) && country != "RU"
}

/// Countries by their clocks, the most populous first; what is in no row is near Greenwich or small.
#[rustfmt::skip]
const CLOCKS: [(i16, &str); 19] = [
    (330, "IN LK"),
    (-180, "BR AR UY"),
    (60, "DE FR IT ES NL BE PL AT CH SE NO DK CZ SK HU HR SI RS BA MK AL ME LU MT LI MA DZ TN NG CM AO"),
    (420, "ID VN TH KH LA"),
    (-360, "MX GT HN SV NI CR"),
    (-300, "US CA CO PE EC PA JM CU BS HT"),
    (120, "EG ZA GR RO BG FI UA LT LV EE CY IL JO LB PS MZ ZM ZW MW BW NA RW SD LY MD"),
    (180, "TR SA RU IQ KW QA BH YE KE TZ UG ET SO BY SY"),
    (300, "PK UZ TJ TM MV KZ"),
    (480, "CN PH MY SG HK TW MO BN MN"),
    (540, "JP KR"),
    (360, "BD KG BT"),
    (240, "AE OM AZ GE AM MU"),
    (-240, "CL VE BO PY DO PR TT BB GY"),
    (600, "AU PG"),
    (390, "MM"),
    (345, "NP"),
    (210, "IR"),
    (720, "NZ FJ"),
];

fn utc_offset_minutes(country: &str) -> i16 {
    CLOCKS.iter().find(|(_, countries)| countries.split(' ').any(|one| one == country)).map_or(0, |row| row.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        for (address, us, unlimited, offset) in [
            ("12025550123", true, false, -300),
            ("14165550123", false, false, -300),
            ("18765550123", false, false, -300),
            ("447700900001", false, true, 0),
            ("819012345678", false, true, 540),
            ("821012345678", false, true, 540),
            ("79161234567", false, false, 180),
            ("41791234567", false, false, 60),
            ("919812345678", false, false, 330),
            ("DE.13491208655302741918", false, true, 60),
            ("US.13491208655302741918", true, false, -300),
        ] {
            let place = Place::of(address);
            let seen = (place.is_us, place.is_unlimited, place.utc_offset_minutes, place.is_nowhere);
            assert_eq!(seen, (us, unlimited, offset, false), "{address}");
        }
        assert!(Place::of("15555550123").is_nowhere);
    }
}
