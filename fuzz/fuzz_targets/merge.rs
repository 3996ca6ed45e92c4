//! Runs the target `merge` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| masthead_fuzz::run("merge", octets));
