//! Domain in, domain out: turns an edition into a digest, and a digest into a form letter.
//!
//! Promises: the same input gives the same bytes on every machine; HTML from texts is safe whatever was
//! written; merge fields come out as tokens of the digest's table and nothing else does; every problem
//! names file and line as far as they are known, and all problems of a stage come at once.
//! Never touches files, network or clock. Subscribers' values are escaped for their place by the form letter.

mod context;
mod cut;
pub mod digest;
mod document;
mod engine;
mod flow;
pub mod form;
pub mod headers;
mod locale;
mod markdown;
pub mod markup;
mod merge;
pub mod mime;
mod mirror;
pub mod mjml;
mod nearest;
mod passage;
mod phrases;
mod source_map;
mod templates;
mod text;
mod theme;
pub mod token;
pub mod trace;

pub(crate) use locale::Dates;
pub(crate) use merge::place_in;
