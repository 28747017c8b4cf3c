//! Template review: approved, unless a documented word in name or text asks for another verdict.
//! Called by the network when a template is submitted; the table is printed by the CLI. Pure.

use stentor_core::template::{Category, Quality, TemplateStatus};

use crate::event::{Rejection, TemplateKey, Verdict};

/// A template handed in for review, new or edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateSubmission {
    /// Whose it is and what it is called.
    pub key: TemplateKey,
    /// Its category.
    pub category: Category,
    /// All its texts, in any order: triggers are looked for here and in the name.
    pub text: String,
    /// Whether its texts are plainly not of its category: then it is refused, INCORRECT_CATEGORY.
    pub is_miscast: bool,
}

/// A template as its caller knows it from before: what this network must know to go on from there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownTemplate {
    /// As it was submitted.
    pub submission: TemplateSubmission,
    /// Where it stands.
    pub status: TemplateStatus,
    /// Its score.
    pub quality: Quality,
    /// How often it was paused for low quality.
    pub pauses: u32,
}

/// A word that decides about a template wherever it stands in its name or text, in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// The word.
    pub word: &'static str,
    /// What it does, in a sentence.
    pub effect: &'static str,
    pub(crate) does: TriggerDoes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TriggerDoes {
    Reject(Rejection),
    NeverReviewed,
    BadQuality,
    PaceGood,
    PaceBad,
    Recategorise,
}

const fn rejects(word: &'static str, effect: &'static str, reason: Rejection) -> Trigger {
    Trigger { word, effect, does: TriggerDoes::Reject(reason) }
}

static TRIGGERS: [Trigger; 10] = [
    rejects("review_abusive", "rejected: ABUSIVE_CONTENT", Rejection::AbusiveContent),
    rejects("review_format", "rejected: INVALID_FORMAT", Rejection::InvalidFormat),
    rejects("review_scam", "rejected: SCAM", Rejection::Scam),
    rejects("review_tag_mismatch", "rejected: TAG_CONTENT_MISMATCH", Rejection::TagContentMismatch),
    rejects("review_category", "rejected: INCORRECT_CATEGORY", Rejection::IncorrectCategory),
    Trigger { word: "review_never", effect: "stays PENDING", does: TriggerDoes::NeverReviewed },
    Trigger {
        word: "quality_red",
        effect: "approved; half of those who get it block it: RED after 10 deliveries, paused 3 h, then 6 h, then disabled",
        does: TriggerDoes::BadQuality,
    },
    Trigger {
        word: "pacing_good",
        effect: "approved; its messages are held for quality assessment, and released after 60 s",
        does: TriggerDoes::PaceGood,
    },
    Trigger {
        word: "pacing_bad",
        effect: "approved; its messages are held for quality assessment, and dropped after 60 s (132015), the template paused",
        does: TriggerDoes::PaceBad,
    },
    Trigger {
        word: "category_change",
        effect: "approved; if UTILITY, after 60 s it is announced that it becomes MARKETING in 24 h, and it does",
        does: TriggerDoes::Recategorise,
    },
];

/// Every trigger, for documents and the CLI.
#[must_use]
pub fn review_triggers() -> &'static [Trigger] {
    &TRIGGERS
}

/// How a review of this template will end; `None`: never.
///
/// ```
/// use stentor_simnet::{Rejection, Verdict, review_verdict};
/// assert_eq!(review_verdict("spring_sale", "Hello {{1}}"), Some(Verdict::Approved));
/// assert_eq!(review_verdict("my_review_scam", "Hello"), Some(Verdict::Rejected(Rejection::Scam)));
/// assert_eq!(review_verdict("sale", "Review_Format please"), Some(Verdict::Rejected(Rejection::InvalidFormat)));
/// assert_eq!(review_verdict("review_never", ""), None);
/// ```
#[must_use]
pub fn review_verdict(name: &str, text: &str) -> Option<Verdict> {
    for trigger in &TRIGGERS {
        match trigger.does {
            TriggerDoes::Reject(reason) if is_in(trigger.word, name, text) => {
                return Some(Verdict::Rejected(reason));
            }
            TriggerDoes::NeverReviewed if is_in(trigger.word, name, text) => return None,
            _ => {}
        }
    }
    Some(Verdict::Approved)
}

/// What a template's name and texts ask for, found once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Traits {
    /// How its review ends; `None`: never.
    pub(crate) verdict: Option<Verdict>,
    pub(crate) is_annoying: bool,
    /// It is paced from its first message: well, or badly.
    pub(crate) paced: Option<bool>,
    pub(crate) is_recategorised: bool,
}

impl Traits {
    pub(crate) fn of(name: &str, text: &str, is_miscast: bool) -> Self {
        let asks =
            |does| TRIGGERS.iter().any(|trigger| trigger.does == does && is_in(trigger.word, name, text));
        let verdict = match review_verdict(name, text) {
            Some(Verdict::Approved) if is_miscast => Some(Verdict::Rejected(Rejection::IncorrectCategory)),
            verdict => verdict,
        };
        let paced = asks(TriggerDoes::PaceBad).then_some(false);
        Self {
            verdict,
            is_annoying: asks(TriggerDoes::BadQuality),
            paced: paced.or(asks(TriggerDoes::PaceGood).then_some(true)),
            is_recategorised: asks(TriggerDoes::Recategorise),
        }
    }
}

fn is_in(word: &str, name: &str, text: &str) -> bool {
    [name, text].iter().any(|hay| {
        hay.as_bytes().windows(word.len()).any(|window| window.eq_ignore_ascii_case(word.as_bytes()))
    })
}
