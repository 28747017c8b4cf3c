//! Messages at the network's door, with the network's own record of what it took; and what it tells, on its way back.

use std::time::Duration;

use stentor::engine::dispatcher::Input;
use stentor::upstream::{Departure, simulated};
use stentor_core::id::{AccountId, ChannelId, MessageId};
use stentor_core::message::{Status, StatusKind, UnknownPolicy, UpstreamStatus};
use stentor_core::outcome::{Ambiguous, NotSent, Outcome};
use stentor_core::registry::UpstreamKind;
use stentor_core::{recipient, wamid};
use stentor_simnet::{self as simnet, InboundKind, NetEvent, Rendered, TemplateChange};
use stentor_store::StatusResult;

use crate::agenda::{Happening, Inside};
use crate::clocks::Midst;
use crate::faults::{Side, between};
use crate::setup::{self, ACCOUNTS, CHANNELS};
use crate::world::{Checked, Violation, World, ready};

/// The client gives up waiting for an answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// Keys people are filed under.
pub const RECIPIENT_KEY: [u8; 16] = [9; 16];

impl World {
    /// One request. Judged where it leaves; the network decides what becomes of it.
    pub fn depart(&mut self, departure: Departure) -> Checked {
        if self.dies("depart", Side::Before) {
            return Ok(());
        }
        let (id, attempt) = (departure.id, departure.attempt);
        if departure.is_too_late(self.now) {
            self.line(Some(id), format!("attempt {attempt}: too late to leave"));
            let outcome = Outcome::NotSent { why: NotSent::NeverWritten };
            self.after(Duration::ZERO, Inside::ToDispatcher(Input::Answered(id, outcome)));
            return Ok(());
        }
        let never = self.dice.unit() < 0.01 && !self.is_calm(self.real);
        if never {
            let outcome = Outcome::NotSent { why: NotSent::Connect };
            self.line(Some(id), format!("attempt {attempt}: no connection"));
            self.after(Duration::from_millis(20), Inside::ToDispatcher(Input::Answered(id, outcome)));
            return Ok(());
        }
        self.leaves(&departure)?;
        self.may_be_erased(departure.channel.account, &departure.address);
        let own_id = departure.channel.upstream == UpstreamKind::Simulated;
        let mut submission = simulated::submission(departure, Rendered::default());
        submission.id = submission.id.filter(|_| own_id);
        let answer = self.network.send(self.real, submission);
        self.line(Some(id), format!("attempt {attempt} left: {:?} after {:?}", answer.reply, answer.after));
        if let Some(upstream_id) = &answer.taken {
            self.books.told.taken_as(id, upstream_id);
        }
        self.took(id, attempt, answer.taken.is_some())?;
        self.expect_network();
        if self.dies("depart", Side::After) {
            return Ok(());
        }
        let is_late = answer.after >= ANSWER_WITHIN || answer.reply == simnet::Reply::Lost;
        let in_doubt = is_late && self.policy(id) == UnknownPolicy::AtLeastOnce;
        let (after, outcome) = if is_late {
            (ANSWER_WITHIN, Outcome::Ambiguous { why: Ambiguous::Timeout })
        } else {
            (answer.after, simulated::outcome(answer.reply))
        };
        self.after(after, Inside::ToDispatcher(Input::Answered(id, outcome)));
        self.may_sleep(in_doubt.then_some(Midst::Doubt));
        Ok(())
    }

    /// The network has something to tell from here on.
    pub fn expect_network(&mut self) {
        let Some(due) = self.network.next_due() else { return };
        let due = due.max(self.real);
        if self.network_at.is_none_or(|at| at > due || at < self.real) {
            self.network_at = Some(due);
            self.agenda.at(due, Happening::NetworkDue);
        }
    }

    /// The network's webhooks set out: one account each, up to a hundred events, never in a hurry.
    pub fn network_due(&mut self) -> Checked {
        if self.network_at.is_none_or(|at| at > self.real) {
            return Ok(());
        }
        self.network_at = None;
        for event in self.network.due(self.real, 100) {
            let after = between(&mut self.dice, 5, 400);
            self.agenda.at(self.real + after, Happening::Told(vec![event]));
        }
        self.expect_network();
        Ok(())
    }

