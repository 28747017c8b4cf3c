//! One seed's world: the store, the network, the customers and, while it lives, the process; and what happens in it.

use std::fmt;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use stentor::clock::Dice;
use stentor::registry::Directory;
use stentor_core::id::{IdGenerator, MessageId};
use stentor_core::time::Timestamp;
use stentor_core::wamid::WamidKey;
use stentor_disk::Disk;
use stentor_simnet::{Network, NetworkConfig, Profile};
use stentor_store::Store;

use crate::agenda::{Agenda, Happening};
use crate::checks::Books;
use crate::clocks::Clocks;
use crate::disk::{self, OnDisk};
use crate::faults::{Armed, between, pick};
use crate::keeping::RETENTION;
use crate::options::{On, Options};
use crate::process::Process;
use crate::receiver::Receivers;
use crate::setup::{self, BEGINNING, ENDPOINTS};
use crate::trace::Trace;

/// After the traffic the world calms down; everything has ended this much later (the longest TTL, twice, and some).
const AFTERMATH: Duration = Duration::from_hours(3 * 24);
/// Where everything is to go with age, it has gone.
const OUTLIVING: Duration = Duration::from_hours(10 * 24);
/// Or so long after nothing is left that could still happen, but a throttle that recovers.
const REST: Duration = Duration::from_hours(6);
const DAY: Duration = Duration::from_hours(24);

/// An invariant that does not hold.
#[derive(Debug)]
pub struct Violation {
    pub message: Option<MessageId>,
    pub what: String,
}

pub type Checked = Result<(), Violation>;

/// A violation about one message.
pub fn broken(message: MessageId, what: impl Into<String>) -> Violation {
    Violation { message: Some(message), what: what.into() }
}

/// What was simulated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub seed_days: u64,
    pub messages: u64,
    pub crashes: u64,
    /// How often the process's clock jumped.
    pub jumps: u64,
    pub unknowns: u64,
    pub doubles: u64,
    pub webhooks: u64,
    /// Erasures of a person.
    pub erasures: u64,
    /// Messages that went with age.
    pub gone: u64,
    /// Messages that were claimed by a plan.
    pub planned: u64,
    /// How often a person's or a business's limit was reached exactly.
    pub at_limit: u64,
}

impl Tally {
    pub fn add(&mut self, other: &Self) {
        self.seed_days += other.seed_days;
        self.messages += other.messages;
        self.crashes += other.crashes;
        self.jumps += other.jumps;
        self.unknowns += other.unknowns;
        self.doubles += other.doubles;
        self.webhooks += other.webhooks;
        self.erasures += other.erasures;
        self.gone += other.gone;
        self.planned += other.planned;
        self.at_limit += other.at_limit;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            seed_days,
            messages,
            crashes,
            jumps,
            unknowns,
            doubles,
            webhooks,
            erasures,
            gone,
            planned,
            at_limit,
        } = self;
        write!(
            f,
            "{seed_days} seed-days, {messages} messages, {crashes} crashes, {jumps} jumps of the clock, {unknowns} unknowns, all settled, \
             {doubles} doubles (at_least_once only), {webhooks} webhooks, {erasures} erasures, {gone} gone with age, {planned} planned, limits reached {at_limit} times"
        )
    }
}

/// One seed's world.
pub struct World {
    /// What time it really is.
    pub real: Timestamp,
    /// What time it is for the process; while there is none, when there was one last.
    pub now: Timestamp,
    pub clocks: Clocks,
    pub dice: Dice,
    pub agenda: Agenda,
    pub store: Arc<Store>,
    pub directory: Directory,
    pub network: Network,
    pub receivers: Receivers,
    /// `None` while it is down.
    pub process: Option<Process>,
    /// Which process: what belongs to an earlier one is gone.
    pub life: u64,
    pub armed: Option<Armed>,
    /// The next person a message leaves to is erased before it is answered.
    pub erases_next: bool,
    pub ids: IdGenerator,
    pub key: WamidKey,
    pub books: Books,
    pub tally: Tally,
    pub trace: Trace,
    /// When the next thing of the network is on the agenda.
    pub network_at: Option<Timestamp>,
    /// Traffic and faults end here.
    pub calm_from: Timestamp,
    end: Timestamp,
    /// The process learns, and plans by it.
    pub plans: bool,
    /// The world goes on until everything has gone with age.
    outlives: bool,
    /// The disk it lies on, where that can fail.
    pub on_disk: OnDisk,
    /// Where SQLite keeps it; removed with the world.
    folder: Option<tempfile::TempDir>,
}

