//! Accepted uploads.

use selfsame_blobs::{BlobName, Blobs as _};
use selfsame_images::{Format, Limits, inspect};
use selfsame_web::Code;
use tokio::task::JoinSet;

use super::world::{BLUE, GREEN, World, form, picture};
use selfsame_media::pictures::PictureSettings;

/// Format, width and height of the blob at `url`.
async fn shown_at(world: &World, url: &serde_json::Value) -> (Format, u32, u32) {
    let name = url.as_str().unwrap().strip_prefix("http://127.0.0.1:8080/").unwrap();
    let blob = world.blobs.get(&BlobName::parse(name).unwrap(), None).await.unwrap().unwrap();
    let header = inspect(&blob.bytes, &Limits::default()).unwrap();
    (header.format, header.width, header.height)
}

#[tokio::test]
async fn an_uploaded_picture_is_kept_in_three_sizes_and_told_of() {
    let world = World::new().await;
    let data = world.upload(&picture(520, 160, BLUE)).await.unwrap();
    assert_eq!(shown_at(&world, &data["avatarUrl"]).await, (Format::Jpeg, 520, 160));
    assert_eq!(shown_at(&world, &data["mediumUrl"]).await, (Format::Jpeg, 512, 158));
    assert_eq!(shown_at(&world, &data["thumbnailUrl"]).await, (Format::Jpeg, 150, 150));
    assert_eq!((data["width"].as_u64(), data["height"].as_u64()), (Some(520), Some(160)));
    assert_eq!(
        (&data["contentType"], &data["uploadedAt"]),
        (&"image/jpeg".into(), &"2026-01-01T00:00:00.000Z".into())
    );
    let placeholder =
        selfsame_primitives::from_base64url(data["placeholder"].as_str().unwrap()).unwrap();
    assert!((5..=40).contains(&placeholder.len()));
    let profile = world.profile().await;
    assert_eq!(
        (profile.version, profile.avatar.unwrap().file_size),
        (2, data["fileSize"].as_u64().unwrap())
    );
    let emitted = world.emitted().await;
    assert_eq!(emitted.len(), 1);
    assert_eq!(emitted[0].0, "profile.avatar_updated");
    assert_eq!(emitted[0].1["avatarUrl"], data["avatarUrl"]);
}

#[tokio::test]
async fn the_same_picture_sent_twice_has_two_addresses() {
    let world = World::new().await;
    let first = world.upload(&picture(64, 48, BLUE)).await.unwrap();
    let second = world.upload(&picture(64, 48, BLUE)).await.unwrap();
    assert_ne!(first["avatarUrl"], second["avatarUrl"]);
    // No two sizes of a small picture differ, so it has one address, and a square thumbnail.
    assert_eq!(second["avatarUrl"], second["mediumUrl"]);
    assert_ne!(second["avatarUrl"], second["thumbnailUrl"]);
}

#[tokio::test]
async fn a_new_picture_and_a_removal_end_the_old_addresses() {
    let mut world = World::new().await;
    world.upload(&picture(64, 48, BLUE)).await.unwrap();
    let old = world.kept();
    world.upload(&picture(64, 48, GREEN)).await.unwrap();
    world.collect().await.unwrap();
    assert!(old.is_disjoint(&world.kept()));
    assert_eq!(world.kept(), world.shown().await);
    let data = world.remove().await.unwrap();
    assert_eq!(
        data["avatarUrl"],
        "http://127.0.0.1:8080/v1/avatars/usr_01JD3Z5K8QW4N6R7T9V2X0Y1AB.svg"
    );
    world.collect().await.unwrap();
    assert!(world.kept().is_empty());
    world.check("after all that").await;
}

#[tokio::test]
async fn a_removal_emits_one_event_and_nothing_happens_without_a_picture() {
    let world = World::new().await;
    world.remove().await.unwrap();
    world.upload(&picture(64, 48, BLUE)).await.unwrap();
    world.remove().await.unwrap();
    world.remove().await.unwrap();
    let emitted: Vec<_> = world.emitted().await.into_iter().map(|(name, _)| name).collect();
    assert_eq!(emitted, ["profile.avatar_updated", "profile.avatar_removed"]);
    assert_eq!(world.profile().await.version, 3);
}

#[tokio::test]
async fn a_crop_keeps_that_part_of_the_picture() {
    let world = World::new().await;
    let request = form(&[("crop", b"0.5,0,0.5,1"), ("avatar", &picture(400, 100, BLUE))]);
    let data = world.send(request).await.unwrap();
    assert_eq!((data["width"].as_u64(), data["height"].as_u64()), (Some(200), Some(100)));
}

#[tokio::test]
async fn no_thumbnail_is_made_where_they_are_off() {
    let world =
        World::with(PictureSettings { thumbnail: None, ..PictureSettings::default() }).await;
    let data = world.upload(&picture(64, 48, BLUE)).await.unwrap();
    assert!(data.get("thumbnailUrl").is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_hundred_uploads_at_once_each_is_done_or_asked_to_retry() {
    let settings = PictureSettings {
        threads: 2,
        waiting: 4,
        arriving: 256 << 10,
        ..PictureSettings::default()
    };
    let mut world = World::with(settings).await;
    let mut tasks = JoinSet::new();
    let shared = std::sync::Arc::new(world);
    let file = std::sync::Arc::new(picture(300, 200, BLUE));
    for _ in 0..100 {
        let (world, file) = (shared.clone(), file.clone());
        tasks.spawn(async move { world.upload(&file).await });
    }
    let mut done = 0;
    for outcome in tasks.join_all().await {
        match outcome {
            Ok(_) => done += 1,
            Err(problem) => {
                assert_eq!((problem.code, problem.retry_after), (Code::Unavailable, Some(2)));
            }
        }
    }
    world = std::sync::Arc::into_inner(shared).unwrap();
    assert!(done > 0);
    assert_eq!(world.profile().await.version, done + 1);
    world.check("after a hundred uploads").await;
}
