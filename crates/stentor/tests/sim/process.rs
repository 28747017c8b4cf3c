//! The program's engine in the simulated process: the movers as `run` drives them, their commands executed on the
//! virtual clock, each with a fault point before and after it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use stentor::clock::{Dice, Reckoning};
use stentor::engine::dispatcher::{self, Dispatcher};
use stentor::engine::janitor::{self, Janitor};
use stentor::engine::learner;
use stentor::engine::notifier::{self, Notifier};
use stentor::engine::step::Hints;
use stentor::registry::Directory;
use stentor_core::id::IdGenerator;
use stentor_core::registry::Echo;
use stentor_core::time::Timestamp;

use crate::agenda::{Happening, Inside, Mover};
use crate::clocks::Midst;
use crate::faults::{Ending, Side, between};
use crate::learning::Learning;
use crate::world::{Checked, World, ready};

/// Inputs of one mover at one time: more is a loop that feeds itself.
const STEPS_AT_ONCE_MAX: u32 = 2_000;

/// What a living process holds.
pub struct Process {
    pub dispatcher: Dispatcher,
    pub notifier: Notifier,
    pub janitor: Janitor,
    /// Where it learns and plans.
    pub learning: Option<Learning>,
    /// What it makes of its machine's clocks.
    pub clock: Reckoning,
    /// The wake-up each mover waits for, really.
    wakes: BTreeMap<Mover, Timestamp>,
    steps: (Timestamp, u32),
}

impl Process {
    /// Its machine sleeps for so long: whoever waits wakes up as much later.
    pub fn put_off(&mut self, by: Duration) {
        self.wakes.values_mut().for_each(|at| *at = *at + by);
    }
}

impl World {
    /// A new process on the old store: nothing else is left of the one before.
    pub fn start(&mut self) -> Checked {
        if self.process.is_some() {
            return Ok(());
        }
        self.reopen();
        self.reconcile(true)?;
        self.directory = ready(Directory::load(&self.store)).expect("the registry");
        let clock = self.begin_clock()?;
        let rescued = ready(self.store.rescue(self.now)).expect("a rescue");
        self.after_rescue()?;
        let last = ready(self.store.last_id()).expect("the last id");
        self.ids = IdGenerator::new(0, last);
        self.line(None, format!("the process starts, {rescued} in doubt"));
        let mut dice = || Dice::seeded((self.dice.unit() * 1e15).to_bits());
        let limits = dispatcher::Limits {
            in_flight_max: 40,
            lease: Duration::from_secs(45),
            profiles_all: true,
            ..dispatcher::Limits::default()
        };
        let learning = self.plans.then(Learning::default);
        let dispatcher = Dispatcher::new(limits, self.key.clone(), dice());
        self.process = Some(Process {
            dispatcher: match &learning {
                Some(learning) => dispatcher.with_minds(Arc::clone(&learning.minds)),
                None => dispatcher,
            },
            learning,
            notifier: Notifier::new(notifier::Limits::default(), self.key.clone(), dice()),
            janitor: Janitor::default(),
            wakes: BTreeMap::new(),
            clock,
            steps: (self.real, 0),
        });
        self.step_dispatcher(dispatcher::Input::Woken(None))?;
        self.step_notifier(notifier::Input::Woken)?;
        self.step_janitor(Some(janitor::Input::Woken))?;
        self.step_learner(Some(learner::Input::Woken))
    }

    /// Everything in memory is gone, everything on its way inside the process with it.
    pub fn crash(&mut self, why: &str) {
        self.line(None, format!("CRASH: {why}"));
        self.tally.crashes += 1;
        self.life += 1;
        self.process = None;
        self.armed = None;
        self.cut_disk();
        let back = self.real + self.outage();
        self.agenda.at(back, Happening::Start);
    }

    /// Passes a fault point; `true`: the process died there.
    pub fn dies(&mut self, point: &'static str, side: Side) -> bool {
        let is_armed = self.armed.is_some_and(|armed| armed.point == point && armed.side == side);
        if is_armed && side == Side::Before && self.dies_within(point) {
            return false;
        }
        let hit = is_armed || (self.on_disk.is_dying && side == Side::After);
        if hit {
            self.crash(&format!("{side:?} {point}"));
        }
        hit
    }

    pub fn soon(&mut self, what: Inside) {
        let slowness = std::mem::take(&mut self.on_disk.slowness);
        let at = self.real + between(&mut self.dice, 0, 4) + slowness;
        self.agenda.at(at, Happening::Inside(self.life, what));
    }

