//! Chance by hash: who is in the randomised slice, and which slot it draws. The slice measures the optimiser (it is the
//! holdout that is sent at uniform times) and explores; it has its own share of the capacity, or the prices would starve
//! it and the lift would be a fake.

/// Of a hundred people of a campaign, so many are in the slice.
pub const SLICE_PERCENT: u64 = 5;

/// How a message's time is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lot {
    /// By the plan.
    Planned,
    /// By chance: the draw, for [`uniform_slot`].
    Uniform(u64),
    /// In the slice of a campaign whose budget is smaller than its audience, and not drawn: not sent. The planned
    /// others are left out by value; these by chance.
    Left,
}

/// Splitmix64's finaliser over a chain of numbers: the one source of chance, equal on every machine.
#[must_use]
pub fn mix(numbers: &[u64]) -> u64 {
    numbers.iter().fold(0x9e37_79b9_7f4a_7c15, |state, number| {
        let mut z = (state ^ number).wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    })
}

/// The lot of a recipient in a campaign. `budget_share`: the budget by the audience, 1 where all may be sent.
///
/// ```
/// use stentor_core::schedule::{Lot, lot};
/// let drawn = (0..10_000).filter(|&person| lot(1, 7, person, 1.0) != Lot::Planned).count();
/// assert!((400..600).contains(&drawn));
/// assert_eq!(lot(1, 7, 3, 1.0), lot(1, 7, 3, 1.0));
/// ```
#[must_use]
pub fn lot(seed: u64, campaign: u64, recipient: u64, budget_share: f64) -> Lot {
    if mix(&[seed, 1, campaign, recipient]) % 100 >= SLICE_PERCENT {
        return Lot::Planned;
    }
    let draw = mix(&[seed, 2, campaign, recipient]);
    let chance = (mix(&[seed, 3, campaign, recipient]) >> 11) as f64 / (1_u64 << 53) as f64;
    if chance < budget_share { Lot::Uniform(draw) } else { Lot::Left }
}

/// The slot that a draw falls on, each of the eligible ones as likely; `None` where there is none. The caller keeps when
/// that slot begins: the message leaves in it, or as soon after as the slice's share allows.
#[must_use]
pub fn uniform_slot(draw: u64, eligible: u64) -> Option<u8> {
    let count = u64::from(eligible.count_ones());
    let nth = draw.checked_rem(count)?;
    (0..64_u8).filter(|slot| eligible >> slot & 1 == 1).nth(usize::try_from(nth).ok()?)
}
