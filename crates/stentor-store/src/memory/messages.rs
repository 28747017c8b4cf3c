//! Messages with their bodies, events and attempts, in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use stentor_core::id::{AccountId, ChannelId, MessageId, RecipientKey, TemplateId};
use stentor_core::message::{Event, EventKind, Message, State, WaitReason};
use stentor_core::route::Route;
use stentor_core::time::Timestamp;

use super::Tables;
use crate::rows::{Find, MessageRows, Result};
use crate::tx::broken;
use crate::{Attempt, Body, DayUse, Tally, TemplateUse};

const DAY_MS: i64 = 86_400_000;

/// What a change elsewhere may end before its time.
const fn may_end_early(wait: WaitReason) -> bool {
    use WaitReason::{Cap, Pacing, Paused, QuietHours, Sync, UpstreamLimit};
    matches!(wait, Sync | Paused | Pacing | QuietHours | Cap | UpstreamLimit)
}

impl MessageRows for Tables {
    fn message(&self, id: MessageId) -> Result<Option<Message>> {
        Ok(self.messages.get(&id).cloned())
    }

    fn insert_message(&mut self, message: &Message, body: &Body) -> Result<bool> {
        if self.messages.contains_key(&message.id) {
            return Ok(false);
        }
        self.index(message);
        self.messages.insert(message.id, message.clone());
        self.bodies.insert(message.id, body.clone());
        Ok(true)
    }

    fn update_message(&mut self, old: &Message, new: &Message) -> Result<()> {
        let guard = |m: &&Message| m.account == old.account && m.state == old.state;
        if self.messages.get(&old.id).filter(guard).is_none() {
            return Err(broken("a message changed under its own transaction"));
        }
        self.unindex(old);
        self.index(new);
        self.messages.insert(new.id, new.clone());
        Ok(())
    }

    fn delete_message(&mut self, id: MessageId) -> Result<()> {
        if let Some(old) = self.messages.remove(&id) {
            self.unindex(&old);
        }
        self.bodies.remove(&id);
        self.events.retain(|(m, _), _| *m != id);
        self.attempts.retain(|(m, _, _), _| *m != id);
        self.upstream.retain(|(_, m)| *m != id);
        Ok(())
    }

    fn oldest_message(&self) -> Result<Option<MessageId>> {
        Ok(self.messages.keys().next().copied())
    }

    fn find_messages(&self, find: &Find) -> Result<Vec<Message>> {
        let below = find.before.unwrap_or(MessageId(i64::MAX));
        let fits = |m: &&Message| {
            find.account.is_none_or(|a| a == m.account)
                && find.channel.is_none_or(|c| c == m.channel)
                && find.recipient.is_none_or(|r| r == m.recipient)
                && (find.states.is_empty() || find.states.contains(&m.state))
        };
        let scanned = self.messages.range(..below).rev().take(find.scan_rows_max).map(|(_, m)| m);
        Ok(scanned.filter(fits).take(find.limit).cloned().collect())
    }

    fn template_use(
        &self,
        account: AccountId,
        template: TemplateId,
        ids: std::ops::Range<MessageId>,
    ) -> Result<TemplateUse> {
        let of = |m: &&Message| m.account == account && m.template == Some(template);
        let all: Vec<&Message> = self.messages.range(ids).map(|(_, m)| m).filter(of).collect();
        let count = |is: fn(&Message) -> bool| all.iter().filter(|m| is(m)).count() as u64;
        Ok(TemplateUse {
            template,
            taken: count(|m| m.taken_at.is_some()),
            delivered: count(|m| m.delivered_at.is_some() || m.read_at.is_some()),
            read: count(|m| m.read_at.is_some()),
            stopped: count(|m| m.code == Some(131_050)),
        })
    }

    fn body(&self, id: MessageId) -> Result<Option<Body>> {
        Ok(self.bodies.get(&id).cloned())
    }

    fn address(&self, id: MessageId) -> Result<Option<(String, Option<String>)>> {
        Ok(self.bodies.get(&id).map(|b| (b.address.clone(), b.opaque.clone())))
    }

