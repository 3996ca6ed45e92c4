//! (module page to be written by its author)

pub mod subscribers_csv;
