//! `GET /message_templates`: filtered, in pages. A cursor is the id at a page's end, so that what is created meanwhile
//! neither repeats nor hides a template.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use serde_json::{Map, Value, json};
use stentor_core::id::TemplateId;
use stentor_core::template::{Category, Quality, TemplateStatus};
use stentor_wire::error::Shape;
use stentor_wire::template::schema::TemplatePage;
use url::form_urlencoded::Serializer;

use super::{known, limits, listed, status_word};
use crate::api::error::ApiError;
use crate::api::http::{Query, asked_path, json as answer, told};
use crate::api::state::AppState;
use crate::registry::Registered;

const PAGE: usize = 25;
const PAGE_MAX: usize = 1_000;
/// What a link to another page says again.
const REPEATED: [&str; 10] = [
    "fields",
    "status",
    "category",
    "language",
    "name",
    "content",
    "name_or_content",
    "quality_score",
    "sort",
    "summary",
];

/// `GET /message_templates`: `fields`, `limit`, `after`, `before`, `status`, `category`, `language`, `name`, `content`,
/// `name_or_content`, `quality_score`, `summary`.
#[utoipa::path(
    get, path = "/message_templates", tag = "Templates", summary = "Templates, in Meta's shape",
    params(
        ("fields" = Option<String>, Query, description = "Fields with commas between; all when absent", example = "name,status"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 1000, description = "Templates on a page; 25 at first"),
        ("after" = Option<String>, Query, description = "A cursor: the page after it"),
        ("before" = Option<String>, Query, description = "A cursor: the page before it"),
        ("status" = Option<String>, Query, description = "Those with one of these statuses", example = "APPROVED"),
        ("category" = Option<String>, Query, description = "Those of one of these categories", example = "MARKETING"),
        ("language" = Option<String>, Query, description = "Those in one of these languages"),
        ("quality_score" = Option<String>, Query, description = "Those with one of these scores", example = "GREEN"),
        ("name" = Option<String>, Query, description = "Those whose name contains it"),
        ("content" = Option<String>, Query, description = "Those whose body contains it, in any case"),
        ("name_or_content" = Option<String>, Query, description = "Those whose name or body contains it"),
        ("summary" = Option<String>, Query, description = "`total_count`, `message_template_count`, `message_template_limit`, `are_translations_complete`"),
    ),
    responses((status = 200, description = "A page", body = TemplatePage)),
)]
pub async fn list_meta(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let outcome = list(&state, &request);
    told(&state, Shape::Meta, outcome)
}

fn list(state: &AppState, request: &Request) -> Result<Response, ApiError> {
    let (snapshot, caller) = known(state, request)?;
    let query = Query::of(request.uri());
    let limit = query.number("limit", 1..=PAGE_MAX, PAGE)?;
    let (after, before) = (cursor(&query, "after")?, cursor(&query, "before")?);
    let wanted = Wanted::of(&query)?;
    let account = caller.account.id;
    let fitting = || snapshot.templates(account).filter(|r| wanted.fits(r));
    let page: Vec<&Registered> = match before {
        Some(before) => {
            let mut page: Vec<_> = fitting().rev().filter(|r| r.template.id < before).take(limit).collect();
            page.reverse();
            page
        }
        None => fitting().filter(|r| after.is_none_or(|after| r.template.id > after)).take(limit).collect(),
    };
    let fields = fields(&query);
    let data: Vec<Value> = page.iter().filter_map(|r| tell(r, fields.as_deref())).collect();
    let mut body = json!({"data": data});
    if let (Some(first), Some(last)) = (page.first(), page.last()) {
        let (first, last) = (first.template.id, last.template.id);
        let mut paging = json!({"cursors": {"before": encode(first), "after": encode(last)}});
        let link = |end: &str, id| link(request, &query, limit, (end, &encode(id)));
        if fitting().any(|r| r.template.id > last) {
            paging["next"] = link("after", last).into();
        }
        if fitting().any(|r| r.template.id < first) {
            paging["previous"] = link("before", first).into();
        }
        body["paging"] = paging;
    }
    if let Some(asked) = query.get("summary") {
        let counted = [
            ("total_count", fitting().count()),
            ("message_template_count", snapshot.templates(account).count()),
            ("message_template_limit", limits::templates_max(&caller.account)),
        ];
        let is_asked = |name: &str| asked.split([',', '[', ']']).any(|word| word.trim() == name);
        let summary = counted.into_iter().filter(|(name, _)| is_asked(name));
        let mut summary: Map<_, _> = summary.map(|(name, n)| (name.to_owned(), json!(n))).collect();
        if is_asked("are_translations_complete") {
            // Nothing here is translated behind the author's back.
            summary.insert("are_translations_complete".to_owned(), true.into());
        }
        body["summary"] = summary.into();
    }
    Ok(answer(StatusCode::OK, &body))
}

