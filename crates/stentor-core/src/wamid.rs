//! Message ids on the wire: `"wamid." + base64(1C 18 len phone 15 02 00 11 18 12 <18 upper-case hex> 00)`, as Meta's are.
//!
//! The 18 hex digits are our row id in a 72-bit keyed permutation, so a lookup needs no index and ids cannot be counted.
//! An id is a name, not a permission: every lookup also carries the account. It holds a phone number: log [`mask`] of it.

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use siphasher::sip::SipHasher24;

use crate::id::MessageId;

mod request;

pub use request::{accepted_as, request_id};

const PREFIX: &str = "wamid.";
/// Half a token: 36 of its 72 bits.
const HALF_BITS: u32 = 36;
const HALF: u64 = (1 << HALF_BITS) - 1;
/// Even, so that the halves end where they began; four would do against guessing.
const ROUNDS: u8 = 8;
/// Longer ids than this are nobody's.
const TEXT_BYTES_MAX: usize = 512;

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);

/// The installation's key for message ids. It lives in the store, so that backup, move and other nodes keep old ids valid.
#[derive(Clone, PartialEq, Eq)]
pub struct WamidKey(pub [u8; 16]);

impl std::fmt::Debug for WamidKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WamidKey(…)")
    }
}

/// Who sent the message an id names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The business.
    Out,
    /// The user.
    In,
}

/// An id of any origin, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// The user's number, digits only; for messages to a business-scoped user id, that id.
    pub user: String,
    /// Who sent it.
    pub direction: Direction,
    /// What is left: the network's own name of the message. Ours are 18 upper-case hex digits.
    pub token: String,
}

/// The id of our message to `user` (digits of the number as `wa_id` has them, or a business-scoped user id; empty where
/// the number is forgotten: it still leads to the message).
///
/// ```
/// use stentor_core::{id::MessageId, wamid::{WamidKey, decode, encode, phone}};
/// let key = WamidKey([7; 16]);
/// let wamid = encode(&key, MessageId(42), "59894714463");
/// assert!(wamid.starts_with("wamid.HBgLNTk4OTQ3MTQ0NjMVAgARGBI"));
/// assert_eq!(decode(&key, &wamid), Some(MessageId(42)));
/// assert_eq!(decode(&WamidKey([8; 16]), &wamid), None);
/// assert_eq!(phone(&wamid).as_deref(), Some("59894714463"));
/// assert_eq!(decode(&key, &encode(&key, MessageId(42), "")), Some(MessageId(42)));
/// ```
#[must_use]
pub fn encode(key: &WamidKey, id: MessageId, user: &str) -> String {
    let mut bytes = Vec::with_capacity(31 + user.len());
    bytes.extend([0x1C, 0x18]);
    put_length(&mut bytes, user.len());
    bytes.extend(user.as_bytes());
    bytes.extend([0x15, 0x02, 0x00, 0x11, 0x18, 0x12]);
    bytes.extend(format!("{:018X}", permute(key, id.0.cast_unsigned().into())).as_bytes());
    bytes.push(0);
    format!("{PREFIX}{}", base64::engine::general_purpose::STANDARD.encode(bytes))
}

/// The row id inside one of our ids; `None` for ids of another origin, another key, or with a bit changed.
///
/// (The nine spare bits let one forged token in 512 through: the account in the lookup stops that one.)
#[must_use]
pub fn decode(key: &WamidKey, wamid: &str) -> Option<MessageId> {
    let parts = parse(wamid)?;
    let ours = parts.direction == Direction::Out
        && parts.token.len() == 18
        && parts.token.bytes().all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'F'));
    let token = u128::from_str_radix(&parts.token, 16).ok().filter(|_| ours)?;
    let id = MessageId(i64::try_from(unpermute(key, token)).ok()?);
    // One message, one id: a different spelling (other base64, no padding) is not ours.
    (encode(key, id, &parts.user) == wamid).then_some(id)
}

/// The user's phone number inside an id of any origin; `None` when there is none.
#[must_use]
pub fn phone(wamid: &str) -> Option<String> {
    parse(wamid).map(|parts| parts.user).filter(|user| is_number(user.as_bytes()))
}

/// An id for logs: without the phone number.
///
/// ```
/// use stentor_core::wamid::mask;
/// assert_eq!(mask("wamid.HBgLNTk4OTQ3MTQ0NjMVAgARGBI4QzYzNTVDNjhBMjA1OERGREU4AA=="), "wamid.…");
/// assert_eq!(mask("wamid.HBgLNTk4OTQ3MTQ0NjMVAgARGBJDNjM1NUM2OEEyMDU4REZERTgA"), "wamid.…8DFDE8");
/// ```
#[must_use]
pub fn mask(wamid: &str) -> String {
    let token = parse(wamid).map(|parts| parts.token).unwrap_or_default();
    let tail: String = token.chars().skip(token.chars().count().saturating_sub(6)).collect();
    format!("{PREFIX}…{}", if token.len() >= 12 { tail } else { String::new() })
}

