//! What reviewers, the network's watch and hands say of templates, and what that changes. `app` brings the network's of
//! this process, `/upstream/webhook` a real upstream's, `admin` a hand's. Books and tells; sends nothing.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use stentor_core::id::{AccountId, TemplateId};
use stentor_core::registry::Template;
use stentor_core::template::{
    CATEGORY_NOTICE, Category, PauseTitle, Quality, RejectedReason, TemplateStatus, pause,
};
use stentor_core::time::Timestamp;
use stentor_core::ttl;
use stentor_store::{Audit, NewNotice, RegistryChange};

use super::error::ApiError;
use super::moves::{announcement, category_notice, change, quality_notice, status_notice, with_status};
use super::state::AppState;
use crate::registry::{Plan, Snapshot};

mod upstream;

pub use upstream::told;

/// What is said of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may be sent.
    Approved,
    /// It may not, for this reason.
    Rejected(RejectedReason),
    /// Stopped for a time; `title` is Meta's word for which pause it is.
    Paused {
        /// `FIRST_PAUSE`, `SECOND_PAUSE`, `RATE_LIMITING_PAUSE`.
        title: String,
        /// When it ends by itself.
        until: Option<Timestamp>,
    },
    /// The pause is over.
    Unpaused,
    /// Stopped for good.
    Disabled,
    /// Its score is now this one.
    Scored(Quality),
    /// What was held for its quality assessment may go: people like it, or too few reacted in time.
    Released,
    /// It gets this category in a day.
    Announced(Category),
    /// It has this category now.
    Recategorised(Category),
    /// A warning: it is about to be disabled.
    Flagged,
    /// The warning, or the end of it, is taken back.
    Reinstated,
    /// It cannot be edited.
    Locked,
}

impl Verdict {
    /// What RED brings to this template: its next pause, or the end.
    #[must_use]
    pub fn of_red(template: &Template, now: Timestamp) -> Self {
        match pause(template.health.pauses) {
            Some((title, length)) => Self::paused(title, length, now),
            None => Self::Disabled,
        }
    }

    fn paused(title: PauseTitle, length: Duration, now: Timestamp) -> Self {
        Self::Paused { title: title.as_str().to_owned(), until: Some(now + length) }
    }

    /// A pause under its title, as long as such a pause is.
    #[must_use]
    pub fn titled(title: PauseTitle, now: Timestamp) -> Self {
        let of = |pauses| pause(pauses).map(|(title, length)| Self::paused(title, length, now));
        let known = match title {
            PauseTitle::FirstPause => of(0),
            PauseTitle::SecondPause => of(1),
            PauseTitle::RateLimitingPause => None,
        };
        known.unwrap_or(Self::Paused { title: title.as_str().to_owned(), until: None })
    }

    /// Whether the template is in a state this can be said of.
    fn fits(&self, template: &Template) -> bool {
        let status = template.status;
        let waits = matches!(status, TemplateStatus::Pending | TemplateStatus::InAppeal);
        match self {
            Self::Approved | Self::Rejected(_) => waits,
            Self::Paused { .. } => status == TemplateStatus::Approved,
            Self::Unpaused => status == TemplateStatus::Paused,
            Self::Disabled => !waits && status != TemplateStatus::Disabled,
            Self::Scored(quality) => *quality != template.health.quality,
            Self::Released => template.health.paced_since.is_some(),
            Self::Announced(to) => *to != template.category && template.health.correct_category != Some(*to),
            Self::Recategorised(to) => *to != template.category,
            Self::Flagged | Self::Reinstated | Self::Locked => true,
        }
    }

