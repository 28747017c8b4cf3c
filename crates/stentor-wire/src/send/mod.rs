//! The body of POST /messages and POST /marketing_messages, parsed.
//! Called by the API once per request; judges only what can be judged without knowing channel and template.

mod component;
mod filling;
mod request;
pub mod schema;
#[cfg(test)]
mod tests;

pub use component::{
    Card, Component, MediaKind, MediaSource, Parameter, Product, Section, SubType, TapTarget,
};
pub use request::{Kind, ProductPolicy, RecipientType, SendRequest, TemplateSend, free_form, parse_send};
