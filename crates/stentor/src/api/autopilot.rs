//! The autopilot: templates that harm their number are held here before the platform stops them. Judges by counts that the
//! store keeps (`stentor_core::template::autopilot` decides), holds where the account says `act`, says so where it says
//! `watch`; spreads the first messages of what is new. Driven by `app`; a hold is ended by a person alone.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use stentor_core::id::{AccountId, TemplateId};
use stentor_core::message::WaitReason;
use stentor_core::registry::{Autopilot as Mode, Character, Template};
use stentor_core::template::{
    Category, Fault, Hold, Reception, Refusal, Rules, TemplateStatus, fault_of, slot, spread_since,
};
use stentor_core::time::Timestamp;

use super::error::ApiError;
use super::moves::change;
use super::state::AppState;
use crate::registry::Snapshot;

/// What the autopilot remembers between two rounds; a restart loses nothing but where a spread stood.
#[derive(Debug, Default)]
pub struct Autopilot(Mutex<Memory>);

#[derive(Debug, Default)]
struct Memory {
    /// Templates that would be held, or are, by the last round.
    doubts: HashMap<TemplateId, (Fault, String)>,
    /// Messages of a template ever handed to the upstream, by the last round.
    ever: HashMap<TemplateId, u64>,
    spreads: HashMap<TemplateId, Spread>,
}

/// A template's first messages, since it was new.
#[derive(Debug)]
struct Spread {
    since: Timestamp,
    /// `None`: it is known well enough, and nothing is spread.
    first_at: Option<Timestamp>,
    passed: u32,
}

impl Autopilot {
    fn memory(&self) -> std::sync::MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why a template would be held, where it is only watched.
    pub fn doubt(&self, template: TemplateId) -> Option<(Fault, String)> {
        self.memory().doubts.get(&template).cloned()
    }
}

/// What the autopilot does about an account's templates: as it says, else by its numbers.
pub fn mode(snapshot: &Snapshot, account: AccountId) -> Mode {
    let said = snapshot.account(account).and_then(|account| account.autopilot);
    said.unwrap_or_else(|| {
        let is_gateway = snapshot.channels_of(account).any(|c| c.character == Character::Gateway);
        if is_gateway { Mode::Watch } else { Mode::Off }
    })
}

/// Until when a message that is accepted now waits, for its template is new and its first messages are spread.
pub fn spread(state: &AppState, template: &Template, now: Timestamp) -> Option<(WaitReason, Timestamp)> {
    let rules = &state.limits.autopilot;
    let since = spread_since(template).filter(|_| !rules.spread.is_zero())?;
    if mode(&state.directory.snapshot(), template.account) != Mode::Act {
        return None;
    }
    let mut memory = state.autopilot.memory();
    if memory.spreads.get(&template.id).is_none_or(|spread| spread.since != since) {
        let ever = memory.ever.get(&template.id).copied().unwrap_or(0);
        let is_known = ever >= u64::from(rules.first_messages) && template.approved_at == Some(since);
        let spread = Spread { since, first_at: (!is_known).then_some(now), passed: 0 };
        memory.spreads.insert(template.id, spread);
    }
    let spread = memory.spreads.get_mut(&template.id)?;
    let at = slot(rules, spread.first_at?, spread.passed);
    spread.passed = spread.passed.saturating_add(1);
    (at > now).then_some((WaitReason::Slot, at))
}

