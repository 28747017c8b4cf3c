//! What a Graph path names, before anything is looked up: the version, the object, the edge. Pure text.

use std::ops::RangeInclusive;

/// Versions that are answered; Meta retires one about two years after it came.
pub const VERSIONS: RangeInclusive<u16> = 13..=40;
/// What an unversioned call is answered as.
pub const VERSION: &str = "v23.0";
/// Objects that are named by a word.
const WORDS: [&str; 3] = ["me", "app", "debug_token"];

/// A path of Meta's, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address<'p> {
    /// `v23.0`, where the path begins with one.
    pub version: Option<&'p str>,
    /// The id, or a word that stands for one.
    pub object: &'p str,
    /// What follows, without slashes at its ends; empty: the object itself.
    pub edge: &'p str,
}

impl<'p> Address<'p> {
    /// The address of a path that can be one of Meta's; `None` for 360dialog's own.
    pub fn of(path: &'p str) -> Option<Self> {
        let path = path.trim_matches('/');
        let (first, rest) = path.split_once('/').unwrap_or((path, ""));
        let (version, path) = match first.strip_prefix('v') {
            Some(number) if number.starts_with(|c: char| c.is_ascii_digit()) && number.contains('.') => {
                (Some(first), rest)
            }
            _ if is_id(first) || WORDS.contains(&first) => (None, path),
            _ => return None,
        };
        let (object, edge) = path.split_once('/').unwrap_or((path, ""));
        Some(Self { version, object, edge })
    }

    /// Whether the version is one there is.
    pub fn is_known_version(&self) -> bool {
        let Some(version) = self.version else { return true };
        let numbers = version.strip_prefix('v').and_then(|rest| rest.split_once('.'));
        numbers.is_some_and(|(major, minor)| {
            minor == "0" && major.parse().is_ok_and(|major| VERSIONS.contains(&major))
        })
    }
}

/// An id of Meta's: digits, as many as an `i64` has.
pub fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= 19 && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meta_s_paths_are_told_from_360dialog_s() {
        let of = |path| Address::of(path).map(|a| (a.version.unwrap_or_default(), a.object, a.edge));
        assert_eq!(of("/v23.0/1/messages"), Some(("v23.0", "1", "messages")));
        assert_eq!(of("/1/messages/"), Some(("", "1", "messages")));
        assert_eq!(of("/v23.0/debug_token"), Some(("v23.0", "debug_token", "")));
        assert_eq!(of("/v23.0"), Some(("v23.0", "", "")));
        for path in ["/messages", "/v1/configs/webhook", "/message_templates/1", "/upload:a", "/", "/x/1"] {
            assert_eq!(of(path), None, "{path}");
        }
        let known = |path: &'static str| Address::of(path).is_some_and(|a| a.is_known_version());
        assert!(known("/v13.0/1") && known("/v23.0/1") && known("/1"));
        assert!(!known("/v1.0/1") && !known("/v23.1/1") && !known("/v99.0/1") && !known("/v2x.0/1"));
    }
}
