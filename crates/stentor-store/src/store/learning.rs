//! The learning log and what was learnt from it.

use stentor_core::id::{AccountId, MessageId, RecipientKey};
use stentor_core::lift::Touch;
use stentor_core::time::Timestamp;

use super::{Result, Store};
use crate::ops::learning;
use crate::sqlite::Lane;
use crate::types::*;

impl Store {
    /// Lines of the learning log after a number, of all accounts, in order; see [`stentor_core::learning`].
    pub async fn learnt_after(&self, seq: i64, limit: usize) -> Result<Vec<Learnt>> {
        look!(self, |rows| learning::after(rows, seq, limit))
    }

    /// A number after which every line that was committed at or after `at` comes: for [`Store::learnt_after`].
    pub async fn learnt_from(&self, at: Timestamp) -> Result<i64> {
        look!(self, |rows| Ok(learning::committed_from(rows, at)? - 1))
    }

    /// What was learnt of each account, as it was kept last; empty since somebody was erased.
    pub async fn minds(&self) -> Result<Vec<KeptMind>> {
        look!(self, |rows| rows.minds())
    }

    /// Keeps what was learnt of accounts; one that knows less of the log than what is kept is left out.
    pub async fn keep_minds(&self, now: Timestamp, minds: Vec<KeptMind>) -> Result<()> {
        commit!(self, Settle, minds.len(), Some(now), |tx| minds.iter().try_for_each(|m| tx.rows.put_mind(m)))
    }

    /// Writes into the learning log of these accounts that it is so late there.
    pub async fn learn_ticks(&self, now: Timestamp, accounts: Vec<AccountId>, at: Timestamp) -> Result<()> {
        commit!(self, Settle, accounts.len(), Some(now), |tx| accounts
            .iter()
            .try_for_each(|account| tx.learn_tick(*account, at)))
    }

    /// Clicks and reads of an account's people (`None`: of all who are profiled) since a time. Walks the learning log of that time.
    pub async fn touches(
        &self,
        account: AccountId,
        people: Option<Vec<RecipientKey>>,
        since: Timestamp,
    ) -> Result<Vec<(RecipientKey, Touch)>> {
        look!(self, |rows| learning::touches(rows, account, people.as_deref(), since))
    }

    /// The addresses of an account's messages, in their order; `None` for what is gone, or is another account's.
    pub async fn addresses(
        &self,
        account: AccountId,
        messages: Vec<MessageId>,
    ) -> Result<Vec<Option<String>>> {
        look!(self, |rows| messages.iter().map(|id| learning::address(rows, account, *id)).collect())
    }

    /// What the learning log says of the account's messages that were accepted from `from` until before `until`, in order
    /// of day and template. Walks the log of that time.
    pub async fn learnt_days(
        &self,
        account: AccountId,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<LearntDay>> {
        look!(self, |rows| learning::days(rows, account, (from, until)))
    }
}
