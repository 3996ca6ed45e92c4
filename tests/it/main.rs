//! x
mod mjml;
