//! The two decisions, rule by rule. (What reaches the wire is tested with the API.)

use std::time::Duration;

use super::*;
use crate::consent::{Act, Entry, Source, standing};
use crate::id::{AccountId, ChannelId, MessageId, RecipientKey, TemplateId};
use crate::message::Message;
use crate::quiet_hours::QuietHours;
use crate::recipient;
use crate::registry::{AccountState, Character, SyncPolicy, UpstreamKind};
use crate::sync::SYNC;
use crate::template::{Body, Pattern, TemplateStatus};
use crate::ttl::LONGEST;

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
const HOUR: Duration = Duration::from_hours(1);

struct World {
    account: Account,
    channel: Channel,
    template: Template,
}

impl World {
    fn new(character: Character) -> Self {
        let mut account = Account::new(AccountId(1), "Shop", String::new(), NOW);
        account.terms_signed_at = Some(NOW);
        let mut channel = Channel::new(ChannelId(2), account.id, "15550001111", UpstreamKind::Simulated, NOW);
        channel.character = character;
        let key = ("promo", "en");
        let template = Template {
            status: TemplateStatus::Approved,
            approved_at: Some(NOW - HOUR),
            last_used_at: Some(NOW - HOUR),
            ..Template::new(TemplateId(3), account.id, key, Category::Marketing, "[]".to_owned(), NOW - HOUR)
        };
        Self { account, channel, template }
    }

