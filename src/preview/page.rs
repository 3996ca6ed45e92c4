//! The page: toolbar, digest, overlay; and the few addresses behind it.

use crate::{
    domain::problem::Problem,
    loopback::remote_images,
    preview::{
        build::Built,
        state::{IssueRow, Preview},
    },
};
use axum::{
    Json, Router,
    extract::{Query, State},
    http::{StatusCode, header},
    response::{
        Html, IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
    routing::get,
};
use serde::{Deserialize, Serialize};
use std::{convert::Infallible, sync::Arc};
use tokio_stream::{Stream, StreamExt, wrappers::BroadcastStream};

/// Mail HTML in the preview's frame: it runs nothing and loads nothing; `allow-same-origin` lets the page
/// around it keep the scroll position, which without scripts gives the mail no power at all.
const FRAME_POLICY: &str = "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox; default-src 'none'; \
     style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";

/// Returns the pages of a preview, to be served behind [`crate::loopback::serve`].
pub fn pages(preview: Preview) -> Router {
    Router::new()
        .route("/", get(|| async { Html(include_str!("assets/preview.html")) }))
        .route("/preview.css", get(|| async { asset("text/css", include_str!("assets/preview.css")) }))
        .route("/preview.js", get(|| async { asset("text/javascript", include_str!("assets/preview.js")) }))
        .route("/look", get(look))
        .route("/digest", get(digest))
        .route("/text", get(text))
        .route("/events", get(events))
        .with_state(preview)
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, format!("{kind}; charset=utf-8"))], text).into_response()
}

#[derive(Deserialize)]
struct Choice {
    issue: Option<String>,
    language: Option<String>,
}

/// What the page draws around the digest.
#[derive(Serialize)]
struct LookAnswer {
    folder: String,
    newsletters: Vec<String>,
    issues: Vec<IssueRow>,
    issue: Option<String>,
    language: Option<String>,
    languages: Vec<String>,
    subject: Option<String>,
    preheader: Option<String>,
    from: Option<String>,
    html_bytes: Option<usize>,
    /// Pictures that the digest takes from the web, which the page doesn't fetch.
    remote_images: usize,
    problems: Vec<Problem>,
    findings: Vec<Problem>,
    stamp: Option<String>,
    took_ms: f64,
}

async fn look(State(preview): State<Preview>, Query(choice): Query<Choice>) -> Response {
    let folder = preview.folder();
    let looked = tokio::task::spawn_blocking(move || {
        preview.look(choice.issue.as_deref(), choice.language.as_deref())
    });
    let Ok(look) = looked.await else {
        return (StatusCode::INTERNAL_SERVER_ERROR, "the preview stumbled; save again").into_response();
    };
    let built = look.built.as_deref();
    Json(LookAnswer {
        folder,
        issue: look.wanted.as_ref().map(|wanted| wanted.issue.to_string()),
        language: look.wanted.as_ref().map(|wanted| wanted.language.to_string()),
        languages: look.languages.iter().map(ToString::to_string).collect(),
        subject: built.map(|built| built.subject.clone()),
        preheader: built.map(|built| built.preheader.clone()),
        from: built.map(|built| built.from.clone()),
        remote_images: built.map(|built| remote_images(&built.html)).unwrap_or_default(),
        html_bytes: built.map(|built| built.html_bytes),
        findings: built.map(|built| built.findings.clone()).unwrap_or_default(),
        stamp: built.map(|built| built.stamp.clone()),
        problems: look.problems.0,
        newsletters: look.newsletters,
        issues: look.issues,
        took_ms: look.took.as_secs_f64() * 1_000.0,
    })
    .into_response()
}

/// Finds or builds what is asked for, away from the threads that serve.
async fn built(preview: Preview, choice: Choice) -> Option<Arc<Built>> {
    let found = tokio::task::spawn_blocking(move || {
        preview.built(choice.issue.as_deref(), choice.language.as_deref())
    });
    found.await.ok().flatten()
}

async fn digest(State(preview): State<Preview>, Query(choice): Query<Choice>) -> Response {
    let headers =
        [(header::CONTENT_SECURITY_POLICY, FRAME_POLICY), (header::CONTENT_TYPE, "text/html; charset=utf-8")];
    match built(preview, choice).await {
        Some(built) => (headers, built.html.clone()).into_response(),
        None => (StatusCode::NOT_FOUND, headers, "").into_response(),
    }
}

async fn text(State(preview): State<Preview>, Query(choice): Query<Choice>) -> Response {
    match built(preview, choice).await {
        Some(built) => {
            ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], built.text.clone()).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn events(State(preview): State<Preview>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let changes = BroadcastStream::new(preview.subscribe());
    let events = changes
        .map(|change| Ok(Event::default().event("changed").data(change.unwrap_or_default().to_string())));
    Sse::new(events).keep_alive(KeepAlive::default())
}
