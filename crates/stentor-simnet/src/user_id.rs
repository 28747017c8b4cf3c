//! Business-scoped user ids (facts/meta 2.5) as a function of (seed, account, number), and back: nothing is kept, and a
//! business can write to an id it was told. Called where people write and where messages arrive.

use stentor_core::recipient::country;

use crate::dice::{Dice, For};

const ROUNDS: u64 = 4;

/// ISO 3166's own word for a country that nobody knows: fictitious numbers have ids too.
const NOWHERE: &str = "ZZ";

/// The person's id for this account: country, a dot and 20 digits. `None` for what is no number.
pub(crate) fn user_id(seed: u64, account: &str, number: &str) -> Option<String> {
    let digits = number.parse().ok()?;
    Some(format!("{}.{:020}", country(number).unwrap_or(NOWHERE), permute(dice(seed, account), digits)))
}

/// The number this id of the account names; `None` for an id the network never gave.
pub(crate) fn number_of(seed: u64, account: &str, user_id: &str) -> Option<String> {
    let (of, token) = user_id.split_once('.')?;
    let number = unpermute(dice(seed, account), token.parse().ok()?).to_string();
    // A made-up id names, but for one in sixteen thousand, more digits than a number has.
    (number.len() <= 15 && country(&number).unwrap_or(NOWHERE) == of).then_some(number)
}

fn dice(seed: u64, account: &str) -> Dice {
    Dice::about(seed, &[b"user id", account.as_bytes()])
}

/// A Feistel network over two halves of 32 bits: every number another id, without a list of them.
fn permute(dice: Dice, value: u64) -> u64 {
    (0..ROUNDS).fold(value, |value, round| {
        let (left, right) = (value >> 32, value & HALF);
        right << 32 | (left ^ mix(dice, round, right))
    })
}

fn unpermute(dice: Dice, value: u64) -> u64 {
    (0..ROUNDS).rev().fold(value, |value, round| {
        let (left, right) = (value >> 32, value & HALF);
        (right ^ mix(dice, round, left)) << 32 | left
    })
}

const HALF: u64 = 0xffff_ffff;

fn mix(dice: Dice, round: u64, half: u64) -> u64 {
    dice.bits(For::UserId, round << 32 | half) & HALF
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_names_its_number_and_no_other() {
        for number in ["441234567890", "15550100360", "5511912345678", "919876543210"] {
            let id = user_id(7, "360", number).unwrap();
            assert_eq!(number_of(7, "360", &id).as_deref(), Some(number), "{id}");
            assert_ne!(user_id(7, "361", number), Some(id.clone()), "scoped to the business");
            assert_ne!(number_of(7, "361", &id).as_deref(), Some(number));
            assert!(stentor_core::recipient::parse_user(&id).is_ok(), "{id}");
        }
        assert_eq!(number_of(7, "360", "US.13491208655302741918"), None, "an id of somebody else's");
        assert!(user_id(7, "360", "15550100360").unwrap().starts_with("ZZ."), "a number of no country");
        assert_eq!(user_id(7, "360", "DE.1"), None, "no number");
    }
}
