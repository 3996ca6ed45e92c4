//! Proves that the inbox shows mail as it comes in, from every side, and stays usable when there is a lot of it.

use super::{serve_inbox, surfer::Surfer};

const LETTER: &str = "From: =?utf-8?Q?The_caf=C3=A9?= <letter@example.org>\nTo: Reader <reader@example.net>\nSubject: =?utf-8?Q?Mal=C3=A9?= opens\n\
     List-Unsubscribe: <mailto:leave@example.org>\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=x\n\n\
     --x\nContent-Type: text/plain; charset=utf-8\n\nThe plain words\n\
     --x\nContent-Type: text/html; charset=utf-8\n\n<html><body><h1>The rich words</h1></body></html>\n--x--\n";

fn plain(to: &str, subject: &str) -> String {
    format!("From: <letter@example.org>\nTo: <{to}>\nSubject: {subject}\n\nSome words\n")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_appears_as_it_comes_in_and_is_shown_from_every_side() {
    let inbox = serve_inbox().await;
    let surfer = Surfer::at(inbox.page).await;
    surfer.until("seen('empty') && by('empty').textContent.includes('No mail yet')").await;
    assert!(surfer.eval::<String>("document.body.innerText").await.contains("Nothing here is delivered"));

    inbox.receive("reader@example.net", LETTER).await;
    surfer
        .until("by('rows').innerText.includes('Malé opens') && by('subject').textContent === 'Malé opens'")
        .await;
    surfer.until("by('count').textContent === '1 message'").await;
    surfer.until("frame.src.endsWith('/messages/1/html') && digest === null").await;
    assert!(surfer.eval::<String>("by('meta').innerText").await.contains("The café <letter@example.org>"));

    surfer.key("2").await;
    surfer.until("by('panel').innerText.trim() === 'The plain words'").await;
    surfer.key("3").await;
    surfer.until("by('panel').innerText.includes('=?utf-8?Q?Mal=C3=A9?= opens')").await;
    surfer.key("4").await;
    surfer.until("by('panel').innerText.includes('multipart/alternative') && by('panel').innerText.includes('text/html')").await;
    surfer.key("5").await;
    surfer.until("by('panel').innerText.includes('Content-Type: multipart/alternative; boundary=x')").await;
    surfer.click("#tab-html").await;
    surfer.until("frame !== null && by('tab-html').getAttribute('aria-selected') === 'true'").await;

    // The notice holds on a narrow screen too.
    let rules: bool = surfer
        .eval("[...document.querySelectorAll('.notice')].every((note) => note.checkVisibility())")
        .await;
    assert!(rules);
    surfer.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_list_is_searched_walked_and_emptied() {
    let inbox = serve_inbox().await;
    let surfer = Surfer::at(inbox.page).await;
    for number in 1..=4 {
        inbox
            .receive(
                "reader@example.net",
                &plain(&format!("reader{number}@example.net"), &format!("Number {number}")),
            )
            .await;
    }
    surfer.until("by('rows').children.length === 4").await;
    surfer.act("document.querySelector('[data-number=\"4\"]').click()").await;
    surfer.until("by('subject').textContent === 'Number 4'").await;
    surfer.key("j").await;
    surfer.until("by('subject').textContent === 'Number 3'").await;
    surfer.key("k").await;
    surfer.until("by('subject').textContent === 'Number 4'").await;

    surfer.key("/").await;
    for key in ["r", "e", "a", "d", "e", "r", "2"] {
        surfer.key(key).await;
    }
    surfer.until("by('rows').children.length === 1 && by('rows').innerText.includes('Number 2')").await;
    surfer.until("by('count').textContent === '1 of 4 messages'").await;
    surfer
        .act("by('search').value = '', by('search').dispatchEvent(new Event('input')), by('search').blur()")
        .await;
    surfer.until("by('rows').children.length === 4").await;

    // `d` throws one away and goes on to the next; new mail leaves the focus where it is.
    surfer.key("d").await;
    surfer.until("by('rows').children.length === 3 && by('subject').textContent === 'Number 3'").await;
    assert!(inbox.store.get(4).is_none() && inbox.store.kept() == 3);
    surfer.act("document.querySelector('[data-number=\"2\"]').focus()").await;
    inbox.receive("reader@example.net", &plain("reader@example.net", "Number 5")).await;
    surfer
        .until("by('rows').children.length === 4 && by('rows').firstElementChild.className === 'fresh'")
        .await;
    assert_eq!(surfer.eval::<String>("document.activeElement.dataset.number").await, "2");

    surfer.click("#clear").await;
    surfer.until("by('clear').textContent.startsWith('Really delete all 4')").await;
    assert_eq!(inbox.store.kept(), 4);
    surfer.click("#clear").await;
    surfer.until("by('rows').children.length === 0 && !seen('message')").await;
    assert_eq!(inbox.store.kept(), 0);
    surfer.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_messages_stay_usable() {
    let inbox = serve_inbox().await;
    let surfer = Surfer::at(inbox.page).await;
    surfer.until("seen('empty')").await;
    // They come in while the page is open.
    for number in 1..=10_000_u32 {
        let message = plain(&format!("reader{number}@example.net"), "An issue").replace('\n', "\r\n");
        let now = chrono::DateTime::UNIX_EPOCH;
        inbox.store.add(
            now,
            "letter@example.org".into(),
            vec!["reader@example.net".into()],
            message.into_bytes(),
        );
    }
    surfer.until("by('count').textContent === '10,000 messages'").await;
    surfer.until("by('rows').firstElementChild.innerText.includes('reader10000@')").await;
    assert!(surfer.eval::<usize>("by('rows').children.length").await <= 200);
    // The oldest is found, and older pages come by scrolling.
    surfer.act("by('search').value = 'reader17@', by('search').dispatchEvent(new Event('input'))").await;
    surfer
        .until("by('rows').children.length === 1 && by('count').textContent === '1 of 10,000 messages'")
        .await;
    surfer.act("by('search').value = '', by('search').dispatchEvent(new Event('input'))").await;
    surfer.until("by('rows').children.length >= 100").await;
    surfer.act("by('list').scrollTo(0, by('list').scrollHeight)").await;
    surfer.until("by('rows').children.length >= 200").await;
    surfer.leave().await;
}
