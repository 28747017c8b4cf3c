//! The phones: what was sent to each number lately, how far it got, and what its person did. Two rings for the whole
//! network, oldest forgotten. Filled when the network takes a message or a person acts; asked by the CLI, the admin API
//! and tests. Ticks follow the network's own time.

use std::collections::VecDeque;

use stentor_core::route::Route;
use stentor_core::template::Category;
use stentor_core::time::Timestamp;

use crate::event::Inbound;
use crate::flight::Flight;
use crate::message::{Rendered, Submission, TemplateRef};
use crate::plan::Plan;

/// As much of a message is shown where it is quoted.
const QUOTED_CHARS_MAX: usize = 80;

/// One message as the simulated phone shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneMessage {
    /// The message's id.
    pub id: String,
    /// The account it comes from.
    pub account: String,
    /// The business number's id.
    pub phone_number_id: String,
    /// The business number, digits; empty when unknown.
    pub from: String,
    /// The person.
    pub to: String,
    /// What the phone shows.
    pub rendered: Rendered,
    /// The template it was made from.
    pub template: Option<TemplateRef>,
    /// The template's category; `None` for a free-form message.
    pub category: Option<Category>,
    /// The endpoint that took it.
    pub route: Route,
    /// How far it got.
    pub ticks: Ticks,
    /// When the network took it.
    pub taken_at: Timestamp,
    /// When it reached the phone.
    pub delivered_at: Option<Timestamp>,
    /// When it was read.
    pub read_at: Option<Timestamp>,
    /// When it was listened to; voice messages only.
    pub played_at: Option<Timestamp>,
    /// The code it failed with.
    pub failed: Option<u32>,
    /// The message it answers or, being a reaction, reacts to.
    pub answers: Option<String>,
    /// The beginning of that message, while the phone remembers it.
    pub quoted: Option<String>,
    /// The person's reaction to it.
    pub reaction: Option<String>,
    /// Buttons the person was made to tap, by number, in order.
    pub pressed: Vec<usize>,
    /// Addresses the person opened: clicks.
    pub opened: Vec<Opened>,
}

/// An address that a person opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// When.
    pub at: Timestamp,
    /// The button's number.
    pub button: usize,
    /// The address.
    pub url: String,
}

/// How far a message got: what the sender would see beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ticks {
    /// Held for quality assessment.
    Clock,
    /// Taken: one tick.
    One,
    /// On the phone: two ticks.
    Two,
    /// Read: two blue ticks.
    Blue,
    /// Failed.
    Failed,
    /// Not on the phone when its time ran out.
    Expired,
}

impl Ticks {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Clock => "held",
            Self::One => "sent",
            Self::Two => "delivered",
            Self::Blue => "read",
            Self::Failed => "failed",
            Self::Expired => "expired",
        }
    }
}

struct Entry {
    number: u64,
    id: u64,
    taken_at: Timestamp,
    submission: Submission,
    to: String,
    wamid: String,
    fate: Fate,
    /// Its place among the flights; another message may be there by now.
    flight: u32,
    done: Deeds,
}

/// What a person did to one message.
#[derive(Clone, Debug, Default)]
pub(crate) struct Deeds {
    pub(crate) reaction: Option<String>,
    pub(crate) pressed: Vec<usize>,
    pub(crate) opened: Vec<Opened>,
}

/// A message as [`crate::act`] needs it.
pub(crate) struct Target {
    /// For [`Inbox::did`].
    pub(crate) place: u64,
    pub(crate) shown: PhoneMessage,
    pub(crate) sharing: bool,
}

/// When what happens to a message; not yet known while it is held.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Fate {
    delivered_at: Option<Timestamp>,
    read_at: Option<Timestamp>,
    played_at: Option<Timestamp>,
    failed: Option<(Timestamp, u32)>,
    deadline: Option<Timestamp>,
}

impl From<&Plan> for Fate {
    fn from(plan: &Plan) -> Self {
        let Plan { delivered_at, read_at, played_at, failed, deadline, .. } = *plan;
        Self { delivered_at, read_at, played_at, failed, deadline: Some(deadline) }
    }
}

/// The ring.
#[derive(Default)]
pub(crate) struct Inbox {
    ring: VecDeque<Entry>,
    /// The place of the oldest message: places count up for ever.
    first: u64,
    said: VecDeque<(u64, Inbound)>,
    max: usize,
}

impl Inbox {
    pub(crate) fn new(max: usize) -> Self {
        Self { max, ..Self::default() }
    }

    /// Adds a message; `number` and `id` are keys of the person and the message. The place is for [`Inbox::settle`].
    pub(crate) fn add(
        &mut self,
        number: u64,
        id: u64,
        flight: &Flight,
        taken_at: Timestamp,
        fate: Fate,
        submission: Submission,
    ) -> u64 {
        let place = self.first + self.ring.len() as u64;
        if self.max == 0 {
            return place;
        }
        if self.ring.len() >= self.max {
            self.ring.pop_front();
            self.first += 1;
        }
        let (to, wamid) = (flight.to.clone(), flight.id.clone());
        let (flight, done) = (u32::MAX, Deeds::default());
        self.ring.push_back(Entry { number, id, taken_at, submission, to, wamid, fate, flight, done });
        place
    }

    /// Where the message flies.
    pub(crate) fn flies(&mut self, place: u64, flight: u32) {
        if let Some(entry) = self.at(place) {
            entry.flight = flight;
        }
    }

