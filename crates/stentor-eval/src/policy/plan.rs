//! The policies: who is sent to, in which slot.

use std::time::Duration;

use stentor_core::schedule::{
    Lot, Mode, Queue, Shares, Slot, Waiting, Weights, choose, lot, prices, uniform_slot,
};
use stentor_core::time::Timestamp;

use super::student::Student;
use super::world::{Life, SLOTS, World};

/// A way to decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// In the order of acceptance, as fast as possible.
    Fifo,
    /// In the order of acceptance, in the hours that are best for all.
    FifoBestHours,
    /// By each person's own rate, as fast as possible.
    BetaGreedy,
    /// By the model's score at that hour, as fast as possible: the planner's `early`.
    ModelGreedy,
    /// The model picks the people, the hours are those best for all.
    ModelBestHours,
    /// The model and the prices of hours: the planner's `best_hour`.
    Prices,
    /// The same with a discount of 3 % an hour: the planner's `balanced`.
    Prices03,
    /// The same with a discount of 10 % an hour.
    Prices10,
    /// As the product does it: `balanced`, or `best_hour` where a budget binds; with the cost of opt-outs, the randomised
    /// slice and the share of the oldest.
    Product,
    /// Who knows every chance, as fast as possible.
    OracleGreedy,
    /// Who knows every chance, with prices.
    Oracle,
}

impl Policy {
    /// In the order of the table.
    pub const ALL: [Self; 11] = [
        Self::Fifo,
        Self::FifoBestHours,
        Self::BetaGreedy,
        Self::ModelGreedy,
        Self::ModelBestHours,
        Self::Prices,
        Self::Prices03,
        Self::Prices10,
        Self::Product,
        Self::OracleGreedy,
        Self::Oracle,
    ];

    /// Its name in the table.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fifo => "FIFO",
            Self::FifoBestHours => "FIFO in the best global hours",
            Self::BetaGreedy => "Beta-Binomial, greedy",
            Self::ModelGreedy => "model, greedy (early)",
            Self::ModelBestHours => "model picks people, global hours",
            Self::Prices => "model + hour prices (best_hour)",
            Self::Prices03 => "the same, delta 0.03 (balanced)",
            Self::Prices10 => "the same, delta 0.10",
            Self::Product => "product: slice, oldest, opt-outs",
            Self::OracleGreedy => "oracle, greedy",
            Self::Oracle => "oracle, prices",
        }
    }

    /// Who is sent to, in which slot, in the order of sending.
    #[must_use]
    pub fn plan(self, campaign: &Campaign<'_>) -> Vec<(usize, usize)> {
        match self {
            Self::Fifo => campaign.fill(campaign.people.clone(), 0..SLOTS),
            Self::FifoBestHours => campaign.fill(campaign.people.clone(), campaign.best_slots()),
            Self::BetaGreedy => {
                let ranked = campaign.ranked(|u| campaign.student.baseline(u));
                campaign.fill(ranked, 0..SLOTS)
            }
            Self::ModelBestHours => {
                let scores = campaign.scores(false);
                let mean =
                    |at: usize| scores[at * SLOTS..(at + 1) * SLOTS].iter().map(|v| f64::from(*v)).sum();
                let picked = campaign.ranked_at(mean);
                // The picked leave in the order of acceptance.
                let mut picked = picked[..campaign.sends().min(picked.len())].to_vec();
                picked.sort_unstable();
                campaign
                    .fill(picked.into_iter().map(|at| campaign.people[at]).collect(), campaign.best_slots())
            }
            Self::ModelGreedy => campaign.planned(campaign.scores(false), Mode::Early, false),
            Self::OracleGreedy => campaign.planned(campaign.scores(true), Mode::Early, false),
            Self::Prices => campaign.planned(campaign.scores(false), Mode::BestHour, false),
            Self::Prices03 => campaign.planned(campaign.scores(false), Mode::Balanced, false),
            Self::Prices10 => {
                let discount = |(n, value): (usize, f32)| value * (-0.1 * (n % SLOTS) as f64).exp() as f32;
                let values = campaign.scores(false).into_iter().enumerate().map(discount).collect();
                campaign.planned(values, Mode::BestHour, false)
            }
            Self::Product => {
                let binds = campaign.budget < campaign.people.len();
                let mode = if binds { Mode::BestHour } else { Mode::Balanced };
                campaign.planned(campaign.values(), mode, true)
            }
            Self::Oracle => campaign.planned(campaign.scores(true), Mode::BestHour, false),
        }
    }
}

/// A campaign that is to be planned.
pub struct Campaign<'a> {
    /// The world it is in.
    pub world: &'a World,
    /// Which one.
    pub number: usize,
    /// The people who may be sent to, in the order of acceptance.
    pub people: Vec<usize>,
    /// What happened to everybody before.
    pub lives: &'a [Life],
    /// Who learnt from it.
    pub student: &'a Student,
    /// How many may be sent.
    pub budget: usize,
}

