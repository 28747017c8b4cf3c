//! What is looked at now and then: the room on the disk, and what people make of templates. Both go on until the program
//! stops; neither moves a message.

use std::sync::Arc;
use std::time::Duration;

use crate::api::{AppState, autopilot};
use crate::clock::pause;
use crate::lifecycle::Lifecycle;

/// How often the disk is looked at, in real time.
const DISK_EVERY: Duration = Duration::from_secs(5);
/// After a round that the store refused, in real time.
const REST: Duration = Duration::from_secs(5);

/// Starts both.
pub fn connect(state: &Arc<AppState>, life: &Lifecycle, check: Duration) {
    let (disk, stop) = (Arc::clone(&state.disk), life.clone());
    life.start(async move {
        loop {
            tokio::select! {
                () = stop.stopping() => return,
                () = pause(DISK_EVERY) => disk.look(),
            }
        }
    });
    let (state, stop) = (Arc::clone(state), life.clone());
    life.start(async move {
        tokio::select! {
            () = stop.stopping() => {}
            () = judge(&state, check) => {}
        }
    });
}

async fn judge(state: &Arc<AppState>, check: Duration) {
    loop {
        if let Err(error) = autopilot::round(state).await {
            tracing::error!(?error, "templates could not be judged; tried again");
            pause(REST).await;
        }
        let next = state.clock.now() + check;
        state.clock.wait_until(next).await;
    }
}
