//! Whose turn it is among many messages that wait for one pair, in memory: put off to one moment, thousands would come due
//! together and be put off again for the few that may go. After a restart turns are given anew: only the spread is lost.

use std::collections::HashMap;

use stentor_core::id::{ChannelId, RecipientKey};
use stentor_core::rate::Pair;
use stentor_core::time::Timestamp;

/// Entries before those whose turns have come are looked for.
const SWEEP_ROWS: usize = 1_024;

#[derive(Debug, Default)]
pub(crate) struct Turns {
    given: HashMap<(ChannelId, RecipientKey), Given>,
    sweep_rows: usize,
}

/// Turns given for one pair.
#[derive(Clone, Copy, Debug)]
struct Given {
    from: Timestamp,
    messages: u32,
}

impl Given {
    fn last(self) -> Timestamp {
        Pair::turn(self.from, self.messages.saturating_sub(1))
    }
}

impl Turns {
    /// The turn of a message that begins to wait for the pair, which is free again at `free_at`.
    pub(crate) fn next(
        &mut self,
        of: (ChannelId, RecipientKey),
        free_at: Timestamp,
        now: Timestamp,
    ) -> Timestamp {
        let fresh = Given { from: free_at, messages: 0 };
        let given = self.given.entry(of).or_insert(fresh);
        if given.last() <= now {
            *given = fresh;
        }
        given.messages = given.messages.saturating_add(1);
        let turn = given.last().max(free_at);
        if self.given.len() > self.sweep_rows.max(SWEEP_ROWS) {
            self.given.retain(|_, given| given.last() > now);
            self.sweep_rows = self.given.len() * 2;
        }
        turn
    }
}
