//! Messages under way and the queue of what happens next, by time. Called by the network only; holds, decides nothing.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use stentor_core::time::Timestamp;

use crate::dice::{Dice, For};
use crate::event::{Conversation, Inbound, InboundKind, Pricing, Status, StatusKind};
use crate::magic::Does;
use crate::message::Submission;
use crate::plan::{Act, Step, UNFETCHED};

/// A conversation's end, counted from `sent`.
const CONVERSATION: std::time::Duration = std::time::Duration::from_secs(86_400);

/// A message the network has and about which something is still to come.
pub(crate) struct Flight {
    pub(crate) id: String,
    pub(crate) account: String,
    pub(crate) phone_number_id: String,
    pub(crate) to: String,
    pub(crate) opaque: Option<String>,
    /// Why its media could not be fetched.
    pub(crate) unfetched: Option<String>,
    pub(crate) pricing: Pricing,
    /// Label and payload of the first quick reply.
    pub(crate) quick_reply: Option<(String, String)>,
    pub(crate) dice: Dice,
    pub(crate) pair: u64,
    pub(crate) template: Option<u64>,
    pub(crate) steps: std::vec::IntoIter<Step>,
    /// While it is held for quality assessment: what is to be planned on release.
    pub(crate) held: Option<Box<Held>>,
}

/// A held message: what its plan will be made of.
pub(crate) struct Held {
    pub(crate) submission: Submission,
    pub(crate) does: Option<Does>,
    pub(crate) taken: Timestamp,
    /// Its place in the inbox.
    pub(crate) shown: u64,
}

impl Flight {
    /// The status of a step that is one.
    pub(crate) fn status(&self, step: Step) -> Option<Status> {
        let kind = match step.act {
            Act::Sent => StatusKind::Sent,
            Act::Delivered => StatusKind::Delivered,
            Act::Read => StatusKind::Read,
            Act::Played => StatusKind::Played,
            Act::Failed(code) => failure(code, self.unfetched.as_deref()),
            _ => return None,
        };
        let conversation = step.is_priced.then(|| Conversation {
            id: format!(
                "{:016x}{:016x}",
                self.dice.bits(For::Conversation, 0),
                self.dice.bits(For::Conversation, 1)
            ),
            origin: self.pricing.category,
            expires_at: (step.act == Act::Sent).then(|| step.of + CONVERSATION),
        });
        Some(Status {
            id: self.id.clone(),
            account: self.account.clone(),
            phone_number_id: self.phone_number_id.clone(),
            to: self.to.clone(),
            kind,
            at: step.of,
            opaque: self.opaque.clone(),
            pricing: step.is_priced.then_some(self.pricing),
            conversation,
        })
    }

    /// What the person does in a step that is an act of theirs.
    pub(crate) fn inbound(&self, step: Step) -> Option<Inbound> {
        let kind = match (step.act, &self.quick_reply) {
            (Act::Tap, Some((text, payload))) => {
                InboundKind::Button { text: text.clone(), payload: payload.clone() }
            }
            (Act::WriteBack | Act::Tap, _) => InboundKind::Text("Thanks, tell me more".to_owned()),
            (Act::WriteStop, _) => InboundKind::Text("STOP".to_owned()),
            (Act::StopMarketing, _) => InboundKind::MarketingStopped(true),
            _ => return None,
        };
        let context = (step.act != Act::StopMarketing).then(|| self.id.clone());
        Some(Inbound {
            id: wamid(&self.to, false, self.dice),
            account: self.account.clone(),
            phone_number_id: self.phone_number_id.clone(),
            from: self.to.clone(),
            user_id: None,
            kind,
            at: step.of,
            context,
        })
    }
}

fn failure(code: u32, unfetched: Option<&str>) -> StatusKind {
    let row = stentor_core::reason::reason(code);
    let title = row.map_or("Unknown error", |row| row.title);
    let details = match code {
        UNFETCHED => unfetched.unwrap_or("Downloading media from weblink failed with http code 503"),
        131_026 => "Message undeliverable.",
        131_049 => "In order to maintain a healthy ecosystem engagement, the message failed to be delivered.",
        131_050 => "User has stopped marketing messages from this business.",
        130_472 => "User's number is part of an experiment.",
        131_047 => "More than 24 hours have passed since the recipient last replied to the sender number.",
        131_009 => {
            "The message that is reacted to is not known, is a reaction itself, or is older than 30 days."
        }
        132_015 => "Template is paused due to low quality.",
        _ => row.map_or("Injected by the network's profile.", |row| row.title),
    };
    StatusKind::Failed { code, title, details: details.to_owned() }
}

