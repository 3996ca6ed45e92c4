//! Runs the target `maillog` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| masthead_fuzz::run("maillog", octets));
