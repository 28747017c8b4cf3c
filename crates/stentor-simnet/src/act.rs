//! What a person is made to do, now: write, tap, react, send a file, share a place or a contact, stop, block. Part of
//! [`Network`]; called by whoever plays the person (the phone's commands, tests). What people do by themselves is in
//! their plans. Opening the chat reads what was going to be read later.

use stentor_core::route::Route;
use stentor_core::template::Category;
use stentor_core::time::Timestamp;

use crate::choice::{Choice, Tap, choices};
use crate::deed::{Business, Deed, Which};
use crate::dice::{Dice, For};
use crate::event::{Click, Inbound, InboundKind, NetEvent};
use crate::flight::wamid;
use crate::inbox::{Opened, PhoneMessage, Target, Ticks};
use crate::message::MessageKind;
use crate::network::{Network, canonical};
use crate::plan::Act;

/// How long after it was sent a click on a message is told of (facts/meta 1.12).
const CLICKS_FOR: std::time::Duration = std::time::Duration::from_secs(7 * 86_400);

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Done {
    /// What the network tells because of it, in order.
    pub events: Vec<NetEvent>,
    /// The id of the person's message, where there is one.
    pub id: Option<String>,
    /// To which number.
    pub business: Business,
    /// The message it was done to, or that is quoted.
    pub message: Option<String>,
    /// The button that was tapped.
    pub button: Option<Choice>,
}

/// Why a person cannot do that.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ActError {
    /// No business is known to this phone.
    #[error("no business has written to {0}: say which one is meant with `to`, a phone-number id")]
    Nobody(String),
    /// There is no such message.
    #[error("the phone {number} has no message {id}")]
    NoMessage {
        /// The person.
        number: String,
        /// What was asked for.
        id: String,
    },
    /// There is no message at all, or none with something to tap.
    #[error("the phone {number} has no message{with}")]
    NoneFits {
        /// The person.
        number: String,
        /// ` with buttons`, or nothing.
        with: &'static str,
    },
    /// The message has not arrived.
    #[error(
        "the message {id} is not on the phone: it is {ticks}; wait until it is delivered, or advance the time"
    )]
    NotThere {
        /// Which.
        id: String,
        /// How far it got.
        ticks: &'static str,
    },
    /// The message has no such button.
    #[error("the message {id} has no button {button}: it has {has}")]
    NoButton {
        /// Which.
        id: String,
        /// What was asked for.
        button: usize,
        /// What there is, numbered.
        has: String,
    },
    /// The business is blocked.
    #[error("{0} blocks this business: unblock it first")]
    Blocked(String),
}

impl Network {
    /// Makes the person do something at `now`, as if on the phone. It is done to the number `to`, else to the sender of
    /// the message it is about, else to the sender of the newest message, else to `otherwise`.
    ///
    /// # Errors
    /// [`ActError`], naming what is there instead; nothing was done.
    pub fn act(
        &mut self,
        now: Timestamp,
        number: &str,
        (to, otherwise): (Option<&Business>, Option<&Business>),
        deed: Deed,
    ) -> Result<Done, ActError> {
        self.now = self.now.max(now);
        let from = canonical(number);
        let target = self.target(&from, to, &deed)?;
        let sender = |shown: &PhoneMessage| Business {
            account: shown.account.clone(),
            phone_number_id: shown.phone_number_id.clone(),
        };
        let newest = || self.inbox.newest(self.person_key(&from), self.now, |_| true);
        let business = to
            .cloned()
            .or_else(|| target.as_ref().map(|target| sender(&target.shown)))
            .or_else(|| newest().map(|target| sender(&target.shown)))
            .or_else(|| otherwise.cloned())
            .ok_or_else(|| ActError::Nobody(from.clone()))?;
        let pair = self.pair(&business.account, &from).key();
        let button = match &deed {
            Deed::Press(button, _) => Some(pressed(target.as_ref(), *button)?),
            _ => None,
        };
        let is_said = !matches!(deed, Deed::Stop(_) | Deed::Block(_));
        if is_said && self.pairs.has_blocked(pair) {
            return Err(ActError::Blocked(from));
        }
        let mut events = Vec::new();
        if is_said {
            self.open_chat(&from, &business, &mut events);
        }
        let message = target.as_ref().map(|target| target.shown.id.clone());
        let id = self.does(&from, &business, deed, target.as_ref(), button.as_ref(), &mut events);
        Ok(Done { events, id, business, message, button })
    }

