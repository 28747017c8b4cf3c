//! What an account has: its channels, keys, templates and endpoints. Small, read often, changed by administrative
//! writes only, so the program keeps all of it in memory and the store is its truth.

use crate::cap::Caps;
use crate::id::{AccountId, BusinessId, ChannelId, TemplateId};
use crate::message::UnknownPolicy;
use crate::quiet_hours::QuietHours;
use crate::template::{Category, Health, Hold, ParameterFormat, RejectedReason, TemplateStatus};
use crate::time::Timestamp;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word in configuration, the store and JSON.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The value of that word.
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|v| v.as_str() == word)
            }
        }
    };
}

pub(crate) use words;

mod endpoint;
mod fresh;
mod onboarding;

pub use endpoint::{Endpoint, Listeners, Role};
pub use onboarding::{MmLiteStatus, OnboardingHold, OnboardingStatus, TermsStatus, is_sanctioned};
mod document;

pub use document::{BLOCKS_MAX, Block, Document, DocumentKind};

words!(
    /// Whether an account may send; what is refused otherwise stands in facts/360dialog 2.10 and meta 5.2.
    AccountState {
        /// Everything works.
        Active = "active",
        /// "Your WhatsApp for Business API has been disabled" (HTTP 400).
        Disabled = "disabled",
        /// "Could not send message due to lack of payment" (HTTP 400).
        Unpaid = "unpaid",
        /// 368: temporarily blocked for policy violations (HTTP 403).
        Restricted = "restricted",
        /// 131031: account locked (HTTP 403).
        Locked = "locked",
    }
);
words!(
    /// Whether a channel's endpoints answer.
    ChannelState {
        /// They do.
        Active = "active",
        /// "The endpoint is blocked" (HTTP 403).
        Blocked = "blocked",
        /// 133010: the number is not registered (HTTP 400).
        Unregistered = "unregistered",
        /// "WhatsApp for Business API not available" (HTTP 502).
        Unavailable = "unavailable",
    }
);
words!(
    /// What `/marketing_messages` does for an account whose marketing terms are not signed, when the request is silent.
    ProductPolicy {
        /// Refuse with 200 / HTTP 403.
        Strict = "strict",
        /// Send the classic way.
        CloudApiFallback = "cloud_api_fallback",
    }
);
words!(
    /// How a channel behaves where the real API and a careful gateway differ.
    Character {
        /// Answers at once as 360dialog would: refuses what syncs or is over its rate, expires silently.
        Twin = "twin",
        /// Accepts durably and does the waiting itself; reports expiry.
        Gateway = "gateway",
    }
);
words!(
    /// What happens to a message whose template still syncs with the ad account.
    SyncPolicy {
        /// 134101 at once.
        Reject = "reject",
        /// 200, and it waits; the wait counts against the TTL.
        Hold = "hold",
        /// It goes: without score, click token or conversion, and the timeline says so.
        Send = "send",
    }
);
words!(
    /// What happens to queued messages of a template that is paused for low quality (132015).
    PausedPolicy {
        /// They wait for the end of the pause, as far as their TTL lets them.
        Hold = "hold",
        /// They fail with 132015.
        Fail = "fail",
    }
);
words!(
    /// What the autopilot does about templates that harm the number.
    Autopilot {
        /// Nothing.
        Off = "off",
        /// It says what it would hold, and holds nothing.
        Watch = "watch",
        /// It holds, and spreads the first messages of what is new.
        Act = "act",
    }
);
words!(
    /// Whether a channel's upstream gives our mark (`biz_opaque_callback_data`) back in statuses.
    Echo {
        /// Seen: silence can be evidence.
        Yes = "yes",
        /// It does not, or refuses the field: then none is sent.
        No = "no",
        /// Not known yet.
        Unproven = "unproven",
    }
);
words!(
    /// What a channel sends through.
    UpstreamKind {
        /// The simulated network inside this process; nothing leaves the machine.
        Simulated = "simulated",
        /// Meta's Graph API, or what speaks it (`stentor network serve`).
        CloudApi = "cloud_api",
    }
);

/// An account (WABA).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The WABA id.
    pub id: AccountId,
    /// For people.
    pub name: String,
    /// Whether it may send.
    pub state: AccountState,
    /// The WABA-level default of `message_activity_sharing`.
    pub sharing_default: bool,
    /// When the request carries no `product_policy`.
    pub product_policy_default: ProductPolicy,
    /// When the marketing messages terms were accepted.
    pub terms_signed_at: Option<Timestamp>,
    /// The business portfolio that owns it: it signs the terms, for all its accounts.
    pub owner_business: BusinessId,
    /// Where the business sits: ISO 3166-1, two capital letters.
    pub country: Option<String>,
    /// What stands in the way of marketing messages, if anything does.
    pub onboarding_hold: Option<OnboardingHold>,
    /// When its business was invited to sign the terms.
    pub invited_at: Option<Timestamp>,
    /// Whether the owner's business is verified: then 6,000 templates are allowed, else 250 (facts/meta 4.2).
    pub business_verified: bool,
    /// `false`: `/messages` refuses marketing templates with 131063.
    pub marketing_on_messages: bool,
    /// When no marketing leaves, in the person's local time; `None`: at no time.
    pub quiet_hours: Option<QuietHours>,
    /// Payloads and labels of buttons whose tap is an opt-out from marketing, beside the stop words.
    pub opt_out_payloads: Vec<String>,
    /// Marketing messages that one person gets in any 24 hours, 0..=8, 0 for no cap; `None` follows the channel's
    /// character (twin: no cap, gateway: 2).
    pub marketing_cap_24h: Option<u8>,
    /// The same in any seven days; `None`: twin no cap, gateway 6.
    pub marketing_cap_7d: Option<u8>,
    /// What the autopilot does with its templates; `None` follows its numbers (a gateway among them: watch, else off).
    pub autopilot: Option<Autopilot>,
    /// Signs outgoing webhooks; recoverable, shown to the account's owner only.
    pub webhook_secret: String,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Account {
    /// The caps on marketing to one person that a channel of this character keeps to.
    #[must_use]
    pub fn caps(&self, character: Character) -> Caps {
        let usual = Caps::of(character);
        Caps {
            per_day: self.marketing_cap_24h.unwrap_or(usual.per_day),
            per_week: self.marketing_cap_7d.unwrap_or(usual.per_week),
        }
    }
}

