//! An account's templates at the upstream: made, edited, deleted, listed; nothing is repeated here.
//! Called by `app::registry_upstream`, which decides what an answer means for our own.

use http::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use stentor_core::id::AccountId;
use stentor_core::registry::Template;
use stentor_core::template::{Category, Quality, RejectedReason, TemplateStatus};
use stentor_wire::reader::tree;
use stentor_wire::template::{Definition, parse_create};
use url::form_urlencoded::Serializer;

use super::{CloudApi, MetaError, Refused, Wrapped};
use crate::outbound::{Answer, Failure};
use crate::translate;

/// Templates of one page, and pages of one listing: together above the 6,000 an account may have (facts/meta 4.2).
const PAGE: usize = 100;
const PAGES_MAX: usize = 100;
const FIELDS: &str = "name,language,status,category,rejected_reason,parameter_format,message_send_ttl_seconds,components,sub_category,\
     library_template_name,cta_url_link_tracking_opted_out,quality_score";
/// What an edit may change without a review, beside the TTL.
const CHANGED: [&str; 2] = ["cta_url_link_tracking_opted_out", "degrees_of_freedom_spec"];
/// The subcode of "the name and language are in use".
const EXISTS: u32 = 2_388_024;
/// The subcode of "no such object, or not with this token".
const NO_ACCESS: u32 = 33;
/// Codes that say nothing of the template: the service, the token, a rate.
const PASSING: [u32; 11] = [1, 2, 4, 10, 17, 32, 190, 200, 613, 80_007, 80_008];

/// Why a request about a template came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// It was read and refused; again it would be again.
    #[error("refused with {code}: {details}")]
    Refused {
        /// Meta's code.
        code: u32,
        /// Meta's words.
        details: String,
    },
    /// There is one of that name and language.
    #[error("a template of that name and language is there already")]
    Exists,
    /// No answer, or one that says nothing of the template: another time.
    #[error("{0}")]
    Later(String),
}

/// What the upstream says of one template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Where it stands.
    pub status: TemplateStatus,
    /// Why it was refused.
    pub rejected_reason: Option<RejectedReason>,
    /// What it is priced as; the upstream may decide otherwise than was asked.
    pub category: Option<Category>,
    /// What people think of it, where the upstream says.
    pub quality: Option<Quality>,
}

/// A template as the upstream lists it.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// The upstream's id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Language.
    pub language: String,
    /// Where it stands.
    pub standing: Standing,
    /// `None` where it holds what cannot be read here.
    pub definition: Option<Definition>,
}

/// Templates of an account.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listing {
    /// Those that have a name, a language and a known status.
    pub templates: Vec<Listed>,
    /// Whether all pages were read: only then is what is missing not there.
    pub complete: bool,
}

impl Listing {
    /// The one of exactly this name and language.
    #[must_use]
    pub fn find(&self, name: &str, language: &str) -> Option<&Listed> {
        self.templates.iter().find(|listed| listed.name == name && listed.language == language)
    }
}

#[derive(Deserialize)]
struct Made {
    status: Option<String>,
    category: Option<String>,
}

#[derive(Deserialize)]
struct Page {
    data: Vec<Value>,
    #[serde(default)]
    paging: Paging,
}

#[derive(Default, Deserialize)]
struct Paging {
    #[serde(default)]
    cursors: Cursors,
    next: Option<String>,
}

#[derive(Default, Deserialize)]
struct Cursors {
    after: Option<String>,
}

