//! The registry's rows on SQLite: written change by change, read whole at open.

use rusqlite::{Connection, Row, params};
use stentor_core::id::{AccountId, BusinessId, ChannelId, EndpointId, TemplateId};
use stentor_core::message::UnknownPolicy;
use stentor_core::quiet_hours::QuietHours;
use stentor_core::registry::{
    Account, AccountState, ApiKey, Autopilot, Channel, ChannelState, Character, Echo, Endpoint,
    OnboardingHold, PausedPolicy, ProductPolicy, Role, SyncPolicy, Template, UpstreamKind,
};
use stentor_core::template::{
    Category, Fault, Health, Hold, ParameterFormat, Quality, RejectedReason, TemplateStatus,
};
use stentor_core::time::Timestamp;

mod documents;

use super::convert::{ms, time, time_or_null, unreadable, word, word_or_null};
use crate::{PartnerLogin, PartnerLoginKind, Registry, RegistryChange};

pub(super) fn load(c: &Connection) -> rusqlite::Result<Registry> {
    Ok(Registry {
        accounts: all(c, &format!("SELECT {ACCOUNT} FROM account ORDER BY id"), account)?,
        channels: all(c, &format!("SELECT {CHANNEL} FROM channel ORDER BY id"), channel)?,
        keys: all(c, &format!("SELECT {API_KEY} FROM api_key ORDER BY hash"), api_key)?,
        templates: all(c, &format!("SELECT {TEMPLATE} FROM template ORDER BY id"), template)?,
        endpoints: all(c, &format!("SELECT {ENDPOINT} FROM endpoint ORDER BY id"), endpoint)?,
        logins: all(c, "SELECT name, kind, hash, created_at FROM partner_login ORDER BY name", login)?,
        documents: documents::load(c)?,
        blocks: documents::blocks(c)?,
    })
}

/// The columns each reader reads and each writer writes, in their order.
const ACCOUNT: &str = "id, name, state, sharing_default, product_policy_default, terms_signed_at, \
     marketing_on_messages, webhook_secret, created_at, owner_business, country, onboarding_hold, invited_at, \
     business_verified, marketing_cap_24h, marketing_cap_7d, quiet_hours, opt_out_payloads, autopilot";
const CHANNEL: &str = "id, account, display_phone_number, state, character, sync_policy, rate_per_s, \
     unknown_policy, upstream, echo, automatic_routing, created_at, account_events, multi_webhook, \
     paused_policy, pair_limit";
const API_KEY: &str = "hash, account, channel, created_at, expires_at, used_at";
const ENDPOINT: &str =
    "id, account, channel, url, headers, created_at, role, name, starts_at, override_all, secret";

/// Makes or replaces a row of `table`.
fn replace(
    c: &Connection,
    table: &str,
    columns: &str,
    values: &[&dyn rusqlite::ToSql],
) -> rusqlite::Result<usize> {
    let marks = vec!["?"; values.len()].join(",");
    c.prepare_cached(&format!("INSERT OR REPLACE INTO {table} ({columns}) VALUES ({marks})"))?.execute(values)
}

fn all<T>(
    c: &Connection,
    sql: &str,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    c.prepare(sql)?.query_map([], read)?.collect()
}

pub(super) fn put(c: &Connection, change: &RegistryChange) -> rusqlite::Result<()> {
    match change {
        RegistryChange::PutAccount(a) => put_account(c, a),
        RegistryChange::PutChannel(channel) => put_channel(c, channel),
        RegistryChange::PutKey(k) => {
            let (made, ends, used) = (k.created_at.millis(), ms(k.expires_at), ms(k.used_at));
            replace(c, "api_key", API_KEY, params![k.hash, k.account.0, k.channel.0, made, ends, used])
        }
        RegistryChange::EndKeys { channel, keep, at } => return end_keys(c, *channel, keep, *at),
        RegistryChange::PutTemplate(t) => put_template(c, t),
        RegistryChange::ForgetTemplate(id) => c.execute("DELETE FROM template WHERE id = ?1", [id.0]),
        RegistryChange::PutEndpoint(e) => put_endpoint(c, e),
        RegistryChange::RemoveEndpoint(id) => c.execute("DELETE FROM endpoint WHERE id = ?1", [id.0]),
        RegistryChange::PutLogin(l) => {
            let values = params![l.name, l.kind.as_str(), l.hash, l.created_at.millis()];
            replace(c, "partner_login", "name, kind, hash, created_at", values)
        }
        RegistryChange::RemoveLogin(name) => c.execute("DELETE FROM partner_login WHERE name = ?1", [name]),
        RegistryChange::PutDocument(d) => documents::put(c, d),
        RegistryChange::PutBlock(b) => documents::put_block(c, b),
        RegistryChange::RemoveBlock { channel, person } => c
            .prepare_cached("DELETE FROM block WHERE channel = ?1 AND person = ?2")?
            .execute([channel.0, person.0]),
    }
    .map(drop)
}

