//! Writing small JSON by hand, without a tree: for what is written for every message. Nobody outside this crate.

use std::fmt::Write as _;

/// Appends `text` as a JSON string, quotes and escapes included.
pub(crate) fn string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if u32::from(c) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Appends `"key":"text"` after a comma.
pub(crate) fn field(out: &mut String, key: &str, text: &str) {
    let _ = write!(out, ",\"{key}\":");
    string(out, text);
}

#[cfg(test)]
mod tests {
    #[test]
    fn writes_what_serde_reads() {
        for text in ["", "plain", "\"\\/\n\r\t\u{1}é😀\u{2028}"] {
            let mut out = String::new();
            super::string(&mut out, text);
            assert_eq!(serde_json::from_str::<String>(&out).unwrap(), text);
        }
    }
}
