//! The targets of `tests/it/fuzz`, for libFuzzer.

#[path = "../../tests/it/fuzz/targets/mod.rs"]
mod targets;

/// Runs a target by its name.
pub fn run(name: &str, octets: &[u8]) {
    targets::run(name, octets);
}