    fn bodies_after(&self, after: MessageId, limit: usize) -> Result<Vec<MessageId>> {
        Ok(self.bodies.keys().filter(|id| **id > after).take(limit).copied().collect())
    }

    fn delete_body(&mut self, id: MessageId) -> Result<()> {
        self.bodies.remove(&id);
        Ok(())
    }

    fn events(&self, id: MessageId) -> Result<Vec<(u32, Event)>> {
        Ok(self.events.range((id, 0)..=(id, u32::MAX)).map(|((_, seq), e)| (*seq, e.clone())).collect())
    }

    fn event(&self, id: MessageId, seq: u32) -> Result<Option<Event>> {
        Ok(self.events.get(&(id, seq)).cloned())
    }

    fn put_event(&mut self, id: MessageId, seq: u32, event: &Event) -> Result<()> {
        self.events.insert((id, seq), event.clone());
        Ok(())
    }

    fn attempts(&self, id: MessageId) -> Result<Vec<Attempt>> {
        let of = self.attempts.range((id, 0, None)..);
        Ok(of.take_while(|((m, _, _), _)| *m == id).map(|(_, a)| a.clone()).collect())
    }

    fn put_attempt(&mut self, id: MessageId, attempt: &Attempt) -> Result<()> {
        if let Some(upstream_id) = &attempt.upstream_id {
            self.upstream.insert((upstream_id.clone(), id));
        }
        self.attempts.insert((id, attempt.no, attempt.upstream_id.clone()), attempt.clone());
        Ok(())
    }

    fn messages_of_upstream(&self, upstream_id: &str) -> Result<Vec<MessageId>> {
        let of = self.upstream.range((upstream_id.to_owned(), MessageId(i64::MIN))..);
        Ok(of.take_while(|(u, _)| u == upstream_id).map(|(_, id)| *id).collect())
    }

    fn queued(
        &self,
        channel: ChannelId,
        after: (Timestamp, MessageId),
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Timestamp, MessageId)>> {
        let of = self.queue.range((channel, after.0, after.1)..).map(|(c, due, id)| (*c, (*due, *id)));
        let of = of.filter(|(_, at)| *at > after).take_while(|(c, at)| *c == channel && at.0 <= until);
        Ok(of.take(limit).map(|(_, at)| at).collect())
    }

    fn queued_classic(
        &self,
        channel: ChannelId,
        after: (Timestamp, MessageId),
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Timestamp, MessageId)>> {
        let is_classic = |id: &MessageId| self.messages.get(id).is_some_and(|m| m.route == Route::Classic);
        let mut of = self.queued(channel, after, until, usize::MAX)?;
        of.retain(|(_, id)| is_classic(id));
        of.truncate(limit);
        Ok(of)
    }

    fn held(
        &self,
        channel: ChannelId,
        template: Option<TemplateId>,
        wait: WaitReason,
        after: Timestamp,
        limit: usize,
    ) -> Result<Vec<MessageId>> {
        let from = (channel, after, MessageId(i64::MAX));
        let of = self.queue.range(from..).take_while(|(of, ..)| *of == channel);
        let is_held = |id: &MessageId| {
            self.messages.get(id).is_some_and(|m| m.template == template && m.wait == Some(wait))
        };
        Ok(of.filter(|(_, due, _)| *due > after).map(|(_, _, id)| *id).filter(is_held).take(limit).collect())
    }

    fn held_templates(&self, channel: ChannelId) -> Result<Vec<Option<TemplateId>>> {
        let of = self
            .queue
            .iter()
            .filter(|(of, ..)| *of == channel)
            .filter_map(|(_, _, id)| self.messages.get(id));
        let held = of.filter(|m| m.wait.is_some_and(may_end_early));
        Ok(held.map(|m| m.template).collect::<BTreeSet<_>>().into_iter().collect())
    }