    /// A webhook of the network arrives: committed before it is answered, else it comes again.
    pub fn told(&mut self, events: Vec<NetEvent>) -> Checked {
        let down = !self.is_up() || self.dies("record_statuses", Side::Before);
        if down {
            self.agenda.at(self.real + Duration::from_secs(7), Happening::Told(events));
            return Ok(());
        }
        for event in &events {
            self.learn(event)?;
        }
        let unheard = self.dies("record_statuses", Side::After);
        if unheard || (self.dice.unit() < 0.01 && !self.is_calm(self.real)) {
            self.agenda.at(self.real + Duration::from_secs(5), Happening::Told(events));
        }
        Ok(())
    }

    fn learn(&mut self, event: &NetEvent) -> Checked {
        match event {
            NetEvent::Status(status) => {
                let Some((account, status)) = self.status(status) else { return Ok(()) };
                self.arm_disk();
                let recorded = ready(self.store.record_statuses(self.now, account, vec![status.clone()]));
                self.disarm_disk();
                let (results, committed) = match recorded {
                    Ok(recorded) => recorded,
                    Err(error) => {
                        assert!(self.on_disk.disk.is_some(), "statuses are not recorded: {error}");
                        let again = self.real + Duration::from_secs(5);
                        self.agenda.at(again, Happening::Told(vec![event.clone()]));
                        return self.reconcile(false);
                    }
                };
                self.books.told.status(&status.upstream_id, &status.status.kind);
                let about = committed.changes.first().map(|change| change.message.id).or(status.message);
                self.line(about, format!("told {:?}: {results:?}", status.status.kind));
                if results.contains(&StatusResult::Parked) && status.channel != CHANNELS[2] {
                    let what =
                        format!("a status of {} with our id or mark found no message", status.upstream_id);
                    return Err(Violation { message: status.mark.map(|(id, _)| id), what });
                }
                self.hint(self.now, stentor::engine::step::Hints::of(committed))
            }
            NetEvent::Inbound(inbound) => {
                let account = number(&inbound.account).map_or(ACCOUNTS[0], AccountId);
                match inbound.kind {
                    InboundKind::MarketingStopped(stopped) => {
                        self.person_stops(account, &inbound.from, stopped);
                    }
                    _ => self.person_writes(account, &inbound.from),
                }
                Ok(())
            }
            NetEvent::TemplateStatus { template, change, .. } => {
                let paused = !matches!(change, TemplateChange::Unpaused);
                let account = number(&template.account).map(AccountId);
                let found = setup::templates()
                    .into_iter()
                    .find(|t| Some(t.account) == account && t.name == template.template.name);
                found.map_or(Ok(()), |template| self.pause(template.id, paused))
            }
            NetEvent::Click(_)
            | NetEvent::TemplateReviewed { .. }
            | NetEvent::TemplateReleased { .. }
            | NetEvent::TemplateCategory { .. }
            | NetEvent::QualityUpdate { .. } => Ok(()),
        }
    }

    /// The status as the program's inbound edge reads it.
    fn status(&self, status: &simnet::Status) -> Option<(AccountId, UpstreamStatus)> {
        let account = AccountId(number(&status.account)?);
        let channel = ChannelId(number(&status.phone_number_id)?);
        let kind = match &status.kind {
            simnet::StatusKind::Sent => StatusKind::Sent,
            simnet::StatusKind::Delivered => StatusKind::Delivered,
            simnet::StatusKind::Read => StatusKind::Read,
            simnet::StatusKind::Played => StatusKind::Played,
            simnet::StatusKind::Failed { code, details, .. } => {
                StatusKind::Failed { code: *code, detail: details.clone() }
            }
        };
        let mark = status.opaque.as_deref().and_then(|mark| {
            let (id, attempt) = mark.strip_prefix("s:")?.split_once('.')?;
            Some((MessageId(id.parse().ok()?), attempt.parse().ok()?))
        });
        let person = recipient::parse(&status.to).ok().map(|to| to.key(&RECIPIENT_KEY, account));
        let status = UpstreamStatus {
            channel,
            upstream_id: status.id.clone(),
            message: wamid::decode(&self.key, &status.id),
            mark,
            recipient: person,
            status: Status { kind, at: status.at },
        };
        Some((account, status))
    }
}

fn number(text: &str) -> Option<i64> {
    text.parse().ok()
}
