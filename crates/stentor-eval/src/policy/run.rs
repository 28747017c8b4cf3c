//! Every policy in every world: a common log first, then each decides for itself and goes on learning.

use super::outcome::{Outcome, Sent};
use super::plan::{Campaign, Policy};
use super::student::{Seen, Student};
use super::world::{CAMPAIGNS, COMMON_CAMPAIGNS, Laws, Life, SLOTS, World};

/// Which part of the people a campaign may be sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// In percent.
    pub percent: u32,
}

impl Budget {
    /// The budgets of the table.
    pub const ALL: [Self; 3] = [Self { percent: 100 }, Self { percent: 50 }, Self { percent: 20 }];
}

/// What every policy did at one budget, over all worlds and in each.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The budget.
    pub budget: Budget,
    /// Over all worlds.
    pub outcomes: Vec<(Policy, Outcome)>,
    /// Reads a thousand sends in each world, in the order of `outcomes`.
    pub by_world: Vec<Vec<f64>>,
}

impl Comparison {
    /// What came of a policy.
    #[must_use]
    pub fn of(&self, policy: Policy) -> Option<&Outcome> {
        self.outcomes.iter().find(|(one, _)| *one == policy).map(|(_, outcome)| outcome)
    }

    /// How much of the way from FIFO to the oracle a policy goes: 0 is FIFO, 1 knows everything.
    #[must_use]
    pub fn share_of_the_way(&self, policy: Policy) -> f64 {
        let reads = |policy| self.of(policy).map_or(0.0, Outcome::reads_per_1000);
        let (fifo, oracle) = (reads(Policy::Fifo), reads(Policy::Oracle));
        (reads(policy) - fifo) / (oracle - fifo)
    }
}

/// Compares the policies at a budget in worlds of those seeds, each of so many people.
#[must_use]
pub fn compare(seeds: &[u64], people: usize, laws: Laws, budget: Budget) -> Comparison {
    let mut comparison = Comparison { budget, outcomes: Vec::new(), by_world: Vec::new() };
    let beginnings: Vec<Beginning> =
        seeds.iter().map(|&seed| Beginning::new(World::new(seed, people, laws))).collect();
    for policy in Policy::ALL {
        let mut outcome = Outcome::default();
        let mut reads = Vec::new();
        for beginning in &beginnings {
            let mut own = Outcome::default();
            beginning.go_on(policy, budget, &mut |due, sends| {
                own.add(due, sends);
                outcome.add(due, sends);
            });
            reads.push(own.reads_per_1000());
        }
        comparison.outcomes.push((policy, outcome));
        comparison.by_world.push(reads);
    }
    comparison
}

/// A world after the common campaigns.
struct Beginning {
    world: World,
    lives: Vec<Life>,
    student: Student,
}

impl Beginning {
    fn new(world: World) -> Self {
        let people = world.people.len();
        let mut beginning =
            Self { lives: vec![Life::default(); people], student: Student::new(people), world };
        for campaign in 0..COMMON_CAMPAIGNS {
            let people = present(&beginning.world, campaign, &beginning.lives);
            let slot = |u: usize| (beginning.world.draw(u, campaign) * SLOTS as f64) as usize;
            let sends: Vec<(usize, usize)> = people.iter().map(|&u| (u, slot(u))).collect();
            live(&beginning.world, campaign, &sends, &mut beginning.lives, &mut beginning.student);
        }
        beginning
    }

    fn go_on(&self, policy: Policy, budget: Budget, tell: &mut dyn FnMut(usize, &[Sent])) {
        let (mut lives, mut student) = (self.lives.clone(), self.student.clone());
        for number in COMMON_CAMPAIGNS..CAMPAIGNS {
            let people = present(&self.world, number, &lives);
            let budget = people.len() * budget.percent as usize / 100;
            let campaign =
                Campaign { world: &self.world, number, people, lives: &lives, student: &student, budget };
            let sends = policy.plan(&campaign);
            tell(budget, &live(&self.world, number, &sends, &mut lives, &mut student));
        }
    }
}

/// The people who did not opt out, in the order in which their messages are accepted.
fn present(world: &World, campaign: usize, lives: &[Life]) -> Vec<usize> {
    world.arrival(campaign).into_iter().filter(|&u| !lives[u].is_out).collect()
}

/// What comes of the sends: people read or not, opt out or not, and the student learns when every window has closed.
fn live(
    world: &World,
    campaign: usize,
    sends: &[(usize, usize)],
    lives: &mut [Life],
    student: &mut Student,
) -> Vec<Sent> {
    let (mut seen, mut told) = (Vec::new(), Vec::new());
    for &(person, slot) in sends {
        let tired = lives[person].tired(campaign);
        let p_read = world.p_read(person, campaign, slot, tired);
        let p_opt_out = World::p_opt_out(p_read, tired);
        let is_out = world.opts_out(person, campaign, p_opt_out);
        seen.push(Seen { person, slot, tired, is_read: world.is_read(person, campaign, p_read), is_out });
        told.push(Sent { p_read, p_opt_out, slot });
        lives[person].note_sent(campaign);
        lives[person].is_out |= is_out;
    }
    student.learn(world, campaign, &seen);
    told
}
