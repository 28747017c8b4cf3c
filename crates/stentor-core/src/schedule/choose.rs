//! What leaves in the slot that begins: the slice's share, what is forced by deadlines, the share of the oldest, and then
//! by the regret of waiting.

use std::cmp::Ordering;

use super::Mode;
use super::feasible::{Forecast, forecast};
use super::lot::mix;
use super::price::Prices;
use super::queue::Queue;

/// Why a message leaves now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flag {
    /// Now is its best time, and it was worth more than what stays behind.
    Planned,
    /// Later there would not have been room before the deadlines.
    Forced,
    /// Chance drew this time: it is of the slice that measures and explores.
    Explore,
    /// It was the oldest.
    Fifo,
}

/// A message that leaves now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pick {
    /// Its place in [`Queue::waiting`].
    pub at: usize,
    /// Why.
    pub flag: Flag,
    /// The regret of waiting: what now is worth, net of its price, beyond the best later slot.
    pub index: f64,
}

/// What is done in a slot.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Choice {
    /// What leaves, in this order.
    pub sends: Vec<Pick>,
    /// Places of the messages that the budget leaves out: worth less than the others everywhere. They may wait in hope;
    /// once the budget is spent, they are dropped.
    pub left_out: Vec<usize>,
    /// How the others will end.
    pub forecast: Forecast,
}

struct Candidate {
    at: usize,
    index: f64,
    deadline: u32,
    tie: u64,
}

/// Chooses what leaves in the first slot of the queue. At most that slot's capacity, at most the budget; nothing that
/// may not leave now. Within the budget everybody is attempted before the deadline if that is possible at all.
#[must_use]
pub fn choose(queue: &Queue<'_>, prices: &Prices) -> Choice {
    let (kept, left_out) = within_budget(queue, prices);
    let forecast = forecast(queue.slots, kept.iter().map(|&i| queue.waiting[i].slots));
    let room = queue.slots.first().map_or(0, |slot| slot.capacity);
    let room = room.min(queue.budget.unwrap_or(u32::MAX));
    let candidates = candidates(queue, prices, &kept);
    let mut taken = vec![false; candidates.len()];
    let mut sends: Vec<Pick> = Vec::new();
    let mut take = |order: Vec<usize>, count: u32, flag: Flag| {
        let free = (room as usize).saturating_sub(sends.len()).min(count as usize);
        let fresh: Vec<usize> = order.into_iter().filter(|n| !taken[*n]).take(free).collect();
        for n in fresh {
            taken[n] = true;
            sends.push(Pick { at: candidates[n].at, flag, index: candidates[n].index });
        }
        sends.len()
    };
    let those = |is_wanted: &dyn Fn(&Candidate) -> bool| -> Vec<usize> {
        (0..candidates.len()).filter(|&n| is_wanted(&candidates[n])).collect()
    };
    let drawn = |one: &Candidate| queue.waiting[one.at].drawn;
    let by_age = |a: &Candidate, b: &Candidate| queue.waiting[a.at].age.cmp(&queue.waiting[b.at].age);
    // Earliest deadline, and of one deadline the largest regret.
    let by_deadline =
        |a: &Candidate, b: &Candidate| a.deadline.cmp(&b.deadline).then_with(|| by_regret(a, b));
    let uniform = those(&|one| drawn(one) == Some(0));
    let planned = those(&|one| drawn(one).is_none() && one.index >= 0.0);
    let share = |of: u32, percent: u32| (u64::from(of) * u64::from(percent)).div_ceil(100) as u32;
    let slice = share(room, queue.shares.slice_percent);
    // Of what leaves, not of what might: where few are meant for this hour, the oldest do not fill it with others.
    let leaving = u32::try_from(uniform.len() + planned.len()).unwrap_or(u32::MAX).max(forecast.forced);
    let fifo = share(room.min(leaving), queue.shares.fifo_percent);
    let mut done = 0;
    if forecast.forced > 0 {
        let urgent = first(those(&|_| true), &candidates, forecast.forced as usize, by_deadline);
        done = take(urgent, forecast.forced, Flag::Forced);
    }
    done = take(first(uniform, &candidates, done + slice as usize, by_age), slice, Flag::Explore).max(done);
    // The oldest of those that are planned: fairness in time, not against the drawn slots. Some may be taken already.
    let oldest = first(those(&|one| drawn(one).is_none()), &candidates, done + fifo as usize, by_age);
    done = take(oldest, fifo, Flag::Fifo);
    take(first(planned, &candidates, done + room as usize, by_regret), u32::MAX, Flag::Planned);
    Choice { sends, left_out, forecast }
}

