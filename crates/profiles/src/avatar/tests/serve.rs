//! Avatars as they are served.

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http_body_util::BodyExt as _;
use selfsame_web::{Code, Problem};
use tower_service::Service as _;

use super::world::{BLUE, World, picture};
use crate::avatar::FEATURE;

async fn get(world: &World, path: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = Request::builder().uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut router = selfsame_web::router(vec![FEATURE.bind(&world.profiles())]);
    router.call(request.body(Body::empty()).unwrap()).await.unwrap()
}

async fn body(response: Response) -> Vec<u8> {
    response.into_body().collect().await.unwrap().to_bytes().to_vec()
}

fn header<'r>(response: &'r Response, name: &str) -> &'r str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

async fn shown() -> (World, String) {
    let world = World::new().await;
    let data = world.upload(&picture(64, 48, BLUE)).await.unwrap();
    let path = data["avatarUrl"]
        .as_str()
        .unwrap()
        .strip_prefix("http://127.0.0.1:8080")
        .unwrap()
        .to_owned();
    (world, path)
}

#[tokio::test]
async fn a_picture_may_be_kept_for_a_year_shown_anywhere_and_does_nothing() {
    let (world, path) = shown().await;
    let response = get(&world, &path, &[]).await;
    assert_eq!(response.status(), 200);
    for (name, value) in [
        ("content-type", "image/jpeg"),
        ("cache-control", "public, max-age=31536000, immutable"),
        ("cross-origin-resource-policy", "cross-origin"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'; sandbox"),
        ("accept-ranges", "bytes"),
    ] {
        assert_eq!(header(&response, name), value, "{name}");
    }
    assert!(body(response).await.starts_with(&[0xff, 0xd8]));
}

#[tokio::test]
async fn who_has_it_already_is_told_so() {
    let (world, path) = shown().await;
    let etag = header(&get(&world, &path, &[]).await, "etag").to_owned();
    for given in [etag.clone(), format!("\"x\", W/{etag}"), "*".to_owned()] {
        let response = get(&world, &path, &[("If-None-Match", &given)]).await;
        assert_eq!(response.status(), 304, "{given}");
        assert_eq!(header(&response, "etag"), etag);
        assert!(body(response).await.is_empty());
    }
    assert_eq!(get(&world, &path, &[("If-None-Match", "\"x\"")]).await.status(), 200);
    let both = get(&world, &path, &[("If-None-Match", &etag), ("Range", "bytes=999999-")]).await;
    assert_eq!(both.status(), 304, "the condition comes before the range");
}

#[tokio::test]
async fn a_range_request_gets_its_range() {
    let (world, path) = shown().await;
    let whole = body(get(&world, &path, &[]).await).await;
    let part = get(&world, &path, &[("Range", "bytes=2-5")]).await;
    assert_eq!(
        (part.status().as_u16(), header(&part, "content-range")),
        (206, &*format!("bytes 2-5/{}", whole.len()))
    );
    assert_eq!(body(part).await, whole[2..6]);
    let beyond = get(&world, &path, &[("Range", "bytes=999999-")]).await;
    assert_eq!(
        (beyond.status().as_u16(), header(&beyond, "content-range")),
        (416, &*format!("bytes */{}", whole.len()))
    );
    let several = get(&world, &path, &[("Range", "bytes=0-1,3-4")]).await;
    assert_eq!(several.status(), 200);
}

#[tokio::test]
async fn a_part_of_another_version_is_not_given() {
    let (world, path) = shown().await;
    let etag = header(&get(&world, &path, &[]).await, "etag").to_owned();
    let same = get(&world, &path, &[("Range", "bytes=2-5"), ("If-Range", &etag)]).await;
    assert_eq!(same.status(), 206);
    let other = get(&world, &path, &[("Range", "bytes=2-5"), ("If-Range", "\"x\"")]).await;
    assert_eq!(other.status(), 200);
    assert!(body(other).await.len() > 4);
}

#[tokio::test]
async fn names_of_nothing_are_not_found() {
    let (world, _) = shown().await;
    for path in
        ["/avatars/aaaaaaaaaaaaaaaaaaaaaa.jpg", "/avatars/a.jpg", "/avatars/..%2F..%2Fetc%2Fpasswd"]
    {
        for headers in [&[][..], &[("Range", "bytes=0-1")], &[("If-None-Match", "*")]] {
            let response = get(&world, path, headers).await;
            assert_eq!(
                response.extensions().get::<Problem>().unwrap().code,
                Code::NotFound,
                "{path}"
            );
        }
    }
}