/// Judges every template of the accounts that want it, holds what is sure, and remembers the rest.
///
/// # Errors
/// The store: try again later.
pub async fn round(state: &Arc<AppState>) -> Result<(), ApiError> {
    let (snapshot, now) = (state.directory.snapshot(), state.clock.now());
    let receptions = state.store.receptions().await?;
    let mut of_account: HashMap<AccountId, Reception> = HashMap::new();
    let mut doubts = HashMap::new();
    for (_, account, reception) in &receptions {
        let sum = of_account.entry(*account).or_default();
        *sum = sum.and(reception.at(now));
    }
    for (id, account, reception) in &receptions {
        let Some(registered) = snapshot.template_by_id(*account, *id) else { continue };
        let mode = mode(&snapshot, *account);
        if mode == Mode::Off || !is_judged(&registered.template) {
            continue;
        }
        let mine = reception.at(now);
        let others = of_account.get(account).copied().unwrap_or_default().without(mine);
        let quality = registered.template.health.quality;
        let Some((fault, detail)) = fault_of(&state.limits.autopilot, &mine, &others, quality) else {
            continue;
        };
        if mode == Mode::Act {
            hold(state, &registered.template, Hold { at: now, fault, detail: detail.clone() }).await?;
        } else if state.autopilot.doubt(*id).is_none() {
            tracing::warn!(template = %id, fault = fault.as_str(), detail, "the autopilot would hold a template");
        }
        doubts.insert(*id, (fault, detail));
    }
    let snapshot = state.directory.snapshot();
    let held = snapshot.all_templates().filter(|of| of.template.hold.is_some()).count();
    state.metrics.templates(held, doubts.values().map(|(fault, _)| *fault));
    let mut memory = state.autopilot.memory();
    memory.doubts = doubts;
    memory.ever = receptions.iter().map(|(id, _, reception)| (*id, reception.ever)).collect();
    Ok(())
}

/// A fixture stays as it is; what is stopped already, or held, has had its verdict.
fn is_judged(template: &Template) -> bool {
    template.category == Category::Marketing
        && template.status == TemplateStatus::Approved
        && template.hold.is_none()
        && template.deleted_at.is_none()
        && !template.pinned
}

async fn hold(state: &Arc<AppState>, template: &Template, hold: Hold) -> Result<(), ApiError> {
    tracing::warn!(template = %template.id, fault = hold.fault.as_str(), detail = hold.detail, "a template is held");
    let id = (template.account, template.id);
    let held = change(state, id, ("autopilot".to_owned(), "template.hold"), move |template, _| {
        is_judged(template).then(|| (Template { hold: Some(hold), ..template.clone() }, Vec::new()))
    });
    match held.await {
        // Deleted since it was looked up.
        Err(error) if error.http == http::StatusCode::NOT_FOUND => Ok(()),
        outcome => outcome,
    }
}

/// Ends a hold: what waits goes on, its first messages are spread again, and what it was held for is forgotten.
///
/// # Errors
/// 404; 100 when it is not held; the store.
pub async fn resume(
    state: &Arc<AppState>,
    (account, id): (AccountId, TemplateId),
    actor: String,
) -> Result<(), ApiError> {
    let snapshot = state.directory.snapshot();
    let registered = snapshot.template_by_id(account, id).filter(|of| of.template.hold.is_some());
    if registered.is_none() && snapshot.template_by_id(account, id).is_some() {
        let message =
            "is not held by the autopilot; a pause of the platform is ended with unpause".to_owned();
        return Err(Refusal { field: "template".to_owned(), subcode: None, message }.into());
    }
    change(state, (account, id), (actor, "template.resume"), |template, now| {
        let resumed = Template { hold: None, resumed_at: Some(now), ..template.clone() };
        template.hold.is_some().then_some((resumed, Vec::new()))
    })
    .await?;
    state.autopilot.memory().doubts.remove(&id);
    Ok(())
}

/// Why messages of a template wait, and what ends it; for people.
pub fn words(template: &Template, hold: &Hold) -> String {
    let Hold { at, fault, detail } = hold;
    let (name, fault) = (&template.name, fault.as_str());
    format!(
        "template {name} is held by us since {at} for {fault}: {detail}; `stentor template resume {name}`"
    )
}

/// The rules with the configuration's numbers.
impl From<&crate::config::Autopilot> for Rules {
    fn from(autopilot: &crate::config::Autopilot) -> Self {
        Self {
            first_messages: autopilot.first_messages,
            spread: std::time::Duration::from_mins(autopilot.first_spread_minutes),
            opt_outs_max: f64::from(autopilot.opt_outs_per_mille_max) / 1_000.0,
            failures_max: f64::from(autopilot.failures_percent_max) / 100.0,
            reads_min: f64::from(autopilot.reads_percent_of_account_min) / 100.0,
            confidence: f64::from(autopilot.confidence_percent) / 100.0,
            sample_min: f64::from(autopilot.sample_messages_min),
        }
    }
}
