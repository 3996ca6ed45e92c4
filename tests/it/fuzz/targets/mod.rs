//! What is thrown at the parts that read what strangers wrote. Each target takes any octets and must come back: a panic is
//! a finding, and so is a broken promise.
//!
//! The same functions run in the gate (`tests/it/fuzz`) and under libFuzzer (`fuzz/`), so they name nothing but the library.

mod files;
mod letters;
mod logs;
mod relay;

/// Runs a target by its name, which is also that of its folder in the corpus.
pub(crate) fn run(name: &str, octets: &[u8]) {
    match name {
        "replies" => relay::replies(octets),
        "files" => files::files(octets),
        "list" => files::list(octets),
        "merge" => letters::merge(octets),
        "mime" => letters::mime(octets),
        "maillog" => logs::maillog(octets),
        _ => panic!("there is no target {name}"),
    }
}

/// Splits off the first octet, which steers a target; the rest is what it reads.
fn steered(octets: &[u8]) -> (usize, &[u8]) {
    octets.split_first().map_or((0, octets), |(first, rest)| (usize::from(*first), rest))
}
