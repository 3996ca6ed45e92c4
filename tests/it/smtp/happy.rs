//! Proves that messages arrive as they are, with whatever a server offers or lacks.

use crate::{
    smtp::{check_dialogue, plain, send_all},
    support::smtp_server::SmtpServer,
};

const MESSAGE: &str = "Subject: news\r\n\r\nhello\r\n";

#[tokio::test]
async fn two_messages_travel_on_one_session_in_groups() {
    let messages = check_dialogue("pipelined.txt", &["accepted 4F2", "accepted 4F3"]).await;
    assert_eq!(messages, [MESSAGE, MESSAGE]);
}

#[tokio::test]
async fn a_server_without_pipelining_is_asked_step_by_step() {
    let messages = check_dialogue("lock-step.txt", &["accepted 1rABcd-0001Xy-2Z"]).await;
    assert_eq!(messages, [MESSAGE]);
}

#[tokio::test]
async fn replies_of_many_lines_are_one_reply() {
    check_dialogue("multi-line.txt", &["accepted 4F2"]).await;
}

#[tokio::test]
async fn a_server_from_before_ehlo_is_greeted_with_helo() {
    check_dialogue("helo.txt", &["accepted -"]).await;
}

#[tokio::test]
async fn replies_may_come_octet_by_octet() {
    check_dialogue("slow.txt", &["accepted 4F2"]).await;
}

#[tokio::test]
async fn replies_may_end_in_bare_line_feeds() {
    check_dialogue("line-feeds.txt", &["accepted 4F2"]).await;
}

#[tokio::test]
async fn international_addresses_travel_where_they_can() {
    let server = SmtpServer::play("smtputf8.txt", None).await;
    let outcomes = send_all(&plain(server.port), &["почта@example.net"]).await;
    assert_eq!(outcomes, ["accepted 4F2"]);
    server.messages().await;
}

#[tokio::test]
async fn international_addresses_are_refused_here_where_they_cannot() {
    let server = SmtpServer::play("no-smtputf8.txt", None).await;
    let outcomes = send_all(&plain(server.port), &["почта@example.net", "reader1@example.net"]).await;
    let refusal = "refused mail: 5.6.7 address not supported by this path: `127.0.0.1` does not offer \
                   SMTPUTF8 (Recipient Fail)";
    assert_eq!(outcomes, [refusal, "accepted -"]);
    server.messages().await;
}

#[tokio::test]
async fn refused_parameters_are_dropped_and_remembered() {
    check_dialogue("parameters-refused.txt", &["accepted 4F2", "accepted 4F3"]).await;
}
