//! Runs the target `replies` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| masthead_fuzz::run("replies", octets));
