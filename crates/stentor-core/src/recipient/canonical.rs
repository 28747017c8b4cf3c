//! Numbers that WhatsApp names differently from how people dial them: Brazil, Mexico, Argentina.
//! Used for `wa_id` and keys; a real upstream is always given what the customer wrote.

/// Argentina's area codes of three digits; Buenos Aires (11) has two, all others four.
const ARGENTINA_THREE: [&str; 38] = [
    "220", "221", "223", "230", "236", "237", "249", "260", "261", "263", "264", "266", "280", "291", "294",
    "297", "298", "299", "336", "341", "342", "343", "345", "348", "351", "353", "358", "362", "364", "370",
    "376", "379", "380", "381", "383", "385", "387", "388",
];

/// The digits as `wa_id` has them.
pub(super) fn canonical(digits: String) -> String {
    let rewritten = match digits.get(..2) {
        Some("55") => brazil(&digits[2..]),
        Some("52") => mexico(&digits[2..]),
        Some("54") => argentina(&digits[2..]),
        _ => None,
    };
    rewritten.unwrap_or(digits)
}

/// Mobile numbers got a 9 in front in 2012-16: WhatsApp names people with it in the areas 11 to 28, without it elsewhere.
fn brazil(national: &str) -> Option<String> {
    let (area, local) = national.split_at_checked(2)?;
    let keeps_nine = ("11"..="28").contains(&area);
    match (local.len(), local.as_bytes()[..1].first()?) {
        (8, b'6'..=b'9') if keeps_nine => Some(format!("55{area}9{local}")),
        (9, b'9') if !keeps_nine => Some(format!("55{area}{}", &local[1..])),
        _ => None,
    }
}

/// Dialled without the mobile 1 since 2019; WhatsApp keeps it.
fn mexico(national: &str) -> Option<String> {
    (national.len() == 10).then(|| format!("521{national}"))
}

/// Mobile numbers are 9 + area + number internationally, area + 15 + number at home, and often written without either.
fn argentina(national: &str) -> Option<String> {
    match national.len() {
        10 => Some(format!("549{national}")),
        12 => {
            let area = match national {
                n if n.starts_with("11") => 2,
                n if ARGENTINA_THREE.contains(&&n[..3]) => 3,
                _ => 4,
            };
            national[area..].strip_prefix("15").map(|number| format!("549{}{number}", &national[..area]))
        }
        _ => None,
    }
}
