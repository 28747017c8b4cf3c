//! Passwords of the partner's users: Argon2id at OWASP's least cost, with the cost in the kept text so that it may rise.

use argon2::{Algorithm, Argon2, Params, Version};
use subtle::ConstantTimeEq as _;

use crate::clock::random;

/// Kibibytes, passes, lanes.
const COST: (u32, u32, u32) = (19_456, 2, 1);
const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;

/// What is kept of a password. Takes a while: never on a task that others wait for.
#[must_use]
pub fn hash_password(password: &str) -> String {
    let salt: [u8; SALT_BYTES] = random();
    let (memory, passes, lanes) = COST;
    let hash = hash(password, &salt, COST).unwrap_or_default();
    format!("argon2id:{memory}:{passes}:{lanes}:{}:{}", hex(&salt), hex(&hash))
}

/// Whether it is the password of which this was kept. Without a text it takes as long, and is not.
pub fn is_password(password: &str, kept: Option<&str>) -> bool {
    let read = |kept: &str| {
        let mut parts = kept.strip_prefix("argon2id:")?.split(':');
        let cost = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        Some((cost, unhex(parts.next()?)?, unhex(parts.next()?)?))
    };
    match kept.and_then(read) {
        Some((cost, salt, expected)) => {
            hash(password, &salt, cost).is_some_and(|hash| hash[..].ct_eq(&expected).into())
        }
        None => hash(password, &[0; SALT_BYTES], COST).is_none(),
    }
}

fn hash(password: &str, salt: &[u8], (memory, passes, lanes): (u32, u32, u32)) -> Option<[u8; HASH_BYTES]> {
    let params = Params::new(memory, passes, lanes, Some(HASH_BYTES)).ok()?;
    let mut out = [0; HASH_BYTES];
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon.hash_password_into(password.as_bytes(), salt, &mut out).ok()?;
    Some(out)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_itself_is_known_again() {
        let kept = hash_password("correct horse");
        assert!(is_password("correct horse", Some(&kept)));
        assert!(!is_password("Correct horse", Some(&kept)) && !is_password("correct horse", None));
        assert!(!is_password("x", Some("nonsense")) && !is_password("x", Some("argon2id:1:1:1:00:00")));
        assert_ne!(kept, hash_password("correct horse"), "salted");
    }
}
