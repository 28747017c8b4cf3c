//! Which messages of a template are held at accept until its quality is known (`held_for_quality_assessment`). Only on
//! channels of the simulated network: a real one does it itself. The rule is `stentor_core::template::pacing`'s; what
//! is counted here is in memory, and a restart counts anew.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use stentor_core::id::TemplateId;
use stentor_core::message::WaitReason;
use stentor_core::registry::{Channel, Template, UpstreamKind};
use stentor_core::template::{GUARDRAIL, candidate_since, passes};
use stentor_core::time::Timestamp;
use stentor_store::LookAgain;

use super::moves;
use super::state::{AppState, Review};
use crate::sim::SimControl;

/// The `message_status` of what is held.
pub const HELD: &str = "held_for_quality_assessment";
/// While messages are held, the network is asked for its verdict again after so long: it may have been reset.
const ASK_EVERY: Duration = Duration::from_mins(5);

/// The candidates' messages, counted.
#[derive(Debug, Default)]
pub struct Pacer(Mutex<HashMap<TemplateId, Counted>>);

#[derive(Debug)]
struct Counted {
    /// Since when it is a candidate: another time is another count.
    since: Timestamp,
    passed: u32,
    /// It asks to be paced from its first message.
    is_triggered: bool,
    asked_at: Option<Timestamp>,
}

/// Until when a message of the template is held, if it is.
pub fn hold(
    state: &AppState,
    template: &Arc<Template>,
    channel: &Channel,
    now: Timestamp,
) -> Option<(WaitReason, Timestamp)> {
    let since = candidate_since(template).filter(|_| channel.upstream == UpstreamKind::Simulated)?;
    let is_asked = {
        let network = state.network.as_deref()?;
        let mut all = state.pacer.0.lock().unwrap_or_else(PoisonError::into_inner);
        let counted = Counted::of(&mut all, template, since, network);
        let first = if counted.is_triggered { 0 } else { network.paces("", "")? };
        if passes(counted.passed, first) {
            counted.passed += 1;
            return None;
        }
        let is_due = counted.asked_at.is_none_or(|at| now.since(at) >= ASK_EVERY);
        if is_due {
            counted.asked_at = Some(now);
        }
        is_due
    };
    if is_asked {
        state.review(Review::Assess(Arc::clone(template)));
    }
    Some((WaitReason::Pacing, now + GUARDRAIL))
}

impl Counted {
    fn of<'a>(
        all: &'a mut HashMap<TemplateId, Self>,
        template: &Template,
        since: Timestamp,
        network: &dyn SimControl,
    ) -> &'a mut Self {
        if all.get(&template.id).is_none_or(|counted| counted.since != since) {
            let is_triggered = network.paces(&template.name, &template.components) == Some(0);
            all.insert(template.id, Self { since, passed: 0, is_triggered, asked_at: None });
        }
        all.entry(template.id).or_insert_with(|| unreachable!("it was put there"))
    }
}

/// After a held message was committed: a verdict that came in between has freed it already.
pub async fn committed(state: &AppState, template: &Template) {
    let snapshot = state.directory.snapshot();
    let current = snapshot.template_by_id(template.account, template.id);
    if current.is_none_or(|of| candidate_since(&of.template) != candidate_since(template)) {
        moves::look_again(state, template.account, None, LookAgain::Template(template.id)).await;
    }
}
