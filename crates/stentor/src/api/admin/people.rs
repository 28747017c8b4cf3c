//! One person as a whole: everything that is kept of them as a document, its erasure, and their time zone. Numbers are in
//! bodies, never in paths; the audit names a person by their keyed hash.

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;
use serde::Serialize;
use serde_json::Value;
use stentor_core::id::{AccountId, RecipientKey};
use stentor_core::learning::{Deed, Line};
use stentor_core::registry::Block;
use stentor_core::time::Timestamp;
use stentor_core::wamid;
use stentor_store::{Erased, MessageView, PersonFile, PersonWrite, RegistryChange};
use utoipa::ToSchema;

use super::super::state::AppState;
use super::answer::{AdminError, Answer, at, ok};
use super::audit::audit;
use super::fields::{Fields, required};
use super::messages::wamid_of;
use super::scope::OfAccount;
use super::suppressions::{OnePerson, StandingShown, standing, whom};
use super::timeline::{Timeline, timeline};
use crate::consent_lines::{hash, parse_zone};
use crate::registry::{Plan, Snapshot};

/// Messages, and as many waiting webhooks, that one document has.
const FILE_ROWS_MAX: usize = 10_000;
/// Characters of a time zone's name.
const ZONE_CHARS_MAX: usize = 64;

/// Everything that is kept of one person.
#[derive(Serialize, ToSchema)]
struct PersonDocument {
    /// RFC 3339.
    #[schema(required = true)]
    exported_at: Option<String>,
    account_id: String,
    standing: StandingShown,
    /// What else they are called, as an upstream told it: their number, or their user ids. What follows is of all names.
    also_known_as: Vec<String>,
    /// Business numbers that block them.
    blocked_by: Vec<String>,
    /// Newest first.
    messages: Vec<FiledMessage>,
    /// What they wrote and did that is still to be told by webhook; once told, it is kept no longer.
    waiting_webhooks: Vec<WaitingWebhook>,
    /// What may be learnt from: of messages whose activity is shared, oldest first.
    learning: Vec<FiledLine>,
    /// False: there are more than ten thousand messages, webhooks or lines.
    is_complete: bool,
}

/// One message to them.
#[derive(Serialize, ToSchema)]
struct FiledMessage {
    timeline: Timeline,
    /// `to` or `recipient` as it was sent; null: it has gone with age.
    #[schema(required = true)]
    input: Option<String>,
    /// The request as it came; null: it has gone with age.
    #[schema(required = true)]
    request: Option<Value>,
    /// `biz_opaque_callback_data`.
    #[schema(required = true)]
    callback_data: Option<String>,
}

/// A line of the learning log.
#[derive(Serialize, ToSchema)]
struct FiledLine {
    /// RFC 3339.
    #[schema(required = true)]
    at: Option<String>,
    /// `sent`, `delivered`, `read`, `click`, `reply`, `opt_out` or `conversion`.
    #[schema(example = "read")]
    deed: &'static str,
    /// The id of the message in our own log.
    message_id: String,
    template_id: String,
    /// Of a conversion.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    name: Option<String>,
}

/// A webhook that waits to be delivered.
#[derive(Serialize, ToSchema)]
struct WaitingWebhook {
    #[schema(example = "messages")]
    field: String,
    /// As it will be told.
    value: Value,
}

/// Whom to erase.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a schema; never made")]
struct Erasure {
    /// A number in any usual spelling, or a user id.
    #[schema(example = "+49 151 12345678")]
    number: String,
    /// Also write the database anew, which takes a while and stops everything meanwhile: see the documentation.
    compact: Option<bool>,
}

/// What an erasure did.
#[derive(Serialize, ToSchema)]
#[schema(as = Erased)]
struct ErasedShown {
    /// The keyed hash under which what they may not get stays.
    hash: String,
    /// Messages of which key, times and code stay.
    messages: u64,
    /// Of these, those that had not left, or of which nobody knew: dropped or failed.
    ended: u64,
    /// Webhooks about them that had not been delivered.
    webhooks: u64,
    /// Lines of the learning log: what was learnt from them is learnt anew without.
    learning_lines: u64,
}

