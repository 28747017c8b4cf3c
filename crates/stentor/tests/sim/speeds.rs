//! The speed of each channel as the world sees it: what its upstream refused, as that was committed, and what was debited
//! since. Not the program's own arithmetic: bounds around it.

use std::collections::{BTreeMap, VecDeque};

use stentor::engine::dispatcher::Work;
use stentor_core::id::{ChannelId, MessageId};
use stentor_core::outcome::pressure;
use stentor_core::rate::{REACTION, RECOVERY};
use stentor_core::time::Timestamp;
use stentor_store::{Begun, SendRecord};

use crate::world::{Checked, Violation, World, broken, ready};

/// Departures, and rates in force, of a channel that are looked back on.
const WINDOW: usize = 200;
/// A grant reaches so far ahead, and so long after it departures may be under way at its rate.
const AHEAD_MS: u64 = 200;

/// One channel's speed.
#[derive(Debug, Default)]
struct Speed {
    /// When each left, and when its send had begun.
    departures: VecDeque<(Timestamp, Timestamp)>,
    /// When a batch was begun, and at which rate.
    begins: VecDeque<(Timestamp, u32)>,
    /// When a refusal for speed last counted, and the rate before it at most.
    cut: Option<(Timestamp, f64)>,
    rests_until: Timestamp,
}

/// All channels'.
#[derive(Debug, Default)]
pub struct Speeds(BTreeMap<ChannelId, Speed>);

/// What a channel that is set to so much gains in that time.
fn grown(set_to: u32, from: Timestamp, to: Timestamp) -> f64 {
    f64::from(set_to) * (to.since(from).as_secs_f64() / RECOVERY.as_secs_f64())
}

impl World {
    /// Refusals that are about to be committed, of sends that are still the latest of their message.
    pub fn refusals(&self, work: &Work) -> Vec<SendRecord> {
        let Work::Record(records) = work else { return Vec::new() };
        records.iter().filter(|record| pressure(&record.outcome).is_some()).cloned().collect()
    }

    /// They are committed.
    pub fn refused(&mut self, records: &[SendRecord]) {
        for record in records {
            let Some(row) = self.books.row(record.message).cloned() else { continue };
            let Some(by) = pressure(&record.outcome) else { continue };
            let set_to = self.set_to(row.channel);
            let speed = self.books.speeds.0.entry(row.channel).or_default();
            if let Some(rest) = by.rest {
                speed.rests_until = speed.rests_until.max(self.now + rest);
            }
            let began = row.sending_at.filter(|_| row.attempts == record.attempt);
            let is_news = speed.cut.is_none_or(|(at, _)| began > Some(at) && self.now >= at + REACTION);
            if by.is_limit && is_news {
                let last = speed.begins.back().copied().filter(|_| speed.cut.is_some());
                let before = last
                    .map_or(f64::from(set_to), |(at, rate)| f64::from(rate) + grown(set_to, at, self.now));
                speed.cut = Some((self.now, before.min(f64::from(set_to))));
            }
        }
    }

    /// A batch was begun: not while its channel rests, not above the set rate, after a cut at half of the rate before it
    /// and what grew back since.
    pub fn begun_at(&mut self, channel: ChannelId, begun: &Begun) -> Checked {
        let (now, set_to) = (self.now, self.set_to(channel));
        let Some(first) = begun.messages.first() else { return Ok(()) };
        let speed = self.books.speeds.0.entry(channel).or_default();
        let rate = begun.rate_per_s;
        if now < speed.rests_until {
            return Err(broken(
                first.id,
                format!("begun although {channel} rests until {}", speed.rests_until),
            ));
        }
        let most = speed.cut.map_or(f64::from(set_to), |(at, before)| {
            (before / 2.0 + grown(set_to, at, now) + 1.0).min(f64::from(set_to))
        });
        if rate == 0 || f64::from(rate) > most {
            return Err(broken(
                first.id,
                format!("{channel} goes at {rate}/s, {most:.1} may, set to {set_to}"),
            ));
        }
        speed.begins.push_back((now, rate));
        if speed.begins.len() > WINDOW {
            speed.begins.pop_front();
        }
        Ok(())
    }

    /// Any window t carries at most rate x t + depth + rate x 0.1 s, by the highest rate that was in force since the first
    /// of it began: on a slow disk that is seconds before it leaves.
    pub fn within_rate(&mut self, id: MessageId, channel: ChannelId, began: Timestamp) -> Checked {
        let now = self.now;
        let speed = self.books.speeds.0.entry(channel).or_default();
        speed.departures.push_back((now, began));
        if speed.departures.len() > WINDOW {
            speed.departures.pop_front();
        }
        let mut begins = speed.begins.iter().rev().peekable();
        let mut rate = 0_u32;
        for (count, (from, began)) in (1_u32..).zip(speed.departures.iter().rev()) {
            let since = Timestamp::from_millis(began.min(from).millis() - AHEAD_MS as i64);
            while let Some((_, in_force)) = begins.next_if(|(at, _)| *at >= since) {
                rate = rate.max(*in_force);
            }
            let (in_force, t) = (f64::from(rate), now.since(*from).as_secs_f64());
            let most = in_force * t + (in_force * 0.1).max(1.0) + in_force * 0.1;
            if f64::from(count) > most + 1e-9 {
                return Err(broken(id, format!("{count} left {channel} since {from}, {most:.1} may")));
            }
        }
        Ok(())
    }

    /// In the end every channel is as fast as it is set.
    pub fn speeds_recovered(&self) -> Checked {
        for (channel, pace) in ready(self.store.paces()).expect("paces") {
            if pace.throttle.is_slowed(self.set_to(channel), self.now) {
                return Err(Violation { message: None, what: format!("{channel} stays slowed: {pace:?}") });
            }
        }
        Ok(())
    }

    fn set_to(&self, channel: ChannelId) -> u32 {
        self.directory.snapshot().channel(channel).map_or(0, |channel| channel.rate_per_s)
    }
}
