//! Arrivals that a bucket reports: S3's event notifications, forwarded by a function or a queue
//! worker.

use std::sync::Arc;

use axum::extract::State;
use schemars::JsonSchema;
use selfsame_blobs::UploadName;
use selfsame_web::{Access, Client, Json, Problem, Reply, Route};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::arrival::{self, ArrivalOutcome};
use super::uploads;
use crate::Profiles;
use selfsame_identity::authentication::ServiceCaller;
use selfsame_media::pictures::problem::of_blobs;

/// The scope that the route requires.
const SCOPE: &str = "media:events";

pub(super) fn route() -> Route<Arc<Profiles>> {
    Route::post("/internal/v1/media/bucket-events", "Files have arrived in the bucket", post)
        .describe(
            "Takes S3's event notifications as they are. Each only says where to look: what counts is what lies there. May be \
             sent any number of times, before or after completion.",
        )
        .access(Access::Service(SCOPE))
        .takes::<BucketEvents>(json!({"Records": [{
            "eventName": "ObjectCreated:Post",
            "s3": {"bucket": {"name": "selfsame-media"}, "object": {"key": "uploads/profile-images/aB3cD4eF.jpg", "size": 2_048_576}}
        }]}))
        .answers::<BucketEventsResponse>(200, "What became of them.", json!({"taken": 1, "known": 0, "ignored": 0}))
}

/// S3's notification, as far as it is read ("Event message structure" of the Amazon S3 User Guide).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct BucketEvents {
    /// Absent in the message that S3 tests a connection with.
    #[serde(default, rename = "Records")]
    records: Vec<BucketRecord>,
}

/// One event.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct BucketRecord {
    /// `ObjectCreated:Post`, ….
    event_name: String,
    /// Where.
    s3: BucketPlace,
}

/// Where something has happened.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
struct BucketPlace {
    /// In which bucket.
    bucket: BucketName,
    /// To which object.
    object: BucketObject,
}

/// A bucket.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
struct BucketName {
    /// Its name.
    name: String,
}

/// An object.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
struct BucketObject {
    /// Its key, as in a URL.
    key: String,
}

/// What became of events.
#[derive(Clone, Copy, Debug, Default, Serialize, JsonSchema)]
#[schemars(rename = "BucketEventsNoted")]
struct BucketEventsResponse {
    /// Files that were awaited.
    taken: u32,
    /// Files that were known already.
    known: u32,
    /// Events of other kinds, buckets and keys, and files that are gone or that nobody awaits.
    ignored: u32,
}

async fn post(
    State(profiles): State<Arc<Profiles>>,
    caller: ServiceCaller,
    Json(events): Json<BucketEvents>,
) -> Result<Reply<BucketEventsResponse>, Problem> {
    let mut response = BucketEventsResponse::default();
    for record in &events.records {
        match record_notification(&profiles, record, &caller.client).await? {
            Some(ArrivalOutcome::Taken) => response.taken += 1,
            Some(ArrivalOutcome::Known) => response.known += 1,
            Some(ArrivalOutcome::Unwanted) | None => response.ignored += 1,
        }
    }
    Ok(Reply::ok(response))
}

async fn record_notification(
    profiles: &Profiles,
    record: &BucketRecord,
    client: &Client,
) -> Result<Option<ArrivalOutcome>, Problem> {
    let is_ours = record.s3.bucket.name == profiles.settings.gallery.bucket;
    if !is_ours || !record.event_name.trim_start_matches("s3:").starts_with("ObjectCreated:") {
        return Ok(None);
    }
    // Keys of uploads hold no character that a URL encodes, except for the slash.
    let Ok(name) = UploadName::parse(&record.s3.object.key.replace("%2F", "/")) else {
        return Ok(None);
    };
    let Some(upload) = profiles.media.uploads.head(&name).await.map_err(of_blobs)? else {
        return Ok(None);
    };
    let within = uploads::LEAST..=profiles.settings.gallery.max_bytes;
    if !within.contains(&upload.size) {
        return Ok(None);
    }
    arrival::record_arrival(profiles, &name, &upload, &client.origin(None)).await.map(Some)
}
