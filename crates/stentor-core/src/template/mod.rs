//! Templates: what an account may send (definition), what a send fills in (content), whether the two belong
//! together (fit), whether a definition may be created at all (check), and what the phone shows (render).

mod autopilot;
mod beta;
mod category;
mod check;
mod content;
mod definition;
mod fit;
mod fit_buttons;
mod health;
mod kind;
mod pacing;
mod pattern;
mod quality;
mod reception;
mod render;
#[cfg(test)]
mod tests;
mod upkeep;

pub use autopilot::{Fault, Hold, Rules, fault_of, slot, spread_since};
pub use category::{Judged, judge};
pub use check::{Refusal, check, repeats};
pub use content::{
    ButtonContent, CardContent, Component, Content, MediaSource, Parameter, Product, Section, TapTarget,
};
pub use definition::{
    Body, Button, Card, Definition, Footer, Given, Header, LimitedTimeOffer, Otp, OtpKind, Sample,
};
pub use fit::{Misfit, fit};
pub use health::Health;
pub use kind::{
    ButtonKind, Category, MediaKind, ParameterFormat, PauseTitle, Quality, RejectedReason, TemplateStatus,
};
pub use pacing::{Assessment, GUARDRAIL, Held, UNPAUSE_AFTER, assess, candidate_since, held, passes};
pub use pattern::Pattern;
pub use quality::{SAMPLE_MIN, pause, score};
pub use reception::Reception;
pub use render::{
    ButtonAction, Rendered, RenderedButton, RenderedCard, RenderedHeader, RenderedOffer, render,
};
pub use upkeep::{ARCHIVED_FOR, CATEGORY_NOTICE, DELETION, Moment, next_moment};
