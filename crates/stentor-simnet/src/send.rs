//! One request: what its reply is, whether the message is taken, and its plan. Part of [`Network`].

use std::time::Duration;

use stentor_core::template::Category;
use stentor_core::time::Timestamp;

use crate::dice::{Dice, For};
use crate::event::TemplateKey;
use crate::flight::{Held, Job};
use crate::inbox::Fate;
use crate::magic::{Does, HELD_FOR, SLOW_REPLY, magic_recipient};
use crate::message::{Answer, Reply, Submission};
use crate::network::Network;
use crate::profile::InjectedAt;
use crate::templates::Pass;

/// How the reply travels.
enum Wire {
    Whole,
    ServerError(u16),
    Lost,
    Reset,
}

impl Network {
    /// One `POST` at `now`. A `now` before an earlier one counts as that one.
    pub fn send(&mut self, now: Timestamp, submission: Submission) -> Answer {
        self.now = self.now.max(now);
        self.turn += 1;
        self.counted.requests += 1;
        let to = self.person_of(&submission);
        let does = magic_recipient(&to).map(|magic| magic.does);
        let dice = Dice::about(self.config.seed, &[b"request", &self.turn.to_le_bytes(), to.as_bytes()]);
        let after = self.reply_after(dice, does);
        if let Some(reply) = self.throttled(&submission) {
            return self.answer(reply, after, None);
        }
        let (wire, is_taken) = self.wire(dice, does);
        let (reply, taken) =
            if is_taken { self.take(submission, to, does, dice) } else { (Reply::Lost, None) };
        let reply = match wire {
            Wire::Whole => reply,
            Wire::ServerError(http) => Reply::ServerError { http },
            Wire::Lost => Reply::Lost,
            Wire::Reset => Reply::Reset,
        };
        self.answer(reply, after, taken)
    }

    fn answer(&mut self, reply: Reply, after: Duration, taken: Option<String>) -> Answer {
        match reply {
            Reply::Accepted { .. } => {}
            Reply::Refused { .. } => self.counted.refused += 1,
            Reply::ServerError { .. } | Reply::Lost | Reply::Reset => self.counted.disturbed += 1,
        }
        self.counted.taken += u64::from(taken.is_some());
        Answer { reply, after, taken }
    }

    fn reply_after(&self, dice: Dice, does: Option<Does>) -> Duration {
        match does {
            Some(Does::SlowReply) => SLOW_REPLY,
            Some(Does::BeforeReply) => Duration::from_secs(2),
            _ if dice.chance(For::ReplyLatency, 0, self.profile.slow_reply) => {
                Duration::from_millis(self.profile.slow_reply_ms)
            }
            _ => {
                let usual = self.profile.reply_ms;
                dice.millis(For::ReplyLatency, 1, usual / 2, usual + usual / 2)
            }
        }
    }

    /// The refusals that come before anything else is looked at.
    fn throttled(&mut self, submission: &Submission) -> Option<Reply> {
        if self.queue.len() >= self.config.pending_max {
            let details =
                format!("The simulated network has {} messages under way.", self.config.pending_max);
            return Some(refused(130_429, details, Some(Duration::from_secs(1))));
        }
        let rate = self.config.throughput_per_sec;
        let rate = self.profile.throttle_per_sec.map_or(rate, |throttle| throttle.min(rate));
        let number = Dice::about(self.config.seed, &[b"number", submission.phone_number_id.as_bytes()]).key();
        let wait = self.pairs.number_allows(number, rate, self.now).err()?;
        let details = "Message failed to send because there were too many messages sent from this phone number in a short period of time.";
        Some(refused(130_429, details.to_owned(), Some(wait)))
    }

    /// How the reply travels, and whether the message is taken.
    fn wire(&self, dice: Dice, does: Option<Does>) -> (Wire, bool) {
        let p = &self.profile;
        let mut roll = dice.unit(For::ReplyFault, 0);
        let http = [500, 502, 503][(dice.bits(For::ReplyTaken, 0) % 3) as usize];
        for (probability, wire, is_taken) in [
            (p.reset_not_taken, Wire::Reset, false),
            (p.reset_taken, Wire::Reset, true),
            (p.error_5xx, Wire::ServerError(http), false),
            (p.error_5xx_taken, Wire::ServerError(http), true),
            (p.lost_reply_not_taken, Wire::Lost, false),
            (p.lost_reply_taken, Wire::Lost, true),
        ] {
            if roll < probability {
                return (wire, is_taken);
            }
            roll -= probability;
        }
        match does {
            Some(Does::Lost { taken }) => (Wire::Lost, taken),
            Some(Does::Reset { taken }) => (Wire::Reset, taken),
            Some(Does::Error { taken }) => (Wire::ServerError(500), taken),
            _ => (Wire::Whole, true),
        }
    }

