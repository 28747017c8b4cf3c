//! Single messages of the last seconds, in memory: most people get one, and a row for each would be written for nothing.
//! Only what is borrowed beyond that is kept in the person's row. After a restart everybody is taken to have had one just
//! before: never too much for anybody, and nobody waits for it.

use std::collections::HashMap;

use stentor_core::id::{ChannelId, RecipientKey};
use stentor_core::rate::Pair;
use stentor_core::time::Timestamp;

/// Entries before those that are paid back are looked for.
const SWEEP_ROWS: usize = 1_024;

#[derive(Debug, Default)]
pub(crate) struct Lone {
    began: HashMap<(ChannelId, RecipientKey), Timestamp>,
    restarted_at: Timestamp,
    sweep_rows: usize,
}

impl Lone {
    /// The pair's budget. `row`: what the person's row says of it.
    pub(crate) fn pair(&self, of: (ChannelId, RecipientKey), row: Option<Pair>, now: Timestamp) -> Pair {
        let lone = || Pair::lone(self.began.get(&of).copied().unwrap_or(self.restarted_at));
        let known = row.filter(|pair| !pair.is_paid(now)).unwrap_or_else(lone);
        if known.is_paid(now) { Pair::FRESH } else { known }
    }

    pub(crate) fn put(&mut self, of: (ChannelId, RecipientKey), began_at: Timestamp) {
        self.began.insert(of, began_at);
        if self.began.len() > self.sweep_rows.max(SWEEP_ROWS) {
            self.began.retain(|_, at| !Pair::lone(*at).is_paid(began_at));
            self.sweep_rows = self.began.len() * 2;
        }
    }

    /// It is in the person's row now.
    pub(crate) fn remove(&mut self, of: (ChannelId, RecipientKey)) {
        self.began.remove(&of);
    }

    /// The message of that time surely was not taken.
    pub(crate) fn give_back(&mut self, of: (ChannelId, RecipientKey), at: Timestamp) {
        if self.began.get(&of) == Some(&at) {
            self.began.remove(&of);
        }
    }

    /// What was in memory is lost.
    pub(crate) fn restart(&mut self, at: Timestamp) {
        *self = Self { restarted_at: at, ..Self::default() };
    }
}
