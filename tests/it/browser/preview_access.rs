//! Proves with axe-core that the preview itself keeps nobody out, in dark and light, whatever is open.

use super::{example_project, preview_checks::without_postal_address, serve_preview, surfer::Surfer};
use std::{fs, path::PathBuf};

/// Reads axe-core from the cache folder of the tests.
fn axe() -> String {
    #[expect(clippy::disallowed_methods, reason = "where tools of the tests lie is said by the environment")]
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let cache = folder("XDG_CACHE_HOME").or_else(|| folder("HOME").map(|home| home.join(".cache")));
    let path = cache.unwrap_or_default().join("masthead/axe/node_modules/axe-core/axe.min.js");
    fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!(
            "{}: {error}\n`scripts/test` installs it: npm install --prefix ~/.cache/masthead/axe axe-core@4",
            path.display()
        )
    })
}

/// What is open when axe looks: the address, what is clicked, and what shows that it is there.
const STATES: [(&str, &str, &str); 13] = [
    ("/", "", "frame !== null"),
    ("/?panel=checks", ".finding summary", "document.querySelector('.finding[open]')"),
    ("/?panel=difference", "", "by('changes').textContent.length > 40"),
    ("/", "#as", "document.querySelector('#readers [role=option]')"),
    ("/", "#more", "seen('menu')"),
    ("/", "#approve", "by('dialog').open"),
    ("/", "#test", "by('dialog').open"),
    ("/", "#help", "by('dialog').open"),
    ("/?two=dark", "#inspect", "seen('inspector')"),
    ("/?view=reading", "", "document.querySelector('.said-item')"),
    ("/?view=headers", "", "document.querySelector('.fields')"),
    ("/?view=source", "", "document.querySelector('.source')"),
    ("/?view=inbox", "", "document.querySelector('.mailbox')"),
];

/// Everything axe objects to; the mail in the frame is judged by `check`, not here.
/// In the second theme only colours can differ.
const FOUND: &str = "axe.run(document, { iframes: false, ...(localStorage.getItem('masthead.theme') === 'dark' && { runOnly: { type: 'rule', values: ['color-contrast'] } }) }).then(({ violations }) => \
     violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target} ${node.failureSummary}`)))";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn axe_finds_nothing_whatever_is_open() {
    let axe = axe();
    let project = example_project();
    // Something to find, so that the panel has something in it.
    without_postal_address(&project);
    let address = serve_preview(&project).await;
    let surfer = Surfer::at(address).await;
    surfer.until("document.body.dataset.judged").await;
    for theme in ["light", "dark"] {
        surfer.act(&format!("localStorage.setItem('masthead.theme', '{theme}')")).await;
        for (path, click, is_there) in STATES {
            surfer.go(address, path).await;
            surfer.until("document.body.dataset.shown && document.body.dataset.judged").await;
            if !click.is_empty() {
                surfer.until(&format!("document.querySelector('{click}')?.checkVisibility()")).await;
                surfer.act(&format!("document.querySelector('{click}').click()")).await;
            }
            surfer.until(is_there).await;
            let _loaded: bool = surfer.run(format!("{axe}; true")).await;
            let found: Vec<String> = surfer.run(FOUND.to_owned()).await;
            assert!(found.is_empty(), "{theme} {path} {click}: {found:#?}");
        }
    }
    surfer.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn axe_finds_nothing_in_the_note_over_a_broken_file() {
    let axe = axe();
    let project = example_project();
    project.edit("newsletters/starsom/news/2022-04-07-male.md", "headline:", "headlin:");
    let surfer = Surfer::at(serve_preview(&project).await).await;
    surfer.until("seen('overlay')").await;
    for theme in ["light", "dark"] {
        surfer.click(&format!("[data-theme={theme}]:not(html)")).await;
        let _loaded: bool = surfer.run(format!("{axe}; true")).await;
        let found: Vec<String> = surfer.run(FOUND.to_owned()).await;
        assert!(found.is_empty(), "{theme}: {found:#?}");
    }
    surfer.leave().await;
}
