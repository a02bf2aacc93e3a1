//! The suite that every blob store passes: one test for each case and store.
//!
//! A store's tests implement [`Harness`] (and [`Durable`], where blobs outlive the store) and say
//! `selfsame_blobs::conformance!(file, FileHarness);`. A store that fails one case does not ship.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that can't go on panics")]

pub mod durability;
pub mod embedded;
pub mod listing;
pub mod ranges;
pub mod uploads;
pub mod whole;

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use crate::{Blob, BlobName, Blobs, MediaType};

/// An empty store of its own for one test.
#[async_trait]
pub trait Harness: Sized + Send + Sync {
    /// Makes the store.
    async fn create() -> Self;
    /// The store.
    fn blobs(&self) -> Arc<dyn Blobs>;
}

/// A store whose blobs outlive it.
#[async_trait]
pub trait Durable: Harness {
    /// Closes the store and opens it again.
    async fn reopen(self) -> Self;
}

fn name(number: usize) -> BlobName {
    // The first characters differ too, so that every shard of a store is used.
    let stem = format!("{:02x}{number:020}", number % 251);
    BlobName::new("avatars", &stem, MediaType::Jpeg).unwrap()
}

async fn put(blobs: &Arc<dyn Blobs>, name: &BlobName, bytes: &'static [u8]) {
    blobs.put(name, Bytes::from_static(bytes)).await.unwrap();
}

async fn get(blobs: &Arc<dyn Blobs>, name: &BlobName) -> Option<Blob> {
    blobs.get(name, None).await.unwrap()
}

async fn bytes(blobs: &Arc<dyn Blobs>, name: &BlobName) -> Option<Bytes> {
    get(blobs, name).await.map(|blob| blob.bytes)
}

/// Expands to a module `$name` with one test for each case, on stores made by the [`Harness`]
/// `$harness`; with `, durable` also the cases of a [`Durable`] one. With `, uploads` the cases of
/// a store for uploads, made by an [`uploads::UploadHarness`]; with `, embedded` those that only a
/// store whose forms lead to this service has to pass besides.
#[macro_export]
macro_rules! conformance {
    ($name:ident, $harness:ty) => {
        $crate::conformance!(@tests $name, $harness, $crate::conformance::Harness;
            whole::what_was_put_comes_back_whole,
            whole::what_was_never_put_is_absent,
            whole::a_large_blob_comes_back_whole,
            whole::an_empty_blob_is_a_blob,
            whole::a_put_replaces_what_was_there,
            whole::the_entity_tag_stays_until_the_content_changes,
            whole::a_deleted_blob_is_gone_and_the_others_are_not,
            whole::a_delete_of_nothing_is_no_error,
            whole::racing_puts_leave_one_of_them_whole,
            ranges::a_range_gives_that_part_and_tells_the_whole_size,
            ranges::a_range_is_cut_at_the_end,
            ranges::a_range_behind_the_end_is_refused_with_the_size,
            ranges::a_range_of_nothing_is_absent,
            listing::names_come_in_the_order_of_their_bytes,
            listing::pages_give_every_name_once,
            listing::a_page_may_start_behind_a_name_that_is_gone,
            listing::a_listing_stays_in_its_folder,
            listing::an_unknown_folder_is_empty_and_a_bad_one_refused,
        );
    };
    ($name:ident, $harness:ty, durable) => {
        $crate::conformance!($name, $harness);
        mod durable {
            use super::*;
            $crate::conformance!(@tests $name, $harness, $crate::conformance::Harness;
                durability::what_was_put_is_there_after_reopening,
                durability::what_was_deleted_is_gone_after_reopening,
            );
        }
    };
    ($name:ident, $harness:ty, uploads) => {
        $crate::conformance!(@tests $name, $harness, $crate::conformance::uploads::UploadHarness;
            uploads::what_was_uploaded_is_there,
            uploads::what_was_not_uploaded_is_absent,
            uploads::a_large_upload_in_parts_comes_back_whole,
            uploads::more_than_is_asked_for_is_not_read,
            uploads::a_file_that_is_too_large_or_too_small_is_refused,
            uploads::a_changed_form_is_refused,
            uploads::an_expired_form_is_refused,
            uploads::a_second_upload_replaces_the_first,
            uploads::a_deleted_upload_is_gone,
            uploads::a_listing_goes_on_behind_a_name,
        );
    };
    ($name:ident, $harness:ty, embedded) => {
        $crate::conformance!(@tests $name, $harness, $crate::conformance::uploads::UploadHarness;
            embedded::a_file_that_breaks_off_leaves_what_was_there,
            embedded::what_is_taken_in_is_told,
            embedded::pages_give_every_upload_once,
        );
    };
    (@tests $name:ident, $harness:ty, $way:path; $($group:ident :: $case:ident,)+) => {
        mod $name {
            use super::*;
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $case() {
                    let harness = <$harness as $way>::create().await;
                    $crate::conformance::$group::$case(harness).await;
                }
            )+
        }
    };
}
