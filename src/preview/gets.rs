//! Everything that the page reads.

use crate::{
    domain::problem::Problems,
    preview::{
        approval::{self, ApprovalAnswer},
        asked::Asked,
        headers::header_lines,
        letter::{Compiled, Letter},
        look::ReaderAnswer,
        page::{aside, refused},
        seen,
        shown::Shown,
        state::{Preview, nothing_to_show},
    },
    proof::Reading,
};
use axum::{
    Json,
    extract::{Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::json;

/// Mail HTML in the preview's frame: it runs nothing and loads nothing; `allow-same-origin` lets the page
/// around it keep the scroll position and mark elements, which without scripts gives the mail no power at all.
const FRAME_POLICY: &str = "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox; default-src 'none'; \
     style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";
/// Readers that a search shows.
const READERS_SHOWN: usize = 20;

/// A query as it came.
pub(super) type Pairs = Query<Vec<(String, String)>>;

/// What is shown, as far as an answer needs it.
struct Whole<'a> {
    reading: &'a Reading,
    compiled: &'a Compiled,
    letter: &'a Letter,
}

/// Answers with something of the message; when there is none, with what is wrong.
async fn of_message<T: Send + 'static>(
    preview: Preview,
    pairs: Pairs,
    make: impl FnOnce(&Asked, &Whole<'_>) -> T + Send + 'static,
    answer: impl FnOnce(T) -> Response,
) -> Response {
    let outcome = aside(preview, Asked::read(pairs.0), move |preview, asked| -> Result<T, Problems> {
        let shown = preview.shown(asked);
        let (reading, _, compiled, letter) = shown.whole()?;
        Ok(make(asked, &Whole { reading, compiled, letter }))
    });
    match outcome.await {
        Ok(Ok(value)) => answer(value),
        Ok(Err(problems)) => refused(StatusCode::NOT_FOUND, &problems),
        Err(stumbled) => stumbled,
    }
}

fn plain(text: String) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

fn file(kind: &'static str, (name, octets): (String, Vec<u8>)) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    ([(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, disposition)], octets)
        .into_response()
}

/// Returns a name for a downloaded file: issue and variant, and no reader.
fn file_name(reading: &Reading, ending: &str) -> String {
    let name = format!("{}-{}-{}", reading.issue.newsletter, reading.issue.issue, reading.language);
    let name: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') { c } else { '-' })
        .collect();
    format!("{name}.{ending}")
}

/// `GET /look`: everything that is known at once.
pub(super) async fn look(State(preview): State<Preview>, pairs: Pairs) -> Response {
    let looked = aside(preview.clone(), Asked::read(pairs.0), |preview, asked| {
        let look = preview.look(asked);
        // What the list says of other issues is found afterwards, by one at a time.
        if let Some((generation, workspace)) = preview.files().good {
            let preview = preview.clone();
            // A thread that nobody waits for: the command ends at once, whatever is still being judged.
            let _next_look_tries_again =
                std::thread::Builder::new().name("list".to_owned()).spawn(move || {
                    if preview.judged.list(&preview, generation, &workspace) {
                        preview.tell();
                    }
                });
        }
        look
    });
    looked.await.map_or_else(|stumbled| stumbled, |look| Json(look).into_response())
}

/// `GET /findings`: what takes its time.
pub(super) async fn findings(State(preview): State<Preview>, pairs: Pairs) -> Response {
    let found = aside(preview, Asked::read(pairs.0), |preview, asked| {
        let shown = preview.shown(asked);
        preview.look_at_list(&shown);
        let verdict = shown.subject(preview).map(|subject| preview.judged.verdict(preview, &subject));
        if let (Some((generation, workspace)), Some(reading)) = (&shown.workspace, &shown.reading) {
            approval::compare(preview, *generation, workspace, &reading.issue);
        }
        json!({
            "stamp": shown.letter.as_ref().map(|letter| &letter.stamp),
            "findings": verdict.as_ref().map(|verdict| &verdict.findings),
            "notes": verdict.as_ref().map(|verdict| &verdict.notes),
            "approval": shown.approval(preview),
        })
    });
    found.await.map_or_else(|stumbled| stumbled, |found| Json(found).into_response())
}

/// `GET /approval`: how the approvals stand, with the hash that an approval would record.
pub(super) async fn approval(State(preview): State<Preview>, pairs: Pairs) -> Response {
    let found = aside(preview, Asked::read(pairs.0), |preview, asked| -> Result<ApprovalAnswer, Problems> {
        let files = preview.files();
        let Some((generation, workspace)) = files.good else { return Err(files.problems) };
        let issue = preview.issue(&workspace, asked.issue.as_ref()).ok_or_else(nothing_to_show)?;
        approval::found(preview, generation, &workspace, &issue)
    });
    match found.await {
        Ok(Ok(approval)) => Json(json!({ "approval": approval })).into_response(),
        Ok(Err(problems)) => refused(StatusCode::CONFLICT, &problems),
        Err(stumbled) => stumbled,
    }
}

/// `GET /digest`: the HTML of a view, for the frame.
pub(super) async fn digest(State(preview): State<Preview>, pairs: Pairs) -> Response {
    let html = |asked: &Asked, whole: &Whole<'_>| seen::seen(&asked.view, whole.compiled, whole.letter);
    let mut response = of_message(preview, pairs, html, |html| {
        ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response()
    })
    .await;
    let policy = header::HeaderValue::from_static(FRAME_POLICY);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

/// `GET /trace`: where every element was written, by its number.
pub(super) async fn trace(State(preview): State<Preview>, pairs: Pairs) -> Response {
    let places = |_: &Asked, whole: &Whole<'_>| {
        let origins = &whole.compiled.proof.trace().origins;
        origins.iter().map(|origin| origin.place.clone()).collect::<Vec<_>>()
    };
    of_message(preview, pairs, places, |places| Json(places).into_response()).await
}

/// `GET /text`: the text part as a client shows it.
pub(super) async fn text(State(preview): State<Preview>, pairs: Pairs) -> Response {
    of_message(preview, pairs, |_, whole| whole.letter.text.clone(), plain).await
}

/// `GET /reading`: the message in the order in which a screen reader says it.
pub(super) async fn reading(State(preview): State<Preview>, pairs: Pairs) -> Response {
    of_message(preview, pairs, |_, whole| seen::reading(whole.letter), |said| Json(said).into_response())
        .await
}

/// `GET /headers`: the header section, field by field.
pub(super) async fn headers(State(preview): State<Preview>, pairs: Pairs) -> Response {
    let lines = |_: &Asked, whole: &Whole<'_>| header_lines(whole.letter.header_section());
    of_message(preview, pairs, lines, |lines| Json(lines).into_response()).await
}

/// `GET /source`: the message as sent, with the line ends of this machine.
pub(super) async fn source(State(preview): State<Preview>, pairs: Pairs) -> Response {
    let octets =
        |_: &Asked, whole: &Whole<'_>| String::from_utf8_lossy(&whole.letter.octets).replace("\r\n", "\n");
    of_message(preview, pairs, octets, plain).await
}

/// `GET /rows`: the line that inboxes show.
pub(super) async fn rows(State(preview): State<Preview>, pairs: Pairs) -> Response {
    let rows = |_: &Asked, whole: &Whole<'_>| seen::rows(whole.compiled, whole.letter);
    of_message(preview, pairs, rows, |rows| Json(rows).into_response()).await
}

/// `GET /message.eml`: the message as sent, octet by octet.
pub(super) async fn message_file(State(preview): State<Preview>, pairs: Pairs) -> Response {
    let octets =
        |_: &Asked, whole: &Whole<'_>| (file_name(whole.reading, "eml"), whole.letter.octets.clone());
    of_message(preview, pairs, octets, |named| file("message/rfc822", named)).await
}

/// `GET /digest.html`: the HTML part with its pictures inside.
pub(super) async fn html_file(State(preview): State<Preview>, pairs: Pairs) -> Response {
    let html = |_: &Asked, whole: &Whole<'_>| {
        let html = whole.compiled.with_pictures(whole.letter.html.clone());
        (file_name(whole.reading, "html"), html.into_bytes())
    };
    of_message(preview, pairs, html, |named| file("text/html; charset=utf-8", named)).await
}

