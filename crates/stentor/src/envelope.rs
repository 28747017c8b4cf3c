//! The body of a customer's webhook: a delivery's row in Meta's words, ASCII-escaped, ready to be signed.
//! Called by the notifier for every try, so that a retry is byte for byte the first; reads rows, decides nothing.

pub mod management;
pub mod notice;

use stentor_core::message::{Event, EventKind, Message};
use stentor_core::reason::reason;
use stentor_core::registry::{Account, Channel};
use stentor_core::route::pricing_category;
use stentor_core::wamid::{self, WamidKey};
use stentor_core::webhook::ascii_escape;
use stentor_store::{Delivery, DeliveryItem};
use stentor_wire::webhook::{Failure, Pricing, StatusEnvelope, notice_envelope, status_envelope};

/// A day: how long a conversation is said to last.
const CONVERSATION_SECS: i64 = 86_400;

/// The body of this delivery. `channel`: of the status's message; notices need none.
/// `None`: an event that nobody outside is told of, or a channel that is gone; the delivery is then done.
#[must_use]
pub fn body(
    delivery: &Delivery,
    account: &Account,
    channel: Option<&Channel>,
    key: &WamidKey,
) -> Option<String> {
    match &delivery.item {
        DeliveryItem::Status { message, event, address, opaque, .. } => {
            let wamid = wamid::encode(key, message.id, address);
            Some(ascii_escape(&status(
                message,
                event,
                &wamid,
                address,
                opaque.as_deref(),
                account,
                channel?,
            )?))
        }
        DeliveryItem::Notice { field, value, .. } => {
            Some(ascii_escape(&notice_envelope(account.id.0, field, delivery.queued_at.secs(), value)))
        }
    }
}

fn status(
    message: &Message,
    event: &Event,
    wamid: &str,
    address: &str,
    opaque: Option<&str>,
    account: &Account,
    channel: &Channel,
) -> Option<String> {
    let word = match event.kind {
        EventKind::Sent => "sent",
        EventKind::Delivered => "delivered",
        EventKind::Read => "read",
        EventKind::Played => "played",
        EventKind::Failed | EventKind::Dropped => "failed",
        _ => return None,
    };
    let conversation = format!("{:032x}", message.id.0);
    let expires_at_s = (event.kind == EventKind::Sent).then(|| event.at.secs() + CONVERSATION_SECS);
    let category = pricing_category(message.category, message.route);
    let priced = Pricing { category, conversation_id: &conversation, expires_at_s };
    let details = event.detail.as_deref().unwrap_or_default();
    let code = event.code.or(message.code).unwrap_or_default();
    let title = reason(code).map_or("Something went wrong", |row| row.title);
    Some(status_envelope(&StatusEnvelope {
        account_id: account.id.0,
        phone_number_id: channel.id.0,
        display_phone_number: &channel.display_phone_number,
        wamid,
        status: word,
        timestamp_s: event.at.secs(),
        recipient: address,
        opaque,
        pricing: is_priced(message, event.kind).then_some(priced),
        failure: (word == "failed").then_some(Failure { code, title, details }),
    }))
}

/// With `sent`, and with one of delivered and read: with the read only where it came without a delivery before it.
fn is_priced(message: &Message, kind: EventKind) -> bool {
    match (kind, message.delivered_at, message.read_at) {
        (EventKind::Sent, _, _) => true,
        (EventKind::Delivered, Some(delivered), Some(read)) => delivered <= read,
        (EventKind::Delivered, _, _) => true,
        (EventKind::Read, delivered, Some(read)) => delivered.is_none_or(|delivered| delivered > read),
        _ => false,
    }
}
