//! The customers' receivers: up, slow, down, broken, picky; and what they heard, in the order they heard it first.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use stentor::engine::notifier::Input;
use stentor::engine::post::Post;
use stentor_core::id::{EndpointId, MessageId};
use stentor_core::time::Timestamp;
use stentor_core::wamid;
use stentor_core::webhook::{Answer, verify};

use crate::agenda::Inside;
use crate::faults::{Side, between, pick};
use crate::setup::ENDPOINTS;
use crate::world::{Checked, Violation, World, broken};

/// How a receiver behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mood {
    /// 200 at once.
    #[default]
    Up,
    /// Takes it, and answers too late.
    Slow,
    /// No connection.
    Down,
    /// 503.
    Broken,
    /// 422 for every fourth message.
    Picky,
}

impl Mood {
    /// Up twice: it is what receivers mostly are.
    pub const ALL: [Self; 6] = [Self::Up, Self::Up, Self::Slow, Self::Down, Self::Broken, Self::Picky];
}

/// A receiver is dead for days, and well again before half of the week is over for which a webhook is kept.
const UNWELL_MAX: Duration = Duration::from_hours(72);

/// One status as a receiver tells it from others: the word and the second.
pub type Heard = (String, i64);

/// All receivers.
#[derive(Debug, Default)]
pub struct Receivers {
    moods: BTreeMap<EndpointId, Mood>,
    /// When each was last up; before its first mood it was.
    well_at: BTreeMap<EndpointId, Timestamp>,
    /// What each heard of each message, repetitions left out.
    pub heard: BTreeMap<(EndpointId, MessageId), Vec<Heard>>,
}

impl Receivers {
    /// It falls into that mood, or recovers where it was unwell for too long; how it is now.
    fn turns(&mut self, endpoint: EndpointId, mood: Mood, now: Timestamp) -> Mood {
        let was = self.moods.get(&endpoint).copied().unwrap_or_default();
        let well_at = self.well_at.entry(endpoint).or_insert(now);
        if was == Mood::Up {
            *well_at = now;
        }
        let is = if now.since(*well_at) > UNWELL_MAX { Mood::Up } else { mood };
        self.moods.insert(endpoint, is);
        is
    }

    /// All of them are up.
    pub fn are_well(&mut self) {
        self.moods.clear();
    }
}

impl World {
    pub fn change_mood(&mut self, endpoint: EndpointId) {
        let mood = Mood::ALL[pick(&mut self.dice, Mood::ALL.len())];
        let mood = self.receivers.turns(endpoint, mood, self.real);
        self.line(None, format!("endpoint {endpoint} is {mood:?}"));
    }

    /// One webhook arrives, or does not.
    pub fn post(&mut self, post: &Post) -> Checked {
        if self.dies("post", Side::Before) {
            return Ok(());
        }
        let endpoint = ENDPOINTS.into_iter().find(|e| post.url.contains(&format!("receiver{}", e.0 - 1)));
        let endpoint = endpoint.expect("an endpoint of this world");
        let statuses = self.read(endpoint, post)?;
        let mood = self.receivers.moods.get(&endpoint).copied().unwrap_or_default();
        let picky = |(id, _): &(MessageId, Heard)| id.0 % 4 == 1;
        let (is_taken, answer, after) = match mood {
            Mood::Up => (true, Answer::Status(200), between(&mut self.dice, 2, 60)),
            Mood::Slow => (true, Answer::Timeout, Duration::from_secs(5)),
            Mood::Down => (false, Answer::Connection, Duration::from_millis(3)),
            Mood::Broken => (false, Answer::Status(503), Duration::from_millis(40)),
            Mood::Picky if statuses.iter().any(picky) => {
                (false, Answer::Status(422), Duration::from_millis(9))
            }
            Mood::Picky => (true, Answer::Status(200), Duration::from_millis(9)),
        };
        if is_taken {
            self.tally.webhooks += 1;
            for (id, heard) in statuses {
                self.line(Some(id), format!("endpoint {endpoint} hears {}", heard.0));
                let so_far = self.receivers.heard.entry((endpoint, id)).or_default();
                if !so_far.contains(&heard) {
                    so_far.push(heard);
                }
            }
        }
        if self.dies("post", Side::After) {
            return Ok(());
        }
        let took_ms = u32::try_from(after.as_millis()).unwrap_or(0);
        self.after(after, Inside::ToNotifier(Input::Posted(post.first, answer, took_ms)));
        Ok(())
    }

    /// What a careful receiver makes of it: the signature over the bytes, then Meta's envelope.
    fn read(&self, endpoint: EndpointId, post: &Post) -> Result<Vec<(MessageId, Heard)>, Violation> {
        let header =
            |name: &str| post.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v);
        let secret = if endpoint == ENDPOINTS[2] { "secret of two" } else { "secret of one" };
        for name in ["x-360dialog-signature", "x-hub-signature-256"] {
            let is_signed = header(name).is_some_and(|value| verify(secret.as_bytes(), &post.body, value));
            if !is_signed || !post.body.is_ascii() || header("x-mine").is_none() {
                let what = format!("a webhook to {endpoint} without a good {name}, or headers, or not ASCII");
                return Err(Violation { message: None, what });
            }
        }
        let body: Value = serde_json::from_slice(&post.body)
            .map_err(|error| Violation { message: None, what: format!("a webhook is not JSON: {error}") })?;
        let changes = body["entry"].as_array().into_iter().flatten().filter_map(|e| e["changes"].as_array());
        let statuses =
            changes.flatten().filter_map(|change| change["value"]["statuses"].as_array()).flatten();
        let mut heard = Vec::new();
        for status in statuses {
            let word = |name: &str| status[name].as_str().unwrap_or_default().to_owned();
            let Some(id) = wamid::decode(&self.key, &word("id")) else {
                return Err(Violation { message: None, what: format!("a webhook names {}", word("id")) });
            };
            let at: i64 =
                word("timestamp").parse().map_err(|_| broken(id, "a status without a timestamp"))?;
            heard.push((id, (word("status"), at)));
        }
        Ok(heard)
    }
}
