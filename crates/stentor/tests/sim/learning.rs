//! The learner in worlds that plan: what it learns and loses in a crash, and whether the log gives the same mind again.

use std::sync::{Arc, PoisonError};

use stentor::engine::learner::{self, Learner};
use stentor::minds::Minds;
use stentor_core::id::AccountId;
use stentor_store::Learnt;

use crate::agenda::{Inside, Mover};
use crate::faults::{Ending, Side};
use crate::setup::ACCOUNTS;
use crate::world::{Checked, Violation, World, ready};

/// Lines of one read.
const ROWS: usize = 2_000;

/// A process's learning.
#[derive(Debug)]
pub struct Learning {
    pub minds: Arc<Minds>,
    learner: Learner,
}

impl Default for Learning {
    fn default() -> Self {
        let minds = Arc::new(Minds::default());
        Self { learner: Learner::new(Arc::clone(&minds)), minds }
    }
}

impl World {
    pub fn step_learner(&mut self, input: Option<learner::Input>) -> Checked {
        let Some(learning) = self.process.as_mut().and_then(|process| process.learning.as_mut()) else {
            return Ok(());
        };
        let step = learning.learner.step(self.now, input.into_iter().collect());
        for work in step.commands {
            self.soon(Inside::LearnWork(work));
        }
        self.rest(Mover::Learner, step.wake_at)
    }

    pub fn learn_work(&mut self, work: learner::Work) -> Checked {
        let (name, ending) = (work.name(), self.ending());
        if self.dies(name, Side::Before) {
            return Ok(());
        }
        let mut input = work.failure();
        if ending != Ending::Refused {
            let heard = ready(work.execute(&self.store, self.now));
            self.disarm_disk();
            if self.dies(name, Side::After) {
                return Ok(());
            }
            self.reconcile(false)?;
            if ending == Ending::Well {
                input = heard;
            }
        }
        self.soon(Inside::ToLearner(input));
        Ok(())
    }

    /// The log, read from its beginning, gives the same mind, bit for bit: over all crashes, snapshots and restarts. Not of
    /// an account of which somebody was erased: what the mind had learnt of them before is not in the log any more.
    pub fn minds_are_the_logs(&self) -> Checked {
        let Some(learning) = self.process.as_ref().and_then(|process| process.learning.as_ref()) else {
            return Ok(());
        };
        let rebuilt = self.rebuilt(learning.learner.position());
        for account in ACCOUNTS.into_iter().filter(|account| !self.books.has_erased(*account)) {
            if snapshot(&learning.minds, account) != snapshot(&rebuilt, account) {
                let what = format!("what is learnt of {account} is not what its log says");
                return Err(Violation { message: None, what });
            }
        }
        Ok(())
    }

    /// A mind that has read the whole log up to that line and never kept anything.
    fn rebuilt(&self, position: i64) -> Arc<Minds> {
        let Learning { minds, mut learner } = Learning::default();
        let mut step = learner.step(self.now, vec![learner::Input::Woken]);
        while let Some(work) = step.commands.pop() {
            let input = match work {
                learner::Work::Load => learner::Input::Loaded(Vec::new()),
                learner::Work::Keep(_) => learner::Input::Kept,
                learner::Work::Tick { .. } => learner::Input::Ticked,
                learner::Work::Read { after, .. } => {
                    let lines = ready(self.store.learnt_after(after, ROWS)).expect("a read");
                    let lines: Vec<Learnt> = lines.into_iter().filter(|l| l.seq <= position).collect();
                    learner::Input::Read(lines)
                }
            };
            step = learner.step(self.now, vec![input]);
        }
        minds
    }
}

/// What is learnt of an account, as bytes.
fn snapshot(minds: &Minds, account: AccountId) -> Option<Vec<u8>> {
    let mind = minds.of(account)?;
    let mind = mind.read().unwrap_or_else(PoisonError::into_inner);
    Some(mind.snapshot())
}
