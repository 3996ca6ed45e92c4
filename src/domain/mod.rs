//! The words of the field as types: small, documented, without file formats and without I/O.
//!
//! Everything here may be named by every other module and names none of them. A value that
//! exists is valid: what can be refused is refused by a `parse`, and the type is the proof.

pub mod address;
pub mod approval;
pub mod broadcast;
pub mod delivery;
pub mod digest;
pub mod doubt;
pub mod edition;
pub mod issue;
pub mod item;
pub mod language;
pub mod merge;
pub mod newsletter;
pub mod outcome;
pub mod problem;
pub mod settings;
pub mod subscriber;
pub mod suppression;
pub mod template;
pub mod time;
