//! Somebody is erased in the middle of traffic, as the operator does it: nothing that could be exported says anything of
//! them afterwards, what waits for them ends, and nobody else notices.

use std::time::Duration;

use stentor_core::id::AccountId;
use stentor_core::message::{ERASED, Message, State};
use stentor_core::recipient::{self, Address};
use stentor_store::{Erased, MessageView, Person};

use crate::agenda::Happening;
use crate::faults::{Side, between, pick};
use crate::follows::follows;
use crate::setup::{self, ACCOUNTS};
use crate::upstream::RECIPIENT_KEY;
use crate::world::{Checked, Violation, World, broken, ready};

/// What says that a person was erased.
const BLOCKED: u32 = 130_403;
/// More than anybody has.
const FILE_ROWS: usize = 10_000;
/// A message that is leaving is erased another time.
const AGAIN: Duration = Duration::from_mins(1);

impl World {
    /// Somebody asks to be forgotten: anybody, or whom a message is leaving to.
    pub fn somebody_is_erased(&mut self) -> Checked {
        if self.dice.unit() < 0.5 {
            self.erases_next = true;
            return Ok(());
        }
        let to = self.somebody();
        let account = ACCOUNTS[pick(&mut self.dice, ACCOUNTS.len())];
        self.erase(account, &to)
    }

    /// A message leaves to that person: they may be erased before it is answered.
    pub fn may_be_erased(&mut self, account: AccountId, to: &str) {
        if !std::mem::take(&mut self.erases_next) {
            return;
        }
        let to = recipient::parse(to).expect("a canonical address");
        let at = self.real + between(&mut self.dice, 0, 50);
        self.agenda.at(at, Happening::EraseAgain(account, to));
    }

    /// One request of the operator's.
    pub fn erase(&mut self, account: AccountId, to: &Address) -> Checked {
        if !self.is_up() || self.dies("erase", Side::Before) {
            self.agenda.at(self.real + AGAIN, Happening::EraseAgain(account, to.clone()));
            return Ok(());
        }
        let key = to.key(&RECIPIENT_KEY, account);
        let before: Vec<Message> =
            self.books.rows().into_iter().filter(|r| (r.account, r.recipient) == (account, key)).collect();
        let audit = setup::audit(account, self.now, "person.erase");
        let address = to.canonical().to_owned();
        let erased = ready(self.store.erase_person(self.now, (account, key), address, false, |_| audit));
        let erased = erased.expect("a person is erased");
        self.administered(account);
        self.tally.erasures += 1;
        self.line(None, format!("person {key} of {account} is erased: {erased:?}"));
        self.counts_of_erasure(&before, &erased)?;
        for old in &before {
            self.bare(old)?;
        }
        self.nothing_is_kept(account, to)?;
        self.books.erased_person((account, key), self.now);
        if erased.leaving > 0 {
            self.agenda.at(self.real + AGAIN, Happening::EraseAgain(account, to.clone()));
        }
        if self.dies("erase", Side::After) {
            return Ok(());
        }
        self.wake_deliveries();
        Ok(())
    }

    fn counts_of_erasure(&self, before: &[Message], erased: &Erased) -> Checked {
        let count = |such: fn(State) -> bool| before.iter().filter(|row| such(row.state)).count() as u64;
        let leaving = count(|state| state == State::Sending);
        let ended = count(|state| state.is_queued() || state == State::Unknown);
        if (erased.leaving, erased.ended) != (leaving, ended) {
            let what = format!("{erased:?}, and {leaving} were leaving, {ended} could still leave");
            return Err(Violation { message: None, what });
        }
        Ok(())
    }

    /// What is left of a message of theirs: key, times, state and code.
    fn bare(&mut self, old: &Message) -> Checked {
        let view = self.view(old)?;
        let new = view.message.clone();
        follows(old, &new)?;
        if old.state == State::Sending {
            return if new == *old { Ok(()) } else { Err(broken(old.id, "was leaving and was erased")) };
        }
        let ends_as = match old.state {
            state if state.is_queued() => State::Dropped,
            State::Unknown => State::Failed,
            state => state,
        };
        let is_ended = ends_as != old.state;
        if new.state != ends_as || (is_ended && new.code != Some(BLOCKED)) {
            let what =
                format!("was {} and is {} of an erased person", old.state.as_str(), new.state.as_str());
            return Err(broken(old.id, what));
        }
        if !is_ended && (Message { decided: old.decided.clone(), ..new.clone() }) != *old {
            return Err(broken(old.id, format!("was {old:?} and its erasure made it {new:?}")));
        }
        says_nothing(&view)?;
        self.line(Some(old.id), format!("erased: {} -> {}", old.state.as_str(), new.state.as_str()));
        self.books.erased(new);
        Ok(())
    }

    /// What an export shows of them.
    fn nothing_is_kept(&self, account: AccountId, to: &Address) -> Checked {
        let key = to.key(&RECIPIENT_KEY, account);
        let file = self.store.person_file(account, key, to.canonical().to_owned(), FILE_ROWS);
        let file = ready(file).expect("a file");
        let person = Person { consent: file.view.person.consent, ..Person::default() };
        let is_worded = file.view.history.iter().any(|entry| entry.wording.is_some());
        if file.view.person != person || is_worded || !file.waiting.is_empty() || !file.learnt.is_empty() {
            let what = format!("of an erased person is kept: {:?} {:?}", file.view, file.learnt);
            return Err(Violation { message: None, what });
        }
        file.messages.iter().filter(|v| v.message.state != State::Sending).try_for_each(says_nothing)
    }
}

/// Nothing in it tells who it was for, or what it said.
fn says_nothing(view: &MessageView) -> Checked {
    let says = |detail: &Option<String>| detail.as_deref().is_some_and(|detail| detail != ERASED);
    let is_bare = view.body.is_none()
        && view.attempts.is_empty()
        && view.message.decided.is_none()
        && !view.events.iter().any(|(_, event)| says(&event.detail));
    if is_bare { Ok(()) } else { Err(broken(view.message.id, format!("of an erased person says {view:?}"))) }
}
