//! Proves the reading of replies: each line is something that servers really say.

use crate::{
    domain::outcome::Phase,
    smtp::{classify::classify, reply::ReplyReader},
};

/// Reads a reply as it came over the wire and shows the verdict as `scope action wait`.
#[track_caller]
fn check_verdict(phase: Phase, wire: &str, expected: &str) {
    let octets = format!("{wire}\r\n");
    let (_, full) = ReplyReader::default().read(octets.as_bytes()).expect("a reply");
    let verdict = classify(phase, &full.expect("whole").reply);
    let wait = verdict.wait_seconds.map(|seconds| format!(" {seconds}")).unwrap_or_default();
    assert_eq!(format!("{:?} {:?}{wait}", verdict.scope, verdict.action), expected, "{wire}");
}

#[test]
fn large_hosts_are_read_by_scope_before_severity() {
    use Phase::{Auth, Connect, Mail, Rcpt, Verdict};
    for (phase, wire, expected) in [
        (Verdict, "421-4.7.28 rate of mail with the\r\n421 4.7.28 same Message-ID", "Host Retry 600"),
        (Verdict, "421 5.7.32 From: header is not aligned", "Host Retry 3600"),
        (
            Rcpt,
            "550-5.2.1 The user is receiving email at a rate\r\n550 5.2.1 that prevents",
            "Recipient Retry 3600",
        ),
        (Rcpt, "550 5.2.1 The email account that you tried to reach is inactive", "Recipient Fail"),
        (Verdict, "552 5.2.2 The account is out of storage space and inactive", "Recipient Fail"),
        (Verdict, "550-5.4.5 Daily user sending limit exceeded", "Sender Abort 86400"),
        (Auth, "550 5.7.30 Basic authentication is not supported", "Sender Abort"),
        (Mail, "550 5.7.30 Basic authentication is not supported", "Sender Abort"),
        (Verdict, "550-5.7.30 DKIM did not pass\r\n550 5.7.30 x", "Sender Abort"),
        (Mail, "421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred", "Host Retry 7200"),
        (Connect, "550 5.7.1 part of their network is on our block list (S3150)", "Sender Abort 21600"),
        (Rcpt, "550 Mailbox unavailable or access denied", "Recipient Retry 14400"),
        (Rcpt, "550 5.1.1 no such user", "Recipient Bounce"),
        (Rcpt, "550 unknown", "Recipient Fail"),
        (Rcpt, "550 User unknown in local recipient table", "Recipient Bounce"),
    ] {
        check_verdict(phase, &wire.replace("550-5.4.5", "550 5.4.5"), expected);
    }
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
    check_verdict(Connect, "421 busy", "Host Retry");
    check_verdict(Connect, "554 no service", "Host Retry 3600");
    check_verdict(Connect, "521 host takes no mail", "Sender Abort");
    check_verdict(Connect, "421 RP-001 exceeded", "Host Retry 900");
    check_verdict(Connect, "451 4.7.650 IP reputation", "Host Retry 3600");
    check_verdict(Hello, "550 5.5.4 bad name", "Sender Abort");
    check_verdict(Tls, "454 4.7.0 TLS not available", "Host Retry 300");
    check_verdict(Tls, "502 no", "Sender Abort");
    check_verdict(Auth, "535 5.7.8 wrong", "Sender Abort");
    check_verdict(Auth, "454 4.7.0 later", "Host Retry 300");
    check_verdict(Auth, "432 4.7.12 password transition", "Sender Abort");
    check_verdict(Auth, "432 4.3.2 concurrent connections limit exceeded", "Host Retry 60");
    check_verdict(Auth, "534 5.7.9 application-specific password required", "Sender Abort");
}

