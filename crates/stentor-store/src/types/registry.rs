//! Administrative writes: registry changes, each with its audit row.

use stentor_core::id::{AccountId, ChannelId, EndpointId, TemplateId};
use stentor_core::registry::{Account, ApiKey, Channel, Endpoint, Template};
use stentor_core::time::Timestamp;

/// All of the registry, as loaded at start.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    /// Accounts.
    pub accounts: Vec<Account>,
    /// Channels.
    pub channels: Vec<Channel>,
    /// Keys that still work or expire in the future.
    pub keys: Vec<ApiKey>,
    /// Templates, also deleted ones while their name is locked.
    pub templates: Vec<Template>,
    /// Endpoints.
    pub endpoints: Vec<Endpoint>,
}

/// One change to the registry; a put makes or replaces by id.
#[derive(Clone, Debug)]
pub enum RegistryChange {
    /// Make or replace.
    PutAccount(Account),
    /// Make or replace.
    PutChannel(Channel),
    /// Make.
    PutKey(ApiKey),
    /// All keys of the channel but those in `keep` end at `at`.
    EndKeys {
        /// Whose.
        channel: ChannelId,
        /// Hashes that go on working.
        keep: Vec<[u8; 32]>,
        /// When they end.
        at: Timestamp,
    },
    /// Make or replace.
    PutTemplate(Template),
    /// Forget (after its lock has ended).
    ForgetTemplate(TemplateId),
    /// Make or replace.
    PutEndpoint(Endpoint),
    /// Remove; what waits for it is dropped and counted.
    RemoveEndpoint(EndpointId),
}

/// Who changed what: one row for every administrative write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audit {
    /// When.
    pub at: Timestamp,
    /// `admin`, `key:<first 8 of the hash>`, `network`, `system`.
    pub actor: String,
    /// The account it touched.
    pub account: AccountId,
    /// What was done, as `subject.verb` (`template.create`, `key.rotate`).
    pub action: String,
    /// On what: ids and values, never secrets or addresses.
    pub detail: String,
}
