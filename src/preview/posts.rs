//! What the page may change: approvals; and the one message it may have sent, as a test.

use crate::{
    domain::{
        address::EmailAddress,
        problem::{Problem, Problems},
    },
    preview::{
        approval::{ApprovalAnswer, Pen},
        asked::Asked,
        office::TestOrder,
        page::{aside, refused},
        state::Preview,
    },
};
use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};

/// A body: an object of texts under the names that queries have.
pub(super) type Body = Json<Map<String, Value>>;

fn pairs(body: Map<String, Value>) -> Vec<(String, String)> {
    let texts = body.into_iter().filter_map(|(key, value)| match value {
        Value::String(text) => Some((key, text)),
        _ => None,
    });
    texts.collect()
}

/// Takes a text out of a body; a blank one is none.
fn take(body: &mut Map<String, Value>, key: &str) -> Option<String> {
    let text = body.remove(key)?.as_str()?.trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// `POST /test`: sends the shown message to one address, marked as a test.
pub(super) async fn test(State(preview): State<Preview>, Json(mut body): Body) -> Response {
    let to = take(&mut body, "to").unwrap_or_default();
    let sent = aside(preview, Asked::read(pairs(body)), move |preview, asked| preview.send_test(asked, &to));
    match sent.await {
        Ok(Ok(said)) => Json(json!({ "sent": true, "detail": said })).into_response(),
        Ok(Err(problems)) => {
            let is_theirs = problems.0.iter().any(|problem| problem.code == "send/test-not-sent");
            let status = if is_theirs { StatusCode::BAD_GATEWAY } else { StatusCode::CONFLICT };
            refused(status, &problems)
        }
        Err(stumbled) => stumbled,
    }
}

impl Preview {
    fn send_test(&self, asked: &Asked, to: &str) -> Result<String, Problems> {
        let to = EmailAddress::parse(to).map_err(|error| {
            Problem::error("preview/bad-address", format!("`{to}`: {error}"))
                .help("an address looks like reader@example.org")
        })?;
        let shown = self.shown(asked);
        // What is on the screen behind a broken file is not what the files say.
        if !shown.problems.0.is_empty() {
            return Err(shown.problems);
        }
        let (reading, reader, ..) = shown.whole()?;
        let mut reader = reader.clone();
        reader.address = to;
        let order = TestOrder {
            issue: reading.issue.clone(),
            language: reading.language.clone(),
            topics: reading.topics.clone(),
            reader,
        };
        let Some((_, workspace)) = &shown.workspace else { return Err(shown.problems) };
        self.office.send_test(workspace, &order)
    }
}

/// `POST /approve`: approves the issue as its files stand now.
pub(super) async fn approve(State(preview): State<Preview>, body: Body) -> Response {
    sign(preview, body, Pen::Approve).await
}

/// `POST /withdraw`: takes an approval back.
pub(super) async fn withdraw(State(preview): State<Preview>, body: Body) -> Response {
    sign(preview, body, Pen::Withdraw).await
}

async fn sign(preview: Preview, Json(mut body): Body, pen: Pen) -> Response {
    let name = take(&mut body, "as");
    let signed =
        aside(preview, Asked::read(pairs(body)), move |preview, asked| -> Result<ApprovalAnswer, Problems> {
            let answer = preview.sign(pen, asked.issue.as_ref(), name.as_deref())?;
            preview.tell();
            Ok(answer)
        });
    match signed.await {
        Ok(Ok(approval)) => Json(json!({ "approval": approval })).into_response(),
        Ok(Err(problems)) => refused(StatusCode::CONFLICT, &problems),
        Err(stumbled) => stumbled,
    }
}
