//! What will happen, in order of time; what happens at one time happens in the order it was planned.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::time::Duration;

use stentor::engine::{dispatcher, janitor, learner, notifier, post::Post};
use stentor::upstream::Departure;
use stentor_core::id::{AccountId, EndpointId, TemplateId};
use stentor_core::recipient::Address;
use stentor_core::time::Timestamp;
use stentor_simnet::NetEvent;

/// Something inside the process: dies with it.
#[derive(Debug)]
pub enum Inside {
    /// A mover's wake-up.
    Wake(Mover),
    /// A call of the store begins.
    SendWork(dispatcher::Work),
    /// A call of the store begins.
    PostWork(notifier::Work),
    /// A call of the store begins.
    KeepWork(janitor::Work),
    /// A call of the store begins.
    LearnWork(learner::Work),
    /// A completion reaches its mover.
    ToLearner(learner::Input),
    /// A completion reaches its mover.
    ToDispatcher(dispatcher::Input),
    /// A completion reaches its mover.
    ToNotifier(notifier::Input),
    /// A completion reaches its mover.
    ToJanitor(janitor::Input),
    /// A message leaves.
    Depart(Departure),
    /// A webhook leaves.
    Post(Post),
}

/// Which mover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mover {
    Dispatcher,
    Notifier,
    Janitor,
    Learner,
}

/// What can happen.
#[derive(Debug)]
pub enum Happening {
    /// Inside the process of this number.
    Inside(u64, Inside),
    /// A customer sends.
    Customer,
    /// A customer sends marketing to that many people it has never sent to.
    Campaign(usize),
    /// A customer sends to one of a few people, again and again.
    Chatter(usize),
    /// The network has something to tell.
    NetworkDue,
    /// The network's webhook reaches the process.
    Told(Vec<NetEvent>),
    /// The process is to crash at the next fault point, at the latest within the hour.
    Arm,
    /// It has survived an hour: it is killed.
    Kill(u64),
    /// It starts again.
    Start,
    /// The process's machine is to sleep: now, or in the middle of something.
    Sleep,
    /// It falls asleep.
    Doze,
    /// It wakes up.
    Awake,
    /// The clock on its wall is set right.
    SetClock,
    /// The network behaves differently from now on.
    Profile,
    /// An endpoint behaves differently from now on.
    Mood(EndpointId),
    /// A template is paused or reinstated.
    Pause(TemplateId, bool),
    /// A person stops or resumes an account's marketing messages.
    Stop,
    /// The operator suppresses a person, or lifts it.
    Suppress,
    /// Somebody is erased.
    Erase,
    /// The same person once more: a message of theirs was leaving, or nobody was there.
    EraseAgain(AccountId, Address),
    /// The whole world is checked.
    Audit,
}

/// The agenda.
#[derive(Debug, Default)]
pub struct Agenda {
    order: BinaryHeap<Reverse<(Timestamp, u64)>>,
    entries: BTreeMap<u64, Happening>,
    next: u64,
}

impl Agenda {
    pub fn at(&mut self, at: Timestamp, what: Happening) {
        self.order.push(Reverse((at, self.next)));
        self.entries.insert(self.next, what);
        self.next += 1;
    }

    /// What was to happen inside the process of that life happens so much later.
    pub fn put_off(&mut self, life: u64, by: Duration) {
        let entries = &self.entries;
        let is_inside = |no: &u64| matches!(entries.get(no), Some(Happening::Inside(of, _)) if *of == life);
        let order = std::mem::take(&mut self.order).into_iter();
        let put_off = |Reverse((at, no))| Reverse((if is_inside(&no) { at + by } else { at }, no));
        self.order = order.map(put_off).collect();
    }

    pub fn pop(&mut self) -> Option<(Timestamp, Happening)> {
        let Reverse((at, no)) = self.order.pop()?;
        Some((at, self.entries.remove(&no)?))
    }
}
