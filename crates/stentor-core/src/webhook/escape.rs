//! JSON as Meta writes it: ASCII only. What is signed is what is sent, so receivers that sign re-read bytes agree.

use std::fmt::Write as _;

/// Valid JSON in its ASCII form: what is not ASCII becomes `\uXXXX` (lower-case hex, surrogate pairs), `/` becomes `\/`.
///
/// Does nothing to text that went through it before.
///
/// ```
/// use stentor_core::webhook::ascii_escape;
/// assert_eq!(ascii_escape(r#"{"a":"ä 😀 https://x"}"#), r#"{"a":"\u00e4 \ud83d\ude00 https:\/\/x"}"#);
/// assert_eq!(ascii_escape(r#"{"a":"\/ \\/"}"#), r#"{"a":"\/ \\\/"}"#);
/// ```
#[must_use]
pub fn ascii_escape(json: &str) -> String {
    let mut out = String::with_capacity(json.len() + json.len() / 8);
    let mut units = [0; 2];
    let mut escaped = false;
    for c in json.chars() {
        match c {
            '/' if !escaped => out.push_str("\\/"),
            c if c.is_ascii() => out.push(c),
            c => {
                for unit in c.encode_utf16(&mut units) {
                    // Writing to a String cannot fail.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
        escaped = c == '\\' && !escaped;
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A string of JSON, as any careful writer writes it.
    fn quoted(text: &str) -> String {
        let mut out = String::from('"');
        for c in text.chars() {
            match c {
                '"' | '\\' => out.extend(['\\', c]),
                c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
                c => out.push(c),
            }
        }
        out + "\""
    }

    /// Undoes every escape of a string of JSON.
    fn unquoted(json: &str) -> String {
        let mut units: Vec<u16> = Vec::new();
        let mut rest = json[1..json.len() - 1].chars();
        while let Some(c) = rest.next() {
            let unit = match (c, (c == '\\').then(|| rest.next()).flatten()) {
                (_, Some('u')) => {
                    u16::from_str_radix(&rest.by_ref().take(4).collect::<String>(), 16).unwrap()
                }
                (_, Some(c)) | (c, None) => u16::try_from(u32::from(c)).unwrap(),
            };
            units.push(unit);
        }
        String::from_utf16(&units).unwrap()
    }

    proptest! {
        #[test]
        fn ascii_and_the_same_text(text in any::<String>()) {
            let escaped = ascii_escape(&quoted(&text));
            prop_assert!(escaped.is_ascii());
            prop_assert!(escaped.bytes().all(|b| b >= b' '));
            prop_assert_eq!(unquoted(&escaped), text);
            prop_assert_eq!(ascii_escape(&escaped), escaped.clone());
        }
    }
}
