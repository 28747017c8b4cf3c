//! One message as the operator sees it: what happened when, from the row's columns and its events, without doubles.

use serde::Serialize;
use stentor_core::message::{Event, EventKind, Message, State};
use stentor_core::reason::reason;
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
    }
}

fn events(view: &MessageView, waits: Option<(Timestamp, String)>) -> Vec<EventShown> {
    let message = &view.message;
    let mut lines = vec![Line::ours(message.id.accepted_at(), "accepted", None)];
    lines.extend(
        message.sending_at.map(|at| Line::ours(at, "sending", Some(format!("attempt {}", message.attempts)))),
    );
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
