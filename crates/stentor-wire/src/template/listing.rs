//! A template as the two families of endpoints show it: Meta's upper-case shape, 360dialog's lower-case list.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::definition::{Definition, EXTRA};

/// One template with all that its owner may see; the words are Meta's, upper case.
#[derive(Clone, Debug)]
pub struct Listing<'a> {
    /// Meta's template id.
    pub id: i64,
    /// The WABA's id.
    pub account_id: i64,
    /// What it is made of.
    pub definition: &'a Definition,
    /// The category now in force, which a review may have changed.
    pub category: &'a str,
    /// The category before that.
    pub previous_category: Option<&'a str>,
    /// The category it was announced to get.
    pub correct_category: Option<&'a str>,
    /// As `APPROVED`.
    pub status: &'a str,
    /// As `NONE`.
    pub rejected_reason: &'a str,
    /// What people make of it.
    pub quality: QualityScore,
    /// RFC 3339, UTC.
    pub created_at: String,
    /// RFC 3339, UTC.
    pub modified_at: String,
    /// Who made it: `admin`, `key:...`; `network` and `system` are nobody.
    pub created_by: &'a str,
    /// Who changed it last.
    pub modified_by: &'a str,
}

/// `quality_score` in Meta's shape.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QualityScore {
    /// `GREEN`, `YELLOW`, `RED` or `UNKNOWN`.
    pub score: String,
    /// Unix seconds of the last rating; of what was never rated, of its creation.
    pub date: i64,
    /// What people objected to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasons: Option<Vec<String>>,
}

/// A template in Meta's shape; with `fields` only those, and the id.
#[derive(Clone, Debug, Serialize)]
pub struct MetaTemplate {
    /// Meta's template id.
    pub id: String,
    /// Every other field; see `docs/templates.md`.
    #[serde(flatten)]
    pub fields: Map<String, Value>,
}

/// The answer to a creation in Meta's shape.
#[derive(Clone, Debug, Serialize)]
pub struct MetaCreated {
    /// Meta's template id.
    pub id: String,
    /// `PENDING` until it is reviewed.
    pub status: String,
    /// The category in force: review may have chosen another than was asked.
    pub category: String,
}

/// Somebody in 360dialog's list.
#[derive(Clone, Debug, Serialize)]
pub struct User {
    /// An id, or `system`.
    pub user_id: String,
    /// For people.
    pub user_name: String,
}

/// `quality_score` in 360dialog's list.
#[derive(Clone, Debug, Serialize)]
pub struct Dialog360Quality {
    /// As Meta's.
    pub score: String,
    /// As Meta's.
    pub reasons: Option<Vec<String>>,
}

/// An item of `waba_templates[]`.
#[derive(Clone, Debug, Serialize)]
pub struct Dialog360Template {
    /// 360dialog's id: 22 characters ending in `WT`.
    pub id: String,
    /// Meta's id.
    pub external_id: String,
    /// `[a-z0-9_]`.
    pub name: String,
    /// The old API's namespace, one for each account.
    pub namespace: String,
    /// As `en_US`.
    pub language: String,
    /// Upper case.
    pub category: String,
    /// Lower case; `submitted` while it is in review.
    pub status: String,
    /// `NONE` where it was not rejected.
    pub rejected_reason: String,
    /// Null until it was rated.
    pub quality_score: Option<Dialog360Quality>,
    /// As registered.
    pub components: Value,
    /// RFC 3339, UTC.
    pub created_at: String,
    /// Who made it.
    pub created_by: User,
    /// RFC 3339, UTC.
    pub modified_at: String,
    /// Who changed it last.
    pub modified_by: User,
    /// The one partner of this server.
    pub partner_id: String,
    /// Whether the last change came from the network: a review, a pause.
    pub updated_external: bool,
    /// 360dialog's id of the account.
    pub waba_account_id: String,
}

/// The answer (201) to a creation on `/v1/configs/templates`.
#[derive(Clone, Debug, Serialize)]
pub struct Dialog360Created {
    /// The category in force.
    pub category: String,
    /// As registered.
    pub components: Value,
    /// Meta's id.
    pub external_id: String,
    /// 360dialog's id.
    pub id: String,
    /// As `en_US`.
    pub language: String,
    /// `[a-z0-9_]`.
    pub name: String,
    /// The old API's namespace.
    pub namespace: String,
    /// Null: it was not reviewed yet.
    pub rejected_reason: Option<String>,
    /// `submitted`.
    pub status: String,
}

/// Characters of a 360dialog template id.
const DIALOG360_ID_CHARS: usize = 22;

/// 360dialog's id of a template: 22 characters ending in `WT`, made of Meta's id.
///
/// ```
/// use stentor_wire::template::{dialog360_id, meta_id};
/// assert_eq!(dialog360_id(1_234), "00000000000000001234WT");
/// assert_eq!((meta_id("00000000000000001234WT"), meta_id("1234"), meta_id("hello")), (Some(1_234), Some(1_234), None));
/// ```
#[must_use]
pub fn dialog360_id(id: i64) -> String {
    format!("{id:020}WT")
}

