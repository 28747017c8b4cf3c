//! What the network knows of templates: review, quality from what people do, pausing, pacing with held messages.
//! Called by the network only. Knows no registry: a template it never reviewed counts as approved long ago.

use std::time::Duration;

use stentor_core::template::{
    Assessment, Category, GUARDRAIL, SAMPLE_MIN, TemplateStatus, assess, passes, pause, score,
};
use stentor_core::time::Timestamp;

use crate::dice::KeyMap;
use crate::event::{Quality, TemplateChange, TemplateKey};
use crate::profile::Pacing;
use crate::review::{KnownTemplate, TemplateSubmission, Traits};

/// Deliveries before the quality of templates that ask for a bad one is judged.
const SAMPLE_MIN_TRIGGERED: u32 = 10;
/// Above this the counts are halved: the recent past weighs more.
const SAMPLE_MAX: u32 = 10_000;
/// Templates that ask for pacing are paced from their first message.
const TRIGGERED: Pacing = Pacing { first: 0, decide_secs: 60 };

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
    pub(crate) category: Category,
    pub(crate) standing: Standing,
    pub(crate) quality: Quality,
    pub(crate) traits: Traits,
    /// Which submission the pending review is about: an edit starts another one.
    pub(crate) review: u32,
    /// The end of the present pause, if it ends by itself.
    pub(crate) paused_until: Option<Timestamp>,
    delivered: u32,
    blocks: u32,
    pauses: u32,
    pacing: Paced,
    is_new: bool,
}

#[derive(Debug, Default)]
struct Paced {
    passed: u32,
    held: Vec<u32>,
    /// When the first message was held, and how it is paced.
    since: Option<(Timestamp, Pacing)>,
    is_decided: bool,
}

impl Template {
    fn new(submission: TemplateSubmission, standing: Standing) -> Self {
        let TemplateSubmission { key, category, text, is_miscast } = submission;
        Self {
            traits: Traits::of(&key.template.name, &text, is_miscast),
            key,
            category,
            standing,
            quality: Quality::Unknown,
            review: 0,
            paused_until: None,
            delivered: 0,
            blocks: 0,
            pauses: 0,
            pacing: Paced::default(),
            is_new: standing == Standing::InReview,
        }
    }

    /// How its messages are paced; `None`: not at all. `usual`: how new and doubtful ones are.
    fn paced(&self, usual: Option<Pacing>) -> Option<Pacing> {
        let is_doubtful = self.is_new || matches!(self.quality, Quality::Yellow | Quality::Red);
        if self.traits.paced.is_some() { Some(TRIGGERED) } else { usual.filter(|_| is_doubtful) }
    }

    /// Why it may not be sent.
    pub(crate) const fn refuses(&self) -> Option<u32> {
        match self.standing {
            Standing::Paused => Some(132_015),
            Standing::Disabled => Some(132_016),
            Standing::InReview | Standing::Rejected => Some(132_001),
            Standing::Approved => None,
        }
    }

    /// Whether the next message of this template, which may be sent, goes out; `usual` paces new and doubtful ones.
    pub(crate) fn pass(&mut self, usual: Option<Pacing>, now: Timestamp) -> Pass {
        let Some(pacing) = self.paced(usual).filter(|_| !self.pacing.is_decided) else { return Pass::Go };
        if passes(self.pacing.passed, pacing.first) {
            self.pacing.passed += 1;
            return Pass::Go;
        }
        Pass::Hold { decide_at: self.assess(pacing, now) }
    }

    /// Begins the assessment, unless it is under way or decided: when to decide.
    pub(crate) fn assess(&mut self, pacing: Pacing, now: Timestamp) -> Option<Timestamp> {
        if self.pacing.since.is_some() {
            return None;
        }
        self.pacing.since = Some((now, pacing));
        Some(now + Duration::from_secs(pacing.decide_secs))
    }

    /// As [`Template::assess`], for a caller that holds by itself: whatever was decided before is decided anew.
    pub(crate) fn assess_again(&mut self, usual: Option<Pacing>, now: Timestamp) -> Option<Timestamp> {
        if self.pacing.is_decided {
            self.pacing = Paced::default();
        }
        let triggered = self.traits.paced.map(|_| TRIGGERED);
        self.assess(triggered.or(usual).unwrap_or(TRIGGERED), now)
    }

    /// Remembers a held message by its place in the network's table.
    pub(crate) fn hold(&mut self, place: u32) {
        self.pacing.held.push(place);
    }

