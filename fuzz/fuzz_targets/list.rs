//! Runs the target `list` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| masthead_fuzz::run("list", octets));
