//! From a digest to finished messages.

mod letters;
mod python_parse;
mod wire_form;