    /// Takes the message, unless something forbids it.
    fn take(
        &mut self,
        submission: Submission,
        to: String,
        does: Option<Does>,
        dice: Dice,
    ) -> (Reply, Option<String>) {
        let pass = match self.forbidden(&submission, &to, does, dice) {
            Ok(pass) => pass,
            Err(reply) => return (reply, None),
        };
        let now = self.now;
        let id = submission.id.clone().unwrap_or_else(|| self.make_id(&to));
        let who = self.who(&to, does);
        let mut standing = self.standing(&submission, &to, &who, now);
        let person = self.person_key(&to);
        let begins = !standing.in_window;
        standing.is_over_limit = begins && !self.portfolios.allows(&submission.account, person, now);
        let is_held = matches!(pass, Pass::Hold { .. }) || matches!(does, Some(Does::Held { .. }));
        let (steps, fate) = if is_held {
            (Vec::new(), Fate::default())
        } else {
            let plan = self.plan(&submission, &who, &id, now, standing);
            if begins && plan.failed.is_none() {
                self.portfolios.begin(&submission.account, person, now);
            }
            let fate = Fate::from(&plan);
            (plan.steps, fate)
        };
        let mut flight = self.flight(&submission, &to, id.clone(), standing, now, steps);
        let template = flight.template;
        if is_held {
            flight.held = Some(Box::new(Held { submission: submission.clone(), does, taken: now, shown: 0 }));
        }
        self.pairs.replied(flight.pair);
        let place = self.enter(flight, fate, submission, now);
        match (pass, template) {
            (Pass::Hold { decide_at }, Some(key)) => {
                if let Some(template) = self.templates.get(key) {
                    template.hold(place);
                }
                if let Some(at) = decide_at {
                    self.queue.push(at, Job::Decide(key));
                }
            }
            _ if is_held => self.queue.push(now + HELD_FOR, Job::Release(place)),
            _ => {}
        }
        (Reply::Accepted { id: id.clone(), wa_id: to, held: is_held }, Some(id))
    }

    /// The refusals in the reply, and whether the message goes out at once.
    fn forbidden(
        &mut self,
        submission: &Submission,
        to: &str,
        does: Option<Does>,
        dice: Dice,
    ) -> Result<Pass, Reply> {
        for (i, injected) in self.profile.inject.iter().enumerate() {
            if injected.at == InjectedAt::Reply
                && dice.chance(For::ReplyInjected, i as u64, injected.probability)
            {
                let details = "Injected by the network's profile.".to_owned();
                return Err(Reply::Refused {
                    http: injected.http,
                    code: injected.code,
                    details,
                    retry_after: None,
                });
            }
        }
        if let Some(Does::Refuse { code, retry_after_secs }) = does {
            return Err(refused(
                code,
                "As this magic recipient always answers.".to_owned(),
                retry_after_secs.map(Duration::from_secs),
            ));
        }
        if submission.category == Some(Category::Authentication) && to.contains('.') {
            let details = "Authentication templates cannot be sent to a business-scoped user id.";
            return Err(refused(131_062, details.to_owned(), None));
        }
        let pair = Dice::about(
            self.config.seed,
            &[b"pair limit", submission.phone_number_id.as_bytes(), to.as_bytes()],
        );
        if self.profile.pair_limit && does.is_none() && !self.pairs.pair_allows(pair.key(), self.now) {
            let details = "Message failed to send because there were too many messages sent from this phone number to the same phone number in a short period of time.";
            return Err(refused(131_056, details.to_owned(), None));
        }
        let Some(key) = self.template_key(submission) else { return Ok(Pass::Go) };
        let usual = self.pacing().filter(|_| submission.category == Some(Category::Marketing));
        let (now, is_paced_by_caller) = (self.now, self.config.is_paced_by_caller);
        let named = || TemplateKey {
            account: submission.account.clone(),
            template: submission
                .template
                .clone()
                .unwrap_or_else(|| unreachable!("a key comes from a template")),
        };
        let Some(template) = self.templates.seen(key, named) else { return Ok(Pass::Go) };
        let pass = match template.refuses() {
            Some(code) => Pass::Refuse { code },
            None if is_paced_by_caller => Pass::Go,
            None => template.pass(usual, now),
        };
        match pass {
            Pass::Refuse { code } => {
                let details = format!("template {:?} cannot be sent now", template.key.template.name);
                Err(refused(code, details, None))
            }
            pass => Ok(pass),
        }
    }
}

/// A refusal with the HTTP status of the error table.
fn refused(code: u32, details: String, retry_after: Option<Duration>) -> Reply {
    let http = stentor_core::reason::reason(code).map_or(400, |row| row.http);
    Reply::Refused { http, code, details, retry_after }
}
