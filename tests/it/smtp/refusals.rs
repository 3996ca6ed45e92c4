//! Proves that a no is read for what it is, and that the session goes on where it can.

use crate::smtp::check_dialogue;

#[tokio::test]
async fn greylisting_is_put_off_and_the_next_message_travels() {
    let grey = "refused rcpt: 451 4.7.1 Greylisted, please try again later (Recipient Grey)";
    check_dialogue("greylisted.txt", &[grey, "accepted 4F3"]).await;
}

#[tokio::test]
async fn an_unknown_recipient_bounces_and_the_next_message_travels() {
    let bounce = "refused rcpt: 550 5.1.1 no such user (Recipient Bounce)";
    check_dialogue("unknown-recipient.txt", &[bounce, "accepted 4F3"]).await;
    let bounce = "refused rcpt: 550 user unknown (Recipient Bounce)";
    check_dialogue("unknown-recipient-lock-step.txt", &[bounce, "accepted -"]).await;
}

#[tokio::test]
async fn data_granted_for_nobody_gets_a_lone_dot_that_nobody_trusts() {
    let bounce = "refused rcpt: 550 5.1.1 no such user (Recipient Bounce)";
    let messages = check_dialogue("data-for-nobody.txt", &[bounce, "accepted 4F3"]).await;
    assert_eq!(messages.len(), 1);
}

#[tokio::test]
async fn a_refused_sender_stops_the_run() {
    check_dialogue("mail-refused.txt", &["refused mail: 550 5.7.1 not from you (Sender Abort)"]).await;
}

#[tokio::test]
async fn a_refusal_after_the_dot_is_definite() {
    let full = "refused verdict: 552 5.2.2 mailbox full (Recipient Fail)";
    check_dialogue("full-after-dot.txt", &[full, "accepted 4F3"]).await;
}

#[tokio::test]
async fn a_message_larger_than_the_server_takes_is_not_sent() {
    let text =
        "refused mail: 5.3.4 the message has 24 octets, `127.0.0.1` takes no more than 20 (Message Abort)";
    let messages = check_dialogue("size-limit.txt", &[text]).await;
    assert!(messages.is_empty());
}

#[tokio::test]
async fn a_goodbye_in_the_middle_is_the_hosts_affair() {
    let text = "refused rcpt: 421 4.3.2 shutting down (Host Retry)";
    check_dialogue("goodbye-at-rcpt.txt", &[text]).await;
}
