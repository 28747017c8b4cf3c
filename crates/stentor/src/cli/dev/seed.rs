//! What `dev` starts with: one account, one channel, the marketing terms accepted, a template of every shape.
//! The names and ids are fixed and documented (`docs/dev.md`): examples and tests may rely on them.

use stentor_core::id::{AccountId, ChannelId, TemplateId};
use stentor_core::registry::{Account, ApiKey, Channel, Character, Echo, Template, UpstreamKind};
use stentor_core::template::TemplateStatus;
use stentor_core::time::Timestamp;
use stentor_store::{Audit, RegistryChange};

use crate::data_folder::Credentials;
use crate::registry::hash_key;
use crate::translate;

/// The seeded account (WABA) id.
pub const ACCOUNT: AccountId = AccountId(360_000_000_000_001);
/// The seeded channel (phone-number) id.
pub const CHANNEL: ChannelId = ChannelId(360_000_000_000_002);
/// The seeded business number: from the range reserved for fiction.
pub const DISPLAY_PHONE_NUMBER: &str = "15550100360";
/// The first seeded template's id; the others follow in the order of the file.
const FIRST_TEMPLATE: i64 = 360_000_000_000_100;

const TEMPLATES: &str = include_str!("templates.json");

/// The audit row of the seeding.
#[must_use]
pub fn audit(now: Timestamp) -> Audit {
    Audit {
        at: now,
        actor: "system".to_owned(),
        account: ACCOUNT,
        action: "dev.seed".to_owned(),
        detail: "account, channel and templates of dev".to_owned(),
    }
}

/// The audit row of a key made because the one shown before has ended.
#[must_use]
pub fn key_audit(now: Timestamp) -> Audit {
    let detail = format!("{CHANNEL}: the key of credentials.json had ended");
    Audit { action: "key.create".to_owned(), detail, ..audit(now) }
}

/// The seeded channel's key.
#[must_use]
pub fn key(now: Timestamp, credentials: &Credentials) -> ApiKey {
    let hash = hash_key(&credentials.api_key);
    ApiKey { hash, account: ACCOUNT, channel: CHANNEL, created_at: now, expires_at: None, used_at: None }
}

/// The account, the channel and the templates; for an empty data folder.
#[must_use]
pub fn changes(now: Timestamp, credentials: &Credentials) -> Vec<RegistryChange> {
    let mut changes = vec![
        RegistryChange::PutAccount(account(now, credentials)),
        RegistryChange::PutChannel(channel(now)),
        RegistryChange::PutKey(key(now, credentials)),
    ];
    changes.extend(templates(now).into_iter().map(RegistryChange::PutTemplate));
    changes
}

fn account(now: Timestamp, credentials: &Credentials) -> Account {
    Account {
        terms_signed_at: Some(now),
        ..Account::new(ACCOUNT, "dev", credentials.webhook_secret.clone(), now)
    }
}

fn channel(now: Timestamp) -> Channel {
    Channel {
        character: Character::Twin,
        echo: Echo::Yes,
        ..Channel::new(CHANNEL, ACCOUNT, DISPLAY_PHONE_NUMBER, UpstreamKind::Simulated, now)
    }
}

/// The seeded templates, pinned: no review, sync clock or pause moves them, only a hand does.
fn templates(now: Timestamp) -> Vec<Template> {
    let definitions: Vec<serde_json::Value> =
        serde_json::from_str(TEMPLATES).expect("the embedded templates are JSON");
    definitions.iter().zip(FIRST_TEMPLATE..).map(|(definition, id)| template(definition, id, now)).collect()
}

fn template(definition: &serde_json::Value, id: i64, now: Timestamp) -> Template {
    let parsed = stentor_wire::template::parse_create(definition.to_string().as_bytes())
        .expect("the embedded templates are well formed")
        .value;
    let core = translate::definition(&parsed);
    let status = match core.name.as_str() {
        "fixture_pending" => TemplateStatus::Pending,
        "fixture_paused" => TemplateStatus::Paused,
        _ => TemplateStatus::Approved,
    };
    let synced = status == TemplateStatus::Approved && core.name != "fixture_syncing";
    let components = parsed.components_json().to_string();
    let key = (core.name.as_str(), core.language.as_str());
    Template {
        status,
        parameter_format: core.parameter_format,
        pinned: true,
        // Pinned, approved and without this time: it syncs until it is moved by hand.
        approved_at: synced.then_some(now),
        ..Template::new(TemplateId(id), ACCOUNT, key, core.category, components, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_seeded_template_passes_the_creation_rules() {
        let definitions: Vec<serde_json::Value> = serde_json::from_str(TEMPLATES).expect("JSON");
        for definition in definitions {
            let parsed =
                stentor_wire::template::parse_create(definition.to_string().as_bytes()).expect("parses");
            let core = translate::definition(&parsed.value);
            stentor_core::template::check(&core).unwrap_or_else(|e| panic!("{}: {e:?}", core.name));
        }
    }

    #[test]
    fn every_shape_of_header_is_there_and_every_template_is_documented() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/dev.md");
        let page = std::fs::read_to_string(path).expect("docs/dev.md");
        let seeded = templates(Timestamp::from_secs(1));
        for template in &seeded {
            let row = format!("| `{}` | {} |", template.name, template.category.as_str());
            assert!(page.contains(&row), "{row}");
        }
        for format in ["TEXT", "IMAGE", "DOCUMENT", "LOCATION"] {
            let header = format!(r#""format":"{format}""#);
            assert!(seeded.iter().any(|template| template.components.contains(&header)), "{format}");
        }
    }

    #[test]
    fn the_fixtures_stay_where_they_are() {
        let now = Timestamp::from_secs(1);
        let find = |name: &str| templates(now).into_iter().find(|t| t.name == name).expect("seeded");
        assert_eq!(find("fixture_pending").status, TemplateStatus::Pending);
        assert_eq!(find("fixture_paused").status, TemplateStatus::Paused);
        assert_eq!(find("fixture_syncing").approved_at, None);
        assert!(templates(now).iter().all(|t| t.pinned));
    }
}
