//! Statuses: matched to a message by id, by mark or by being the only one in doubt; applied or parked. What they say of
//! the person is booked with them.

use std::time::Duration;

use stentor_core::consent::{Act, Entry, Source};
use stentor_core::id::{AccountId, ChannelId, RecipientKey};
use stentor_core::media::link_hosts;
use stentor_core::message::{Message, Status, StatusKind, UpstreamStatus, apply_status};
use stentor_core::registry::{Channel, Echo};
use stentor_core::time::Timestamp;
use stentor_core::undeliverable::{UNDELIVERABLE, Undeliverable};

use super::evidence::{may_be_of, meet_parked, name_attempt, unpark};
use super::people::note_person;
use crate::rows::{Counter, Parked, Result};
use crate::tx::Tx;
use crate::{Audit, Committed, Person, PersonNote, RegistryChange, StatusResult};

/// Statuses kept for messages not known yet; the oldest give way.
const PARKED_ROWS_MAX: i64 = 100_000;
/// The media behind a link could not be fetched.
pub(crate) const UNFETCHED: u32 = 131_053;
/// The person stopped the business's marketing (facts/meta 9).
const OPTED_OUT: u32 = 131_050;
/// The person has had enough marketing for now; at least this long nothing more arrives.
const SATURATED: u32 = 131_049;
const SATURATED_FOR: Duration = Duration::from_hours(24);
/// Who noted what a status says.
const NETWORK: &str = "network";

pub(crate) fn record_statuses(
    tx: &mut Tx<'_>,
    now: Timestamp,
    account: AccountId,
    statuses: &[UpstreamStatus],
) -> Result<(Vec<StatusResult>, Committed)> {
    let mut committed = Committed::default();
    let mut results = Vec::with_capacity(statuses.len());
    for status in statuses {
        let found = find(tx, now, account, status, &mut committed)?;
        if found.as_ref().is_some_and(|m| status.mark.is_some_and(|(marked, _)| marked == m.id)) {
            learn_echo(tx, now, status.channel, &mut committed)?;
        }
        results.push(match &found {
            Some(message) if apply(tx, now, message, status, &mut committed)? => {
                StatusResult::Applied(message.id)
            }
            Some(message) => StatusResult::Nothing(message.id),
            None => {
                park(tx, now, account, status)?;
                StatusResult::Parked
            }
        });
        // Earlier ones under the same id were parked while more than one was in doubt.
        if let Some(message) = found.filter(|_| status.mark.is_none()) {
            meet_parked(tx, now, &message, &status.upstream_id, &mut committed)?;
        }
    }
    Ok((results, committed))
}

/// Whose status it is: by our own id, by the upstream's, by our mark, or because only one send to that person is in doubt.
fn find(
    tx: &mut Tx<'_>,
    now: Timestamp,
    account: AccountId,
    status: &UpstreamStatus,
    committed: &mut Committed,
) -> Result<Option<Message>> {
    let ours = |m: &Message| m.channel == status.channel;
    if let Some(id) = status.message
        && let Some(message) = tx.message(account, id)?.filter(ours)
    {
        return Ok(Some(message));
    }
    for id in tx.rows.messages_of_upstream(&status.upstream_id)? {
        if let Some(message) = tx.message(account, id)?.filter(ours) {
            return Ok(Some(message));
        }
    }
    if let Some((id, attempt)) = status.mark
        && let Some(message) = tx.message(account, id)?.filter(ours)
        && let Some(message) = with_attempt(tx, message, attempt)?
    {
        return name_attempt(tx, now, message, attempt, &status.upstream_id, committed).map(Some);
    }
    let Some(person) = status.recipient.filter(|_| status.mark.is_none()) else { return Ok(None) };
    let Some(id) = tx.only_doubt(status.channel, person)? else { return Ok(None) };
    let Some(message) = tx.message(account, id)?.filter(|m| may_be_of(status, m)) else { return Ok(None) };
    let attempt = message.attempts;
    name_attempt(tx, now, message, attempt, &status.upstream_id, committed).map(Some)
}

/// The message, if it has this attempt: committed here, or after the backup that was restored.
fn with_attempt(tx: &mut Tx<'_>, message: Message, attempt: u32) -> Result<Option<Message>> {
    if (1..=message.attempts).contains(&attempt) {
        return Ok(Some(message));
    }
    let lost = tx.restored_to().filter(|to| attempt > 0 && message.id.accepted_at() <= *to);
    let Some(since) = lost else { return Ok(None) };
    let with = message.clone().with_attempt(attempt, since);
    tx.rows.update_message(&message, &with)?;
    Ok(Some(with))
}

/// Applies a status to the message it is known to be of; whether it told anything new.
pub(crate) fn apply(
    tx: &mut Tx<'_>,
    now: Timestamp,
    message: &Message,
    status: &UpstreamStatus,
    committed: &mut Committed,
) -> Result<bool> {
    if let Some(began) = message.sending_at {
        tx.live.heard(message.channel, began, now);
    }
    let told = with_hosts(tx, message, &status.status)?;
    let Some(change) = apply_status(message, &told, now) else { return Ok(false) };
    tx.commit(now, message, change, committed)?;
    match status.status.kind {
        StatusKind::Failed { code, .. } => learn(tx, now, message, code, status.status.at)?,
        StatusKind::Delivered | StatusKind::Read | StatusKind::Played => reached(tx, message)?,
        StatusKind::Sent => {}
    }
    Ok(true)
}

