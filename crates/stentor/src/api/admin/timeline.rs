//! One message as the operator sees it: what happened when, from the row's columns and its events, without doubles.

use serde::Serialize;
use stentor_core::engagement::Contribution;
use stentor_core::learning::Record;
use stentor_core::message::{Event, EventKind, Message, State};
use stentor_core::reason::reason;
use stentor_core::schedule::Flag;
use stentor_core::time::Timestamp;
use stentor_store::MessageView;
use utoipa::ToSchema;

use super::answer::at;
use crate::registry::{Registered, Snapshot};

/// One line of a timeline.
struct Line {
    at: Timestamp,
    event: &'static str,
    reason: Option<String>,
    /// Whether the time is the upstream's, which may tell whole seconds only.
    told: bool,
}

impl Line {
    fn ours(at: Timestamp, event: &'static str, reason: Option<String>) -> Self {
        Self { at, event, reason, told: false }
    }

    /// By time; an upstream's whole second counts as its end, so that nothing is sent before it was accepted.
    fn order(&self) -> i64 {
        let is_whole = self.told && self.at.millis() % 1_000 == 0;
        self.at.millis() + if is_whole { 999 } else { 0 }
    }
}

/// The template of a message.
#[derive(Serialize, ToSchema)]
pub struct TemplateName {
    #[schema(example = "spring_sale")]
    name: String,
    #[schema(example = "en")]
    language: String,
}

/// What happened to one message.
#[derive(Serialize, ToSchema)]
pub struct Timeline {
    wamid: String,
    /// The id of the request that it was accepted with: `x-fb-trace-id` of its answer, and of the log.
    #[schema(example = "AS8UhxdPr7P7WMufJGTGVGU")]
    request: String,
    #[schema(example = "read")]
    state: &'static str,
    /// Why it failed.
    #[schema(required = true)]
    code: Option<u32>,
    /// Null once it is erased.
    #[schema(required = true, example = "441234567890")]
    recipient: Option<String>,
    /// Null for free-form messages.
    #[schema(required = true)]
    template: Option<TemplateName>,
    #[schema(example = "optimised")]
    route: &'static str,
    activity_sharing: bool,
    #[schema(required = true)]
    deadline: Option<String>,
    /// Whether nobody can say if it was sent.
    unknown: bool,
    attempts: Vec<AttemptShown>,
    events: Vec<EventShown>,
    /// Why it left when it did; null where that may not be learnt from, and until it leaves.
    #[schema(required = true)]
    decision: Option<DecisionShown>,
}

/// Why a message left when it did.
#[derive(Serialize, ToSchema)]
#[schema(as = Decision)]
pub struct DecisionShown {
    /// In words.
    #[schema(
        example = "It left because now was the best time left for it. Likely to engage: 61.0 %: reads more often than others (+0.70)."
    )]
    sentence: String,
    /// `at_once`: nothing competed; else `planned`, `forced`, `explore` or `fifo`.
    #[schema(example = "planned")]
    by: &'static str,
    /// Whether it is of the randomised slice that measures the order.
    is_slice: bool,
    /// How likely the person was to engage, 0 to 1; null: nobody asked.
    #[schema(required = true)]
    likely: Option<f64>,
    /// What raised or lowered it most, the largest first.
    contributions: Vec<ContributionShown>,
    /// What leaving then cost, and what waiting would have: null where nothing was planned.
    #[schema(required = true)]
    slot_price: Option<f64>,
    #[schema(required = true)]
    index: Option<f64>,
    /// How many labels the model had learnt.
    #[schema(required = true)]
    model_version: Option<u64>,
}

/// One thing that raised or lowered a score.
#[derive(Serialize, ToSchema)]
#[schema(as = Contribution)]
pub struct ContributionShown {
    #[schema(example = "reads more often than others")]
    words: &'static str,
    /// As a logit: 0.7 doubles the odds.
    logits: f64,
}

/// One try to send it.
#[derive(Serialize, ToSchema)]
#[schema(as = Attempt)]
pub struct AttemptShown {
    /// 1 is the first.
    no: u32,
    #[schema(required = true)]
    at: Option<String>,
    /// What came of it, in words.
    #[schema(example = "taken")]
    outcome: String,
    /// The upstream's id of it.
    #[schema(required = true)]
    upstream_id: Option<String>,
}

/// One thing that happened.
#[derive(Serialize, ToSchema)]
#[schema(as = Event)]
pub struct EventShown {
    #[schema(required = true)]
    at: Option<String>,
    #[schema(example = "delivered")]
    event: &'static str,
    #[schema(required = true)]
    reason: Option<String>,
}

/// The template of a message; `None` for free-form ones.
pub fn template(message: &Message, snapshot: &Snapshot) -> Option<TemplateName> {
    let registered = message.template.and_then(|id| snapshot.template_by_id(message.account, id));
    let name = |r: &Registered| TemplateName {
        name: r.template.name.clone(),
        language: r.template.language.clone(),
    };
    registered.map(name)
}