    fn at(&mut self, place: u64) -> Option<&mut Entry> {
        self.ring.get_mut(usize::try_from(place.checked_sub(self.first)?).ok()?)
    }

    /// Keeps what a person said.
    pub(crate) fn say(&mut self, person: u64, said: Inbound) {
        if self.max == 0 {
            return;
        }
        if self.said.len() >= self.max {
            self.said.pop_front();
        }
        self.said.push_back((person, said));
    }

    /// What this person said, newest first.
    pub(crate) fn said(&self, person: u64, limit: usize) -> Vec<Inbound> {
        let of = self.said.iter().rev().filter(|(by, _)| *by == person);
        of.take(limit).map(|(_, said)| said.clone()).collect()
    }

    /// The newest message to this person that `fits`.
    pub(crate) fn newest(
        &self,
        number: u64,
        now: Timestamp,
        fits: impl Fn(&PhoneMessage) -> bool,
    ) -> Option<Target> {
        let of = self.ring.iter().enumerate().rev().filter(|(_, entry)| entry.number == number);
        of.map(|(at, entry)| Target {
            place: self.first + at as u64,
            shown: entry.show(now, None),
            sharing: entry.submission.sharing,
        })
        .find(|target| fits(&target.shown))
    }

    /// Books what a person did to the message in that place.
    pub(crate) fn did(&mut self, place: u64, book: impl FnOnce(&mut Deeds)) {
        if let Some(entry) = self.at(place) {
            book(&mut entry.done);
        }
    }

    /// Messages of a business number that this person has and was to read later: (place, flight).
    pub(crate) fn unread(&self, number: u64, phone_number_id: &str, now: Timestamp) -> Vec<(u64, u32)> {
        let fits = |entry: &Entry| {
            entry.number == number
                && entry.submission.phone_number_id == phone_number_id
                && entry.fate.delivered_at.is_some_and(|at| at <= now)
                && entry.fate.read_at.is_some_and(|at| at > now)
        };
        let places = self.ring.iter().enumerate().filter(|(_, entry)| fits(entry));
        places.map(|(at, entry)| (self.first + at as u64, entry.flight)).collect()
    }

    /// The message in that place is read now; its id.
    pub(crate) fn read(&mut self, place: u64, now: Timestamp) -> Option<String> {
        let entry = self.at(place)?;
        entry.fate.read_at = Some(now);
        Some(entry.wamid.clone())
    }

    /// A held message was released or dropped: its fate is known now.
    pub(crate) fn settle(&mut self, place: u64, fate: Fate) {
        if let Some(entry) = self.at(place) {
            entry.fate = fate;
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.ring.len()
    }

    pub(crate) fn clear(&mut self) {
        self.first += self.ring.len() as u64;
        self.ring.clear();
        self.said.clear();
    }

    /// The messages to this person, newest first.
    pub(crate) fn of(&self, number: u64, limit: usize, now: Timestamp) -> Vec<PhoneMessage> {
        self.ring
            .iter()
            .rev()
            .filter(|entry| entry.number == number)
            .take(limit)
            .map(|entry| entry.show(now, self.quoted(entry)))
            .collect()
    }

    /// The beginning of what an entry quotes.
    fn quoted(&self, entry: &Entry) -> Option<String> {
        let id = &entry.submission.answers.as_ref()?.id;
        let quoted = &self.ring.iter().rev().find(|other| other.wamid == *id)?.submission.rendered;
        let text = if quoted.body.is_empty() { &quoted.header } else { &quoted.body };
        Some(text.chars().take(QUOTED_CHARS_MAX).collect())
    }

    /// The message with this id.
    pub(crate) fn message(&self, id: u64, now: Timestamp) -> Option<PhoneMessage> {
        self.ring.iter().rev().find(|entry| entry.id == id).map(|entry| entry.show(now, self.quoted(entry)))
    }
}

impl Entry {
    fn show(&self, now: Timestamp, quoted: Option<String>) -> PhoneMessage {
        let so_far = |at: Option<Timestamp>| at.filter(|at| *at <= now);
        let delivered_at = so_far(self.fate.delivered_at);
        let read_at = so_far(self.fate.read_at);
        let failed = self.fate.failed.filter(|(at, _)| *at <= now).map(|(_, code)| code);
        let ticks = match (failed, read_at, delivered_at, self.fate.deadline) {
            (Some(_), ..) => Ticks::Failed,
            (_, Some(_), ..) => Ticks::Blue,
            (_, _, Some(_), _) => Ticks::Two,
            (.., None) => Ticks::Clock,
            (.., Some(deadline)) if now > deadline => Ticks::Expired,
            _ => Ticks::One,
        };
        let submission = self.submission.clone();
        let Deeds { reaction, pressed, opened } = self.done.clone();
        PhoneMessage {
            id: self.wamid.clone(),
            account: submission.account,
            phone_number_id: submission.phone_number_id,
            from: submission.from,
            to: self.to.clone(),
            rendered: submission.rendered,
            template: submission.template,
            category: submission.category,
            route: submission.route,
            ticks,
            taken_at: self.taken_at,
            delivered_at,
            read_at,
            played_at: so_far(self.fate.played_at),
            failed,
            answers: submission.answers.map(|answers| answers.id),
            quoted,
            reaction,
            pressed,
            opened,
        }
    }
}
