//! What is secret and made here: API keys and webhook secrets. Shown once, kept hashed (keys) or recoverable (secrets).

use crate::clock::random;

/// Characters of an API key, the ending included: as 360dialog's.
const KEY_CHARS: usize = 26;
const KEY_ENDING: &str = "AK";
const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A fresh API key: 24 letters and digits (142 bits), then `AK`.
#[must_use]
pub fn api_key() -> String {
    let mut key = String::with_capacity(KEY_CHARS);
    while key.len() < KEY_CHARS - KEY_ENDING.len() {
        let [byte] = random::<1>();
        // Bytes beyond the last whole round of the alphabet would favour its first letters.
        if byte < 248 {
            key.push(char::from(ALPHABET[usize::from(byte % 62)]));
        }
    }
    key + KEY_ENDING
}

/// A fresh secret that signs an account's webhooks: 64 hex digits.
#[must_use]
pub fn webhook_secret() -> String {
    random::<32>().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn keys_look_like_360dialogs_and_differ() {
        let (a, b) = (super::api_key(), super::api_key());
        assert!(a.len() == 26 && a.ends_with("AK") && a.bytes().all(|c| c.is_ascii_alphanumeric()), "{a}");
        assert_ne!(a, b);
        assert_eq!(super::webhook_secret().len(), 64);
    }
}
