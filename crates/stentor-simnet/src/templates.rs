//! What the network knows of templates: review, quality from what people do, pausing, pacing with held messages.
//! Called by the network only. Knows no registry: a template it never reviewed counts as approved long ago.

use std::time::Duration;

use stentor_core::time::Timestamp;

use crate::dice::KeyMap;
use crate::event::{Quality, TemplateChange, TemplateKey};
use crate::profile::Pacing;
use crate::review::{TemplateSubmission, TriggerDoes, triggered};

/// How long the first and the second pause last; the third is for ever.
const PAUSES: [(&str, Duration); 2] =
    [("FIRST_PAUSE", Duration::from_secs(3 * 3_600)), ("SECOND_PAUSE", Duration::from_secs(6 * 3_600))];
/// Deliveries before quality is judged; fewer for templates that ask for bad quality.
const SAMPLE_MIN: u32 = 100;
const SAMPLE_MIN_TRIGGERED: u32 = 10;
/// Above this the counts are halved: the recent past weighs more.
const SAMPLE_MAX: u32 = 10_000;
/// Blocks per thousand deliveries from which a template is YELLOW, and RED.
const YELLOW_PER_MILLE: u32 = 15;
const RED_PER_MILLE: u32 = 30;

/// Whether a template may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    InReview,
    Rejected,
    Approved,
    Paused,
    Disabled,
}

/// Whether a message of a template goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pass {
    Go,
    /// Hold it; with a time when this message is the first one held: then it is decided.
    Hold {
        decide_at: Option<Timestamp>,
    },
    Refuse {
        code: u32,
    },
}

/// One template.
#[derive(Debug)]
pub(crate) struct Template {
    pub(crate) key: TemplateKey,
    pub(crate) standing: Standing,
    pub(crate) quality: Quality,
    pub(crate) is_annoying: bool,
    pub(crate) text: String,
    /// Which submission the pending review is about: an edit starts another one.
    pub(crate) review: u32,
    delivered: u32,
    blocks: u32,
    pauses: usize,
    /// `None`: not paced. Else what is left to go out before holding, and the messages held.
    pacing: Option<Paced>,
    is_new: bool,
}

#[derive(Debug, Default)]
struct Paced {
    passed: u32,
    held: Vec<u32>,
    is_deciding: bool,
    is_decided: bool,
}

impl Template {
    fn new(key: TemplateKey, standing: Standing, text: String) -> Self {
        Self {
            is_annoying: triggered(TriggerDoes::BadQuality, &key.template.name, &text),
            key,
            standing,
            quality: Quality::Unknown,
            text,
            review: 0,
            delivered: 0,
            blocks: 0,
            pauses: 0,
            pacing: None,
            is_new: standing == Standing::InReview,
        }
    }

    /// Whether the next marketing message of this template goes out; `profile` paces new and doubtful ones.
    pub(crate) fn pass(&mut self, profile: Option<Pacing>, now: Timestamp) -> Pass {
        match self.standing {
            Standing::Paused => return Pass::Refuse { code: 132_015 },
            Standing::Disabled => return Pass::Refuse { code: 132_016 },
            Standing::InReview | Standing::Rejected => return Pass::Refuse { code: 132_001 },
            Standing::Approved => {}
        }
        let is_asked = self.asks(TriggerDoes::PaceGood) || self.asks(TriggerDoes::PaceBad);
        let is_doubtful = self.is_new || matches!(self.quality, Quality::Yellow | Quality::Red);
        let Some(pacing) = (if is_asked {
            Some(Pacing { first: 5, decide_secs: 60 })
        } else {
            profile.filter(|_| is_doubtful)
        }) else {
            return Pass::Go;
        };
        let paced = self.pacing.get_or_insert_default();
        if paced.is_decided {
            return Pass::Go;
        }
        if paced.passed < pacing.first {
            paced.passed += 1;
            return Pass::Go;
        }
        let decide_at = (!paced.is_deciding).then(|| now + Duration::from_secs(pacing.decide_secs));
        paced.is_deciding = true;
        Pass::Hold { decide_at }
    }

    /// Remembers a held message by its place in the network's table.
    pub(crate) fn hold(&mut self, place: u32) {
        self.pacing.get_or_insert_default().held.push(place);
    }

