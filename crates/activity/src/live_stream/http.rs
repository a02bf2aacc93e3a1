//! The stream over HTTP.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use futures_util::stream::unfold;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue};
use selfsame_web::{Content, Fault, JsonType, Problem, Query, Route};
use serde::Deserialize;
use serde_json::json;

use super::tail::EventTail;
use crate::Activity;
use selfsame_identity::authentication::SignedIn;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Makes nginx pass on the stream at once instead of buffering it.
const BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");
const NO: HeaderValue = HeaderValue::from_static("no");
const EVENT_STREAM: HeaderValue = HeaderValue::from_static("text/event-stream");

/// Where the stream begins.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Resume {
    since: Option<u64>,
}

/// The last event that the client has seen. The header precedes the URL: a client that reconnects
/// does so at the same URL.
fn last_seen(headers: &HeaderMap, resume: &Resume) -> Result<Option<u64>, Problem> {
    let Some(value) = headers.get(LAST_EVENT_ID).filter(|value| !value.is_empty()) else {
        return Ok(resume.since);
    };
    let number = value.to_str().ok().and_then(|text| text.parse().ok());
    let refused =
        || Problem::fault("Last-Event-ID", Fault::WrongType { expected: JsonType::Integer });
    number.map(Some).ok_or_else(refused)
}

async fn events(
    State(activity): State<Arc<Activity>>,
    caller: SignedIn,
    Query(resume): Query<Resume>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let since = last_seen(&headers, &resume)?;
    let permit = activity.streams.open(caller.id())?;
    let stream = EventTail::begin(&activity, &caller, permit, since).await?;
    let sent = unfold(stream, async |mut stream| {
        let bytes = stream.next().await?;
        Some((Ok::<_, Infallible>(bytes), stream))
    });
    Ok(([(CONTENT_TYPE, EVENT_STREAM), (BUFFERING, NO)], Body::from_stream(sent)).into_response())
}

const EXAMPLE: &str = "retry: 2000\nid: 11\n\nid: 12\nevent: profile.updated\ndata: {\"eventId\":\"01JD3Z5K8QW4N6R7T9V2X0Y1AB\",\
    \"eventType\":\"profile.updated\",\"occurredAt\":\"2026-01-31T09:30:00.000Z\",\"subject\":\"usr_01JD3Z5K8QW4N6R7T9V2X0Y1AB\",\
    \"sequence\":12,\"requestId\":\"01JD3Z5K8QW4N6R7T9V2X0Y1AC\",\"data\":{}}\n\n";

pub(super) fn routes() -> Vec<Route<Arc<Activity>>> {
    let sequence = || json!({"type": "integer", "minimum": 0});
    let content =
        Content { media_type: "text/event-stream", schema: None, example: Some(json!(EXAMPLE)) };
    vec![
        Route::get("/v1/account/events", "Follow one's own events", events)
            .describe(
                "A stream of server-sent events: `id` is the event's `sequence`, `event` its `eventType`, `data` the event as \
                 everybody gets it. It begins with an `id` alone, the place from which it goes on. A comment comes every 15 \
                 seconds on which nothing else does. It ends when the access token expires, when its session ends and when the \
                 service stops: get a new token where that is why, and come back with the last `id`, so that nothing is missed. \
                 A user may have 8 streams.",
            )
            .parameter(
                "header",
                "Last-Event-ID",
                sequence(),
                "The last `id` one has seen: the stream goes on behind it. Without it, with what happens from now on.",
            )
            .parameter(
                "query",
                "since",
                sequence(),
                "The same, for clients that can't set the header, which counts more.",
            )
            .answers_bare(200, "The events, as they happen.", Some(content)),
    ]
}
