//! Templates as their description tells them: what [`super::parse_create`] takes and what [`super::Listing`] shows.
//! Used by the API's annotations; nothing is ever made of these types.
#![expect(dead_code, reason = "schemas: no value of these types is ever made")]

use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::schema::{Flag, Whole};

/// A template to be created. Fields may be written in camelCase, words in any case.
#[derive(ToSchema)]
pub struct DefinitionBody {
    /// 1 to 512 characters: lower-case letters, digits and underscores.
    #[schema(example = "spring_sale")]
    name: String,
    /// One of WhatsApp's language codes.
    #[schema(example = "en")]
    language: String,
    /// `MARKETING`, `UTILITY` or `AUTHENTICATION`.
    #[schema(example = "MARKETING")]
    category: String,
    /// Header, body, footer, buttons, cards: each kind at most once.
    #[schema(value_type = Option<Vec<Object>>)]
    components: Option<Vec<Map<String, Value>>>,
    /// `POSITIONAL` (`{{1}}`, the default) or `NAMED` (`{{first_name}}`).
    parameter_format: Option<String>,
    /// How long a message of it may wait, in seconds; -1: 30 days.
    message_send_ttl_seconds: Option<Whole>,
    sub_category: Option<Value>,
    /// Whether the review may correct the category.
    allow_category_change: Option<Flag>,
    degrees_of_freedom_spec: Option<Value>,
    creative_sourcing_spec: Option<Value>,
    optimization_spec: Option<Value>,
    bid_spec: Option<Value>,
    display_format: Option<Value>,
    cta_url_link_tracking_opted_out: Option<Value>,
    /// Ours: links that end in a variable are followed through the click host, and counted where activity is shared.
    click_tracking: Option<Value>,
    is_primary_device_delivery_only: Option<Value>,
    library_template_name: Option<Value>,
    library_template_body_inputs: Option<Value>,
    library_template_button_inputs: Option<Value>,
}

/// Templates to be put away, or back.
#[derive(ToSchema)]
pub struct ArchiveBody {
    /// 1 to 100 ids; also as text with commas between.
    hsm_ids: Vec<String>,
}

/// What became of templates that were to be put away.
#[derive(ToSchema)]
pub struct TemplatesArchived {
    archived_templates: Vec<String>,
    /// By id: why not. Text on Meta's own paths, an object with `error` on 360dialog's.
    #[schema(value_type = Object)]
    failed_templates: Map<String, Value>,
}

/// What became of templates that were to be put back.
#[derive(ToSchema)]
pub struct TemplatesUnarchived {
    unarchived_templates: Vec<String>,
    /// By id: why not.
    #[schema(value_type = Object)]
    failed_templates: Map<String, Value>,
}

/// Meta's ready-made templates, of which there are none here.
#[derive(ToSchema)]
pub struct TemplateLibrary {
    #[schema(value_type = Vec<Object>)]
    data: Vec<Map<String, Value>>,
    paging: Paging,
}

/// The fields of a template that change; components are replaced as a whole.
#[derive(ToSchema)]
pub struct EditBody {
    #[schema(example = "MARKETING")]
    category: Option<String>,
    #[schema(value_type = Option<Vec<Object>>)]
    components: Option<Vec<Map<String, Value>>>,
    parameter_format: Option<String>,
    message_send_ttl_seconds: Option<Whole>,
}

/// A template in Meta's shape; with `fields` only those asked for, and the id.
#[derive(ToSchema)]
pub struct Template {
    #[schema(example = "333000333000333")]
    id: String,
    #[schema(example = "spring_sale", nullable = false)]
    name: Option<String>,
    #[schema(example = "en", nullable = false)]
    language: Option<String>,
    #[schema(example = "APPROVED", nullable = false)]
    status: Option<String>,
    #[schema(example = "MARKETING", nullable = false)]
    category: Option<String>,
    #[schema(nullable = false)]
    previous_category: Option<String>,
    /// The category it was announced to get.
    #[schema(nullable = false)]
    correct_category: Option<String>,
    #[schema(example = "POSITIONAL", nullable = false)]
    parameter_format: Option<String>,
    #[schema(value_type = Option<Vec<Object>>, nullable = false)]
    components: Option<Vec<Map<String, Value>>>,
    #[schema(nullable = false)]
    quality_score: Option<QualityScore>,
    #[schema(example = "NONE", nullable = false)]
    rejected_reason: Option<String>,
    /// RFC 3339.
    #[schema(nullable = false)]
    last_updated_time: Option<String>,
    #[schema(nullable = false)]
    message_send_ttl_seconds: Option<i64>,
    sub_category: Option<Value>,
    cta_url_link_tracking_opted_out: Option<Value>,
    /// Ours: links that end in a variable are followed through the click host, and counted where activity is shared.
    click_tracking: Option<Value>,
    library_template_name: Option<Value>,
    degrees_of_freedom_spec: Option<Value>,
    creative_sourcing_spec: Option<Value>,
    optimization_spec: Option<Value>,
    bid_spec: Option<Value>,
    display_format: Option<Value>,
    is_primary_device_delivery_only: Option<Value>,
    library_template_body_inputs: Option<Value>,
    library_template_button_inputs: Option<Value>,
}

