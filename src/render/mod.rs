//! From an edition to a digest: Markdown, merge fields, Tera, mirroring, MJML, plain text.
//!
//! Promises: the same input gives the same bytes; HTML from texts is safe whatever was written;
//! merge fields come out as tokens of the digest's table and nothing else does; every problem
//! names file and line as far as they are known, and all problems of a stage come at once.
//! Never touches files, network or clock, and never escapes a subscriber's value: the form letter does.

mod context;
mod cut;
pub mod digest;
mod document;
mod engine;
mod flow;
mod locale;
mod markdown;
mod merge;
mod mirror;
pub mod mjml;
mod nearest;
mod passage;
mod phrases;
mod source_map;
mod templates;
mod text;
mod theme;
