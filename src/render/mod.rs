//! Domain in, domain out: turns an edition into a digest, and a digest into a form letter.
//!
//! Everything here is a plain function from value to value. It touches neither files nor network,
//! knows no clock, and gives the same octets for the same input on every machine.

pub mod form;
pub mod headers;
pub mod markup;
pub mod mime;
pub mod token;
