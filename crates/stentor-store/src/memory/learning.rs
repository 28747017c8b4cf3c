//! The learning log in memory.

use std::collections::BTreeMap;
use std::ops::Range;

use stentor_core::id::{AccountId, MessageId, RecipientKey};
use stentor_core::learning::{Deed, Line, NOBODY};
use stentor_core::lift::Touch;
use stentor_core::time::Timestamp;

use super::Tables;
use crate::learnt_days::{Days, touch};
use crate::rows::{LearningRows, Result};
use crate::{KeptMind, LearntDay};

impl LearningRows for Tables {
    fn put_line(&mut self, seq: i64, line: &Line) -> Result<()> {
        self.learning.insert(seq, line.clone());
        Ok(())
    }

    fn lines_after(&self, seq: i64, limit: usize) -> Result<Vec<(i64, Line)>> {
        let after = self.learning.range(seq.saturating_add(1)..);
        Ok(after.take(limit).map(|(seq, line)| (*seq, line.clone())).collect())
    }

    fn lines_of(&self, of: (AccountId, RecipientKey), after: i64, limit: usize) -> Result<Vec<(i64, Line)>> {
        let after = self.learning.range(after.saturating_add(1)..);
        let is_theirs = |line: &Line| (line.account, line.recipient) == of && line.deed != Deed::Forgotten;
        let theirs = after.filter(|(_, line)| is_theirs(line));
        Ok(theirs.take(limit).map(|(seq, line)| (*seq, line.clone())).collect())
    }

    fn delete_line(&mut self, seq: i64) -> Result<()> {
        self.learning.remove(&seq);
        Ok(())
    }

    fn prune_lines(&mut self, before: Timestamp, limit: usize) -> Result<usize> {
        let old = self.learning.iter().take(limit).filter(|(_, line)| line.at < before);
        let old: Vec<i64> = old.map(|(seq, _)| *seq).collect();
        old.iter().for_each(|seq| drop(self.learning.remove(seq)));
        Ok(old.len())
    }

    fn minds(&self) -> Result<Vec<KeptMind>> {
        Ok(self.minds.values().cloned().collect())
    }

    fn put_mind(&mut self, mind: &KeptMind) -> Result<()> {
        if self.minds.get(&mind.account).is_none_or(|kept| kept.position <= mind.position) {
            self.minds.insert(mind.account, mind.clone());
        }
        Ok(())
    }

    fn send_from(&self, seq: i64) -> Result<Option<(i64, Timestamp)>> {
        let mut sends = self.learning.range(seq..).filter(|(_, line)| matches!(line.deed, Deed::Sent(_)));
        Ok(sends.next().map(|(seq, line)| (*seq, line.at)))
    }

    fn touches(
        &self,
        account: AccountId,
        people: Option<&[RecipientKey]>,
        from: i64,
    ) -> Result<Vec<(RecipientKey, Touch)>> {
        let of = self
            .learning
            .range(from..)
            .map(|(_, line)| line)
            .filter(|line| line.account == account && line.recipient != NOBODY);
        let touched = |line: &Line| {
            let is_click = match line.deed {
                Deed::Click { .. } => true,
                Deed::Read => false,
                _ => return None,
            };
            Some((line.recipient, touch(line.message, line.at, is_click)))
        };
        Ok(of
            .filter(|line| people.is_none_or(|people| people.contains(&line.recipient)))
            .filter_map(touched)
            .collect())
    }

    fn learnt_days(&self, account: AccountId, from: i64, ids: Range<MessageId>) -> Result<Vec<LearntDay>> {
        let mut days = Days(BTreeMap::new());
        let of = self.learning.range(from..).map(|(_, line)| line);
        of.filter(|line| line.account == account && ids.contains(&line.message)).for_each(|l| days.add(l));
        Ok(days.take())
    }
}
