//! `/whatsapp_business_profile`: what people see of the business behind a number. Kept for each number; with a real
//! upstream it is read and written there.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use http::{HeaderMap, Method, StatusCode, Uri};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use stentor_core::registry::DocumentKind;
use stentor_wire::error::Shape;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::ApiError;
use super::http::{DONE, Done, Query, json as answer, told};
use super::parameters::{is_whatsapp, opened, parameters, text};
use super::state::AppState;
use super::{auth, media, relayed};
use crate::registry::Caller;

const EDGE: &str = "whatsapp_business_profile";
const FIELDS: &str = "about,address,description,email,profile_picture_url,websites,vertical";
const WEBSITES_MAX: usize = 2;
const WEBSITE_CHARS_MAX: usize = 256;
/// The text fields and their characters (facts/360dialog 2.9).
const TEXTS: [(&str, usize); 4] = [("about", 139), ("address", 256), ("description", 512), ("email", 128)];
const HANDLE: &str = "profile_picture_handle";
const HANDLE_CHARS_MAX: usize = 4_096;
/// The line of business of who named none.
const UNDEFINED: &str = "UNDEFINED";

/// What `vertical` can be; once set it cannot be emptied again.
const VERTICALS: [&str; 19] = [
    "UNDEFINED",
    "OTHER",
    "AUTO",
    "BEAUTY",
    "APPAREL",
    "EDU",
    "ENTERTAIN",
    "EVENT_PLAN",
    "FINANCE",
    "GROCERY",
    "GOVT",
    "HOTEL",
    "HEALTH",
    "NONPROFIT",
    "PROF_SERVICES",
    "RETAIL",
    "TRAVEL",
    "RESTAURANT",
    "NOT_A_BIZ",
];

/// A number's profile; what was never set is absent.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Profile {
    /// 1 to 139 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    about: Option<String>,
    /// Up to 256 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    address: Option<String>,
    /// Up to 512 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    description: Option<String>,
    /// Up to 128 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    /// Works as the URL of `GET /{media-id}` does: for five minutes, on this server's host, with the key.
    profile_picture_url: Option<String>,
    /// Up to two, each up to 256 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    websites: Option<Vec<String>>,
    /// The line of business.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    vertical: Option<String>,
}

/// What a change may name; what is not named stays, an empty text empties its field (but `about` and `vertical`).
#[derive(ToSchema)]
#[expect(dead_code, reason = "read field by field, from JSON or a form: this is its description")]
struct ProfileChange {
    /// `whatsapp`.
    messaging_product: Option<String>,
    /// 1 to 139 characters.
    about: Option<String>,
    /// Up to 256 characters.
    address: Option<String>,
    /// Up to 512 characters.
    description: Option<String>,
    /// Up to 128 characters.
    email: Option<String>,
    /// Up to two, each up to 256 characters.
    websites: Option<Vec<String>>,
    /// The line of business.
    vertical: Option<String>,
    /// The `h` of a finished upload.
    profile_picture_handle: Option<String>,
}

/// The answer of a read.
#[derive(Serialize, ToSchema)]
struct Profiles {
    /// One.
    data: Vec<Shown>,
}

/// A profile with its product.
#[derive(Serialize, ToSchema)]
#[schema(as = ProfileShown)]
struct Shown {
    #[serde(flatten)]
    profile: Profile,
    /// `whatsapp`; absent where `fields` does not ask for it.
    #[schema(required = false)]
    messaging_product: &'static str,
}

/// The profile's paths.
pub fn routes() -> OpenApiRouter<Arc<AppState>> {
    OpenApiRouter::default().routes(routes!(show, change))
}

/// `GET /whatsapp_business_profile?fields=`.
#[utoipa::path(
    get, path = "/whatsapp_business_profile", tag = "Number", summary = "What people see of the business",
    params(("fields" = Option<String>, Query, description = "Fields with commas between; all when absent", example = "about,vertical")),
    responses((status = 200, description = "What is set", body = Profiles)),
)]
pub async fn show(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let outcome = find(&state, request.headers(), request.uri()).await;
    told(&state, Shape::Meta, outcome)
}

