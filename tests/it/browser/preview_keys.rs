//! Proves that the preview can be worked by keyboard alone.

use super::{example_project, serve_preview, surfer::Surfer};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn views_languages_and_issues_are_a_key_away() {
    let project = example_project();
    let surfer = Surfer::at(serve_preview(&project).await).await;
    surfer.until("document.body.dataset.shownView === 'html'").await;
    // The first stop of the tab key leads past everything to the message.
    surfer.key("Tab").await;
    surfer.until("document.activeElement.className === 'skip'").await;
    surfer.key("Enter").await;
    surfer.until("document.activeElement.id === 'pane'").await;

    // Views, one after the other and back.
    surfer.key("v").await;
    surfer.until("document.body.dataset.shownView === 'dark'").await;
    surfer.key("V").await;
    surfer.key("V").await;
    surfer.until("document.body.dataset.shownView === 'inbox'").await;
    surfer.act("document.querySelector('[role=tab][aria-selected=true]').focus()").await;
    surfer.key("ArrowRight").await;
    surfer.key("Enter").await;
    surfer
        .until("document.body.dataset.shownView === 'html' && document.activeElement.dataset.view === 'html'")
        .await;

    // A group is one stop of the tab key; arrows move within it.
    let stops =
        "(selector) => [...document.querySelectorAll(selector)].filter((node) => node.tabIndex === 0).length";
    for group in
        ["#views [role=tab]", "#widths button", "#languages button", "#issues [data-issue]", "#themes button"]
    {
        assert_eq!(surfer.eval::<usize>(&format!("({stops})('{group}')")).await, 1, "{group}");
    }
    surfer.act("document.querySelector('#languages [tabindex=\"0\"]').focus()").await;
    surfer.key("ArrowRight").await;
    surfer
        .until("digest.documentElement.lang === 'fr' && document.activeElement.dataset.language === 'fr'")
        .await;

    // Issues aside and back.
    surfer.key("b").await;
    surfer
        .until("document.body.dataset.sidebar === 'closed' && document.activeElement.id === 'unfold'")
        .await;
    surfer.key("b").await;
    surfer.until("document.activeElement.dataset.issue === 'starsom/2022-04'").await;
    surfer.key("ArrowDown").await;
    surfer.key("Enter").await;
    surfer
        .until("digest.body.textContent.includes('Treize') || by('subject').textContent.startsWith('Treize')")
        .await;

    surfer.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn panels_and_dialogs_take_the_focus_and_give_it_back() {
    let project = example_project();
    let surfer = Surfer::at(serve_preview(&project).await).await;
    surfer.until("document.body.dataset.shownView === 'html' && document.body.dataset.judged").await;
    surfer.act("by('checks').focus()").await;
    surfer.key("c").await;
    surfer.until("seen('findings') && document.activeElement.id === 'panel'").await;
    surfer.key("d").await;
    surfer.until("seen('changes') && !seen('findings')").await;
    surfer.key("Escape").await;
    surfer.until("!seen('panel') && document.activeElement.id === 'difference'").await;

    // The keys are told, and letters in a field are letters.
    surfer.key("?").await;
    surfer.until("by('dialog').open && by('dialog').innerText.includes('next view')").await;
    surfer.key("Escape").await;
    surfer.until("!by('dialog').open").await;
    surfer.key("/").await;
    surfer.until("document.activeElement.id === 'as' && seen('reader-box')").await;
    surfer.type_words("vcs").await;
    surfer
        .until("by('as').value === 'vcs' && document.body.dataset.shownView === 'html' && !seen('panel')")
        .await;
    surfer.key("Escape").await;
    surfer.until("!seen('reader-box')").await;
    surfer.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_has_colours_of_its_own_that_it_remembers() {
    let project = example_project();
    let address = serve_preview(&project).await;
    let surfer = Surfer::at(address).await;
    surfer.until("frame !== null").await;
    let scheme = "getComputedStyle(document.documentElement).colorScheme";
    for theme in ["dark", "light"] {
        surfer.click(&format!("[data-theme={theme}]:not(html)")).await;
        surfer.until(&format!("{scheme} === '{theme}'")).await;
        surfer.go(address, "/").await;
        surfer.until(&format!("frame !== null && {scheme} === '{theme}'")).await;
    }
    surfer.click("[data-theme=system]").await;
    surfer
        .until(&format!("{scheme} === 'light dark' && localStorage.getItem('masthead.theme') === null"))
        .await;
    surfer.leave().await;
}
