//! Proves that nothing in a file or a mail runs, takes over the page, or reaches beyond this machine.

use super::{example_project, serve_inbox, serve_preview, surfer::Surfer};

/// What may never be seen to have happened.
const UNHARMED: &str =
    "window.hit === undefined && document.title !== 'hit' && location.hostname === '127.0.0.1'";

/// Attacks that need no click, and a link over everything that runs a script when it is clicked.
const ATTACKS: &str = "<script>top.hit = 1; alert('hit')</script><img src=x onerror=\"top.document.title='hit'; alert('hit')\">\
     <svg onload=\"alert('hit')\"></svg><iframe src=\"javascript:alert('hit')\"></iframe><iframe srcdoc=\"<script>alert('hit')</script>\"></iframe>\
     <meta http-equiv=refresh content=\"0;url=http://beyond.example.net/refresh\"><link rel=stylesheet href=\"http://beyond.example.net/style\">\
     <style>@import url(http://beyond.example.net/import); body { background: url(http://beyond.example.net/background) }</style>\
     <img src=\"http://beyond.example.net/picture\"><video src=\"http://beyond.example.net/video\" autoplay></video>\
     <object data=\"http://beyond.example.net/object\"></object><embed src=\"http://beyond.example.net/embed\">\
     <form action=\"http://beyond.example.net/form\"><button>Send</button></form><base href=\"http://beyond.example.net/\">\
     <a href=\"javascript:top.hit=1;alert('hit')\" style=\"position:fixed;inset:0;z-index:9\">everywhere</a>";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hostile_mail_is_harmless_in_every_view() {
    let inbox = serve_inbox().await;
    let words = "</script></iframe></title><script>hit()</script><img src=x onerror=alert('hit')>";
    let header = format!(
        "From: \"{words}\" <letter@example.org>\nTo: <reader@example.net>\nSubject: {words}\nX-Odd: {words}\nMIME-Version: 1.0\n\
         Content-Type: multipart/mixed; boundary=x\n\n"
    );
    let mail = format!(
        "{header}--x\nContent-Type: text/plain\n\n{words}\n--x\nContent-Type: text/html\n\n<html><body>{ATTACKS}</body></html>\n\
         --x\nContent-Type: image/svg+xml\nContent-Disposition: attachment; filename=\"{}\"\n\n<svg/>\n--x--\n",
        "<img src=x onerror=alert(1)>.svg"
    );
    inbox.receive("reader@example.net", &mail).await;
    let surfer = Surfer::at(inbox.page).await;
    surfer.until("frame !== null && by('subject').textContent.includes('<img src=x')").await;
    // The frame is another origin: the page can't look in, and it can't look out.
    surfer.until("digest === null").await;
    surfer.click("iframe").await;
    for key in ["2", "3", "4", "5", "1"] {
        // The focus went into the frame with the click.
        surfer.act("by('panel').focus()").await;
        surfer.key(key).await;
        surfer
            .until(&format!("by('tabs').children[{key} - 1].getAttribute('aria-selected') === 'true'"))
            .await;
        assert!(surfer.eval::<bool>(UNHARMED).await, "view {key}");
    }
    surfer.until("seen('remark') && by('remark').textContent.includes('not loaded')").await;
    assert!(
        surfer.eval::<bool>("document.querySelector('#message img, #rows img, main script') === null").await
    );
    let dialogs: Vec<_> = surfer.complaints().into_iter().filter(|note| note.starts_with("dialog")).collect();
    assert!(dialogs.is_empty(), "{dialogs:?}");
    surfer.stayed_here();
    surfer.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_files_are_harmless_in_the_preview() {
    let project = example_project();
    let item = "newsletters/starsom/news/2022-04-07-male.md";
    let yaml = "newsletters/starsom/newsletter.yaml";
    let attack = "\"</iframe></title><script>alert('hit')</script>";
    project
        .edit(yaml, "name: STARSOM\n", &format!("name: {attack}\"\n"))
        .edit(
            "newsletters/starsom/issues/2022-04.yaml",
            "subject: Countries",
            &format!("subject: {attack} x\"\n#"),
        )
        .edit(item, "headline: Maldives", "headline: <img src=x onerror=alert('hit')> Maldives")
        .edit(
            item,
            "Officials of",
            "<script>alert('hit')</script><b onclick=\"alert('hit')\">Bold</b> Officials of",
        );
    let surfer = Surfer::at(serve_preview(&project).await).await;
    surfer.until("by('subject').textContent.startsWith('</iframe>')").await;
    surfer.until("digest.body.textContent.includes('<img src=x onerror') || seen('overlay')").await;
    assert!(
        surfer
            .eval::<bool>("digest === null || digest.querySelector('script, [onclick], [onerror]') === null")
            .await
    );
    // A link that runs a script is refused by name; the words of the refusal are as harmless.
    project.edit(item, "The need is plain", "[The need](javascript:alert('hit')) is plain");
    surfer.until("seen('overlay') || digest.querySelector('[href^=javascript]') === null").await;
    assert!(surfer.eval::<bool>(UNHARMED).await);
    assert!(surfer.eval::<bool>("document.querySelector('main img, main script') === null").await);
    surfer.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn even_a_template_that_attacks_gets_nowhere() {
    let project = example_project();
    let end = "{% include \"partials/footer.mjml\" %}";
    project.edit(
        "templates/digest/digest.mjml",
        end,
        &format!(
            "<mj-raw>{}</mj-raw>{end}",
            ATTACKS.replace("{ ", "{").replace("javascript:top.hit=1;", "javascript:")
        ),
    );
    let surfer = Surfer::at(serve_preview(&project).await).await;
    surfer.until("digest.querySelector('[href^=javascript]') !== null").await;
    surfer.click("iframe").await;
    surfer.click("[data-view=text]").await;
    surfer.until("seen('text')").await;
    assert!(surfer.eval::<bool>(UNHARMED).await);
    let dialogs: Vec<_> = surfer.complaints().into_iter().filter(|note| note.starts_with("dialog")).collect();
    assert!(dialogs.is_empty(), "{dialogs:?}");
    surfer.stayed_here();
    surfer.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn these_tests_would_notice() {
    let inbox = serve_inbox().await;
    let surfer = Surfer::at(inbox.page).await;
    surfer.stayed_here();
    assert!(surfer.asks_beyond("http://beyond.example.net/hello").await);
    surfer.close().await;
}
