//! How an account's marketing is ordered: as it is wished, as it goes now, and what the order brought.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use serde::Serialize;
use stentor_core::engagement::Goal;
use stentor_core::id::TemplateId;
use stentor_core::learning::Measure;
use stentor_core::lift::{Lift, Verdict};
use stentor_core::registry::{Document, DocumentKind};
use stentor_core::schedule::Mode;
use stentor_store::RegistryChange;
use utoipa::ToSchema;

use super::super::state::AppState;
use super::answer::{AdminError, Answer, ok};
use super::audit::audit;
use super::fields::Fields;
use super::scope::OfAccount;
use crate::registry::Plan;
use crate::registry::delivery::{Wishes, goal, word};

/// Lines of the log read at a time.
const READ_ROWS: usize = 5_000;
/// How far back a report looks where it is not said.
const DAYS: u32 = 28;
const DAYS_MAX: u32 = 180;
/// More people than there are: where nothing was read nothing says how many are needed.
const PEOPLE_MAX: u64 = 10_000_000_000;
const MODES: [&str; 3] = ["early", "balanced", "best_hour"];
const GOALS: [&str; 4] = ["read", "click", "reply", "conversion"];

/// How marketing is ordered.
#[derive(Serialize, ToSchema)]
#[schema(as = DeliveryOrder)]
struct Delivery {
    /// `early`, `balanced` or `best_hour`; null: `early` for queues that leave within half an hour, else `balanced`.
    #[schema(required = true, example = "balanced")]
    mode: Option<&'static str>,
    templates: Vec<TemplateWish>,
    /// Numbers on which more waits than may leave at once.
    competing: Vec<Competing>,
}

/// What is wished of one template.
#[derive(Serialize, ToSchema)]
struct TemplateWish {
    template_id: String,
    #[schema(required = true)]
    mode: Option<&'static str>,
    /// What its messages are for: `read`, `click`, `reply` or `conversion`.
    goal: &'static str,
}

/// A number on which messages compete.
#[derive(Serialize, ToSchema)]
struct Competing {
    phone_number_id: String,
    waiting: usize,
    /// Of these, those that cannot leave before their deadlines.
    expected_expiries: u64,
    drains_in_secs: u64,
    mode: &'static str,
}

/// What changes.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a schema; never made")]
struct DeliveryChange {
    /// Of the account; null: by the length of the queue.
    mode: Option<String>,
    /// The template that the two below are of.
    template: Option<String>,
    /// Null: as the account's.
    template_mode: Option<String>,
    /// Null: `read`.
    template_goal: Option<String>,
}

/// `GET …/delivery`.
#[utoipa::path(
    get, path = "/delivery", tag = "Delivery", summary = "How marketing is ordered",
    responses((status = 200, description = "As it is wished, and as it goes", body = Delivery)),
)]
pub async fn show(State(state): State<Arc<AppState>>, of: OfAccount) -> Answer {
    ok(&shown(&state, &of))
}

fn shown(state: &AppState, of: &OfAccount) -> Delivery {
    let wishes = of.snapshot.delivery(of.account.id);
    let mut ids: Vec<TemplateId> = wishes.modes.keys().chain(wishes.goals.keys()).copied().collect();
    ids.sort_unstable();
    ids.dedup();
    let template = |id: TemplateId| TemplateWish {
        template_id: id.to_string(),
        mode: wishes.modes.get(&id).map(|mode| mode.as_str()),
        goal: word(wishes.goal(id)),
    };
    let channels = of.snapshot.channels().filter(|channel| channel.account == of.account.id);
    let competing = channels.filter_map(|channel| {
        let outlook = state.minds.outlook(channel.id)?;
        Some(Competing {
            phone_number_id: channel.id.to_string(),
            waiting: outlook.waiting,
            expected_expiries: outlook.expiries,
            drains_in_secs: outlook.drains_in.as_secs(),
            mode: outlook.mode.as_str(),
        })
    });
    Delivery {
        mode: wishes.mode.map(Mode::as_str),
        templates: ids.into_iter().map(template).collect(),
        competing: competing.collect(),
    }
}

