//! Customers: what they send, as the API would accept it; people who stop their messages; templates that are paused.

use std::time::Duration;

use stentor_core::admission::{self, Admitted, Endpoint, Request, Wanted};
use stentor_core::id::{AccountId, TemplateId};
use stentor_core::message::{Message, State};
use stentor_core::recipient::{self, Address};
use stentor_core::template::{Category, Content, TemplateStatus};
use stentor_core::time::Timestamp;
use stentor_simnet::magic_recipients;
use stentor_store::{Accepted, Body, NewMessage, PersonNote, RegistryChange};

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

impl World {
    pub fn plan_customers(&mut self, day: Timestamp) {
        for _ in 0..SINGLES {
            let at = day + between(&mut self.dice, 0, 86_390_000);
            self.agenda.at(at, Happening::Customer);
        }
        for _ in 0..BURSTS {
            let begin = day + between(&mut self.dice, 0, 86_300_000);
            for _ in 0..BURST {
                let at = begin + between(&mut self.dice, 0, 1_500);
                self.agenda.at(at, Happening::Customer);
            }
        }
    }

    fn somebody(&mut self) -> Address {
        let number = if self.dice.unit() < 0.2 {
            let magic = magic_recipients();
            magic[pick(&mut self.dice, magic.len())].number.to_owned()
        } else {
            format!("4915112{:05}", pick(&mut self.dice, PEOPLE))
        };
        recipient::parse(&number).expect("a number")
    }

    /// One request, decided by the core and committed by the store as the API does it.
    pub fn customer_sends(&mut self) -> Checked {
        let channel = CHANNELS[pick(&mut self.dice, CHANNELS.len())];
        let to = self.somebody();
        let which = pick(&mut self.dice, 4);
        if self.process.is_none() || self.dies("accept", Side::Before) {
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
            to: &to,
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
        let accepted = ready(self.store.accept(self.now, new)).expect("an accept");
        assert_eq!(accepted, Accepted::New);
        self.line(Some(id), format!("accepted on {} as {}", channel.id, template.name));
        self.accepted(message);
        if self.dies("accept", Side::After) {
            return Ok(());
        }
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
            self.now,
            (&account.to_string(), &channel.to_string()),
            to.canonical(),
            stopped,
        );
        self.agenda.at(self.now + Duration::from_millis(300), Happening::Told(vec![event]));
        self.expect_network();
        Ok(())
    }

    /// The business learns that a person stopped or resumed its marketing.
    pub fn person_stops(&mut self, account: AccountId, number: &str, stopped: bool) {
        let Ok(address) = recipient::parse(number) else { return };
        let key = address.key(&RECIPIENT_KEY, account);
        let note = match stopped {
            true => PersonNote::Stopped { at: self.now, source: "user_preferences".to_owned() },
            false => PersonNote::Resumed { at: self.now },
        };
        ready(self.store.note_person(account, key, note)).expect("a person is noted");
        self.line(None, format!("person {key} of {account} has stopped: {stopped}"));
        self.stopped(account, key, stopped);
    }

    /// A template is paused or reinstated, as the edge commits it.
    pub fn pause(&mut self, id: TemplateId, paused: bool) -> Checked {
        if self.process.is_none() {
            self.agenda.at(self.now + Duration::from_secs(10), Happening::Pause(id, paused));
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
        self.line(None, format!("template {id} is paused: {paused}"));
        self.books.paused(id, paused.then_some(self.now));
        Ok(())
    }
}