/// A channel (business number).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// The phone-number id.
    pub id: ChannelId,
    /// Whose it is.
    pub account: AccountId,
    /// Digits of the number, as in `metadata.display_phone_number`.
    pub display_phone_number: String,
    /// Whether its endpoints answer.
    pub state: ChannelState,
    /// Twin or gateway.
    pub character: Character,
    /// What happens to a template that syncs; `None` follows the character (twin: reject, gateway: hold).
    pub sync_policy: Option<SyncPolicy>,
    /// Messages per second: 1..=1000; 80 at first (facts/meta 7).
    pub rate_per_s: u32,
    /// For unknowns at their deadline.
    pub unknown_policy: UnknownPolicy,
    /// What it sends through.
    pub upstream: UpstreamKind,
    /// Whether the upstream echoes our mark.
    pub echo: Echo,
    /// For messages of a paused template.
    pub paused_policy: PausedPolicy,
    /// Whether messages to one person keep to the pair limit (131056): a twin refuses above it, a gateway waits. Off for
    /// upstreams that have none.
    pub pair_limit: bool,
    /// Whether `/messages` sends marketing templates the optimised way by itself (360dialog's later behaviour).
    pub automatic_routing: bool,
    /// Whether its webhook hears of the account's events where the account has no webhook; `None` follows the character
    /// (twin: no, as at 360dialog; gateway: yes).
    pub account_events: Option<bool>,
    /// Whether its further destinations get their copies.
    pub multi_webhook: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Channel {
    /// Whether its webhook hears of the account's events where the account has none.
    #[must_use]
    pub fn hears_account(&self) -> bool {
        self.account_events.unwrap_or(self.character == Character::Gateway)
    }

    /// The sync policy in force.
    #[must_use]
    pub fn sync_policy(&self) -> SyncPolicy {
        self.sync_policy.unwrap_or(match self.character {
            Character::Twin => SyncPolicy::Reject,
            Character::Gateway => SyncPolicy::Hold,
        })
    }
}

/// An API key: only its SHA-256 is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// SHA-256 of the key's text.
    pub hash: [u8; 32],
    /// The account it belongs to.
    pub account: AccountId,
    /// The one channel it selects.
    pub channel: ChannelId,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working, after a rotation with a grace period.
    pub expires_at: Option<Timestamp>,
    /// The day of its last use: midnight, UTC.
    pub used_at: Option<Timestamp>,
}

/// A registered template: its definition as JSON text, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Meta's id.
    pub id: TemplateId,
    /// Whose it is.
    pub account: AccountId,
    /// `[a-z0-9_]`, up to 512; not unique: the key is (account, name, language).
    pub name: String,
    /// `en`, `pt_BR`, ...
    pub language: String,
    /// What it is priced and routed as.
    pub category: Category,
    /// The category before the last change.
    pub previous_category: Option<Category>,
    /// Only APPROVED is sendable.
    pub status: TemplateStatus,
    /// Why review refused it.
    pub rejected_reason: Option<RejectedReason>,
    /// Positional or named placeholders.
    pub parameter_format: ParameterFormat,
    /// `components` as JSON text, as registered.
    pub components: String,
    /// `message_send_ttl_seconds`; `None`: the category's default; -1: 30 days (not for marketing).
    pub ttl_secs: Option<i64>,
    /// A fixture: review, sync clock and pausing leave it as it is until it is moved by hand.
    pub pinned: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last edited or moved.
    pub modified_at: Timestamp,
    /// When it last became APPROVED: the sync clock starts here.
    pub approved_at: Option<Timestamp>,
    /// Its last use, to the hour: more than seven days of idleness starts the sync clock again.
    pub last_used_at: Option<Timestamp>,
    /// Its first new use after more than seven idle days: the sync clock starts here again.
    pub resynced_at: Option<Timestamp>,
    /// Deleted: the name is locked, what is queued still goes.
    pub deleted_at: Option<Timestamp>,
    /// The times of its edits in the last 30 days, for the edit limits.
    pub edited_at: Vec<Timestamp>,
    /// The fields of its definition that nothing here interprets, as JSON text of an object.
    pub extra: String,
    /// When it was put away; then `status` is ARCHIVED.
    pub archived_at: Option<Timestamp>,
    /// Where it stood before that: unarchiving puts it back.
    pub archived_from: Option<TemplateStatus>,
    /// Who made it, as in the audit log: `admin`, `key:...`, `network`, `system`.
    pub created_by: String,
    /// Who changed it last.
    pub modified_by: String,
    /// How it fares with people: score, pauses, pacing, an announced category.
    pub health: Health,
    /// Held by our own autopilot, until a person resumes it.
    pub hold: Option<Hold>,
    /// When a person last resumed it.
    pub resumed_at: Option<Timestamp>,
}
