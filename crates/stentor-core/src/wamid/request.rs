//! The id of the request that was accepted as a message, made from the message's own: what is printed in an answer's
//! header and in the log leads to the timeline, and nothing is stored for it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use siphasher::sip::SipHasher24;

use super::{WamidKey, permute, unpermute};
use crate::id::MessageId;

/// Bytes of the permuted row id; as many again, less two, prove that it is ours.
const TOKEN_BYTES: usize = 9;
const BYTES: usize = 16;

/// The request's id, in the manner of Meta's `fbtrace_id`: `A` and 22 characters.
///
/// ```
/// use stentor_core::{id::MessageId, wamid::{WamidKey, accepted_as, request_id}};
/// let key = WamidKey([7; 16]);
/// let trace = request_id(&key, MessageId(42));
/// assert_eq!(trace.len(), 23);
/// assert_eq!(accepted_as(&key, &trace), Some(MessageId(42)));
/// assert_eq!(accepted_as(&WamidKey([8; 16]), &trace), None);
/// assert_eq!(accepted_as(&key, "AS8UhxdPr7P7WMufJGTGVGU"), None, "another server's");
/// ```
#[must_use]
pub fn request_id(key: &WamidKey, id: MessageId) -> String {
    let token = permute(key, id.0.cast_unsigned().into());
    let mut bytes = [0; BYTES];
    bytes[..TOKEN_BYTES].copy_from_slice(&token.to_be_bytes()[BYTES - TOKEN_BYTES..]);
    let proof = proof(key, &bytes[..TOKEN_BYTES]);
    bytes[TOKEN_BYTES..].copy_from_slice(&proof[..BYTES - TOKEN_BYTES]);
    format!("A{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// The message that the request of this id was accepted as; `None` for the id of any other request.
#[must_use]
pub fn accepted_as(key: &WamidKey, request_id: &str) -> Option<MessageId> {
    let bytes = URL_SAFE_NO_PAD.decode(request_id.strip_prefix('A')?).ok()?;
    let (token, proven) = bytes.split_at_checked(TOKEN_BYTES)?;
    if proven != &proof(key, token)[..BYTES - TOKEN_BYTES] {
        return None;
    }
    let mut whole = [0; BYTES];
    whole[BYTES - TOKEN_BYTES..].copy_from_slice(token);
    i64::try_from(unpermute(key, u128::from_be_bytes(whole))).ok().map(MessageId)
}

fn proof(key: &WamidKey, token: &[u8]) -> [u8; 8] {
    SipHasher24::new_with_key(&key.0).hash(&[token, b"request"].concat()).to_le_bytes()
}
