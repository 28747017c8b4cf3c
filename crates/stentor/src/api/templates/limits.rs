//! What an account's other templates forbid: names in use or locked, too many, too many at once, the same words again
//! (facts/meta 4.2). Asked by `write`, under the registry's lock.

use std::time::Duration;

use stentor_core::id::AccountId;
use stentor_core::registry::{Account, Template};
use stentor_core::template::{self, Refusal};
use stentor_core::time::Timestamp;

use crate::api::error::ApiError;
use crate::registry::Snapshot;

/// Templates of an account whose business is verified, every language counted.
pub const TEMPLATES_MAX: usize = 6_000;
/// Templates of an account whose business is not.
pub const UNVERIFIED_TEMPLATES_MAX: usize = 250;
/// Creations of an account within [`HOUR`].
const CREATIONS_MAX: usize = 100;
const HOUR: Duration = Duration::from_hours(1);
/// Edits of an approved template in 30 days.
const EDITS_MAX: usize = 10;
/// How long edits are remembered.
pub const EDITS_WINDOW: Duration = Duration::from_hours(30 * 24);
/// Between two edits of an approved template.
const EDIT_PAUSE: Duration = Duration::from_hours(24);

const IN_USE: u32 = 2_388_024;
const BEING_DELETED: u32 = 2_388_023;
const TOO_MANY: u32 = 2_388_019;

/// Code 100 with a subcode, a field and a sentence.
pub fn refuse(field: &str, subcode: Option<u32>, message: impl Into<String>) -> ApiError {
    Refusal { field: field.to_owned(), subcode, message: message.into() }.into()
}

/// How many templates the account may have.
pub const fn templates_max(account: &Account) -> usize {
    if account.business_verified { TEMPLATES_MAX } else { UNVERIFIED_TEMPLATES_MAX }
}

/// Whether the account may have this template beside its others. An operator is held neither to the number of creations
/// an hour nor to new words: fixtures are made by the dozen.
///
/// # Errors
/// The first rule that is broken; 80008 for too many creations.
pub fn check_new(
    snapshot: &Snapshot,
    account: &Account,
    definition: &template::Definition,
    (actor, now): (&str, Timestamp),
) -> Result<(), ApiError> {
    let template::Definition { name, language, .. } = definition;
    if snapshot.template(account.id, name, language).is_some() {
        let message = "the name and language you have provided is already in use. Please choose a different name for \
            your template.";
        return Err(refuse("name", Some(IN_USE), message));
    }
    if snapshot.is_locked(account.id, name, language, now) {
        let message =
            "a template of this name and language was deleted less than 30 days ago; its name is locked";
        return Err(refuse("name", Some(BEING_DELETED), message));
    }
    let max = templates_max(account);
    if snapshot.templates(account.id).count() >= max {
        let message = format!("the account has {max} templates, every language counted; delete one first");
        return Err(refuse("name", Some(TOO_MANY), message));
    }
    if !is_customer(actor) {
        return Ok(());
    }
    check_pace(snapshot, account.id, now)?;
    check_words(snapshot, account.id, None, definition)
}

/// Whether an actor is a key, not an operator or the network.
pub fn is_customer(actor: &str) -> bool {
    actor.starts_with("key:")
}

fn check_pace(snapshot: &Snapshot, account: AccountId, now: Timestamp) -> Result<(), ApiError> {
    let mut recent: Vec<Timestamp> = snapshot
        .ever_templates(account)
        .filter(|r| is_customer(&r.template.created_by) && now.since(r.template.created_at) < HOUR)
        .map(|r| r.template.created_at)
        .collect();
    if recent.len() < CREATIONS_MAX {
        return Ok(());
    }
    recent.sort_unstable();
    let details =
        format!("{CREATIONS_MAX} templates were created within the hour; no more are taken for now");
    // When the oldest of the last hundred is an hour old.
    let frees_at = recent[recent.len() - CREATIONS_MAX] + HOUR;
    Err(ApiError::new(80_008, details).retry_after(frees_at.since(now).as_secs().max(1)))
}

/// Whether no other template says the same. The network has no subcode of its own for it that is known.
///
/// # Errors
/// 100, naming the other template.
pub fn check_words(
    snapshot: &Snapshot,
    account: AccountId,
    own: Option<&Template>,
    definition: &template::Definition,
) -> Result<(), ApiError> {
    let is_other = |other: &Template| own.is_none_or(|own| own.id != other.id);
    let mut others = snapshot.templates(account).filter(|r| is_other(&r.template));
    match others.find(|r| template::repeats(&r.definition, definition)) {
        None => Ok(()),
        Some(same) => {
            let message = format!(
                "has the same body and footer as the template `{}`: say something new",
                same.template.name
            );
            Err(refuse("body.text", None, message))
        }
    }
}

/// The edits that still count, when one more is allowed.
///
/// # Errors
/// 100 for an approved template that was edited today, or ten times in 30 days.
pub fn check_edits(template: &Template, now: Timestamp) -> Result<Vec<Timestamp>, ApiError> {
    let recent: Vec<Timestamp> =
        template.edited_at.iter().copied().filter(|at| now.since(*at) < EDITS_WINDOW).collect();
    let approved = template.status == template::TemplateStatus::Approved;
    if approved && recent.iter().any(|at| now.since(*at) < EDIT_PAUSE) {
        return Err(refuse("id", None, "an approved template can be edited once in 24 hours"));
    }
    if approved && recent.len() >= EDITS_MAX {
        return Err(refuse("id", None, "an approved template can be edited 10 times in 30 days"));
    }
    Ok(recent)
}
