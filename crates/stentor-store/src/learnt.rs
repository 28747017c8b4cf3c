//! Writing the learning log: one small row for each line, in the transaction of what happened. And whom a shared message
//! went to last, as far as is remembered, for people who stop without saying which message was too much. Filled by what
//! the log itself says, so that nothing of an unshared message shows in it.

use std::collections::{HashMap, VecDeque};

use stentor_core::id::{AccountId, MessageId, RecipientKey};
use stentor_core::learning::{BLAMED_FOR, Deed, Line, NOBODY, line, of_move};
use stentor_core::message::Message;
use stentor_core::time::Timestamp;

use crate::KeptMind;
use crate::rows::{Counter, Result};
use crate::tx::Tx;

/// People whose last shared message is remembered; a restart forgets them.
const PEOPLE_MAX: usize = 65_536;

/// The last shared message to each person.
#[derive(Debug, Default)]
pub(crate) struct LastShared {
    last: HashMap<(AccountId, RecipientKey), (MessageId, Timestamp)>,
    /// The same in order, so that the oldest give way.
    order: VecDeque<((AccountId, RecipientKey), MessageId)>,
}

impl LastShared {
    fn remember(&mut self, line: &Line) {
        let person = (line.account, line.recipient);
        self.last.insert(person, (line.message, line.at));
        self.order.push_back((person, line.message));
        if self.order.len() > PEOPLE_MAX
            && let Some((person, message)) = self.order.pop_front()
            && self.last.get(&person).is_some_and(|(last, _)| *last == message)
        {
            self.last.remove(&person);
        }
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}

impl Tx<'_> {
    /// Writes what a message's move says, where it may be learnt from.
    pub(crate) fn learn_move(&mut self, old: &Message, new: &Message) -> Result<()> {
        if !new.sharing || new.decided.is_none() {
            return Ok(());
        }
        for line in of_move(old, new).into_iter().flatten() {
            if matches!(line.deed, Deed::Sent(_)) && line.recipient != NOBODY {
                self.live.last_shared.remember(&line);
            }
            self.write_line(&line)?;
        }
        Ok(())
    }

    /// Writes what was done with a message, where it may be learnt from.
    pub(crate) fn learn_deed(&mut self, message: &Message, deed: Deed, at: Timestamp) -> Result<()> {
        match line(message, deed, at) {
            Some(line) => self.write_line(&line),
            None => Ok(()),
        }
    }

    /// A person of these names has stopped the business's marketing: because of the message they answered, else of the
    /// last shared one they got under any of them. What they say to a message that is not shared is not learnt from.
    pub(crate) fn learn_opt_out(
        &mut self,
        (account, names): (AccountId, &[RecipientKey]),
        answered: Option<&Message>,
        at: Timestamp,
    ) -> Result<()> {
        if let Some(message) = answered {
            return self.learn_deed(message, Deed::OptOut, at);
        }
        let shared = names.iter().filter_map(|name| self.live.last_shared.last.get(&(account, *name)));
        let last = shared.max_by_key(|(message, sent)| (*sent, *message));
        let Some((message, _)) = last.filter(|(_, sent)| at.since(*sent) <= BLAMED_FOR) else {
            return Ok(());
        };
        match self.message(account, *message)? {
            Some(message) => self.learn_deed(&message, Deed::OptOut, at),
            None => Ok(()),
        }
    }

    /// A person was erased; of account 0, everybody.
    pub(crate) fn learn_forgotten(
        &mut self,
        account: AccountId,
        person: RecipientKey,
        at: Timestamp,
    ) -> Result<()> {
        self.live.last_shared.last.remove(&(account, person));
        self.write_line(&Line::forgotten(account, person, at))?;
        // What is kept of before knows the person: it goes, and one that does is refused from now on.
        let position = self.live.counters.get(Counter::LastLine, 0);
        if account != AccountId(0) {
            self.rows.put_mind(&KeptMind { account, position, at, state: Vec::new() })?;
        }
        Ok(())
    }

    /// It is so late for an account: what waited for its label until then is learnt.
    pub(crate) fn learn_tick(&mut self, account: AccountId, at: Timestamp) -> Result<()> {
        self.write_line(&Line::tick(account, at))
    }

    fn write_line(&mut self, line: &Line) -> Result<()> {
        let seq = self.live.counters.next(Counter::LastLine);
        self.rows.put_line(seq, line)
    }
}
