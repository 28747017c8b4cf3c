//! Small things an account or a number has beside its row: each one JSON text under a kind. And whom a number blocks.

use crate::id::{AccountId, ChannelId, RecipientKey};
use crate::time::Timestamp;

/// Something small that is kept for a number, or with `channel: None` for the account; one of each kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Whose it is.
    pub account: AccountId,
    /// The number it is of; `None`: the account's own.
    pub channel: Option<ChannelId>,
    /// What it is.
    pub kind: DocumentKind,
    /// JSON text.
    pub value: String,
}

words!(
    /// What a [`Document`] is.
    DocumentKind {
        /// `whatsapp_business_profile` of a number.
        Profile = "profile",
        /// `conversational_automation` of a number.
        Automation = "conversational_automation",
        /// The conversions dataset of an account.
        Dataset = "dataset",
        /// Whether an account's template analytics are switched on.
        TemplateAnalytics = "template_analytics",
        /// `degrees_of_freedom_spec` of an account, as it was given.
        DegreesOfFreedom = "degrees_of_freedom",
        /// The callback URL of the app, behind an account's own.
        AppCallback = "app_callback",
        /// SHA-256 of a number's two-step PIN, in hex.
        Pin = "pin",
        /// How many people an account's business may begin with in 24 hours.
        MessagingLimit = "messaging_limit",
        /// A number's quality, as the upstream told it.
        NumberQuality = "number_quality",
        /// How an account's marketing is ordered, and what its templates are for.
        Delivery = "delivery",
        /// What a partner notes on a client: kept with the first account of its business.
        Client = "client",
    }
);

/// A person whom a number does not hear and does not write to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Whose it is.
    pub account: AccountId,
    /// The number that blocks.
    pub channel: ChannelId,
    /// The person.
    pub person: RecipientKey,
    /// Their address: `wa_id` or business-scoped user id.
    pub address: String,
    /// Since when.
    pub at: Timestamp,
}

/// People that one number may block (facts/360dialog 2.9).
pub const BLOCKS_MAX: usize = 64_000;
