//! From the simulated network of this process to the API's inbound functions, and from the API's new templates to the
//! network's review. The same functions take what a real upstream's webhook brings.

use std::sync::Arc;

use stentor_core::id::{AccountId, ChannelId};
use stentor_core::message::{self, StatusKind, UpstreamStatus};
use stentor_core::registry::Template;
use stentor_core::template::TemplateStatus;
use stentor_core::wamid;
use stentor_simnet::{self as simnet, NetEvent, TemplateKey, TemplateRef, TemplateSubmission};
use tokio::sync::mpsc;

use crate::api::{AppState, Review};
use crate::lifecycle::Lifecycle;
use crate::network::Local;

/// Hands the network's events to the API, batch by batch, until the program stops.
pub fn connect(
    network: &Local,
    mut events: mpsc::Receiver<Vec<NetEvent>>,
    state: &Arc<AppState>,
    life: &Lifecycle,
) {
    life.start(network.clone().run(life.clone()));
    let (state, life_of_task) = (Arc::clone(state), life.clone());
    life.start(async move {
        loop {
            let batch = tokio::select! {
                () = life_of_task.stopping() => return,
                batch = events.recv() => batch,
            };
            let Some(batch) = batch else { return };
            take(&state, batch).await;
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
                tracing::debug!(event = ?other.at(), "an event of the network that is no status");
            }
        }
    }
    flush(state, account, &mut run).await;
}

async fn flush(state: &Arc<AppState>, account: Option<AccountId>, run: &mut Vec<UpstreamStatus>) {
    let statuses = std::mem::take(run);
    if let (Some(account), false) = (account, statuses.is_empty()) {
        let now = state.clock.now();
        if let Err(error) = state.store.record_statuses(now, account, statuses).await {
            tracing::error!(%error, "statuses could not be recorded");
        }
        state.wake.deliveries();
    }
}

fn upstream_status(state: &AppState, status: simnet::Status) -> Option<UpstreamStatus> {
    let kind = match status.kind {
        simnet::StatusKind::Sent => StatusKind::Sent,
        simnet::StatusKind::Delivered => StatusKind::Delivered,
        simnet::StatusKind::Read => StatusKind::Read,
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

/// Hands new templates in; what was still in review when the last process ended is handed in again.
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
            let waits = template.status == TemplateStatus::Pending && !template.pinned;
            if waits && template.deleted_at.is_none() {
                network.submit_template(submission(template));
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
            }
        }
    });
}

fn submission(template: &Template) -> TemplateSubmission {
    TemplateSubmission { key: key(template), category: template.category, text: template.components.clone() }
}

fn key(template: &Template) -> TemplateKey {
    TemplateKey {
        account: template.account.to_string(),
        template: TemplateRef { name: template.name.clone(), language: template.language.clone() },
    }
}