fn end_keys(c: &Connection, channel: ChannelId, keep: &[[u8; 32]], at: Timestamp) -> rusqlite::Result<()> {
    let of = all(c, &format!("SELECT {API_KEY} FROM api_key WHERE channel = {channel}"), api_key)?;
    for key in of.iter().filter(|k| !keep.contains(&k.hash)) {
        let ends = key.expires_at.map_or(at, |e| e.min(at));
        c.execute("UPDATE api_key SET expires_at = ?2 WHERE hash = ?1", params![key.hash, ends.millis()])?;
    }
    Ok(())
}

fn put_account(c: &Connection, a: &Account) -> rusqlite::Result<usize> {
    let values = params![
        a.id.0,
        a.name,
        a.state.as_str(),
        a.sharing_default,
        a.product_policy_default.as_str(),
        ms(a.terms_signed_at),
        a.marketing_on_messages,
        a.webhook_secret,
        a.created_at.millis(),
        a.owner_business.0,
        a.country,
        a.onboarding_hold.map(OnboardingHold::as_str),
        ms(a.invited_at),
        a.business_verified,
        a.marketing_cap_24h,
        a.marketing_cap_7d,
        a.quiet_hours.map(|hours| hours.to_string()),
        serde_json::json!(a.opt_out_payloads).to_string(),
        a.autopilot.map(Autopilot::as_str),
    ];
    replace(c, "account", ACCOUNT, values)
}

fn account(row: &Row<'_>) -> rusqlite::Result<Account> {
    Ok(Account {
        id: AccountId(row.get(0)?),
        name: row.get(1)?,
        state: word(row, 2, AccountState::parse)?,
        sharing_default: row.get(3)?,
        product_policy_default: word(row, 4, ProductPolicy::parse)?,
        terms_signed_at: time_or_null(row, 5)?,
        marketing_on_messages: row.get(6)?,
        webhook_secret: row.get(7)?,
        created_at: time(row, 8)?,
        owner_business: BusinessId(row.get(9)?),
        country: row.get(10)?,
        onboarding_hold: word_or_null(row, 11, OnboardingHold::parse)?,
        invited_at: time_or_null(row, 12)?,
        business_verified: row.get(13)?,
        marketing_cap_24h: row.get(14)?,
        marketing_cap_7d: row.get(15)?,
        quiet_hours: word_or_null(row, 16, |text| QuietHours::parse(text).ok())?,
        opt_out_payloads: serde_json::from_str(row.get_ref(17)?.as_str()?)
            .map_err(|e| unreadable(17, &e.to_string()))?,
        autopilot: word_or_null(row, 18, Autopilot::parse)?,
    })
}

fn put_channel(c: &Connection, ch: &Channel) -> rusqlite::Result<usize> {
    let values = params![
        ch.id.0,
        ch.account.0,
        ch.display_phone_number,
        ch.state.as_str(),
        ch.character.as_str(),
        ch.sync_policy.map(SyncPolicy::as_str),
        ch.rate_per_s,
        ch.unknown_policy.as_str(),
        ch.upstream.as_str(),
        ch.echo.as_str(),
        ch.automatic_routing,
        ch.created_at.millis(),
        ch.account_events,
        ch.multi_webhook,
        ch.paused_policy.as_str(),
        ch.pair_limit,
    ];
    replace(c, "channel", CHANNEL, values)
}