/// What changes of a person.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a schema; never made")]
struct PersonChange {
    /// A number in any usual spelling, or a user id.
    #[schema(example = "+49 151 12345678")]
    number: String,
    /// An IANA name, or `none` to forget it.
    #[schema(example = "Europe/Berlin")]
    time_zone: String,
}

/// `POST …/people/export` `{"number"}`.
#[utoipa::path(
    post, path = "/people/export", tag = "People", summary = "Everything that is kept of a person",
    request_body(content = OnePerson, example = json!({"number": "+49 151 12345678"})),
    responses((status = 200, description = "The document", body = PersonDocument)),
)]
pub async fn export(State(state): State<Arc<AppState>>, of: OfAccount, mut fields: Fields) -> Answer {
    let (account, now) = (of.account.id, state.clock.now());
    let (address, recipient) = whom(&state, account, &mut fields)?;
    fields.end()?;
    let others = state.store.other_names(account, recipient).await?;
    let asked = address.canonical().to_owned();
    let mut file = state.store.person_file(account, recipient, asked, FILE_ROWS_MAX).await?;
    for (other, name) in &others {
        file.join(state.store.person_file(account, *other, name.clone(), FILE_ROWS_MAX).await?);
    }
    let row = audit(now, account, "person.export", hash(recipient));
    state.store.administer(now, row, Vec::new(), Vec::new()).await?;
    let PersonFile { view, messages, waiting, learnt, is_complete } = file;
    let keys = std::iter::once(recipient).chain(others.iter().map(|(other, _)| *other));
    let told = waiting.into_iter().map(|(field, value)| WaitingWebhook {
        field,
        value: serde_json::from_str(&value).unwrap_or_default(),
    });
    ok(&PersonDocument {
        exported_at: at(Some(now)),
        account_id: account.to_string(),
        standing: standing(&view, Some(address.canonical())),
        blocked_by: keys.flat_map(|key| of.snapshot.blocks_of(key)).map(|b| b.channel.to_string()).collect(),
        also_known_as: others.iter().map(|(_, name)| name.clone()).collect(),
        messages: messages.iter().map(|view| filed(&state, view, &of.snapshot)).collect(),
        waiting_webhooks: told.collect(),
        learning: learnt.iter().map(|learnt| filed_line(&learnt.line)).collect(),
        is_complete,
    })
}

fn filed_line(line: &Line) -> FiledLine {
    let name = match &line.deed {
        Deed::Conversion(conversion) => Some(conversion.name.clone()),
        _ => None,
    };
    FiledLine {
        at: at(Some(line.at)),
        deed: line.deed.word(),
        message_id: line.message.to_string(),
        template_id: line.template.to_string(),
        name,
    }
}

fn filed(state: &AppState, view: &MessageView, snapshot: &Snapshot) -> FiledMessage {
    let request = wamid::request_id(&state.wamid_key, view.message.id);
    let name = wamid_of(state, view).unwrap_or_else(|| view.message.id.to_string());
    let body = view.body.as_ref();
    let payload = |payload: &[u8]| match serde_json::from_slice(payload) {
        Ok(json) => json,
        Err(_) => Value::String(String::from_utf8_lossy(payload).into_owned()),
    };
    FiledMessage {
        timeline: timeline(view, (&name, &request), snapshot, None),
        input: body.map(|body| body.input.clone()),
        request: body.map(|body| payload(&body.payload)),
        callback_data: body.and_then(|body| body.opaque.clone()),
    }
}

