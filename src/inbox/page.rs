//! The page of the inbox: a live list, and one message from every side.

use crate::{
    inbox::{
        store::{Store, StoreEvent, Summary},
        view,
    },
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
    routing::{get, post},
};
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use tokio_stream::{Stream, StreamExt, wrappers::BroadcastStream};

/// Rows of the list that one answer carries.
const PAGE_ROWS: usize = 100;

/// Returns the pages of an inbox, to be served behind [`crate::loopback::serve`].
pub fn pages(store: Store) -> Router {
    Router::new()
        .route("/", get(|| async { Html(include_str!("assets/inbox.html")) }))
        .route("/inbox.css", get(|| async { asset("text/css", include_str!("assets/inbox.css")) }))
        .route("/inbox.js", get(|| async { asset("text/javascript", include_str!("assets/inbox.js")) }))
        .route("/messages", get(list).delete(clear))
        .route("/messages/{number}", get(message))
        .route("/messages/{number}/html", get(html))
        .route("/messages/{number}/source", get(source))
        .route("/messages/{number}/message.eml", get(download))
        .route("/events", get(events))
        .route("/clear", post(clear))
        .with_state(store)
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, format!("{kind}; charset=utf-8"))], text).into_response()
}

#[derive(Deserialize)]
struct ListQuery {
    before: Option<u64>,
}

#[derive(Serialize)]
struct List {
    arrived: u64,
    kept: usize,
    messages: Vec<Summary>,
}

async fn list(State(store): State<Store>, Query(query): Query<ListQuery>) -> Json<List> {
    let messages = store.newest(query.before, PAGE_ROWS).iter().map(view::summary).collect();
    Json(List { arrived: store.arrived(), kept: store.kept(), messages })
}

fn gone() -> Response {
    (StatusCode::NOT_FOUND, "this message is not kept any more").into_response()
}

async fn message(State(store): State<Store>, Path(number): Path<u64>) -> Response {
    store.get(number).map_or_else(gone, |captured| Json(view::view(&captured)).into_response())
}

async fn html(State(store): State<Store>, Path(number): Path<u64>) -> Response {
    let Some(html) = store.get(number).and_then(|captured| view::html(&captured)) else { return gone() };
    (
        [(header::CONTENT_SECURITY_POLICY, MAIL_POLICY), (header::CONTENT_TYPE, "text/html; charset=utf-8")],
        html,
    )
        .into_response()
}

async fn source(State(store): State<Store>, Path(number): Path<u64>) -> Response {
    let Some(captured) = store.get(number) else { return gone() };
    let text = String::from_utf8_lossy(&captured.raw).into_owned();
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

async fn events(State(store): State<Store>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let events = BroadcastStream::new(store.subscribe()).map(|event| {
        let event = match event {
            Ok(StoreEvent::Arrived(summary)) => Event::default().event("arrived").json_data(summary),
            // Cleared, or the page lagged behind: it loads the list anew.
            Ok(StoreEvent::Cleared) | Err(_) => Ok(Event::default().event("reload").data("")),
        };
        Ok(event.unwrap_or_default())
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}