fn channel(row: &Row<'_>) -> rusqlite::Result<Channel> {
    Ok(Channel {
        id: ChannelId(row.get(0)?),
        account: AccountId(row.get(1)?),
        display_phone_number: row.get(2)?,
        state: word(row, 3, ChannelState::parse)?,
        character: word(row, 4, Character::parse)?,
        sync_policy: word_or_null(row, 5, SyncPolicy::parse)?,
        rate_per_s: row.get(6)?,
        unknown_policy: word(row, 7, UnknownPolicy::parse)?,
        upstream: word(row, 8, UpstreamKind::parse)?,
        echo: word(row, 9, Echo::parse)?,
        automatic_routing: row.get(10)?,
        created_at: time(row, 11)?,
        account_events: row.get(12)?,
        multi_webhook: row.get(13)?,
        paused_policy: word(row, 14, PausedPolicy::parse)?,
        pair_limit: row.get(15)?,
    })
}

fn api_key(row: &Row<'_>) -> rusqlite::Result<ApiKey> {
    Ok(ApiKey {
        hash: row.get(0)?,
        account: AccountId(row.get(1)?),
        channel: ChannelId(row.get(2)?),
        created_at: time(row, 3)?,
        expires_at: time_or_null(row, 4)?,
        used_at: time_or_null(row, 5)?,
    })
}

/// The columns in the order in which they are bound and read.
const TEMPLATE: &str = "id, account, name, language, category, previous_category, status, rejected_reason, \
    parameter_format, components, ttl_secs, pinned, created_at, modified_at, approved_at, last_used_at, resynced_at, \
    deleted_at, edited_at, extra, archived_at, archived_from, created_by, modified_by, \
    quality, quality_at, pauses, paused_until, paced_since, correct_category, category_at, \
    held_at, held_for, held_detail, resumed_at";

fn put_template(c: &Connection, t: &Template) -> rusqlite::Result<usize> {
    let edited_at: Vec<i64> = t.edited_at.iter().map(|at| at.millis()).collect();
    let edited_at = serde_json::to_string(&edited_at).map_err(|e| unreadable(18, &e.to_string()))?;
    let binds = vec!["?"; TEMPLATE.split(',').count()].join(",");
    let sql = format!("INSERT OR REPLACE INTO template ({TEMPLATE}) VALUES ({binds})");
    c.prepare_cached(&sql)?.execute(params![
        t.id.0,
        t.account.0,
        t.name,
        t.language,
        t.category.as_str(),
        t.previous_category.map(|c| c.as_str()),
        t.status.as_str(),
        t.rejected_reason.map(|r| r.as_str()),
        t.parameter_format.as_str(),
        t.components,
        t.ttl_secs,
        t.pinned,
        t.created_at.millis(),
        t.modified_at.millis(),
        ms(t.approved_at),
        ms(t.last_used_at),
        ms(t.resynced_at),
        ms(t.deleted_at),
        edited_at,
        t.extra,
        ms(t.archived_at),
        t.archived_from.map(|s| s.as_str()),
        t.created_by,
        t.modified_by,
        t.health.quality.as_str(),
        ms(t.health.quality_at),
        t.health.pauses,
        ms(t.health.paused_until),
        ms(t.health.paced_since),
        t.health.correct_category.map(|c| c.as_str()),
        ms(t.health.category_at),
        ms(t.hold.as_ref().map(|hold| hold.at)),
        t.hold.as_ref().map(|hold| hold.fault.as_str()),
        t.hold.as_ref().map(|hold| hold.detail.as_str()),
        ms(t.resumed_at),
    ])
}

