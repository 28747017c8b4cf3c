//! The network itself: takes requests, tells what happened, is told about templates. One owner, `&mut self`, no I/O.
//! Called by the program's simulated upstream, the network process and the whole-system simulation alike.

use std::collections::HashMap;
use std::time::Duration;

use stentor_core::recipient;
use stentor_core::template::Category;
use stentor_core::time::Timestamp;
use stentor_core::wamid::{self, Direction};

use crate::config::NetworkConfig;
use crate::dice::Dice;
use crate::event::Inbound;
use crate::flight::{self, Flight, Queue};
use crate::geography::is_unlimited;
use crate::inbox::{Fate, Inbox, PhoneMessage};
use crate::magic::{Does, magic_recipient};
use crate::message::{Answers, MessageKind, Submission};
use crate::pairs::Pairs;
use crate::person::Person;
use crate::plan::{Act, Plan, Standing, Who, World, plan};
use crate::portfolio::{Place, Portfolios};
use crate::pricing::pricing;
use crate::profile::Profile;
use crate::templates::Templates;
use crate::user_id;

/// A WhatsApp network as a value.
///
/// ```
/// use stentor_core::{route::Route, template::Category, time::Timestamp};
/// use stentor_simnet::*;
/// let mut network = Network::new(NetworkConfig::default());
/// let now = Timestamp::from_secs(1_800_000_000);
/// let answer = network.send(now, Submission {
///     id: None,
///     account: "102290129340398".into(),
///     phone_number_id: "106540352242922".into(),
///     from: "15550783881".into(),
///     to: "441234567890".into(),
///     route: Route::Optimised,
///     category: Some(Category::Marketing),
///     template: Some(TemplateRef { name: "spring_sale".into(), language: "en".into() }),
///     rendered: Rendered { body: "Everything must go".into(), ..Rendered::default() },
///     ttl: None,
///     answers: None,
///     opaque: None,
///     unfetched: None,
///     sharing: true,
///     service_window_open: false,
/// });
/// assert!(matches!(answer.reply, Reply::Accepted { .. }));
/// let later = now + std::time::Duration::from_secs(6);
/// let words: Vec<_> = network.due(later, 100).iter().map(|event| match event {
///     NetEvent::Status(status) => status.kind.as_str(),
///     _ => "",
/// }).collect();
/// assert_eq!(words, ["sent", "delivered", "read"]);
/// assert_eq!(network.inbox("441234567890", 10)[0].ticks, Ticks::Blue);
/// ```
pub struct Network {
    pub(crate) config: NetworkConfig,
    pub(crate) profile: Profile,
    pub(crate) now: Timestamp,
    /// How many requests were made: tells their dice apart.
    pub(crate) turn: u64,
    /// How many things people were made to do: tells their ids apart.
    pub(crate) deeds: u64,
    pub(crate) queue: Queue,
    pub(crate) inbox: Inbox,
    pub(crate) pairs: Pairs,
    pub(crate) templates: Templates,
    pub(crate) portfolios: Portfolios,
    pub(crate) counted: Stats,
}

/// What a person sees of a business in their chat, beside its messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Chat {
    /// The business has read what the person wrote until then: two blue ticks.
    pub read_until: Option<Timestamp>,
    /// The business is typing, at most until then.
    pub typing_until: Option<Timestamp>,
}

/// A message can be reacted to for 30 days.
const REACTS_WITHIN: Duration = Duration::from_secs(30 * 86_400);
/// Typing is shown for 25 seconds at most.
const TYPES_FOR: Duration = Duration::from_secs(25);

/// How far the caller's knowledge of a message goes, for [`Network::resume`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Seen {
    /// Taken, and no status seen.
    Nothing,
    /// `sent`.
    Sent,
    /// `delivered`.
    Delivered,
    /// `read`: what the person did afterwards may still be missing.
    Read,
}

/// What the network counted since it was made or reset, and what it holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Requests.
    pub requests: u64,
    /// Messages taken.
    pub taken: u64,
    /// Requests refused with an error in Meta's shape.
    pub refused: u64,
    /// Requests that met a 5xx, a lost reply or a reset, taken or not.
    pub disturbed: u64,
    /// `sent` statuses reported.
    pub sent: u64,
    /// `delivered` statuses reported.
    pub delivered: u64,
    /// `read` statuses reported.
    pub read: u64,
    /// `failed` statuses reported.
    pub failed: u64,
    /// Things people did, reported.
    pub inbound: u64,
    /// Messages under way now.
    pub pending: usize,
    /// Messages the inbox holds now.
    pub inbox: usize,
    /// Pairs and people remembered now.
    pub remembered: usize,
}

