//! Refused uploads leave the old avatar in place.

use axum::body::Body;
use axum::extract::Request;
use selfsame_images::Format;
use selfsame_web::{Code, Problem};

use super::world::{BLUE, GREEN, World, form, picture};
use selfsame_media::pictures::PictureSettings;

async fn refused(world: &World, request: Request) -> (Code, String) {
    let before = (world.profile().await, world.kept());
    let problem: Problem = world.send(request).await.unwrap_err();
    assert_eq!((world.profile().await, world.kept()), before, "the old picture stays as it is");
    (problem.code, problem.errors.first().map(|error| error.pointer.clone()).unwrap_or_default())
}

async fn with_a_picture(settings: PictureSettings) -> World {
    let world = World::with(settings).await;
    world.upload(&picture(64, 48, BLUE)).await.unwrap();
    world
}

fn at_avatar(code: Code) -> (Code, String) {
    (code, "/avatar".to_owned())
}

#[tokio::test]
async fn files_that_are_no_good_pictures_are_refused_each_with_its_reason() {
    let world = with_a_picture(PictureSettings::default()).await;
    let whole = picture(64, 48, GREEN);
    let half = &whole[..whole.len() / 2];
    let wide = picture(17_000, 1, GREEN);
    for (file, code) in [
        (&b"%PDF-1.7 not a picture"[..], Code::ImageTypeUnsupported),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", Code::ImageTypeUnsupported),
        (b"", Code::ImageTypeUnsupported),
        (half, Code::ImageInvalid),
        (&wide, Code::ImageTooLarge),
    ] {
        assert_eq!(refused(&world, form(&[("avatar", file)])).await, at_avatar(code));
    }
}

#[tokio::test]
async fn a_file_with_too_many_bytes_is_refused_however_many_they_are() {
    let mut settings = PictureSettings::default();
    settings.avatars.max_bytes = 10_000;
    let world = with_a_picture(settings).await;
    for size in [10_001, 50_000, 500_000] {
        let request = form(&[("avatar", &vec![0; size])]);
        assert_eq!(refused(&world, request).await, at_avatar(Code::ImageTooLarge));
    }
}

#[tokio::test]
async fn a_type_that_is_not_taken_is_known_by_its_content() {
    let mut settings = PictureSettings::default();
    settings.avatars.formats = vec![Format::Jpeg];
    let world = World::with(settings).await;
    // The form calls it a.jpg.
    let request = form(&[("avatar", &picture(64, 48, GREEN))]);
    assert_eq!(refused(&world, request).await, at_avatar(Code::ImageTypeUnsupported));
}

#[tokio::test]
async fn a_form_of_another_shape_is_refused_with_the_part_at_fault() {
    let world = with_a_picture(PictureSettings::default()).await;
    let file = &picture(64, 48, GREEN)[..];
    let long = [b'1'; 300];
    for (parts, pointer) in [
        (&[][..], "/avatar"),
        (&[("crop", &b"0,0,1,1"[..])][..], "/avatar"),
        (&[("avatar", file), ("avatar", file)], "/avatar"),
        (&[("avatar", file), ("owner", b"usr_2")], "/owner"),
        (&[("avatar", file), ("crop", b"0,0,2,1")], "/crop"),
        (&[("avatar", file), ("crop", b"\xff\xfe")], "/crop"),
        (&[("avatar", file), ("crop", &long)], "/crop"),
    ] {
        assert_eq!(refused(&world, form(parts)).await, (Code::Invalid, pointer.to_owned()));
    }
}

#[tokio::test]
async fn a_body_that_is_no_form_is_refused() {
    let world = with_a_picture(PictureSettings::default()).await;
    let json = Request::builder()
        .header("Content-Type", "application/json")
        .body(Body::from("{}"))
        .unwrap();
    assert_eq!(refused(&world, json).await.0, Code::UnsupportedMediaType);
    let bare = Request::new(Body::from(picture(64, 48, GREEN)));
    assert_eq!(refused(&world, bare).await.0, Code::UnsupportedMediaType);
    let cut = Request::builder().header("Content-Type", "multipart/form-data; boundary=edge");
    let cut = cut
        .body(Body::from("--edge\r\nContent-Disposition: form-data; name=\"avatar\"\r\n\r\nhal"))
        .unwrap();
    assert_eq!(refused(&world, cut).await.0, Code::Invalid);
}

#[tokio::test]
async fn an_upload_for_an_old_version_is_refused_and_leaves_nothing() {
    let mut world = with_a_picture(PictureSettings::default()).await;
    let mut request = form(&[("avatar", &picture(64, 48, GREEN))]);
    request.headers_mut().insert("If-Match", http::HeaderValue::from_static("\"1-abc\""));
    assert_eq!(world.send(request).await.unwrap_err().code, Code::VersionConflict);
    world.check("after a stale upload").await;
}