fn template(row: &Row<'_>) -> rusqlite::Result<Template> {
    let edited_at: Vec<i64> =
        serde_json::from_str(row.get_ref(18)?.as_str()?).map_err(|e| unreadable(18, &e.to_string()))?;
    Ok(Template {
        id: TemplateId(row.get(0)?),
        account: AccountId(row.get(1)?),
        name: row.get(2)?,
        language: row.get(3)?,
        category: word(row, 4, Category::parse)?,
        previous_category: word_or_null(row, 5, Category::parse)?,
        status: word(row, 6, TemplateStatus::parse)?,
        rejected_reason: word_or_null(row, 7, RejectedReason::parse)?,
        parameter_format: word(row, 8, ParameterFormat::parse)?,
        components: row.get(9)?,
        ttl_secs: row.get(10)?,
        pinned: row.get(11)?,
        created_at: time(row, 12)?,
        modified_at: time(row, 13)?,
        approved_at: time_or_null(row, 14)?,
        last_used_at: time_or_null(row, 15)?,
        resynced_at: time_or_null(row, 16)?,
        deleted_at: time_or_null(row, 17)?,
        edited_at: edited_at.into_iter().map(Timestamp::from_millis).collect(),
        extra: row.get(19)?,
        archived_at: time_or_null(row, 20)?,
        archived_from: word_or_null(row, 21, TemplateStatus::parse)?,
        created_by: row.get(22)?,
        modified_by: row.get(23)?,
        health: health(row, 24)?,
        hold: hold(row, 31)?,
        resumed_at: time_or_null(row, 34)?,
    })
}

/// Why the autopilot holds it, from column `at` on.
fn hold(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<Hold>> {
    let Some((since, fault)) = time_or_null(row, at)?.zip(word_or_null(row, at + 1, Fault::parse)?) else {
        return Ok(None);
    };
    let detail = row.get::<_, Option<String>>(at + 2)?.unwrap_or_default();
    Ok(Some(Hold { at: since, fault, detail }))
}

/// The columns of a template's health, from number `at` on.
fn health(row: &Row<'_>, at: usize) -> rusqlite::Result<Health> {
    Ok(Health {
        quality: word(row, at, Quality::parse)?,
        quality_at: time_or_null(row, at + 1)?,
        pauses: row.get(at + 2)?,
        paused_until: time_or_null(row, at + 3)?,
        paced_since: time_or_null(row, at + 4)?,
        correct_category: word_or_null(row, at + 5, Category::parse)?,
        category_at: time_or_null(row, at + 6)?,
    })
}

fn put_endpoint(c: &Connection, e: &Endpoint) -> rusqlite::Result<usize> {
    let headers = serde_json::to_string(&e.headers).map_err(|e| unreadable(4, &e.to_string()))?;
    let (role, starts_at, override_all, secret) = match &e.role {
        Role::Main => ("main", None, false, None),
        Role::Copy { .. } => ("copy", None, false, None),
        Role::Coming { at, override_all } => ("coming", Some(at.millis()), *override_all, None),
        Role::Partner { secret } => ("partner", None, false, Some(secret)),
    };
    let (channel, made) = (e.channel.map(|c| c.0), e.created_at.millis());
    let values = params![
        e.id.0,
        e.account.0,
        channel,
        e.url,
        headers,
        made,
        role,
        e.name(),
        starts_at,
        override_all,
        secret
    ];
    replace(c, "endpoint", ENDPOINT, values)
}

fn endpoint(row: &Row<'_>) -> rusqlite::Result<Endpoint> {
    let headers =
        serde_json::from_str(row.get_ref(4)?.as_str()?).map_err(|e| unreadable(4, &e.to_string()))?;
    let role = match row.get_ref(6)?.as_str()? {
        "main" => Role::Main,
        "copy" => Role::Copy { name: row.get(7)? },
        "coming" => Role::Coming { at: time(row, 8)?, override_all: row.get(9)? },
        "partner" => Role::Partner { secret: row.get(10)? },
        other => return Err(unreadable(6, &format!("`{other}` is no role of an endpoint"))),
    };
    Ok(Endpoint {
        id: EndpointId(row.get(0)?),
        account: AccountId(row.get(1)?),
        channel: row.get::<_, Option<i64>>(2)?.map(ChannelId),
        role,
        url: row.get(3)?,
        headers,
        created_at: time(row, 5)?,
    })
}

fn login(row: &Row<'_>) -> rusqlite::Result<PartnerLogin> {
    Ok(PartnerLogin {
        name: row.get(0)?,
        kind: word(row, 1, PartnerLoginKind::parse)?,
        hash: row.get(2)?,
        created_at: time(row, 3)?,
    })
}
