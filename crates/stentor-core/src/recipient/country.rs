//! The country of a number, by its calling code, and the areas of +1: who may get marketing and with what optimisation.
//! Tables only; nothing here says that a number exists.

/// Calling codes and countries. Where several countries share a code, the one with most people; +1 and +7 are looked into.
#[rustfmt::skip]
const CALLING_CODES: &[(&str, &str)] = &[
    ("20", "EG"), ("211", "SS"), ("212", "MA"), ("213", "DZ"), ("216", "TN"), ("218", "LY"), ("220", "GM"), ("221", "SN"), ("222", "MR"),
    ("223", "ML"), ("224", "GN"), ("225", "CI"), ("226", "BF"), ("227", "NE"), ("228", "TG"), ("229", "BJ"), ("230", "MU"), ("231", "LR"),
    ("232", "SL"), ("233", "GH"), ("234", "NG"), ("235", "TD"), ("236", "CF"), ("237", "CM"), ("238", "CV"), ("239", "ST"), ("240", "GQ"),
    ("241", "GA"), ("242", "CG"), ("243", "CD"), ("244", "AO"), ("245", "GW"), ("246", "IO"), ("247", "AC"), ("248", "SC"), ("249", "SD"),
    ("250", "RW"), ("251", "ET"), ("252", "SO"), ("253", "DJ"), ("254", "KE"), ("255", "TZ"), ("256", "UG"), ("257", "BI"), ("258", "MZ"),
    ("260", "ZM"), ("261", "MG"), ("262", "RE"), ("263", "ZW"), ("264", "NA"), ("265", "MW"), ("266", "LS"), ("267", "BW"), ("268", "SZ"),
    ("269", "KM"), ("27", "ZA"), ("290", "SH"), ("291", "ER"), ("297", "AW"), ("298", "FO"), ("299", "GL"), ("30", "GR"), ("31", "NL"),
    ("32", "BE"), ("33", "FR"), ("34", "ES"), ("350", "GI"), ("351", "PT"), ("352", "LU"), ("353", "IE"), ("354", "IS"), ("355", "AL"),
    ("356", "MT"), ("357", "CY"), ("358", "FI"), ("359", "BG"), ("36", "HU"), ("370", "LT"), ("371", "LV"), ("372", "EE"), ("373", "MD"),
    ("374", "AM"), ("375", "BY"), ("376", "AD"), ("377", "MC"), ("378", "SM"), ("380", "UA"), ("381", "RS"), ("382", "ME"), ("383", "XK"),
    ("385", "HR"), ("386", "SI"), ("387", "BA"), ("389", "MK"), ("39", "IT"), ("40", "RO"), ("41", "CH"), ("420", "CZ"), ("421", "SK"),
    ("423", "LI"), ("43", "AT"), ("44", "GB"), ("45", "DK"), ("46", "SE"), ("47", "NO"), ("48", "PL"), ("49", "DE"), ("500", "FK"),
    ("501", "BZ"), ("502", "GT"), ("503", "SV"), ("504", "HN"), ("505", "NI"), ("506", "CR"), ("507", "PA"), ("508", "PM"), ("509", "HT"),
    ("51", "PE"), ("52", "MX"), ("53", "CU"), ("54", "AR"), ("55", "BR"), ("56", "CL"), ("57", "CO"), ("58", "VE"), ("590", "GP"),
    ("591", "BO"), ("592", "GY"), ("593", "EC"), ("594", "GF"), ("595", "PY"), ("596", "MQ"), ("597", "SR"), ("598", "UY"), ("599", "CW"),
    ("60", "MY"), ("61", "AU"), ("62", "ID"), ("63", "PH"), ("64", "NZ"), ("65", "SG"), ("66", "TH"), ("670", "TL"), ("672", "NF"),
    ("673", "BN"), ("674", "NR"), ("675", "PG"), ("676", "TO"), ("677", "SB"), ("678", "VU"), ("679", "FJ"), ("680", "PW"), ("681", "WF"),
    ("682", "CK"), ("683", "NU"), ("685", "WS"), ("686", "KI"), ("687", "NC"), ("688", "TV"), ("689", "PF"), ("690", "TK"), ("691", "FM"),
    ("692", "MH"), ("7", "RU"), ("76", "KZ"), ("77", "KZ"), ("81", "JP"), ("82", "KR"), ("84", "VN"), ("850", "KP"), ("852", "HK"),
    ("853", "MO"), ("855", "KH"), ("856", "LA"), ("86", "CN"), ("880", "BD"), ("886", "TW"), ("90", "TR"), ("91", "IN"), ("92", "PK"),
    ("93", "AF"), ("94", "LK"), ("95", "MM"), ("960", "MV"), ("961", "LB"), ("962", "JO"), ("963", "SY"), ("964", "IQ"), ("965", "KW"),
    ("966", "SA"), ("967", "YE"), ("968", "OM"), ("970", "PS"), ("971", "AE"), ("972", "IL"), ("973", "BH"), ("974", "QA"), ("975", "BT"),
    ("976", "MN"), ("977", "NP"), ("98", "IR"), ("992", "TJ"), ("993", "TM"), ("994", "AZ"), ("995", "GE"), ("996", "KG"), ("998", "UZ"),
];

