//! The loop around a mover: step, execute, wait for whatever comes first.

use std::sync::Arc;

use stentor_core::time::Timestamp;
use tokio::sync::mpsc;

use super::Shared;
use crate::engine::step::Step;

/// Completions taken into one step at most.
const INPUTS_MAX: usize = 4_096;

/// A mover as `run` sees it.
pub(super) trait Mover: Send + 'static {
    /// What it is told.
    type Input: Send + 'static;
    /// What it wants done.
    type Command: Send + 'static;

    /// Takes in what happened and says what is to be done.
    fn step(&mut self, now: Timestamp, shared: &Shared, inputs: Vec<Self::Input>) -> Step<Self::Command>;
    /// Whether it was told to stop and nothing is under way any more.
    fn is_done(&self) -> bool;
    /// The input that says: look.
    fn woken() -> Self::Input;
    /// What a hint says: where to look.
    fn hinted(_shared: &Shared) -> Vec<Self::Input> {
        vec![Self::woken()]
    }
    /// The input that says: finish.
    fn stop() -> Self::Input;
    /// Resolves when it is worth a look.
    fn hint(shared: &Shared) -> impl Future<Output = ()> + Send;
    /// Starts what a command asks for; its completion comes back through `inbox`.
    fn perform(command: Self::Command, shared: &Arc<Shared>, inbox: &Inbox<Self::Input>);
}

/// Where completions go. Bounded by what the mover has under way.
pub(super) type Inbox<I> = mpsc::UnboundedSender<I>;

/// The promise of one input: kept with the fallback even when the task that owes it panics or is dropped.
pub(super) struct Promise<I> {
    inbox: Inbox<I>,
    fallback: Option<I>,
}

impl<I> Promise<I> {
    pub fn new(inbox: &Inbox<I>, fallback: Option<I>) -> Self {
        Self { inbox: inbox.clone(), fallback }
    }

    pub fn keep(mut self, input: Option<I>) {
        self.fallback = input;
    }
}

impl<I> Drop for Promise<I> {
    fn drop(&mut self) {
        if let Some(input) = self.fallback.take() {
            // Nobody listens only when the mover itself has ended.
            let _ = self.inbox.send(input);
        }
    }
}

pub(super) async fn drive<M: Mover>(mut mover: M, shared: Arc<Shared>) {
    let (inbox, mut completions) = mpsc::unbounded_channel();
    let mut inputs = vec![M::woken()];
    let mut is_stopping = false;
    loop {
        let now = shared.parts.clock.now();
        let step = mover.step(now, &shared, std::mem::take(&mut inputs));
        for command in step.commands {
            M::perform(command, &shared, &inbox);
        }
        if mover.is_done() {
            return;
        }
        // Without a rest now and then the runtime would hide the completions from a mover that is always due.
        tokio::task::coop::consume_budget().await;
        tokio::select! {
            Some(input) = completions.recv() => inputs.push(input),
            () = M::hint(&shared), if !is_stopping => inputs.extend(M::hinted(&shared)),
            () = shared.lifecycle.stopping(), if !is_stopping => {
                is_stopping = true;
                inputs.push(M::stop());
            }
            () = shared.parts.clock.wait_until_some(step.wake_at) => {}
        }
        while inputs.len() < INPUTS_MAX
            && let Ok(input) = completions.try_recv()
        {
            inputs.push(input);
        }
    }
}
