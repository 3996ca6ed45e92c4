//! Proves that the live preview follows every save, explains what is broken, and keeps what the reader chose.

use super::{example_project, serve_preview, surfer::Surfer, talk};

const ITEM: &str = "newsletters/starsom/news/2022-04-07-male.md";
const HEADLINE: &str = "headline: Maldives and Sri Lanka";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_save_shows_and_the_reader_keeps_their_place() {
    let project = example_project();
    let surfer = Surfer::at(serve_preview(&project).await).await;
    surfer.until("digest.body.textContent.includes('Maldives and Sri Lanka work together')").await;
    surfer.until("by('subject').textContent.startsWith('Countries act together')").await;
    assert_eq!(surfer.eval::<String>("document.title").await.find("Countries act together"), Some(0));

    surfer.key("2").await;
    surfer.until("frame.clientWidth === 375").await;
    surfer.act("frame.contentWindow.scrollTo(0, 700)").await;
    project.edit(ITEM, HEADLINE, "headline: Two island states");
    surfer.until("digest.body.textContent.includes('Two island states work together')").await;
    let kept: (f64, u32, u32) = surfer
        .eval("[frame.contentWindow.scrollY, frame.clientWidth, document.querySelectorAll('iframe').length]")
        .await;
    assert_eq!(kept, (700.0, 375, 1));

    surfer.click("[data-view=text]").await;
    surfer.until("seen('text') && by('text').textContent.includes('Two island states')").await;
    project.edit(ITEM, "headline: Two island states", "headline: Neighbours");
    surfer.until("seen('text') && by('text').textContent.includes('Neighbours work together')").await;
    assert!(!surfer.eval::<bool>("by('text').textContent.includes('<')").await);
    // What was chosen stands in the address: a reload keeps it.
    assert_eq!(
        surfer.eval::<String>("location.search").await,
        "?issue=starsom%2F2022-04&language=en&width=375&view=text"
    );
    surfer.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_file_is_explained_over_the_last_good_digest() {
    let project = example_project();
    let surfer = Surfer::at(serve_preview(&project).await).await;
    surfer.until("digest.body.textContent.includes('Maldives and Sri Lanka work')").await;
    project.edit(ITEM, "headline:", "headlin:");
    surfer.until("seen('overlay')").await;
    let told: String = surfer.eval("by('overlay').innerText").await;
    for piece in [
        format!("{ITEM}:4:1"),
        "[content/unknown-key]".into(),
        "headlin:".into(),
        "did you mean headline".into(),
    ] {
        assert!(told.contains(&piece), "`{piece}` is not in:\n{told}");
    }
    assert_eq!(surfer.eval::<String>("document.querySelector('#overlay mark').textContent").await, "headlin");
    assert!(surfer.eval::<bool>("digest.body.textContent.includes('Maldives and Sri Lanka work')").await);

    // The note can be put aside, comes back with the next mistake, and another language is still there.
    surfer.key("Escape").await;
    surfer.until("!seen('overlay')").await;
    surfer.key("l").await;
    surfer.until("digest.documentElement.lang === 'fr'").await;
    assert!(!surfer.eval::<bool>("seen('overlay')").await);
    project.edit(ITEM, "place:", "plaice:");
    surfer.until("seen('overlay') && by('overlay').innerText.includes('plaice')").await;

    project.edit(ITEM, "plaice:", "place:").edit(ITEM, "headlin:", "headline:");
    surfer.until("!seen('overlay')").await;

    // Mistakes of the template and of Markdown have a place too.
    project.edit("templates/digest/digest.mjml", "{% for item in items %}", "{% for item in itemz %}");
    surfer
        .until("seen('overlay') && by('overlay').innerText.includes('templates/digest/digest.mjml:')")
        .await;
    surfer.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn language_width_and_issue_are_a_key_or_a_click_away() {
    let project = example_project();
    let surfer = Surfer::at(serve_preview(&project).await).await;
    surfer.until("digest.documentElement.lang === 'en' && digest.documentElement.dir === 'ltr'").await;
    surfer.click("[data-language=ar]").await;
    surfer.until("digest.documentElement.lang === 'ar' && digest.documentElement.dir === 'rtl'").await;
    surfer.until("by('subject').textContent.startsWith('بلدان')").await;
    surfer.key("l").await;
    surfer.until("digest.documentElement.lang === 'en'").await;
    for (key, width) in [("1", 320), ("2", 375), ("3", 600), ("4", 900)] {
        surfer.key(key).await;
        surfer.until(&format!("frame.clientWidth === {width}")).await;
    }
    surfer.key("5").await;
    surfer.until("frame.clientWidth > 900").await;
    // Keys work as well when the digest itself has the focus.
    surfer.click("iframe").await;
    surfer.key("2").await;
    surfer.until("frame.clientWidth === 375").await;
    surfer.key("5").await;

    surfer.click("[data-issue='starsom/2021-12']").await;
    surfer.until("by('subject').textContent.startsWith('Thirteen countries')").await;
    surfer.until("digest.body.textContent.includes('Thirteen countries')").await;
    surfer.until("document.querySelector('[aria-current]').dataset.issue === 'starsom/2021-12'").await;

    surfer.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_preview_answers_only_this_machine() {
    let project = example_project();
    let page = serve_preview(&project).await;
    let get = async |path: &str, host: &str, more: &str| {
        talk(page, &format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{more}Connection: close\r\n\r\n")).await
    };
    let own = page.to_string();
    for path in [
        "/",
        "/assets/main.js",
        "/look",
        "/findings",
        "/digest",
        "/trace",
        "/text",
        "/reading",
        "/headers",
        "/source",
        "/rows",
        "/message.eml",
        "/readers",
        "/extremes",
        "/difference",
    ] {
        assert!(get(path, &own, "").await.starts_with("HTTP/1.1 200"), "{path}");
        assert!(get(path, "preview.example.org", "").await.starts_with("HTTP/1.1 403"), "{path}");
        let foreign = get(path, &own, "Origin: http://example.org\r\n").await;
        assert!(foreign.starts_with("HTTP/1.1 403"), "{path}");
    }
    let answer = get("/digest", &own, "").await.to_lowercase();
    assert!(answer.contains("content-security-policy: sandbox") && !answer.contains("access-control-"));
}
