//! The writer's three bounded lanes. What settles comes first, then what begins, then what is accepted; each lane with
//! work has its share of every commit, so that none starves.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::Options;
use crate::StoreError;
use crate::tx::Tx;

/// Which of the writer's queues an operation waits in.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Lane {
    /// Results, statuses, deliveries.
    Settle,
    /// Claims, sends that begin, administration.
    Begin,
    /// New messages.
    Accept,
}

/// One operation waiting for its commit.
pub(super) trait Job: Send {
    /// Rows it is about to touch, roughly.
    fn weight(&self) -> usize;
    /// Runs it. An error is of the whole commit; a refusal of this one operation is kept for its answer.
    fn run(&mut self, tx: &mut Tx<'_>) -> Result<(), StoreError>;
    /// Answers after the commit, with what failed it if it did.
    fn answer(self: Box<Self>, failure: Option<&StoreError>);
}

struct Queues {
    jobs: [VecDeque<Box<dyn Job>>; 3],
    rows: [usize; 3],
    closed: bool,
    idle: bool,
}

pub(super) struct Lanes {
    queues: Mutex<Queues>,
    work: Condvar,
    rows_max: [usize; 3],
}

const NAMES: [&str; 3] = ["settle", "begin", "accept"];

impl Lanes {
    pub(super) fn new(options: &Options) -> Self {
        let queues = Queues { jobs: Default::default(), rows: [0; 3], closed: false, idle: false };
        let rows_max = [options.settle_rows_max, options.begin_rows_max, options.accept_rows_max];
        Self { queues: Mutex::new(queues), work: Condvar::new(), rows_max }
    }

    fn queues(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a job, or says at once that nothing was tried.
    pub(super) fn push(&self, lane: Lane, job: Box<dyn Job>) -> Result<(), StoreError> {
        let (i, weight) = (lane as usize, job.weight());
        let mut queues = self.queues();
        if queues.closed {
            return Err(StoreError::Closed);
        }
        // A batch larger than the lane itself may still go through an empty one.
        if queues.rows[i] > 0 && queues.rows[i] + weight > self.rows_max[i] {
            return Err(StoreError::Overloaded { lane: NAMES[i], rows_max: self.rows_max[i] });
        }
        queues.rows[i] += weight;
        queues.jobs[i].push_back(job);
        if queues.idle {
            queues.idle = false;
            self.work.notify_one();
        }
        Ok(())
    }

    /// Waits for work and takes one commit's worth; `None` once closed and empty.
    pub(super) fn take(&self, rows_max: usize) -> Option<Vec<Box<dyn Job>>> {
        let mut queues = self.queues();
        while queues.jobs.iter().all(VecDeque::is_empty) {
            if queues.closed {
                return None;
            }
            queues.idle = true;
            queues = self.work.wait(queues).unwrap_or_else(PoisonError::into_inner);
        }
        queues.idle = false;
        Some(queues.drain(rows_max))
    }

    /// No new work; what is queued is still done.
    pub(super) fn close(&self) {
        self.queues().closed = true;
        self.work.notify_all();
    }

    /// The writer is gone: nobody will do what is queued, and whoever waits for it hears so.
    pub(super) fn abandon(&self) {
        let mut queues = self.queues();
        queues.closed = true;
        queues.jobs = Default::default();
    }
}

impl Queues {
    fn drain(&mut self, rows_max: usize) -> Vec<Box<dyn Job>> {
        let share = rows_max / 8;
        let (mut taken, mut left) = (Vec::new(), rows_max);
        for i in 0..self.jobs.len() {
            let reserved: usize = self.rows[i + 1..].iter().map(|rows| share.min(*rows)).sum();
            let mut mine = left.saturating_sub(reserved);
            let mut first = true;
            while let Some(weight) = self.jobs[i].front().map(|job| job.weight()) {
                if weight > mine && !first {
                    break;
                }
                first = false;
                mine = mine.saturating_sub(weight);
                left = left.saturating_sub(weight);
                self.rows[i] -= weight;
                taken.extend(self.jobs[i].pop_front());
            }
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Rows(usize);

    impl Job for Rows {
        fn weight(&self) -> usize {
            self.0
        }

        fn run(&mut self, _: &mut Tx<'_>) -> Result<(), StoreError> {
            Ok(())
        }

        fn answer(self: Box<Self>, _: Option<&StoreError>) {}
    }

    fn lanes(settle: &[usize], begin: &[usize], accept: &[usize]) -> Lanes {
        let lanes = Lanes::new(&Options::default());
        for (lane, jobs) in [(Lane::Settle, settle), (Lane::Begin, begin), (Lane::Accept, accept)] {
            jobs.iter().for_each(|rows| lanes.push(lane, Box::new(Rows(*rows))).expect("room"));
        }
        lanes
    }

    /// The weights one commit takes, in order.
    fn taken(lanes: &Lanes, rows_max: usize) -> Vec<usize> {
        lanes.take(rows_max).expect("work").iter().map(|job| job.weight()).collect()
    }

    #[test]
    fn every_lane_with_work_has_its_share_of_a_commit() {
        let lanes = lanes(&[10; 200], &[9; 200], &[1; 1_000]);
        let first = taken(&lanes, 800);
        let of = |rows| first.iter().filter(|w| **w == rows).sum::<usize>();
        assert_eq!((of(10), of(9), of(1)), (600, 99, 101));
        assert!(first.is_sorted_by(|a, b| a >= b), "what settles goes first");
    }

    #[test]
    fn a_batch_larger_than_a_commit_goes_alone() {
        let lanes = lanes(&[5_000, 1], &[], &[1]);
        assert_eq!(taken(&lanes, 2_000), [5_000, 1]);
        assert_eq!(taken(&lanes, 2_000), [1]);
    }

    #[test]
    fn closed_lanes_give_what_is_left_and_take_no_more() {
        let lanes = lanes(&[], &[], &[1, 1]);
        lanes.close();
        assert!(matches!(lanes.push(Lane::Accept, Box::new(Rows(1))), Err(StoreError::Closed)));
        assert_eq!(taken(&lanes, 1), [1]);
        assert_eq!(taken(&lanes, 1), [1]);
        assert!(lanes.take(1).is_none());
    }
}