/// The whole timeline, the fields in their documented order. `waits`: why it still waits, as of then.
pub fn timeline(
    view: &MessageView,
    (wamid, request): (&str, &str),
    snapshot: &Snapshot,
    waits: Option<(Timestamp, String)>,
) -> Timeline {
    let message = &view.message;
    Timeline {
        wamid: wamid.to_owned(),
        request: request.to_owned(),
        state: message.state.as_str(),
        code: message.code,
        recipient: view.body.as_ref().map(|body| body.address.clone()),
        template: template(message, snapshot),
        route: message.route.as_str(),
        activity_sharing: message.sharing,
        deadline: at(Some(message.deadline)),
        unknown: message.state == State::Unknown,
        attempts: attempts(view, wamid),
        events: events(view, waits),
        decision: decision(message),
    }
}

fn decision(message: &Message) -> Option<DecisionShown> {
    let decided = message.decided.as_ref().filter(|_| message.attempts > 0)?;
    let Some(Record { explanation, is_slice, .. }) = Record::parse(&decided.record) else {
        return Some(DecisionShown {
            sentence: "It left at once: nothing else competed.".to_owned(),
            by: "at_once",
            is_slice: false,
            likely: None,
            contributions: Vec::new(),
            slot_price: None,
            index: None,
            model_version: None,
        });
    };
    let by = match explanation.flag {
        Flag::Planned => "planned",
        Flag::Forced => "forced",
        Flag::Explore => "explore",
        Flag::Fifo => "fifo",
    };
    let shown = |one: &Contribution| ContributionShown { words: one.words, logits: one.logits };
    Some(DecisionShown {
        sentence: explanation.sentence(),
        by,
        is_slice,
        likely: Some(explanation.p),
        contributions: explanation.contributions.iter().map(shown).collect(),
        slot_price: Some(explanation.slot_price),
        index: Some(explanation.index),
        model_version: Some(explanation.model_version),
    })
}

fn events(view: &MessageView, waits: Option<(Timestamp, String)>) -> Vec<EventShown> {
    let message = &view.message;
    let mut lines = vec![Line::ours(message.id.accepted_at(), "accepted", None)];
    let why = decision(message).filter(|decision| decision.likely.is_some());
    let why = why.map_or_else(String::new, |decision| format!(": {}", decision.sentence));
    let began = |at| Line::ours(at, "sending", Some(format!("attempt {}{why}", message.attempts)));
    lines.extend(message.sending_at.map(began));
    lines.extend(message.taken_at.map(|at| Line::ours(at, "taken", None)));
    let statuses = [
        (EventKind::Sent, message.sent_at),
        (EventKind::Delivered, message.delivered_at),
        (EventKind::Read, message.read_at),
    ];
    for (kind, at) in statuses {
        let is_a_row = view.events.iter().any(|(_, event)| event.kind == kind);
        lines.extend(
            at.filter(|_| !is_a_row).map(|at| Line { told: true, ..Line::ours(at, kind.as_str(), None) }),
        );
    }
    lines.extend(view.events.iter().map(|(_, event)| line(event)));
    lines.sort_by_key(Line::order);
    lines.extend(waits.map(|(now, why)| Line::ours(now, EventKind::Waiting.as_str(), Some(why))));
    lines
        .iter()
        .map(|line| EventShown { at: at(Some(line.at)), event: line.event, reason: line.reason.clone() })
        .collect()
}

fn line(event: &Event) -> Line {
    let detail = event.detail.clone().filter(|detail| !detail.is_empty());
    let reason = match (event.code, detail) {
        (Some(code), detail) => Some(coded(code, detail)),
        (None, detail) => detail,
    };
    let told = matches!(
        event.kind,
        EventKind::Sent | EventKind::Delivered | EventKind::Read | EventKind::Played | EventKind::Failed
    );
    Line { at: event.at, event: event.kind.as_str(), reason, told }
}

/// A code with its detail; one that nobody here knows is said to be one.
fn coded(code: u32, detail: Option<String>) -> String {
    let known = if reason(code).is_some() { "" } else { " (a code that is not known here)" };
    let detail = detail.map_or_else(String::new, |detail| format!(": {detail}"));
    format!("{code}{known}{detail}")
}

/// The attempts with a row of their own, and those the columns alone tell of.
fn attempts(view: &MessageView, wamid: &str) -> Vec<AttemptShown> {
    let message = &view.message;
    let mut all = Vec::new();
    for no in 1..=message.attempts {
        let mut rows = view.attempts.iter().filter(|attempt| attempt.no == no).peekable();
        if rows.peek().is_none() {
            all.push(unlisted(message, no, wamid));
        }
        all.extend(rows.map(|attempt| AttemptShown {
            no: attempt.no,
            at: at(Some(attempt.at)),
            outcome: attempt.outcome.clone(),
            upstream_id: attempt.upstream_id.clone(),
        }));
    }
    all
}

/// An attempt without a row: taken under our own id, under way, or its end is not known.
fn unlisted(message: &Message, no: u32, wamid: &str) -> AttemptShown {
    let is_last = no == message.attempts;
    let (outcome, id, time) = match message.taken_at.filter(|_| is_last) {
        Some(taken) => ("taken", Some(wamid), Some(taken)),
        None if is_last && message.state == State::Sending => ("under way", None, message.sending_at),
        None => ("unknown", None, message.sending_at.filter(|_| is_last)),
    };
    AttemptShown { no, at: at(time), outcome: outcome.to_owned(), upstream_id: id.map(str::to_owned) }
}
