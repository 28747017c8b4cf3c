//! The prices of the slots and of the budget: the dual of the assignment of messages to slots, found by letting every
//! message choose its best slot and raising the price of those that are asked for too much.

use super::eligible::SLOTS_MAX;
use super::queue::Queue;

/// Steps of the search; the second half is averaged.
pub const STEPS: u32 = 150;
/// Messages the prices are found on; of more, every so-many-th.
pub const SAMPLE_MAX: usize = 20_000;

/// What a slot and a send must be worth at least.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prices {
    /// μ: a price a slot, in the unit of the values.
    pub slots: Vec<f64>,
    /// λ: the price of a send where the budget does not reach for everybody.
    pub budget: f64,
}

impl Prices {
    /// No price for anything.
    #[must_use]
    pub fn none(slots: usize) -> Self {
        Self { slots: vec![0.0; slots], budget: 0.0 }
    }
}

/// The prices for a queue. Free where nothing competes: with room for everybody they are 0.
#[must_use]
pub fn prices(queue: &Queue<'_>) -> Prices {
    let width = queue.slots.len().min(SLOTS_MAX);
    let stride = queue.waiting.len().div_ceil(SAMPLE_MAX).max(1);
    let sample: Vec<usize> = (0..queue.waiting.len()).step_by(stride).collect();
    let scale = 1.0 / stride as f64;
    let room: Vec<f64> = queue.slots.iter().map(|slot| f64::from(slot.capacity) * scale).collect();
    let budget = queue.binding_budget().map(|budget| f64::from(budget) * scale);
    let net = worth(queue, &sample, width);
    let (sum, count) =
        net.iter().filter(|v| **v > 0.0).fold((0.0, 0.0), |(s, n), v| (s + f64::from(*v), n + 1.0));
    let mut now = Prices::none(width);
    let mut mean = Prices::none(width);
    if count == 0.0 {
        return mean;
    }
    let value = sum / count;
    let open = room.iter().filter(|room| **room > 0.0).count().max(1) as f64;
    let per_slot = value / (room.iter().sum::<f64>() / open).max(1.0);
    for step in 0..STEPS {
        let (load, sends) = demand(&net, width, &now);
        let eta = 1.0 / f64::from(1 + step).sqrt();
        for ((price, load), room) in now.slots.iter_mut().zip(&load).zip(&room) {
            // A slot that everybody wants at first must not be priced out of the market for good.
            let excess = (load - room).clamp(-*room, room.max(1.0));
            *price = (*price + eta * per_slot * excess).max(0.0);
        }
        if let Some(budget) = budget {
            now.budget = (now.budget + eta * value * (sends - budget) / budget.max(1.0)).max(0.0);
        }
        if step >= STEPS / 2 {
            let weight = 1.0 / f64::from(step - STEPS / 2 + 1);
            for (mean, now) in mean.slots.iter_mut().zip(&now.slots) {
                *mean += weight * (now - *mean);
            }
            mean.budget += weight * (now.budget - mean.budget);
        }
    }
    mean
}

/// The discounted values of the sample; minus infinity where a message may not leave.
fn worth(queue: &Queue<'_>, sample: &[usize], width: usize) -> Vec<f32> {
    let discounts = queue.discounts();
    let mut net = Vec::with_capacity(sample.len() * width);
    for &i in sample {
        let values = queue.values_of(i);
        for (h, discount) in discounts.iter().take(width).enumerate() {
            let may = queue.waiting[i].slots >> h & 1 == 1;
            let value = values.get(h).copied().unwrap_or(0.0);
            net.push(if may { value * *discount as f32 } else { f32::NEG_INFINITY });
        }
    }
    net
}

/// How many want each slot at these prices, and how many want to be sent at all.
fn demand(net: &[f32], width: usize, prices: &Prices) -> (Vec<f64>, f64) {
    let mut load = vec![0.0; width];
    let mut sends = 0.0;
    let slots: Vec<f32> = prices.slots.iter().map(|price| *price as f32).collect();
    let budget = prices.budget as f32;
    for values in net.chunks_exact(width.max(1)) {
        let (mut best, mut at) = (f32::NEG_INFINITY, 0);
        for (h, (value, price)) in values.iter().zip(&slots).enumerate() {
            if value - price > best {
                (best, at) = (value - price, h);
            }
        }
        if best > budget {
            load[at] += 1.0;
            sends += 1.0;
        }
    }
    (load, sends)
}
