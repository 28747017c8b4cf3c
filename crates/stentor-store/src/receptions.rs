//! What templates' messages came to, counted in memory and written with the commit that changes it: one row for a template
//! and commit, however many statuses it brings. And who had which marketing template last, as far as is remembered, for
//! people who stop it without saying which message was too much.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use stentor_core::id::{AccountId, RecipientKey, TemplateId};
use stentor_core::message::Message;
use stentor_core::template::{Category, Reception};
use stentor_core::time::Timestamp;

use crate::rows::Result;
use crate::tx::Tx;

/// People whose last marketing message is remembered; a restart forgets them.
const PEOPLE_MAX: usize = 262_144;
/// An opt-out later than this after a message is not its doing.
const BLAMED_FOR: Duration = Duration::from_hours(72);

/// Counts in memory with which of them are not yet written.
#[derive(Debug, Default)]
pub(crate) struct Receptions {
    values: HashMap<TemplateId, (AccountId, Reception)>,
    dirty: HashSet<TemplateId>,
    last: HashMap<(AccountId, RecipientKey), (TemplateId, Timestamp)>,
    /// The same people in order, so that the oldest give way.
    order: VecDeque<((AccountId, RecipientKey), Timestamp)>,
}

impl Receptions {
    fn put(&mut self, template: TemplateId, account: AccountId, reception: Reception) {
        self.values.insert(template, (account, reception));
        self.dirty.insert(template);
    }

    /// What was changed since the last call.
    pub(crate) fn take_dirty(&mut self) -> Vec<(TemplateId, AccountId, Reception)> {
        let values = &self.values;
        let rows = self
            .dirty
            .drain()
            .filter_map(|id| values.get(&id).map(|(account, reception)| (id, *account, *reception)));
        rows.collect()
    }

    pub(crate) fn forget(&mut self, template: TemplateId) {
        self.values.remove(&template);
        self.dirty.remove(&template);
    }

    /// After a rollback, or when everything that was sent is forgotten.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    fn remember(&mut self, person: (AccountId, RecipientKey), template: TemplateId, now: Timestamp) {
        self.last.insert(person, (template, now));
        self.order.push_back((person, now));
        while self.order.len() > PEOPLE_MAX {
            let oldest = self.order.pop_front();
            if let Some((person, at)) =
                oldest.filter(|(person, at)| self.last.get(person).is_some_and(|l| l.1 == *at))
            {
                debug_assert!(at <= now);
                self.last.remove(&person);
            }
        }
    }
}

impl Tx<'_> {
    fn reception(&mut self, template: TemplateId) -> Result<Reception> {
        if let Some((_, reception)) = self.live.receptions.values.get(&template) {
            return Ok(*reception);
        }
        Ok(self.rows.reception(template)?.unwrap_or_default())
    }

    /// Counts what a marketing message's move says of its template.
    pub(crate) fn count_move(&mut self, now: Timestamp, old: &Message, new: &Message) -> Result<()> {
        let Some(template) = new.template.filter(|_| new.category == Some(Category::Marketing)) else {
            return Ok(());
        };
        // Most moves say nothing: that much is known without the row.
        if Reception::default().moved(old, new, now).is_none() {
            return Ok(());
        }
        if let Some(reception) = self.reception(template)?.moved(old, new, now) {
            self.live.receptions.put(template, new.account, reception);
        }
        if new.delivered_at.is_some() || new.read_at.is_some() {
            self.live.receptions.remember((new.account, new.recipient), template, now);
        }
        Ok(())
    }

    /// A person of these names has stopped the business's marketing: counted for the template they answered, else for the
    /// last one they got under any of them.
    pub(crate) fn blame(
        &mut self,
        (account, names): (AccountId, &[RecipientKey]),
        answered: Option<TemplateId>,
        at: Timestamp,
    ) -> Result<()> {
        let got = names.iter().filter_map(|name| self.live.receptions.last.get(&(account, *name)));
        let last = got.max_by_key(|(template, got)| (*got, *template)).copied();
        let last = last.filter(|(_, got)| at.since(*got) <= BLAMED_FOR).map(|(template, _)| template);
        if let Some(template) = answered.or(last) {
            let reception = self.reception(template)?.stopped(at);
            self.live.receptions.put(template, account, reception);
        }
        Ok(())
    }

    /// A template is resumed: what it was held for is forgotten.
    pub(crate) fn forgive(&mut self, now: Timestamp, template: TemplateId, account: AccountId) -> Result<()> {
        let ever = self.reception(template)?.ever;
        self.live.receptions.put(template, account, Reception { at: now, ever, ..Reception::default() });
        Ok(())
    }
}
