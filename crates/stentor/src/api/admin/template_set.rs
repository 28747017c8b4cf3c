//! A template is scored, paused, flagged or recategorised by hand, to rehearse what reviewers and people do to it: also
//! fixtures. What each does, and which webhooks tell it, is decided in `verdicts`.

use std::sync::Arc;

use axum::extract::{Path, State};
use stentor_core::registry::Template;
use stentor_core::template::{Category, PauseTitle, Quality};
use stentor_core::time::Timestamp;
use stentor_store::NewNotice;
use utoipa::ToSchema;

use super::super::moves;
use super::super::state::{AppState, Review};
use super::super::verdicts::Verdict;
use super::answer::{AdminError, Answer, ok};
use super::audit::ACTOR;
use super::fields::Fields;
use super::scope::OfAccount;
use super::templates::{TemplateShown, found, id_in, shown};

/// What is done to a template; at least one.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a schema; never made")]
pub(super) struct SetBody {
    /// `GREEN`, `YELLOW`, `RED` or `UNKNOWN`. RED pauses an approved template: 3 h, then 6 h, then it is disabled.
    #[schema(example = "RED")]
    quality: Option<String>,
    /// `FIRST_PAUSE` (3 h), `SECOND_PAUSE` (6 h) or `RATE_LIMITING_PAUSE` (until a hand ends it).
    pause: Option<String>,
    /// The category it has from now on.
    category: Option<String>,
    /// The category it will have in 24 h: told now, done then.
    correct_category: Option<String>,
    /// `FLAGGED`, `REINSTATED` or `LOCKED`.
    event: Option<String>,
}

/// One thing to do, by the field it was asked with.
enum Asked {
    Quality(Quality),
    Pause(PauseTitle),
    Other(&'static str, Verdict),
}

impl Asked {
    fn read(mut fields: Fields) -> Result<Vec<Self>, AdminError> {
        let words = |all: &[&'static str]| all.to_vec();
        let scores: Vec<_> = Quality::ALL.iter().map(|word| word.as_str()).collect();
        let pauses: Vec<_> = PauseTitle::ALL.iter().map(|word| word.as_str()).collect();
        let categories: Vec<_> = Category::ALL.iter().map(|word| word.as_str()).collect();
        let event = |word: &str| match word.to_ascii_uppercase().as_str() {
            "FLAGGED" => Some(Verdict::Flagged),
            "REINSTATED" => Some(Verdict::Reinstated),
            "LOCKED" => Some(Verdict::Locked),
            _ => None,
        };
        let mut asked = Vec::new();
        asked.extend(fields.word("quality", Quality::parse, &scores)?.map(Self::Quality));
        asked.extend(fields.word("pause", PauseTitle::parse, &pauses)?.map(Self::Pause));
        let category = fields.word("category", Category::parse, &categories)?;
        asked.extend(category.map(|to| Self::Other("category", Verdict::Recategorised(to))));
        let correct = fields.word("correct_category", Category::parse, &categories)?;
        asked.extend(correct.map(|to| Self::Other("correct_category", Verdict::Announced(to))));
        let event = fields.word("event", event, &words(&["FLAGGED", "REINSTATED", "LOCKED"]))?;
        asked.extend(event.map(|verdict| Self::Other("event", verdict)));
        fields.end()?;
        if asked.is_empty() {
            let problem = "is missing; or give pause, category, correct_category or event";
            return Err(AdminError::field("quality", problem));
        }
        Ok(asked)
    }

    /// The template after it, with what is told.
    fn applied(&self, template: &Template, now: Timestamp) -> Result<(Template, Vec<NewNotice>), AdminError> {
        let refused = |field, what: &str| {
            let is = format!(
                "status {}, quality {}, category {}",
                template.status, template.health.quality, template.category
            );
            AdminError::field(field, format!("{what}; this one has {is}"))
        };
        match self {
            Self::Quality(to) => {
                let scored = Verdict::Scored(*to).applied(template, now);
                let (scored, mut told) =
                    scored.ok_or_else(|| refused("quality", "is the score it has already"))?;
                if *to != Quality::Red {
                    return Ok((scored, told));
                }
                let Some((paused, more)) = Verdict::of_red(&scored, now).applied(&scored, now) else {
                    return Ok((scored, told));
                };
                told.extend(more);
                Ok((paused, told))
            }
            Self::Pause(title) => Verdict::titled(*title, now)
                .applied(template, now)
                .ok_or_else(|| refused("pause", "only an APPROVED template can be paused")),
            Self::Other(field, verdict) => {
                verdict.applied(template, now).ok_or_else(|| refused(*field, "is so already"))
            }
        }
    }
}

/// Everything that is asked, in order.
fn all(
    asked: &[Asked],
    template: &Template,
    now: Timestamp,
) -> Result<(Template, Vec<NewNotice>), AdminError> {
    let mut after = (template.clone(), Vec::new());
    for one in asked {
        let (template, notices) = one.applied(&after.0, now)?;
        after.0 = template;
        after.1.extend(notices);
    }
    Ok(after)
}

/// `POST /admin/v1/accounts/{account}/templates/{template}/set`.
#[utoipa::path(
    post, path = "/templates/{template}/set", tag = "Templates", summary = "Score, pause, flag or recategorise a template",
    request_body(content = SetBody, example = json!({"quality": "RED"})),
    responses((status = 200, description = "As it is now", body = TemplateShown)),
)]
pub async fn set(
    State(state): State<Arc<AppState>>,
    of: OfAccount,
    Path(path): Path<Vec<(String, String)>>,
    fields: Fields,
) -> Answer {
    let (account, id) = (of.account.id, id_in(path)?);
    let asked = Asked::read(fields)?;
    all(&asked, &*found(&state, account, id)?, state.clock.now())?;
    let audit = (ACTOR.to_owned(), "template.set");
    moves::change(&state, (account, id), audit, move |template, now| all(&asked, template, now).ok()).await?;
    let now = found(&state, account, id)?;
    if !now.pinned {
        state.review(Review::Know(Arc::clone(&now)));
    }
    ok(&shown(&now, state.clock.now()))
}
