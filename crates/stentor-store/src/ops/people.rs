//! People: what is noted on them with its history, everything that is kept of one, and its erasure in bounded steps.

use stentor_core::consent::Act;
use stentor_core::id::{AccountId, MessageId, NoticeId, RecipientKey};
use stentor_core::message::{ERASED, Event, Message, State, erase};
use stentor_core::time::Timestamp;

use super::aliases::others;
use super::learning;
use super::status::change_person;
use crate::rows::{Counter, Find, Result, Rows};
use crate::tx::Tx;
use crate::{Audit, Committed, Erased, MessageView, Person, PersonFile, PersonNote, PersonView, PersonWrite};

/// Lines of one person's history: the oldest give way, what they come to stays on the person's row.
const HISTORY_ROWS_MAX: usize = 1_000;
/// Messages looked at in one read of an erasure.
const PAGE_ROWS: usize = 1_000;
/// Rows that one transaction of an erasure takes.
pub(crate) const STEP_ROWS: usize = 200;
/// Walks of an erasure over the messages: each takes up what was accepted during the one before.
pub(crate) const PASSES_MAX: usize = 8;

/// Adds a note to what is known of a person, and to their history where something was said.
pub(crate) fn note_person(
    tx: &mut Tx<'_>,
    account: AccountId,
    recipient: RecipientKey,
    note: &PersonNote,
) -> Result<()> {
    if let PersonNote::Said { entry, .. } = note {
        tx.rows.put_consent(account, recipient, entry)?;
        tx.rows.trim_consents(account, recipient, HISTORY_ROWS_MAX)?;
    }
    change_person(tx, account, recipient, |person| person.note(note))
}

/// A note as the person, or their upstream, told it. `answered`: the message they spoke of; an opt-out that is new counts
/// for it, or for the last marketing message they got under any of their names.
pub(crate) fn told(
    tx: &mut Tx<'_>,
    (account, recipient): (AccountId, RecipientKey),
    answered: Option<&Message>,
    note: &PersonNote,
) -> Result<()> {
    let person = tx.rows.person(account, recipient)?;
    let had_stopped = person.is_some_and(|person| person.consent.opted_out.is_some());
    note_person(tx, account, recipient, note)?;
    let PersonNote::Said { entry, .. } = note else { return Ok(()) };
    let mut names = vec![recipient];
    for (other, address) in others(tx.rows, account, recipient)? {
        let note = PersonNote::Said { entry: entry.clone(), address: Some(address) };
        note_person(tx, account, other, &note)?;
        names.push(other);
    }
    if entry.act != Act::OptedOut || had_stopped {
        return Ok(());
    }
    tx.learn_opt_out((account, &names), answered, entry.at)?;
    tx.blame((account, &names), answered.and_then(|message| message.template), entry.at)
}

/// Writes what changes something; says of each whether it did.
pub(crate) fn write(
    tx: &mut Tx<'_>,
    account: AccountId,
    writes: &[PersonWrite],
    audit: &Audit,
) -> Result<Vec<bool>> {
    let mut changed = Vec::with_capacity(writes.len());
    for write in writes {
        let is_new = changes(tx.rows, account, write)?;
        changed.push(is_new);
        if is_new {
            apply(tx, account, write)?;
            for (recipient, address) in others(tx.rows, account, write.recipient)? {
                let same = PersonWrite { recipient, address: Some(address), ..write.clone() };
                apply(tx, account, &same)?;
            }
        }
    }
    let id = tx.live.counters.next(Counter::LastAudit);
    tx.rows.put_audit(id, audit)?;
    Ok(changed)
}

/// Whether each would change something.
pub(crate) fn preview(rows: &dyn Rows, account: AccountId, writes: &[PersonWrite]) -> Result<Vec<bool>> {
    writes.iter().map(|write| changes(rows, account, write)).collect()
}

fn changes(rows: &dyn Rows, account: AccountId, write: &PersonWrite) -> Result<bool> {
    let person = rows.person(account, write.recipient)?.unwrap_or_default();
    let says = write.entry.as_ref().is_some_and(|entry| !write.once || person.consent.is_changed_by(entry));
    let moves = write.time_zone.as_ref().is_some_and(|zone| *zone != person.time_zone);
    Ok(says || moves)
}

fn apply(tx: &mut Tx<'_>, account: AccountId, write: &PersonWrite) -> Result<()> {
    let mut person = tx.rows.person(account, write.recipient)?.unwrap_or_default();
    let entry = write.entry.as_ref().filter(|entry| !write.once || person.consent.is_changed_by(entry));
    if let Some(entry) = entry {
        person.consent = person.consent.after(entry);
        tx.rows.put_consent(account, write.recipient, entry)?;
        tx.rows.trim_consents(account, write.recipient, HISTORY_ROWS_MAX)?;
    }
    if let Some(zone) = &write.time_zone {
        person.time_zone.clone_from(zone);
    }
    person.know(write.address.as_deref());
    let says_something = Person { address: None, ..person.clone() } != Person::default();
    person.address = person.address.filter(|_| says_something);
    tx.rows.put_person(account, write.recipient, &person)
}

/// A person with their history.
pub(crate) fn view(rows: &dyn Rows, account: AccountId, recipient: RecipientKey) -> Result<PersonView> {
    let person = rows.person(account, recipient)?.unwrap_or_default();
    Ok(PersonView { recipient, person, history: rows.consents(account, recipient)? })
}

