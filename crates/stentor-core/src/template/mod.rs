//! Templates: what an account may send (definition), what a send fills in (content), whether the two belong
//! together (fit), whether a definition may be created at all (check), and what the phone shows (render).

mod check;
mod content;
mod definition;
mod fit;
mod fit_buttons;
mod kind;
mod pattern;
mod render;
#[cfg(test)]
mod tests;

pub use check::{Refusal, check};
pub use content::{
    ButtonContent, CardContent, Component, Content, MediaSource, Parameter, Product, Section, TapTarget,
};
pub use definition::{Body, Button, Card, Definition, Footer, Header, LimitedTimeOffer};
pub use fit::{Misfit, fit};
pub use kind::{ButtonKind, Category, MediaKind, ParameterFormat, Quality, RejectedReason, TemplateStatus};
pub use pattern::Pattern;
pub use render::{
    ButtonAction, Rendered, RenderedButton, RenderedCard, RenderedHeader, RenderedOffer, render,
};
