//! Where a number is, as far as the network's rules and people's days depend on it. Pure tables.
//! Called when a person is made. Knows calling codes, not numbering plans: a person needs no more.

/// What follows from where somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Minutes their clock is ahead of UTC; countries with several zones get a populous one, nobody changes clocks.
    pub(crate) utc_offset_minutes: i16,
    /// EEA, United Kingdom, Japan or South Korea: no per-person limits and no optimisation.
    pub(crate) is_unlimited: bool,
    /// A US area code: no marketing.
    pub(crate) is_us: bool,
}

/// Calling code, country, minutes ahead of UTC, whether per-person limits do not apply there.
const COUNTRIES: [(&str, &str, i16, bool); 63] = [
    ("1", "CA", -300, false),
    ("20", "EG", 120, false),
    ("212", "MA", 60, false),
    ("213", "DZ", 60, false),
    ("233", "GH", 0, false),
    ("234", "NG", 60, false),
    ("254", "KE", 180, false),
    ("255", "TZ", 180, false),
    ("256", "UG", 180, false),
    ("27", "ZA", 120, false),
    ("30", "GR", 120, true),
    ("31", "NL", 60, true),
    ("32", "BE", 60, true),
    ("33", "FR", 60, true),
    ("34", "ES", 60, true),
    ("351", "PT", 0, true),
    ("352", "LU", 60, true),
    ("353", "IE", 0, true),
    ("354", "IS", 0, true),
    ("356", "MT", 60, true),
    ("357", "CY", 120, true),
    ("358", "FI", 120, true),
    ("359", "BG", 120, true),
    ("36", "HU", 60, true),
    ("370", "LT", 120, true),
    ("371", "LV", 120, true),
    ("372", "EE", 120, true),
    ("380", "UA", 120, false),
    ("385", "HR", 60, true),
    ("386", "SI", 60, true),
    ("39", "IT", 60, true),
    ("40", "RO", 120, true),
    ("41", "CH", 60, false),
    ("420", "CZ", 60, true),
    ("421", "SK", 60, true),
    ("423", "LI", 60, true),
    ("43", "AT", 60, true),
    ("44", "GB", 0, true),
    ("45", "DK", 60, true),
    ("46", "SE", 60, true),
    ("47", "NO", 60, true),
    ("48", "PL", 60, true),
    ("49", "DE", 60, true),
    ("51", "PE", -300, false),
    ("52", "MX", -360, false),
    ("54", "AR", -180, false),
    ("55", "BR", -180, false),
    ("56", "CL", -240, false),
    ("57", "CO", -300, false),
    ("60", "MY", 480, false),
    ("61", "AU", 600, false),
    ("62", "ID", 420, false),
    ("63", "PH", 480, false),
    ("65", "SG", 480, false),
    ("66", "TH", 420, false),
    ("7", "RU", 180, false),
    ("81", "JP", 540, true),
    ("82", "KR", 540, true),
    ("84", "VN", 420, false),
    ("86", "CN", 480, false),
    ("90", "TR", 180, false),
    ("91", "IN", 330, false),
    ("92", "PK", 300, false),
];

/// Arab Gulf states and neighbours share this; so does, roughly, whoever is not in the table.
const ELSEWHERE_MINUTES: i16 = 180;

impl Place {
    /// The place of a number (digits) or a BSUID (`DE.…`).
    pub(crate) fn of(address: &str) -> Self {
        if let Some((country, _)) = address.split_once('.') {
            let found = COUNTRIES.iter().find(|row| row.1.eq_ignore_ascii_case(country));
            return Self { is_us: country.eq_ignore_ascii_case("US"), ..Self::at(found) };
        }
        // A calling code is never the beginning of another one: any match is the match.
        let found = COUNTRIES.iter().find(|row| address.starts_with(row.0));
        Self { is_us: is_us_number(address), ..Self::at(found) }
    }

    fn at(row: Option<&(&str, &str, i16, bool)>) -> Self {
        let (utc_offset_minutes, is_unlimited) = row.map_or((ELSEWHERE_MINUTES, false), |row| (row.2, row.3));
        Self { utc_offset_minutes, is_unlimited, is_us: false }
    }
}

/// Area codes of the North American plan that are not in the United States' states: Canada, the Caribbean, the Pacific,
/// and codes of no place (toll-free, personal, premium).
const NOT_US: &[u16] = &[
    204, 226, 236, 249, 250, 257, 263, 289, 306, 343, 354, 365, 367, 368, 382, 387, 403, 416, 418, 428, 431,
    437, 438, 450, 460, 468, 474, 506, 514, 519, 537, 548, 579, 581, 584, 587, 600, 604, 613, 622, 639, 647,
    672, 683, 705, 709, 742, 753, 778, 780, 782, 807, 819, 825, 851, 867, 873, 879, 902, 905, 942, 242, 246,
    264, 268, 284, 340, 345, 441, 473, 649, 658, 664, 670, 671, 684, 721, 758, 767, 784, 787, 809, 829, 849,
    868, 869, 876, 939, 500, 521, 522, 523, 524, 525, 526, 527, 528, 529, 532, 533, 535, 538, 542, 543, 544,
    545, 546, 547, 549, 550, 552, 553, 554, 555, 556, 566, 569, 577, 578, 588, 589, 700, 710, 800, 822, 833,
    844, 855, 866, 877, 880, 881, 882, 883, 884, 885, 886, 887, 888, 889, 900,
];

fn is_us_number(number: &str) -> bool {
    number.len() == 11
        && number.starts_with('1')
        && number[1..4]
            .parse::<u16>()
            .is_ok_and(|area| area >= 200 && area % 100 != 11 && !NOT_US.contains(&area))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        for (address, us, unlimited) in [
            ("12025550123", true, false),
            ("14165550123", false, false),
            ("18765550123", false, false),
            ("447700900001", false, true),
            ("819012345678", false, true),
            ("821012345678", false, true),
            ("41791234567", false, false),
            ("919812345678", false, false),
            ("DE.13491208655302741918", false, true),
            ("US.13491208655302741918", true, false),
        ] {
            let place = Place::of(address);
            assert_eq!((place.is_us, place.is_unlimited), (us, unlimited), "{address}");
        }
    }

    #[test]
    fn no_calling_code_begins_another() {
        for (i, a) in COUNTRIES.iter().enumerate() {
            for b in &COUNTRIES[i + 1..] {
                assert!(!a.0.starts_with(b.0) && !b.0.starts_with(a.0), "{} {}", a.0, b.0);
            }
        }
    }
}
