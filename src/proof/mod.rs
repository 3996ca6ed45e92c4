//! Proofs: an issue in one language and choice of topics, compiled as a send would compile it, for people and
//! rules to look at before anybody is mailed.
//!
//! The one way from a workspace to judged messages: `check`, `preview`, `build` and `approve` all take it, so
//! that they can't disagree. It changes nothing and can't send.

pub mod approval;
pub mod archive;
mod compile;
pub mod memory;
pub mod waivers;

pub use compile::{Proof, Reading, Renderers};