    fn admit(&self, endpoint: Endpoint, change: impl FnOnce(&mut Request<'_>)) -> Decision {
        let body = Body { text: Pattern::new("Sale!"), recommends_security: false };
        let definition =
            Definition { body: Some(body), ..Definition::new("promo", "en", self.template.category) };
        let (content, to) = (Content::default(), recipient::parse("441234567890").unwrap());
        let wanted =
            Wanted::Template { template: &self.template, definition: &definition, content: &content };
        let mut request = Request {
            endpoint,
            wanted,
            to: &to,
            to_group: false,
            sharing: None,
            product_policy: None,
            ttl_secs: None,
        };
        change(&mut request);
        admit(&request, &self.account, &self.channel, NOW)
    }

    fn message(&self) -> Message {
        Message {
            template: Some(self.template.id),
            category: Some(Category::Marketing),
            route: Route::Optimised,
            ..Message::accepted(
                MessageId::first_at(NOW),
                self.account.id,
                self.channel.id,
                RecipientKey(4),
                NOW + LONGEST,
            )
        }
    }

    fn again(&self, person: Known<'_>, now: Timestamp) -> Again {
        readmit(&self.message(), &self.account, &self.channel, Some(&self.template), person, now)
    }
}

fn code(decision: &Decision) -> u32 {
    decision.verdict.as_ref().unwrap_err().code
}

#[test]
fn the_order_of_checks() {
    // Everything is wrong at once; what is mended lets the next check speak.
    let mut world = World::new(Character::Twin);
    world.account.state = AccountState::Locked;
    world.account.terms_signed_at = None;
    world.template.status = TemplateStatus::Pending;
    world.template.category = Category::Utility;
    let own = recipient::parse(&world.channel.display_phone_number).unwrap();
    let ask = |world: &World, to_itself: bool| {
        let decision = world.admit(Endpoint::Marketing, |request| {
            request.to_group = false;
            request.ttl_secs = Some(1);
            if to_itself {
                request.wanted = Wanted::NoTemplate { name: "x", language: "en", languages: &[] };
            }
        });
        code(&decision)
    };
    assert_eq!(ask(&world, false), 131_031);
    world.account.state = AccountState::Active;
    assert_eq!(ask(&world, true), 132_001);
    assert_eq!(ask(&world, false), 132_001, "PENDING");
    world.template.status = TemplateStatus::Paused;
    assert_eq!(ask(&world, false), 131_055, "the category goes before the pause");
    world.template.category = Category::Marketing;
    assert_eq!(ask(&world, false), 132_015);
    world.template.status = TemplateStatus::Approved;
    assert_eq!(ask(&world, false), 200);
    world.account.terms_signed_at = Some(NOW);
    assert_eq!(ask(&world, false), 100, "the TTL");
    assert_eq!(own.phone(), Some("15550001111"));
}

#[test]
fn a_valid_request_is_a_use_whatever_becomes_of_it() {
    let mut world = World::new(Character::Twin);
    world.template.last_used_at = None;
    world.template.approved_at = Some(NOW - HOUR * 24 * 8);
    for (policy, held) in
        [(SyncPolicy::Reject, None), (SyncPolicy::Hold, Some(NOW + SYNC)), (SyncPolicy::Send, None)]
    {
        world.channel.sync_policy = Some(policy);
        let decision = world.admit(Endpoint::Marketing, |_| ());
        assert_eq!(decision.used.unwrap().resynced_at, Some(NOW), "{policy:?}");
        match decision.verdict {
            Err(refused) => assert_eq!((policy, refused.code), (SyncPolicy::Reject, 134_101)),
            Ok(admitted) => {
                assert_eq!(admitted.hold.map(|(_, until)| until), held);
                assert_eq!(admitted.notes.contains(&Note::Unsynced), policy == SyncPolicy::Send);
            }
        }
    }
    let refused = world.admit(Endpoint::Marketing, |request| request.ttl_secs = Some(1));
    assert_eq!(refused.used, None, "a bad request is no use");
    let classic = world.admit(Endpoint::Messages, |_| ());
    assert!(classic.verdict.is_ok(), "the classic way does not sync");
}

#[test]
fn a_deadline_is_the_templates_ttl_on_its_own_route() {
    let mut world = World::new(Character::Twin);
    world.template.ttl_secs = Some(43_200);
    let deadline = |decision: Decision| decision.verdict.unwrap().deadline.since(NOW).as_secs();
    assert_eq!(deadline(world.admit(Endpoint::Marketing, |_| ())), 43_200);
    assert_eq!(deadline(world.admit(Endpoint::Messages, |_| ())), LONGEST.as_secs());
    world.template.ttl_secs = None;
    assert_eq!(deadline(world.admit(Endpoint::Marketing, |request| request.ttl_secs = Some(86_400))), 86_400);
}

#[test]
fn the_second_look_stops_what_changed() {
    let person = Known::default();
    let mut world = World::new(Character::Gateway);
    assert_eq!(world.again(person, NOW), Again::Go);
    world.template.status = TemplateStatus::Paused;
    assert!(matches!(world.again(person, NOW), Again::Wait { reason: WaitReason::Paused, .. }));
    world.template.status = TemplateStatus::Disabled;
    assert!(matches!(world.again(person, NOW), Again::Fail { code: 132_016, .. }));
    world.template.deleted_at = Some(NOW);
    assert_eq!(world.again(person, NOW), Again::Go, "a deleted template's messages still go");
    world.template.deleted_at = None;
    world.template.status = TemplateStatus::Rejected;
    assert!(matches!(world.again(person, NOW), Again::Fail { code: 132_001, .. }));
    world.template.status = TemplateStatus::Approved;
    world.template.category = Category::Utility;
    assert!(matches!(world.again(person, NOW), Again::Fail { code: 131_055, .. }));
    world.template.category = Category::Marketing;
    world.account.state = AccountState::Unpaid;
    assert!(matches!(world.again(person, NOW), Again::Wait { reason: WaitReason::Paused, .. }));
}

#[test]
fn the_second_look_knows_the_person() {
    let world = World::new(Character::Gateway);
    let stopped = of(Act::OptedOut);
    assert!(matches!(world.again(stopped, NOW), Again::Drop { code: 131_050, .. }));
    let capped = Known { marketing_after: Some(NOW + HOUR), ..Known::default() };
    assert_eq!(world.again(capped, NOW), waits(NOW + HOUR, WaitReason::Cap));
    let late = Known { marketing_after: Some(NOW + LONGEST * 2), ..Known::default() };
    assert_eq!(world.again(late, NOW), waits(NOW + LONGEST, WaitReason::Cap));
    let free_form = Message { category: None, route: Route::Classic, ..world.message() };
    let free = |person| readmit(&free_form, &world.account, &world.channel, None, person, NOW);
    assert_eq!(free(stopped), Again::Go);
    let spent = Spent { window_until: Some(NOW + HOUR), ..Spent::default() };
    let answering = Known { spent, ..of(Act::Suppressed) };
    for person in [of(Act::Suppressed), answering] {
        assert!(matches!(free(person), Again::Drop { code: 130_403, .. }), "not even an answer");
        assert!(matches!(world.again(person, NOW), Again::Drop { code: 130_403, .. }));
    }
}

fn of(act: Act) -> Known<'static> {
    let entry = Entry::new(NOW, act, Source::Api, None, "admin");
    Known { consent: standing(&[entry]), ..Known::default() }
}

