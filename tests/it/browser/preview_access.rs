//! Proves with axe-core that the preview itself keeps nobody out, in dark and light, whatever is open.

use super::{example_project, serve_preview, surfer::Surfer};
use crate::support::Project;
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

/// What is open when axe looks, one after the other on one page: what is clicked for it, what shows that it is there,
/// and what is new of it. The whole page is looked at with the checks open, and again at the end.
const STATES: [(&[&str], &str, &str); 13] = [
    (&["#checks", ".finding summary"], "document.querySelector('.finding[open]')", "html"),
    (&["#difference"], "by('changes').textContent.length > 40", "#panel"),
    (
        &["#two", "#inspect"],
        "seen('inspector') && document.querySelector('#pane-b iframe:not(.waiting)')",
        "main",
    ),
    (&["#two", "[data-view=reading]"], "document.querySelector('.said-item')", "#pane"),
    (&["[data-view=headers]"], "document.querySelector('.fields')", "#pane"),
    (&["#as"], "document.querySelector('#readers [role=option]')", ".bar"),
    (&["[data-view=source]"], "document.querySelector('.source')", "#pane"),
    (&["[data-view=text]"], "seen('text')", "#pane"),
    (&["[data-view=inbox]", "#more"], "document.querySelector('.mailbox') && seen('menu')", "html"),
    (
        &["#approve"],
        "by('dialog').open && /^[0-9a-f]{16,}$/.test(document.querySelector('.hash').textContent)",
        "#dialog",
    ),
    (&["#dialog .top button", "#test"], "by('dialog').open", "#dialog"),
    (&["#dialog .top button", "#help"], "by('dialog').open", "#dialog"),
    (&["#dialog .top button", "[data-view=html]"], "!by('dialog').open && frame !== null", "html"),
];

/// Everything axe objects to in a part of the page; the mail in the frame is judged by `check`, not here. In the second
/// theme only colours can differ.
async fn objections(surfer: &Surfer, part: &str) -> Vec<String> {
    let script = format!(
        "(async () => {{ const found = []; for (const theme of ['light', 'dark']) {{ \
         document.documentElement.dataset.theme = theme; \
         for (const moving of document.getAnimations()) moving.finish(); \
         const only = theme === 'dark' ? {{ runOnly: {{ type: 'rule', values: ['color-contrast'] }} }} : {{}}; \
         const {{ violations }} = await axe.run('{part}', {{ iframes: false, preload: false, resultTypes: ['violations'], ...only }}); \
         for (const {{ id, nodes }} of violations) for (const node of nodes) found.push(`${{theme}} ${{id}}: ${{node.target}} ${{node.failureSummary}}`); \
         }} return found; }})()"
    );
    surfer.run(script).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn axe_finds_nothing_whatever_is_open() {
    let axe = axe();
    // A small one, as its postal address is one of an example, there is something to find.
    let project = Project::copy_of("minimal");
    let surfer = Surfer::at(serve_preview(&project).await).await;
    let _loaded: bool = surfer.run(format!("{axe}; true")).await;
    surfer.until("document.body.dataset.shown && document.body.dataset.judged").await;
    for (clicks, is_there, part) in STATES {
        for click in clicks {
            surfer.click(click).await;
        }
        surfer.until(is_there).await;
        let found = objections(&surfer, part).await;
        assert!(found.is_empty(), "{clicks:?}: {found:#?}");
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
    let _loaded: bool = surfer.run(format!("{axe}; true")).await;
    let found = objections(&surfer, "html").await;
    assert!(found.is_empty(), "{found:#?}");
    surfer.leave().await;
}
