//! Tasks and their end: everything that runs is started here, told to stop by one token, and waited for.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The tasks of one running program; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Lifecycle {
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Lifecycle {
    /// A life with nothing running.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts a task that ends by itself or when [`Lifecycle::stopping`] resolves.
    pub fn start<F>(&self, task: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.tasks.spawn(task);
    }

    /// Resolves when the program is told to stop.
    pub async fn stopping(&self) {
        self.stop.cancelled().await;
    }

    /// Whether the program was told to stop.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Tells every task to stop.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Tells every task to stop and waits at most `grace` for them; `false` when some were still running.
    pub async fn finish(&self, grace: Duration) -> bool {
        self.stop();
        self.tasks.close();
        tokio::select! {
            () = self.tasks.wait() => true,
            () = crate::clock::pause(grace) => false,
        }
    }

    /// Resolves on Ctrl-C or SIGTERM. They are caught from this call on, not from the first poll: whoever reads a ready
    /// line printed after it may send them at once.
    pub fn signalled() -> impl Future<Output = ()> {
        use tokio::signal::unix::{SignalKind, signal};
        let caught = signal(SignalKind::interrupt())
            .and_then(|interrupt| Ok((interrupt, signal(SignalKind::terminate())?)));
        async move {
            // What cannot be caught ends the process by itself.
            let Ok((mut interrupt, mut terminate)) = caught else { return std::future::pending().await };
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        }
    }
}
