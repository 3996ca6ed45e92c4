//! Proves, with the real binary, that a message is seen as a reader of the list gets it, and that a test arrives.

use super::{example_project, serve_inbox, surfer::Surfer};
use crate::support::binary;
use std::{fs, path::Path};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_is_seen_as_somebody_of_the_list_gets_it() {
    let project = example_project();
    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("subscribers.example.csv");
    fs::copy(list, project.root().join("list.csv")).expect("a list");
    let inbox = serve_inbox().await;
    let relay = format!("smtp://{}", inbox.smtp);
    let arguments = ["preview", "--json", "--port", "0", "--to", "list.csv", "--relay", &relay];
    let mut preview = binary::start(project.root(), &arguments);
    assert!(preview.until(|preview| preview.data().contains('\n')).await, "{}", preview.talk());
    let page = preview.data();
    let address = page.split("http://").nth(1).and_then(|rest| rest.split('/').next()).expect("an address");
    let surfer = Surfer::at(address.parse().expect("an address")).await;
    surfer.until("digest.body.textContent.includes('Dear reader')").await;

    // By name; their language comes along.
    surfer.key("/").await;
    surfer.until("document.activeElement === by('as')").await;
    surfer.type_words("lectrice").await;
    surfer.until("by('readers').textContent.includes('Première lectrice')").await;
    surfer.key("Enter").await;
    surfer
        .until(
            "digest.documentElement.lang === 'fr' && digest.body.textContent.includes('Première lectrice')",
        )
        .await;
    surfer.until("by('as').value === 'Première lectrice' && location.search.includes('as=lectrice')").await;

    // The extremes, found by rendering everybody.
    surfer.click("[data-language=en]").await;
    surfer.act("by('as').blur()").await;
    surfer.key("/").await;
    surfer.until("by('readers').textContent.includes('no name') && by('readers').textContent.includes('longest name')").await;
    surfer
        .act("[...document.querySelectorAll('#readers [role=option]')].find((row) => row.textContent.includes('no name')).click()")
        .await;
    surfer.until("location.search.includes('as=') && !location.search.includes('lectrice')").await;

    // Somebody made up.
    surfer.act("by('as').blur()").await;
    surfer.key("/").await;
    surfer.until("document.querySelector('#readers .made-up') !== null").await;
    surfer.click("#readers .made-up").await;
    surfer.until("document.activeElement.name === 'name'").await;
    surfer.type_words("Amina <b>Osei</b>").await;
    surfer.key("Enter").await;
    surfer
        .until(
            "digest.body.textContent.includes('Amina <b>Osei</b>') && location.search.includes('as=made-up')",
        )
        .await;

    // A test of what is shown goes to whom is named, and nobody else.
    surfer.click("#test").await;
    surfer.until("document.activeElement.name === 'to'").await;
    surfer.type_words("colleague@example.net").await;
    surfer.key("Enter").await;
    surfer
        .until("document.querySelector('.outcome')?.textContent.startsWith('Sent to colleague@example.net')")
        .await;
    assert_eq!(
        surfer.eval::<String>("localStorage.getItem('masthead.test-address')").await,
        "colleague@example.net"
    );
    surfer.leave().await;
}
