//! The dispatcher's calls of the store: executed by `run` on its runtime and by the simulator on none, alike.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use stentor_core::id::{AccountId, ChannelId, MessageId};
use stentor_core::learning::Kind;
use stentor_core::time::Timestamp;
use stentor_store::{BeginSend, Committed, QueueDecision, SendRecord, Store, StoreError};

use super::Input;
use crate::engine::planner::{Brief, Plan, Window, plan};
use crate::engine::step::{Hints, Worked, report};
use crate::minds::Mind;

/// One call of the store.
#[derive(Clone, Debug)]
pub enum Work {
    /// `claim`, then `next_due`.
    Claim {
        /// Whose.
        account: AccountId,
        /// From which queue.
        channel: ChannelId,
        /// At most this many.
        limit: usize,
    },
    /// `claim_planned`.
    ClaimPlanned {
        /// Whose.
        account: AccountId,
        /// From which queue.
        channel: ChannelId,
        /// At most this many.
        limit: usize,
        /// The next of the plan.
        picks: Vec<MessageId>,
    },
    /// `due` and `waiting`, and what is made of them.
    Plan(Box<Asked>),
    /// `decide_queued`; answered only when it fails.
    Decide(AccountId, Vec<(MessageId, QueueDecision)>),
    /// `begin_send`.
    Begin(BeginSend),
    /// `record_sends`.
    Record(Vec<SendRecord>),
    /// `release`; not answered: a lease that is not given back runs out.
    Release(AccountId, Vec<MessageId>),
}

impl Work {
    /// What it is, for logs and the simulator's fault points.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Claim { .. } => "claim",
            Self::ClaimPlanned { .. } => "claim_planned",
            Self::Plan(_) => "plan",
            Self::Decide(..) => "decide",
            Self::Begin(_) => "begin",
            Self::Record(_) => "record_sends",
            Self::Release(..) => "release",
        }
    }

    /// What its mover is told when it fails, or when nobody knows; `None`: nothing.
    #[must_use]
    pub fn failure(&self) -> Option<Input> {
        match self {
            Self::Claim { channel, .. } | Self::ClaimPlanned { channel, .. } => {
                Some(Input::ClaimFailed(*channel))
            }
            Self::Plan(asked) => Some(Input::PlanFailed(asked.channel)),
            Self::Decide(account, decisions) => {
                Some(Input::DecideFailed(*account, decisions.iter().map(|(id, _)| *id).collect()))
            }
            Self::Begin(begin) => Some(Input::BeginFailed(begin.channel)),
            Self::Record(_) => Some(Input::RecordFailed),
            Self::Release(..) => None,
        }
    }

    /// Calls the store.
    pub async fn execute(self, store: &Store, now: Timestamp) -> Worked<Input> {
        let (name, failure) = (self.name(), self.failure());
        let worked = match self {
            Self::Claim { account, channel, limit } => {
                let claimed = store.claim(now, account, channel, limit).await;
                let due = match &claimed {
                    // There may be more: the next claim will tell.
                    Ok(rows) if rows.len() == limit => Some(now),
                    // A queue that cannot be asked is looked at again; what was leased goes on.
                    _ => store
                        .next_due(account, channel)
                        .await
                        .unwrap_or_else(|error| report(name, &error, Some(now))),
                };
                claimed.map(|rows| Worked::input(Input::Claimed(channel, rows, due)))
            }
            Self::ClaimPlanned { account, channel, limit, picks } => {
                let claimed = store.claim_planned(now, (account, channel), limit, picks).await;
                claimed.map(|rows| {
                    // The plan knows when the rest is next; for the classic way the next look finds what has come.
                    let due = (rows.len() == limit).then_some(now);
                    Worked::input(Input::Claimed(channel, rows, due))
                })
            }
            Self::Plan(asked) => {
                let channel = asked.channel;
                asked.make(store, now).await.map(|plan| Worked::input(Input::Planned(channel, plan)))
            }
            Self::Decide(account, decisions) => {
                store.decide_queued(now, account, decisions).await.map(|done| Worked::hints(Hints::of(done)))
            }
            Self::Begin(begin) => {
                let channel = begin.channel;
                store.begin_send(now, begin).await.map(|begun| {
                    // What was put off may be due before the queue is looked at again.
                    let changes = begun.put_off.clone();
                    let hints = Hints::of(Committed { changes, ..Committed::default() });
                    Worked { input: Some(Input::Begun(channel, begun)), hints }
                })
            }
            Self::Record(records) => {
                let recorded = store.record_sends(now, records).await;
                recorded.map(|done| Worked { input: Some(Input::Recorded), hints: Hints::of(done) })
            }
            Self::Release(account, messages) => {
                store.release(account, messages).await.map(|()| Worked::hints(Hints::default()))
            }
        };
        worked
            .unwrap_or_else(|error| Worked { input: report(name, &error, failure), hints: Hints::default() })
    }
}

/// A plan that is asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Whose.
    pub account: AccountId,
    /// Of which queue.
    pub channel: ChannelId,
    /// How it is to be made.
    pub brief: Brief,
    /// What the account's templates are, by id.
    pub kinds: BTreeMap<u64, Kind>,
    /// What is learnt of the account.
    pub mind: Mind,
    /// What was looked at for the plan before.
    pub window: Arc<Mutex<Window>>,
    /// Messages looked at, at most.
    pub window_max: usize,
    /// Whether people of the EEA and the UK are profiled, too.
    pub profiles_all: bool,
}

/// Messages asked of the store at a time.
const READ_ROWS: usize = 1_000;

impl Asked {
    /// Looks at what waits, and plans the next minute.
    async fn make(self, store: &Store, now: Timestamp) -> Result<Option<Plan>, StoreError> {
        let waiting = store.due(self.channel, now, self.window_max).await?;
        let new = self.window().keep(&waiting);
        for ids in new.chunks(READ_ROWS) {
            let rows = store.waiting(self.account, ids.to_vec()).await?;
            self.window().add(now, rows, &self.kinds, self.profiles_all);
        }
        Ok(plan(now, &self.brief, &mut self.window(), &self.mind))
    }

    fn window(&self) -> MutexGuard<'_, Window> {
        self.window.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
