//! The operator's API under `/admin/v1`: accounts, channels, templates, messages, webhooks, audit, status.
//! Called by the command line and by people. JSON both ways; every write leaves an audit row.

mod account_consent;
mod account_wanted;
mod accounts;
mod answer;
mod api_keys;
mod audit;
mod channels;
mod channels_schema;
mod delivery;
mod endpoints;
mod fields;
mod keys;
mod messages;
mod partner;
mod people;
mod restored;
mod routes;
mod scope;
mod status;
mod suppressions;
mod template_hold;
mod template_set;
mod templates;
mod timeline;
mod waits;
mod webhooks;

pub use answer::{AdminError, AdminErrorBody, Answer, ok};
pub use api_keys::{Fate, anew};
pub use fields::Fields;
pub use keys::webhook_secret;
pub use routes::{WRONG_KEY, guarded, routes};
