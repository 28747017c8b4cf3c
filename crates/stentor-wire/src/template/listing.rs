//! A template as the two families of endpoints show it: Meta's upper-case shape, 360dialog's lower-case list.

use serde_json::{Map, Value, json};

use super::definition::Definition;

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
    /// As `APPROVED`.
    pub status: &'a str,
    /// As `NONE`.
    pub rejected_reason: &'a str,
    /// As `GREEN`.
    pub quality: &'a str,
    /// RFC 3339, UTC.
    pub created_at: String,
    /// RFC 3339, UTC.
    pub modified_at: String,
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

impl Listing<'_> {
    /// The item of `data[]` and the answer to a single read; with `fields` only those, and the id.
    #[must_use]
    pub fn to_meta(&self, fields: Option<&[&str]>) -> Value {
        let definition = self.definition;
        let mut all = Map::new();
        let mut put = |key: &str, value: Value| drop(all.insert(key.to_owned(), value));
        put("id", json!(self.id.to_string()));
        put("name", json!(definition.name));
        put("language", json!(definition.language));
        put("status", json!(self.status));
        put("category", json!(self.category));
        if let Some(previous) = self.previous_category {
            put("previous_category", json!(previous));
        }
        put("parameter_format", json!(definition.parameter_format.as_str()));
        put("components", definition.components_json());
        put("quality_score", json!({"score": self.quality}));
        put("rejected_reason", json!(self.rejected_reason));
        put("last_updated_time", json!(self.modified_at));
        if let Some(secs) = definition.message_send_ttl_seconds {
            put("message_send_ttl_seconds", json!(secs));
        }
        for key in [
            "sub_category",
            "cta_url_link_tracking_opted_out",
            "library_template_name",
            "degrees_of_freedom_spec",
        ] {
            if let Some(value) = definition.other(key) {
                put(key, value.clone());
            }
        }
        if let Some(fields) = fields {
            all.retain(|key, _| key == "id" || fields.contains(&key.as_str()));
        }
        Value::Object(all)
    }

    /// The answer to a creation on Meta's endpoint.
    #[must_use]
    pub fn to_meta_created(&self) -> Value {
        json!({"id": self.id.to_string(), "status": self.status, "category": self.category})
    }

    /// The item of `waba_templates[]`.
    #[must_use]
    pub fn to_dialog360(&self) -> Value {
        let quality = match self.quality {
            "UNKNOWN" => Value::Null,
            score => json!({"score": score, "reasons": null}),
        };
        let nobody = json!({"user_id": "system", "user_name": "system"});
        json!({
            "id": dialog360_id(self.id),
            "external_id": self.id.to_string(),
            "name": self.definition.name,
            "namespace": self.namespace(),
            "language": self.definition.language,
            "category": self.category,
            "status": self.dialog360_status(),
            "rejected_reason": self.rejected_reason,
            "quality_score": quality,
            "components": self.definition.components_json(),
            "created_at": self.created_at,
            "created_by": nobody,
            "modified_at": self.modified_at,
            "modified_by": nobody,
            "updated_external": false,
            "waba_account_id": format!("{:020}WA", self.account_id),
        })
    }

    /// The answer (201) to a creation on `/v1/configs/templates`.
    #[must_use]
    pub fn to_dialog360_created(&self) -> Value {
        json!({
            "category": self.category,
            "components": self.definition.components_json(),
            "external_id": self.id.to_string(),
            "id": dialog360_id(self.id),
            "language": self.definition.language,
            "name": self.definition.name,
            "namespace": self.namespace(),
            "rejected_reason": null,
            "status": self.dialog360_status(),
        })
    }

    /// Lower case, and `submitted` while it is in review.
    fn dialog360_status(&self) -> String {
        match self.status {
            "PENDING" => "submitted".to_owned(),
            status => status.to_ascii_lowercase(),
        }
    }

    /// The old API's namespace: one constant per account, in the shape of an id with underscores.
    fn namespace(&self) -> String {
        let hex = format!("{:032x}", self.account_id);
        [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("_")
    }
}
