//! The pictures of a profile: uploaded to the store with a signed form, processed by a subscriber,
//! with the visibility of the owner's avatar. `docs/decisions/0013-galleries.md` has the reasons
//! why no id, no picture and no file is lost.

mod access;
mod arrival;
mod bucket;
mod complete;
mod due;
mod events;
mod form;
mod http;
mod ids;
mod on_event;
mod operation;
mod primary;
mod rename;
mod request;
mod rule;
#[cfg(test)]
mod tests;
mod upload_expiry;
mod upload_request;
mod uploads;
mod view;

use crate::Profiles;
pub(crate) use access::{load, own, own_stored, seen, shows};
pub use bucket::BucketEvents;
pub use complete::{CompleteRequest, Completed};
pub use events::{MediaDeleted, MediaFailed, MediaReady, MediaReordered, MediaUploaded};
pub use http::{DeletedResponse, ReorderRequest, ReorderResponse};
pub(crate) use ids::Ids;
pub(crate) use operation::drop_with;
pub(crate) use primary::{own_profiles, store_primary};
pub use rename::{RenamedGalleries, rename_galleries};
pub use request::MediaRequest;
use std::sync::Arc;
pub use upload_request::UploadResponse;

use selfsame_events::EventKind;
use selfsame_web::{Feature, Metric, Subscriber};
pub use upload_expiry::UploadExpirer;
pub(crate) use uploads::forget as forget_uploads;
pub use view::{Dimensions, MediaList, MediaUrls, MediaView};

use selfsame_media::blob_names::PictureFolders;
use selfsame_users::records::Gallery;

const ORIGINAL: &str = "original";
const MEDIUM: &str = "medium";
const THUMB: &str = "thumb";

/// The folders of galleries' pictures.
const FOLDERS: PictureFolders =
    PictureFolders { purpose: "media", original: ORIGINAL, medium: MEDIUM, thumbnail: THUMB };

/// The feature.
pub const FEATURE: Feature<Arc<Profiles>> = Feature {
    name: "gallery",
    promise: "The pictures of a profile: up to five, uploaded straight to the store, shown to whoever may see their owner's picture.",
    routes: http::routes,
    events: || {
        vec![
            EventKind::of::<MediaUploaded>(),
            EventKind::of::<MediaReady>(),
            EventKind::of::<MediaFailed>(),
            EventKind::of::<MediaDeleted>(),
            EventKind::of::<MediaReordered>(),
        ]
    },
    metrics: &[MADE, FAILED, SIZES],
    subscribers: &[Subscriber {
        name: "pictures",
        event_types: &["media.uploaded"],
        handle: on_event::process_media,
    }],
};

const MADE: Metric = Metric::counter(
    "media_made",
    "Pictures of galleries that were made, by the media type they are kept as",
    "type",
    &["image/jpeg", "image/png", "image/webp", "other"],
);

const FAILED: Metric = Metric::counter(
    "media_failed",
    "Pictures of galleries that came to nothing, by reason",
    "reason",
    &["not_uploaded", "mismatch", "expired", "unusable"],
)
.counted_from::<MediaFailed>("/reason");

const SIZES: Metric = Metric::histogram(
    "media_upload_size_bytes",
    "Sizes of the files that have arrived for galleries, in bytes",
    &[16 << 10, 64 << 10, 256 << 10, 1 << 20, 2 << 20, 4 << 20, 8 << 20, 16 << 20, 32 << 20],
);
