//! (module page to be written by its author)
