//! Uploads that are never completed.

use std::time::Duration;

use super::scene::{Scene, picture};

#[tokio::test]
async fn an_upload_that_never_comes_frees_its_id_after_its_time() {
    let scene = Scene::new().await;
    let ticket = scene.request_upload().await;
    scene.bed.clock.advance(Duration::from_mins(89));
    scene.sweep().await;
    assert_eq!(scene.status(&ticket).await, "pending");
    scene.bed.clock.advance(Duration::from_mins(2));
    scene.sweep().await;
    assert_eq!(scene.free().await, 5);
    let events = scene.bed.events().await;
    assert_eq!(events[0].data["reason"], "expired");
    scene.sweep().await;
    assert!(scene.bed.event_types().await.is_empty());
}

#[tokio::test]
async fn an_unreported_upload_becomes_a_picture() {
    let scene = Scene::new().await;
    let (ticket, file) = (scene.request_upload().await, picture(1));
    super::bucket::put(&scene, &ticket, &file).await;
    scene.bed.clock.advance(Duration::from_hours(2));
    scene.sweep().await;
    assert_eq!(scene.bed.event_types().await, ["media.uploaded", "media.ready"]);
    assert_eq!(scene.status(&ticket).await, "ready");
}

#[tokio::test]
async fn an_unexpected_file_is_deleted_once_no_form_can_bring_it_again() {
    let scene = Scene::new().await;
    let (ticket, file) = (scene.request_upload().await, picture(1));
    scene.bed.delete(&scene.one(&ticket)).by(&scene.ada).send().await.expect(200);
    super::bucket::put(&scene, &ticket, &file).await;
    scene.sweep().await;
    assert_eq!(scene.bed.uploads.names().len(), 1);
    scene.bed.clock.advance(Duration::from_hours(2));
    scene.sweep().await;
    assert!(scene.bed.uploads.names().is_empty());
    scene.bed.events().await;
}

#[tokio::test]
async fn an_upload_requested_under_a_clock_far_ahead_frees_its_id_once_the_clock_is_right() {
    let scene = Scene::new().await;
    let right = scene.bed.app.platform.now();
    scene.bed.clock.set(right.plus(Duration::from_hours(20 * 24)));
    scene.request_upload().await;
    scene.bed.clock.set(right);
    let (asked, taken) = (scene.request_upload().await, scene.request_upload().await);
    scene.send(&taken, &picture(1)).await.expect(204);
    assert_eq!(scene.free().await, 2);
    scene.sweep().await;
    assert_eq!(scene.free().await, 3);
    assert_eq!(scene.status(&asked).await, "pending", "its time has not come");
    assert_eq!(scene.status(&taken).await, "processing", "it may be for days");
    scene.bed.events().await;
}

#[tokio::test]
async fn a_raised_number_of_pictures_gives_a_gallery_more_ids_and_a_lowered_one_fewer() {
    let scene = Scene::with(|settings| settings.per_profile = 3).await;
    for _ in 0..3 {
        scene.request_upload().await;
    }
    assert_eq!(scene.free().await, 0);
    let body = super::scene::request();
    scene.bed.post(&scene.media, &body).by(&scene.ada).send().await.problem(409, "conflict");
}