async fn find(state: &AppState, headers: &HeaderMap, uri: &Uri) -> Result<Response, ApiError> {
    let caller = auth::caller(&state.directory.snapshot(), headers, state.clock.now())?;
    let query = Query::of(uri);
    let fields = query.get("fields").unwrap_or(FIELDS);
    let pairs = url::form_urlencoded::Serializer::new(String::new()).append_pair("fields", fields).finish();
    let edge = format!("{EDGE}?{pairs}");
    if let Some(theirs) = relayed::ask(state, &caller, Method::GET, &edge, None).await? {
        return Ok(relayed::passed_on(theirs));
    }
    let mut profile = json!(shown(state, kept(state, &caller)));
    if profile.get("vertical").is_none() {
        profile["vertical"] = UNDEFINED.into();
    }
    let known: Vec<&str> = FIELDS.split(',').chain(["id", "messaging_product"]).collect();
    let mut wanted = Vec::new();
    for field in fields.split(',').map(str::trim).filter(|field| !field.is_empty()) {
        if !known.contains(&field) {
            let details = format!("fields: there is no `{field}`; there are {FIELDS}");
            return Err(ApiError::new(100, details));
        }
        wanted.push(field);
    }
    if let Some(fields) = profile.as_object_mut() {
        fields.retain(|name, _| wanted.contains(&name.as_str()));
    }
    let profile = serde_json::from_value(profile).unwrap_or_default();
    Ok(answer(StatusCode::OK, &Profiles { data: vec![Shown { profile, messaging_product: "whatsapp" }] }))
}

/// What is kept is the picture's media id; it is shown as `GET /{media-id}` would show it.
fn shown(state: &AppState, kept: Profile) -> Profile {
    let url = |id: String| match id.parse() {
        Ok(id) => media::url(state, id),
        Err(_) => id,
    };
    Profile { profile_picture_url: kept.profile_picture_url.map(url), ..kept }
}

fn kept(state: &AppState, caller: &Caller) -> Profile {
    let snapshot = state.directory.snapshot();
    let kept = snapshot.document(caller.account.id, Some(caller.channel.id), DocumentKind::Profile);
    kept.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// `POST /whatsapp_business_profile`: JSON, a form or multipart; what is not named stays.
#[utoipa::path(
    post, path = "/whatsapp_business_profile", tag = "Number", summary = "Change what people see of the business",
    request_body(
        content((ProfileChange = "application/json"), (ProfileChange = "multipart/form-data")),
        example = json!({"messaging_product": "whatsapp", "about": "Fresh bread", "vertical": "RETAIL"}),
    ),
    responses((status = 200, description = "Done", body = Done), (status = 502, description = "The upstream did not answer")),
)]
pub async fn change(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let outcome = set(&state, request).await;
    told(&state, Shape::Meta, outcome)
}

async fn set(state: &Arc<AppState>, request: Request) -> Result<Response, ApiError> {
    let caller = auth::caller(&state.directory.snapshot(), request.headers(), state.clock.now())?;
    let mut fields = parameters(state, request).await?;
    is_whatsapp(&fields)?;
    let mut profile = changed(kept(state, &caller), &fields)?;
    fields.insert("messaging_product".to_owned(), "whatsapp".into());
    if let Some(websites) = &profile.websites
        && fields.contains_key("websites")
    {
        fields.insert("websites".to_owned(), json!(websites));
    }
    let asked = Value::Object(fields.clone());
    if let Some(theirs) = relayed::ask(state, &caller, Method::POST, EDGE, Some(&asked)).await? {
        return Ok(relayed::passed_on(theirs));
    }
    if let Some(handle) = text(&fields, HANDLE)? {
        profile.profile_picture_url = Some(picture(state, &caller, &handle).await?);
    }
    state.keep(&caller, true, DocumentKind::Profile, json!(profile).to_string()).await?;
    Ok(answer(StatusCode::OK, &DONE))
}