/// `GET /digest.txt`: the text part.
pub(super) async fn text_file(State(preview): State<Preview>, pairs: Pairs) -> Response {
    let text = |_: &Asked, whole: &Whole<'_>| {
        (file_name(whole.reading, "txt"), whole.letter.text.clone().into_bytes())
    };
    of_message(preview, pairs, text, |named| file("text/plain; charset=utf-8", named)).await
}

#[derive(Default, Serialize)]
struct ReadersAnswer {
    readers: Vec<ReaderAnswer>,
    total: u64,
    why_not: Option<String>,
}

/// `GET /readers`: who on the list has these letters in name or address.
pub(super) async fn readers(State(preview): State<Preview>, pairs: Pairs) -> Response {
    let found = aside(preview, Asked::read(pairs.0), |preview, asked| {
        let Some((_, workspace)) = preview.files().good else { return ReadersAnswer::default() };
        let Some(issue) = preview.issue(&workspace, asked.issue.as_ref()) else {
            return ReadersAnswer::default();
        };
        match preview.office.search(&workspace, &issue.newsletter, &asked.words, READERS_SHOWN) {
            Ok(found) => ReadersAnswer {
                readers: found.readers.into_iter().map(ReaderAnswer::from).collect(),
                total: found.total,
                why_not: None,
            },
            Err(problem) => ReadersAnswer { why_not: Some(problem.message), ..ReadersAnswer::default() },
        }
    });
    found.await.map_or_else(|stumbled| stumbled, |found| Json(found).into_response())
}

/// `GET /extremes`: the readers who are the most of something.
pub(super) async fn extremes(State(preview): State<Preview>, pairs: Pairs) -> Response {
    let found = aside(preview, Asked::read(pairs.0), |preview, asked| {
        let (generation, workspace) = preview.files().good?;
        let issue = preview.issue(&workspace, asked.issue.as_ref())?;
        Some(preview.extremes.ask(preview, generation, &workspace, &issue))
    });
    found.await.map_or_else(|stumbled| stumbled, |found| Json(found.unwrap_or_default()).into_response())
}

/// `GET /difference`: what is new against the last issue.
pub(super) async fn difference(State(preview): State<Preview>, pairs: Pairs) -> Response {
    let found = aside(preview, Asked::read(pairs.0), Preview::difference);
    found.await.map_or_else(|stumbled| stumbled, |found| Json(found).into_response())
}

impl Preview {
    /// Goes through a list that is short enough without being asked, so that the rules see its extremes.
    fn look_at_list(&self, shown: &Shown) {
        use crate::preview::extremes::UNASKED_MAX;
        let (Some((generation, workspace)), Some(reading)) = (&shown.workspace, &shown.reading) else {
            return;
        };
        let readers = self.accounts.heard(&*self.office, workspace).readers;
        if readers.is_some_and(|readers| readers.is_ok_and(|count| (1..=UNASKED_MAX).contains(&count))) {
            self.extremes.ask(self, *generation, workspace, &reading.issue);
        }
    }
}
