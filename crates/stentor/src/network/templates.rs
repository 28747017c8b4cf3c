//! The network process's own template registry: enough for a client that creates, lists and deletes templates there.
//! A template it does not know may be sent all the same: it counts as an approved marketing template.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value, json};
use stentor_core::template::{Category, Judged, judge};
use stentor_simnet::{NetEvent, TemplateChange, TemplateKey, TemplateRef, TemplateSubmission, Verdict};

use crate::translate;

/// Templates kept; more are refused.
const TEMPLATES_MAX: usize = 10_000;
/// Meta's template ids are long; ours begin here.
const FIRST_ID: i64 = 1_700_000_000_000_000;

/// One template.
#[derive(Debug)]
pub struct Template {
    id: i64,
    /// What it is priced as.
    pub category: Category,
    /// `message_send_ttl_seconds`.
    pub ttl: Option<Duration>,
    status: &'static str,
    quality: &'static str,
    components: Value,
}

/// All of them.
#[derive(Debug, Default)]
pub struct Templates {
    all: HashMap<TemplateKey, Template>,
    made: i64,
}

impl Templates {
    /// The template of this name, unless none was ever made (the common case, and then nothing is looked up).
    pub fn get(&self, account: &str, template: &TemplateRef) -> Option<&Template> {
        if self.all.is_empty() {
            return None;
        }
        self.all.get(&TemplateKey { account: account.to_owned(), template: template.clone() })
    }

    /// The id webhooks call it by; 0 when it was never made here.
    pub fn id(&self, template: &TemplateKey) -> i64 {
        self.all.get(template).map_or(0, |template| template.id)
    }

    /// A page of an account's templates beyond the id `after`, by name where one is asked for.
    pub fn list(&self, account: &str, name: Option<&str>, limit: usize, after: Option<i64>) -> Value {
        let is_asked =
            |key: &TemplateKey| key.account == account && name.is_none_or(|name| key.template.name == name);
        let mut found: Vec<_> = self.all.iter().filter(|(key, _)| is_asked(key)).collect();
        found.retain(|(_, template)| after.is_none_or(|after| template.id > after));
        found.sort_by_key(|(_, template)| template.id);
        let page = &found[..limit.min(found.len())];
        let data: Vec<_> = page.iter().map(|(key, template)| show(key, template)).collect();
        let cursor = |end: Option<&(_, &Template)>| end.map(|(_, template)| template.id.to_string());
        let mut paging = json!({"cursors": {"before": cursor(page.first()), "after": cursor(page.last())}});
        if page.len() < found.len() {
            paging["next"] = format!("/{account}/message_templates?limit={limit}").into();
        }
        json!({"data": data, "paging": paging})
    }

    /// Makes (or edits) a template from Meta's request body: what the request is answered with, and what review is handed.
    ///
    /// # Errors
    /// The parameter that is missing or wrong.
    pub fn create(&mut self, account: &str, body: &Value) -> Result<(Value, TemplateSubmission), String> {
        let text = |field: &str| {
            let given = body.get(field).and_then(Value::as_str).filter(|text| !text.is_empty());
            given.ok_or_else(|| format!("The parameter {field} is required."))
        };
        let (name, language) = (text("name")?.to_owned(), text("language")?.to_owned());
        let category = Category::parse(text("category")?)
            .ok_or("Param category must be one of MARKETING, UTILITY, AUTHENTICATION")?;
        if self.all.len() >= TEMPLATES_MAX {
            return Err(format!("This network keeps at most {TEMPLATES_MAX} templates."));
        }
        let key = TemplateKey { account: account.to_owned(), template: TemplateRef { name, language } };
        self.made += 1;
        let components = body.get("components").cloned().unwrap_or_else(|| json!([]));
        let (category, is_miscast) = judged(body, category);
        let submission =
            TemplateSubmission { key: key.clone(), category, text: texts(&components), is_miscast };
        let template = Template {
            id: self.all.get(&key).map_or(FIRST_ID + self.made, |before| before.id),
            category,
            ttl: body.get("message_send_ttl_seconds").and_then(Value::as_u64).map(Duration::from_secs),
            status: "PENDING",
            quality: "UNKNOWN",
            components,
        };
        let answer =
            json!({"id": template.id.to_string(), "status": template.status, "category": category.as_str()});
        self.all.insert(key, template);
        Ok((answer, submission))
    }

    /// Deletes every language of a name, or only the one of this id; the keys that are gone.
    pub fn delete(&mut self, account: &str, name: &str, id: Option<&str>) -> Vec<TemplateKey> {
        let is_meant = |key: &TemplateKey, template: &Template| {
            let is_named = key.account == account && key.template.name == name;
            is_named && id.is_none_or(|id| template.id.to_string() == id)
        };
        self.all.extract_if(|key, template| is_meant(key, template)).map(|(key, _)| key).collect()
    }

    /// Follows what the network tells of a template.
    pub fn note(&mut self, event: &NetEvent) {
        let (key, status, quality) = match event {
            NetEvent::TemplateReviewed { template, verdict: Verdict::Approved, .. } => {
                (template, Some("APPROVED"), None)
            }
            NetEvent::TemplateReviewed { template, .. } => (template, Some("REJECTED"), None),
            NetEvent::TemplateStatus { template, change, .. } => {
                let status = match change {
                    TemplateChange::Paused { .. } => "PAUSED",
                    TemplateChange::Unpaused => "APPROVED",
                    TemplateChange::Disabled => "DISABLED",
                };
                (template, Some(status), None)
            }
            NetEvent::QualityUpdate { template, to, .. } => (template, None, Some(to.as_str())),
            NetEvent::TemplateCategory { template, to, announced_for: None, .. } => {
                if let Some(template) = self.all.get_mut(template) {
                    template.category = *to;
                }
                return;
            }
            NetEvent::TemplateCategory { .. } | NetEvent::TemplateReleased { .. } => return,
            NetEvent::Status(_) | NetEvent::Inbound(_) | NetEvent::Click(_) => return,
        };
        if let Some(template) = self.all.get_mut(key) {
            template.status = status.unwrap_or(template.status);
            template.quality = quality.unwrap_or(template.quality);
        }
    }
}

/// The category it gets, and whether its texts are plainly of another one. What cannot be read is as its author says.
fn judged(body: &Value, category: Category) -> (Category, bool) {
    let Ok(parsed) = stentor_wire::template::parse_create(body.to_string().as_bytes()) else {
        return (category, false);
    };
    match judge(&translate::definition(&parsed.value)) {
        Judged::Kept => (category, false),
        Judged::Marketing => (Category::Marketing, false),
        Judged::Incorrect => (category, true),
    }
}

fn show(key: &TemplateKey, template: &Template) -> Value {
    json!({
        "id": template.id.to_string(),
        "name": key.template.name,
        "language": key.template.language,
        "status": template.status,
        "category": template.category.as_str(),
        "quality_score": {"score": template.quality},
        "message_send_ttl_seconds": template.ttl.map(|ttl| ttl.as_secs()),
        "components": template.components,
    })
}

/// Every text in a template's components, for review.
fn texts(components: &Value) -> String {
    match components {
        Value::String(text) => format!("{text}\n"),
        Value::Array(items) => items.iter().map(texts).collect(),
        Value::Object(fields) => fields.values().map(texts).collect(),
        _ => String::new(),
    }
}