/// How people take a template.
#[derive(ToSchema)]
pub struct QualityScore {
    /// `GREEN`, `YELLOW`, `RED` or `UNKNOWN`.
    #[schema(example = "UNKNOWN")]
    score: String,
    /// Unix seconds of the last rating; of what was never rated, of its creation.
    date: i64,
    /// What people objected to.
    #[schema(nullable = false)]
    reasons: Option<Vec<String>>,
}

/// A template was edited.
#[derive(ToSchema)]
pub struct TemplateEdited {
    success: bool,
    #[schema(example = "333000333000333")]
    id: String,
    #[schema(example = "spring_sale")]
    name: String,
    #[schema(example = "MARKETING")]
    category: String,
}

/// A page of templates.
#[derive(ToSchema)]
pub struct TemplatePage {
    data: Vec<Template>,
    #[schema(nullable = false)]
    paging: Option<Paging>,
    /// Numbers that `summary` asked for.
    #[schema(nullable = false)]
    summary: Option<TemplateSummary>,
}

/// Counts of an account's templates.
#[derive(ToSchema)]
pub struct TemplateSummary {
    /// Those that fit the filters.
    #[schema(nullable = false)]
    total_count: Option<u64>,
    /// All of the account.
    #[schema(nullable = false)]
    message_template_count: Option<u64>,
    /// As many as it may have.
    #[schema(nullable = false)]
    message_template_limit: Option<u64>,
    /// Always: nothing is translated here.
    #[schema(nullable = false)]
    are_translations_complete: Option<bool>,
}

/// Where a page is in the list.
#[derive(ToSchema)]
pub struct Paging {
    cursors: Cursors,
    /// The next page, where there is one: a URL, or a path where the request named no host.
    #[schema(nullable = false)]
    next: Option<String>,
    /// The page before, where there is one.
    #[schema(nullable = false)]
    previous: Option<String>,
}

/// The ends of a page, for `before` and `after`.
#[derive(ToSchema)]
pub struct Cursors {
    before: String,
    after: String,
}

/// A template just created.
#[derive(ToSchema)]
pub struct TemplateCreated {
    #[schema(example = "333000333000333")]
    id: String,
    #[schema(example = "PENDING")]
    status: String,
    #[schema(example = "MARKETING")]
    category: String,
}

/// A template in 360dialog's shape.
#[derive(ToSchema)]
pub struct WabaTemplate {
    /// 360dialog's id.
    #[schema(example = "00000333000333000333WT")]
    id: String,
    /// Meta's id.
    #[schema(example = "333000333000333")]
    external_id: String,
    name: String,
    namespace: String,
    language: String,
    category: String,
    /// Lower case; `submitted` while it is in review.
    #[schema(example = "approved")]
    status: String,
    rejected_reason: Option<String>,
    #[schema(required = true)]
    quality_score: Option<WabaQualityScore>,
    #[schema(value_type = Vec<Object>)]
    components: Vec<Map<String, Value>>,
    /// RFC 3339.
    created_at: String,
    created_by: WabaUser,
    /// RFC 3339.
    modified_at: String,
    modified_by: WabaUser,
    partner_id: String,
    updated_external: bool,
    waba_account_id: String,
}

/// Who did it.
#[derive(ToSchema)]
pub struct WabaUser {
    user_id: String,
    user_name: String,
}

/// How people take a template, in 360dialog's shape.
#[derive(ToSchema)]
pub struct WabaQualityScore {
    score: String,
    reasons: Option<Value>,
}

/// A page of templates in 360dialog's shape.
#[derive(ToSchema)]
pub struct WabaTemplatePage {
    /// Those on this page.
    count: u64,
    /// The filters that were understood.
    #[schema(value_type = Object)]
    filters: Map<String, Value>,
    limit: u64,
    offset: u64,
    sort: Vec<String>,
    /// All that fit the filters.
    total: u64,
    waba_templates: Vec<WabaTemplate>,
}

/// A template just created, in 360dialog's shape.
#[derive(ToSchema)]
pub struct WabaTemplateCreated {
    category: String,
    #[schema(value_type = Vec<Object>)]
    components: Vec<Map<String, Value>>,
    #[schema(example = "333000333000333")]
    external_id: String,
    #[schema(example = "00000333000333000333WT")]
    id: String,
    language: String,
    name: String,
    namespace: String,
    rejected_reason: Option<String>,
    #[schema(example = "submitted")]
    status: String,
}
