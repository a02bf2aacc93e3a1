//! Cases for stores whose upload forms lead to this service.

use bytes::Bytes;
use futures_util::stream;
use selfsame_primitives::Timestamp;

use super::uploads::UploadHarness;
use crate::upload_form::{Form, Refusal};
use crate::{MediaType, ReceiveError, UploadInstructions, UploadName, Uploads};

/// Hands `parts` in with the fields of `direct`, as a route does: for [`UploadHarness::send`].
pub async fn hand_in(
    uploads: &dyn Uploads,
    direct: &UploadInstructions,
    parts: Vec<Bytes>,
    now: Timestamp,
) -> (u16, String) {
    let form = Form::of(&direct.fields).unwrap();
    let body = Box::pin(stream::iter(parts.into_iter().map(Ok)));
    match uploads.receive(&form, body, now).await {
        Ok(_) => (204, String::new()),
        Err(ReceiveError::Refused(refusal)) => (refusal.status(), refusal.code.as_str().to_owned()),
        Err(ReceiveError::Failed(error)) => (503, error.to_string()),
    }
}

/// Also where there was a whole one before.
pub async fn a_file_that_breaks_off_leaves_what_was_there<H: UploadHarness>(harness: H) {
    let (uploads, now) = (harness.uploads(), harness.now());
    let name = UploadName::new("aB3cD4eF", MediaType::Png).unwrap();
    let life = std::time::Duration::from_mins(1);
    let direct = uploads.form(&name, 1..=1_000_000, life, now).await.unwrap();
    let form = Form::of(&direct.fields).unwrap();
    let broken = || {
        let part = Bytes::from(vec![7; 300_000]);
        Box::pin(stream::iter([Ok(part.clone()), Ok(part), Err(Refusal::incomplete())]))
    };
    let outcome = uploads.receive(&form, broken(), now).await;
    assert_eq!(outcome, Err(ReceiveError::Refused(Refusal::incomplete())));
    assert_eq!(uploads.head(&name).await, Ok(None));
    assert_eq!(hand_in(&*uploads, &direct, vec![Bytes::from_static(b"whole")], now).await.0, 204);
    uploads.receive(&form, broken(), now).await.unwrap_err();
    assert_eq!(uploads.get(&name, 100).await.unwrap().unwrap().1, "whole");
}

/// With what the uploader is told.
pub async fn what_is_taken_in_is_told<H: UploadHarness>(harness: H) {
    let (uploads, now) = (harness.uploads(), harness.now());
    let name = UploadName::new("aB3cD4eF", MediaType::WebP).unwrap();
    let direct = uploads.form(&name, 1..=9, std::time::Duration::from_mins(1), now).await.unwrap();
    let body = Box::pin(stream::iter([Ok(Bytes::from_static(b"file"))]));
    let (same, upload) =
        uploads.receive(&Form::of(&direct.fields).unwrap(), body, now).await.unwrap();
    assert_eq!((same, upload.modified), (name.clone(), now));
    assert_eq!(uploads.head(&name).await, Ok(Some(upload)));
}

/// More than a page of them.
pub async fn pages_give_every_upload_once<H: UploadHarness>(harness: H) {
    let (uploads, now) = (harness.uploads(), harness.now());
    let names =
        (0..1_100).map(|number| UploadName::new(&format!("{number:08}"), MediaType::Jpeg).unwrap());
    let names: Vec<_> = names.collect();
    for name in &names {
        let direct =
            uploads.form(name, 0..=1, std::time::Duration::from_mins(1), now).await.unwrap();
        assert_eq!(hand_in(&*uploads, &direct, Vec::new(), now).await.0, 204);
    }
    let first = uploads.list(None).await.unwrap();
    assert_eq!((first.uploads.len(), first.more), (1_000, true));
    let rest = uploads.list(first.uploads.last().map(|(name, _)| name)).await.unwrap();
    let listed: Vec<_> =
        first.uploads.into_iter().chain(rest.uploads).map(|(name, _)| name).collect();
    assert!(listed == names && !rest.more);
}
