//! Customers: what they send, as the API would accept it; people who stop their messages; templates that are paused.

use std::time::Duration;

use stentor_core::admission::{self, Admitted, Endpoint, Request, Wanted};
use stentor_core::consent::{Act, Entry, Source};
use stentor_core::id::{AccountId, ChannelId, TemplateId};
use stentor_core::message::{Message, State};
use stentor_core::recipient::{self, Address};
use stentor_core::template::{Category, Content, TemplateStatus};
use stentor_core::time::Timestamp;
use stentor_simnet::magic_recipients;
use stentor_store::{Accepted, Body, LookAgain, NewMessage, PersonNote, PersonWrite, RegistryChange};

use crate::agenda::Happening;
use crate::faults::{Side, between, pick};
use crate::setup::{self, ACCOUNTS, CHANNELS};
use crate::upstream::RECIPIENT_KEY;
use crate::world::{Checked, World, ready};

/// Messages a day: bursts, and single ones all day long.
const BURSTS: usize = 5;
const BURST: usize = 40;
const SINGLES: usize = 160;
/// People of a seed's town, beside the magic ones.
const PEOPLE: usize = 120;
/// A campaign goes to so many more: with everybody else more than the business may begin with.
const CAMPAIGN: usize = 190;
/// Everybody writes to these.
const FAVOURITES: usize = 4;
/// Messages to one of them within seconds: more than a pair can borrow.
const CHATTER: usize = 56;

impl World {
    pub fn plan_customers(&mut self, day: Timestamp) {
        for _ in 0..SINGLES {
            let at = day + between(&mut self.dice, 0, 86_390_000);
            self.agenda.at(at, Happening::Customer);
        }
        let at = day + between(&mut self.dice, 0, 60_000_000);
        self.agenda.at(at, Happening::Campaign(CAMPAIGN));
        let at = day + between(&mut self.dice, 0, 80_000_000);
        let whom = pick(&mut self.dice, FAVOURITES);
        for _ in 0..CHATTER {
            let at = at + between(&mut self.dice, 0, 1_200);
            self.agenda.at(at, Happening::Chatter(whom));
        }
        for _ in 0..BURSTS {
            let begin = day + between(&mut self.dice, 0, 86_300_000);
            for _ in 0..BURST {
                let at = begin + between(&mut self.dice, 0, 1_500);
                self.agenda.at(at, Happening::Customer);
            }
        }
    }

    pub fn somebody(&mut self) -> Address {
        let number = if self.dice.unit() < 0.2 {
            let magic = magic_recipients();
            magic[pick(&mut self.dice, magic.len())].number.to_owned()
        } else {
            let among = if self.dice.unit() < 0.15 { FAVOURITES } else { PEOPLE };
            format!("4915112{:05}", pick(&mut self.dice, among))
        };
        recipient::parse(&number).expect("a number")
    }

    /// A campaign by a gateway, its people one after another.
    pub fn campaign(&mut self, left: usize) -> Checked {
        let day = self.real.secs().div_euclid(86_400).rem_euclid(1_000);
        let to = recipient::parse(&format!("4916{day:03}{left:05}")).expect("a number");
        if left > 1 {
            let at = self.real + between(&mut self.dice, 0, 40);
            self.agenda.at(at, Happening::Campaign(left - 1));
        }
        self.sends(CHANNELS[1], &to, 1)
    }

    /// A gateway writes to one person again and again.
    pub fn chatter(&mut self, whom: usize) -> Checked {
        let to = recipient::parse(&format!("4915112{whom:05}")).expect("a number");
        self.sends(CHANNELS[1], &to, 2)
    }

    pub fn customer_sends(&mut self) -> Checked {
        let channel = CHANNELS[pick(&mut self.dice, CHANNELS.len())];
        let to = self.somebody();
        let which = pick(&mut self.dice, 4);
        self.sends(channel, &to, which)
    }

    /// One request, decided by the core and committed by the store as the API does it. `which`: of the account's templates.
    fn sends(&mut self, channel: ChannelId, to: &Address, which: usize) -> Checked {
        if !self.is_up() || self.dies("accept", Side::Before) {
            return Ok(());
        }
        let facts = self.directory.snapshot();
        let channel = facts.channel(channel).expect("a channel");
        let account = facts.account(channel.account).expect("an account");
        let registered = facts.templates(account.id).nth(which).expect("a template");
        let template = &registered.template;
        let is_marketing = template.category == Category::Marketing;
        let content = Content::default();
        let request = Request {
            endpoint: if is_marketing { Endpoint::Marketing } else { Endpoint::Messages },
            wanted: Wanted::Template { template, definition: &registered.definition, content: &content },
            to,
            to_group: false,
            sharing: None,
            product_policy: None,
            ttl_secs: None,
        };
        let Ok(admitted) = admission::admit(&request, account, channel, self.now).verdict else {
            return Ok(());
        };
        let id = self.ids.next(self.now);
        let person = to.key(&RECIPIENT_KEY, account.id);
        let Admitted { route, category, sharing, deadline, hold, .. } = admitted;
        let mut message = Message {
            template: Some(template.id),
            category,
            route,
            sharing,
            ..Message::accepted(id, account.id, channel.id, person, deadline)
        };
        if let Some((wait, until)) = hold {
            message = Message { state: State::Waiting, wait: Some(wait), due: Some(until), ..message };
        }
        let address = to.canonical().to_owned();
        let opaque = (which == 0).then(|| format!("order {id}"));
        let body = Body { input: address.clone(), address, payload: b"{}".to_vec(), opaque };
        let new = NewMessage { message: message.clone(), body, events: Vec::new(), idempotency: None };
        self.arm_disk();
        let accepted = ready(self.store.accept(self.now, new));
        self.disarm_disk();
        match accepted {
            Ok(accepted) => {
                assert_eq!(accepted, Accepted::New);
                self.line(Some(id), format!("accepted on {} as {}", channel.id, template.name));
                self.accepted(message);
            }
            Err(error) => self.heard_accept(&message, &error),
        }
        if self.dies("accept", Side::After) {
            return Ok(());
        }
        self.reconcile(false)?;
        self.wake_queue();
        Ok(())
    }

