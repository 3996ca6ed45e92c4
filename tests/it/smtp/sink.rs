//! Proves the client against a server that we did not write: Postfix's `smtp-sink`.

use crate::smtp::{plain, send_all};
use std::{
    net::TcpListener,
    os::unix::fs::MetadataExt,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

/// Where Debian puts it.
const PROGRAM: &str = "/usr/sbin/smtp-sink";

/// A running sink; killed when dropped.
struct Sink {
    child: Child,
    port: u16,
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts a sink, or says loudly that there is none.
#[expect(clippy::print_stderr, reason = "a skipped test must not look like a passed one")]
async fn sink(options: &[&str]) -> Option<Sink> {
    if !Path::new(PROGRAM).exists() {
        eprintln!("SKIPPED: {PROGRAM} is missing; install Debian's `postfix` to run this test");
        return None;
    }
    let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    // It does not want to run as root, and containers often do.
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    let user: &[&str] = if is_root { &["-u", "nobody"] } else { &[] };
    let child = Command::new(PROGRAM)
        .args(user)
        .args(options)
        .args([&format!("127.0.0.1:{port}"), "100"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let sink = Sink { child, port };
    for _ in 0..200 {
        if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            return Some(sink);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("smtp-sink does not listen");
}

async fn check_sink(options: &[&str], expected: &[&str]) {
    let Some(sink) = sink(options).await else { return };
    let recipients: Vec<String> = (0..expected.len()).map(|n| format!("reader{n}@example.net")).collect();
    let recipients: Vec<&str> = recipients.iter().map(String::as_str).collect();
    assert_eq!(send_all(&plain(sink.port), &recipients).await, expected, "{options:?}");
}

#[tokio::test]
async fn postfix_takes_many_messages_on_one_session() {
    check_sink(&[], &["accepted -"; 50]).await;
}

#[tokio::test]
async fn postfix_takes_them_step_by_step_and_without_extensions() {
    check_sink(&["-p"], &["accepted -"; 5]).await;
    check_sink(&["-e"], &["accepted -"; 5]).await;
}

#[tokio::test]
async fn postfix_refuses_and_the_session_goes_on() {
    let refused = "refused rcpt: 500 5.3.0 Error: command failed (Recipient Fail)";
    check_sink(&["-f", "RCPT"], &[refused; 3]).await;
    let later = "refused rcpt: 450 4.3.0 Error: command failed (Recipient Retry)";
    check_sink(&["-r", "RCPT"], &[later; 3]).await;
    let verdict = "refused verdict: 500 5.3.0 Error: command failed (Recipient Fail)";
    check_sink(&["-f", "."], &[verdict; 3]).await;
}

#[tokio::test]
async fn postfix_hangs_up_and_we_know_when() {
    check_sink(&["-q", "RCPT"], &["broken rcpt: the server closed the connection (rcpt)"]).await;
    check_sink(&["-q", "."], &["in doubt: the server closed the connection (verdict)"]).await;
    check_sink(&["-Q", "."], &["refused verdict: 421 4.0.0 Server closing connection (Host Retry)"]).await;
}
