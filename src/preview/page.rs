//! The page and the addresses behind it.

use crate::{
    domain::problem::{Problem, Problems},
    preview::{asked::Asked, assets, gets, posts, state::Preview},
};
use axum::{
    Json, Router,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{
        Html, IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
    routing::{get, post},
};
use std::convert::Infallible;
use tokio_stream::{Stream, StreamExt, wrappers::BroadcastStream};

/// Returns the pages of a preview, to be served behind [`crate::loopback::serve`].
pub fn pages(preview: Preview) -> Router {
    Router::new()
        .route("/", get(|| async { Html(include_str!("assets/preview.html")) }))
        .route("/assets/{name}", get(|Path(name): Path<String>| async move { asset(&name) }))
        .route("/look", get(gets::look))
        .route("/findings", get(gets::findings))
        .route("/approval", get(gets::approval))
        .route("/digest", get(gets::digest))
        .route("/trace", get(gets::trace))
        .route("/text", get(gets::text))
        .route("/reading", get(gets::reading))
        .route("/headers", get(gets::headers))
        .route("/source", get(gets::source))
        .route("/rows", get(gets::rows))
        .route("/message.eml", get(gets::message_file))
        .route("/digest.html", get(gets::html_file))
        .route("/digest.txt", get(gets::text_file))
        .route("/readers", get(gets::readers))
        .route("/extremes", get(gets::extremes))
        .route("/difference", get(gets::difference))
        .route("/test", post(posts::test))
        .route("/approve", post(posts::approve))
        .route("/withdraw", post(posts::withdraw))
        .route("/events", get(events))
        .with_state(preview)
}

fn asset(name: &str) -> Response {
    assets::asset(name).map_or_else(
        || StatusCode::NOT_FOUND.into_response(),
        |(kind, text)| ([(header::CONTENT_TYPE, format!("{kind}; charset=utf-8"))], text).into_response(),
    )
}

/// Does `work` away from the threads that serve.
pub(super) async fn aside<T: Send + 'static>(
    preview: Preview,
    asked: Asked,
    work: impl FnOnce(&Preview, &Asked) -> T + Send + 'static,
) -> Result<T, Response> {
    tokio::task::spawn_blocking(move || work(&preview, &asked)).await.map_err(|_| {
        let problem = Problem::error("preview/stumbled", "the preview stumbled over these files")
            .help("save again; when it stays, `masthead check` may say more");
        refused(StatusCode::INTERNAL_SERVER_ERROR, &problem.into())
    })
}

/// Answers with what is wrong.
pub(super) fn refused(status: StatusCode, problems: &Problems) -> Response {
    (status, Json(serde_json::json!({ "problems": problems }))).into_response()
}

async fn events(State(preview): State<Preview>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let changes = BroadcastStream::new(preview.subscribe());
    let events = changes
        .map(|change| Ok(Event::default().event("changed").data(change.unwrap_or_default().to_string())));
    Sse::new(events).keep_alive(KeepAlive::default())
}
