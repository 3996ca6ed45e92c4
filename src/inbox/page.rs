//! The page of the inbox: a live list, and one message from every side.

use crate::{
    inbox::{store::Store, view},
    loopback::MAIL_POLICY,
};
use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::{StatusCode, header},
    response::{
        Html, IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
    routing::get,
};
use serde::Deserialize;
use std::convert::Infallible;
use tokio_stream::{Stream, StreamExt, wrappers::WatchStream};

/// Rows of the list that one answer carries.
const PAGE_ROWS: usize = 100;

/// Octets of the source that the page shows; the whole is one click away.
const SOURCE_SHOWN_MAX: usize = 512 << 10;
/// Words that a search takes.
const WORDS_MAX: usize = 20;

/// Returns the pages of an inbox, to be served behind [`crate::loopback::serve`].
pub fn pages(store: Store) -> Router {
    Router::new()
        .route("/", get(|| async { Html(include_str!("assets/inbox.html")) }))
        .route("/inbox.css", get(|| async { asset("text/css", include_str!("assets/inbox.css")) }))
        .route("/inbox.js", get(|| async { asset("text/javascript", include_str!("assets/inbox.js")) }))
        .route("/messages", get(list).delete(clear))
        .route("/messages/{number}", get(message).delete(remove))
        .route("/messages/{number}/html", get(html))
        .route("/messages/{number}/source", get(source))
        .route("/messages/{number}/message.eml", get(download))
        .route("/events", get(events))
        .with_state(store)
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, format!("{kind}; charset=utf-8"))], text).into_response()
}

/// Reads messages away from the threads that serve: some have megabytes.
async fn reading<T: Send + 'static>(
    store: Store,
    read: impl FnOnce(&Store) -> Option<T> + Send + 'static,
    answer: impl FnOnce(T) -> Response,
) -> Response {
    match tokio::task::spawn_blocking(move || read(&store)).await {
        Ok(Some(found)) => answer(found),
        Ok(None) => gone(),
        Err(_) => {
            (StatusCode::INTERNAL_SERVER_ERROR, "this message could not be read; download it").into_response()
        }
    }
}

#[derive(Deserialize)]
struct ListQuery {
    before: Option<u64>,
    search: Option<String>,
}

async fn list(State(store): State<Store>, Query(query): Query<ListQuery>) -> Response {
    let words = query.search.unwrap_or_default().to_lowercase();
    let words: Vec<String> = words.split_whitespace().take(WORDS_MAX).map(str::to_owned).collect();
    reading(
        store,
        move |store| Some(store.find(&words, query.before, PAGE_ROWS)),
        |found| Json(found).into_response(),
    )
    .await
}

fn gone() -> Response {
    (StatusCode::NOT_FOUND, "this message is not kept any more").into_response()
}

async fn message(State(store): State<Store>, Path(number): Path<u64>) -> Response {
    reading(store, move |store| Some(view::view(&store.get(number)?)), |view| Json(view).into_response())
        .await
}

async fn html(State(store): State<Store>, Path(number): Path<u64>) -> Response {
    let headers =
        [(header::CONTENT_SECURITY_POLICY, MAIL_POLICY), (header::CONTENT_TYPE, "text/html; charset=utf-8")];
    reading(store, move |store| view::html(&store.get(number)?), |html| (headers, html).into_response()).await
}

async fn source(State(store): State<Store>, Path(number): Path<u64>) -> Response {
    let Some(captured) = store.get(number) else { return gone() };
    let shown = &captured.raw[..captured.raw.len().min(SOURCE_SHOWN_MAX)];
    let text = String::from_utf8_lossy(shown);
    let text = match captured.raw.len() - shown.len() {
        0 => text.into_owned(),
        rest => format!("{text}\n\n… {rest} more octets: download the message to see them all"),
    };
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

async fn download(State(store): State<Store>, Path(number): Path<u64>) -> Response {
    let Some(captured) = store.get(number) else { return gone() };
    let name = format!("attachment; filename=\"{:06}.eml\"", captured.number);
    let headers = [(header::CONTENT_TYPE, "message/rfc822".to_owned()), (header::CONTENT_DISPOSITION, name)];
    (headers, captured.raw.to_vec()).into_response()
}

async fn clear(State(store): State<Store>) -> StatusCode {
    store.clear();
    StatusCode::NO_CONTENT
}

async fn remove(State(store): State<Store>, Path(number): Path<u64>) -> StatusCode {
    if store.remove(number) { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND }
}

/// Says that something changed, not what: however fast mail comes in, a slow page hears of it once.
async fn events(State(store): State<Store>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let events = WatchStream::new(store.subscribe())
        .map(|count| Ok(Event::default().event("changed").data(count.to_string())));
    Sse::new(events).keep_alive(KeepAlive::default())
}
