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
mod nearest;
mod passage;
mod phrases;
mod source_map;
mod templates;
mod text;
mod theme;
//! Domain in, domain out: turns an edition into a digest, and a digest into a form letter.
//!
//! Everything here is a plain function from value to value. It touches neither files nor network,
//! knows no clock, and gives the same octets for the same input on every machine.

pub mod form;
pub mod headers;
pub mod markup;
pub mod mime;
pub mod token;
//! (module page to be written by its author)

pub mod mjml;
