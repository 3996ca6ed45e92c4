//! Proves the reading of replies: each line is something that servers really say.

use crate::{
    delivery::providers::ProviderId,
    domain::outcome::{Measure, Phase, Reply, Subject, Verdict},
    smtp::{
        classify::{ROWS, classify, classify_by},
        reply::ReplyReader,
    },
};

/// Reads a reply as it came over the wire.
#[track_caller]
fn read(by: &str, phase: Phase, wire: &str) -> Verdict {
    let octets = format!("{wire}\r\n");
    let (_, full) = ReplyReader::default().read(octets.as_bytes()).expect("a reply");
    let speaker = (!by.is_empty()).then(|| ProviderId::of_domain(by));
    classify_by(speaker.as_ref(), phase, &full.expect("whole").reply)
}

/// Shows a verdict as `scope action wait`, then what is out of the ordinary: measure, subject, soft points.
fn shown(verdict: Verdict) -> String {
    let wait = verdict.wait_seconds.map(|seconds| seconds.to_string());
    let measure = (verdict.measure != Measure::Keep).then(|| format!("{:?}", verdict.measure));
    let points = f64::from(verdict.soft_halves) / 2.0;
    let soft = (verdict.soft_halves > 0).then(|| format!("soft {points}"));
    let scope_and_action = format!("{:?} {:?}", verdict.scope, verdict.action);
    [Some(scope_and_action), wait, measure, soft].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn check_verdict(phase: Phase, wire: &str, expected: &str) {
    assert_eq!(shown(read("", phase, wire)), expected, "{wire}");
}

/// The golden tests of the design: provider, phase, reply, what follows, what it is about.
const GOLDEN: &[(&str, Phase, &str, &str, Subject)] = &[
    (
        "gmail.com",
        Phase::Verdict,
        "421-4.7.28 rate of mail with the\r\n421 4.7.28 same Message-ID",
        "Provider Retry 600 Restart",
        Subject::Pace,
    ),
    (
        "gmail.com",
        Phase::Verdict,
        "421 5.7.32 From: header is not aligned",
        "Provider Retry 3600 Pause",
        Subject::Authentication,
    ),
    (
        "gmail.com",
        Phase::Rcpt,
        "550-5.2.1 The user is receiving email at a rate\r\n550 5.2.1 that prevents",
        "Recipient Retry 3600",
        Subject::Pace,
    ),
    (
        "gmail.com",
        Phase::Rcpt,
        "550 5.2.1 The email account that you tried to reach is inactive",
        "Recipient Fail soft 2",
        Subject::Inactive,
    ),
    (
        "gmail.com",
        Phase::Verdict,
        "552 5.2.2 The account is out of storage space and inactive",
        "Recipient Fail soft 2",
        Subject::MailboxFull,
    ),
    (
        "gmail.com",
        Phase::Verdict,
        "550 5.4.5 Daily user sending limit exceeded",
        "Sender Retry 86400 Pause",
        Subject::Quota,
    ),
    (
        "example.onmicrosoft.com",
        Phase::Auth,
        "550 5.7.30 Basic authentication is not supported",
        "Sender Abort",
        Subject::NeedsOauth,
    ),
    (
        "example.onmicrosoft.com",
        Phase::Mail,
        "550 5.7.30 Basic authentication is not supported",
        "Sender Abort",
        Subject::NeedsOauth,
    ),
    (
        "gmail.com",
        Phase::Verdict,
        "550-5.7.30 DKIM did not pass\r\n550 5.7.30 x",
        "Sender Abort",
        Subject::Authentication,
    ),
    (
        "yahoo.com",
        Phase::Mail,
        "421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred",
        "Provider Retry 7200 Pause",
        Subject::Reputation,
    ),
    (
        "outlook.com",
        Phase::Connect,
        "550 5.7.1 part of their network is on our block list (S3150)",
        "Sender Retry 21600 Pause",
        Subject::Reputation,
    ),
    (
        "qq.com",
        Phase::Rcpt,
        "550 Mailbox unavailable or access denied",
        "Recipient Retry 14400",
        Subject::Pace,
    ),
    ("example.org", Phase::Rcpt, "550 5.1.1 no such user", "Recipient Bounce", Subject::NoMailbox),
    ("example.org", Phase::Rcpt, "550 unknown", "Recipient Fail soft 0.5", Subject::Unclear),
    (
        "example.org",
        Phase::Rcpt,
        "550 User unknown in local recipient table",
        "Recipient Bounce",
        Subject::NoMailbox,
    ),
];

#[test]
fn large_hosts_are_read_by_scope_before_severity() {
    for &(by, phase, wire, expected, subject) in GOLDEN {
        // A relay passes replies on: the same must come out when nobody knows whose words they are.
        for by in [by, ""] {
            let verdict = read(by, phase, wire);
            assert_eq!((shown(verdict).as_str(), verdict.subject), (expected, subject), "{by} {wire}");
        }
    }
}

#[test]
fn words_of_one_provider_mean_something_else_elsewhere() {
    use Phase::{Rcpt, Verdict};
    let elsewhere = |phase, wire| shown(read("example.org", phase, wire));
    assert_eq!(elsewhere(Rcpt, "550 Mailbox unavailable or access denied"), "Recipient Fail soft 0.5");
    assert_eq!(elsewhere(Verdict, "421 4.7.28 x"), "Host Retry 300 Slow");
    assert_eq!(elsewhere(Verdict, "421 [TSS04] later"), "Host Retry");
}

/// Every row must be reachable: a line that another one hides would be knowledge that nobody uses.
#[test]
fn every_row_decides_about_some_reply() {
    for (index, row) in ROWS.iter().enumerate() {
        let by = row.by.first().unwrap_or(&"example.org");
        let by = ProviderId::from_key(&format!("provider:{by}"));
        let codes = row
            .codes
            .iter()
            .flat_map(|code| if *code < 10 { vec![code * 100 + 50, code * 100] } else { vec![*code] });
        let enhanced: Vec<Option<(u8, u16, u16)>> = match row.enhanced {
            [] => vec![None],
            some => some.iter().map(|(subject, detail)| Some((5, *subject, detail.unwrap_or(99)))).collect(),
        };
        let texts: &[&str] = if row.texts.is_empty() { &["words"] } else { row.texts };
        let decides = codes.into_iter().any(|code| {
            row.phases.iter().any(|phase| {
                enhanced.iter().any(|enhanced| {
                    texts.iter().any(|text| {
                        let reply = Reply { code, enhanced: *enhanced, text: (*text).to_owned() };
                        let first = ROWS.iter().position(|row| row.fits(by.as_ref(), *phase, &reply, text));
                        first == Some(index)
                    })
                })
            })
        });
        assert!(
            decides,
            "row {index}: {:?} {:?} {:?} {:?} {:?}",
            row.by, row.phases, row.codes, row.enhanced, row.texts
        );
    }
}

#[test]
fn quotas_and_connections_of_a_submission_are_about_us() {
    use Phase::{Auth, Mail, Rcpt, Verdict};
    check_verdict(
        Verdict,
        "554 5.2.0 STOREDRV.Submission; SubmissionQuotaExceeded",
        "Sender Retry 86400 Pause",
    );
    check_verdict(Mail, "550 5.7.1 daily message quota exceeded", "Sender Retry 86400 Pause");
    check_verdict(Verdict, "550 5.7.28 unusual rate of unsolicited mail", "Sender Retry 86400 Pause");
    check_verdict(Auth, "432 4.3.2 concurrent connections limit exceeded", "Host Retry 60 FewerConnections");
    check_verdict(Phase::Connect, "421 too many connections from you", "Host Retry 60 FewerConnections");
    check_verdict(Rcpt, "451 4.3.2 please slow down", "Host Retry 300 Slow");
    check_verdict(Mail, "421 4.7.0 too many messages in this connection", "Host Retry ShorterSessions");
    check_verdict(Mail, "421 too many messages", "Host Retry 300 Slow");
    check_verdict(Verdict, "421 RP-003 x", "Host Retry");
}

#[test]
fn chinese_providers_speak_in_codes_of_their_own() {
    use Phase::{Connect, Mail, Rcpt, Verdict};
    check_verdict(Rcpt, "550 Domain frequency limited", "Provider Retry 3600 PauseDoubling");
    check_verdict(Verdict, "451 DT:SPM 163 smtp1 x", "Recipient Retry 180");
    check_verdict(Mail, "421 HL:ICC 163 smtp1 x", "Host Retry Slow");
    check_verdict(Connect, "451 MI:DMC 126 x", "Host Retry ShorterSessions");
    check_verdict(Rcpt, "450 HL:IFC x", "Provider Retry Slow");
}

#[test]
fn before_rcpt_nothing_is_the_recipients_fault() {
    use Phase::{Auth, Connect, Hello, Mail, Tls};
    for phase in [Connect, Hello, Tls, Auth, Mail] {
        for wire in ["421 4.3.2 bye", "450 4.2.1 x", "451 x", "452 4.2.2 full", "454 4.7.0 x"] {
            let octets = format!("{wire}\r\n");
            let (_, full) = ReplyReader::default().read(octets.as_bytes()).unwrap();
            let verdict = classify(phase, &full.unwrap().reply);
            assert_ne!(verdict.scope, crate::domain::outcome::Scope::Recipient, "{phase:?} {wire}");
        }
        for wire in ["550 5.1.1 user unknown", "554 no", "500 what?", "521 no mail here", "550 5.2.2 full"] {
            let octets = format!("{wire}\r\n");
            let (_, full) = ReplyReader::default().read(octets.as_bytes()).unwrap();
            let verdict = classify(phase, &full.unwrap().reply);
            assert_ne!(verdict.scope, crate::domain::outcome::Scope::Recipient, "{phase:?} {wire}");
        }
    }
}

#[test]
fn opening_a_session_is_about_host_or_sender() {
    use Phase::{Auth, Connect, Hello, Tls};
    check_verdict(Connect, "421 busy", "Host Retry Slow");
    check_verdict(Connect, "554 no service", "Host Retry 3600 Pause");
    check_verdict(Connect, "521 host takes no mail", "Sender Abort");
    check_verdict(Connect, "421 RP-001 exceeded", "Host Retry 900 Crawl");
    check_verdict(Connect, "451 4.7.650 IP reputation", "Host Retry 3600 Crawl");
    check_verdict(Hello, "550 5.5.4 bad name", "Sender Abort");
    check_verdict(Tls, "454 4.7.0 TLS not available", "Host Retry 300 Pause");
    check_verdict(Tls, "502 no", "Sender Abort");
    check_verdict(Auth, "535 5.7.8 wrong", "Sender Abort");
    check_verdict(Auth, "454 4.7.0 later", "Host Retry 300 Pause");
    check_verdict(Auth, "432 4.7.12 password transition", "Sender Abort");
    check_verdict(Auth, "534 5.7.9 application-specific password required", "Sender Abort");
}

#[test]
fn mail_is_about_us() {
    use Phase::Mail;
    check_verdict(Mail, "451 4.1.8 sender domain does not resolve", "Host Retry 300 Pause");
    check_verdict(Mail, "550 5.1.8 sender domain does not exist", "Sender Abort");
    check_verdict(Mail, "552 5.3.4 too big", "Message Abort");
    check_verdict(Mail, "530 5.7.0 authentication required", "Sender Abort");
    check_verdict(Mail, "530 Must issue a STARTTLS command first", "Sender Abort");
    check_verdict(Mail, "452 4.3.1 no space", "Host Retry Slow");
    check_verdict(Mail, "550 5.7.1 refused", "Sender Abort");
    check_verdict(Mail, "555 parameters not recognised", "Host Retry DropParameters");
}

#[test]
fn recipients_are_refused_for_now_or_for_good() {
    use Phase::Rcpt;
    check_verdict(Rcpt, "450 4.2.0 <x>: Greylisted, see https://example.org", "Recipient Grey");
    check_verdict(Rcpt, "451 4.7.1 please try again later", "Recipient Grey");
    check_verdict(Rcpt, "451 temporarily greylisted", "Recipient Grey");
    check_verdict(Rcpt, "450 4.2.1 receiving mail too quickly", "Recipient Retry 3600");
    check_verdict(Rcpt, "452 4.2.2 mailbox full", "Recipient Retry 43200 soft 1");
    check_verdict(Rcpt, "452 4.5.3 too many recipients", "Host Retry Reconnect");
    check_verdict(Rcpt, "451 4.3.0 x", "Recipient Retry");
    check_verdict(Rcpt, "499 x", "Recipient Retry");
    check_verdict(Rcpt, "552 5.2.2 full", "Recipient Fail soft 2");
    check_verdict(Rcpt, "553 5.1.3 bad syntax", "Recipient Bounce");
    check_verdict(Rcpt, "551 moved", "Recipient Bounce");
    check_verdict(Rcpt, "556 5.1.10 null MX", "Recipient Bounce");
    check_verdict(Rcpt, "550 5.7.13 disabled", "Recipient Bounce");
    check_verdict(Rcpt, "550 5.7.1 only members may write to this list", "Recipient Fail soft 0.5");
    check_verdict(Rcpt, "550 5.4.1 Recipient address rejected: Access denied", "Recipient Fail soft 2");
    check_verdict(Rcpt, "550 5.6.7 needs SMTPUTF8", "Recipient Fail");
    check_verdict(Rcpt, "554 5.7.1 <x>: Relay access denied", "Sender Abort");
    check_verdict(Rcpt, "503 5.5.1 out of order", "Sender Abort");
}

#[test]
fn after_the_dot_only_the_mailbox_counts_against_the_address() {
    use Phase::{Data, Verdict};
    check_verdict(Verdict, "451 4.3.0 queue file write error", "Recipient Retry");
    check_verdict(Verdict, "421 4.7.0 very low reputation of the domain", "Provider Retry 14400 Pause");
    check_verdict(Verdict, "450 4.7.0 x", "Host Retry 300 Slow");
    check_verdict(Verdict, "552 5.3.4 too big", "Message Abort");
    check_verdict(Verdict, "552 5.2.2 full", "Recipient Fail soft 2");
    check_verdict(Verdict, "552 quota exceeded", "Recipient Fail soft 2");
    check_verdict(Verdict, "550 5.6.0 not RFC 5322 compliant", "Message Abort");
    check_verdict(Verdict, "550 5.7.26 unauthenticated", "Sender Abort");
    check_verdict(Verdict, "550 5.7.515 does not meet the required level", "Sender Abort");
    check_verdict(Verdict, "550 5.7.1 likely unsolicited mail", "Recipient Fail");
    check_verdict(Verdict, "550 5.7.1 sender has been rate limited", "Provider Retry 3600 Pause");
    check_verdict(Verdict, "554 5.1.1 no such user", "Recipient Bounce");
    check_verdict(Verdict, "599 x", "Recipient Fail soft 0.5");
    check_verdict(Data, "503 5.5.1 RCPT first", "Sender Abort");
    check_verdict(Data, "451 x", "Host Retry");
}
