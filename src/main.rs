//! The `masthead` command.

fn main() {}