    /// The template after it, with what the account is told; `None`: it changes nothing.
    #[must_use]
    pub fn applied(&self, template: &Template, now: Timestamp) -> Option<(Template, Vec<NewNotice>)> {
        if !self.fits(template) {
            return None;
        }
        let told = |template: Template, event: &str, info: Option<Value>| {
            let notice = status_notice(&template, event, info);
            Some((template, vec![notice]))
        };
        let moved = |status| with_status(template, status, now);
        let titled =
            |title: &str, description: &str| Some(json!({"title": title, "description": description}));
        match self {
            Self::Approved => told(moved(TemplateStatus::Approved), "APPROVED", None),
            Self::Rejected(reason) => {
                let rejected = Template { rejected_reason: Some(*reason), ..moved(TemplateStatus::Rejected) };
                told(rejected, "REJECTED", None)
            }
            Self::Paused { title, until } => {
                let description = until.map_or_else(
                    || "paused until it is unpaused by hand".to_owned(),
                    |until| format!("paused until {until}"),
                );
                told(
                    paused(moved(TemplateStatus::Paused), title, *until),
                    "PAUSED",
                    titled(title, &description),
                )
            }
            Self::Unpaused => {
                let info = titled("UNPAUSE", "Your WhatsApp message template has been unpaused.");
                told(moved(TemplateStatus::Approved), "APPROVED", info)
            }
            Self::Disabled => {
                let info = titled("DISABLED", "disabled for low quality");
                told(moved(TemplateStatus::Disabled), "DISABLED", info)
            }
            Self::Scored(quality) => {
                let (from, category) = (template.health.quality, template.category);
                let health = template.health.scored(category, *quality, now)?;
                let scored = Template { health, ..template.clone() };
                let notice = quality_notice(&scored, from);
                Some((scored, vec![notice]))
            }
            Self::Released => {
                let mut released = template.clone();
                released.health.paced_since = None;
                Some((released, Vec::new()))
            }
            Self::Announced(to) => {
                let (mut announced, at) = (template.clone(), now + CATEGORY_NOTICE);
                (announced.health.correct_category, announced.health.category_at) = (Some(*to), Some(at));
                let notice = announcement(&announced, *to, at);
                Some((announced, vec![notice]))
            }
            Self::Recategorised(to) => {
                let moved = recategorised(template, *to, now);
                let notice = category_notice(&moved);
                Some((moved, vec![notice]))
            }
            Self::Flagged => told(template.clone(), "FLAGGED", None),
            Self::Locked => told(template.clone(), "LOCKED", None),
            Self::Reinstated if template.status == TemplateStatus::Disabled => {
                told(moved(TemplateStatus::Approved), "REINSTATED", None)
            }
            Self::Reinstated => told(template.clone(), "REINSTATED", None),
        }
    }
}

fn paused(mut template: Template, title: &str, until: Option<Timestamp>) -> Template {
    let is_the = match PauseTitle::parse(title) {
        Some(PauseTitle::FirstPause) => 1,
        Some(PauseTitle::SecondPause) => 2,
        Some(PauseTitle::RateLimitingPause) | None => 0,
    };
    template.health.pauses = template.health.pauses.max(is_the);
    template.health.paused_until = until;
    template
}

/// In another category: paced there while its quality is not known, and without a TTL that category does not allow.
pub fn recategorised(template: &Template, to: Category, now: Timestamp) -> Template {
    let mut health = template.health.recategorised();
    let is_candidate = to == Category::Marketing && health.quality != Quality::Green;
    health.paced_since = is_candidate.then_some(now);
    Template {
        category: to,
        previous_category: Some(template.category),
        ttl_secs: template.ttl_secs.filter(|secs| ttl::check_template(to, *secs).is_ok()),
        modified_at: now,
        health,
        ..template.clone()
    }
}

/// Books a verdict on the template of that name and language, and tells the account. A pinned template, one that is
/// gone, or one of which this cannot be said stays as it is; but scores are kept of all.
///
/// # Errors
/// The store.
pub async fn reviewed(
    state: &Arc<AppState>,
    account: AccountId,
    (name, language): (&str, &str),
    verdict: Verdict,
) -> Result<(), ApiError> {
    let snapshot = state.directory.snapshot();
    let Some(registered) = snapshot.template(account, name, language) else { return Ok(()) };
    book(state, (account, registered.template.id), "template.review", move |template, now| {
        let applies = !template.pinned || matches!(verdict, Verdict::Scored(_));
        if applies { verdict.applied(template, now) } else { None }
    })
    .await
}

