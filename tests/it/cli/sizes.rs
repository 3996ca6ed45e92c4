//! A message that the relay would not take: said before anything is sealed.

use crate::{
    cli::{Inbox, letter, send},
    support::{Project, binary::run},
};

const NEWSLETTER: &str = "newsletters/letter/newsletter.yaml";

/// Returns a workspace whose messages have some 90 kB, before a relay that takes so many.
fn heavy_letter(inbox: &Inbox, kilobytes: u32) -> Project {
    let project = letter(3);
    let opening = format!("  here is what happened. {}", "Much happened in this long month. ".repeat(1_200));
    project.edit(NEWSLETTER, "  here is what happened.", &opening);
    let relay = format!("relay: {{ url: \"{}\", message_kilobytes: {kilobytes} }}\n", inbox.url);
    project.write("masthead.yaml", relay);
    project
}

#[tokio::test]
async fn a_message_over_the_limit_of_the_relay_is_refused_before_it_is_sealed() {
    let inbox = Inbox::open().await;
    let project = heavy_letter(&inbox, 64);
    run(project.root(), &["check", "letter"]).await.exits(1).says("this relay takes 64000");
    send(&project, &[]).await.exits(1).says("this relay takes 64000");
    assert_eq!(inbox.store.arrived(), 0);
    assert_eq!(run(project.root(), &["status"]).await.exits(0).data, "", "nothing was sealed");
}

#[tokio::test]
async fn a_relay_that_takes_more_gets_it() {
    let inbox = Inbox::open().await;
    let project = heavy_letter(&inbox, 500);
    send(&project, &[]).await.exits(0);
    assert_eq!(inbox.store.arrived(), 3);
    assert!(inbox.store.all().iter().any(|message| message.raw.len() > 64_000), "it is a heavy one");
}