fn waits(until: Timestamp, reason: WaitReason) -> Again {
    Again::Wait { until, reason, why: String::new() }
}

#[test]
fn marketing_waits_for_the_end_of_the_night() {
    let mut world = World::new(Character::Gateway);
    world.account.quiet_hours = QuietHours::parse("21:00-08:00").ok();
    // 2027-01-15T22:00Z.
    let night = Timestamp::from_secs(1_800_050_400);
    let in_berlin = Known { address: "4915112345678", ..Known::default() };
    let in_denver = Known { time_zone: Some("America/Denver"), ..in_berlin };
    let spent = Spent { window_until: Some(night + HOUR), ..Spent::default() };
    let answering = Known { spent, ..in_berlin };
    let message = Message { deadline: night + LONGEST, ..world.message() };
    let again = |message: &Message, person| {
        readmit(message, &world.account, &world.channel, Some(&world.template), person, night)
    };
    let why = "quiet hours 21:00-08:00 in Europe/Berlin (by its country DE)".to_owned();
    let until = night + HOUR * 9;
    assert_eq!(again(&message, in_berlin), Again::Wait { until, reason: WaitReason::QuietHours, why });
    assert_eq!(again(&message, in_denver), Again::Go);
    assert_eq!(again(&message, answering), Again::Go, "they wrote themselves");
    let utility = Message { category: Some(Category::Utility), route: Route::Classic, ..message.clone() };
    assert_eq!(again(&utility, in_berlin), Again::Go);
    let short = Message { deadline: until, ..message };
    let details = "quiet hours 21:00-08:00 in Europe/Berlin (by its country DE) last past its deadline";
    assert_eq!(again(&short, in_berlin), Again::Drop { code: 410, details: details.to_owned() });
}

#[test]
fn the_second_look_keeps_to_the_persons_budgets() {
    use crate::cap::{Caps, Ring};
    use crate::rate::Pair;
    let mut world = World::new(Character::Gateway);
    let burst = Spent { pair: Pair::burst(NOW - HOUR, 605), ..Spent::default() };
    let known = |spent| Known { spent, ..Known::default() };
    let over = waits(NOW + Duration::from_secs(30), WaitReason::Pair);
    assert_eq!(world.again(known(burst), NOW), over);
    world.channel.pair_limit = false;
    assert_eq!(world.again(known(burst), NOW), Again::Go);
    // Two in a day are the gateway's own cap; an open window lifts it, and another account's cap may be another.
    let two = Spent { marketing: Ring::of([NOW - HOUR * 2, NOW - HOUR]), ..Spent::default() };
    assert_eq!(world.again(known(two), NOW), waits(NOW + HOUR * 22, WaitReason::Cap));
    assert_eq!(world.again(known(Spent { window_until: Some(NOW + HOUR), ..two }), NOW), Again::Go);
    assert_eq!(world.account.caps(Character::Twin), Caps::NONE);
    world.account.marketing_cap_24h = Some(3);
    assert_eq!(world.again(known(two), NOW), Again::Go);
    world.account.marketing_cap_24h = Some(2);
    let short = Message { deadline: NOW + HOUR * 22, ..world.message() };
    let look = |world: &World, message: &Message| {
        readmit(message, &world.account, &world.channel, Some(&world.template), known(two), NOW)
    };
    let Again::Drop { code, details } = look(&world, &short) else { panic!("{:?}", look(&world, &short)) };
    assert_eq!(code, 131_049);
    assert!(details.contains("2 in 24 hours, 6 in 7 days"), "{details}");
    let utility = Message { category: Some(Category::Utility), route: Route::Classic, ..short };
    assert_eq!(look(&world, &utility), Again::Go);
    // A twin answers as 360dialog would, and lets the network speak.
    world.channel.character = Character::Twin;
    world.account.marketing_cap_24h = None;
    assert_eq!(world.again(known(Spent { pair: burst.pair, ..two }), NOW), Again::Go);
}

