//! Proves the login.

use crate::{
    smtp::{relay, send_all},
    support::smtp_server::SmtpServer,
};
use masthead::{
    delivery::ports::{Session, Transport},
    domain::settings::{Protection, RelaySettings},
    smtp::{
        login::{TokenFault, TokenSource},
        transport::{SmtpTransport, TransportOptions},
    },
};
use std::sync::Arc;

fn with_login(port: u16) -> SmtpTransport {
    let settings = RelaySettings { user: Some("news".to_owned()), ..relay(port, Protection::Plain) };
    SmtpTransport::new(settings, Some("secret".to_owned())).unwrap()
}

async fn check_login(name: &str, expected: &str) {
    let server = SmtpServer::play(name, None).await;
    let outcomes = send_all(&with_login(server.port), &["reader0@example.net"]).await;
    assert_eq!(outcomes, [expected]);
    server.messages().await;
}

#[tokio::test]
async fn plain_is_preferred_and_takes_one_line() {
    check_login("auth-plain.txt", "accepted -").await;
}

#[tokio::test]
async fn login_is_used_where_plain_is_not_offered() {
    let server = SmtpServer::play("auth-login.txt", None).await;
    let session = with_login(server.port).connect().await.unwrap();
    session.quit().await;
    server.messages().await;
}

#[tokio::test]
async fn a_wrong_password_stops_the_run() {
    let text = "refused auth: 535 5.7.8 Authentication credentials invalid (Sender Abort)";
    check_login("auth-wrong.txt", text).await;
}

#[tokio::test]
async fn logins_that_we_do_not_have_are_named() {
    let text = "refused auth: `127.0.0.1` offers only logins that masthead does not know: GSSAPI, NTLM \
                (Sender Abort)";
    check_login("auth-unknown.txt", text).await;
}

#[tokio::test]
async fn a_relay_without_login_is_named() {
    let text = "refused auth: `127.0.0.1` offers no login on this port; leave out `user`, or use port 465 or 587 \
                (Sender Abort)";
    check_login("no-auth-offered.txt", text).await;
}

#[tokio::test]
async fn a_login_that_waits_for_starttls_is_named() {
    let text = "refused auth: `127.0.0.1` offers a login only after STARTTLS: write `smtp+starttls://` in its address \
                (Sender Abort)";
    check_login("auth-only-after-starttls.txt", text).await;
}

#[tokio::test]
async fn a_server_that_can_not_prove_itself_is_not_believed() {
    let text = "refused auth: `127.0.0.1` can't be trusted: it could not prove that it knows the password: it may not be \
                the server you mean (Sender Abort)";
    check_login("auth-scram-forged.txt", text).await;
}

#[tokio::test]
async fn what_is_offered_and_not_to_be_had_is_passed_over() {
    let server = SmtpServer::play("auth-not-to-be-had.txt", None).await;
    with_login(server.port).connect().await.unwrap().quit().await;
    server.messages().await;
}

/// Gives `stale` until that was refused.
#[derive(Debug)]
struct Tokens;

impl TokenSource for Tokens {
    fn token(&self, refused: Option<&str>) -> Result<String, TokenFault> {
        Ok(if refused.is_some() { "fresh" } else { "stale" }.to_owned())
    }
}

fn with_tokens(port: u16) -> SmtpTransport {
    let settings = RelaySettings { user: Some("news".to_owned()), ..relay(port, Protection::Plain) };
    let options = TransportOptions { tokens: Some(Arc::new(Tokens)), ..TransportOptions::default() };
    SmtpTransport::with_options(settings, None, options).unwrap()
}

#[tokio::test]
async fn a_token_that_was_called_back_is_renewed_once() {
    let server = SmtpServer::play("auth-token-renewed.txt", None).await;
    with_tokens(server.port).connect().await.unwrap().quit().await;
    server.messages().await;
}

#[tokio::test]
async fn two_refused_tokens_are_enough() {
    let server = SmtpServer::play("auth-token-refused.txt", None).await;
    let outcomes = send_all(&with_tokens(server.port), &["reader0@example.net"]).await;
    let text = "refused auth: 535 5.7.8 no (status: 401, schemes: bearer) (Sender Abort)";
    assert_eq!(outcomes, [text]);
    server.messages().await;
}

#[tokio::test]
async fn passwords_and_tokens_do_not_stand_in_for_each_other() {
    let server = SmtpServer::play("auth-wrong.txt", None).await;
    let outcomes = send_all(&with_tokens(server.port), &["reader0@example.net"]).await;
    let text = "refused auth: `127.0.0.1` takes no OAuth tokens but PLAIN: use `password` instead of `oauth` (Sender Abort)";
    assert_eq!(outcomes, [text]);
}
