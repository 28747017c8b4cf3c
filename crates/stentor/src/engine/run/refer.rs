//! What a departure needs just before it leaves: tokens in place of its links' ends, and the message that it quotes or
//! reacts to under the upstream's name, for only then is what it answers surely sent. Called by `movers` for every
//! departure; most need neither.

use stentor_core::outcome::{NotSent, Outcome};
use stentor_core::wamid;

use super::Shared;
use crate::upstream::{Departure, Reference, refers_to};

impl Shared {
    /// Puts tokens into a tracked template's links. The simulated network of this process shows the links itself.
    fn track(&self, departure: &mut Departure) {
        let Some(clicks) = self.parts.clicks.as_ref().filter(|_| !self.parts.upstream.own_ids()) else {
            return;
        };
        let deadline = departure.id.accepted_at() + departure.ttl;
        let template = departure.template.as_deref();
        let payload = template.and_then(|t| clicks.payload(&departure.payload, t, departure.id, deadline));
        if let Some(payload) = payload {
            departure.payload = payload;
        }
    }

    /// The departure with its reference; when the store cannot be asked, it does not leave now.
    pub(super) async fn refer(&self, mut departure: Departure) -> Result<Departure, Outcome> {
        self.track(&mut departure);
        let Some(given) = refers_to(&departure.payload) else { return Ok(departure) };
        departure.reference = Some(match wamid::decode(&self.parts.wamid_key, &given) {
            // A person's message, or nobody's: the upstream knows.
            None => Reference { theirs: Some(given.clone()), given, is_known: false },
            Some(id) => {
                let found = self.parts.store.message(departure.channel.account, id).await;
                let found = found.map_err(|error| {
                    tracing::warn!(%error, "what a message answers could not be looked up; it is sent later");
                    Outcome::NotSent { why: NotSent::NeverWritten }
                })?;
                let is_known = found
                    .as_ref()
                    .is_some_and(|view| view.body.as_ref().is_none_or(|b| b.address == departure.address));
                let attempts = found.into_iter().flat_map(|view| view.attempts);
                let named = attempts.rev().find_map(|attempt| attempt.upstream_id);
                let theirs = if self.parts.upstream.own_ids() { Some(given.clone()) } else { named };
                Reference { given, theirs, is_known }
            }
        });
        Ok(departure)
    }
}
