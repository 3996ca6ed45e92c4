//! What mail clients do to a message: how they read it, recolour it, cut it and show it in a list.
//!
//! Everything here is a function from finished HTML to something else; nothing touches files, network or
//! clock. `check` judges by it and `preview` shows it, so both see the same simulated reader.

pub mod colour;
mod document;
mod media;
pub mod reading;
pub mod row;
mod selector;
mod sheet;
pub mod style;
pub mod support;
pub mod view;

pub use document::{Document, Element, Node, Run};
