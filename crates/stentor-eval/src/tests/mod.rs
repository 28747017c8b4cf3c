//! Files as they come, the judgement of the model on rows whose truth is known, and the world's order of policies.

mod reading;
mod truth;
mod world;
