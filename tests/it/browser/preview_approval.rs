//! Proves that what is shown can be approved, that the approval names it, and that a later change makes it stale.

use super::{serve_preview, surfer::Surfer};
use crate::support::Project;

const ITEM: &str = "newsletters/letter/news/2022-04-02-bridge.md";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approval_is_for_what_was_seen_and_nothing_else() {
    // A small one: every save has all its languages compiled and judged anew.
    let project = Project::copy_of("minimal");
    project.edit("newsletters/letter/newsletter.yaml", "1 Example Street", "4 Bridge Street").edit(
        "newsletters/letter/newsletter.yaml",
        "1000 Example City",
        "1000 Old Town",
    );
    let surfer = Surfer::at(serve_preview(&project).await).await;
    surfer.until("document.body.dataset.judged && seen('approve')").await;
    surfer.click("#approve").await;
    surfer.until("by('dialog').open && by('dialog').innerText.includes('the letter of April')").await;
    for words in ["letter/2022-04", "en, fr, ar", "errors"] {
        surfer.until(&format!("by('dialog').innerText.includes('{words}')")).await;
    }
    surfer.act("document.querySelector('#approve-form [name=as]').value = ''").await;
    surfer.click("#approve-form [name=as]").await;
    surfer.type_words("Head of communications").await;
    surfer.key("Enter").await;
    surfer
        .until("document.querySelector('.people.good')?.textContent.includes('Head of communications')")
        .await;
    surfer.until("/^[0-9a-f]{16,}$/.test(document.querySelector('.hash').textContent)").await;
    surfer.key("Escape").await;
    surfer.until("!by('dialog').open && by('approve').dataset.kind === 'approved'").await;
    surfer.until("document.querySelector('[aria-current]').dataset.state === 'approved'").await;

    // A change that reaches the reader makes it stale and is named; taken back, the approval holds again.
    project.edit(ITEM, "headline: NO\n", "headline: Yes\n");
    surfer.until("by('approve').dataset.kind === 'stale'").await;
    surfer.click("#approve").await;
    surfer.until("document.querySelector('.people.warn .reasons')?.textContent.length > 2").await;
    project.edit(ITEM, "headline: Yes\n", "headline: NO\n");
    surfer.until("document.querySelector('.people.good') && by('approve').dataset.kind === 'approved'").await;

    // And whoever approved may withdraw.
    surfer.until("document.querySelector('#approve-form .danger').checkVisibility()").await;
    surfer.click("#approve-form .danger").await;
    surfer.until("document.querySelector('.people') === null && by('approve').dataset.kind === 'open'").await;
    surfer.leave().await;
}