    pub fn inside(&mut self, what: Inside) -> Checked {
        match what {
            Inside::Wake(mover) => self.wake(mover),
            Inside::SendWork(work) => self.send_work(work),
            Inside::PostWork(work) => self.post_work(work),
            Inside::KeepWork(work) => self.keep_work(work),
            Inside::LearnWork(work) => self.learn_work(work),
            Inside::ToLearner(input) => self.step_learner(Some(input)),
            Inside::ToDispatcher(input) => self.step_dispatcher(input),
            Inside::ToNotifier(input) => self.step_notifier(input),
            Inside::ToJanitor(input) => self.step_janitor(Some(input)),
            Inside::Depart(departure) => self.depart(departure),
            Inside::Post(post) => self.post(&post),
        }
    }

    fn wake(&mut self, mover: Mover) -> Checked {
        let Some(process) = &mut self.process else { return Ok(()) };
        if process.wakes.get(&mover) != Some(&self.real) {
            return Ok(());
        }
        process.wakes.remove(&mover);
        match mover {
            Mover::Dispatcher => self.steps_dispatcher(Vec::new()),
            Mover::Notifier => self.steps_notifier(Vec::new()),
            Mover::Janitor => self.step_janitor(None),
            Mover::Learner => self.step_learner(None),
        }
    }

    /// Puts a mover's wake-up on the agenda, and counts its steps: a mover that never rests is a bug.
    pub fn rest(&mut self, mover: Mover, wake_at: Option<Timestamp>) -> Checked {
        let Some(process) = &mut self.process else { return Ok(()) };
        if process.steps.0 == self.real {
            process.steps.1 += 1;
        } else {
            process.steps = (self.real, 0);
        }
        if process.steps.1 > STEPS_AT_ONCE_MAX {
            return Err(crate::world::Violation { message: None, what: format!("{mover:?} never rests") });
        }
        // The clock counts whole milliseconds.
        let soonest = self.now + Duration::from_millis(1);
        let wake_at = wake_at.map(|at| self.real + at.max(soonest).since(self.now));
        match wake_at {
            Some(at) if process.wakes.get(&mover) != Some(&at) => {
                process.wakes.insert(mover, at);
                self.agenda.at(at, Happening::Inside(self.life, Inside::Wake(mover)));
            }
            Some(_) => {}
            None => drop(process.wakes.remove(&mover)),
        }
        Ok(())
    }

    pub fn step_dispatcher(&mut self, input: dispatcher::Input) -> Checked {
        self.steps_dispatcher(vec![input])
    }

    fn steps_dispatcher(&mut self, inputs: Vec<dispatcher::Input>) -> Checked {
        let facts = self.directory.snapshot();
        let Some(process) = &mut self.process else { return Ok(()) };
        let step = process.dispatcher.step(self.now, &facts, inputs);
        let under_way = Midst::of(&step.commands);
        for command in step.commands {
            match command {
                dispatcher::Command::Store(work) => {
                    self.decided(&work);
                    self.soon(Inside::SendWork(work));
                }
                dispatcher::Command::Unmark(channel) => {
                    let learn = self.directory.learn_echo(&self.store, self.now, channel, Echo::No);
                    ready(learn).expect("a channel is put");
                }
                dispatcher::Command::Send(departures) => {
                    for (at, departure) in departures {
                        let at = self.really(at);
                        self.agenda.at(at, Happening::Inside(self.life, Inside::Depart(departure)));
                    }
                }
            }
        }
        self.rest(Mover::Dispatcher, step.wake_at)?;
        self.may_sleep(under_way);
        Ok(())
    }

    pub fn step_notifier(&mut self, input: notifier::Input) -> Checked {
        self.steps_notifier(vec![input])
    }

    fn steps_notifier(&mut self, inputs: Vec<notifier::Input>) -> Checked {
        let facts = self.directory.snapshot();
        let Some(process) = &mut self.process else { return Ok(()) };
        let step = process.notifier.step(self.now, &facts, inputs);
        for command in step.commands {
            match command {
                notifier::Command::Store(work) => self.soon(Inside::PostWork(work)),
                notifier::Command::Post(post) => self.soon(Inside::Post(post)),
            }
        }
        self.rest(Mover::Notifier, step.wake_at)
    }

    fn step_janitor(&mut self, input: Option<janitor::Input>) -> Checked {
        let Some(process) = &mut self.process else { return Ok(()) };
        let step = process.janitor.step(self.now, process.clock.is_resting(), input.into_iter().collect());
        for work in step.commands {
            self.soon(Inside::KeepWork(work));
        }
        self.rest(Mover::Janitor, step.wake_at)
    }