impl World {
    pub fn new(seed: u64, options: &Options) -> Self {
        let (store, folder, disk) = open(seed, options);
        let mut books = Books::default();
        for (account, changes) in setup::registry() {
            let audit = setup::audit(account, BEGINNING, "world.make");
            ready(store.administer(BEGINNING, audit, changes, Vec::new())).expect("a registry");
            books.administered(account, BEGINNING);
        }
        let config = NetworkConfig { seed, ..NetworkConfig::default() };
        let calm_from = BEGINNING + DAY * u32::try_from(options.days).unwrap_or(1);
        let outlives = seed % 8 == 5;
        let mut world = Self {
            real: BEGINNING,
            now: BEGINNING,
            clocks: Clocks::default(),
            dice: Dice::seeded(seed),
            agenda: Agenda::default(),
            directory: ready(Directory::load(&store)).expect("a registry"),
            store: Arc::new(store),
            network: Network::new(config),
            receivers: Receivers::default(),
            process: None,
            life: 0,
            armed: None,
            erases_next: false,
            ids: IdGenerator::new(0, None),
            key: WamidKey([7; 16]),
            books,
            tally: Tally { seed_days: options.days, ..Tally::default() },
            trace: Trace::default(),
            network_at: None,
            calm_from,
            end: calm_from + if outlives { OUTLIVING } else { AFTERMATH },
            plans: seed % 4 == 2,
            outlives,
            on_disk: OnDisk::new(disk),
            folder,
        };
        world.plan(options.days);
        world
    }

    /// What is known beforehand.
    fn plan(&mut self, days: u64) {
        self.agenda.at(self.real, Happening::Start);
        for day in 0..days {
            let day = self.real + DAY * u32::try_from(day).unwrap_or(0);
            self.plan_customers(day);
            for _ in 0..6 {
                let at = day + between(&mut self.dice, 0, 86_000_000);
                self.agenda.at(at, Happening::Arm);
            }
            for _ in 0..3 {
                let at = day + between(&mut self.dice, 0, 86_000_000);
                self.agenda.at(at, Happening::Sleep);
                let at = day + between(&mut self.dice, 0, 86_000_000);
                self.agenda.at(at, Happening::Erase);
            }
            for _ in 0..5 {
                let at = day + between(&mut self.dice, 0, 86_000_000);
                self.agenda.at(at, Happening::Profile);
            }
            for endpoint in ENDPOINTS {
                for _ in 0..4 {
                    let at = day + between(&mut self.dice, 0, 86_000_000);
                    self.agenda.at(at, Happening::Mood(endpoint));
                }
            }
            let templates = setup::templates();
            for _ in 0..3 {
                let template = templates[pick(&mut self.dice, templates.len())].id;
                let at = day + between(&mut self.dice, 0, 80_000_000);
                let back = at + between(&mut self.dice, 60_000, 7_200_000);
                self.agenda.at(at, Happening::Pause(template, true));
                self.agenda.at(back, Happening::Pause(template, false));
            }
            for _ in 0..12 {
                let at = day + between(&mut self.dice, 0, 86_000_000);
                self.agenda.at(at, Happening::Stop);
                let at = day + between(&mut self.dice, 0, 86_000_000);
                self.agenda.at(at, Happening::Suppress);
            }
        }
        self.agenda.at(self.real + Duration::from_hours(1), Happening::Audit);
    }

    pub fn run(&mut self) -> Checked {
        while let Some((at, what)) = self.agenda.pop() {
            if at > self.end {
                break;
            }
            if at > self.real && self.is_calm(at) && !self.is_calm(self.real) {
                self.calm_down();
            }
            self.real = at;
            self.tick();
            self.happen(what)?;
        }
        self.real = self.end;
        self.tick();
        self.tally.at_limit = self.books.budgets.at_limit;
        self.audit(None)?;
        self.is_sound()?;
        self.minds_are_the_logs()?;
        self.last_audit()
    }