async fn book(
    state: &Arc<AppState>,
    id: (AccountId, TemplateId),
    action: &'static str,
    apply: impl FnOnce(&Template, Timestamp) -> Option<(Template, Vec<NewNotice>)> + Send + 'static,
) -> Result<(), ApiError> {
    match change(state, id, ("network".to_owned(), action), apply).await {
        // Deleted since it was looked up: nobody waits for the verdict.
        Err(error) if error.http == http::StatusCode::NOT_FOUND => Ok(()),
        outcome => outcome,
    }
}

/// A template follows what a real upstream lists of it: its verdict, pause or end, its category and score; the account is
/// told. A pinned template keeps all but the score, and so does one that merely waits at the upstream.
///
/// # Errors
/// The store.
pub async fn mirrored(
    state: &Arc<AppState>,
    account: AccountId,
    (name, language): (&str, &str),
    (status, reason): (TemplateStatus, Option<RejectedReason>),
    (category, quality): (Option<Category>, Option<Quality>),
) -> Result<(), ApiError> {
    let snapshot = state.directory.snapshot();
    let Some(registered) = snapshot.template(account, name, language) else { return Ok(()) };
    book(state, (account, registered.template.id), "template.mirror", move |template, now| {
        let (mut moved, mut notices) = (template.clone(), Vec::new());
        if let Some(health) = quality.and_then(|score| template.health.scored(template.category, score, now))
        {
            moved.health = health;
            notices.push(quality_notice(&moved, template.health.quality));
        }
        if template.pinned {
            return (!notices.is_empty()).then_some((moved, notices));
        }
        if let Some(category) = category.filter(|category| *category != template.category) {
            moved = recategorised(&moved, category, now);
            notices.push(category_notice(&moved));
        }
        // A stop made by hand is not lifted by a reading: only a verdict told by webhook, or a hand, lifts it.
        let lifts_a_stop = status == TemplateStatus::Approved
            && matches!(template.status, TemplateStatus::Paused | TemplateStatus::Disabled);
        if MIRRORED.contains(&status) && status != template.status && !lifts_a_stop {
            moved = with_status(&moved, status, now);
            moved.rejected_reason = reason.filter(|_| status == TemplateStatus::Rejected);
            let is_archived = status == TemplateStatus::Archived;
            moved.archived_at = is_archived.then_some(now);
            moved.archived_from = is_archived.then_some(template.status);
            notices.push(status_notice(&moved, status.as_str(), None));
        }
        (!notices.is_empty()).then_some((moved, notices))
    })
    .await
}

/// Templates that a real upstream has no more are deleted here too, and the account is told.
///
/// # Errors
/// The store.
pub async fn gone(state: &Arc<AppState>, account: AccountId, ids: Vec<TemplateId>) -> Result<(), ApiError> {
    let deleted = move |snapshot: &Snapshot, now| {
        let found = ids.iter().filter_map(|id| snapshot.template_by_id(account, *id));
        let templates: Vec<Template> = found
            .filter(|registered| registered.template.deleted_at.is_none())
            .map(|registered| Template {
                status: TemplateStatus::Deleted,
                deleted_at: Some(now),
                modified_at: now,
                modified_by: "network".to_owned(),
                ..Template::clone(&registered.template)
            })
            .collect();
        let notices = templates.iter().map(|t| status_notice(t, "DELETED", None)).collect();
        let detail = templates.iter().map(|t| t.id.to_string()).collect::<Vec<_>>().join(" ");
        let (actor, action) = ("network".to_owned(), "template.delete".to_owned());
        let audit = Audit { at: now, actor, account, action, detail };
        let changes = templates.into_iter().map(RegistryChange::PutTemplate).collect();
        Ok((Plan { audit, changes, notices }, ()))
    };
    state.administer(deleted).await
}

/// Verdicts that a mirror takes over; while the upstream still thinks, nothing is known.
const MIRRORED: [TemplateStatus; 7] = [
    TemplateStatus::Approved,
    TemplateStatus::Rejected,
    TemplateStatus::InAppeal,
    TemplateStatus::Paused,
    TemplateStatus::Disabled,
    TemplateStatus::LimitExceeded,
    TemplateStatus::Archived,
];