impl Campaign<'_> {
    fn sends(&self) -> usize {
        self.budget.min(self.people.len())
    }

    /// The best slots for all that are needed, in the order of the day.
    fn best_slots(&self) -> Vec<usize> {
        let needed = self.sends().div_ceil(self.world.capacity());
        let mut slots = self.student.best_slots()[..needed.min(SLOTS)].to_vec();
        slots.sort_unstable();
        slots
    }

    /// People in that order into those slots, as many as there is room and budget for.
    fn fill(&self, order: Vec<usize>, slots: impl IntoIterator<Item = usize>) -> Vec<(usize, usize)> {
        let places = slots.into_iter().flat_map(|slot| std::iter::repeat_n(slot, self.world.capacity()));
        order.into_iter().take(self.sends()).zip(places).collect()
    }

    fn ranked(&self, score: impl Fn(usize) -> f64) -> Vec<usize> {
        let order = self.ranked_at(|at| score(self.people[at]));
        order.into_iter().map(|at| self.people[at]).collect()
    }

    /// Places in the order of acceptance, the highest score first.
    fn ranked_at(&self, score: impl Fn(usize) -> f64) -> Vec<usize> {
        let mut scored: Vec<(f64, usize)> = (0..self.people.len()).map(|at| (score(at), at)).collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        scored.into_iter().map(|(_, at)| at).collect()
    }

    /// A value for every person and slot: what the model says, or what is so.
    fn scores(&self, is_oracle: bool) -> Vec<f32> {
        let of = |&u: &usize| {
            if is_oracle {
                let tired = self.lives[u].tired(self.number);
                let mut scores = [0.0; SLOTS];
                let fill = |(slot, score): (usize, &mut f64)| {
                    *score = self.world.p_read(u, self.number, slot, tired);
                };
                scores.iter_mut().enumerate().for_each(fill);
                scores
            } else {
                self.student.scores(self.world, u, self.number, &self.lives[u])
            }
        };
        self.people.iter().flat_map(of).map(|score| score as f32).collect()
    }

    /// What a send is worth by the product's weights: an opt-out costs as much as twenty reads.
    fn values(&self) -> Vec<f32> {
        let weights = Weights::default();
        let mut values = self.scores(false);
        for (&u, values) in self.people.iter().zip(values.chunks_exact_mut(SLOTS)) {
            let p_opt_out = self.student.opt_out(self.lives[u].tired(self.number));
            values.iter_mut().for_each(|value| *value = weights.value(f64::from(*value), p_opt_out) as f32);
        }
        values
    }

    /// Slot by slot, as the engine would: prices, choice, the next slot.
    fn planned(&self, values: Vec<f32>, mode: Mode, is_product: bool) -> Vec<(usize, usize)> {
        let day = Slot::line(
            Timestamp::from_secs(0),
            Duration::from_hours(1),
            SLOTS,
            u32::try_from(self.world.capacity()).unwrap_or(u32::MAX),
        );
        let share = self.sends() as f64 / self.people.len().max(1) as f64;
        let drawn: Vec<Lot> = self
            .people
            .iter()
            .map(|&u| if is_product { lot(1, self.number as u64, u as u64, share) } else { Lot::Planned })
            .collect();
        let shares =
            if is_product { Shares::default() } else { Shares { fifo_percent: 0, slice_percent: 0 } };
        let mut alive: Vec<usize> = (0..self.people.len()).filter(|&at| drawn[at] != Lot::Left).collect();
        let mut sent = Vec::new();
        for now in 0..SLOTS {
            let waiting: Vec<Waiting> = alive
                .iter()
                .map(|&at| Waiting {
                    message: at as u64,
                    age: at as u64,
                    slots: (1 << (SLOTS - now)) - 1,
                    drawn: match drawn[at] {
                        Lot::Uniform(draw) => {
                            uniform_slot(draw, (1 << SLOTS) - 1).map(|slot| slot.saturating_sub(now as u8))
                        }
                        _ => None,
                    },
                })
                .collect();
            let ahead: Vec<f32> =
                alive.iter().flat_map(|&at| &values[at * SLOTS + now..(at + 1) * SLOTS]).copied().collect();
            let queue = Queue {
                slots: &day[now..],
                waiting: &waiting,
                values: &ahead,
                budget: Some((self.sends() - sent.len()) as u32),
                mode,
                shares,
            };
            let choice = choose(&queue, &prices(&queue));
            let gone: Vec<usize> = choice.sends.iter().map(|pick| alive[pick.at]).collect();
            sent.extend(gone.iter().map(|&at| (self.people[at], now)));
            let mut is_gone = vec![false; self.people.len()];
            gone.iter().for_each(|&at| is_gone[at] = true);
            alive.retain(|&at| !is_gone[at]);
        }
        sent
    }
}
