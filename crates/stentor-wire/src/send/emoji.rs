//! Whether a text is one emoji, as a reaction must be: by Unicode's own grammar of emoji sequences (UTS 51, ED-15 to 17),
//! with ranges instead of its table, so that next year's emoji pass too. No dependencies, no decisions beyond that.

/// Whether `text` is exactly one emoji: a base with its modifiers, a flag, a keycap, or several joined to one.
pub(super) fn is_one(text: &str) -> bool {
    let mut rest = text.chars().peekable();
    loop {
        let Some(first) = rest.next() else { return false };
        match first {
            '#' | '*' | '0'..='9' => {
                let _ = rest.next_if_eq(&'\u{FE0F}');
                if rest.next() != Some('\u{20E3}') {
                    return false;
                }
            }
            '\u{1F1E6}'..='\u{1F1FF}' => {
                if !rest.next().is_some_and(|second| ('\u{1F1E6}'..='\u{1F1FF}').contains(&second)) {
                    return false;
                }
            }
            base if is_base(base) => {
                let _ = rest.next_if_eq(&'\u{FE0F}');
                let _ = rest.next_if(|c| ('\u{1F3FB}'..='\u{1F3FF}').contains(c));
                while rest.next_if(|c| ('\u{E0020}'..='\u{E007F}').contains(c)).is_some() {}
            }
            _ => return false,
        }
        match rest.next() {
            None => return true,
            Some('\u{200D}') => {}
            Some(_) => return false,
        }
    }
}

/// Whether there is any emoji in `text`.
pub(super) fn is_in(text: &str) -> bool {
    text.chars().any(|c| u32::from(c) >= 0x1F000 && is_base(c))
}

const fn is_base(c: char) -> bool {
    matches!(c,
        '\u{1F000}'..='\u{1FAFF}'
        | '\u{2190}'..='\u{21FF}'
        | '\u{2300}'..='\u{27BF}'
        | '\u{2900}'..='\u{297F}'
        | '\u{2B00}'..='\u{2BFF}'
        | '\u{203C}' | '\u{2049}' | '\u{2122}' | '\u{2139}' | '\u{3030}' | '\u{303D}' | '\u{3297}' | '\u{3299}'
        | '\u{00A9}' | '\u{00AE}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_emoji_and_nothing_else() {
        for one in ["😀", "❤️", "❤", "👍🏽", "🇩🇪", "1️⃣", "👩‍👩‍👧", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "✅", "☎️", "™️"]
        {
            assert!(is_one(one), "{one}");
        }
        for other in ["", "a", "😀😀", "1", ":)", "😀a", "🇩", "\u{200D}", "👍 ", "ok"] {
            assert!(!is_one(other), "{other}");
        }
        assert!(is_in("Book now 🎉") && !is_in("Book now → ©"));
    }
}
