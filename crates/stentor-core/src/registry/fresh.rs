//! New rows with the values everything starts with: one place for the defaults of accounts, channels and templates.

use super::{
    Account, AccountState, Channel, ChannelState, Character, Echo, PausedPolicy, ProductPolicy, Template,
    UpstreamKind,
};
use crate::id::{AccountId, BusinessId, ChannelId, TemplateId};
use crate::message::UnknownPolicy;
use crate::template::{Category, Health, ParameterFormat, TemplateStatus};
use crate::time::Timestamp;

impl Account {
    /// An active account: sharing on, `strict`, terms not signed, owned by a business of its own.
    #[must_use]
    pub fn new(id: AccountId, name: &str, webhook_secret: String, now: Timestamp) -> Self {
        Self {
            id,
            name: name.to_owned(),
            state: AccountState::Active,
            sharing_default: true,
            product_policy_default: ProductPolicy::Strict,
            terms_signed_at: None,
            owner_business: BusinessId(id.0),
            country: None,
            onboarding_hold: None,
            business_verified: true,
            invited_at: None,
            marketing_on_messages: true,
            quiet_hours: None,
            opt_out_payloads: Vec::new(),
            marketing_cap_24h: None,
            marketing_cap_7d: None,
            autopilot: None,
            webhook_secret,
            created_at: now,
        }
    }
}

impl Channel {
    /// An active gateway at 80 messages a second, sending each message at most once. `number`: digits.
    #[must_use]
    pub fn new(
        id: ChannelId,
        account: AccountId,
        number: &str,
        upstream: UpstreamKind,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            account,
            display_phone_number: number.to_owned(),
            state: ChannelState::Active,
            character: Character::Gateway,
            sync_policy: None,
            rate_per_s: 80,
            unknown_policy: UnknownPolicy::AtMostOnce,
            upstream,
            echo: Echo::Unproven,
            paused_policy: PausedPolicy::Hold,
            pair_limit: true,
            automatic_routing: false,
            account_events: None,
            multi_webhook: false,
            created_at: now,
        }
    }
}

impl Template {
    /// A template in review. `components`: JSON text.
    #[must_use]
    pub fn new(
        id: TemplateId,
        account: AccountId,
        (name, language): (&str, &str),
        category: Category,
        components: String,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            account,
            name: name.to_owned(),
            language: language.to_owned(),
            category,
            previous_category: None,
            status: TemplateStatus::Pending,
            rejected_reason: None,
            parameter_format: ParameterFormat::Positional,
            components,
            ttl_secs: None,
            pinned: false,
            created_at: now,
            modified_at: now,
            approved_at: None,
            last_used_at: None,
            resynced_at: None,
            deleted_at: None,
            edited_at: Vec::new(),
            extra: "{}".to_owned(),
            archived_at: None,
            archived_from: None,
            created_by: "system".to_owned(),
            modified_by: "system".to_owned(),
            health: Health::default(),
            hold: None,
            resumed_at: None,
        }
    }
}
