//! Throws octets at everything that reads what strangers wrote: a corpus first, then what chance makes of it.
//!
//! The bound is a number of tries, so that the gate finds the same thing on every machine. `scripts/fuzz` goes on for as
//! long as one likes, with libFuzzer and the same targets.

mod targets;

use crate::support::{dice::Dice, fixtures};
use std::{fs, panic::catch_unwind};

/// Octets that a made-up input may have.
const OCTETS_MAX: usize = 4_096;

/// Pieces that mean something to one target or another.
const WORDS: &[&str] = &[
    "\r\n",
    "\n\n",
    "---\n",
    ": ",
    "250 ",
    "250-",
    "354 go\r\n",
    "421 4.3.2 bye\r\n",
    "550 5.1.1 no\r\n",
    "220 mx\r\n",
    "250-PIPELINING\r\n",
    "250 SIZE 99999999999999999999\r\n",
    "{{ subscriber.name }}",
    "{{",
    "}}",
    "\\{{",
    " | default(value=\"x\")",
    "=?utf-8?Q?",
    "?=",
    "\"",
    "''",
    ",",
    ";",
    "\t",
    "email,name\n",
    "a@example.org",
    "é",
    "\u{feff}",
    "\u{202e}",
    "العربية",
    "新闻",
    "\u{1f600}",
    "\0",
    "\u{7f}",
    "[x](y)",
    "<b>",
    "&amp;",
    "- ",
    "  ",
    "- - - [",
    "{a: ",
    "&a *a",
    "!!",
    "message-id=<letter.2022.04.r0.aaaa.m1@example.org>",
    "postfix/cleanup[1]: ",
    "postfix/qmgr[2]: ",
    "4F2A19C0B7: ",
    "removed",
    "status=bounced (",
    "dsn=5.1.1, ",
    "Nov 22 21:14:29 relay ",
    "2026-11-22T21:14:29+00:00 relay ",
    "__REALTIME_TIMESTAMP=1\n",
    "MESSAGE\n\u{1}\0\0\0\0\0\0\0",
    "{\"MESSAGE\":",
];

/// Returns the checked-in inputs of a target, in a fixed order.
fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = fixtures("fuzz").join(name);
    let mut paths: Vec<_> =
        fs::read_dir(folder).expect("a corpus").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).expect("a file")).collect()
}

/// Changes an input as chance will have it.
fn mutated(corpus: &[Vec<u8>], dice: &Dice) -> Vec<u8> {
    let below = |end: usize| usize::try_from(dice.below(end.max(1) as u64)).expect("small");
    let mut octets = corpus[below(corpus.len())].clone();
    for _ in 0..=below(8) {
        let at = below(octets.len() + 1);
        match below(7) {
            0 if at < octets.len() => octets[at] ^= 1 << below(8),
            1 if at < octets.len() => octets[at] = u8::try_from(below(256)).expect("an octet"),
            2 => drop(octets.drain(at..(at + below(40)).min(octets.len()))),
            3 | 4 => drop(octets.splice(at..at, WORDS[below(WORDS.len())].bytes())),
            5 => {
                let end = (at + below(200)).min(octets.len());
                let again = octets[at.min(end)..end].to_vec();
                drop(octets.splice(at..at, again));
            }
            _ => {
                let other = &corpus[below(corpus.len())];
                octets.truncate(at);
                octets.extend_from_slice(&other[below(other.len() + 1)..]);
            }
        }
        octets.truncate(OCTETS_MAX);
    }
    octets
}

/// Runs a target over its corpus and so many changed inputs.
#[track_caller]
fn check(name: &str, tries: usize) {
    let corpus = corpus(name);
    assert!(!corpus.is_empty());
    let dice = Dice::new(2022);
    let made_up = (0..tries).map(|_| mutated(&corpus, &dice));
    for octets in corpus.iter().cloned().chain(made_up) {
        assert!(
            catch_unwind(|| targets::run(name, &octets)).is_ok(),
            "{name}: put this into tests/fixtures/fuzz/{name} once it is mended: b\"{}\"",
            octets.escape_ascii()
        );
    }
}

#[test]
fn any_reply_is_read_or_refused() {
    check("replies", 20_000);
}

#[test]
fn any_file_is_read_or_refused() {
    check("files", 4_000);
}

#[test]
fn any_list_is_read_or_refused() {
    check("list", 8_000);
}

#[test]
fn any_text_becomes_a_sound_message_or_is_refused() {
    check("merge", 1_000);
}

#[test]
fn any_words_come_back_from_their_wire_form() {
    check("mime", 3_000);
}

#[test]
fn any_log_is_read_and_nothing_is_guessed() {
    check("maillog", 10_000);
}