    /// The end of pacing: the held messages, and whether they may go. If not, the template is paused until somebody acts.
    pub(crate) fn decide(&mut self) -> (Vec<u32>, bool) {
        let held = self.pacing.as_mut().map(|paced| {
            paced.is_decided = true;
            std::mem::take(&mut paced.held)
        });
        let is_good = !self.asks(TriggerDoes::PaceBad)
            && self.quality != Quality::Red
            && self.standing == Standing::Approved;
        if !is_good && self.standing == Standing::Approved {
            self.standing = Standing::Paused;
        }
        self.is_new = false;
        (held.unwrap_or_default(), is_good)
    }

    fn asks(&self, does: TriggerDoes) -> bool {
        triggered(does, &self.key.template.name, &self.text)
    }

    /// Counts a delivery (or a block) and says what the quality was, when it changed.
    pub(crate) fn count(&mut self, is_block: bool) -> Option<Quality> {
        if is_block {
            self.blocks += 1
        } else {
            self.delivered += 1
        }
        if self.delivered > SAMPLE_MAX {
            self.delivered /= 2;
            self.blocks /= 2;
        }
        let sample_min = if self.is_annoying { SAMPLE_MIN_TRIGGERED } else { SAMPLE_MIN };
        if self.delivered < sample_min || self.standing != Standing::Approved {
            return None;
        }
        let per_mille = self.blocks * 1_000 / self.delivered;
        let quality = match per_mille {
            RED_PER_MILLE.. => Quality::Red,
            YELLOW_PER_MILLE.. => Quality::Yellow,
            _ => Quality::Green,
        };
        let before = std::mem::replace(&mut self.quality, quality);
        (before != quality).then_some(before)
    }

    /// RED: paused for 3 h, then for 6 h, then disabled.
    pub(crate) fn pause(&mut self, now: Timestamp) -> TemplateChange {
        (self.delivered, self.blocks) = (0, 0);
        let pause = PAUSES.get(self.pauses);
        self.pauses += 1;
        match pause {
            Some((title, length)) => {
                self.standing = Standing::Paused;
                TemplateChange::Paused { title, until: Some(now + *length) }
            }
            None => {
                self.standing = Standing::Disabled;
                TemplateChange::Disabled
            }
        }
    }

    /// The end of a pause; what it had been if it was paused at all. Paced again, as at Meta.
    pub(crate) fn unpause(&mut self) -> bool {
        if self.standing != Standing::Paused {
            return false;
        }
        self.standing = Standing::Approved;
        self.quality = Quality::Unknown;
        self.pacing = None;
        self.is_new = true;
        true
    }
}

/// The network's templates.
pub(crate) struct Templates {
    map: KeyMap<Template>,
    max: usize,
}

impl Templates {
    pub(crate) fn new(max: usize) -> Self {
        Self { map: KeyMap::default(), max }
    }

    pub(crate) fn get(&mut self, key: u64) -> Option<&mut Template> {
        self.map.get_mut(&key)
    }

    /// The template, known from now on as approved long ago if it was not known; `None` when there is no room.
    pub(crate) fn seen(&mut self, key: u64, name: impl FnOnce() -> TemplateKey) -> Option<&mut Template> {
        if self.map.len() >= self.max && !self.map.contains_key(&key) {
            return None;
        }
        Some(self.map.entry(key).or_insert_with(|| Template::new(name(), Standing::Approved, String::new())))
    }

    /// A submission for review: the number of the review, `None` when there is no room.
    pub(crate) fn submit(&mut self, key: u64, submission: TemplateSubmission) -> Option<u32> {
        let review = self.map.get(&key).map_or(0, |template| template.review) + 1;
        let (has_room, is_known) = (self.map.len() < self.max, self.map.contains_key(&key));
        (has_room || is_known).then(|| {
            let template = Template::new(submission.key, Standing::InReview, submission.text);
            self.map.insert(key, Template { review, ..template });
            review
        })
    }

    pub(crate) fn remove(&mut self, key: u64) -> Option<Template> {
        self.map.remove(&key)
    }

    pub(crate) fn clear(&mut self) {
        self.map.clear();
    }
}
