//! Arrivals that a bucket reports.

use selfsame_testbed::Answer;
use serde_json::{Value, json};

use super::scene::{Scene, picture};
use selfsame_testbed::identity::service_tokens::ServiceTokens;

const PATH: &str = "/internal/v1/media/bucket-events";

async fn token(scene: &Scene, scope: &str) -> String {
    let app = &scene.bed.app;
    let tokens = ServiceTokens {
        store: &*app.platform.store,
        keys: &app.platform.keys,
        random: &*app.platform.random,
    };
    tokens.create("bucket", &[scope.to_owned()], app.platform.now()).await.unwrap().0
}

fn event(key: &str) -> Value {
    json!({"Records": [{
        "eventVersion": "2.1", "eventSource": "aws:s3", "eventName": "ObjectCreated:Post",
        "s3": {"bucket": {"name": "selfsame-media"}, "object": {"key": key, "size": 1, "eTag": "x"}}
    }]})
}

async fn report(scene: &Scene, token: &str, event: &Value) -> Answer {
    scene.bed.post(PATH, event).token(token).send().await
}

/// Puts a file into the store without a report, as in a bucket.
pub(super) async fn put(scene: &Scene, ticket: &Value, file: &[u8]) -> String {
    use futures_util::StreamExt as _;
    use selfsame_blobs::Uploads as _;
    let mut form = selfsame_blobs::upload_form::Form::new();
    for (name, value) in ticket["uploadHeaders"].as_object().unwrap() {
        form.push(name, value.as_str().unwrap()).unwrap();
    }
    let body = futures_util::stream::iter([Ok(file.to_vec().into())]).boxed();
    scene.bed.uploads.receive(&form, body, scene.bed.app.platform.now()).await.unwrap().1.etag
}

#[tokio::test]
async fn a_file_that_only_the_bucket_reports_becomes_a_picture() {
    let scene = Scene::new().await;
    let service = token(&scene, "media:events").await;
    let ticket = scene.request_upload().await;
    put(&scene, &ticket, &picture(1)).await;
    let key = ticket["uploadHeaders"]["key"].as_str().unwrap();
    let expected_counts =
        |taken, known, ignored| json!({"taken": taken, "known": known, "ignored": ignored});
    assert_eq!(
        report(&scene, &service, &event(key)).await.expect(200).data(),
        expected_counts(1, 0, 0)
    );
    assert_eq!(
        report(&scene, &service, &event(key)).await.expect(200).data(),
        expected_counts(0, 1, 0)
    );
    assert_eq!(scene.bed.event_types().await, ["media.uploaded", "media.ready"]);
    assert_eq!(
        report(&scene, &service, &event(key)).await.expect(200).data(),
        expected_counts(0, 0, 1),
        "it is gone"
    );
    assert_eq!(scene.status(&ticket).await, "ready");
}

#[tokio::test]
async fn completion_before_and_after_the_event_is_one_picture() {
    let scene = Scene::new().await;
    let service = token(&scene, "media:events").await;
    let (ticket, file) = (scene.request_upload().await, picture(1));
    let etag = put(&scene, &ticket, &file).await;
    scene.complete(&ticket, &format!("\"{etag}\""), file.len()).await.expect(200);
    let key = ticket["uploadHeaders"]["key"].as_str().unwrap();
    assert_eq!(report(&scene, &service, &event(key)).await.expect(200).data()["known"], 1);
    scene.complete(&ticket, &etag, file.len()).await.expect(200);
    assert_eq!(scene.bed.event_types().await, ["media.uploaded", "media.ready"]);
}

#[tokio::test]
async fn events_of_other_things_are_ignored_and_other_callers_refused() {
    let scene = Scene::new().await;
    let service = token(&scene, "media:events").await;
    let ticket = scene.request_upload().await;
    let key = ticket["uploadHeaders"]["key"].as_str().unwrap();
    for key in [
        key,
        "uploads/profile-images/../x.jpg",
        "elsewhere/a.jpg",
        "uploads/profile-images/zzzzzzzz.jpg",
    ] {
        assert_eq!(
            report(&scene, &service, &event(key)).await.expect(200).data()["ignored"],
            1,
            "{key}"
        );
    }
    let test = json!({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "selfsame-media"});
    report(&scene, &service, &test).await.expect(200);
    let other = token(&scene, "profiles:read").await;
    report(&scene, &other, &event(key)).await.problem(403, "forbidden");
    report(&scene, &scene.ada.token, &event(key)).await.problem(401, "unauthenticated");
    assert_eq!(scene.status(&ticket).await, "pending");
}