/// The same request for another page: absolute where the request names its host.
fn link(request: &Request, query: &Query, limit: usize, (end, cursor): (&str, &str)) -> String {
    let mut fields = Serializer::new(String::new());
    for name in REPEATED {
        query.get(name).map(|value| fields.append_pair(name, value));
    }
    let fields = fields.append_pair("limit", &limit.to_string()).append_pair(end, cursor).finish();
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    // Only a proxy in front knows that its own side is encrypted.
    let scheme = header("x-forwarded-proto").filter(|scheme| *scheme == "https").unwrap_or("http");
    let host = header("host").map_or_else(String::new, |host| format!("{scheme}://{host}"));
    format!("{host}{}?{fields}", asked_path(request))
}

/// A template in Meta's shape, with these fields or all.
pub(super) fn tell(registered: &Registered, fields: Option<&[String]>) -> Option<Value> {
    let fields: Option<Vec<&str>> = fields.map(|fields| fields.iter().map(String::as_str).collect());
    listed(registered, |listing| json!(listing.to_meta(fields.as_deref())))
}

/// The names in `fields=a,b{c,d}`: what is asked of a field's own fields is answered whole.
pub(super) fn fields(query: &Query) -> Option<Vec<String>> {
    let text = query.get("fields")?;
    let (mut depth, mut names) = (0_usize, vec![String::new()]);
    for c in text.chars() {
        match c {
            '{' | '(' => depth += 1,
            '}' | ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => names.push(String::new()),
            c if depth == 0 && !c.is_whitespace() => names.last_mut()?.push(c),
            _ => {}
        }
    }
    Some(names)
}

/// What a list is filtered by; of several values any.
struct Wanted<'q> {
    status: Vec<TemplateStatus>,
    category: Vec<Category>,
    quality: Vec<Quality>,
    language: Vec<String>,
    name: Option<&'q str>,
    content: Option<String>,
    name_or_content: Option<String>,
}

impl<'q> Wanted<'q> {
    fn of(query: &'q Query) -> Result<Self, ApiError> {
        let folded = |name: &str| query.get(name).map(str::to_lowercase);
        Ok(Self {
            status: words(query, "status", status_word)?,
            category: words(query, "category", Category::parse)?,
            quality: words(query, "quality_score", Quality::parse)?,
            language: words(query, "language", |word| Some(word.to_owned()))?,
            name: query.get("name"),
            content: folded("content"),
            name_or_content: folded("name_or_content"),
        })
    }

    fn fits(&self, registered: &Registered) -> bool {
        let template = &registered.template;
        let body = || registered.definition.body.as_ref().map_or("", |body| body.text.text()).to_lowercase();
        (self.status.is_empty() || self.status.contains(&template.status))
            && (self.category.is_empty() || self.category.contains(&template.category))
            && (self.quality.is_empty() || self.quality.contains(&template.health.quality))
            && (self.language.is_empty() || self.language.contains(&template.language))
            && self.name.is_none_or(|name| template.name.contains(name))
            && self.content.as_ref().is_none_or(|text| body().contains(text))
            && self
                .name_or_content
                .as_ref()
                .is_none_or(|text| template.name.contains(text.as_str()) || body().contains(text))
    }
}

/// One word, several with commas between, or a JSON array of them.
fn words<T>(query: &Query, name: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, ApiError> {
    let text = query.get(name).unwrap_or_default();
    let words = text.split(['[', ']', ',', '"']).map(str::trim).filter(|word| !word.is_empty());
    let wrong =
        |word: &str| ApiError::new(100, format!("{name}: `{word}` is not a word this field can have"));
    words.map(|word| parse(word).ok_or_else(|| wrong(word))).collect()
}

fn encode(id: TemplateId) -> String {
    URL_SAFE_NO_PAD.encode(id.to_string())
}

fn cursor(query: &Query, name: &str) -> Result<Option<TemplateId>, ApiError> {
    let Some(text) = query.get(name) else { return Ok(None) };
    let id = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok()?.parse().ok());
    id.map(Some).ok_or_else(|| ApiError::new(131_059, format!("{name}: is not a cursor of this list")))
}
