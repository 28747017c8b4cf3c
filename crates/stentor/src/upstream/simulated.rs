//! The simulated network as an upstream: what departs is put before it, what it replies is an outcome, after the time
//! the reply takes. Messages keep our own wamid there. How a message looks on the phone is asked of whoever made this.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use stentor_core::outcome::{Ambiguous, Outcome};
use stentor_core::time::Timestamp;
use stentor_simnet::{Answers, Rendered, Reply, Seen, Submission, TemplateRef};

use super::departure::{Departure, Reference, refers_to};
use crate::clock::pause;
use crate::network::Local;
use crate::network::links::Links;
use crate::receipt::Receipt;

/// What a phone shows of a departure.
pub type Render = Arc<dyn Fn(&Departure) -> Rendered + Send + Sync>;

/// The upstream; clones send into the same network.
#[derive(Clone)]
pub struct Simulated {
    network: Local,
    render: Render,
    answer_within: Duration,
    links: Option<Arc<Links>>,
}

impl fmt::Debug for Simulated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulated").field("network", &self.network).finish_non_exhaustive()
    }
}

impl Simulated {
    /// `answer_within`: real time after which a reply that does not come counts as lost. `links` fetches media that are
    /// given as a link; `None`: all are taken as fetched.
    #[must_use]
    pub const fn new(
        network: Local,
        render: Render,
        answer_within: Duration,
        links: Option<Arc<Links>>,
    ) -> Self {
        Self { network, render, answer_within, links }
    }

    /// The network behind it.
    #[must_use]
    pub const fn network(&self) -> &Local {
        &self.network
    }

    /// Sends one message; see [`super::Upstream::send`]. Replies take real time, as on a socket.
    pub async fn send(&self, departure: Departure) -> Outcome {
        let rendered = (self.render)(&departure);
        let unfetched = match &self.links {
            Some(links) => links.unfetched(&departure.payload).await,
            None => None,
        };
        let answer = self.network.send(Submission { unfetched, ..submission(departure, rendered) });
        let is_late = answer.after >= self.answer_within || answer.reply == Reply::Lost;
        let after = if is_late { self.answer_within } else { answer.after };
        if !after.is_zero() {
            pause(after).await;
        }
        if is_late { Outcome::Ambiguous { why: Ambiguous::Timeout } } else { outcome(answer.reply) }
    }

    /// Shows the person that their message was read; see [`super::Upstream::read`].
    pub fn read(&self, receipt: &Receipt) {
        self.network.mark_read(&receipt.channel.account.to_string(), &receipt.message_id, receipt.typing);
    }

    /// Puts back a message taken before a restart; see [`Local::resume`]. What this process has sent itself in the
    /// meantime is there already.
    pub fn resume(&self, mut departure: Departure, taken_at: Timestamp, seen: Seen) {
        // What it was about was judged when it was taken.
        let reference = |given: String| Reference { theirs: Some(given.clone()), given, is_known: true };
        departure.reference = refers_to(&departure.payload).map(reference);
        let rendered = (self.render)(&departure);
        if self.network.message(&departure.wamid).is_some() {
            return;
        }
        self.network.resume(taken_at, submission(departure, rendered), seen);
    }
}

/// A departure as the network takes it; the phone shows `rendered`.
#[must_use]
pub fn submission(departure: Departure, rendered: Rendered) -> Submission {
    let template = departure.template.as_ref();
    let answers = departure
        .reference
        .clone()
        .map(|it| Answers { id: it.theirs.unwrap_or(it.given), is_known: it.is_known });
    Submission {
        rendered,
        opaque: departure.mark(),
        unfetched: None,
        sharing: departure.sharing,
        account: departure.channel.account.to_string(),
        phone_number_id: departure.channel.id.to_string(),
        from: departure.channel.display_phone_number.clone(),
        template: template.map(|t| TemplateRef { name: t.name.clone(), language: t.language.clone() }),
        id: Some(departure.wamid),
        to: departure.address,
        route: departure.route,
        category: departure.category,
        ttl: Some(departure.ttl),
        answers,
        service_window_open: departure.window_open,
    }
}

/// What a reply means to whoever sent.
#[must_use]
pub fn outcome(reply: Reply) -> Outcome {
    match reply {
        Reply::Accepted { id, held, .. } => Outcome::Taken { upstream_id: id, held },
        Reply::Refused { http, code, details, retry_after } => {
            Outcome::Refused { code, http, details, retry_after }
        }
        Reply::ServerError { .. } => Outcome::Ambiguous { why: Ambiguous::ServerError },
        Reply::Lost => Outcome::Ambiguous { why: Ambiguous::Timeout },
        Reply::Reset => Outcome::Ambiguous { why: Ambiguous::Reset },
    }
}

#[cfg(test)]
mod tests;