/// Digits of the longest calling code.
const CODE_DIGITS_MAX: usize = 3;

/// Area codes of the fifty states and the District of Columbia.
#[rustfmt::skip]
const US_AREAS: &[u16] = &[
    201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 220, 223, 224, 225, 227, 228, 229, 231, 234, 235,
    239, 240, 248, 251, 252, 253, 254, 256, 260, 262, 267, 269, 270, 272, 274, 276, 279, 281, 283, 301, 302, 303, 304, 305, 307, 308, 309,
    310, 312, 313, 314, 315, 316, 317, 318, 319, 320, 321, 323, 324, 325, 326, 327, 329, 330, 331, 332, 334, 336, 337, 339, 341, 346, 347,
    350, 351, 352, 353, 360, 361, 363, 364, 369, 380, 385, 386, 401, 402, 404, 405, 406, 407, 408, 409, 410, 412, 413, 414, 415, 417, 419,
    423, 424, 425, 430, 432, 434, 435, 436, 440, 442, 443, 445, 447, 448, 457, 458, 463, 464, 469, 470, 471, 472, 475, 478, 479, 480, 484,
    501, 502, 503, 504, 505, 507, 508, 509, 510, 512, 513, 515, 516, 517, 518, 520, 530, 531, 534, 539, 540, 541, 551, 557, 559, 561, 562,
    563, 564, 567, 570, 571, 572, 573, 574, 575, 580, 582, 585, 586, 601, 602, 603, 605, 606, 607, 608, 609, 610, 612, 614, 615, 616, 617,
    618, 619, 620, 621, 623, 624, 626, 628, 629, 630, 631, 636, 640, 641, 645, 646, 650, 651, 656, 657, 659, 660, 661, 662, 667, 669, 678,
    679, 680, 681, 682, 686, 689, 701, 702, 703, 704, 706, 707, 708, 712, 713, 714, 715, 716, 717, 718, 719, 720, 724, 725, 726, 727, 728,
    730, 731, 732, 734, 737, 738, 740, 743, 747, 748, 754, 757, 760, 762, 763, 765, 769, 770, 771, 772, 773, 774, 775, 779, 781, 785, 786, 801,
    802, 803, 804, 805, 806, 808, 810, 812, 813, 814, 815, 816, 817, 818, 820, 821, 826, 828, 830, 831, 832, 835, 837, 838, 839, 840, 843,
    845, 847, 848, 850, 854, 856, 857, 858, 859, 860, 861, 862, 863, 864, 865, 870, 872, 878, 901, 903, 904, 906, 907, 908, 909, 910, 912,
    913, 914, 915, 916, 917, 918, 919, 920, 924, 925, 928, 929, 930, 931, 934, 936, 937, 938, 940, 941, 943, 945, 947, 948, 949, 951, 952,
    954, 956, 959, 970, 971, 972, 973, 975, 978, 979, 980, 983, 984, 985, 986, 989,
];

#[rustfmt::skip]
const CANADA_AREAS: &[u16] = &[
    204, 226, 236, 249, 250, 257, 263, 289, 306, 343, 354, 365, 367, 368, 382, 403, 416, 418, 428, 431, 437, 438, 450, 460, 468, 474, 506,
    514, 519, 548, 579, 581, 584, 587, 604, 613, 639, 647, 672, 683, 705, 709, 742, 753, 778, 780, 782, 807, 819, 825, 867, 873, 879, 902,
    905, 942,
];

/// The other countries and territories of +1.
#[rustfmt::skip]
const ISLAND_AREAS: &[(u16, &str)] = &[
    (242, "BS"), (246, "BB"), (264, "AI"), (268, "AG"), (284, "VG"), (340, "VI"), (345, "KY"), (441, "BM"), (473, "GD"), (649, "TC"),
    (658, "JM"), (664, "MS"), (670, "MP"), (671, "GU"), (684, "AS"), (721, "SX"), (758, "LC"), (767, "DM"), (784, "VC"), (787, "PR"),
    (809, "DO"), (829, "DO"), (849, "DO"), (868, "TT"), (869, "KN"), (876, "JM"), (939, "PR"),
];

