//! Stop words: whether a whole message says "stop", or "start" again, in any of the languages of the table. Pure.
//! Called for every text and tap that comes in. A word inside a sentence is none: "don't stop" is no opt-out.
//!
//! Before comparing, both sides are brought to one spelling: NFKC (full-width letters, half-width katakana and
//! decomposed accents become the usual ones), lower case of every script, `ß` as `ss`, final sigma as sigma, the Turkish
//! dotted and dotless i as i, invisible marks dropped, blanks as one blank; quotes, WhatsApp's `*_~` and closing
//! punctuation around the words are taken off.

mod words;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization as _;

pub use words::WORDS;

/// A longer text is no single word in any language.
const TEXT_BYTES_MAX: usize = 256;
/// Taken off both ends.
const AROUND: &str = "\"'`´‘’‚‛“”„‟«»‹›「」『』《》〈〉*_~";
/// Taken off the end, and the Spanish ones off the beginning.
const PUNCTUATION: &str = ".,;:!?…。、，؛؟،۔।॥։·¡¿";

/// The words of one language.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// BCP 47.
    pub code: &'static str,
    /// Its English name.
    pub language: &'static str,
    /// What ends marketing messages.
    pub stop: &'static [&'static str],
    /// What ends such an end.
    pub start: &'static [&'static str],
}

/// What a message wishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// No more marketing messages.
    Stop,
    /// Marketing messages again: takes back an earlier stop word, and nothing else.
    Start,
}

/// What this text, the whole message or the label of a button, wishes.
///
/// ```
/// use stentor_core::opt_out::{Wish, wish};
/// assert_eq!(wish("Stop!"), Some(Wish::Stop));
/// assert_eq!(wish("  «ΔΙΑΓΡΑΦΗ». "), Some(Wish::Stop));
/// assert_eq!(wish("ＳＴＯＰ"), Some(Wish::Stop));
/// assert_eq!(wish("start"), Some(Wish::Start));
/// assert_eq!(wish("Don't stop"), None);
/// assert_eq!(wish("bus stop"), None);
/// ```
#[must_use]
pub fn wish(text: &str) -> Option<Wish> {
    static TABLE: LazyLock<HashMap<String, Wish>> = LazyLock::new(|| {
        let of = |words: &'static [&'static str], wish| words.iter().map(move |word| (fold(word), wish));
        let rows = WORDS.iter().flat_map(|row| of(row.start, Wish::Start).chain(of(row.stop, Wish::Stop)));
        rows.collect()
    });
    if text.len() > TEXT_BYTES_MAX { None } else { TABLE.get(&fold(text)).copied() }
}

/// Whether this text, as a whole message, is an opt-out.
///
/// ```
/// use stentor_core::opt_out::is_stop;
/// for text in ["STOP", "unsubscribe", "ABMELDEN", "arrêt", "إيقاف", "रोकें", "停止", "그만", "หยุด", "\"Dur\""] {
///     assert!(is_stop(text), "{text}");
/// }
/// for text in ["don't stop", "bus stop", "stop by tomorrow", "START", ""] {
///     assert!(!is_stop(text), "{text}");
/// }
/// ```
#[must_use]
pub fn is_stop(text: &str) -> bool {
    wish(text) == Some(Wish::Stop)
}

/// The one spelling in which texts and words are compared.
fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.nfkc().filter(|c| !is_invisible(*c)) {
        match c {
            'İ' | 'ı' => folded.push('i'),
            'ß' | 'ẞ' => folded.push_str("ss"),
            'ς' => folded.push('σ'),
            '’' => folded.push('\''),
            c if c.is_whitespace() => folded.push(' '),
            c => folded.extend(c.to_lowercase()),
        }
    }
    // Again, for what lower case, or a mark that went, brought together: `J` has no letter with a caron, `j` has one.
    let folded: String = folded.nfkc().collect();
    let around = |c: char| c == ' ' || AROUND.contains(c) || PUNCTUATION.contains(c);
    folded.trim_matches(around).split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Zero-width and direction marks, variation selectors, the Arabic lengthener; and the dot that lower case leaves over an
/// i that was a dotted capital (over other letters it is part of them after NFKC).
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ad}' | '\u{640}' | '\u{307}')
}

/// The table as a page.
#[must_use]
pub fn markdown() -> String {
    let mut page = String::from(
        "# Stop words\n\n\
         A reply that is one of these words, whole and alone, ends the account's marketing messages to that person, whatever \
         its letters' case, quotes or closing punctuation: a text, or a tap on a button whose label or payload is one. A word \
         to start again takes back what was said in the chat, never the switch in WhatsApp itself (`user_preferences`), a \
         131050 or what the operator noted ([consent](consent.md)).\n\n\
         | Language | Stop | Start again |\n|---|---|---|\n",
    );
    for row in WORDS {
        let (stop, start) = (row.stop.join(", "), row.start.join(", "));
        let _ = writeln!(page, "| {} ({}) | {stop} | {start} |", row.language, row.code);
    }
    page
}

#[cfg(test)]
mod tests;