/// People who may not get everything, or whose time zone is known, in order of their key.
pub(crate) fn stopped(
    rows: &dyn Rows,
    account: AccountId,
    after: Option<RecipientKey>,
    limit: usize,
) -> Result<Vec<PersonView>> {
    let of = |(recipient, person)| {
        Ok(PersonView { recipient, person, history: rows.consents(account, recipient)? })
    };
    rows.stopped(account, after, limit)?.into_iter().map(of).collect()
}

/// Everything that is kept of one person, at most `limit` messages and as many webhooks and lines of the learning log.
pub(crate) fn file(
    rows: &dyn Rows,
    account: AccountId,
    recipient: RecipientKey,
    address: &str,
    limit: usize,
) -> Result<PersonFile> {
    let rows_found = rows.find_messages(&find(account, recipient, None, limit + 1))?;
    let notices = rows.notices_with(account, &quoted(address), NoticeId(i64::MIN), limit + 1)?;
    let mut learnt = learning::of_person(rows, (account, recipient), 0, limit + 1)?;
    let is_complete = rows_found.len() <= limit && notices.len() <= limit && learnt.len() <= limit;
    learnt.truncate(limit);
    let mut messages = Vec::with_capacity(rows_found.len().min(limit));
    for message in rows_found.into_iter().take(limit) {
        let id = message.id;
        let (body, events, attempts) = (rows.body(id)?, rows.events(id)?, rows.attempts(id)?);
        messages.push(MessageView { message, body, events, attempts });
    }
    let waiting = notices.into_iter().take(limit).map(|(_, notice)| (notice.field, notice.value)).collect();
    Ok(PersonFile { view: view(rows, account, recipient)?, messages, waiting, learnt, is_complete })
}

fn find(account: AccountId, recipient: RecipientKey, before: Option<MessageId>, limit: usize) -> Find {
    Find {
        account: Some(account),
        channel: None,
        recipient: Some(recipient),
        states: Vec::new(),
        before,
        limit,
        scan_rows_max: usize::MAX,
    }
}

/// As it stands in JSON text, whole.
fn quoted(address: &str) -> String {
    format!("\"{address}\"")
}

/// The next page of the person's messages that still say something of them, and where the one after begins.
pub(crate) fn traces(
    rows: &dyn Rows,
    account: AccountId,
    recipient: RecipientKey,
    before: Option<MessageId>,
) -> Result<(Vec<MessageId>, Option<MessageId>)> {
    let page = rows.find_messages(&find(account, recipient, before, PAGE_ROWS))?;
    let next = page.last().map(|message| message.id).filter(|_| page.len() == PAGE_ROWS);
    let mut left = Vec::new();
    for message in page {
        let says = |(_, event): &(u32, Event)| event.detail.as_deref().is_some_and(|detail| detail != ERASED);
        let is_left = rows.address(message.id)?.is_some()
            || message.decided.is_some()
            || !rows.attempts(message.id)?.is_empty()
            || rows.events(message.id)?.iter().any(says);
        left.extend(is_left.then_some(message.id));
    }
    Ok((left, next))
}

/// Takes from these messages everything but key, times and code; what may still be sent of them is ended.
pub(crate) fn strip(
    tx: &mut Tx<'_>,
    now: Timestamp,
    account: AccountId,
    ids: &[MessageId],
) -> Result<Erased> {
    let mut erased = Erased::default();
    for &id in ids {
        let Some(message) = tx.message(account, id)? else { continue };
        if message.state == State::Sending {
            erased.leaving += 1;
            continue;
        }
        tx.rows.strip_message(id, ERASED)?;
        erased.messages += 1;
        let bare = Message { decided: None, ..message.clone() };
        if let Some(change) = erase(&bare, now) {
            tx.live.claimed.remove(&id);
            tx.commit(now, &message, change, &mut Committed::default())?;
            erased.ended += 1;
        } else if bare != message {
            tx.rows.update_message(&message, &bare)?;
        }
    }
    Ok(erased)
}

/// At most `limit` waiting webhooks that tell of the person go; how many there were.
pub(crate) fn unsay(tx: &mut Tx<'_>, account: AccountId, address: &str, limit: usize) -> Result<usize> {
    let notices = tx.rows.notices_with(account, &quoted(address), NoticeId(i64::MIN), limit)?;
    for (id, _) in &notices {
        for row in tx.rows.outbox_of_notice(*id)? {
            tx.unqueue(&row)?;
        }
        // Nothing tells it any more.
        tx.rows.delete_notice(*id)?;
    }
    Ok(notices.len())
}

/// The last step: answers kept for repeated requests, parked statuses, and the person's row but for what they may not
/// get, which stays under their key; with its audit row. From then on the database's files hold nothing of them.
pub(crate) fn forget(
    tx: &mut Tx<'_>,
    now: Timestamp,
    (account, recipient): (AccountId, RecipientKey),
    (address, compact): (&str, bool),
    audit: &Audit,
) -> Result<()> {
    tx.rows.delete_idempotency_with(account, &quoted(address))?;
    for id in tx.rows.parked_of_recipient(account, recipient)? {
        super::evidence::unpark(tx, id)?;
    }
    change_person(tx, account, recipient, |person| {
        *person = Person { consent: person.consent, ..Person::default() };
    })?;
    tx.rows.forget_wordings(account, recipient)?;
    tx.rows.delete_aliases(account, recipient)?;
    tx.learn_forgotten(account, recipient, now)?;
    let id = tx.live.counters.next(Counter::LastAudit);
    tx.rows.put_audit(id, audit)?;
    tx.live.scrub = Some(compact);
    Ok(())
}