    fn unknown_to(
        &self,
        channel: ChannelId,
        recipient: RecipientKey,
        limit: usize,
    ) -> Result<Vec<MessageId>> {
        let is_of = |m: &&Message| m.channel == channel && m.recipient == recipient;
        Ok(self.unknown().filter(is_of).map(|m| m.id).take(limit).collect())
    }

    fn unknown_since(
        &self,
        channel: ChannelId,
        within: Range<Timestamp>,
        limit: usize,
    ) -> Result<Vec<MessageId>> {
        let begun =
            self.unknown().filter(|m| m.channel == channel).filter_map(|m| Some((m.sending_at?, m.id)));
        let mut begun: Vec<_> = begun.filter(|(at, _)| within.contains(at)).collect();
        begun.sort_unstable();
        Ok(begun.into_iter().map(|(_, id)| id).take(limit).collect())
    }

    fn timers(&self, state: State, until: Timestamp, limit: usize) -> Result<Vec<(Timestamp, MessageId)>> {
        let first = (state, Timestamp::from_millis(i64::MIN), MessageId(i64::MIN));
        let of = self.timers.range(first..).take_while(|(s, due, _)| *s == state && *due <= until);
        Ok(of.take(limit).map(|(_, due, id)| (*due, *id)).collect())
    }

    fn days(&self, account: AccountId, ids: Range<MessageId>) -> Result<Vec<DayUse>> {
        let mut sums = BTreeMap::new();
        let of = self.messages.range(ids).map(|(_, m)| m).filter(|m| m.account == account && m.sharing);
        for m in of {
            let Some(template) = m.template else { continue };
            let day = m.id.accepted_at().millis().div_euclid(DAY_MS);
            let (route, start) = (m.route, Timestamp::from_millis(day * DAY_MS));
            let fresh = DayUse { template, route, day: start, sent: 0, delivered: 0, read: 0, clicked: 0 };
            let sum = sums.entry((day, template, route.as_str())).or_insert(fresh);
            let is_tap = |event: &Event| {
                event.kind == EventKind::Answered
                    && event.detail.as_ref().is_some_and(|d| d.starts_with("button"))
            };
            sum.sent += u64::from(m.sent_at.or(m.delivered_at).or(m.read_at).is_some());
            sum.delivered += u64::from(m.delivered_at.or(m.read_at).is_some());
            sum.read += u64::from(m.read_at.is_some());
            sum.clicked +=
                u64::from(self.events.range((m.id, 0)..=(m.id, u32::MAX)).any(|(_, event)| is_tap(event)));
        }
        Ok(sums.into_values().collect())
    }

    fn tally(&self, of: (AccountId, ChannelId), from: MessageId, to: MessageId) -> Result<Vec<Tally>> {
        let mut sums = BTreeMap::new();
        for m in self.messages.range(from..to).map(|(_, m)| m).filter(|m| (m.account, m.channel) == of) {
            let words = (m.category.map(|c| c.as_str()), m.route.as_str());
            let (category, route) = (m.category, m.route);
            let fresh = Tally { category, route, sent: 0, delivered: 0, read: 0, failed: 0 };
            let sum = sums.entry(words).or_insert(fresh);
            sum.sent += u64::from(m.sent_at.is_some());
            sum.delivered += u64::from(m.delivered_at.or(m.read_at).is_some());
            sum.read += u64::from(m.read_at.is_some());
            sum.failed += u64::from(m.state == State::Failed);
        }
        Ok(sums.into_values().collect())
    }

    fn first_due(&self) -> Result<Option<Timestamp>> {
        Ok(self.queue.iter().map(|(_, due, _)| *due).min())
    }
}

impl Tables {
    /// In order of id.
    fn unknown(&self) -> impl Iterator<Item = &Message> {
        let first = (State::Unknown, Timestamp::from_millis(i64::MIN), MessageId(i64::MIN));
        let of = self.timers.range(first..).take_while(|(state, ..)| *state == State::Unknown);
        let mut ids: Vec<MessageId> = of.map(|(_, _, id)| *id).collect();
        ids.sort_unstable();
        ids.into_iter().filter_map(|id| self.messages.get(&id))
    }
}
