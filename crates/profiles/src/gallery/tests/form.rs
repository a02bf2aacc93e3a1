//! The route of upload forms, which responds as Amazon S3 does.

use std::time::Duration;

use serde_json::Value;

use super::scene::{FORM, Scene, form, picture};

fn fields(ticket: &Value) -> Vec<(&str, &str)> {
    let fields = ticket["uploadHeaders"].as_object().unwrap();
    fields.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap())).collect()
}

async fn refused(scene: &Scene, body: Vec<u8>, status: u16, code: &str) {
    let answer = scene
        .bed
        .call("POST", "/uploads/selfsame-media")
        .body(FORM, body)
        .send()
        .await
        .expect(status);
    let xml = String::from_utf8(answer.bytes.to_vec()).unwrap();
    assert_eq!(answer.header("content-type"), "application/xml");
    assert!(xml.contains(&format!("<Code>{code}</Code>")), "{xml}");
    assert!(scene.bed.uploads.names().is_empty(), "nothing is kept");
}

#[tokio::test]
async fn every_field_that_is_changed_added_or_left_out_is_refused() {
    let scene = Scene::new().await;
    let (ticket, file) = (scene.request_upload().await, picture(1));
    for at in 0..fields(&ticket).len() {
        let mut changed = fields(&ticket);
        let other = format!("{}x", changed[at].1);
        changed[at].1 = &other;
        let body = form(&changed, Some(&file));
        let answer =
            scene.bed.call("POST", "/uploads/selfsame-media").body(FORM, body).send().await;
        assert!((400..500).contains(&answer.status), "{}: {}", changed[at].0, answer.status);
        let mut fewer = fields(&ticket);
        fewer.remove(at);
        let answer = scene
            .bed
            .call("POST", "/uploads/selfsame-media")
            .body(FORM, form(&fewer, Some(&file)))
            .send()
            .await;
        assert!((400..500).contains(&answer.status), "{at}: {}", answer.status);
    }
    let mut more = fields(&ticket);
    more.push(("acl", "public-read"));
    refused(&scene, form(&more, Some(&file)), 403, "AccessDenied").await;
    assert_eq!(scene.status(&ticket).await, "pending");
    scene.send(&ticket, &file).await.expect(204);
    scene.bed.events().await;
}

#[tokio::test]
async fn a_file_outside_of_the_agreed_sizes_is_refused() {
    let scene = Scene::with(|settings| settings.max_bytes = 5000).await;
    let meta = serde_json::json!({"size": 5000, "format": "png"});
    let meta = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, meta.to_string());
    let body = serde_json::json!({"mediaType": "image", "mediaMeta": meta});
    let ticket = scene.bed.post(&scene.media, &body).by(&scene.ada).send().await.expect(200).json();
    refused(&scene, form(&fields(&ticket), Some(&[0; 1023])), 400, "EntityTooSmall").await;
    refused(&scene, form(&fields(&ticket), Some(&[0; 5001])), 400, "EntityTooLarge").await;
    assert_eq!(scene.status(&ticket).await, "pending");
}

#[tokio::test]
async fn a_form_that_is_late_or_not_whole_is_refused() {
    let scene = Scene::new().await;
    let (ticket, file) = (scene.request_upload().await, picture(1));
    let whole = form(&fields(&ticket), Some(&file));
    refused(&scene, form(&fields(&ticket), None), 400, "IncorrectNumberOfFilesInPostRequest").await;
    refused(&scene, whole[..whole.len() / 2].to_vec(), 400, "IncompleteBody").await;
    refused(
        &scene,
        form(&[("x-ignore-a", &"y".repeat(30_000))], Some(&file)),
        400,
        "MaxPostPreDataLengthExceededError",
    )
    .await;
    let answer = scene
        .bed
        .call("POST", "/uploads/selfsame-media")
        .body("text/plain", whole.clone())
        .send()
        .await;
    answer.expect(412);
    let answer =
        scene.bed.call("POST", "/uploads/another-bucket").body(FORM, whole.clone()).send().await;
    assert!((400..500).contains(&answer.status));
    scene.bed.clock.advance(Duration::from_hours(1));
    refused(&scene, whole, 403, "AccessDenied").await;
}

#[tokio::test]
async fn the_same_form_again_is_no_second_picture() {
    let scene = Scene::new().await;
    let (ticket, file) = (scene.request_upload().await, picture(1));
    let first = scene.send(&ticket, &file).await.expect(204).header("etag").to_owned();
    assert_eq!(scene.send(&ticket, &file).await.expect(204).header("etag"), first);
    assert_eq!(scene.bed.event_types().await, ["media.uploaded", "media.ready"]);
    scene.send(&ticket, &file).await.expect(204);
    assert!(scene.bed.uploads.names().is_empty(), "a file whose picture is made is not kept");
    scene.send(&ticket, &picture(2)).await.expect(403);
    assert!(scene.bed.uploads.names().is_empty());
    assert!(scene.bed.event_types().await.is_empty());
    assert_eq!(scene.status(&ticket).await, "ready");
}

#[tokio::test]
async fn a_form_for_a_picture_that_was_given_up_is_refused() {
    let scene = Scene::new().await;
    let (ticket, file) = (scene.request_upload().await, picture(1));
    scene.bed.delete(&scene.one(&ticket)).by(&scene.ada).send().await.expect(200);
    refused(&scene, form(&fields(&ticket), Some(&file)), 403, "AccessDenied").await;
    assert_eq!(scene.free().await, 5);
    scene.bed.events().await;
}
