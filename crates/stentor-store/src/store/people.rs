//! People: what the account knows of them, what the operator says of them, their file and their erasure.

use stentor_core::id::{AccountId, RecipientKey};
use stentor_core::time::Timestamp;

use super::{Result, Store};
use crate::ops::{aliases, learning, people};
use crate::sqlite::Lane;
use crate::types::*;

impl Store {
    /// What the account knows of a person.
    pub async fn person(&self, account: AccountId, recipient: RecipientKey) -> Result<Person> {
        look!(self, |rows| Ok(rows.person(account, recipient)?.unwrap_or_default()))
    }

    /// Adds what a person did to what the account knows of it; see [`PersonNote`] for what an old note may change.
    pub async fn note_person(
        &self,
        account: AccountId,
        recipient: RecipientKey,
        note: PersonNote,
    ) -> Result<()> {
        commit!(self, Settle, 1, None, |tx| people::told(tx, (account, recipient), None, &note))
    }

    /// What the account knows of a person, with the history of what was said.
    pub async fn person_view(&self, account: AccountId, recipient: RecipientKey) -> Result<PersonView> {
        look!(self, |rows| people::view(rows, account, recipient))
    }

    /// What the person is also called, each name with its key: a user id's number, a number's user ids.
    pub async fn other_names(
        &self,
        account: AccountId,
        recipient: RecipientKey,
    ) -> Result<Vec<(RecipientKey, String)>> {
        look!(self, |rows| aliases::others(rows, account, recipient))
    }

    /// Notes what the operator says of people, with one audit row; says of each whether it changed anything.
    pub async fn write_people(
        &self,
        now: Timestamp,
        account: AccountId,
        writes: Vec<PersonWrite>,
        audit: Audit,
    ) -> Result<Vec<bool>> {
        commit!(self, Begin, writes.len(), Some(now), |tx| people::write(tx, account, &writes, &audit))
    }

    /// What [`Store::write_people`] would answer; nothing is written.
    pub async fn preview_people(&self, account: AccountId, writes: Vec<PersonWrite>) -> Result<Vec<bool>> {
        look!(self, |rows| people::preview(rows, account, &writes))
    }

    /// People who opted out or are suppressed, or whose time zone is known, in order of their key, after one.
    pub async fn stopped_people(
        &self,
        account: AccountId,
        after: Option<RecipientKey>,
        limit: usize,
    ) -> Result<Vec<PersonView>> {
        look!(self, |rows| people::stopped(rows, account, after, limit))
    }

    /// Everything that is kept of the person of this key and address: at most `limit` messages and as many webhooks and
    /// lines of the learning log.
    pub async fn person_file(
        &self,
        account: AccountId,
        recipient: RecipientKey,
        address: String,
        limit: usize,
    ) -> Result<PersonFile> {
        look!(self, |rows| people::file(rows, account, recipient, &address, limit))
    }

    /// Erases the person of this key and address, in many small transactions: of their messages key, times and code stay,
    /// of themselves what they may not get; what had not left is ended. The last one writes the audit row. Deleted text
    /// is overwritten and the write-ahead log emptied; `compact` also writes the whole database anew, which takes its
    /// time. Done again, it takes up what came in between.
    pub async fn erase_person(
        &self,
        now: Timestamp,
        (account, recipient): (AccountId, RecipientKey),
        address: String,
        compact: bool,
        audit: impl FnOnce(&Erased) -> Audit + Send,
    ) -> Result<Erased> {
        let mut erased = Erased::default();
        for _ in 0..people::PASSES_MAX {
            let pass = self.strip_messages(now, account, recipient).await?;
            erased.messages += pass.messages;
            erased.ended += pass.ended;
            erased.leaving = pass.leaving;
            if pass.messages == 0 {
                break;
            }
        }
        loop {
            let of = address.clone();
            let gone = commit!(self, Settle, people::STEP_ROWS, Some(now), |tx| {
                people::unsay(tx, account, &of, people::STEP_ROWS)
            })?;
            erased.webhooks += gone as u64;
            if gone < people::STEP_ROWS {
                break;
            }
        }
        erased.lines = self.unlearn(now, account, recipient).await?;
        let audit = audit(&erased);
        commit!(self, Settle, 1, Some(now), |tx| {
            people::forget(tx, now, (account, recipient), (&address, compact), &audit)
        })?;
        Ok(erased)
    }

    /// Takes the person out of the learning log; how many lines that was.
    async fn unlearn(&self, now: Timestamp, account: AccountId, recipient: RecipientKey) -> Result<u64> {
        let (mut lines, mut after) = (0, 0);
        loop {
            let found = look!(self, |rows| learning::of_person(
                rows,
                (account, recipient),
                after,
                people::STEP_ROWS
            ))?;
            let Some(last) = found.last().map(|learnt| learnt.seq) else { return Ok(lines) };
            after = last;
            lines += found.len() as u64;
            let found: Vec<i64> = found.into_iter().map(|learnt| learnt.seq).collect();
            commit!(self, Settle, found.len(), Some(now), |tx| learning::unlearn(tx, &found))?;
        }
    }

    /// One walk over the person's messages.
    async fn strip_messages(
        &self,
        now: Timestamp,
        account: AccountId,
        recipient: RecipientKey,
    ) -> Result<Erased> {
        let (mut pass, mut before) = (Erased::default(), None);
        loop {
            let (ids, next) = look!(self, |rows| people::traces(rows, account, recipient, before))?;
            for step in ids.chunks(people::STEP_ROWS) {
                let step = step.to_vec();
                let done = commit!(self, Settle, step.len(), Some(now), |tx| {
                    people::strip(tx, now, account, &step)
                })?;
                pass.messages += done.messages;
                pass.ended += done.ended;
                pass.leaving += done.leaving;
            }
            match next {
                Some(last) => before = Some(last),
                None => return Ok(pass),
            }
        }
    }
}
