//! What Graph's own objects look like, as their description tells it: every field may be left away by `fields=`.
//! Used by the annotations of this module; nothing is ever made of these types.
#![expect(dead_code, reason = "schemas: no value of these types is ever made")]

use serde_json::{Map, Value};
use stentor_wire::schema::{Flag, Text};
use utoipa::ToSchema;

use crate::api::automation::Command;
use crate::api::health::HealthStatus;

/// A business number.
#[derive(ToSchema)]
pub struct GraphNumber {
    #[schema(example = "222000222000222")]
    id: String,
    #[schema(example = "+15550001111", nullable = false)]
    display_phone_number: Option<String>,
    #[schema(nullable = false)]
    verified_name: Option<String>,
    #[schema(nullable = false)]
    name_status: Option<String>,
    #[schema(nullable = false)]
    code_verification_status: Option<String>,
    #[schema(example = "GREEN", nullable = false)]
    quality_rating: Option<String>,
    #[schema(nullable = false)]
    quality_score: Option<GraphScore>,
    #[schema(example = "CONNECTED", nullable = false)]
    status: Option<String>,
    #[schema(nullable = false)]
    account_mode: Option<String>,
    #[schema(example = "CLOUD_API", nullable = false)]
    platform_type: Option<String>,
    #[schema(nullable = false)]
    throughput: Option<GraphThroughput>,
    #[schema(nullable = false)]
    messaging_limit_tier: Option<String>,
    #[schema(nullable = false)]
    whatsapp_business_manager_messaging_limit: Option<String>,
    #[schema(nullable = false)]
    is_official_business_account: Option<bool>,
    #[schema(nullable = false)]
    is_pin_enabled: Option<bool>,
    #[schema(nullable = false)]
    is_on_biz_app: Option<bool>,
    #[schema(nullable = false)]
    last_onboarded_time: Option<String>,
    #[schema(nullable = false)]
    webhook_configuration: Option<GraphWebhooks>,
    #[schema(nullable = false)]
    conversational_automation: Option<GraphAutomation>,
    #[schema(nullable = false)]
    health_status: Option<HealthStatus>,
}

/// What a number offers in an empty chat.
#[derive(ToSchema)]
pub struct GraphAutomation {
    id: String,
    enable_welcome_message: bool,
    prompts: Vec<String>,
    commands: Vec<Command>,
}

/// How people take it.
#[derive(ToSchema)]
pub struct GraphScore {
    score: String,
}

/// How fast a number sends.
#[derive(ToSchema)]
pub struct GraphThroughput {
    /// `STANDARD` or `HIGH`.
    level: String,
}

/// Where a number's webhooks go.
#[derive(ToSchema)]
pub struct GraphWebhooks {
    #[schema(nullable = false)]
    phone_number: Option<String>,
    #[schema(nullable = false)]
    whatsapp_business_account: Option<String>,
}

/// An account.
#[derive(ToSchema)]
pub struct GraphAccount {
    #[schema(example = "111000111000111")]
    id: String,
    #[schema(nullable = false)]
    name: Option<String>,
    #[schema(nullable = false)]
    currency: Option<String>,
    #[schema(nullable = false)]
    timezone_id: Option<String>,
    #[schema(nullable = false)]
    country: Option<String>,
    #[schema(nullable = false)]
    message_template_namespace: Option<String>,
    #[schema(nullable = false)]
    account_review_status: Option<String>,
    #[schema(nullable = false)]
    business_verification_status: Option<String>,
    #[schema(nullable = false)]
    ownership_type: Option<String>,
    #[schema(nullable = false)]
    status: Option<String>,
    #[schema(example = "ONBOARDED", nullable = false)]
    marketing_messages_onboarding_status: Option<String>,
    #[schema(nullable = false)]
    marketing_messages_lite_api_status: Option<String>,
    #[schema(nullable = false)]
    owner_business_info: Option<GraphOwner>,
    #[schema(nullable = false)]
    whatsapp_business_manager_messaging_limit: Option<String>,
    /// As it was set; null when it never was.
    #[schema(value_type = Option<Object>)]
    degrees_of_freedom_spec: Option<Map<String, Value>>,
    #[schema(nullable = false)]
    disable_marketing_messages_on_cloud_api: Option<bool>,
    #[schema(nullable = false)]
    health_status: Option<HealthStatus>,
}

/// Whose an account is.
#[derive(ToSchema)]
pub struct GraphOwner {
    id: String,
    name: String,
    marketing_messages_onboarding_status: GraphTerms,
}

/// Whether the business has signed the marketing messages terms.
#[derive(ToSchema)]
pub struct GraphTerms {
    status: String,
    /// The day since when; null: never.
    #[schema(required = true, example = "2026-11-22")]
    time: Option<String>,
}

