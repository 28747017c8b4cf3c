//! Template definitions as JSON: read from create and edit bodies, written in Meta's and in 360dialog's shape.
//! Called by the API, the template mirror and the store's reader; judges types and words, no rules.

mod definition;
mod handle;
mod listing;
mod normal;
mod sample;
pub mod schema;
#[cfg(test)]
mod tests;

pub use definition::{
    Button, ButtonType, Card, Category, Component, Definition, HeaderFormat, Otp, OtpType, ParameterFormat,
    parse_create,
};
pub use listing::{
    Dialog360Created, Dialog360Quality, Dialog360Template, Listing, MetaCreated, MetaTemplate, QualityScore,
    User, dialog360_id, meta_id, namespace,
};
pub use sample::{Given, Sample};