/// `PATCH …/delivery`.
#[utoipa::path(
    patch, path = "/delivery", tag = "Delivery", summary = "Change how marketing is ordered",
    request_body(content = DeliveryChange, example = json!({"mode": "balanced"})),
    responses((status = 200, description = "As it is now", body = Delivery)),
)]
pub async fn change(State(state): State<Arc<AppState>>, of: OfAccount, mut fields: Fields) -> Answer {
    let account = of.account.id;
    let mode = wished(&mut fields, "mode", Mode::parse, &MODES)?;
    let template = fields.text("template", 32)?.map(|text| text.parse().map(TemplateId)).transpose();
    let template = template.map_err(|_| AdminError::field("template", "must be a template's id"))?;
    let template_mode = wished(&mut fields, "template_mode", Mode::parse, &MODES)?;
    let template_goal: Option<Option<Goal>> = wished(&mut fields, "template_goal", goal, &GOALS)?;
    fields.end()?;
    if template.is_none() && (template_mode.is_some() || template_goal.is_some()) {
        return Err(AdminError::field("template", "is missing beside template_mode or template_goal"));
    }
    if let Some(id) = template.filter(|id| of.snapshot.template_by_id(account, *id).is_none()) {
        return Err(AdminError::not_found(format!("there is no template {id} in account {account}")));
    }
    state
        .administer(move |snapshot, now| {
            let mut wishes = Wishes::clone(&snapshot.delivery(account));
            wishes.mode = mode.unwrap_or(wishes.mode);
            if let Some(id) = template {
                template_mode.into_iter().for_each(|mode| set(&mut wishes.modes, id, mode));
                template_goal.into_iter().for_each(|goal| set(&mut wishes.goals, id, goal));
            }
            let value = wishes.text();
            let audit = audit(now, account, "delivery.set", value.clone());
            let document = Document { account, channel: None, kind: DocumentKind::Delivery, value };
            let changes = vec![RegistryChange::PutDocument(document)];
            Ok::<_, AdminError>((Plan { audit, changes, notices: Vec::new() }, ()))
        })
        .await?;
    let snapshot = state.directory.snapshot();
    ok(&shown(&state, &OfAccount { snapshot, account: of.account }))
}

fn set<T>(of: &mut std::collections::BTreeMap<TemplateId, T>, id: TemplateId, value: Option<T>) {
    match value {
        Some(value) => drop(of.insert(id, value)),
        None => drop(of.remove(&id)),
    }
}

/// A word, or null for none; absent: `None`.
fn wished<T>(
    fields: &mut Fields,
    name: &'static str,
    parse: impl Fn(&str) -> Option<T>,
    words: &[&str],
) -> Result<Option<Option<T>>, AdminError> {
    match fields.take(name) {
        None => Ok(None),
        Some(serde_json::Value::Null) => Ok(Some(None)),
        Some(value) => {
            let found = value.as_str().and_then(parse);
            let problem = || AdminError::field(name, format!("must be one of {}, or null", words.join(", ")));
            found.map(|found| Some(Some(found))).ok_or_else(problem)
        }
    }
}

/// What the order of delivery brought.
#[derive(Serialize, ToSchema)]
struct LiftShown {
    /// In words.
    sentence: String,
    /// `shown`, `not_seen` or `not_measurable_yet`.
    #[schema(example = "not_measurable_yet")]
    verdict: &'static str,
    /// Those that were planned.
    planned: ArmShown,
    /// The randomised slice.
    slice: ArmShown,
    /// Planned less slice, adjusted by what was predicted before.
    difference: f64,
    /// Of the difference, valid however often it is looked at; null: too few for any.
    #[schema(required = true)]
    interval: Option<[f64; 2]>,
    /// The standard error of the difference.
    error: f64,
    /// How much of the variance the adjustment took away, 0 to 1.
    variance_removed: f64,
    /// People needed in the smaller arm, where they are too few.
    #[schema(required = true)]
    needed: Option<u64>,
    /// False: there were more messages than are looked at.
    is_complete: bool,
}

