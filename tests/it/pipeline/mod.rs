//! From a digest to finished messages.

mod dkim;
mod letters;
mod python_parse;
mod wire_form;
