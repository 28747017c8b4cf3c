//! Worlds on a disk that fails: single faults in calls of the store, the power cut in the middle of one or with the
//! process, and what the world's books say compared with what the files hold then.

use std::time::Duration;

use stentor_core::message::{Message, flaws};
use stentor_disk::{Disk, Fault, Outage};
use stentor_store::{DATABASE, Store, StoreError, Verifier};

use crate::faults::{WHOLE, between, pick};
use crate::follows::follows;
use crate::keeping::RETENTION;
use crate::world::{Checked, Violation, World, broken, ready};

/// What a world on a failing disk knows of it.
#[derive(Debug, Default)]
pub struct OnDisk {
    pub disk: Option<Disk>,
    /// The power goes in the middle of the call that is under way.
    pub is_dying: bool,
    /// A sync takes so long: whoever waits hears so much later.
    pub slowness: Duration,
    /// Something ended without an answer: the books may be behind.
    is_doubtful: bool,
    /// Accepted or not: nobody heard.
    unsure: Vec<Message>,
    faults: u64,
}

impl OnDisk {
    pub fn new(disk: Option<Disk>) -> Self {
        Self { disk, ..Self::default() }
    }
}

impl World {
    /// In the next call of the store something may fail.
    pub fn arm_disk(&mut self) {
        let is_calm = self.is_calm(self.real) || self.on_disk.is_dying;
        let Some(disk) = self.on_disk.disk.clone().filter(|_| !is_calm) else { return };
        if self.dice.unit() >= 0.006 {
            return;
        }
        let soon = u32::try_from(pick(&mut self.dice, 3)).unwrap_or(0);
        match pick(&mut self.dice, 6) {
            5 => self.on_disk.slowness = between(&mut self.dice, 50, 3_000),
            0 => disk.fill(true),
            1 => disk.arm(Fault::Sync, soon),
            2 => disk.arm(Fault::Write, soon),
            3 => disk.arm(Fault::ShortWrite, soon),
            _ => disk.arm(Fault::Read, soon),
        }
    }

    /// The call is over.
    pub fn disarm_disk(&mut self) {
        let Some(disk) = &self.on_disk.disk else { return };
        disk.disarm();
        disk.fill(false);
        let struck = disk.faults() != self.on_disk.faults;
        self.on_disk.faults = disk.faults();
        self.on_disk.is_doubtful |= struck;
        if struck {
            self.line(None, "the disk failed");
        }
    }

    /// Instead of before the call, the power goes in its middle; `true`: it will.
    pub fn dies_within(&mut self, point: &'static str) -> bool {
        let Some(disk) = self.on_disk.disk.clone().filter(|_| !WHOLE.contains(&point)) else { return false };
        if self.dice.unit() < 0.5 {
            return false;
        }
        disk.cut_after(1 + pick(&mut self.dice, 6) as u64);
        (self.on_disk.is_dying, self.on_disk.is_doubtful) = (true, true);
        true
    }

    /// The process is gone, and the machine with it.
    pub fn cut_disk(&mut self) {
        self.on_disk.is_dying = false;
        if let Some(disk) = &self.on_disk.disk {
            disk.cut();
        }
    }

    /// What the store says of an accept; on a failing disk it may have no answer.
    pub fn heard_accept(&mut self, message: &Message, error: &StoreError) {
        assert!(self.on_disk.disk.is_some(), "an accept failed: {error}");
        self.on_disk.is_doubtful = true;
        self.on_disk.unsure.push(message.clone());
    }

    /// The machine is up again.
    pub fn restart_disk(&mut self) {
        let Some(disk) = self.on_disk.disk.clone() else { return };
        let outage = if self.dice.unit() < 0.7 { Outage::Power } else { Outage::Process };
        self.line(None, format!("up again after an outage of the {outage:?}"));
        disk.restart(outage);
    }

    /// Brings the books to what the store holds, where somebody was not answered; elsewhere nothing may differ.
    pub fn reconcile(&mut self, is_restart: bool) -> Checked {
        if self.on_disk.disk.is_none() || !(self.on_disk.is_doubtful || is_restart) {
            return Ok(());
        }
        let is_doubtful = std::mem::take(&mut self.on_disk.is_doubtful);
        for message in std::mem::take(&mut self.on_disk.unsure) {
            if ready(self.store.message(message.account, message.id)).expect("a read").is_some() {
                self.accepted(message);
            }
        }
        self.after_prune(self.now)?;
        for old in self.books.rows() {
            let new = self.view(&old)?.message;
            if new == old {
                continue;
            }
            if !is_doubtful {
                return Err(broken(old.id, format!("was answered as {old:?} and is {new:?}")));
            }
            follows(&old, &new)?;
            self.line(Some(old.id), format!("is {} after all", new.state.as_str()));
            if new.attempts > old.attempts {
                self.books.begins(&new);
            }
            self.books.learn(new);
        }
        Ok(())
    }

    /// Every row by itself, and on SQLite everything that `stentor verify` checks.
    pub fn is_sound(&self) -> Checked {
        for row in self.books.rows() {
            if let Some(flaw) = flaws(&row).first() {
                return Err(broken(row.id, format!("is not sound: {flaw}")));
            }
        }
        let Some(folder) = self.folder() else { return Ok(()) };
        let verifier = Verifier::open(&folder.join(DATABASE)).expect("a database");
        for name in Verifier::names() {
            let checked = verifier.run(name).expect("a check");
            if checked.violations > 0 {
                return Err(Violation { message: None, what: format!("{name}: {:?}", checked.examples) });
            }
        }
        Ok(())
    }
}

/// Small pages of log, so that it is folded in many times a day.
pub fn open_on(folder: &std::path::Path) -> Store {
    let options = stentor_store::Options {
        checkpoint_pages: 100,
        readers: 1,
        retention: RETENTION,
        ..stentor_store::Options::default()
    };
    Store::open(folder, options).expect("the data folder opens")
}