    /// The person stops (true) or resumes (false) this account's marketing, as if on the phone: the event that says so.
    #[must_use]
    pub fn stop_marketing(
        &mut self,
        now: Timestamp,
        (account, phone_number_id): (&str, &str),
        number: &str,
        stopped: bool,
    ) -> NetEvent {
        self.now = self.now.max(now);
        let business = Business { account: account.to_owned(), phone_number_id: phone_number_id.to_owned() };
        self.stops(&canonical(number), &business, stopped)
    }

    /// The message a deed is about, if it is about one: there, and on the phone.
    fn target(&self, from: &str, to: Option<&Business>, deed: &Deed) -> Result<Option<Target>, ActError> {
        let (which, needs_button) = match deed {
            Deed::Press(_, which) => (Some(which), true),
            Deed::React(_, which) => (Some(which), false),
            Deed::Say(_, quotes)
            | Deed::Send(_, quotes)
            | Deed::Locate(_, quotes)
            | Deed::Introduce(_, quotes) => (quotes.as_ref(), false),
            Deed::Stop(_) | Deed::Block(_) => (None, false),
        };
        let Some(which) = which else { return Ok(None) };
        let fits = |shown: &PhoneMessage| {
            let is_meant = match which {
                Which::Id(id) => shown.id == *id,
                Which::Latest => {
                    !matches!(shown.ticks, Ticks::Failed | Ticks::Expired)
                        && shown.rendered.kind != MessageKind::Reaction
                        && (!needs_button || !choices(&shown.rendered).is_empty())
                }
            };
            is_meant && to.is_none_or(|to| to.phone_number_id == shown.phone_number_id)
        };
        let number = || from.to_owned();
        let found = self.inbox.newest(self.person_key(from), self.now, fits);
        let target = found.ok_or_else(|| match which {
            Which::Id(id) => ActError::NoMessage { number: number(), id: id.clone() },
            Which::Latest => {
                ActError::NoneFits { number: number(), with: if needs_button { " with buttons" } else { "" } }
            }
        })?;
        if target.shown.delivered_at.is_none() {
            let ticks = target.shown.ticks.as_str();
            return Err(ActError::NotThere { id: target.shown.id, ticks });
        }
        Ok(Some(target))
    }

    /// What was going to be read later is read now.
    fn open_chat(&mut self, from: &str, business: &Business, events: &mut Vec<NetEvent>) {
        let now = self.now;
        for (place, flight) in self.inbox.unread(self.person_key(from), &business.phone_number_id, now) {
            let Some(id) = self.inbox.read(place, now) else { continue };
            let Some(steps) = self.queue.flight(flight).filter(|its| its.id == id).map(|its| &mut its.steps)
            else {
                continue;
            };
            let Some(step) = steps.as_mut_slice().iter_mut().find(|step| step.act == Act::Read) else {
                continue;
            };
            let read = crate::plan::Step { at: now, of: now, ..*step };
            step.act = Act::Nothing;
            self.happens(flight, read, events);
        }
    }

    /// The deed itself; the id of the person's message.
    fn does(
        &mut self,
        from: &str,
        business: &Business,
        deed: Deed,
        target: Option<&Target>,
        button: Option<&Choice>,
        events: &mut Vec<NetEvent>,
    ) -> Option<String> {
        let target_id = || target.map(|target| target.shown.id.clone());
        let (kind, context) = match deed {
            Deed::Stop(stopped) => {
                events.push(self.stops(from, business, stopped));
                return None;
            }
            Deed::Block(blocked) => {
                let pair = self.pair(&business.account, from);
                self.pairs.block(pair.key(), blocked, self.now);
                return None;
            }
            Deed::Press(number, _) => {
                let (target, button) = target.zip(button)?;
                (self.taps(target, number, button, events)?, target_id())
            }
            Deed::React(emoji, _) => {
                let target = target?;
                self.inbox.did(target.place, |done| done.reaction.clone_from(&emoji));
                (InboundKind::Reaction { message_id: target.shown.id.clone(), emoji }, None)
            }
            Deed::Say(text, _) => (InboundKind::Text(text), target_id()),
            Deed::Send(media, _) => (InboundKind::Media(media), target_id()),
            Deed::Locate(location, _) => (InboundKind::Location(location), target_id()),
            Deed::Introduce(contact, _) => (InboundKind::Contact(contact), target_id()),
        };
        let inbound = self.inbound(from, business, kind, context);
        let id = inbound.id.clone();
        self.pairs.said(self.message_key(&id), self.now);
        let pair = self.pair(&business.account, from);
        self.pairs.open_window(pair.key(), self.now);
        self.inbox.say(self.person_key(from), inbound.clone());
        events.push(NetEvent::Inbound(inbound));
        Some(id)
    }

