//! HMAC-SHA256 over the exact bytes on the wire: ours going out, Meta's coming in.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// 360dialog's header: bare lower-case hex.
pub const DIALOG360: &str = "x-360dialog-signature";
/// Meta's header: `sha256=` and lower-case hex.
pub const HUB: &str = "X-Hub-Signature-256";
const HUB_PREFIX: &str = "sha256=";

/// The names of the two headers that carry a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signature {
    /// [`Signature::name`] `x-360dialog-signature`: bare hex.
    Dialog360,
    /// [`Signature::name`] `X-Hub-Signature-256`: `sha256=` and hex.
    Hub,
}

impl Signature {
    /// The header's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dialog360 => DIALOG360,
            Self::Hub => HUB,
        }
    }

    /// The header's value for a signature from [`sign`].
    #[must_use]
    pub fn value(self, hex: &str) -> String {
        match self {
            Self::Dialog360 => hex.to_owned(),
            Self::Hub => format!("{HUB_PREFIX}{hex}"),
        }
    }
}

fn mac(secret: &[u8], body: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("an HMAC key may have any length");
    mac.update(body);
    mac
}

/// The signature of a body: lower-case hex of 64 characters.
///
/// ```
/// use stentor_core::webhook::{Signature, sign, verify};
/// let hex = sign(b"secret", b"{}");
/// assert_eq!(Signature::Hub.value(&hex), format!("sha256={hex}"));
/// assert!(verify(b"secret", b"{}", &Signature::Hub.value(&hex)));
/// assert!(verify(b"secret", b"{}", &hex));
/// assert!(!verify(b"secret", b"{ }", &hex));
/// ```
#[must_use]
pub fn sign(secret: &[u8], body: &[u8]) -> String {
    mac(secret, body).finalize().into_bytes().iter().map(|b| format!("{b:02x}")).collect()
}

/// Whether a header's value (either form, any case) is the signature of exactly these bytes. Takes the same time wherever it differs.
#[must_use]
pub fn verify(secret: &[u8], body: &[u8], header: &str) -> bool {
    let hex = header.trim();
    let hex = hex.strip_prefix(HUB_PREFIX).unwrap_or(hex);
    unhex(hex).is_some_and(|signature| mac(secret, body).verify_slice(&signature).is_ok())
}

fn unhex(hex: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if hex.len() != 64 || !hex.is_ascii() {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(hex.as_bytes().chunks(2)) {
        let digit = |b: u8| char::from(b).to_digit(16);
        *byte = u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test cases 2 and 6 (a key longer than the block).
    #[test]
    fn published_vectors() {
        assert_eq!(
            sign(b"Jefe", b"what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(
            sign(&[0xAA; 131], b"Test Using Larger Than Block-Size Key - Hash Key First"),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }

    #[test]
    fn only_the_signature_of_these_bytes_passes() {
        let hex = sign(b"k", b"body");
        for good in [hex.clone(), hex.to_uppercase(), format!("sha256={hex}"), format!(" {hex}\n")] {
            assert!(verify(b"k", b"body", &good), "{good}");
        }
        let last = if hex.ends_with('0') { '1' } else { '0' };
        for bad in [
            "",
            "sha256=",
            &hex[..62],
            &format!("{}{last}", &hex[..63]),
            &format!("sha1={hex}"),
            &"é".repeat(32),
        ] {
            assert!(!verify(b"k", b"body", bad), "{bad}");
        }
        assert!(!verify(b"other", b"body", &hex) && !verify(b"k", b"Body", &hex));
    }
}
