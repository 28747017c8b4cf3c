//! From the simulated network of this process to the API's inbound functions, and from the API's new templates to the
//! network's review. The same functions take what a real upstream's webhook brings.

use std::sync::Arc;

use stentor_core::id::{AccountId, ChannelId};
use stentor_core::message::{self, StatusKind, UpstreamStatus};
use stentor_core::registry::Template;
use stentor_core::template::{Health, Judged, RejectedReason, TemplateStatus, judge};
use stentor_core::wamid;
use stentor_simnet::{
    self as simnet, KnownTemplate, NetEvent, TemplateChange, TemplateKey, TemplateRef, TemplateSubmission,
};
use tokio::sync::mpsc;

use crate::api::clicks;
use crate::api::inbound;
use crate::api::verdicts::{self, Verdict};
use crate::api::{ApiError, AppState, Review};
use crate::lifecycle::Lifecycle;
use crate::network::{self, Local};
use crate::translate;

/// Hands the network's events to the API, batch by batch, until the program stops.
pub fn connect(
    local: &Local,
    mut events: mpsc::Receiver<Vec<NetEvent>>,
    state: &Arc<AppState>,
    life: &Lifecycle,
) {
    life.start(local.clone().run(life.clone()));
    let (local, state, life_of_task) = (local.clone(), Arc::clone(state), life.clone());
    life.start(async move {
        loop {
            let batch = tokio::select! {
                () = life_of_task.stopping() => return,
                batch = events.recv() => batch,
            };
            let Some(batch) = batch else { return };
            take(&state, batch).await;
            local.record();
        }
    });
}

/// One batch: runs of statuses of one account together, the rest one by one, all in order.
async fn take(state: &Arc<AppState>, batch: Vec<NetEvent>) {
    let mut run: Vec<UpstreamStatus> = Vec::new();
    let mut account = None;
    for event in batch {
        match event {
            NetEvent::Status(status) => {
                let of = status.account.parse::<AccountId>().ok();
                if of != account {
                    flush(state, account, &mut run).await;
                    account = of;
                }
                run.extend(upstream_status(state, status));
            }
            other => {
                flush(state, account, &mut run).await;
                if let Err(error) = happened(state, other).await {
                    tracing::error!(?error, "an event of the network could not be recorded");
                }
            }
        }
    }
    flush(state, account, &mut run).await;
}

async fn flush(state: &Arc<AppState>, account: Option<AccountId>, run: &mut Vec<UpstreamStatus>) {
    let statuses = std::mem::take(run);
    if let (Some(account), false) = (account, statuses.is_empty())
        && let Err(error) = inbound::statuses(state, account, statuses).await
    {
        tracing::error!(%error, "statuses could not be recorded");
    }
}

/// What is no status: people who write, tap or stop, and what becomes of templates.
async fn happened(state: &Arc<AppState>, event: NetEvent) -> Result<(), ApiError> {
    match event {
        NetEvent::Status(_) => Ok(()),
        NetEvent::Inbound(doing) => person(state, doing).await,
        NetEvent::Click(click) => clicked(state, click).await,
        NetEvent::TemplateReviewed { template, verdict, .. } => {
            let verdict = match verdict {
                simnet::Verdict::Approved => Verdict::Approved,
                simnet::Verdict::Rejected(reason) => {
                    Verdict::Rejected(RejectedReason::parse(reason.as_str()).unwrap_or(RejectedReason::None))
                }
            };
            reviewed(state, &template, verdict).await
        }
        NetEvent::TemplateStatus { template, change, .. } => {
            let verdict = match change {
                TemplateChange::Paused { title, until } => Verdict::Paused { title: title.to_owned(), until },
                TemplateChange::Unpaused => Verdict::Unpaused,
                TemplateChange::Disabled => Verdict::Disabled,
            };
            reviewed(state, &template, verdict).await
        }
        NetEvent::QualityUpdate { template, to, .. } => reviewed(state, &template, Verdict::Scored(to)).await,
        NetEvent::TemplateReleased { template, .. } => reviewed(state, &template, Verdict::Released).await,
        NetEvent::TemplateCategory { template, to, announced_for, .. } => {
            let verdict =
                if announced_for.is_some() { Verdict::Announced(to) } else { Verdict::Recategorised(to) };
            reviewed(state, &template, verdict).await
        }
    }
}

async fn reviewed(state: &Arc<AppState>, template: &TemplateKey, verdict: Verdict) -> Result<(), ApiError> {
    let Ok(account) = template.account.parse() else { return Ok(()) };
    let named = (template.template.name.as_str(), template.template.language.as_str());
    verdicts::reviewed(state, account, named, verdict).await
}