/// A business, an app, or the user of a token.
#[derive(ToSchema)]
pub struct GraphObject {
    id: String,
    #[schema(nullable = false)]
    name: Option<String>,
    /// Of a business.
    #[schema(nullable = false)]
    verification_status: Option<String>,
    /// Of a business.
    #[schema(nullable = false)]
    marketing_messages_onboarding_status: Option<GraphTerms>,
    /// Of an app.
    #[schema(nullable = false)]
    category: Option<String>,
    /// Of an app.
    #[schema(nullable = false)]
    link: Option<String>,
}

/// All numbers of an account.
#[derive(ToSchema)]
pub struct GraphNumbers {
    data: Vec<GraphNumber>,
}

/// All accounts of a business that the token may see.
#[derive(ToSchema)]
pub struct GraphAccounts {
    data: Vec<GraphAccount>,
}

/// The apps that an account's webhooks go to: this one.
#[derive(ToSchema)]
pub struct GraphApps {
    data: Vec<GraphSubscription>,
}

/// One app.
#[derive(ToSchema)]
pub struct GraphSubscription {
    whatsapp_business_api_data: GraphObject,
    #[schema(nullable = false)]
    override_callback_uri: Option<String>,
}

/// What a token may do.
#[derive(ToSchema)]
pub struct GraphDebug {
    data: GraphToken,
}

/// A token.
#[derive(ToSchema)]
pub struct GraphToken {
    is_valid: bool,
    scopes: Vec<String>,
    /// Why it is none.
    #[schema(nullable = false)]
    error: Option<GraphTokenError>,
    #[schema(nullable = false)]
    app_id: Option<String>,
    #[schema(nullable = false)]
    r#type: Option<String>,
    #[schema(nullable = false)]
    application: Option<String>,
    #[schema(nullable = false)]
    data_access_expires_at: Option<i64>,
    /// Unix seconds; 0: never.
    #[schema(nullable = false)]
    expires_at: Option<i64>,
    #[schema(nullable = false)]
    granular_scopes: Option<Vec<GraphScope>>,
    #[schema(nullable = false)]
    user_id: Option<String>,
    #[schema(nullable = false)]
    profile_id: Option<String>,
}

/// Why a token is none.
#[derive(ToSchema)]
pub struct GraphTokenError {
    code: u32,
    message: String,
}

/// What a token may do with which objects.
#[derive(ToSchema)]
pub struct GraphScope {
    scope: String,
    target_ids: Vec<String>,
}

/// What changes of a number: one of the two at least.
#[derive(ToSchema)]
pub struct GraphNumberBody {
    /// `override_callback_uri` and `verify_token`.
    #[schema(value_type = Option<Object>)]
    webhook_configuration: Option<Map<String, Value>>,
    /// Six digits.
    #[schema(example = "123456")]
    pin: Option<Text>,
}

/// What changes of an account.
#[derive(ToSchema)]
pub struct GraphAccountBody {
    disable_marketing_messages_on_cloud_api: Option<Flag>,
    #[schema(value_type = Option<Object>)]
    degrees_of_freedom_spec: Option<Map<String, Value>>,
    is_enabled_for_insights: Option<Flag>,
}

/// The number's PIN.
#[derive(ToSchema)]
pub struct GraphRegisterBody {
    #[schema(example = "whatsapp")]
    messaging_product: Option<String>,
    #[schema(example = "123456")]
    pin: Text,
}

/// Where an account's webhooks go.
#[derive(ToSchema)]
pub struct GraphSubscribeBody {
    /// Must give the challenge back.
    override_callback_uri: Option<String>,
    verify_token: Option<String>,
}

/// The app's callback URL.
#[derive(ToSchema)]
pub struct GraphSubscriptions {
    data: Vec<GraphSubscriptionOfApp>,
}

/// Where an app's webhooks go, and which.
#[derive(ToSchema)]
pub struct GraphSubscriptionOfApp {
    #[schema(example = "whatsapp_business_account")]
    object: String,
    callback_url: String,
    active: bool,
    fields: Vec<GraphField>,
}

/// A kind of webhooks.
#[derive(ToSchema)]
pub struct GraphField {
    #[schema(example = "messages")]
    name: String,
    version: String,
}

/// Where an app's webhooks go.
#[derive(ToSchema)]
pub struct GraphCallbackBody {
    #[schema(example = "whatsapp_business_account")]
    object: Option<String>,
    /// Must give the challenge back.
    callback_url: String,
    verify_token: String,
    /// A list, or names with commas between; `messages` when absent.
    #[schema(value_type = Option<Value>)]
    fields: Option<Value>,
}

/// An invitation to sign the marketing terms.
#[derive(ToSchema)]
pub struct GraphInvitation {
    request_id: String,
}