impl CloudApi {
    /// Makes a template of the definition; where it stands now.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn create_template(&self, template: &Template) -> Result<Standing, Trouble> {
        let definition = translate::registered(template).map_err(|error| unreadable(&error))?;
        let path = format!("{}/message_templates", template.account);
        let made: Made = read(self.ask(Method::POST, &path, definition.to_json()).await)?;
        Ok(Standing {
            status: made.status.as_deref().and_then(TemplateStatus::parse).unwrap_or(TemplateStatus::Pending),
            rejected_reason: None,
            category: made.category.as_deref().and_then(Category::parse),
            quality: None,
        })
    }

    /// Gives the template that is there our definition; it goes to review again.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn edit_template(&self, there: &Listed, template: &Template) -> Result<(), Trouble> {
        let definition = translate::registered(template).map_err(|error| unreadable(&error))?;
        let mut body = json!({
            "components": definition.components_json(),
            "message_send_ttl_seconds": template.ttl_secs,
        });
        // The category of an approved template may not even be said.
        if there.standing.category != Some(template.category) {
            body["category"] = template.category.as_str().into();
        }
        read::<Value>(self.ask(Method::POST, &there.id, body.to_string()).await).map(drop)
    }

    /// Gives the template that is there our TTL and what else is not reviewed.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn change_template(&self, there: &Listed, template: &Template) -> Result<(), Trouble> {
        let extra: Value = serde_json::from_str(&template.extra).unwrap_or_default();
        let mut body = json!({"message_send_ttl_seconds": template.ttl_secs});
        for key in CHANGED {
            if let Some(value) = extra.get(key) {
                body[key] = value.clone();
            }
        }
        read::<Value>(self.ask(Method::POST, &there.id, body.to_string()).await).map(drop)
    }

    /// Puts the template that is there away, or back.
    ///
    /// # Errors
    /// [`Trouble`]; also when the answer names it among those that failed.
    pub async fn archive_template(
        &self,
        account: AccountId,
        there: &Listed,
        away: bool,
    ) -> Result<(), Trouble> {
        let path = format!("{account}/message_templates/{}", if away { "archive" } else { "unarchive" });
        let body = json!({"hsm_ids": [there.id]}).to_string();
        let answer: Value = read(self.ask(Method::POST, &path, body).await)?;
        match answer["failed_templates"].get(&there.id) {
            None => Ok(()),
            Some(why) => Err(Trouble::Refused { code: 100, details: why.to_string() }),
        }
    }

    /// Ends the pause of the template that is there.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn unpause_template(&self, there: &Listed) -> Result<(), Trouble> {
        let path = format!("{}/unpause", there.id);
        read::<Value>(self.ask(Method::POST, &path, "{}".to_owned()).await).map(drop)
    }

    /// Deletes one language of a template.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn delete_template(&self, account: AccountId, there: &Listed) -> Result<(), Trouble> {
        let query = Serializer::new(String::new())
            .append_pair("hsm_id", &there.id)
            .append_pair("name", &there.name)
            .finish();
        let path = format!("{account}/message_templates?{query}");
        read::<Value>(self.ask(Method::DELETE, &path, String::new()).await).map(drop)
    }

    /// The templates of an account, page by page; with `name` those of that name.
    ///
    /// # Errors
    /// [`Trouble`]; nothing is returned of what was read before.
    pub async fn list_templates(&self, account: AccountId, name: Option<&str>) -> Result<Listing, Trouble> {
        let (mut listing, mut after) = (Listing::default(), None::<String>);
        for _ in 0..PAGES_MAX {
            let path = listing_path(account, name, after.as_deref());
            let page: Page = read(self.ask(Method::GET, &path, String::new()).await)?;
            listing.templates.extend(page.data.iter().filter_map(listed));
            let next = page.paging.next.and(page.paging.cursors.after);
            if next.is_none() || next == after {
                listing.complete = next.is_none();
                break;
            }
            after = next;
        }
        Ok(listing)
    }

    pub(super) async fn ask(&self, method: Method, path: &str, body: String) -> Result<Answer, Failure> {
        let Ok(to) = format!("{}/{path}", self.inner.root).parse() else { return Err(Failure::Connect) };
        self.inner.outbound.ask(method, &to, self.inner.headers.clone(), body).await
    }
}

fn listing_path(account: AccountId, name: Option<&str>, after: Option<&str>) -> String {
    let mut query = Serializer::new(String::new());
    query.append_pair("fields", FIELDS).append_pair("limit", &PAGE.to_string());
    for (key, value) in [("name", name), ("after", after)] {
        value.map(|value| query.append_pair(key, value));
    }
    format!("{account}/message_templates?{}", query.finish())
}

/// Components that were not stored by us: as a refusal, since nothing that is tried again changes them.
fn unreadable(error: &impl std::fmt::Debug) -> Trouble {
    Trouble::Refused { code: 100, details: format!("the stored definition cannot be read: {error:?}") }
}

fn listed(item: &Value) -> Option<Listed> {
    let word = |key: &str| item.get(key).and_then(Value::as_str);
    Some(Listed {
        id: word("id")?.to_owned(),
        name: word("name")?.to_owned(),
        language: word("language")?.to_owned(),
        standing: Standing {
            status: word("status").and_then(TemplateStatus::parse)?,
            rejected_reason: word("rejected_reason").and_then(RejectedReason::parse),
            category: word("category").and_then(Category::parse),
            quality: item.pointer("/quality_score/score").and_then(Value::as_str).and_then(Quality::parse),
        },
        definition: parse_create(item.to_string().as_bytes()).ok().map(|parsed| parsed.value),
    })
}

fn read<T: DeserializeOwned>(answer: Result<Answer, Failure>) -> Result<T, Trouble> {
    let answer = answer.map_err(|failure| Trouble::Later(failure.to_string()))?;
    let http = answer.status.as_u16();
    if answer.status.is_success() {
        return tree(&answer.body)
            .and_then(serde_json::from_value)
            .map_err(|_| Trouble::Later("an answer that cannot be read".to_owned()));
    }
    match tree(&answer.body).and_then(serde_json::from_value) {
        Ok(Refused::Bare { error } | Refused::Wrapped { detail: Wrapped { error } }) => {
            Err(trouble(http, error))
        }
        Err(_) => Err(Trouble::Later(format!("HTTP {http} without Meta's error"))),
    }
}

fn trouble(http: u16, error: MetaError) -> Trouble {
    let MetaError { code, error_subcode: subcode, is_transient, .. } = error;
    if subcode == Some(EXISTS) {
        return Trouble::Exists;
    }
    let passes = matches!(http, 401 | 403 | 408 | 429 | 500..) || PASSING.contains(&code) || is_transient;
    let details = error.details();
    if passes || subcode == Some(NO_ACCESS) {
        return Trouble::Later(format!("HTTP {http}, {code}: {details}"));
    }
    Trouble::Refused { code, details }
}

#[cfg(test)]
mod tests;
