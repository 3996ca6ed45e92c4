//! Proves that TLS protects, and that its failures say what is wrong and never lead around it.

use crate::{
    smtp::{relay, send_all, shown},
    support::{
        certificates::{Identity, Quality, identity},
        smtp_server::SmtpServer,
    },
};
use masthead::{
    delivery::ports::Transport,
    domain::settings::{Protection, RelaySettings},
    smtp::transport::{SmtpTransport, TransportOptions},
};

/// A way to a server on `localhost` that trusts the authority of the tests.
pub(super) fn trusting(port: u16, protection: Protection, identity: &Identity) -> SmtpTransport {
    let settings = RelaySettings { host: "localhost".to_owned(), ..relay(port, protection) };
    let options =
        TransportOptions { extra_roots: vec![identity.root.clone()], ..TransportOptions::default() };
    SmtpTransport::with_options(settings, None, options).unwrap()
}

async fn check_protected(name: &str, protection: Protection, expected: &str) {
    let identity = identity(Quality::Good);
    let server = SmtpServer::play(name, Some(identity.config.clone())).await;
    let transport = trusting(server.port, protection, &identity);
    assert_eq!(send_all(&transport, &["reader0@example.net"]).await, [expected]);
    server.messages().await;
}

#[tokio::test]
async fn starttls_protects_and_capabilities_are_asked_anew() {
    check_protected("starttls.txt", Protection::StartTls, "accepted 4F2").await;
}

#[tokio::test]
async fn words_injected_before_the_handshake_are_forgotten() {
    check_protected("starttls-injected.txt", Protection::StartTls, "accepted 4F2").await;
}

#[tokio::test]
async fn starttls_that_is_offered_and_refused_is_no_way_around() {
    let text = "refused tls: 454 4.7.0 TLS not available (Host Retry)";
    check_protected("starttls-refused.txt", Protection::StartTls, text).await;
}

#[tokio::test]
async fn this_machine_may_do_without_starttls() {
    check_protected("starttls-not-offered.txt", Protection::StartTls, "accepted 4F2").await;
}

#[tokio::test]
async fn implicit_tls_protects_from_the_first_octet() {
    check_protected("implicit-tls.txt", Protection::Tls, "accepted 4F2").await;
}

#[tokio::test]
async fn a_close_after_the_dot_leaves_doubt_over_tls_too() {
    let doubt = "in doubt: the server closed the connection (verdict)";
    check_protected("tls-close-after-dot.txt", Protection::Tls, doubt).await;
}

#[tokio::test]
async fn any_certificate_will_do_for_this_machine_when_asked_for() {
    let identity = identity(Quality::SelfSigned);
    let server = SmtpServer::play("implicit-tls.txt", Some(identity.config)).await;
    let settings = RelaySettings { accept_invalid_certificates: true, ..relay(server.port, Protection::Tls) };
    let transport = SmtpTransport::new(settings, None).unwrap();
    assert_eq!(send_all(&transport, &["reader0@example.net"]).await, ["accepted 4F2"]);
    server.messages().await;
}

/// Offers a bad certificate and shows what the person is told.
async fn check_refused(quality: Quality, is_trusted: bool, expected: &str) {
    let identity = identity(quality);
    let server = SmtpServer::play("tls-refused.txt", Some(identity.config.clone())).await;
    let trusted = if is_trusted { identity } else { crate::support::certificates::identity(Quality::Good) };
    let outcome = trusting(server.port, Protection::Tls, &trusted).connect().await.err().unwrap();
    let text = shown(&outcome);
    assert!(text.starts_with(&format!("refused tls: {expected}")), "{text}");
    assert!(text.ends_with("(Sender Abort)"), "{text}");
    server.messages().await;
}

#[tokio::test]
async fn bad_certificates_are_explained() {
    let expired = "the certificate of `localhost` expired on 3 February 2001: its administrator";
    check_refused(Quality::Expired, true, expired).await;
    let name = "the certificate is not for `localhost` but for `mail.example.org`";
    check_refused(Quality::OtherName, true, name).await;
    let unknown = "the certificate of `localhost` comes from an authority that this system does not trust";
    check_refused(Quality::Good, false, unknown).await;
    check_refused(Quality::SelfSigned, true, "the certificate of `localhost` is self-signed, so nobody")
        .await;
    let own = "the certificate of `localhost` is self-signed, and made as that of an authority";
    check_refused(Quality::OwnAuthority, true, own).await;
}

#[tokio::test]
async fn bad_certificates_are_no_better_behind_starttls() {
    for (quality, words) in [
        (Quality::Expired, "expired on"),
        (Quality::OtherName, "is not for `localhost`"),
        (Quality::SelfSigned, "is self-signed"),
    ] {
        let identity = identity(quality);
        let server = SmtpServer::play("starttls-bad-certificate.txt", Some(identity.config.clone())).await;
        let outcome = trusting(server.port, Protection::StartTls, &identity).connect().await.err().unwrap();
        let text = shown(&outcome);
        assert!(text.starts_with("refused tls: ") && text.contains(words), "{text}");
        server.messages().await;
    }
}

#[tokio::test]
async fn the_end_of_a_certificate_can_be_seen() {
    let identity = identity(Quality::Good);
    let server = SmtpServer::play("starttls.txt", Some(identity.config.clone())).await;
    let session = trusting(server.port, Protection::StartTls, &identity).connect().await.unwrap();
    assert!(session.certificate_ends_at().is_some_and(|end| end > 1_700_000_000));
}

#[tokio::test]
async fn a_server_without_tls_on_the_port_is_named() {
    let identity = identity(Quality::Good);
    let server = SmtpServer::play("no-tls-at-all.txt", None).await;
    let outcome = trusting(server.port, Protection::Tls, &identity).connect().await.err().unwrap();
    let text = shown(&outcome);
    assert!(text.starts_with("refused tls: `localhost` does not speak TLS on this port"), "{text}");
    server.messages().await;
}