/// One arm.
#[derive(Serialize, ToSchema)]
#[schema(as = LiftArm)]
struct ArmShown {
    people: u64,
    /// Reads a message.
    rate: f64,
}

/// `GET …/delivery/lift`.
#[utoipa::path(
    get, path = "/delivery/lift", tag = "Delivery", summary = "What the order of delivery brought",
    description = "Of messages that competed and whose activity is shared: those that chance placed against those that \
                   were planned, by reads within 24 hours. Reads the learning log of that time.",
    params(
        ("days" = Option<u32>, Query, description = "How far back, 1 to 180; 28 when absent"),
        ("template" = Option<String>, Query, description = "A template's id; all when absent"),
    ),
    responses((status = 200, description = "The comparison", body = LiftShown)),
)]
pub async fn lift(State(state): State<Arc<AppState>>, of: OfAccount, RawQuery(query): RawQuery) -> Answer {
    let (now, account) = (state.clock.now(), of.account.id);
    let (days, template) = asked(query.as_deref().unwrap_or_default())?;
    let since = now - std::time::Duration::from_hours(24 * u64::from(days));
    let mut measure = Measure::new(since, template);
    let mut after = state.store.learnt_from(since).await?;
    loop {
        let page = state.store.learnt_after(after, READ_ROWS).await?;
        for learnt in page.iter().filter(|learnt| learnt.line.account == account) {
            measure.add(&learnt.line);
        }
        match page.last() {
            Some(last) if page.len() == READ_ROWS => after = last.seq,
            _ => break,
        }
    }
    ok(&told(&measure.compared(now), !measure.is_cut()))
}

fn asked(query: &str) -> Result<(u32, Option<TemplateId>), AdminError> {
    let (mut days, mut template) = (DAYS, None);
    for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        match name {
            "days" => {
                let read = value.parse().ok().filter(|days| (1..=DAYS_MAX).contains(days));
                days = read.ok_or_else(|| AdminError::field("days", format!("must be 1 to {DAYS_MAX}")))?;
            }
            "template" => {
                let id = value.parse().map(TemplateId);
                template = Some(id.map_err(|_| AdminError::field("template", "must be a template's id"))?);
            }
            _ => {}
        }
    }
    Ok((days, template))
}

fn told(lift: &Lift, is_complete: bool) -> LiftShown {
    let percent = |rate: f64| format!("{:.1}", 100.0 * rate);
    let (low, high) = lift.interval;
    let interval = (low.is_finite() && high.is_finite()).then_some([low, high]);
    let (verdict, needed, sentence) = match lift.verdict {
        Verdict::Shown => (
            "shown",
            None,
            format!(
                "Planned delivery brought {} reads more in a hundred messages (between {} and {}).",
                percent(lift.difference),
                percent(low),
                percent(high)
            ),
        ),
        Verdict::NotSeen => (
            "not_seen",
            None,
            "Enough were measured, and no lift of five in a hundred reads is seen.".to_owned(),
        ),
        Verdict::NotMeasurableYet { needed } if needed > PEOPLE_MAX => (
            "not_measurable_yet",
            None,
            "Not measurable yet: nobody of the slice has read anything.".to_owned(),
        ),
        Verdict::NotMeasurableYet { needed } => (
            "not_measurable_yet",
            Some(needed),
            format!(
                "Not measurable yet: {needed} people are needed in the smaller group, there are {}.",
                lift.people[0].min(lift.people[1])
            ),
        ),
    };
    let arm = |n: usize| ArmShown { people: lift.people[n], rate: lift.means[n] };
    LiftShown {
        sentence,
        verdict,
        planned: arm(0),
        slice: arm(1),
        difference: lift.difference,
        interval,
        error: lift.error,
        variance_removed: lift.variance_removed,
        needed,
        is_complete,
    }
}