    /// The verdict at `now`, or when to ask again.
    pub(crate) fn verdict(&self, now: Timestamp) -> Result<Assessment, Timestamp> {
        let Some((since, pacing)) = self.pacing.since else { return Ok(Assessment::Undecided) };
        match self.traits.paced {
            Some(true) => return Ok(Assessment::Good),
            Some(false) => return Ok(Assessment::Bad),
            None => {}
        }
        if self.standing != Standing::Approved {
            return Ok(Assessment::Bad);
        }
        let sample_min = (pacing.first / 2).clamp(1, self.sample_min());
        let again = now + Duration::from_secs(pacing.decide_secs.max(1));
        assess(self.delivered, self.blocks, sample_min, now.since(since)).ok_or(again.min(since + GUARDRAIL))
    }

    /// The end of pacing: the held messages. A bad template is paused until somebody acts; whether it was just now.
    pub(crate) fn decide(&mut self, assessment: Assessment) -> (Vec<u32>, bool) {
        let held = std::mem::take(&mut self.pacing.held);
        self.pacing = Paced { is_decided: true, ..Paced::default() };
        self.is_new = false;
        let pauses = assessment == Assessment::Bad && self.standing == Standing::Approved;
        if pauses {
            (self.standing, self.paused_until, self.quality) = (Standing::Paused, None, Quality::Red);
            (self.delivered, self.blocks) = (0, 0);
        }
        (held, pauses)
    }

    const fn sample_min(&self) -> u32 {
        if self.traits.is_annoying { SAMPLE_MIN_TRIGGERED } else { SAMPLE_MIN }
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
        let quality = score(self.delivered, self.blocks, self.sample_min());
        if quality == Quality::Unknown || self.standing != Standing::Approved {
            return None;
        }
        let before = std::mem::replace(&mut self.quality, quality);
        (before != quality).then_some(before)
    }

    /// RED: paused for 3 h, then for 6 h, then disabled.
    pub(crate) fn pause(&mut self, now: Timestamp) -> TemplateChange {
        (self.delivered, self.blocks) = (0, 0);
        let pause = pause(self.pauses);
        self.pauses += 1;
        match pause {
            Some((title, length)) => {
                let until = Some(now + length);
                (self.standing, self.paused_until) = (Standing::Paused, until);
                TemplateChange::Paused { title: title.as_str(), until }
            }
            None => {
                self.standing = Standing::Disabled;
                TemplateChange::Disabled
            }
        }
    }

    /// The end of a pause; whether it was paused at all. Paced again, as at Meta.
    pub(crate) fn unpause(&mut self) -> bool {
        if self.standing != Standing::Paused {
            return false;
        }
        self.standing = Standing::Approved;
        self.quality = Quality::Unknown;
        self.paused_until = None;
        // What is still held has its verdict to come.
        if self.pacing.held.is_empty() {
            self.pacing = Paced::default();
        }
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

    fn has_room(&self, key: u64) -> bool {
        self.map.len() < self.max || self.map.contains_key(&key)
    }

    /// The template, known from now on as approved long ago if it was not known; `None` when there is no room.
    pub(crate) fn seen(&mut self, key: u64, name: impl FnOnce() -> TemplateKey) -> Option<&mut Template> {
        if !self.has_room(key) {
            return None;
        }
        let long_ago = || {
            let (category, text) = (Category::Marketing, String::new());
            let submission = TemplateSubmission { key: name(), category, text, is_miscast: false };
            Template::new(submission, Standing::Approved)
        };
        Some(self.map.entry(key).or_insert_with(long_ago))
    }

    /// A submission for review: the number of the review, `None` when there is no room or it never ends.
    pub(crate) fn submit(&mut self, key: u64, submission: TemplateSubmission) -> Option<u32> {
        if !self.has_room(key) {
            return None;
        }
        let before = self.map.get(&key).map_or((0, 0), |template| (template.review, template.pauses));
        let template = Template::new(submission, Standing::InReview);
        let (review, ends) = (before.0 + 1, template.traits.verdict.is_some());
        self.map.insert(key, Template { review, pauses: before.1, ..template });
        ends.then_some(review)
    }

    /// Takes over what the caller knows of a template; what this network counted of it goes on.
    pub(crate) fn know(&mut self, key: u64, known: KnownTemplate) {
        if !self.has_room(key) {
            return;
        }
        let standing = match known.status {
            TemplateStatus::Approved => Standing::Approved,
            TemplateStatus::Paused => Standing::Paused,
            TemplateStatus::Disabled => Standing::Disabled,
            _ => Standing::Rejected,
        };
        let new = Template::new(known.submission, standing);
        let before = self.map.remove(&key).unwrap_or(new);
        let is_scored = before.quality != known.quality;
        let (delivered, blocks) = if is_scored { (0, 0) } else { (before.delivered, before.blocks) };
        let template = Template {
            standing,
            quality: known.quality,
            pauses: known.pauses,
            paused_until: None,
            delivered,
            blocks,
            ..before
        };
        self.map.insert(key, template);
    }

    pub(crate) fn remove(&mut self, key: u64) -> Option<Template> {
        self.map.remove(&key)
    }

    pub(crate) fn clear(&mut self) {
        self.map.clear();
    }
}