/// A wamid as WhatsApp writes it: the person's number, the direction and 9 random bytes (10 for a phone's messages).
pub(crate) fn wamid(number: &str, from_business: bool, dice: Dice) -> String {
    let hex = format!("{:016X}{:02X}", dice.bits(For::IdHigh, 0), dice.bits(For::IdLow, 0) & 0xff);
    let stanza = if from_business { hex } else { format!("3A{hex}") };
    let number = &number.as_bytes()[..number.len().min(127)];
    let mut bytes = Vec::with_capacity(64);
    bytes.extend_from_slice(&[0x1c, 0x18, number.len() as u8]);
    bytes.extend_from_slice(number);
    bytes.extend_from_slice(&[
        0x15,
        0x02,
        0x00,
        if from_business { 0x11 } else { 0x12 },
        0x18,
        stanza.len() as u8,
    ]);
    bytes.extend_from_slice(stanza.as_bytes());
    bytes.push(0);
    let mut id = String::with_capacity(96);
    id.push_str("wamid.");
    STANDARD.encode_string(bytes, &mut id);
    id
}

/// What is due at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Job {
    /// The next step of the flight at this place.
    Step(u32),
    /// The end of a held flight's assessment.
    Release(u32),
    /// The verdict on a template, of this review.
    Review(u64, u32),
    /// The end of a template's pause.
    Unpause(u64),
    /// The end of a template's pacing, or another look at it.
    Decide(u64),
    /// A template's change of category is announced.
    Announce(u64),
    /// It comes.
    Recategorise(u64),
}

struct Entry {
    at: Timestamp,
    turn: u64,
    job: Job,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.turn) == (other.at, other.turn)
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.turn).cmp(&(other.at, other.turn))
    }
}

/// Jobs by time; those of one moment in the order they were added. With the flights they are about.
#[derive(Default)]
pub(crate) struct Queue {
    heap: BinaryHeap<Reverse<Entry>>,
    turn: u64,
    flights: Vec<Option<Flight>>,
    free: Vec<u32>,
}

impl Queue {
    pub(crate) fn push(&mut self, at: Timestamp, job: Job) {
        self.turn += 1;
        self.heap.push(Reverse(Entry { at, turn: self.turn, job }));
    }

    /// The next job that is due.
    pub(crate) fn pop(&mut self, now: Timestamp) -> Option<(Timestamp, Job)> {
        if self.heap.peek().is_none_or(|Reverse(entry)| entry.at > now) {
            return None;
        }
        self.heap.pop().map(|Reverse(entry)| (entry.at, entry.job))
    }

    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.heap.peek().map(|Reverse(entry)| entry.at)
    }

    /// Messages under way.
    pub(crate) fn len(&self) -> usize {
        self.flights.len() - self.free.len()
    }

    /// Takes a flight in, without any job.
    pub(crate) fn insert(&mut self, flight: Flight) -> u32 {
        match self.free.pop() {
            Some(place) => {
                self.flights[place as usize] = Some(flight);
                place
            }
            None => {
                self.flights.push(Some(flight));
                (self.flights.len() - 1) as u32
            }
        }
    }

    pub(crate) fn flight(&mut self, place: u32) -> Option<&mut Flight> {
        self.flights.get_mut(place as usize).and_then(Option::as_mut)
    }

    /// Queues the flight's next step; forgets the flight when there is none.
    pub(crate) fn schedule(&mut self, place: u32) {
        match self.flight(place).and_then(|flight| flight.steps.as_slice().first().map(|step| step.at)) {
            Some(at) => self.push(at, Job::Step(place)),
            None => self.remove(place),
        }
    }

    fn remove(&mut self, place: u32) {
        if self.flights.get_mut(place as usize).is_some_and(|flight| flight.take().is_some()) {
            self.free.push(place);
        }
    }

    pub(crate) fn clear(&mut self) {
        *self = Self { turn: self.turn, ..Self::default() };
    }
}
