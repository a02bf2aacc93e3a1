//! The owner's claim is compared with the stored object.

use serde_json::json;

use super::scene::{Scene, picture};

#[tokio::test]
async fn another_tag_or_size_is_refused_and_frees_the_id() {
    for wrong_size in [false, true] {
        let scene = Scene::new().await;
        let (ticket, file) = (scene.request_upload().await, picture(1));
        let etag = scene.send(&ticket, &file).await.expect(204).header("etag").to_owned();
        let (etag, size) = if wrong_size {
            (etag, file.len() + 1)
        } else {
            ("\"d41d8cd98f00b204e9800998ecf8427e\"".into(), file.len())
        };
        scene.complete(&ticket, &etag, size).await.problem(409, "conflict");
        assert_eq!(scene.free().await, 5);
        scene.bed.get(&scene.one(&ticket)).by(&scene.ada).send().await.problem(404, "not_found");
        assert_eq!(scene.bed.event_types().await, ["media.uploaded", "media.failed"]);
        assert!(scene.bed.uploads.names().is_empty());
    }
}

#[tokio::test]
async fn completing_what_never_arrived_is_refused_and_frees_the_id() {
    let scene = Scene::new().await;
    let ticket = scene.request_upload().await;
    scene
        .complete(&ticket, "\"d41d8cd98f00b204e9800998ecf8427e\"", 2000)
        .await
        .problem(409, "conflict");
    assert_eq!(scene.free().await, 5);
    assert_eq!(scene.bed.event_types().await, ["media.failed"]);
}

#[tokio::test]
async fn an_upload_that_its_owner_gives_up_frees_the_id() {
    let scene = Scene::new().await;
    let ticket = scene.request_upload().await;
    let body = json!({"uploadSuccess": false});
    let answer =
        scene.bed.post(&scene.one(&ticket), &body).by(&scene.ada).send().await.expect(200).json();
    let expected =
        json!({"mediaId": ticket["mediaId"], "status": "error", "estimatedProcessingTime": 0});
    assert_eq!(answer, expected);
    assert_eq!(scene.free().await, 5);
    let events = scene.bed.events().await;
    assert_eq!(events[0].data["reason"], "not_uploaded");
    scene
        .bed
        .post(&scene.one(&ticket), &body)
        .by(&scene.ada)
        .send()
        .await
        .problem(404, "not_found");
}

#[tokio::test]
async fn completing_again_changes_nothing_and_a_wrong_second_call_loses_no_picture() {
    let scene = Scene::new().await;
    let (ticket, file) = (scene.request_upload().await, picture(1));
    let etag = scene.send(&ticket, &file).await.expect(204).header("etag").to_owned();
    scene.complete(&ticket, &etag, file.len()).await.expect(200);
    scene.complete(&ticket, etag.trim_matches('"'), file.len()).await.expect(200);
    scene.bed.events().await;
    let again = scene.complete(&ticket, &etag, file.len()).await.expect(200).json();
    assert_eq!(
        (&again["status"], &again["estimatedProcessingTime"]),
        (&json!("processing"), &json!(0))
    );
    scene.complete(&ticket, "\"other\"", file.len()).await.problem(409, "conflict");
    let body = json!({"uploadSuccess": false});
    scene.bed.post(&scene.one(&ticket), &body).by(&scene.ada).send().await.problem(409, "conflict");
    assert_eq!(scene.status(&ticket).await, "ready");
    assert!(scene.bed.event_types().await.is_empty());
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let scene = Scene::new().await;
    let ticket = scene.request_upload().await;
    let cases = [
        (json!({}), "Missing required field: uploadSuccess"),
        (json!({"uploadSuccess": true, "actualSize": 1}), "Missing required field: s3ETag"),
        (json!({"uploadSuccess": true, "s3ETag": "x"}), "Missing required field: actualSize"),
    ];
    for (body, error) in cases {
        let answer = scene.bed.post(&scene.one(&ticket), &body).by(&scene.ada).send().await;
        assert_eq!(answer.problem(400, "invalid_request")["error"], error);
    }
    assert_eq!(scene.status(&ticket).await, "pending");
}