impl Network {
    /// A new network, calm, at the beginning of time.
    #[must_use]
    pub fn new(config: NetworkConfig) -> Self {
        Self {
            inbox: Inbox::new(config.inbox_max),
            pairs: Pairs::new(config.pairs_max),
            templates: Templates::new(config.templates_max),
            config,
            profile: Profile::default(),
            now: Timestamp::default(),
            turn: 0,
            deeds: 0,
            queue: Queue::default(),
            counted: Stats::default(),
            portfolios: Portfolios::default(),
        }
    }

    /// Which business each account belongs to, and how many people it may begin with in 24 hours; an account that is not
    /// named has no limit. A message above it is taken, and fails with 131048.
    pub fn set_messaging_limits(&mut self, places: HashMap<String, Place>) {
        self.portfolios.set(places);
    }

    /// How many people the account's business has begun with in 24 hours; `None`: it has no limit.
    pub fn people_begun(&mut self, now: Timestamp, account: &str) -> Option<usize> {
        self.portfolios.begun(account, self.now.max(now))
    }

    /// How it behaves now.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Changes how it behaves, from now on.
    pub fn set_profile(&mut self, profile: Profile) {
        self.profile = profile;
    }

    /// When [`Network::due`] will have something to tell; `None`: not until somebody sends, or while statuses are held.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        self.queue.next().filter(|_| !self.profile.statuses_held)
    }

    /// The messages to this number, newest first, as the phone shows them at the latest moment the network heard of.
    #[must_use]
    pub fn inbox(&self, number: &str, limit: usize) -> Vec<PhoneMessage> {
        let person = self.person_key(&canonical(number));
        self.inbox.of(person, limit, self.now)
    }

    /// The message with this id, if the inbox still holds it.
    #[must_use]
    pub fn message(&self, id: &str) -> Option<PhoneMessage> {
        self.inbox.message(self.message_key(id), self.now)
    }

    /// What this person wrote, tapped and sent, newest first: by itself or made to by [`Network::act`].
    #[must_use]
    pub fn said(&self, number: &str, limit: usize) -> Vec<Inbound> {
        self.inbox.said(self.person_key(&canonical(number)), limit)
    }

    /// The business has read the person's message of this id, and with it all earlier ones; with `typing` it is seen to
    /// type until its next message, for 25 seconds at most. `false`: no person's id, nothing happens.
    pub fn mark_read(&mut self, now: Timestamp, account: &str, id: &str, typing: bool) -> bool {
        self.now = self.now.max(now);
        let Some(parts) = wamid::parse(id).filter(|parts| parts.direction == Direction::In) else {
            return false;
        };
        let pair = self.pair(account, &canonical(&parts.user)).key();
        // One that is not remembered any more is older than all that are.
        let said_at = self.pairs.said_at(self.message_key(id)).unwrap_or(self.now);
        self.pairs.read(pair, said_at, typing.then_some(self.now + TYPES_FOR), self.now);
        true
    }

    /// What the person sees of the business in their chat, beside its messages.
    #[must_use]
    pub fn chat(&self, account: &str, number: &str) -> Chat {
        let (read_until, typing_until) = self.pairs.chat(self.pair(account, &canonical(number)).key());
        Chat { read_until, typing_until: typing_until.filter(|until| self.now < *until) }
    }

    /// Forgets every message, person and template, and is calm again. Ids go on: none is given twice.
    pub fn reset(&mut self) {
        self.queue.clear();
        self.inbox.clear();
        self.pairs.clear();
        self.templates.clear();
        self.portfolios.clear();
        self.profile = Profile::default();
        self.counted = Stats::default();
    }

    /// What was counted and what is held.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats {
            pending: self.queue.len(),
            inbox: self.inbox.len(),
            remembered: self.pairs.len(),
            ..self.counted
        }
    }

    /// Puts back a message this network (same seed, before a restart) took at `taken_at`: what lies after `seen` still
    /// comes, at once where its time has passed. The submission must carry its id; without one nothing happens.
    /// Held messages are taken as released; shares of marketing, blocks and windows are counted anew. Put messages
    /// back in the order they were taken, under the profile they were taken under.
    pub fn resume(&mut self, now: Timestamp, taken_at: Timestamp, submission: Submission, seen: Seen) {
        self.now = self.now.max(now);
        let Some(id) = submission.id.clone() else { return };
        let to = self.person_of(&submission);
        let who = self.who(&to, magic_recipient(&to).map(|magic| magic.does));
        let mut standing = self.standing(&submission, &to, &who, taken_at);
        standing.is_capped &= seen == Seen::Nothing;
        let mut plan = self.plan(&submission, &who, &id, taken_at, standing);
        let is_seen = |act: Act| match act {
            Act::Sent => seen >= Seen::Sent,
            Act::Delivered => seen >= Seen::Delivered,
            Act::Read => seen >= Seen::Read,
            _ => false,
        };
        plan.steps.retain(|step| !is_seen(step.act));
        let fate = Fate::from(&plan);
        let flight = self.flight(&submission, &to, id, standing, taken_at, plan.steps);
        self.enter(flight, fate, submission, taken_at);
    }

    /// Takes a message in; one that is not held begins its steps.
    pub(crate) fn enter(
        &mut self,
        mut flight: Flight,
        fate: Fate,
        submission: Submission,
        taken: Timestamp,
    ) -> u32 {
        let (person, id) = (self.person_key(&flight.to), self.message_key(&flight.id));
        let shown = self.inbox.add(person, id, &flight, taken, fate, submission);
        let is_held = flight.held.as_mut().map(|held| held.shown = shown).is_some();
        let place = self.queue.insert(flight);
        self.inbox.flies(shown, place);
        if !is_held {
            self.queue.schedule(place);
        }
        place
    }

    /// The business-scoped user id by which this account knows the person; `None` for what is no number.
    #[must_use]
    pub fn user_id(&self, account: &str, number: &str) -> Option<String> {
        user_id::user_id(self.config.seed, account, &canonical(number))
    }

    /// The person a request is for: by number, also where it names the id that the network gave the account.
    pub(crate) fn person_of(&self, submission: &Submission) -> String {
        let to = canonical(&submission.to);
        user_id::number_of(self.config.seed, &submission.account, &to).unwrap_or(to)
    }

    /// Who this is: made once a message, for finding somebody's country costs more than all their dice.
    pub(crate) fn who(&self, to: &str, does: Option<Does>) -> Who {
        let person = || Who::Person(Person::new(self.config.seed, to, self.config.people));
        does.map_or_else(person, Who::Magic)
    }

    /// What is known about this pair at `now`; see [`Standing`].
    pub(crate) fn standing(
        &mut self,
        submission: &Submission,
        to: &str,
        who: &Who,
        now: Timestamp,
    ) -> Standing {
        let pair = self.pair(&submission.account, to);
        let in_window = submission.service_window_open || self.pairs.in_window(pair.key(), now);
        let stopped = self.pairs.has_stopped(pair.key());
        let knows_target =
            submission.answers.as_ref().is_none_or(|it| self.knows(it, &submission.account, to, now));
        let Who::Person(person) = who else {
            let has_stopped = stopped == Some(true);
            return Standing {
                has_stopped,
                in_window,
                knows_target,
                has_blocked: self.pairs.has_blocked(pair.key()),
                ..Standing::default()
            };
        };
        let may_be_limited =
            submission.category == Some(Category::Marketing) && !in_window && !person.place.is_unlimited;
        let room = if may_be_limited { person.marketing_room(person.day(now)) } else { None };
        let room = room.filter(|_| !is_unlimited(&submission.from));
        let is_capped = |room| self.pairs.is_capped(person.dice.key(), person.day(now), room);
        let template = self.template_key(submission);
        Standing {
            has_stopped: stopped.unwrap_or_else(|| person.is_opted_out(pair)),
            has_blocked: self.pairs.has_blocked(pair.key()),
            in_window,
            knows_target,
            is_capped: room.is_some_and(is_capped),
            is_over_limit: false,
            counts_for_cap: room.is_some() && self.config.people.has_caps,
            is_annoying: template
                .and_then(|key| self.templates.get(key))
                .is_some_and(|its| its.traits.is_annoying),
        }
    }

    /// Whether a message can be reacted to: between these two, no reaction itself, at most 30 days old. What a person
    /// wrote is not kept: its id says whose it is.
    fn knows(&self, answers: &Answers, account: &str, to: &str, now: Timestamp) -> bool {
        match self.message(&answers.id) {
            Some(message) => {
                let is_between = message.account == account && message.to == to;
                let is_reaction = message.rendered.kind == MessageKind::Reaction;
                is_between && !is_reaction && now.since(message.taken_at) <= REACTS_WITHIN
            }
            None => answers.is_known || is_from(&answers.id, to),
        }
    }

    /// The message's plan; counts it in the person's share of marketing.
    pub(crate) fn plan(
        &mut self,
        submission: &Submission,
        who: &Who,
        id: &str,
        taken: Timestamp,
        standing: Standing,
    ) -> Plan {
        let world = World { seed: self.config.seed, people: &self.config.people, profile: &self.profile };
        let plan = plan(world, submission, who, id, taken, standing);
        if let Who::Person(person) = who
            && standing.counts_for_cap
        {
            let is_refused = plan.failed.is_some_and(|(_, code)| code == 131_049);
            if let Some(at) = plan.delivered_at.or(is_refused.then_some(taken)) {
                self.pairs.count(person.dice.key(), person.day(at), is_refused, self.now);
            }
        }
        plan
    }

    pub(crate) fn flight(
        &self,
        submission: &Submission,
        to: &str,
        id: String,
        standing: Standing,
        taken: Timestamp,
        steps: Vec<crate::plan::Step>,
    ) -> Flight {
        let buttons = &submission.rendered.buttons;
        let quick_reply = buttons.iter().find_map(|b| Some((b.text.clone(), b.reply_payload.clone()?)));
        Flight {
            dice: Dice::about(self.config.seed, &[b"message", id.as_bytes()]),
            id,
            account: submission.account.clone(),
            phone_number_id: submission.phone_number_id.clone(),
            to: to.to_owned(),
            opaque: submission.opaque.clone(),
            unfetched: submission.unfetched.clone(),
            pricing: pricing(submission.category, submission.route, standing.in_window, taken),
            quick_reply,
            pair: self.pair(&submission.account, to).key(),
            template: self.template_key(submission),
            steps: steps.into_iter(),
            held: None,
        }
    }

    /// A fresh id of the network's own making.
    pub(crate) fn make_id(&self, to: &str) -> String {
        let (now, turn) = (self.now.millis().to_le_bytes(), self.turn.to_le_bytes());
        flight::wamid(to, true, Dice::about(self.config.seed, &[b"id", &now, &turn, to.as_bytes()]))
    }

    pub(crate) fn pair(&self, account: &str, to: &str) -> Dice {
        Dice::about(self.config.seed, &[b"pair", account.as_bytes(), to.as_bytes()])
    }

    pub(crate) fn person_key(&self, to: &str) -> u64 {
        Dice::about(self.config.seed, &[b"person", to.as_bytes()]).key()
    }

    pub(crate) fn message_key(&self, id: &str) -> u64 {
        Dice::about(self.config.seed, &[b"message", id.as_bytes()]).key()
    }

    pub(crate) fn template_key(&self, submission: &Submission) -> Option<u64> {
        let template = submission.template.as_ref()?;
        Some(self.key_of(&submission.account, &template.name, &template.language))
    }

    pub(crate) fn key_of(&self, account: &str, name: &str, language: &str) -> u64 {
        Dice::about(
            self.config.seed,
            &[b"template", account.as_bytes(), name.as_bytes(), language.as_bytes()],
        )
        .key()
    }
}

/// Whether an id is one of a message that this person wrote.
fn is_from(id: &str, person: &str) -> bool {
    wamid::parse(id).is_some_and(|parts| parts.direction == Direction::In && canonical(&parts.user) == person)
}

/// The person as WhatsApp names them; what is no address at all is taken as it is.
pub(crate) fn canonical(address: &str) -> String {
    let parsed =
        if address.contains('.') { recipient::parse_user(address) } else { recipient::parse(address) };
    parsed.map_or_else(|_| address.to_owned(), |address| address.canonical().to_owned())
}
