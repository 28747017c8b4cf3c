//! Who may not be written to: noted and looked up one by one; many at once in `import` and `export`. Numbers are in bodies,
//! never in paths, so that no log of requests has them.

pub(super) mod export;
pub(super) mod import;

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;
use stentor_core::consent::{Act, Entry, Source};
use stentor_core::id::{AccountId, RecipientKey};
use stentor_core::quiet_hours::place;
use stentor_core::recipient::{self, Address};
use stentor_store::{PersonView, PersonWrite};
use utoipa::ToSchema;

use super::super::state::AppState;
use super::answer::{AdminError, Answer, at, ok};
use super::audit::{ACTOR, audit};
use super::fields::{Fields, required};
use super::scope::OfAccount;
use crate::consent_lines::hash;

/// Characters of a number in any spelling, and of a user id.
const NUMBER_CHARS_MAX: usize = 150;
/// Characters of a note.
const NOTE_CHARS_MAX: usize = stentor_core::consent::WORDING_CHARS_MAX;

/// How a person stands.
#[derive(Serialize, ToSchema)]
#[schema(as = PersonStanding)]
pub(super) struct StandingShown {
    /// Null: their address is not known, or erased.
    #[schema(required = true, example = "4915112345678")]
    number: Option<String>,
    /// The keyed hash under which they are filed.
    #[schema(example = "9f86d081884c7d65")]
    hash: String,
    /// Whether marketing may be sent to them.
    marketing: bool,
    /// Whether anything may.
    anything: bool,
    /// RFC 3339; null: they have not.
    #[schema(required = true)]
    opted_out_at: Option<String>,
    /// How that is known.
    #[schema(required = true, example = "user_preferences")]
    opt_out_source: Option<&'static str>,
    /// RFC 3339: since when the operator suppresses them.
    #[schema(required = true)]
    suppressed_at: Option<String>,
    /// RFC 3339: no marketing before, because WhatsApp held one back (131049).
    #[schema(required = true)]
    marketing_after: Option<String>,
    /// RFC 3339: until then they may be written to freely.
    #[schema(required = true)]
    window_until: Option<String>,
    /// The IANA time zone they are known to be in.
    #[schema(required = true, example = "Europe/Berlin")]
    time_zone: Option<String>,
    /// The zones that count for quiet hours.
    #[schema(example = json!(["Europe/Berlin"]))]
    zones: Vec<String>,
    /// How these are known.
    #[schema(example = "by its country DE")]
    zones_known: String,
    /// What was said, oldest first.
    history: Vec<EntryShown>,
}

/// One line of a person's history.
#[derive(Serialize, ToSchema)]
#[schema(as = ConsentEntry)]
pub(super) struct EntryShown {
    #[schema(required = true)]
    at: Option<String>,
    /// `opted_out`, `opted_in`, `suppressed` or `lifted`.
    #[schema(example = "opted_out")]
    act: &'static str,
    /// `user_preferences`, `131050`, `stop_word`, `opt_out_payload`, `start_word`, `api`, `cli` or `import`.
    #[schema(example = "stop_word")]
    source: &'static str,
    /// The person's own words, or the operator's note.
    #[schema(required = true, example = "Stop!")]
    wording: Option<String>,
    /// Who noted it, as in the audit.
    #[schema(example = "network")]
    actor: String,
}

/// What a note changed.
#[derive(Serialize, ToSchema)]
struct Noted {
    /// False: it was so already.
    changed: bool,
    standing: StandingShown,
}

/// Something said about one person.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a schema; never made")]
struct SuppressionNote {
    /// A number in any usual spelling, or a user id.
    #[schema(example = "+49 151 12345678")]
    number: String,
    /// `suppressed` (when absent: nothing at all), `lifted`, `opted_out` (of marketing) or `opted_in`.
    act: Option<String>,
    /// Why, at most 500 characters.
    #[schema(example = "asked by phone")]
    note: Option<String>,
    /// `api` when absent, or `cli`.
    source: Option<String>,
}

/// One person.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a schema; never made")]
pub(super) struct OnePerson {
    /// A number in any usual spelling, or a user id.
    #[schema(example = "+49 151 12345678")]
    number: String,
}

