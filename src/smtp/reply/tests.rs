//! Proves that replies are read whole, however they are cut, and that no server can fill our memory.

use crate::smtp::reply::{LINE_OCTETS_MAX, LINES_MAX, ReplyFault, ReplyReader, TEXT_OCTETS_MAX};

/// Feeds the octets one by one and shows every reply, or the fault that ended it.
#[track_caller]
fn check_replies(octets: &str, expected: &[&str]) {
    for size in [1, 3, octets.len().max(1)] {
        let mut reader = ReplyReader::default();
        let mut shown = Vec::new();
        'all: for chunk in octets.as_bytes().chunks(size) {
            let mut rest = chunk;
            while !rest.is_empty() {
                match reader.read(rest) {
                    Ok((used, full)) => {
                        rest = &rest[used..];
                        shown.extend(full.map(|full| full.reply.to_string()));
                    }
                    Err(fault) => {
                        shown.push(fault.to_string());
                        break 'all;
                    }
                }
            }
        }
        assert_eq!(shown, expected, "cut every {size} octets");
    }
}

#[test]
fn one_line_is_a_reply() {
    check_replies("250 2.1.0 Ok\r\n", &["250 2.1.0 Ok"]);
    check_replies("250\r\n", &["250"]);
    check_replies("354 go ahead\r\n250 x\r\n", &["354 go ahead", "250 x"]);
}

#[test]
fn bare_line_feeds_are_accepted_from_a_server() {
    check_replies("220-a\n220 b\n", &["220 a b"]);
}

#[test]
fn lines_are_joined_and_the_last_enhanced_code_counts() {
    check_replies(
        "550-5.1.1 The account does not exist.\r\n550-5.1.1 See\r\n550 5.1.1 https://example.org\r\n",
        &["550 5.1.1 The account does not exist. See https://example.org"],
    );
    check_replies("421-4.7.28 too many\r\n421 bye\r\n", &["421 4.7.28 too many bye"]);
}

#[test]
fn versions_and_addresses_are_no_enhanced_codes() {
    check_replies("250 10.0.0.1 greets you\r\n", &["250 10.0.0.1 greets you"]);
    check_replies("250 2.0.0.1 x\r\n", &["250 2.0.0.1 x"]);
    check_replies("550 1.1.1 x\r\n", &["550 1.1.1 x"]);
}

#[test]
fn mixed_codes_are_no_reply() {
    check_replies("250-a\r\n550 b\r\n", &["the lines of one reply carry different codes, 250 and 550"]);
}

#[test]
fn what_is_not_smtp_is_said_so() {
    check_replies(
        "HTTP/1.1 400 Bad Request\r\n",
        &["the server's answer is not SMTP: `HTTP/1.1 400 Bad Request`"],
    );
    check_replies("\r\n", &["the server's answer is not SMTP: ``"]);
    check_replies("999 x\r\n", &["the server's answer is not SMTP: `999 x`"]);
    check_replies("2500 x\r\n", &["the server's answer is not SMTP: `2500 x`"]);
}

#[test]
fn control_characters_never_reach_the_text() {
    check_replies("550 a\u{1b}[2Jb\u{7}\r\n", &["550 a [2Jb"]);
    check_replies("550 a\u{202e}b\r\n", &["550 a b"]);
}

#[test]
fn a_line_without_end_is_bounded() {
    let mut reader = ReplyReader::default();
    let fault = loop {
        if let Err(fault) = reader.read(&[b'2'; 1000]) {
            break fault;
        }
        assert!(reader.line.len() <= LINE_OCTETS_MAX);
    };
    assert_eq!(fault, ReplyFault::LineTooLong);
}

#[test]
fn a_reply_without_end_is_bounded() {
    let mut reader = ReplyReader::default();
    let mut lines = 0;
    while reader.read(b"250-more\r\n").is_ok() {
        lines += 1;
    }
    assert_eq!(lines, LINES_MAX);
}

#[test]
fn long_texts_are_cut_between_characters() {
    let line = format!("550 {}\r\n", "é".repeat(TEXT_OCTETS_MAX));
    let (_, full) = ReplyReader::default().read(line.as_bytes()).unwrap();
    assert_eq!(full.unwrap().reply.text.len(), TEXT_OCTETS_MAX);
}

proptest::proptest! {
    #[test]
    fn no_octets_make_it_panic(octets in proptest::collection::vec(proptest::num::u8::ANY, 0..600)) {
        let mut reader = ReplyReader::default();
        let mut rest = octets.as_slice();
        while let (false, Ok((used, _))) = (rest.is_empty(), reader.read(rest)) {
            rest = &rest[used..];
        }
    }
}