async fn person(state: &AppState, doing: simnet::Inbound) -> Result<(), ApiError> {
    let (Ok(account), Ok(channel)) = (doing.account.parse(), doing.phone_number_id.parse()) else {
        return Ok(());
    };
    let contact = network::inbound::contact(&doing);
    if let Some(preference) = network::inbound::preference(&doing) {
        return Ok(inbound::preferred(state, account, channel, contact, preference).await?);
    }
    let snapshot = state.directory.snapshot();
    let business = snapshot.channel(channel).map_or("", |channel| channel.display_phone_number.as_str());
    match network::inbound::message(&doing, business) {
        Some(message) => Ok(inbound::wrote(state, account, channel, contact, message).await?),
        None => Ok(()),
    }
}

/// A click is passed on as it came: it names nobody. A link of ours is followed, as a browser would: that tells of it.
async fn clicked(state: &AppState, click: simnet::Click) -> Result<(), ApiError> {
    let (Ok(account), Ok(channel)) = (click.account.parse(), click.phone_number_id.parse()) else {
        return Ok(());
    };
    match state.clicks.as_ref().and_then(|clicks| clicks.token_in(&click.url)) {
        Some(token) => clicks::pressed(state, token).await,
        None => Ok(inbound::acted(state, account, channel, network::inbound::action(&click)).await?),
    }
}

fn upstream_status(state: &AppState, status: simnet::Status) -> Option<UpstreamStatus> {
    let kind = match status.kind {
        simnet::StatusKind::Sent => StatusKind::Sent,
        simnet::StatusKind::Delivered => StatusKind::Delivered,
        simnet::StatusKind::Read => StatusKind::Read,
        simnet::StatusKind::Played => StatusKind::Played,
        simnet::StatusKind::Failed { code, details, .. } => StatusKind::Failed { code, detail: details },
    };
    Some(UpstreamStatus {
        channel: ChannelId(status.phone_number_id.parse().ok()?),
        message: wamid::decode(&state.wamid_key, &status.id),
        upstream_id: status.id,
        mark: None,
        recipient: None,
        status: message::Status { kind, at: status.at },
    })
}

/// Hands new templates in; what was in review when the last process ended is handed in again, and of the others the
/// network is told how they fare.
pub fn review(
    network: &Local,
    mut receiver: mpsc::UnboundedReceiver<Review>,
    state: &AppState,
    life: &Lifecycle,
) {
    let snapshot = state.directory.snapshot();
    for account in snapshot.accounts() {
        for registered in snapshot.templates(account.id) {
            let template = &registered.template;
            match template.status {
                _ if template.pinned || template.deleted_at.is_some() => {}
                TemplateStatus::Pending => network.submit_template(submission(template)),
                TemplateStatus::Approved | TemplateStatus::Paused | TemplateStatus::Disabled => {
                    network.know_template(known(template));
                }
                _ => {}
            }
        }
    }
    let (network, life_of_task) = (network.clone(), life.clone());
    life.start(async move {
        loop {
            let review = tokio::select! {
                () = life_of_task.stopping() => return,
                review = receiver.recv() => review,
            };
            match review {
                None => return,
                Some(Review::Submit(template)) => network.submit_template(submission(&template)),
                Some(Review::Withdraw(template)) => network.withdraw_template(&key(&template)),
                Some(Review::Unpause(template)) => network.unpause_template(&key(&template)),
                Some(Review::Assess(template)) => network.assess_template(&key(&template)),
                Some(Review::Know(template)) => network.know_template(known(&template)),
                Some(Review::Change(_) | Review::Archive(_)) => {}
            }
        }
    });
}

fn submission(template: &Template) -> TemplateSubmission {
    let definition = translate::registered(template).map(|wire| translate::definition(&wire));
    let is_miscast = definition.is_ok_and(|definition| judge(&definition) == Judged::Incorrect);
    let (category, text) = (template.category, template.components.clone());
    TemplateSubmission { key: key(template), category, text, is_miscast }
}

/// What the network must know of a template that it has not followed itself.
fn known(template: &Template) -> KnownTemplate {
    let Health { quality, pauses, .. } = template.health;
    KnownTemplate { submission: submission(template), status: template.status, quality, pauses }
}

fn key(template: &Template) -> TemplateKey {
    TemplateKey {
        account: template.account.to_string(),
        template: TemplateRef { name: template.name.clone(), language: template.language.clone() },
    }
}
