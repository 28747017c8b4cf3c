//! What goes with age, and when: the store keeps things for days here, and the books forget exactly what may go. What goes
//! early is missed at the next audit; what never goes is found by one.

use std::time::Duration;

use stentor_core::id::{AccountId, MessageId};
use stentor_core::message::Message;
use stentor_core::time::Timestamp;
use stentor_store::{MessageView, Retention};

use crate::checks::is_over;
use crate::setup::ACCOUNTS;
use crate::told::heard_all;
use crate::world::{Checked, Violation, World, broken, ready};

/// What is over its age goes so much later at the latest: it is looked for every ten minutes, a hundred rows at a time.
const SLACK: Duration = Duration::from_hours(1);
const HOUR: Duration = Duration::from_hours(1);
/// Audit rows of one account that are looked at.
const AUDIT_ROWS: usize = 10_000;

/// Long enough for a message to live and be told of (the longest TTL twice, and a week for a webhook, as in the program: a
/// receiver that was not well once in four days met one world in thirty of a month), short enough to be over in a long world.
pub const RETENTION: Retention = Retention {
    body: Duration::from_hours(6),
    message: Duration::from_hours(24 * 9 + 12),
    audit: Duration::from_hours(12),
    learning: Duration::from_hours(24 * 180),
    idempotency: Duration::from_hours(1),
    parked_status: Duration::from_hours(36),
    outbox: Duration::from_hours(24 * 7),
    outbox_rows_max: 1_000_000,
    queue_rows_max: 10_000_000,
};

/// When nothing more was expected of it.
fn over_since(row: &Message) -> Option<Timestamp> {
    let last = row.ended_at.max(row.read_at).max(row.delivered_at);
    last.filter(|_| is_over(row))
}

impl World {
    /// Old rows were looked for: the oldest messages may have gone, and only those.
    pub fn after_prune(&mut self, at: Timestamp) -> Checked {
        let horizon = MessageId::first_at(at - RETENTION.message);
        let old: Vec<Message> = self.books.rows_before(horizon);
        for row in old {
            if ready(self.store.message(row.account, row.id)).expect("a read").is_some() {
                break;
            }
            if !is_over(&row) {
                return Err(broken(row.id, format!("went with age as {}", row.state.as_str())));
            }
            let heard = self.heard(&row);
            heard_all(&row, &heard)?;
            self.line(Some(row.id), "goes with age");
            self.tally.gone += 1;
            self.books.forget(row.id);
        }
        Ok(())
    }

    /// Whether the body of a message that is so may have gone with age.
    pub fn has_lost_body(&self, row: &Message) -> bool {
        over_since(row).is_some_and(|at| at + RETENTION.body <= self.clocks.latest)
    }

    /// A body is there while something is expected of its message, and goes when its age is over.
    pub fn keeps_body(&self, view: &MessageView) -> Checked {
        let row = &view.message;
        let goes_at = over_since(row).map(|at| at + RETENTION.body);
        if view.body.is_none() {
            let is_excused = self.books.bodiless.contains(&row.id) || self.books.is_erased(row.id);
            return if is_excused || self.has_lost_body(row) {
                Ok(())
            } else {
                Err(broken(row.id, format!("has no body any more as {}", row.state.as_str())))
            };
        }
        let is_late = |at: Timestamp| self.now > self.clocks.late_from(at, SLACK);
        // The network may have told its end long after it came: until then it had to stay.
        let is_news = || self.trace.last_of(row.id).is_some_and(|at| !is_late(at));
        match goes_at.filter(|at| is_late(*at) && !is_news()) {
            Some(at) => Err(broken(row.id, format!("still has its body, which was to go at {at}"))),
            None => Ok(()),
        }
    }

    /// Nothing is older than it may get.
    pub fn keeps_nothing_old(&self) -> Checked {
        let goes_at = |id: MessageId| id.accepted_at() + RETENTION.message;
        match self.books.oldest() {
            Some(id) if self.now > self.clocks.late_from(goes_at(id), SLACK) => {
                Err(broken(id, "is still there and should have gone with age"))
            }
            _ => ACCOUNTS.into_iter().try_for_each(|account| self.keeps_audit(account)),
        }
    }

    /// The audit rows of what the world itself administered: all of their time, and none of before.
    fn keeps_audit(&self, account: AccountId) -> Checked {
        let rows = ready(self.store.audit(account, None, AUDIT_ROWS)).expect("a read");
        let oldest = rows.iter().map(|row| row.at).min();
        let is_late = |at: Timestamp| self.now > self.clocks.late_from(at + RETENTION.audit, SLACK);
        if let Some(at) = oldest.filter(|at| is_late(*at)) {
            let what = format!("an audit row of {account} of {at} is still there");
            return Err(Violation { message: None, what });
        }
        // A clock that went back over a restart may have them in another order, and what had gone by the later time is gone.
        let since = self.clocks.latest.max(self.now) - RETENTION.audit + HOUR;
        let written = self.books.audits.iter().filter(|(of, at)| *of == account && *at > since).count();
        let kept = rows.iter().filter(|row| row.at > since && row.actor == "network").count();
        if written != kept {
            let what =
                format!("{kept} audit rows of {account} are kept since {since}, {written} were written");
            return Err(Violation { message: None, what });
        }
        Ok(())
    }
}