fn changed(old: Profile, fields: &Map<String, Value>) -> Result<Profile, ApiError> {
    let mut new = old;
    for (name, chars_max) in TEXTS {
        let Some(given) = text(fields, name)? else { continue };
        check_text(name, &given, chars_max)?;
        let kept = match name {
            "about" => &mut new.about,
            "address" => &mut new.address,
            "description" => &mut new.description,
            _ => &mut new.email,
        };
        *kept = Some(given).filter(|given| !given.is_empty());
    }
    if let Some(word) = text(fields, "vertical")? {
        let word = word.to_ascii_uppercase();
        if !VERTICALS.contains(&word.as_str()) {
            let details = format!("vertical: must be one of {} and cannot be emptied", VERTICALS.join(", "));
            return Err(ApiError::new(100, details));
        }
        new.vertical = Some(word);
    }
    if let Some(given) = fields.get("websites").filter(|given| !given.is_null()) {
        new.websites = websites(given)?;
    }
    if let Some(handle) = text(fields, HANDLE)? {
        check_handle(&handle)?;
    }
    Ok(new)
}

fn check_text(name: &str, given: &str, chars_max: usize) -> Result<(), ApiError> {
    let refuse = |why: String| Err(ApiError::new(100, format!("{name}: {why}")));
    match given.chars().count() {
        0 if name == "about" => refuse("cannot be empty".to_owned()),
        chars if chars > chars_max => refuse(format!("must be at most {chars_max} characters long")),
        _ if name == "email" && !given.is_empty() && !is_email(given) => {
            refuse("is not an e-mail address".to_owned())
        }
        _ => Ok(()),
    }
}

/// Enough to catch a wrong field, no more: only mail tells whether an address works.
fn is_email(text: &str) -> bool {
    let parts = text.split_once('@').filter(|(name, host)| !name.is_empty() && host.contains('.'));
    parts.is_some() && !text.contains(char::is_whitespace)
}

fn websites(given: &Value) -> Result<Option<Vec<String>>, ApiError> {
    let refuse = |why: &str| Err(ApiError::new(100, format!("websites: {why}")));
    let given = match opened(given) {
        Value::Array(items) => items,
        one => vec![one],
    };
    let mut all = Vec::new();
    for item in &given {
        let Some(site) = item.as_str().map(str::trim) else { return refuse("must be a list of addresses") };
        if site.is_empty() {
            continue;
        }
        let is_web = url::Url::parse(site).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        if !is_web || site.chars().count() > WEBSITE_CHARS_MAX {
            return refuse("each must begin with http:// or https:// and have at most 256 characters");
        }
        all.push(site.to_owned());
    }
    if all.len() > WEBSITES_MAX {
        return refuse("at most 2 are allowed");
    }
    Ok(Some(all).filter(|all| !all.is_empty()))
}

/// The shape of a handle: what is an upstream's can only be read there.
fn check_handle(handle: &str) -> Result<(), ApiError> {
    let is_handle = !handle.is_empty()
        && handle.len() <= HANDLE_CHARS_MAX
        && handle.bytes().all(|b| b.is_ascii_alphanumeric() || b":-_=+/.".contains(&b));
    if !is_handle {
        return Err(ApiError::new(100, format!("{HANDLE}: must be the `h` that a finished upload answered")));
    }
    Ok(())
}

/// The media id of the picture behind an upload's handle; it is kept as long as the account.
async fn picture(state: &AppState, caller: &Caller, handle: &str) -> Result<String, ApiError> {
    let now = state.clock.now();
    let refuse = |why: &str| ApiError::new(100, format!("{HANDLE}: {why}"));
    let sample = media::resolve(state, caller.account.id, handle, now).await?;
    let sample = sample.ok_or_else(|| refuse("is of no upload of this account, or has expired"))?;
    if !sample.mime.starts_with("image/") {
        return Err(refuse(&format!("must be of an image, not of {}", sample.mime)));
    }
    media::keep(state, &sample, now).await?;
    Ok(sample.id.to_string())
}