/// The first so many of those candidates, in order; the others are not even sorted.
fn first(
    mut some: Vec<usize>,
    candidates: &[Candidate],
    count: usize,
    order: impl Fn(&Candidate, &Candidate) -> Ordering,
) -> Vec<usize> {
    let mut by = |a: &usize, b: &usize| order(&candidates[*a], &candidates[*b]);
    if count < some.len() {
        some.select_nth_unstable_by(count, &mut by);
        some.truncate(count);
    }
    some.sort_by(by);
    some
}

/// Which messages the budget reaches for: those drawn by chance, and of the others the most valuable, at their best.
fn within_budget(queue: &Queue<'_>, prices: &Prices) -> (Vec<usize>, Vec<usize>) {
    let all = 0..queue.waiting.len();
    let alive = |i: &usize| queue.waiting[*i].slots != 0;
    let Some(budget) = queue.binding_budget() else { return (all.filter(alive).collect(), Vec::new()) };
    let discounts = queue.discounts();
    let best = |i: usize| {
        net(queue, prices, &discounts, i).map(|(_, value)| value).fold(f64::NEG_INFINITY, f64::max)
    };
    let (drawn, planned): (Vec<usize>, Vec<usize>) =
        all.filter(alive).partition(|i| queue.waiting[*i].drawn.is_some());
    let mut ranked: Vec<(f64, u64, usize)> =
        planned.into_iter().map(|i| (best(i), tie(queue, i), i)).collect();
    ranked.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
    let places = (budget as usize).saturating_sub(drawn.len()).min(ranked.len());
    let left_out: Vec<usize> = ranked.split_off(places).into_iter().map(|(_, _, i)| i).collect();
    let mut kept: Vec<usize> = ranked.into_iter().map(|(_, _, i)| i).chain(drawn).collect();
    kept.sort_unstable();
    (kept, left_out)
}

fn candidates(queue: &Queue<'_>, prices: &Prices, kept: &[usize]) -> Vec<Candidate> {
    let discounts = queue.discounts();
    let may = kept.iter().copied().filter(|&i| queue.waiting[i].may_leave_now());
    let candidate = |i: usize| {
        let (mut now, mut later) = (0.0, f64::NEG_INFINITY);
        for (h, value) in net(queue, prices, &discounts, i) {
            if h == 0 {
                now = value;
            } else {
                later = later.max(value);
            }
        }
        // Who has no later slot is not sent at all by waiting, which is worth nothing; in haste nobody asks for later.
        let is_waiting_an_option = later.is_finite() && queue.mode != Mode::Early;
        let index = match queue.mode {
            Mode::Early => f64::from(queue.values_of(i).first().copied().unwrap_or(0.0)).max(0.0),
            _ if is_waiting_an_option => now - later,
            _ => now.max(0.0),
        };
        let deadline = queue.waiting[i].deadline().unwrap_or(0);
        Candidate { at: i, index, deadline, tie: tie(queue, i) }
    };
    may.map(candidate).collect()
}

/// A message's slots and what each is worth net of its price.
fn net<'a>(
    queue: &'a Queue<'_>,
    prices: &'a Prices,
    discounts: &'a [f64],
    i: usize,
) -> impl Iterator<Item = (usize, f64)> + 'a {
    let slots = queue.waiting[i].slots;
    let value = move |(h, value): (usize, &f32)| {
        let may = slots >> h & 1 == 1;
        let price = prices.slots.get(h).copied().unwrap_or(0.0);
        may.then(|| (h, f64::from(*value) * discounts.get(h).copied().unwrap_or(0.0) - price))
    };
    queue.values_of(i).iter().enumerate().take(64).filter_map(value)
}

/// Equals are told apart by a hash, not by the order in which they came.
fn tie(queue: &Queue<'_>, i: usize) -> u64 {
    mix(&[queue.waiting[i].message])
}

fn by_regret(a: &Candidate, b: &Candidate) -> Ordering {
    b.index.total_cmp(&a.index).then(a.tie.cmp(&b.tie)).then(a.at.cmp(&b.at))
}
