//! Proves that the inbox takes mail as a relay would, keeps it within bounds, and shows it only on this machine.

use chrono::{DateTime, Utc};
use masthead::{
    domain::time::Clock,
    inbox::{CaptureServer, Limits, ServerOptions, Store, pages},
    loopback,
};
use std::{net::SocketAddr, process::Command, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

struct StillClock;

impl Clock for StillClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }
    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }
}

/// Starts an inbox and says where SMTP and page are; it ends with the test's runtime.
async fn start(options: ServerOptions) -> (Store, SocketAddr, SocketAddr) {
    let store = Store::new(Limits::default());
    let listener = loopback::bind(0).await.expect("a free port");
    let server =
        CaptureServer::new(listener, store.clone(), Arc::new(StillClock), options).expect("a server");
    let smtp = server.address().expect("an address");
    tokio::spawn(server.run(std::future::pending()));
    let listener = loopback::bind(0).await.expect("a free port");
    let page = listener.local_addr().expect("an address");
    tokio::spawn(loopback::serve(listener, pages(store.clone()), std::future::pending()));
    (store, smtp, page)
}

/// Writes `said` at once and returns everything the server says until it closes.
async fn dialogue(smtp: SocketAddr, said: &[u8]) -> String {
    let mut stream = TcpStream::connect(smtp).await.expect("connects");
    stream.write_all(said).await.expect("takes it");
    let mut heard = String::new();
    stream.read_to_string(&mut heard).await.expect("answers");
    heard
}

async fn get(page: SocketAddr, request: &str) -> String {
    dialogue(page, format!("{request}\r\nConnection: close\r\n\r\n").as_bytes()).await
}

#[tokio::test]
async fn a_pipelined_message_is_kept_as_it_was_sent() {
    let (store, smtp, _) = start(ServerOptions::default()).await;
    let heard = dialogue(
        smtp,
        b"EHLO x\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\nSubject: x\r\n\r\n..dot\r\n.\r\nQUIT\r\n",
    )
    .await;
    assert!(heard.contains("250 2.0.0 Captured as 1\r\n221 "), "{heard}");
    let message = store.get(1).expect("kept");
    assert_eq!(&message.raw[..], b"Subject: x\r\n\r\n.dot\r\n");
    assert_eq!(
        (message.from.as_str(), message.to.as_slice()),
        ("a@example.org", ["b@example.org".to_owned()].as_slice())
    );
}

#[tokio::test]
async fn a_message_without_its_final_dot_is_not_taken() {
    let (store, smtp, _) = start(ServerOptions::default()).await;
    let mut stream = TcpStream::connect(smtp).await.expect("connects");
    stream
        .write_all(b"EHLO x\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\nhalf\r\n")
        .await
        .expect("takes it");
    stream.shutdown().await.expect("closes");
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.expect("closes too");
    assert_eq!(store.arrived(), 0);
}

#[tokio::test]
async fn bare_line_feeds_are_refused() {
    let (store, smtp, _) = start(ServerOptions::default()).await;
    let heard = dialogue(
        smtp,
        b"EHLO x\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\nx\n.\nMAIL FROM:<evil@example.org>\r\n.\r\nQUIT\r\n",
    )
    .await;
    assert!(heard.contains("550 5.6.0"), "{heard}");
    assert_eq!(store.arrived(), 0);
}

#[tokio::test]
async fn python_sends_over_starttls_with_a_login() {
    let (store, smtp, _) = start(ServerOptions { starttls: true, save: None }).await;
    let script = "import smtplib, ssl, sys\nc = ssl._create_unverified_context()\ns = smtplib.SMTP('127.0.0.1', int(sys.argv[1]))\n\
        s.starttls(context=c)\ns.login('a', 'b')\ns.sendmail('a@example.org', ['b@example.org'], 'Subject: hello\\r\\n\\r\\nhello\\r\\n')\ns.quit()\n";
    let port = smtp.port().to_string();
    let status =
        tokio::task::spawn_blocking(move || Command::new("python3").args(["-c", script, &port]).status());
    assert!(status.await.expect("joins").expect("python3 runs").success());
    assert_eq!(store.arrived(), 1);
}

#[tokio::test]
async fn the_page_answers_only_this_machine() {
    let (store, _, page) = start(ServerOptions::default()).await;
    let raw =
        b"Subject: <script>alert(1)</script>\r\nContent-Type: text/html\r\n\r\n<script>alert(2)</script>"
            .to_vec();
    store.add(DateTime::UNIX_EPOCH, String::new(), Vec::new(), raw);
    let good = get(page, &format!("GET /messages/1/html HTTP/1.1\r\nHost: {page}")).await;
    assert!(good.starts_with("HTTP/1.1 200") && good.contains("content-security-policy: sandbox"), "{good}");
    for request in [
        "GET / HTTP/1.1\r\nHost: inbox.example.org".to_owned(),
        format!("GET /messages HTTP/1.1\r\nHost: {page}\r\nOrigin: http://example.org"),
        format!("DELETE /messages HTTP/1.1\r\nHost: {page}"),
    ] {
        let refused = get(page, &request).await;
        assert!(refused.starts_with("HTTP/1.1 403"), "{refused}");
    }
    assert_eq!(store.kept(), 1);
}
