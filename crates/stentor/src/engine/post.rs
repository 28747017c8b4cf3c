//! Deliveries as one request: Meta's envelope, signed over exactly the bytes that go over the wire.
//! Made by the notifier, sent by `run` and by the simulator's network; neither changes a byte.

use http::{HeaderMap, HeaderName, HeaderValue};
use stentor_core::id::DeliveryId;
use stentor_core::registry::{Account, Endpoint, Role};
use stentor_core::wamid::WamidKey;
use stentor_core::webhook::{Signature, ascii_escape, sign};
use stentor_store::{Delivery, DeliveryItem};

use crate::envelope;
use crate::registry::Snapshot;

/// One request to an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// The first delivery it carries: its name until it is answered.
    pub first: DeliveryId,
    /// Where to.
    pub url: String,
    /// The customer's own headers, then type and signatures.
    pub headers: Vec<(String, String)>,
    /// The signed bytes.
    pub body: Vec<u8>,
}

impl Post {
    /// The headers as they leave: of two with one name the later, so that ours win over the customer's.
    pub(super) fn header_map(&self) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in &self.headers {
            if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
                map.insert(name, value);
            }
        }
        map
    }
}

/// Deliveries in order, at most `batch_max` for each request.
pub(super) fn batches(rows: Vec<Delivery>, batch_max: usize) -> impl Iterator<Item = Vec<Delivery>> {
    let mut rows = rows.into_iter().peekable();
    std::iter::from_fn(move || {
        rows.peek()?;
        Some(rows.by_ref().take(batch_max.max(1)).collect())
    })
}

/// The request that tells of these deliveries; `None` when none of them has anything left to tell.
pub(super) fn post(
    facts: &Snapshot,
    endpoint: &Endpoint,
    key: &WamidKey,
    batch: &[Delivery],
) -> Option<Post> {
    let (body, secret) = match &endpoint.role {
        Role::Partner { secret } => (managed(batch)?, secret),
        _ => {
            let account = facts.account(endpoint.account)?;
            (told(facts, account, key, batch)?, &account.webhook_secret)
        }
    };
    let body = body.into_bytes();
    let hex = sign(secret.as_bytes(), &body);
    let mut headers = endpoint.headers.clone();
    headers.push(("content-type".to_owned(), "application/json".to_owned()));
    for signature in [Signature::Dialog360, Signature::Hub] {
        headers.push((signature.name().to_owned(), signature.value(&hex)));
    }
    Some(Post { first: batch.first()?.id, url: endpoint.url.clone(), headers, body })
}

/// A management event, as it was written; the partner gets one at a time.
fn managed(batch: &[Delivery]) -> Option<String> {
    batch.iter().find_map(|delivery| match &delivery.item {
        DeliveryItem::Notice { value, .. } => Some(ascii_escape(value)),
        DeliveryItem::Status { .. } => None,
    })
}

/// What happened, in Meta's envelope.
fn told(facts: &Snapshot, account: &Account, key: &WamidKey, batch: &[Delivery]) -> Option<String> {
    let bodies = batch.iter().filter_map(|delivery| {
        let channel = match &delivery.item {
            DeliveryItem::Status { message, .. } => facts.channel(message.channel),
            DeliveryItem::Notice { .. } => None,
        };
        envelope::body(delivery, account, channel.map(AsRef::as_ref), key)
    });
    joined(bodies)
}

/// Several envelopes as one: the entries of the others follow those of the first.
fn joined(mut bodies: impl Iterator<Item = String>) -> Option<String> {
    const END: &str = "]}";
    let mut all = bodies.next()?;
    for body in bodies {
        let entries = body.split_once("\"entry\":[").and_then(|(_, rest)| rest.strip_suffix(END));
        if let Some(entries) = entries {
            all.truncate(all.len() - END.len());
            all.push(',');
            all.push_str(entries);
            all.push_str(END);
        }
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_headers_win_over_the_customers() {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let headers = vec![
            header("X-Hub-Signature-256", "theirs"),
            header("x-mine", "kept"),
            header("x-hub-signature-256", "ours"),
        ];
        let post = Post { first: DeliveryId(1), url: String::new(), headers, body: Vec::new() };
        let map = post.header_map();
        assert_eq!((map.len(), &map["x-mine"]), (2, &HeaderValue::from_static("kept")));
        assert_eq!(map["x-hub-signature-256"], "ours");
    }

    #[test]
    fn envelopes_are_joined_by_their_entries() {
        let of = |id: u8| format!(r#"{{"object":"whatsapp_business_account","entry":[{{"id":"{id}"}}]}}"#);
        assert_eq!(
            joined([of(1), of(2)].into_iter()).unwrap(),
            r#"{"object":"whatsapp_business_account","entry":[{"id":"1"},{"id":"2"}]}"#
        );
        assert_eq!(joined(std::iter::empty()), None);
    }
}