    /// Somebody uses WhatsApp's switch: the network tells the business.
    pub fn somebody_stops(&mut self) -> Checked {
        let to = self.somebody();
        let account = ACCOUNTS[pick(&mut self.dice, ACCOUNTS.len())];
        let stopped = self.dice.unit() < 0.7;
        let channel = CHANNELS[if account == ACCOUNTS[0] { 0 } else { 2 }];
        let event = self.network.stop_marketing(
            self.real,
            (&account.to_string(), &channel.to_string()),
            to.canonical(),
            stopped,
        );
        self.agenda.at(self.real + Duration::from_millis(300), Happening::Told(vec![event]));
        self.expect_network();
        Ok(())
    }

    /// The operator suppresses somebody, or lifts it.
    pub fn somebody_is_suppressed(&mut self) -> Checked {
        let to = self.somebody();
        let account = ACCOUNTS[pick(&mut self.dice, ACCOUNTS.len())];
        let suppressed = self.dice.unit() < 0.7;
        if !self.is_up() {
            return Ok(());
        }
        let recipient = to.key(&RECIPIENT_KEY, account);
        let act = if suppressed { Act::Suppressed } else { Act::Lifted };
        let entry = Some(Entry::new(self.now, act, Source::Api, None, "admin"));
        let address = Some(to.canonical().to_owned());
        let write = PersonWrite { recipient, address, entry, once: false, time_zone: None };
        let audit = setup::audit(account, self.now, "person.consent");
        ready(self.store.write_people(self.now, account, vec![write], audit)).expect("a person is written");
        self.administered(account);
        self.line(None, format!("person {recipient} of {account} is suppressed: {suppressed}"));
        self.suppressed(account, recipient, suppressed);
        Ok(())
    }

    /// The business learns that a person stopped or resumed its marketing.
    pub fn person_stops(&mut self, account: AccountId, number: &str, stopped: bool) {
        let Ok(address) = recipient::parse(number) else { return };
        let key = address.key(&RECIPIENT_KEY, account);
        let act = if stopped { Act::OptedOut } else { Act::OptedIn };
        let entry = Entry::new(self.now, act, Source::UserPreferences, None, "network");
        let note = PersonNote::Said { entry, address: Some(address.canonical().to_owned()) };
        ready(self.store.note_person(account, key, note)).expect("a person is noted");
        self.line(None, format!("person {key} of {account} has stopped: {stopped}"));
        self.stopped(account, key, stopped);
    }

    /// The business learns that a person wrote: a service window opens.
    pub fn person_writes(&mut self, account: AccountId, number: &str) {
        let Ok(address) = recipient::parse(number) else { return };
        let key = address.key(&RECIPIENT_KEY, account);
        let until = self.now + Duration::from_hours(24);
        ready(self.store.note_person(account, key, PersonNote::Wrote { until })).expect("a person is noted");
        self.line(None, format!("person {key} of {account} wrote"));
        self.books.budgets.wrote((account, key), until);
    }

    /// What waited for the end of a pause is due, as the edge makes it.
    fn look_again(&mut self, account: AccountId, template: TemplateId) -> Checked {
        let facts = self.directory.snapshot();
        for channel in facts.channels_of(account) {
            ready(self.store.look_again(self.now, account, channel.id, LookAgain::Template(template)))
                .expect("looked again");
        }
        self.made_due(template, self.now);
        self.wake_queue();
        Ok(())
    }

    /// A template is paused or reinstated, as the edge commits it.
    pub fn pause(&mut self, id: TemplateId, paused: bool) -> Checked {
        if !self.is_up() {
            self.agenda.at(self.real + Duration::from_secs(10), Happening::Pause(id, paused));
            return Ok(());
        }
        let template = setup::templates().into_iter().find(|t| t.id == id).expect("a template");
        let account = template.account;
        let status = if paused { TemplateStatus::Paused } else { TemplateStatus::Approved };
        let current = self.directory.snapshot();
        let row = current.template_by_id(account, id).expect("a template").template.as_ref().clone();
        let change = RegistryChange::PutTemplate(stentor_core::registry::Template { status, ..row });
        let audit = setup::audit(account, self.now, "template.pause");
        let commit = self.directory.commit(&self.store, self.now, audit, vec![change], Vec::new());
        ready(commit).expect("a template is put");
        self.administered(account);
        self.line(None, format!("template {id} is paused: {paused}"));
        self.books.paused(id, paused.then_some(self.now));
        if !paused {
            self.look_again(account, id)?;
        }
        Ok(())
    }
}
