//! Why a message left when it did, in few bytes: kept with the message and in the log, shown in its timeline, and read by
//! whoever measures what the order brought.

use crate::engagement::{Contribution, FEATURES, NAMES};
use crate::schedule::{Explanation, Flag};

const LAYOUT: u8 = 2;
const BASELINE: u8 = 4;
const SLICE: u8 = 8;
/// What sets a person apart, which is no feature.
const OWN: [[&str; 2]; 2] = [
    ["engages more than such people do", "engages less than such people do"],
    ["reads more at this time of day", "reads less at this time of day"],
];

/// A planned decision.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// What decided.
    pub explanation: Explanation,
    /// Whether the message is of the randomised slice, whatever it left by.
    pub is_slice: bool,
    /// How likely the person was to engage at whatever hour, from 0 to 1: said before the order was made, so that it knows
    /// nothing of it.
    pub usual: f64,
}

impl Record {
    /// Its bytes: 30 and 6 for each contribution.
    ///
    /// ```
    /// use stentor_core::engagement::{Contribution, NAMES};
    /// use stentor_core::learning::Record;
    /// use stentor_core::schedule::{Explanation, Flag};
    /// let explanation = Explanation {
    ///     p: 0.25, variance: 0.5, is_baseline: true, slot_price: 0.125, budget_price: 0.0, index: 0.0625,
    ///     flag: Flag::Explore, model_version: 7,
    ///     contributions: vec![Contribution { words: NAMES[6][1], logits: -0.5 },
    ///         Contribution { words: "engages more than such people do", logits: 0.25 },
    ///         Contribution { words: "reads less at this time of day", logits: -0.125 }],
    /// };
    /// let record = Record { explanation, is_slice: true, usual: 0.375 };
    /// assert_eq!(Record::parse(&record.bytes()), Some(record));
    /// assert_eq!(Record::parse(&[]), None);
    /// ```
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let Explanation { p, variance, is_baseline, contributions, .. } = &self.explanation;
        let Explanation { slot_price, budget_price, index, flag, model_version, .. } = &self.explanation;
        let flag = match flag {
            Flag::Planned => 0,
            Flag::Forced => 1,
            Flag::Explore => 2,
            Flag::Fifo => 3,
        };
        let flags = flag | if *is_baseline { BASELINE } else { 0 } | if self.is_slice { SLICE } else { 0 };
        let mut bytes = vec![LAYOUT, flags];
        for number in [p, variance, slot_price, budget_price, index, &self.usual] {
            bytes.extend((*number as f32).to_le_bytes());
        }
        bytes.extend(u32::try_from(*model_version).unwrap_or(u32::MAX).to_le_bytes());
        for one in contributions {
            let Some(place) = place(one.words) else { continue };
            bytes.extend(place.to_le_bytes());
            bytes.extend((one.logits as f32).to_le_bytes());
        }
        bytes
    }

    /// Reads [`Record::bytes`]; `None` where nothing was planned, or another version wrote it.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let (&[LAYOUT, flags], rest) = bytes.split_first_chunk::<2>()? else { return None };
        let (numbers, rest) = rest.split_at_checked(6 * 4)?;
        let number = |n: usize| {
            let bytes = numbers.get(4 * n..4 * n + 4)?.try_into().ok()?;
            Some(f64::from(f32::from_le_bytes(bytes)))
        };
        let (version, rest) = rest.split_first_chunk::<4>()?;
        let contribution = |chunk: &[u8]| {
            let (place, logits) = chunk.split_first_chunk::<2>()?;
            let logits = f64::from(f32::from_le_bytes(logits.try_into().ok()?));
            Some(Contribution { words: words(u16::from_le_bytes(*place))?, logits })
        };
        let explanation = Explanation {
            p: number(0)?,
            variance: number(1)?,
            is_baseline: flags & BASELINE != 0,
            contributions: rest.chunks(6).filter_map(contribution).collect(),
            slot_price: number(2)?,
            budget_price: number(3)?,
            index: number(4)?,
            flag: [Flag::Planned, Flag::Forced, Flag::Explore, Flag::Fifo][usize::from(flags & 3)],
            model_version: u64::from(u32::from_le_bytes(*version)),
        };
        Some(Self { explanation, is_slice: flags & SLICE != 0, usual: number(5)? })
    }
}

/// Where words stand among all that an explanation may have.
fn place(words: &str) -> Option<u16> {
    let all = NAMES.iter().chain(&OWN);
    let (row, pair) = (0..).zip(all).find(|(_, pair)| pair.contains(&words))?;
    Some(2 * row + u16::from(pair[0] != words))
}

fn words(place: u16) -> Option<&'static str> {
    let row = place / 2;
    let pair = match row.checked_sub(FEATURES) {
        None => NAMES.get(usize::from(row))?,
        Some(own) => OWN.get(usize::from(own))?,
    };
    Some(pair[usize::from(place % 2)])
}