#[test]
fn mail_is_about_us() {
    use Phase::Mail;
    check_verdict(Mail, "451 4.1.8 sender domain does not resolve", "Host Retry 300");
    check_verdict(Mail, "550 5.1.8 sender domain does not exist", "Sender Abort");
    check_verdict(Mail, "552 5.3.4 too big", "Message Abort");
    check_verdict(Mail, "530 5.7.0 authentication required", "Sender Abort");
    check_verdict(Mail, "530 Must issue a STARTTLS command first", "Sender Abort");
    check_verdict(Mail, "452 4.3.1 no space", "Host Retry");
    check_verdict(Mail, "550 5.7.1 refused", "Sender Abort");
}

#[test]
fn recipients_are_refused_for_now_or_for_good() {
    use Phase::Rcpt;
    check_verdict(Rcpt, "450 4.2.0 <x>: Greylisted, see https://example.org", "Recipient Retry 300");
    check_verdict(Rcpt, "451 4.7.1 please try again later", "Recipient Retry 300");
    check_verdict(Rcpt, "451 temporarily greylisted", "Recipient Retry 300");
    check_verdict(Rcpt, "450 4.2.1 receiving mail too quickly", "Recipient Retry 3600");
    check_verdict(Rcpt, "452 4.2.2 mailbox full", "Recipient Retry 43200");
    check_verdict(Rcpt, "452 4.5.3 too many recipients", "Host Retry");
    check_verdict(Rcpt, "451 4.3.0 x", "Recipient Retry");
    check_verdict(Rcpt, "499 x", "Recipient Retry");
    check_verdict(Rcpt, "552 5.2.2 full", "Recipient Fail");
    check_verdict(Rcpt, "553 5.1.3 bad syntax", "Recipient Bounce");
    check_verdict(Rcpt, "551 moved", "Recipient Bounce");
    check_verdict(Rcpt, "556 5.1.10 null MX", "Recipient Bounce");
    check_verdict(Rcpt, "550 5.7.13 disabled", "Recipient Bounce");
    check_verdict(Rcpt, "550 5.7.1 only members may write to this list", "Recipient Fail");
    check_verdict(Rcpt, "550 5.4.1 Recipient address rejected: Access denied", "Recipient Fail");
    check_verdict(Rcpt, "550 5.6.7 needs SMTPUTF8", "Recipient Fail");
    check_verdict(Rcpt, "554 5.7.1 <x>: Relay access denied", "Sender Abort");
    check_verdict(Rcpt, "503 5.5.1 out of order", "Sender Abort");
    check_verdict(Rcpt, "550 Domain frequency limited", "Host Retry 3600");
}

#[test]
fn after_the_dot_only_the_mailbox_counts_against_the_address() {
    use Phase::{Data, Verdict};
    check_verdict(Verdict, "451 4.3.0 queue file write error", "Recipient Retry");
    check_verdict(Verdict, "421 4.7.0 very low reputation of the domain", "Host Retry 14400");
    check_verdict(Verdict, "450 4.7.0 x", "Host Retry 300");
    check_verdict(Verdict, "552 5.3.4 too big", "Message Abort");
    check_verdict(Verdict, "552 5.2.2 full", "Recipient Fail");
    check_verdict(Verdict, "552 quota exceeded", "Recipient Fail");
    check_verdict(Verdict, "550 5.6.0 not RFC 5322 compliant", "Message Abort");
    check_verdict(Verdict, "550 5.7.26 unauthenticated", "Sender Abort");
    check_verdict(Verdict, "550 5.7.515 does not meet the required level", "Sender Abort");
    check_verdict(Verdict, "550 5.7.1 likely unsolicited mail", "Recipient Fail");
    check_verdict(Verdict, "550 5.7.1 sender has been rate limited", "Host Retry 3600");
    check_verdict(Verdict, "550 5.7.28 unusual rate of unsolicited mail", "Sender Abort 86400");
    check_verdict(Verdict, "554 5.1.1 no such user", "Recipient Bounce");
    check_verdict(Verdict, "599 x", "Recipient Fail");
    check_verdict(Data, "503 5.5.1 RCPT first", "Sender Abort");
    check_verdict(Data, "451 x", "Host Retry");
}
