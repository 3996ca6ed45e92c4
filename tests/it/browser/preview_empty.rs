//! Proves that the preview helps when there is nothing to show yet, and follows what comes later.

use super::{example_project, serve_preview, surfer::Surfer};
use crate::support::{Project, fixtures};
use std::fs;

/// Brings a file of the small fixture into a project.
fn bring(project: &Project, path: &str) {
    project.write(path, fs::read(fixtures("projects/minimal").join(path)).expect("a file"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_folder_grows_into_a_digest() {
    let project = Project::empty();
    let surfer = Surfer::at(serve_preview(&project).await).await;
    surfer.until("seen('welcome') && by('welcome').innerText.includes('masthead new newsletter')").await;
    assert!(!surfer.eval::<bool>("seen('overlay') || seen('inbox-row')").await);

    // The folder `newsletters` comes after the start.
    for path in ["newsletter.yaml", "newsletter.fr.yaml", "images/logo.png", "images/bridge.png"] {
        bring(&project, &format!("newsletters/letter/{path}"));
    }
    surfer.until("by('welcome').innerText.includes('masthead compose letter')").await;
    for path in ["news/2022-04-02-bridge.md", "news/2022-03-10-opening.md", "issues/2022-04.yaml"] {
        bring(&project, &format!("newsletters/letter/{path}"));
    }
    surfer.until("!seen('welcome') && digest.body.textContent.includes('A bridge was built')").await;

    // So does `templates`, moved in from elsewhere; then a file in it changes.
    let other = example_project();
    let from = "{% include \"partials/footer.mjml\" %}";
    let own = |words: &str| {
        format!("<mj-section><mj-column><mj-text>{words}</mj-text></mj-column></mj-section>\n{from}")
    };
    other.edit("templates/digest/digest.mjml", from, &own("Our own end"));
    fs::rename(other.root().join("templates"), project.root().join("templates")).expect("moves");
    surfer.until("digest.body.textContent.includes('Our own end')").await;
    project.edit("templates/digest/digest.mjml", "Our own end", "Another end");
    surfer.until("digest.body.textContent.includes('Another end')").await;

    // And all may go again.
    fs::remove_dir_all(project.root().join("newsletters")).expect("goes");
    surfer.until("seen('welcome') && frame === null").await;
    surfer.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workspace_that_is_broken_from_the_start_says_so_until_it_is_mended() {
    let project = example_project();
    project.write("masthead.yaml", "relai: { host: mail.example.org }\n");
    let surfer = Surfer::at(serve_preview(&project).await).await;
    surfer.until("seen('overlay') && by('overlay').innerText.includes('masthead.yaml:1:1')").await;
    let note: String = surfer.eval("by('overlay-note').textContent").await;
    assert!(note.contains("appears here"), "{note}");
    assert!(!surfer.eval::<bool>("seen('welcome') || seen('inbox-row')").await);
    project.write("masthead.yaml", "images: embed\n");
    surfer.until("!seen('overlay') && digest.body.textContent.includes('Maldives')").await;
    surfer.leave().await;
}
