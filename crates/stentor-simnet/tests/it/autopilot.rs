//! A bad template, as the business sees it: people stop its messages, and block it, which nobody tells. The core's judgement
//! on what is told comes before the platform's pause; a good template is never judged bad.

use std::collections::HashMap;
use std::time::Duration;

use stentor_core::id::{AccountId, ChannelId, MessageId, RecipientKey};
use stentor_core::message::Message;
use stentor_core::template::{Fault, Quality, Reception, Rules, fault_of, slot};
use stentor_core::time::Timestamp;
use stentor_simnet::{
    InboundKind, NetEvent, Network, NetworkConfig, People, Reply, StatusKind, TemplateChange,
};

use crate::{START, drain, marketing};

/// The first 500 messages of a template, spread as the autopilot spreads them; when it would hold the template and for
/// what, and when the platform paused it.
fn campaign(seed: u64, people: People) -> (Option<(Timestamp, Fault)>, Option<Timestamp>) {
    let config = NetworkConfig { seed, people, throughput_per_sec: 1_000_000, ..NetworkConfig::default() };
    let (mut network, rules) = (Network::new(config), Rules::default());
    let (mut reception, mut messages) = (Reception::default(), HashMap::<String, Message>::new());
    let (mut held, mut paused) = (None, None);
    for n in 0..rules.first_messages {
        let now = slot(&rules, START, n);
        for event in drain(&mut network, now) {
            match event {
                NetEvent::Status(status) => {
                    let Some(old) = messages.get_mut(&status.id) else { continue };
                    let mut new = old.clone();
                    match status.kind {
                        StatusKind::Delivered => new.delivered_at = Some(status.at),
                        StatusKind::Read => new.read_at = Some(status.at),
                        _ => {}
                    }
                    reception = reception.moved(old, &new, now).unwrap_or(reception);
                    *old = new;
                }
                NetEvent::Inbound(inbound) if inbound.kind == InboundKind::MarketingStopped(true) => {
                    reception = reception.stopped(now);
                }
                NetEvent::TemplateStatus { change: TemplateChange::Paused { .. }, at, .. } => {
                    paused = paused.or(Some(at))
                }
                _ => {}
            }
        }
        let fault = fault_of(&rules, &reception.at(now), &Reception::default(), Quality::Unknown);
        held = held.or(fault.map(|(fault, _)| (now, fault)));
        let answer = network.send(now, marketing(&format!("4915112{n:05}")));
        if let Reply::Accepted { id, .. } = answer.reply {
            let key = MessageId::first_at(now);
            let deadline = now + Duration::from_hours(12);
            let new = Message::accepted(key, AccountId(1), ChannelId(2), RecipientKey(n.into()), deadline);
            let taken = Message { taken_at: Some(now), sharing: true, attempts: 1, ..new.clone() };
            reception = reception.moved(&new, &taken, now).unwrap_or(reception);
            messages.insert(id, taken);
        }
    }
    (held, paused)
}

#[test]
fn a_bad_template_is_held_before_the_platform_pauses_it() {
    for seed in 1..=5 {
        let (held, paused) = campaign(seed, People { stops: 0.25, blocks: 0.05, ..People::ideal() });
        let (at, fault) = held.expect("it is held");
        assert_eq!(fault, Fault::OptOuts, "seed {seed}");
        let paused = paused.expect("the platform pauses it when nobody holds it");
        assert!(at < paused, "seed {seed}: held at {at}, paused at {paused}");
    }
}

#[test]
fn an_ordinary_template_is_not() {
    for seed in 1..=10 {
        assert_eq!(
            campaign(seed, People { has_habits: false, ..People::default() }),
            (None, None),
            "seed {seed}"
        );
    }
}
