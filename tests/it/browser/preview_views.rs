//! Proves that every view of a message shows what its readers get, and two of them side by side.

use super::{example_project, serve_preview, surfer::Surfer};

/// Every view that shows mail HTML, and what must hold of it.
const FRAMES: [(&str, &str); 9] = [
    ("html", "lightness > 0.8 && images.every((image) => image.naturalWidth > 0)"),
    ("dark", "lightness < 0.3"),
    ("partial", "lightness < 0.4"),
    ("full", "lightness < 0.4"),
    ("no-images", "lightness > 0.8 && !images.some((image) => image.naturalWidth > 0)"),
    ("no-style", "!styles.some((style) => style.textContent.includes('@media'))"),
    ("clipped", "digest.body.textContent.includes('Dear reader')"),
    ("outlook", "!digest.documentElement.outerHTML.includes('border-radius')"),
    ("rtl", "digest.querySelector('[dir=rtl]') !== null"),
];

/// Words about the mail: how light its ground is, its pictures and its style blocks.
const OF_THE_MAIL: &str = "const images = [...digest.images], styles = [...digest.querySelectorAll('style')]; \
     const own = (node) => frame.contentWindow.getComputedStyle(node).backgroundColor; \
     const heading = digest.querySelector('h1, h2'); \
     const grounds = []; for (let node = heading; node; node = node.parentElement) grounds.push(own(node)); \
     const ground = grounds.find((colour) => !/, 0\\)$/.test(colour)) ?? 'rgb(255, 255, 255)'; \
     const lightness = ground.match(/\\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) / 765;";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_view_of_the_html_shows_what_its_clients_make_of_it() {
    let project = example_project();
    let surfer = Surfer::at(serve_preview(&project).await).await;
    surfer.until("document.body.dataset.shownView === 'html'").await;
    for (view, holds) in FRAMES {
        surfer.click(&format!("[data-view={view}]")).await;
        surfer.until(&format!("document.body.dataset.shownView === '{view}' && frame !== null")).await;
        surfer.until(&format!("(() => {{ {OF_THE_MAIL} return {holds}; }})()")).await;
        assert!(
            surfer.eval::<bool>("by('caption').textContent.length > 30").await,
            "{view} says whose it is"
        );
        // Whatever a view removed, what is left can be pointed at.
        assert!(
            surfer.eval::<bool>("digest.querySelectorAll('body [data-at]').length > 100").await,
            "{view}"
        );
    }
    assert!(surfer.eval::<bool>("location.search.endsWith('view=rtl')").await);
    surfer.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_other_parts_of_the_message_are_there_to_be_read() {
    let project = example_project();
    let surfer = Surfer::at(serve_preview(&project).await).await;
    let shows = async |view: &str, holds: &str| {
        surfer.click(&format!("[data-view={view}]")).await;
        surfer.until(&format!("document.body.dataset.shownView === '{view}' && ({holds})")).await;
    };
    shows("text", "by('text').textContent.includes('Dear reader,') && !by('text').textContent.includes('<')")
        .await;
    shows(
        "reading",
        "[...document.querySelectorAll('.said-item .words')].some((words) => words.textContent.startsWith('Countries act'))",
    )
    .await;
    let field = "(name) => [...document.querySelectorAll('.fields tr')].find((row) => row.children[0].textContent === name).children[1].textContent";
    shows("headers", &format!("({field})('Subject').includes('Darién')")).await;
    surfer.act("[...document.querySelectorAll('.listing .group button')].at(-1).click()").await;
    surfer.until(&format!("({field})('Subject').includes('=?utf-8?')")).await;
    shows("source", "document.querySelector('.source').textContent.includes('multipart/')").await;
    // Encoded pictures are folded away until somebody wants them.
    let folded: usize = surfer.eval("document.querySelector('.source').textContent.length").await;
    surfer.click(".source .fold").await;
    surfer.until(&format!("document.querySelector('.source').textContent.length > {folded} + 1000")).await;
    shows("inbox", "document.querySelectorAll('.mailbox').length === 6").await;
    assert!(
        surfer
            .eval::<bool>("[...document.querySelectorAll('.mailbox .subject')].every((subject) => subject.textContent.startsWith('Countries'))")
            .await
    );
    // A phone cuts the subject, and the page says so; a desktop has room for it.
    let told = "(kind, part) => [...document.querySelectorAll(`.mailbox.${kind} ${part}`)].map((node) => node.textContent)";
    surfer.until(&format!("({told})('phone', '.note').every((note) => /^Subject.* cut$/.test(note))")).await;
    assert!(
        surfer
            .eval::<bool>(&format!("({told})('phone', '.subject').every((subject) => subject.endsWith('…'))"))
            .await
    );
    assert!(
        surfer
            .eval::<bool>(&format!(
                "({told})('gmail.desktop', '.subject').every((subject) => subject.endsWith('Darién Gap'))"
            ))
            .await
    );
    surfer.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_screen_reader_says_leads_to_what_is_shown() {
    let project = example_project();
    let surfer = Surfer::at(serve_preview(&project).await).await;
    surfer.click("[data-view=reading]").await;
    surfer.until("document.querySelectorAll('.said-item').length > 20").await;
    // What a thing is stands beside its words; the headline is a heading and a link.
    let said = "(start) => { const item = [...document.querySelectorAll('.said-item.heading')].find((item) => item.querySelector('.words').textContent.startsWith(start)); \
         return [item.querySelector('.role').textContent, item.querySelector('.words').lang, item.querySelector('.words').dir].join(' '); }";
    let of = async |start: &str| surfer.eval::<String>(&format!("({said})('{start}')")).await;
    assert_eq!(of("Countries act").await, "Heading 1 en ltr");
    assert_eq!(of("Maldives and Sri Lanka work").await, "Heading 2, link en ltr");
    surfer
        .act("[...document.querySelectorAll('.said-item')].find((item) => item.textContent.includes('Dear reader')).click()")
        .await;
    surfer
        .until("document.body.dataset.shownView === 'html' && document.querySelector('.mark.found') !== null")
        .await;
    surfer.click("[data-view=reading]").await;
    surfer.click("[data-language=ar]").await;
    surfer
        .until("[...document.querySelectorAll('.said-item.heading .words')].some((words) => words.lang === 'ar' && words.dir === 'rtl' && /^بلدان/.test(words.textContent))")
        .await;
    surfer.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_messages_stand_side_by_side_and_scroll_in_step() {
    let project = example_project();
    let surfer = Surfer::at(serve_preview(&project).await).await;
    surfer.until("frame !== null").await;
    surfer.key("s").await;
    let second = "document.querySelector('#pane-b iframe:not(.waiting)')";
    surfer.until(&format!("{second}.src.includes('view=dark')")).await;
    surfer.key("1").await;
    surfer.until(&format!("{second}.clientWidth === 320 && frame.clientWidth === 320")).await;
    surfer.act("frame.contentWindow.scrollTo(0, 900)").await;
    surfer.until(&format!("Math.abs({second}.contentWindow.scrollY - 900) < 4")).await;

    // The second has its own language and issue; a save reaches both.
    let choose = |label: &str, value: &str| {
        format!(
            "(() => {{ const box = document.querySelector('[aria-label=\"{label} of the second pane\"]'); \
             box.value = '{value}'; box.dispatchEvent(new Event('change')); }})()"
        )
    };
    surfer.act(&choose("Language", "ar")).await;
    surfer.until(&format!("{second}.contentDocument.documentElement.dir === 'rtl'")).await;
    surfer.act(&choose("Language", "en")).await;
    surfer.act(&choose("Issue", "starsom/2021-12")).await;
    surfer.until(&format!("{second}.contentDocument.body.textContent.includes('Thirteen countries')")).await;
    assert!(
        surfer
            .eval::<bool>("location.search.includes('two=dark') && location.search.includes('two-issue=')")
            .await
    );
    project.edit("newsletters/starsom/newsletter.yaml", "name: STARSOM", "name: STARLIT");
    for page in ["digest", &format!("{second}.contentDocument")] {
        surfer.until(&format!("{page}.body.textContent.includes('STARLIT')")).await;
    }
    surfer.key("s").await;
    surfer.until("!seen('pane-b') && document.querySelectorAll('iframe').length === 1").await;
    surfer.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_width_can_be_any_by_mouse_and_by_keys() {
    let project = example_project();
    let surfer = Surfer::at(serve_preview(&project).await).await;
    surfer.until("frame !== null").await;
    surfer.key("3").await;
    surfer.until("frame.clientWidth === 600").await;
    surfer.act("document.querySelector('.handle').focus()").await;
    for _ in 0..3 {
        surfer.key("ArrowLeft").await;
    }
    surfer.until("frame.clientWidth === 570").await;
    surfer.until("location.search.includes('width=570')").await;
    assert_eq!(
        surfer.eval::<String>("document.querySelector('.handle').getAttribute('aria-valuenow')").await,
        "570"
    );
    surfer.leave().await;
}
