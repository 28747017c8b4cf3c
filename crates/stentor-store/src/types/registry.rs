//! Administrative writes: registry changes, each with its audit row.

use stentor_core::id::{AccountId, ChannelId, EndpointId, RecipientKey, TemplateId};
use stentor_core::registry::{Account, ApiKey, Block, Channel, Document, Endpoint, Template};
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
    /// Who may use the partner's API.
    pub logins: Vec<PartnerLogin>,
    /// Documents, by account, channel and kind.
    pub documents: Vec<Document>,
    /// Blocks, by channel and person.
    pub blocks: Vec<Block>,
}

/// A credential for the partner's API (`/api/v2`): for the whole installation, and for nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartnerLogin {
    /// The user's name, or the key's.
    pub name: String,
    /// Which of the two.
    pub kind: PartnerLoginKind,
    /// Argon2's text of the password, or the key's SHA-256 in hex.
    pub hash: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What a partner shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartnerLoginKind {
    /// A name and a password, for a token.
    Password,
    /// A key, with each request.
    Key,
}

impl PartnerLoginKind {
    /// The word in the store and in answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Key => "key",
        }
    }

    /// The kind of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Password, Self::Key].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// One change to the registry; a put makes or replaces by id.
#[expect(clippy::large_enum_variant, reason = "made and applied one at a time, never held in bulk")]
#[derive(Clone, Debug)]
pub enum RegistryChange {
    /// Make or replace.
    PutAccount(Account),
    /// Make or replace.
    PutChannel(Channel),
    /// Make or replace.
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
    /// Make or replace; of [`AccountId::INSTALLATION`].
    PutLogin(PartnerLogin),
    /// Remove, by its name.
    RemoveLogin(String),
    /// Make or replace.
    PutDocument(Document),
    /// Make or replace.
    PutBlock(Block),
    /// Remove.
    RemoveBlock {
        /// The number that blocks.
        channel: ChannelId,
        /// The person.
        person: RecipientKey,
    },
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