    /// How this call of the store ends.
    pub fn ending(&mut self) -> Ending {
        if self.on_disk.disk.is_some() {
            self.arm_disk();
            return Ending::Well;
        }
        if self.is_calm(self.real) { Ending::Well } else { Ending::draw(&mut self.dice) }
    }

    fn send_work(&mut self, work: dispatcher::Work) -> Checked {
        let (name, failure, ending) = (work.name(), work.failure(), self.ending());
        if self.dies(name, Side::Before) {
            return Ok(());
        }
        let mut input = failure;
        if ending != Ending::Refused {
            let refusals = self.refusals(&work);
            let is_planned = matches!(work, dispatcher::Work::ClaimPlanned { .. });
            self.asks(&work);
            let worked = ready(work.execute(&self.store, self.now));
            // On a failing disk a commit may be none: then nobody knows of the refusals.
            if matches!(worked.input, Some(dispatcher::Input::Recorded)) {
                self.refused(&refusals);
            }
            self.disarm_disk();
            if let (true, Some(dispatcher::Input::Claimed(_, rows, _))) = (is_planned, &worked.input) {
                self.tally.planned += rows.len() as u64;
            }
            self.leased(worked.input.as_ref())?;
            self.hint(self.now, worked.hints)?;
            if self.dies(name, Side::After) {
                return Ok(());
            }
            self.reconcile(false)?;
            if ending == Ending::Well {
                input = worked.input;
            }
        }
        if ending != Ending::Well {
            self.line(None, format!("store: {name} ends {ending:?}"));
        }
        if let Some(input) = input {
            self.soon(Inside::ToDispatcher(input));
        }
        Ok(())
    }

    fn post_work(&mut self, work: notifier::Work) -> Checked {
        let (name, failure, ending) = (work.name(), work.failure(), self.ending());
        if self.dies(name, Side::Before) {
            return Ok(());
        }
        let mut input = failure;
        if ending != Ending::Refused {
            let worked = ready(work.execute(&self.store, self.now));
            self.disarm_disk();
            if self.dies(name, Side::After) {
                return Ok(());
            }
            self.reconcile(false)?;
            if let (Ending::Well, Some(heard)) = (ending, worked.input) {
                input = heard;
            }
        }
        self.soon(Inside::ToNotifier(input));
        Ok(())
    }

    fn keep_work(&mut self, work: janitor::Work) -> Checked {
        let (name, ending) = (work.name(), self.ending());
        if self.dies(name, Side::Before) {
            return Ok(());
        }
        let mut input = work.failure();
        if ending != Ending::Refused {
            let worked = ready(work.execute(&self.store));
            self.disarm_disk();
            let (janitor::Work::Timers { at: asked, .. } | janitor::Work::Prune { at: asked, .. }) = work;
            self.rests(asked, &worked.hints.changes)?;
            self.hint(asked, worked.hints)?;
            if let janitor::Work::Prune { at, .. } = work {
                self.after_prune(at)?;
            }
            if self.dies(name, Side::After) {
                return Ok(());
            }
            self.reconcile(false)?;
            if let (Ending::Well, Some(heard)) = (ending, worked.input) {
                input = heard;
            }
        }
        self.soon(Inside::ToJanitor(input));
        Ok(())
    }

    /// What a commit of that time wrote is checked row by row; the movers it concerns are woken.
    pub fn hint(&mut self, at: Timestamp, hints: Hints) -> Checked {
        self.committed(at, &hints.changes)?;
        for channel in hints.queued {
            self.soon(Inside::ToDispatcher(dispatcher::Input::Woken(Some(channel))));
        }
        if hints.deliveries {
            self.soon(Inside::ToNotifier(notifier::Input::Woken));
        }
        Ok(())
    }

    /// The API's wake-up after something that customers are told of.
    pub fn wake_deliveries(&mut self) {
        self.soon(Inside::ToNotifier(notifier::Input::Woken));
    }

    /// The API's wake-up after an accept.
    pub fn wake_queue(&mut self) {
        self.soon(Inside::ToDispatcher(dispatcher::Input::Woken(None)));
    }

    /// The answer of an endpoint or of the upstream, after its time.
    pub fn after(&mut self, by: Duration, what: Inside) {
        self.agenda.at(self.real + by, Happening::Inside(self.life, what));
    }
}