/// Takes an id of any origin apart: Cloud API ids of either direction and the older on-premise ones. `None` if mangled.
#[must_use]
pub fn parse(wamid: &str) -> Option<Parts> {
    let text = wamid.strip_prefix(PREFIX).unwrap_or(wamid);
    let alphabet = if text.contains(['-', '_']) { &URL_SAFE } else { &STANDARD };
    let bytes = (text.len() <= TEXT_BYTES_MAX)
        .then(|| GeneralPurpose::new(alphabet, LENIENT).decode(text).ok())??;
    cloud(&bytes).or_else(|| on_premise(&bytes))
}

fn cloud(bytes: &[u8]) -> Option<Parts> {
    let (user, rest) = string(bytes.strip_prefix(&[0x1C])?)?;
    let (way, rest) = rest.strip_prefix(&[0x15, 0x02, 0x00])?.split_first()?;
    let direction = match way {
        0x11 => Direction::Out,
        0x12 => Direction::In,
        _ => return None,
    };
    let (token, rest) = string(rest)?;
    (rest == [0] && !token.is_empty()).then_some(Parts { user, direction, token })
}

/// Byte 0: bit 7 says "from us"; 11, 80 + n, n bytes of digits two by two (F fills), 02, length, the token's bytes.
fn on_premise(bytes: &[u8]) -> Option<Parts> {
    let (&[way, 0x11, count], rest) = bytes.split_first_chunk()? else { return None };
    let digits = rest.get(..usize::from(count.checked_sub(0x80)?))?;
    let user: String = digits
        .iter()
        .flat_map(|b| [b >> 4, b & 15])
        .map(|d| char::from_digit(d.into(), 16))
        .collect::<Option<_>>()?;
    let user = user.trim_end_matches('f').to_owned();
    let token = rest
        .get(digits.len()..)?
        .strip_prefix(&[0x02])?
        .split_first()
        .filter(|(n, token)| usize::from(**n) == token.len())?
        .1;
    let direction = if way & 0x80 == 0 { Direction::In } else { Direction::Out };
    let token = token.iter().map(|b| format!("{b:02X}")).collect();
    is_number(user.as_bytes()).then_some(Parts { user, direction, token })
}

fn is_number(user: &[u8]) -> bool {
    (7..=15).contains(&user.len()) && user.iter().all(u8::is_ascii_digit)
}

/// A string of Thrift's compact protocol: type byte 18, length, printable ASCII.
fn string(bytes: &[u8]) -> Option<(String, &[u8])> {
    let bytes = bytes.strip_prefix(&[0x18])?;
    let (length, rest) = match *bytes {
        [low, ref rest @ ..] if low < 0x80 => (usize::from(low), rest),
        [low, high @ 1..0x80, ref rest @ ..] => (usize::from(low & 0x7F) | usize::from(high) << 7, rest),
        _ => return None,
    };
    let (text, rest) = rest.split_at_checked(length)?;
    let text = std::str::from_utf8(text).ok().filter(|t| t.bytes().all(|b| b.is_ascii_graphic()))?;
    Some((text.to_owned(), rest))
}

/// The length of such a string, below 2^14.
fn put_length(bytes: &mut Vec<u8>, length: usize) {
    debug_assert!(length < 1 << 14, "a user id has at most 131 bytes");
    let low = (length & 0x7F) as u8;
    match (length >> 7) as u8 {
        0 => bytes.push(low),
        high => bytes.extend([low | 0x80, high]),
    }
}

/// A Feistel network over two halves of 36 bits, SipHash-2-4 as the round function: a permutation nobody can run without the key.
fn permute(key: &WamidKey, value: u128) -> u128 {
    let halves = ((value >> HALF_BITS) as u64 & HALF, value as u64 & HALF);
    let (left, right) =
        (0..ROUNDS).fold(halves, |(left, right), round| (right, left ^ mix(key, round, right)));
    u128::from(left) << HALF_BITS | u128::from(right)
}

fn unpermute(key: &WamidKey, value: u128) -> u128 {
    let halves = ((value >> HALF_BITS) as u64 & HALF, value as u64 & HALF);
    let (left, right) =
        (0..ROUNDS).rev().fold(halves, |(left, right), round| (right ^ mix(key, round, left), left));
    u128::from(left) << HALF_BITS | u128::from(right)
}

fn mix(key: &WamidKey, round: u8, half: u64) -> u64 {
    let mut bytes = half.to_le_bytes();
    bytes[7] = round;
    SipHasher24::new_with_key(&key.0).hash(&bytes) & HALF
}

#[cfg(test)]
mod tests;
