//! One entry in every dress: the same moment, host, program and words come out.

use crate::evidence::{
    line::{self, Dating, LogLine, fixed_zone},
    packed, postfix,
    postfix::{Fate, Happening},
    reading,
};
use chrono::{DateTime, FixedOffset, Utc};
use std::io::{BufReader, Read, Write};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a moment")
}

/// Reads a whole log, dated as on 22 November 2026 two hours east of UTC; one line of words for each entry.
fn read(log: &[u8]) -> Vec<String> {
    let zone = fixed_zone(FixedOffset::east_opt(7_200).expect("an offset"));
    let dating = Dating { now: at("2026-11-22T22:00:00Z"), zone: &zone };
    let mut entries = Vec::new();
    // A buffer of seven octets cuts everything everywhere.
    let mut slow = BufReader::with_capacity(7, log);
    let foreign = reading::for_each(&mut slow, &dating, &mut |line: &LogLine<'_>| {
        let LogLine { at, host, program, text } = line;
        entries.push(format!("{} {host} {program} {text}", at.format("%Y-%m-%dT%H:%M:%S%.f")));
    });
    entries.push(format!("{} foreign", foreign.expect("a log in memory")));
    entries
}

#[track_caller]
fn check_one(log: &[u8], expected: &str) {
    assert_eq!(read(log), [expected, "0 foreign"]);
}

const WORDS: &str = "relay postfix/qmgr 4F2A19C0B7: removed";

#[test]
fn every_dress_of_syslog_is_read() {
    let classic = b"Nov 22 21:14:29 relay postfix/qmgr[812]: 4F2A19C0B7: removed\n";
    check_one(classic, &format!("2026-11-22T19:14:29 {WORDS}"));
    check_one(
        b"Nov  2 01:14:29 relay postfix/qmgr[812]: 4F2A19C0B7: removed",
        &format!("2026-11-01T23:14:29 {WORDS}"),
    );
    let precise = b"Nov 22 21:14:29.250000 relay postfix/qmgr[812]: 4F2A19C0B7: removed\r\n";
    check_one(precise, &format!("2026-11-22T19:14:29 {WORDS}"));
    for moment in [
        "2026-11-22T20:14:29.5+01:00",
        "2026-11-22T20:14:29.5+0100",
        "2026-11-22T20:14:29,5+01",
        "2026-11-22T19:14:29.5Z",
    ] {
        let line = format!("{moment} relay postfix/qmgr[812]: 4F2A19C0B7: removed\n");
        check_one(line.as_bytes(), &format!("2026-11-22T19:14:29.500 {WORDS}"));
        let new = format!("<22>1 {moment} relay postfix/qmgr 812 - - 4F2A19C0B7: removed\n");
        check_one(new.as_bytes(), &format!("2026-11-22T19:14:29.500 {WORDS}"));
    }
    check_one(
        b"<22>Nov 22 21:14:29 relay postfix/qmgr[812]: 4F2A19C0B7: removed",
        &format!("2026-11-22T19:14:29 {WORDS}"),
    );
}

#[test]
fn a_line_without_a_year_is_of_the_last_year_that_is_not_to_come() {
    check_one(
        b"Dec 31 23:59:59 relay postfix/qmgr: 4F2A19C0B7: removed",
        &format!("2025-12-31T21:59:59 {WORDS}"),
    );
    check_one(
        b"Feb 29 12:00:00 relay postfix/qmgr: 4F2A19C0B7: removed",
        &format!("2024-02-29T10:00:00 {WORDS}"),
    );
}

#[test]
fn entries_of_the_journal_are_read_in_both_forms() {
    let json = br#"{"__CURSOR":"s=1","__REALTIME_TIMESTAMP":"1795374869500000","_HOSTNAME":"relay","SYSLOG_IDENTIFIER":"postfix/qmgr","PRIORITY":"6","MESSAGE":"4F2A19C0B7: removed","_PID":"812"}
{"__REALTIME_TIMESTAMP":"1795374869500000","_HOSTNAME":"relay","SYSLOG_IDENTIFIER":"postfix/qmgr","MESSAGE":[52,70,50,65,49,57,67,48,66,55,58,32,114,101,109,111,118,101,100]}
{"__REALTIME_TIMESTAMP":"1795374869500000","_HOSTNAME":"relay","SYSLOG_IDENTIFIER":"postfix/qmgr","MESSAGE":null}
{"broken
"#;
    let first = format!("2026-11-22T19:14:29.500 {WORDS}");
    let empty = "2026-11-22T19:14:29.500 relay postfix/qmgr ";
    assert_eq!(read(json), [&first, &first, empty, "1 foreign"]);
    let mut export = b"__CURSOR=s=1\n__REALTIME_TIMESTAMP=1795374869500000\n_HOSTNAME=relay\nSYSLOG_IDENTIFIER=postfix/qmgr\nMESSAGE\n".to_vec();
    export.extend(19_u64.to_le_bytes());
    export.extend(b"4F2A19C0B7: removed\n_PID=812\n\n\n__REALTIME_TIMESTAMP=1795374869500000\n_HOSTNAME=relay\nSYSLOG_IDENTIFIER=postfix/qmgr\nMESSAGE=4F2A19C0B7: removed\n");
    assert_eq!(read(&export), [&first, &first, "0 foreign"]);
}

#[test]
fn what_is_no_entry_is_counted_and_passed_over() {
    let log = b"\n-- Boot 3f1c --\n\xff\xfe\x00\nNov 22 21:14:29 relay postfix/qmgr[812]: 4F2A19C0B7: removed\nNov 99 99:99:99 x y: z\n";
    let expected = format!("2026-11-22T19:14:29 {WORDS}");
    assert_eq!(read(log), [&expected, "2 foreign"]);
}

#[test]
fn a_line_without_end_takes_no_memory_and_the_log_goes_on_behind_it() {
    let mut log = b"Nov 22 21:14:29 relay postfix/smtpd[1]: ".to_vec();
    log.resize(3 * reading::ENTRY_OCTETS_MAX, b'x');
    log.extend(b"\nNov 22 21:14:29 relay postfix/qmgr[812]: 4F2A19C0B7: removed\n");
    let entries = read(&log);
    assert_eq!(entries.len(), 3);
    assert!(entries[0].len() < reading::ENTRY_OCTETS_MAX + 100);
    assert!(entries[1].ends_with(WORDS));
}

#[test]
fn packed_logs_are_unpacked_also_when_several_were_joined() {
    let pack = |text: &str| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text.as_bytes()).expect("memory");
        encoder.finish().expect("memory")
    };
    let joined = [pack("one\n"), pack("two\n")].concat();
    let mut text = String::new();
    packed::unpacked(Box::new(&joined[..])).expect("packed").read_to_string(&mut text).expect("text");
    assert_eq!(text, "one\ntwo\n");
    text.clear();
    packed::unpacked(Box::new(&b"plain"[..])).expect("plain").read_to_string(&mut text).expect("text");
    assert_eq!(text, "plain");
}

