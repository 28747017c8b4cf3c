//! One message as it departs: everything an upstream needs, nothing that ties it to the store.

use std::sync::Arc;
use std::time::Duration;

use stentor_core::id::MessageId;
use stentor_core::registry::{Channel, Echo, Template};
use stentor_core::route::Route;
use stentor_core::template::Category;
use stentor_core::time::Timestamp;
use stentor_wire::send::parse_send;

/// A message on its way out.
#[derive(Clone, Debug)]
pub struct Departure {
    /// Ours.
    pub id: MessageId,
    /// Which attempt (1 is the first); with the id it makes the mark `s:<id>.<attempt>`.
    pub attempt: u32,
    /// Our wamid: the message's name towards the customer, and towards the simulated network.
    pub wamid: String,
    /// The channel it leaves by.
    pub channel: Arc<Channel>,
    /// Its template, for template messages.
    pub template: Option<Arc<Template>>,
    /// What it is priced as; `None`: service.
    pub category: Option<Category>,
    /// Whether its activity may be shared, as it was decided when the message was accepted.
    pub sharing: bool,
    /// Which endpoint of the upstream.
    pub route: Route,
    /// Canonical address.
    pub address: String,
    /// The request as the customer sent it.
    pub payload: Vec<u8>,
    /// How long the upstream may try.
    pub ttl: Duration,
    /// Whether the person's 24-hour service window is open.
    pub window_open: bool,
    /// It leaves before then or not at all: its deadline, or as long as what was decided about it holds.
    pub leaves_before: Timestamp,
    /// The message it quotes or reacts to, once the upstream's name of it is looked up.
    pub reference: Option<Reference>,
}

/// A message that another one names: `context.message_id` or `reaction.message_id`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The id in the payload.
    pub given: String,
    /// The upstream's id of the same message: the given one for a person's message, and for what nobody knows; `None`
    /// for a message of ours that the upstream has no id of.
    pub theirs: Option<String>,
    /// There is such a message here, to the same person.
    pub is_known: bool,
}

/// The id of the message that a payload quotes or reacts to. Cheap for the many that do neither.
#[must_use]
pub fn refers_to(payload: &[u8]) -> Option<String> {
    const FIELD: &[u8] = b"\"message_id\"";
    if !payload.windows(FIELD.len()).any(|window| window == FIELD) {
        return None;
    }
    parse_send(payload).ok()?.value.refers_to().map(str::to_owned)
}

impl Departure {
    /// Whether its time is over, where the machine slept between the begin and the request: what was decided by then may
    /// not be true any more. It surely has not left, and is decided about again.
    #[must_use]
    pub fn is_too_late(&self, now: Timestamp) -> bool {
        now >= self.leaves_before
    }

    /// `s:<id>.<attempt>`, sent in `biz_opaque_callback_data` in place of the customer's value: what comes back with it
    /// names message and attempt. `None` where the channel's upstream is known not to give it back.
    #[must_use]
    pub fn mark(&self) -> Option<String> {
        (self.channel.echo != Echo::No).then(|| format!("s:{}.{}", self.id, self.attempt))
    }
}
