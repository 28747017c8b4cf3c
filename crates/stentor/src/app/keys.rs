//! Keeps on which day each API key was last used: known in memory at once, written every minute and at the end.

use std::sync::Arc;
use std::time::Duration;

use crate::api::AppState;
use crate::clock::pause;

/// How long a day of use may be known only in memory.
const WRITE_EVERY: Duration = Duration::from_mins(1);

/// Starts the task that writes; it ends, after a last time, when the program stops.
pub fn keep_uses(state: &Arc<AppState>) {
    let task = Arc::clone(state);
    state.lifecycle.start(async move {
        let mut is_stopping = false;
        while !is_stopping {
            tokio::select! {
                () = task.lifecycle.stopping() => is_stopping = true,
                () = pause(WRITE_EVERY) => {}
            }
            if let Err(error) = task.directory.keep_uses(&task.store, task.clock.now()).await {
                tracing::warn!(%error, "the keys' days of use are written later");
            }
        }
    });
}