#[track_caller]
fn check_meaning(program: &str, text: &str, expected: Option<Happening<'_>>) {
    let line = LogLine { at: at("2026-11-22T19:14:29Z"), host: "relay", program, text };
    assert_eq!(postfix::read(&line).map(|(_, happening)| happening), expected, "{program}: {text}");
}

#[test]
fn the_lines_of_postfix_mean_what_they_say() {
    let message_id = "letter.2022.04.r0.aaaa.m1@example.org";
    let begun = Some(Happening::Begun { message_id });
    check_meaning("postfix/cleanup", &format!("07D019F2074: message-id=<{message_id}>"), begun);
    check_meaning("mta-out/cleanup", &format!("4XyZ1234abz9rxW: message-id=<{message_id}>"), begun);
    let taken = "07D019F2074: from=<bounces@news.example.org>, size=104337, nrcpt=1 (queue active)";
    check_meaning("postfix/qmgr", taken, Some(Happening::Taken));
    check_meaning("postfix/qmgr", "07D019F2074: removed", Some(Happening::Removed));
    let bounced = "07D019F2074: to=<gone@example.net>, relay=virtual, delay=0.03, delays=0.01/0.01/0/0.01, dsn=5.1.1, status=bounced (unknown user: \"gone@example.net\")";
    let fate = Fate { status: "bounced", dsn: "5.1.1", text: "unknown user: \"gone@example.net\"" };
    check_meaning("postfix/virtual", bounced, Some(Happening::Tried(fate)));
    let sent = "07D019F2074: to=<a@example.net>, relay=mx.example.net[192.0.2.1]:25, delay=1, dsn=2.0.0, status=sent (250 2.0.0 Ok, status=bounced, dsn=5.1.1 (queued) as 4F2)";
    let fate = Fate {
        status: "sent",
        dsn: "2.0.0",
        text: "250 2.0.0 Ok, status=bounced, dsn=5.1.1 (queued) as 4F2",
    };
    check_meaning("postfix/smtp", sent, Some(Happening::Tried(fate)));
    let expired = "07D019F2074: from=<bounces@news.example.org>, status=expired, returned to sender";
    let fate = Fate { status: "expired", dsn: "", text: "" };
    check_meaning("postfix/qmgr", expired, Some(Happening::Tried(fate)));
    let refused = "07D019F2074: milter-reject: END-OF-MESSAGE from localhost[127.0.0.1]: 5.7.1 rejected";
    check_meaning("postfix/cleanup", refused, Some(Happening::Refused));
    let held = "07D019F2074: hold: header Subject: x from localhost[127.0.0.1]; from=<a@example.org>";
    check_meaning("postfix/cleanup", held, Some(Happening::SetAside));
    check_meaning("postfix/smtpd", "07D019F2074: client=localhost[127.0.0.1]", None);
    check_meaning("postfix/smtpd", "NOQUEUE: reject: RCPT from x", None);
    check_meaning("sshd", "07D019F2074: removed", None);
}

#[test]
fn odd_lines_are_none_and_nothing_falls_over() {
    let zone = fixed_zone(FixedOffset::east_opt(0).expect("an offset"));
    let dating = Dating { now: at("2026-11-22T22:00:00Z"), zone: &zone };
    for odd in [
        "",
        "<",
        "<1>",
        "<1>1 ",
        "Nov",
        "Nov 22 21:14:29",
        "Nov 22 21:14:2é relay x: y",
        "2026-11-22T",
        "2026-11-22T21:14:29",
        "2026-11-22T21:14:29+",
        "2026-11-22T21:14:29+é0 relay x: y",
        "2026-11-22T21:14:29Z relay",
        "2026-11-22T21:14:29Z  x: y",
        "9999-12-31T23:59:59-23:59 a b: c",
    ] {
        let read = line::parse(odd, &dating);
        assert!(read.is_none() || odd.starts_with('9'), "{odd}: {read:?}");
    }
}
