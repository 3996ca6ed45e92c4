//! Proves the login.

use crate::{
    smtp::{relay, send_all},
    support::smtp_server::SmtpServer,
};
use masthead::{
    delivery::ports::{Session, Transport},
    domain::settings::{Protection, RelaySettings},
    smtp::transport::SmtpTransport,
};

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
