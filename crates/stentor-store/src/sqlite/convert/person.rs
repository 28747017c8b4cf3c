//! A person's row: what is spent of budgets is packed, a few bytes a message, for the row is written once a send.

use rusqlite::Row;
use stentor_core::cap::Ring;
use stentor_core::consent::{Consent, Source};
use stentor_core::id::ChannelId;
use stentor_core::rate::Pair;
use stentor_core::time::Timestamp;
use stentor_core::undeliverable::Undeliverable;

use super::{Column, time_or_null, unreadable, word_or_null};
use crate::Person;

/// The columns [`person`] reads, in their order.
pub(in crate::sqlite) const PERSON: &str = "opted_out_at, opt_out_source, marketing_after, window_until, resumed_at, \
     pairs, marketing, undeliverable_at, undeliverable_times, suppressed_at, lifted_at, address, time_zone";

/// Milliseconds of a time, and a pair: channel, begin, messages.
const TIME_BYTES: usize = 6;
const PAIR_BYTES: usize = 8 + TIME_BYTES + 1;

pub(in crate::sqlite) fn person(row: &Row<'_>) -> Column<Person> {
    let times: Option<u32> = row.get(8)?;
    let at = time_or_null(row, 7)?;
    let consent = Consent {
        opted_out: time_or_null(row, 0)?.zip(word_or_null(row, 1, Source::parse)?),
        opted_in_at: time_or_null(row, 4)?,
        suppressed_at: time_or_null(row, 9)?,
        lifted_at: time_or_null(row, 10)?,
    };
    Ok(Person {
        consent,
        marketing_after: time_or_null(row, 2)?,
        window_until: time_or_null(row, 3)?,
        pairs: blob(row, 5, read_pairs)?.unwrap_or_default(),
        marketing: blob(row, 6, read_ring)?.unwrap_or_default(),
        undeliverable: at.zip(times).map(|(at, times)| Undeliverable { at, times }),
        address: row.get(11)?,
        time_zone: row.get(12)?,
    })
}

fn blob<T>(row: &Row<'_>, i: usize, read: impl FnOnce(&[u8]) -> Option<T>) -> Column<Option<T>> {
    let bytes: Option<Vec<u8>> = row.get(i)?;
    bytes.map(|bytes| read(&bytes).ok_or_else(|| unreadable(i, "packed times"))).transpose()
}

fn write_time(at: Timestamp) -> [u8; TIME_BYTES] {
    let [_, _, rest @ ..] = at.millis().to_be_bytes();
    rest
}

fn read_time(bytes: &[u8]) -> Option<Timestamp> {
    let bytes: [u8; TIME_BYTES] = bytes.try_into().ok()?;
    let millis = bytes.into_iter().fold(0, |millis, byte| millis << 8 | i64::from(byte));
    Some(Timestamp::from_millis(millis))
}

/// `None` where there is nothing: the column is null.
pub(in crate::sqlite) fn write_ring(ring: &Ring) -> Option<Vec<u8>> {
    let times = ring.times();
    (!times.is_empty()).then(|| times.iter().flat_map(|at| write_time(*at)).collect())
}

fn read_ring(bytes: &[u8]) -> Option<Ring> {
    let times: Option<Vec<_>> = bytes.chunks(TIME_BYTES).map(read_time).collect();
    times.map(Ring::of)
}

/// `None` where there is nothing: the column is null.
pub(in crate::sqlite) fn write_pairs(pairs: &[(ChannelId, Pair)]) -> Option<Vec<u8>> {
    let one = |(channel, pair): &(ChannelId, Pair)| {
        // A burst is 45 at most.
        let borrowed = u8::try_from(pair.borrowed()).unwrap_or(u8::MAX);
        let mut bytes = channel.0.to_be_bytes().to_vec();
        bytes.extend(write_time(pair.began_at));
        bytes.push(borrowed);
        bytes
    };
    (!pairs.is_empty()).then(|| pairs.iter().flat_map(one).collect())
}

fn read_pairs(bytes: &[u8]) -> Option<Vec<(ChannelId, Pair)>> {
    let one = |bytes: &[u8]| {
        let (channel, rest) = bytes.split_first_chunk::<8>()?;
        let (began, [borrowed]) = rest.split_at_checked(TIME_BYTES)? else { return None };
        let pair = Pair::burst(read_time(began)?, u32::from(*borrowed));
        Some((ChannelId(i64::from_be_bytes(*channel)), pair))
    };
    bytes.chunks(PAIR_BYTES).map(one).collect()
}
