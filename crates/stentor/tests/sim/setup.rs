//! The world's beginning: two accounts, three channels, six templates, three endpoints.

use stentor_core::id::{AccountId, ChannelId, EndpointId, TemplateId};
use stentor_core::message::UnknownPolicy;
use stentor_core::quiet_hours::QuietHours;
use stentor_core::registry::{
    Account, Channel, Character, Document, DocumentKind, Echo, Endpoint, Role, Template, UpstreamKind,
};
use stentor_core::template::{Category, TemplateStatus};
use stentor_core::time::Timestamp;
use stentor_store::{Audit, RegistryChange};

/// The day the world begins: a Friday at noon, UTC.
pub const BEGINNING: Timestamp = Timestamp::from_secs(1_800_014_400);
pub const ACCOUNTS: [AccountId; 2] = [AccountId(102_290_129_340_398), AccountId(102_290_129_340_399)];
/// In this process's network under our own ids; elsewhere with marks that come back; elsewhere without marks.
pub const CHANNELS: [ChannelId; 3] =
    [ChannelId(106_540_352_242_922), ChannelId(106_540_352_242_923), ChannelId(106_540_352_242_924)];
pub const ENDPOINTS: [EndpointId; 3] = [EndpointId(1), EndpointId(2), EndpointId(3)];
/// Of the second account.
pub const QUIET_HOURS: &str = "20:00-07:00";
const MONTH_SECS: i64 = 30 * 86_400;

/// Marketing (12 h and a day), utility (1 h) and authentication (10 min) of each account.
pub fn templates() -> Vec<Template> {
    let long_ago = Timestamp::from_secs(BEGINNING.secs() - MONTH_SECS);
    let mut templates = Vec::new();
    for (a, account) in ACCOUNTS.into_iter().enumerate() {
        for (t, (name, category, ttl)) in [
            ("spring_sale", Category::Marketing, Some(43_200)),
            ("last_call", Category::Marketing, Some(86_400)),
            ("your_order", Category::Utility, Some(3_600)),
            ("your_code", Category::Authentication, None),
        ]
        .into_iter()
        .enumerate()
        {
            let id = TemplateId(1_000 + (a * 10 + t) as i64);
            let body = r#"[{"type":"BODY","text":"Hello from the shop"}]"#.to_owned();
            templates.push(Template {
                status: TemplateStatus::Approved,
                approved_at: Some(long_ago),
                last_used_at: Some(BEGINNING),
                ttl_secs: ttl,
                ..Template::new(id, account, (name, "en"), category, body, long_ago)
            });
        }
    }
    templates
}

/// Everything that is there from the beginning.
pub fn registry() -> Vec<(AccountId, Vec<RegistryChange>)> {
    let now = BEGINNING;
    let account = |id, name: &str| Account {
        terms_signed_at: Some(now),
        ..Account::new(id, name, format!("secret of {name}"), now)
    };
    let channel = |i: usize, account, rate, upstream, echo, policy, character| Channel {
        rate_per_s: rate,
        echo,
        unknown_policy: policy,
        character,
        ..Channel::new(CHANNELS[i], account, &format!("1555000111{i}"), upstream, now)
    };
    let endpoint = |i: usize, account, channel| Endpoint {
        id: ENDPOINTS[i],
        account,
        channel,
        role: Role::Main,
        url: format!("https://receiver{i}.example/hook"),
        headers: vec![("x-mine".to_owned(), format!("{i}"))],
        created_at: now,
    };
    use UnknownPolicy::{AtLeastOnce, AtMostOnce};
    let (here, away) = (UpstreamKind::Simulated, UpstreamKind::CloudApi);
    let (twin, gateway) = (Character::Twin, Character::Gateway);
    let [first, second] = ACCOUNTS;
    let of = |account| templates().into_iter().filter(move |t| t.account == account);
    let mut a = vec![
        RegistryChange::PutAccount(account(first, "one")),
        RegistryChange::PutChannel(channel(0, first, 5, here, Echo::Unproven, AtMostOnce, gateway)),
        RegistryChange::PutChannel(channel(1, first, 20, away, Echo::Yes, AtLeastOnce, gateway)),
        RegistryChange::PutEndpoint(endpoint(0, first, None)),
        RegistryChange::PutEndpoint(endpoint(1, first, Some(CHANNELS[1]))),
    ];
    a.extend(of(first).map(RegistryChange::PutTemplate));
    // As many as the world's books allow: see `budgets`.
    let (kind, value) = (DocumentKind::MessagingLimit, "\"TIER_250\"".to_owned());
    a.push(RegistryChange::PutDocument(Document { account: first, channel: None, kind, value }));
    let mut b = vec![
        RegistryChange::PutAccount(Account {
            quiet_hours: QuietHours::parse(QUIET_HOURS).ok(),
            ..account(second, "two")
        }),
        RegistryChange::PutChannel(channel(2, second, 100, away, Echo::No, AtMostOnce, twin)),
        RegistryChange::PutEndpoint(endpoint(2, second, None)),
    ];
    b.extend(of(second).map(RegistryChange::PutTemplate));
    vec![(first, a), (second, b)]
}

/// Whose a channel is.
pub fn account_of(channel: ChannelId) -> AccountId {
    if channel == CHANNELS[2] { ACCOUNTS[1] } else { ACCOUNTS[0] }
}

/// The audit row of a change made by the world.
pub fn audit(account: AccountId, at: Timestamp, action: &str) -> Audit {
    Audit { at, actor: "network".to_owned(), account, action: action.to_owned(), detail: String::new() }
}
