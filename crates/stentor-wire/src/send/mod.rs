//! The body of POST /messages and POST /marketing_messages, parsed.
//! Called by the API once per request; judges only what can be judged without knowing channel and template.

mod component;
mod contact;
mod emoji;
mod filling;
mod interactive;
mod interactive_parts;
mod interactive_reader;
mod media;
mod medium;
mod request;
pub mod schema;
#[cfg(test)]
mod tests;
mod text;

pub use component::{
    Card, Component, MediaKind, MediaSource, Parameter, Product, Section, SubType, TapTarget,
};
pub use contact::ContactCard;
pub use filling::Place;
pub use interactive::{
    Action, CardAction, CtaUrl, Interactive, InteractiveCard, InteractiveHeader, InteractiveType,
    ReplyButton, Row, RowSection,
};
pub use media::{Media, MediaType};
pub use medium::Medium;
pub use request::{
    Kind, ProductPolicy, RecipientType, SendRequest, TemplateSend, is_no_template, parse_send,
};