    /// What a tap says to the business; an address that is opened is counted and, where it may be, told of.
    fn taps(
        &mut self,
        target: &Target,
        number: usize,
        button: &Choice,
        events: &mut Vec<NetEvent>,
    ) -> Option<InboundKind> {
        self.inbox.did(target.place, |done| done.pressed.push(number));
        let title = button.text.clone();
        match &button.tap {
            Tap::Silent => None,
            Tap::QuickReply(payload) => Some(InboundKind::Button { text: title, payload: payload.clone() }),
            Tap::Reply(id) => Some(InboundKind::ButtonReply { id: id.clone(), title }),
            Tap::Row { id, description } => {
                Some(InboundKind::ListReply { id: id.clone(), title, description: description.clone() })
            }
            Tap::Open(url) => {
                let opened = Opened { at: self.now, button: number, url: url.clone() };
                self.inbox.did(target.place, |done| done.opened.push(opened));
                events.extend(self.click(target, url).map(NetEvent::Click));
                None
            }
        }
    }

    fn click(&mut self, target: &Target, url: &str) -> Option<Click> {
        let shown = &target.shown;
        let is_told = shown.category == Some(Category::Marketing)
            && shown.route == Route::Optimised
            && target.sharing
            && self.now.since(shown.taken_at) <= CLICKS_FOR;
        let dice = self.deed_dice(&shown.to);
        let of_message = Dice::about(self.config.seed, &[b"token", shown.id.as_bytes()]);
        is_told.then(|| Click {
            account: shown.account.clone(),
            phone_number_id: shown.phone_number_id.clone(),
            id: format!("{:016x}{:016x}", dice.bits(For::IdHigh, 0), dice.bits(For::IdLow, 0)),
            token: format!("{:016x}", of_message.key()),
            url: url.to_owned(),
            at: self.now,
        })
    }

    fn stops(&mut self, from: &str, business: &Business, stopped: bool) -> NetEvent {
        let pair = self.pair(&business.account, from);
        self.pairs.stop(pair.key(), stopped, self.now);
        let said = self.inbound(from, business, InboundKind::MarketingStopped(stopped), None);
        self.inbox.say(self.person_key(from), said.clone());
        NetEvent::Inbound(said)
    }

    fn inbound(
        &mut self,
        from: &str,
        business: &Business,
        kind: InboundKind,
        context: Option<String>,
    ) -> Inbound {
        self.counted.inbound += 1;
        Inbound {
            id: wamid(from, false, self.deed_dice(from)),
            account: business.account.clone(),
            phone_number_id: business.phone_number_id.clone(),
            from: from.to_owned(),
            user_id: self.user_id(&business.account, from),
            kind,
            at: self.now,
            context,
        }
    }

    /// Dice of a deed's own.
    fn deed_dice(&mut self, from: &str) -> Dice {
        self.deeds += 1;
        let (now, turn) = (self.now.millis().to_le_bytes(), self.deeds.to_le_bytes());
        Dice::about(self.config.seed, &[b"deed", &now, &turn, from.as_bytes()])
    }
}

/// The button with that number, or what there is instead.
fn pressed(target: Option<&Target>, number: usize) -> Result<Choice, ActError> {
    let (id, mut buttons) = target
        .map_or_else(Default::default, |target| (target.shown.id.clone(), choices(&target.shown.rendered)));
    if number < buttons.len() {
        return Ok(buttons.swap_remove(number));
    }
    let numbered: Vec<_> =
        buttons.iter().enumerate().map(|(number, button)| format!("{number} [{}]", button.text)).collect();
    let has = if numbered.is_empty() { "none".to_owned() } else { numbered.join(", ") };
    Err(ActError::NoButton { id, button: number, has })
}