    fn happen(&mut self, what: Happening) -> Checked {
        match what {
            Happening::Inside(life, what) if life == self.life && self.process.is_some() => self.inside(what),
            Happening::Inside(..) => Ok(()),
            Happening::Customer => self.customer_sends(),
            Happening::Campaign(left) => self.campaign(left),
            Happening::Chatter(whom) => self.chatter(whom),
            Happening::NetworkDue => self.network_due(),
            Happening::Told(events) => self.told(events),
            Happening::Arm => {
                self.armed = Some(Armed::draw(&mut self.dice, self.plans));
                self.agenda.at(self.real + Duration::from_hours(1), Happening::Kill(self.life));
                Ok(())
            }
            Happening::Kill(life) => {
                if let Some(until) = self.asleep_until() {
                    self.agenda.at(until, Happening::Kill(life));
                } else if life == self.life && self.process.is_some() {
                    self.crash("killed");
                }
                Ok(())
            }
            Happening::Start => self.start(),
            Happening::Sleep => {
                self.goes_to_sleep();
                Ok(())
            }
            Happening::Doze => {
                self.fall_asleep();
                Ok(())
            }
            Happening::Awake => {
                self.wake_up();
                Ok(())
            }
            Happening::SetClock => {
                self.set_clock();
                Ok(())
            }
            Happening::Profile => {
                self.change_profile();
                Ok(())
            }
            Happening::Mood(endpoint) => {
                self.change_mood(endpoint);
                Ok(())
            }
            Happening::Pause(template, paused) => self.pause(template, paused),
            Happening::Stop => self.somebody_stops(),
            Happening::Suppress => self.somebody_is_suppressed(),
            Happening::Erase => self.somebody_is_erased(),
            Happening::EraseAgain(account, to) => self.erase(account, &to),
            Happening::Audit => {
                self.agenda.at(self.real + Duration::from_hours(1), Happening::Audit);
                self.audit(Some(self.real.millis().unsigned_abs() / 3_600_000 % 24))?;
                let may_end = !self.outlives || self.books.oldest().is_none();
                if self.is_calm(self.real) && may_end && self.is_settled() {
                    self.end = self.end.min(self.real + REST);
                }
                Ok(())
            }
        }
    }

    /// The store as a new process finds it: read again from its files, or from what in memory stands for them.
    pub fn reopen(&mut self) {
        if let Some(folder) = &self.folder {
            // The folder is held until its store is dropped.
            self.store = Arc::new(Store::memory());
            let folder = folder.path().to_owned();
            self.restart_disk();
            self.store = Arc::new(reopen(&folder, self.on_disk.disk.is_some()));
        } else if let Store::Memory(memory) = &*self.store {
            memory.reopen().expect("the rows are read");
        }
    }

    /// Where SQLite keeps it.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_ref().map(tempfile::TempDir::path)
    }

    pub fn is_calm(&self, at: Timestamp) -> bool {
        at >= self.calm_from
    }

    pub fn line(&mut self, about: Option<MessageId>, text: impl Into<String>) {
        self.trace.line(self.real, about, text.into());
    }

    pub fn explain(&self, violation: &Violation) -> String {
        let Violation { message, what } = violation;
        let about = message.map_or(String::new(), |id| format!(" (message {id})"));
        format!("{what}{about}{}", self.trace.about(*message))
    }

    fn change_profile(&mut self) {
        let (name, _) = Profile::NAMED[pick(&mut self.dice, Profile::NAMED.len())];
        self.set_profile(name);
    }

    fn set_profile(&mut self, name: &str) {
        self.line(None, format!("the network is {name}"));
        self.network.set_profile(Profile::named(name).expect("a named profile"));
        self.expect_network();
    }

    /// No faults any more: everything must end well.
    fn calm_down(&mut self) {
        self.armed = None;
        self.set_clock();
        self.set_profile("calm");
        self.receivers.are_well();
        self.line(None, "it is calm");
    }
}

fn open(seed: u64, options: &Options) -> (Store, Option<tempfile::TempDir>, Option<Disk>) {
    if options.on == On::Memory {
        return (Store::memory_keeping(RETENTION), None, None);
    }
    let folder = tempfile::tempdir().expect("a directory");
    let disk = (options.on == On::FailingDisk).then(|| Disk::of(folder.path(), seed));
    (reopen(folder.path(), disk.is_some()), Some(folder), disk)
}

fn reopen(folder: &Path, may_fail: bool) -> Store {
    if may_fail {
        return disk::open_on(folder);
    }
    let options = stentor_store::Options { retention: RETENTION, ..stentor_store::Options::default() };
    Store::open(folder, options).expect("the data folder opens")
}

struct Unpark(std::thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// The result of a store call: memory answers at once, SQLite from its own thread. No runtime.
pub fn ready<T>(call: impl Future<Output = T>) -> T {
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut call = pin!(call);
    loop {
        if let Poll::Ready(result) = call.as_mut().poll(&mut Context::from_waker(&waker)) {
            return result;
        }
        std::thread::park();
    }
}
