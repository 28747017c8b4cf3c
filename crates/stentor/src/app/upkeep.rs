//! Drives what time alone does to templates: a step now, and one whenever the next moment comes or the registry changes.

use std::sync::Arc;
use std::time::Duration;

use crate::api::{AppState, upkeep};
use crate::clock::pause;
use crate::lifecycle::Lifecycle;

/// After a step that the store refused, in real time.
const REST: Duration = Duration::from_secs(5);

/// Runs until the program stops.
pub fn connect(state: &Arc<AppState>, life: &Lifecycle) {
    let (state, life_of_task) = (Arc::clone(state), life.clone());
    life.start(async move {
        tokio::select! {
            () = life_of_task.stopping() => {}
            () = run(&state) => {}
        }
    });
}

async fn run(state: &Arc<AppState>) {
    let mut changes = state.directory.changes();
    loop {
        changes.mark_unchanged();
        match upkeep::step(state).await {
            Ok(next) => tokio::select! {
                () = state.clock.wait_until_some(next) => {}
                _ = changes.changed() => {}
            },
            Err(error) => {
                tracing::error!(?error, "what time does to templates could not be booked; tried again");
                pause(REST).await;
            }
        }
    }
}