/// A failed fetch of media says from which host, whatever the upstream told.
fn with_hosts(tx: &Tx<'_>, message: &Message, status: &Status) -> Result<Status> {
    let kind = match &status.kind {
        StatusKind::Failed { code: UNFETCHED, detail } => {
            StatusKind::Failed { code: UNFETCHED, detail: naming_hosts(tx, message, detail)? }
        }
        kind => kind.clone(),
    };
    Ok(Status { kind, at: status.at })
}

/// The details with the hosts of the message's links, where they name none of them.
pub(crate) fn naming_hosts(tx: &Tx<'_>, message: &Message, detail: &str) -> Result<String> {
    let hosts = tx.rows.body(message.id)?.map(|body| link_hosts(&body.payload)).unwrap_or_default();
    if hosts.is_empty() || hosts.iter().any(|host| detail.contains(host)) {
        return Ok(detail.to_owned());
    }
    Ok(format!("{detail} (media link on {})", hosts.join(", ")).trim_start().to_owned())
}

/// Our mark came back: the channel's upstream echoes it, and silence can be evidence there.
fn learn_echo(tx: &mut Tx<'_>, now: Timestamp, id: ChannelId, committed: &mut Committed) -> Result<()> {
    let Some(channel) = tx.directory.channel(id).filter(|c| c.echo == Echo::Unproven) else { return Ok(()) };
    let account = channel.account;
    let change = RegistryChange::PutChannel(Channel { echo: Echo::Yes, ..channel.clone() });
    tx.rows.put_registry(&change)?;
    tx.directory.apply(change);
    committed.echoes.push(id);
    let (actor, action) = ("system".to_owned(), "channel.echo".to_owned());
    let detail = format!("channel {id}: a status brought our mark back");
    let no = tx.live.counters.next(Counter::LastAudit);
    tx.rows.put_audit(no, &Audit { at: now, actor, account, action, detail })
}

/// What a failure says of the person, whether the upstream's answer or a status tells it.
pub(crate) fn learn(
    tx: &mut Tx<'_>,
    now: Timestamp,
    message: &Message,
    code: u32,
    at: Timestamp,
) -> Result<()> {
    if !matches!(code, OPTED_OUT | SATURATED | UNDELIVERABLE) {
        return Ok(());
    }
    let (account, recipient) = (message.account, message.recipient);
    if code == OPTED_OUT {
        if tx.rows.person(account, recipient)?.is_some_and(|person| person.consent.opted_out.is_some()) {
            return Ok(());
        }
        let entry = Entry::new(at, Act::OptedOut, Source::Refused, None, NETWORK);
        let address = tx.rows.address(message.id)?.map(|(address, _)| address);
        return note_person(tx, account, recipient, &PersonNote::Said { entry, address });
    }
    let began = message.sending_at.unwrap_or(now);
    change_person(tx, account, recipient, |person| match code {
        SATURATED => person.marketing_after = person.marketing_after.max(Some(now + SATURATED_FOR)),
        _ => person.undeliverable = Some(Undeliverable::after(person.undeliverable, now, began)),
    })
}

/// The message is on the person's phone: the number can be reached.
fn reached(tx: &mut Tx<'_>, message: &Message) -> Result<()> {
    let (account, recipient) = (message.account, message.recipient);
    let doubted = tx.live.counters.get(Counter::Undeliverable, account.0) > 0;
    if !doubted || tx.rows.person(account, recipient)?.is_none_or(|person| person.undeliverable.is_none()) {
        return Ok(());
    }
    change_person(tx, account, recipient, |person| person.undeliverable = None)
}

/// Changes what is known of a person; those who cannot be reached are counted, so that the others are not looked up.
pub(super) fn change_person(
    tx: &mut Tx<'_>,
    account: AccountId,
    recipient: RecipientKey,
    change: impl FnOnce(&mut Person),
) -> Result<()> {
    let mut person = tx.rows.person(account, recipient)?.unwrap_or_default();
    let was = i64::from(person.undeliverable.is_some());
    change(&mut person);
    let is = i64::from(person.undeliverable.is_some());
    if is != was {
        tx.live.counters.add(Counter::Undeliverable, account.0, is - was);
    }
    tx.rows.put_person(account, recipient, &person)
}

fn park(tx: &mut Tx<'_>, now: Timestamp, account: AccountId, status: &UpstreamStatus) -> Result<()> {
    if tx.live.counters.get(Counter::Parked, 0) >= PARKED_ROWS_MAX
        && let Some((oldest, _)) = tx.rows.oldest_parked()?
    {
        unpark(tx, oldest)?;
    }
    let id = tx.live.counters.next(Counter::LastParked);
    tx.live.counters.add(Counter::Parked, 0, 1);
    tx.rows.park(&Parked { id, account, at: now, status: status.clone() })
}