#[test]
fn a_number_that_could_not_be_reached_is_left_alone_for_a_while() {
    let mut world = World::new(Character::Gateway);
    let known = Known { undeliverable_until: Some(NOW + HOUR), ..Known::default() };
    assert!(matches!(world.again(known, NOW), Again::Drop { code: 131_026, .. }));
    assert_eq!(world.again(known, NOW + HOUR), Again::Go);
    world.channel.character = Character::Twin;
    assert_eq!(world.again(known, NOW), Again::Go);
}

#[test]
fn a_paused_template_fails_where_the_channel_says_so() {
    let mut world = World::new(Character::Gateway);
    world.template.status = TemplateStatus::Paused;
    world.channel.paused_policy = crate::registry::PausedPolicy::Fail;
    assert!(matches!(world.again(Known::default(), NOW), Again::Fail { code: 132_015, .. }));
}

#[test]
fn a_passed_deadline_is_silent_in_a_twin_and_told_by_a_gateway() {
    let end = NOW + LONGEST;
    assert_eq!(World::new(Character::Twin).again(Known::default(), end), Again::ExpireSilently);
    let told = Again::Fail { code: 410, details: "never handed to WhatsApp".to_owned() };
    assert_eq!(World::new(Character::Gateway).again(Known::default(), end), told);
}

#[test]
fn what_is_held_for_sync_goes_when_it_is_over() {
    let mut world = World::new(Character::Gateway);
    world.template.approved_at = Some(NOW);
    let waits = waits(NOW + SYNC, WaitReason::Sync);
    assert_eq!(world.again(Known::default(), NOW + SYNC / 2), waits);
    assert_eq!(world.again(Known::default(), NOW + SYNC), Again::Go);
    // A message that waited for a week for another reason is no new first use.
    assert_eq!(world.again(Known::default(), NOW + HOUR * 24 * 8), Again::Go);
    world.template.pinned = true;
    world.template.approved_at = None;
    assert!(matches!(
        world.again(Known::default(), NOW + HOUR),
        Again::Wait { reason: WaitReason::Sync, .. }
    ));
}

#[test]
fn what_is_paced_waits_for_the_verdict_or_the_guardrail() {
    use crate::template::GUARDRAIL;
    let mut world = World::new(Character::Twin);
    let paced = Message { wait: Some(WaitReason::Pacing), ..world.message() };
    let again = |world: &World, now| {
        readmit(&paced, &world.account, &world.channel, Some(&world.template), Known::default(), now)
    };
    world.template.health.paced_since = Some(NOW);
    let waits = waits(NOW + GUARDRAIL, WaitReason::Pacing);
    assert_eq!(again(&world, NOW + HOUR / 2), waits);
    assert_eq!(again(&world, NOW + GUARDRAIL), Again::Go, "undecided");
    // Unpaused since: the verdict that paused it was about this message, too, but it lived to see the pause end.
    world.template.health.paced_since = Some(NOW + HOUR / 4);
    assert_eq!(again(&world, NOW + HOUR / 2), Again::Go);
    world.template.health.paced_since = None;
    assert_eq!(again(&world, NOW + HOUR / 2), Again::Go, "good");
    world.template.status = TemplateStatus::Paused;
    assert!(matches!(again(&world, NOW + HOUR / 2), Again::Fail { code: 132_015, .. }));
    assert!(matches!(world.again(Known::default(), NOW), Again::Wait { reason: WaitReason::Paused, .. }));
    world.template.deleted_at = Some(NOW);
    assert_eq!(again(&world, NOW), Again::Go);
}