/// European Economic Area, United Kingdom, Japan, South Korea, and Russia since 2025-06-20.
#[rustfmt::skip]
const NOT_OPTIMISED: &[&str] = &[
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR", "HU", "IE", "IS", "IT", "JP", "KR", "LI", "LT",
    "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "RU", "SE", "SI", "SK",
];

/// ISO 3166 code of the country a number belongs to; `None` for codes nobody has (such as area 555 of +1).
///
/// ```
/// use stentor_core::recipient::country;
/// assert_eq!(country("441234567890"), Some("GB"));
/// assert_eq!(country("16505551234"), Some("US"));
/// assert_eq!(country("14165550123"), Some("CA"));
/// assert_eq!(country("15555550123"), None);
/// ```
#[must_use]
pub fn country(digits: &str) -> Option<&'static str> {
    if let Some(area) = area(digits) {
        return if US_AREAS.binary_search(&area).is_ok() {
            Some("US")
        } else if CANADA_AREAS.binary_search(&area).is_ok() {
            Some("CA")
        } else {
            ISLAND_AREAS.iter().find(|(code, _)| *code == area).map(|(_, country)| *country)
        };
    }
    // The longest code that the number begins with.
    (1..=CODE_DIGITS_MAX).rev().find_map(|length| {
        let code = digits.get(..length)?;
        let at = CALLING_CODES.binary_search_by_key(&code, |(code, _)| code).ok()?;
        Some(CALLING_CODES[at].1)
    })
}

/// Whether a number has an area code of the United States: marketing to it is never delivered (131049) since 2025-04-01.
///
/// ```
/// use stentor_core::recipient::us_area_code;
/// assert!(us_area_code("16505551234"));
/// assert!(!us_area_code("14165550123"), "Canada");
/// assert!(!us_area_code("18765550123"), "Jamaica");
/// ```
#[must_use]
pub fn us_area_code(digits: &str) -> bool {
    area(digits).is_some_and(|area| US_AREAS.binary_search(&area).is_ok())
}

/// Whether marketing messages to (or from) a country are optimised, counted against a person's limit and measured by clicks.
#[must_use]
pub fn is_optimised(country: &str) -> bool {
    !NOT_OPTIMISED.contains(&country)
}

/// Whether a person of that country may be profiled only where the operator says so: the European Economic Area and the
/// United Kingdom. Meta optimises nothing there.
#[must_use]
pub fn is_profiling_restricted(country: &str) -> bool {
    NOT_OPTIMISED.contains(&country) && !["JP", "KR", "RU"].contains(&country)
}

/// The area code of a number of +1 with all its eleven digits.
fn area(digits: &str) -> Option<u16> {
    digits.strip_prefix('1').filter(|rest| rest.len() == 10)?.get(..3)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted_and_disjoint() {
        assert!(US_AREAS.is_sorted() && CANADA_AREAS.is_sorted() && NOT_OPTIMISED.is_sorted());
        assert!(CALLING_CODES.is_sorted());
        assert!(CALLING_CODES.iter().all(|(code, _)| code.len() <= CODE_DIGITS_MAX));
        for (area, _) in ISLAND_AREAS {
            assert!(!US_AREAS.contains(area) && !CANADA_AREAS.contains(area), "{area}");
        }
        assert!(CANADA_AREAS.iter().all(|area| !US_AREAS.contains(area)));
        for country in NOT_OPTIMISED {
            assert!(CALLING_CODES.iter().any(|(_, c)| c == country), "{country}");
        }
    }

    #[test]
    fn shared_calling_codes_are_told_apart() {
        for (digits, expected) in [
            ("77011234567", Some("KZ")),
            ("79161234567", Some("RU")),
            ("393331234567", Some("IT")),
            ("17875550123", Some("PR")),
            ("2348012345678", Some("NG")),
            ("4912345678", Some("DE")),
            ("18005550123", None),
            ("9991234567", None),
            // A user id may be any text.
            ("1𐀀a 𐀀", None),
        ] {
            assert_eq!(country(digits), expected, "{digits}");
        }
        assert!(
            is_profiling_restricted("GB") && !is_profiling_restricted("JP") && !is_profiling_restricted("IN")
        );
        assert!(!is_optimised("DE") && !is_optimised("KR") && is_optimised("BR") && is_optimised("US"));
    }
}