/// Meta's id out of either spelling.
#[must_use]
pub fn meta_id(text: &str) -> Option<i64> {
    let digits = match text.strip_suffix("WT") {
        Some(digits) if text.len() == DIALOG360_ID_CHARS => digits,
        _ => text,
    };
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    digits.parse().ok().filter(|_| plain)
}

impl User {
    fn of(actor: &str) -> Self {
        let (id, name) = match actor.split_once(':') {
            Some(("key", hash)) => (hash.to_owned(), format!("API key {hash}")),
            _ if matches!(actor, "network" | "system") => ("system".to_owned(), "system".to_owned()),
            _ => (actor.to_owned(), actor.to_owned()),
        };
        Self { user_id: id, user_name: name }
    }
}

/// `degrees_of_freedom_spec` as it is read: the features are an array there, and an object where they are written.
fn degrees_of_freedom(written: &Value) -> Value {
    let mut read = written.clone();
    if let Some(Value::Object(features)) = written.get("creative_features_spec") {
        let pairs = features.iter().map(|(key, value)| json!({"key": key, "value": value}));
        read["creative_features_spec"] = pairs.collect();
    }
    read
}

impl Listing<'_> {
    /// The item of `data[]` and the answer to a single read; with `fields` only those, and the id.
    #[must_use]
    pub fn to_meta(&self, fields: Option<&[&str]>) -> MetaTemplate {
        let definition = self.definition;
        let mut all = Map::new();
        let mut put = |key: &str, value: Value| drop(all.insert(key.to_owned(), value));
        put("name", json!(definition.name));
        put("language", json!(definition.language));
        put("status", json!(self.status));
        put("category", json!(self.category));
        if let Some(previous) = self.previous_category {
            put("previous_category", json!(previous));
        }
        if let Some(correct) = self.correct_category {
            put("correct_category", json!(correct));
        }
        put("parameter_format", json!(definition.parameter_format.as_str()));
        put("components", definition.components_shown());
        put("quality_score", json!(self.quality));
        put("rejected_reason", json!(self.rejected_reason));
        put("last_updated_time", json!(self.modified_at));
        if let Some(secs) = definition.message_send_ttl_seconds {
            put("message_send_ttl_seconds", json!(secs));
        }
        let extra = definition.extra_json();
        for key in EXTRA {
            match extra.get(*key) {
                None => {}
                Some(value) if *key == "degrees_of_freedom_spec" => put(key, degrees_of_freedom(value)),
                Some(value) => put(key, value.clone()),
            }
        }
        if let Some(fields) = fields {
            all.retain(|key, _| fields.contains(&key.as_str()));
        }
        MetaTemplate { id: self.id.to_string(), fields: all }
    }

    /// The answer to a creation on Meta's endpoint.
    #[must_use]
    pub fn to_meta_created(&self) -> MetaCreated {
        MetaCreated {
            id: self.id.to_string(),
            status: self.status.to_owned(),
            category: self.category.to_owned(),
        }
    }

    /// The item of `waba_templates[]`; `partner_id` is the server's own.
    #[must_use]
    pub fn to_dialog360(&self, partner_id: &str) -> Dialog360Template {
        let QualityScore { score, date: _, reasons } = self.quality.clone();
        let is_rated = score != "UNKNOWN";
        Dialog360Template {
            id: dialog360_id(self.id),
            external_id: self.id.to_string(),
            name: self.definition.name.clone(),
            namespace: self.namespace(),
            language: self.definition.language.clone(),
            category: self.category.to_owned(),
            status: self.dialog360_status(),
            rejected_reason: self.rejected_reason.to_owned(),
            quality_score: is_rated.then_some(Dialog360Quality { score, reasons }),
            components: self.definition.components_shown(),
            created_at: self.created_at.clone(),
            created_by: User::of(self.created_by),
            modified_at: self.modified_at.clone(),
            modified_by: User::of(self.modified_by),
            partner_id: partner_id.to_owned(),
            updated_external: self.modified_by == "network",
            waba_account_id: format!("{}WA", self.account_id),
        }
    }

    /// The answer (201) to a creation on `/v1/configs/templates`.
    #[must_use]
    pub fn to_dialog360_created(&self) -> Dialog360Created {
        Dialog360Created {
            category: self.category.to_owned(),
            components: self.definition.components_shown(),
            external_id: self.id.to_string(),
            id: dialog360_id(self.id),
            language: self.definition.language.clone(),
            name: self.definition.name.clone(),
            namespace: self.namespace(),
            rejected_reason: None,
            status: self.dialog360_status(),
        }
    }

    /// Lower case, and `submitted` while it is in review.
    fn dialog360_status(&self) -> String {
        match self.status {
            "PENDING" => "submitted".to_owned(),
            status => status.to_ascii_lowercase(),
        }
    }

    fn namespace(&self) -> String {
        namespace(self.account_id)
    }
}

/// The old API's namespace: one constant per account, in the shape of an id with underscores.
#[must_use]
pub fn namespace(account_id: i64) -> String {
    let hex = format!("{account_id:032x}");
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("_")
}