/// The person that the field `number` names.
///
/// # Errors
/// 400: it is missing, or cannot be one.
pub(super) fn whom(
    state: &AppState,
    account: AccountId,
    fields: &mut Fields,
) -> Result<(Address, RecipientKey), AdminError> {
    let number = required("number", fields.text("number", NUMBER_CHARS_MAX)?)?;
    let parsed = recipient::parse_user(&number).or_else(|_| recipient::parse(&number));
    let address = parsed.map_err(|error| AdminError::field("number", error))?;
    let key = address.key(&state.recipient_key, account);
    Ok((address, key))
}

/// A person in the words of the API; `number`: as it was asked for, where the row does not know it.
pub(super) fn standing(view: &PersonView, number: Option<&str>) -> StandingShown {
    let person = &view.person;
    let number = person.address.as_deref().or(number);
    let place = place(number.unwrap_or_default(), person.time_zone.as_deref());
    let zones = place.zones.iter().filter_map(|zone| zone.iana_name()).map(str::to_owned);
    StandingShown {
        number: number.map(str::to_owned),
        hash: hash(view.recipient),
        marketing: person.consent.allows_marketing(),
        anything: person.consent.allows_anything(),
        opted_out_at: at(person.consent.opted_out.map(|(since, _)| since)),
        opt_out_source: person.consent.opted_out.map(|(_, source)| source.as_str()),
        suppressed_at: at(person.consent.suppressed_at),
        marketing_after: at(person.marketing_after),
        window_until: at(person.window_until),
        time_zone: person.time_zone.clone(),
        zones: zones.collect(),
        zones_known: place.why,
        history: view.history.iter().map(entry).collect(),
    }
}

fn entry(entry: &Entry) -> EntryShown {
    EntryShown {
        at: at(Some(entry.at)),
        act: entry.act.as_str(),
        source: entry.source.as_str(),
        wording: entry.wording.clone(),
        actor: entry.actor.clone(),
    }
}

/// `POST …/suppressions` `{"number", "act"?, "note"?, "source"?}`.
#[utoipa::path(
    post, path = "/suppressions", tag = "People", summary = "Suppress a person, or lift it; note an opt-out or opt-in",
    description = "What is queued is looked at again before it leaves: it is dropped then.",
    request_body(content = SuppressionNote, example = json!({"number": "+49 151 12345678", "note": "asked by phone"})),
    responses((status = 200, description = "How the person stands now", body = Noted)),
)]
pub async fn note(State(state): State<Arc<AppState>>, of: OfAccount, mut fields: Fields) -> Answer {
    let (account, now) = (of.account.id, state.clock.now());
    let (address, recipient) = whom(&state, account, &mut fields)?;
    let acts: Vec<_> = Act::ALL.iter().map(|act| act.as_str()).collect();
    let act = fields.word("act", Act::parse, &acts)?.unwrap_or(Act::Suppressed);
    let note = fields.text("note", NOTE_CHARS_MAX)?;
    let by_hand = |word: &str| Source::parse(word).filter(|s| matches!(s, Source::Api | Source::Cli));
    let source = fields.word("source", by_hand, &["api", "cli"])?.unwrap_or(Source::Api);
    fields.end()?;
    let entry = Entry::new(now, act, source, note.as_deref(), ACTOR);
    let before = state.store.person(account, recipient).await?.consent;
    let write = PersonWrite {
        recipient,
        address: Some(address.canonical().to_owned()),
        entry: Some(entry),
        once: false,
        time_zone: None,
    };
    let audit = audit(now, account, "person.consent", format!("{} {}", hash(recipient), act.as_str()));
    state.store.write_people(now, account, vec![write], audit).await?;
    state.wake.queue();
    let view = state.store.person_view(account, recipient).await?;
    let after = view.person.consent;
    let changed = (before.allows_marketing(), before.allows_anything())
        != (after.allows_marketing(), after.allows_anything());
    ok(&Noted { changed, standing: standing(&view, Some(address.canonical())) })
}

/// `POST …/suppressions/check` `{"number"}`.
#[utoipa::path(
    post, path = "/suppressions/check", tag = "People", summary = "What may be sent to a person, and why",
    request_body(content = OnePerson, example = json!({"number": "+49 151 12345678"})),
    responses((status = 200, description = "How the person stands, with the history", body = StandingShown)),
)]
pub async fn check(State(state): State<Arc<AppState>>, of: OfAccount, mut fields: Fields) -> Answer {
    let (address, recipient) = whom(&state, of.account.id, &mut fields)?;
    fields.end()?;
    let view = state.store.person_view(of.account.id, recipient).await?;
    ok(&standing(&view, Some(address.canonical())))
}