/// `POST …/people/erase` `{"number", "compact"?}`.
#[utoipa::path(
    post, path = "/people/erase", tag = "People", summary = "Erase a person",
    description = "Bodies, addresses, callback data, upstream ids, details and waiting webhooks go; of each message key, times \
        and code stay, of the person what they may not get, under a keyed hash. What is still queued is dropped.",
    request_body(content = Erasure, example = json!({"number": "+49 151 12345678"})),
    responses(
        (status = 200, description = "They are erased", body = ErasedShown),
        (status = 409, description = "A message to them is leaving right now; everything else is erased."),
    ),
)]
pub async fn erase(State(state): State<Arc<AppState>>, of: OfAccount, mut fields: Fields) -> Answer {
    let account = of.account.id;
    let (address, recipient) = whom(&state, account, &mut fields)?;
    let compact = fields.flag("compact")?.unwrap_or(false);
    fields.end()?;
    let running = Arc::clone(&state);
    // To its end, although the client may have gone.
    let done = state
        .to_end(async move {
            let mut done = Erased::default();
            let mut names = running.store.other_names(account, recipient).await?;
            // The name that was given last: the others are found by it.
            names.push((recipient, address.canonical().to_owned()));
            for (key, name) in names {
                done.add(&erased(&running, account, name, key, compact).await?);
            }
            Ok::<_, AdminError>(done)
        })
        .await?;
    state.wake.deliveries();
    if done.leaving > 0 {
        let message = format!(
            "{} of their messages leave right now; everything else is erased: do it again in a minute",
            done.leaving
        );
        return Err(AdminError::new(StatusCode::CONFLICT, message));
    }
    let Erased { messages, ended, webhooks, lines, .. } = done;
    ok(&ErasedShown { hash: hash(recipient), messages, ended, webhooks, learning_lines: lines })
}

async fn erased(
    state: &Arc<AppState>,
    account: AccountId,
    address: String,
    recipient: RecipientKey,
    compact: bool,
) -> Result<Erased, AdminError> {
    if state.directory.snapshot().blocks_of(recipient).next().is_some() {
        // They stay blocked, without their address.
        state
            .administer(move |snapshot, now| {
                Ok::<_, AdminError>((bare(snapshot, account, recipient, now), ()))
            })
            .await?;
    }
    let now = state.clock.now();
    let row = move |erased: &Erased| {
        let Erased { messages, ended, webhooks, lines, leaving } = *erased;
        let detail = format!(
            "{} messages={messages} ended={ended} webhooks={webhooks} lines={lines} leaving={leaving}",
            hash(recipient)
        );
        audit(now, account, "person.erase", detail)
    };
    let who = (account, recipient);
    Ok(state.store.erase_person(now, who, address, compact, row).await?)
}

fn bare(snapshot: &Snapshot, account: AccountId, recipient: RecipientKey, now: Timestamp) -> Plan {
    let bare = |block: &Block| RegistryChange::PutBlock(Block { address: String::new(), ..block.clone() });
    let changes = snapshot.blocks_of(recipient).map(bare).collect();
    Plan { audit: audit(now, account, "block.erase", hash(recipient)), changes, notices: Vec::new() }
}

/// `POST …/people/set` `{"number", "time_zone"}`.
#[utoipa::path(
    post, path = "/people/set", tag = "People", summary = "Note which time zone a person is in",
    request_body(content = PersonChange, example = json!({"number": "+49 151 12345678", "time_zone": "Europe/Berlin"})),
    responses((status = 200, description = "How the person stands", body = StandingShown)),
)]
pub async fn set(State(state): State<Arc<AppState>>, of: OfAccount, mut fields: Fields) -> Answer {
    let (account, now) = (of.account.id, state.clock.now());
    let (address, recipient) = whom(&state, account, &mut fields)?;
    let zone = required("time_zone", fields.text("time_zone", ZONE_CHARS_MAX)?)?;
    let zone = parse_zone(&zone)
        .map_err(|problem| AdminError::field("time_zone", problem.trim_start_matches("time_zone: ")))?;
    fields.end()?;
    let detail = format!("{} time_zone={}", hash(recipient), zone.as_deref().unwrap_or("none"));
    let number = address.canonical().to_owned();
    let write =
        PersonWrite { recipient, address: Some(number), entry: None, once: true, time_zone: Some(zone) };
    state.store.write_people(now, account, vec![write], audit(now, account, "person.set", detail)).await?;
    ok(&standing(&state.store.person_view(account, recipient).await?, Some(address.canonical())))
}
