//! The documented exchanges, byte for byte.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::scene::{Scene, picture, request};

#[tokio::test]
async fn a_request_answers_a_form_for_one_of_the_profiles_ids() {
    let scene = Scene::new().await;
    let (free, _) = scene.ids().await;
    let ticket = scene.request_upload().await;
    let mut members: Vec<_> = ticket.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, ["expiresAt", "mediaId", "uploadHeaders", "uploadMethod", "uploadUrl"]);
    assert_eq!(ticket["mediaId"], json!(free[0]));
    assert_eq!(ticket["uploadMethod"], "POST");
    assert_eq!(ticket["expiresAt"], "2027-01-15T09:00:00.000Z");
    let mut fields: Vec<_> =
        ticket["uploadHeaders"].as_object().unwrap().keys().map(String::as_str).collect();
    fields.sort_unstable();
    let expected = [
        "Content-Type",
        "key",
        "policy",
        "x-amz-algorithm",
        "x-amz-credential",
        "x-amz-date",
        "x-amz-signature",
    ];
    assert_eq!(fields, expected);
    assert_eq!(
        ticket["uploadHeaders"]["key"],
        json!(format!("uploads/profile-images/{}.png", free[0]))
    );
    assert_eq!(ticket["uploadHeaders"]["x-amz-algorithm"], "AWS4-HMAC-SHA256");
    let policy = STANDARD.decode(ticket["uploadHeaders"]["policy"].as_str().unwrap()).unwrap();
    let policy: Value = serde_json::from_slice(&policy).unwrap();
    let range = json!(["content-length-range", 1024, 10_485_760]);
    assert!(policy["conditions"].as_array().unwrap().contains(&range), "{policy}");
    assert!(
        policy["conditions"].as_array().unwrap().contains(&json!({"Content-Type": "image/png"})),
        "{policy}"
    );
    assert_eq!(scene.status(&ticket).await, "pending");
}

#[tokio::test]
async fn a_form_of_the_embedded_store_is_for_the_region_that_is_set() {
    let scene = Scene::with(|settings| settings.region = "eu-west-1".into()).await;
    let ticket = scene.request_upload().await;
    let credential = ticket["uploadHeaders"]["x-amz-credential"].as_str().unwrap();
    assert!(credential.ends_with("/eu-west-1/s3/aws4_request"), "{credential}");
    assert_eq!(scene.send(&ticket, &picture(1)).await.status, 204);
    scene.bed.events().await;
}

#[tokio::test]
async fn wrong_requests_are_refused_with_the_documented_texts() {
    let scene = Scene::new().await;
    let meta = |meta: Value| STANDARD.encode(meta.to_string());
    let size = meta(json!({"size": 10_485_761, "format": "jpeg"}));
    let format = meta(json!({"size": 2048, "format": "bmp"}));
    let cases = [
        (json!({"mediaMeta": size}), "invalid_request", "Missing required field: mediaType"),
        (json!({"mediaType": "image"}), "invalid_request", "Missing required field: mediaMeta"),
        (
            json!({"mediaType": "video", "mediaMeta": size}),
            "invalid_request",
            "Only image type supported",
        ),
        (
            json!({"mediaType": "image", "mediaMeta": "%%%"}),
            "invalid_request",
            "Invalid mediaMeta format: Invalid base64",
        ),
        (
            json!({"mediaType": "image", "mediaMeta": size}),
            "image_too_large",
            "File size exceeds limit: 10485760",
        ),
        (
            json!({"mediaType": "image", "mediaMeta": format}),
            "image_type_unsupported",
            "Unsupported format: bmp",
        ),
    ];
    for (body, code, error) in cases {
        let answer =
            scene.bed.post(&scene.media, &body).by(&scene.ada).send().await.problem(400, code);
        assert_eq!((&answer["error"], &answer["success"]), (&json!(error), &json!(false)));
    }
    let unknown = json!({"mediaType": "image", "mediaMeta": size, "colour": 1});
    assert_eq!(
        scene.bed.post(&scene.media, &unknown).by(&scene.ada).send().await.refused_fields(),
        ["/colour", "/mediaMeta"]
    );
    assert_eq!(scene.free().await, 5, "a refusal takes no id");
}

#[tokio::test]
async fn an_uploaded_picture_is_processed_shown_and_emitted() {
    let scene = Scene::new().await;
    let file = picture(1);
    let ticket = scene.request_upload().await;
    let sent = scene.send(&ticket, &file).await.expect(204);
    assert_eq!(
        scene.status(&ticket).await,
        "processing",
        "the store says that the file has arrived"
    );
    let done = scene.complete(&ticket, sent.header("etag"), file.len()).await.expect(200).json();
    let expected = json!({"mediaId": ticket["mediaId"], "status": "processing", "estimatedProcessingTime": 30});
    assert_eq!(done, expected);
    let events = scene.bed.events().await;
    let types: Vec<_> = events.iter().map(|event| event.event_type.as_str()).collect();
    assert_eq!(types, ["media.uploaded", "media.ready"]);
    let view = scene.bed.get(&scene.one(&ticket)).send().await.expect(200).json();
    assert_eq!((&view["status"], &view["order"]), (&json!("ready"), &json!(1)));
    assert_eq!(view["dimensions"], json!({"width": 40, "height": 30}));
    assert_eq!(view.get("metadata"), None, "what its owner said of it is not for others");
    assert_eq!(events[1].data["originalUrl"], view["urls"]["original"]);
    for (size, folder) in [("original", "/original/"), ("medium", "/medium/"), ("thumb", "/thumb/")]
    {
        let url = view["urls"][size].as_str().unwrap();
        let path = url.strip_prefix("http://127.0.0.1:8080").unwrap();
        assert!(path.starts_with(folder), "{path}");
        let given = scene.bed.get(path).send().await.expect(200);
        assert_eq!(given.header("cache-control"), "public, max-age=31536000, immutable");
    }
    assert!(scene.bed.uploads.names().is_empty(), "the file is gone once the picture is made");
    scene.check_blobs().await;
}

#[tokio::test]
async fn pictures_are_listed_in_their_order_and_others_see_only_those_that_are_ready() {
    let scene = Scene::new().await;
    let first = scene.shown(&picture(1)).await;
    let second = scene.shown(&picture(2)).await;
    let pending = scene.request_upload().await;
    let own = scene.list().await;
    let ids = |list: &Value| -> Vec<Value> {
        list["items"].as_array().unwrap().iter().map(|item| item["mediaId"].clone()).collect()
    };
    assert_eq!(
        ids(&own),
        [first["mediaId"].clone(), second["mediaId"].clone(), pending["mediaId"].clone()]
    );
    assert_eq!(own["free"], 2);
    let others = scene.bed.get(&scene.media).send().await.expect(200).json();
    assert_eq!(ids(&others), [first["mediaId"].clone(), second["mediaId"].clone()]);
    assert_eq!(others.get("free"), None);
    scene.bed.get(&scene.one(&pending)).send().await.problem(404, "not_found");
}

#[tokio::test]
async fn an_order_names_exactly_the_active_pictures() {
    let scene = Scene::new().await;
    let (first, second) = (scene.shown(&picture(1)).await, scene.shown(&picture(2)).await);
    let pending = scene.request_upload().await;
    let (one, two) = (&first["mediaId"], &second["mediaId"]);
    for wrong in [json!([one]), json!([one, one]), json!([one, two, pending["mediaId"]]), json!([])]
    {
        let body = json!({"imageOrder": wrong});
        let refused =
            scene.bed.put(&scene.media, &body).by(&scene.ada).send().await.refused_fields();
        assert_eq!(refused, ["/imageOrder"]);
    }
    let none = scene.bed.put(&scene.media, &json!({})).by(&scene.ada).send().await;
    assert_eq!(none.problem(400, "invalid_request")["error"], "Missing required field: imageOrder");
    let old = scene.bed.get(&scene.media).by(&scene.ada).send().await.header("etag").to_owned();
    let body = json!({"imageOrder": [two, one]});
    let done =
        scene.bed.put(&scene.media, &body).by(&scene.ada).header("If-Match", &old).send().await;
    let profile = scene.media.split('/').nth(2).unwrap();
    let expected = json!({"profileId": profile, "imageOrder": [two, one], "updatedAt": "2027-01-15T08:00:00.000Z"});
    assert_eq!(done.expect(200).json(), expected);
    assert_eq!(scene.list().await["items"][0]["mediaId"], *two);
    let late =
        scene.bed.put(&scene.media, &body).by(&scene.ada).header("If-Match", &old).send().await;
    late.problem(412, "version_conflict");
    scene.bed.put(&scene.media, &body).by(&scene.ada).send().await.expect(200);
    assert_eq!(
        scene.bed.event_types().await,
        ["media.reordered"],
        "the same order again tells nothing"
    );
}

#[tokio::test]
async fn a_deleted_picture_is_gone_with_its_files_and_its_id_is_free() {
    let scene = Scene::new().await;
    let view = scene.shown(&picture(1)).await;
    let gone = scene.bed.delete(&scene.one(&view)).by(&scene.ada).send().await.expect(200).json();
    let expected = json!({"mediaId": view["mediaId"], "deleted": true, "deletedAt": "2027-01-15T08:00:00.000Z"});
    assert_eq!(gone, expected);
    scene.bed.delete(&scene.one(&view)).by(&scene.ada).send().await.problem(404, "not_found");
    scene.sweep().await;
    assert!(scene.bed.blobs.names().is_empty());
    assert_eq!(scene.free().await, 5);
    assert_eq!(scene.bed.event_types().await, ["media.deleted"]);
}

#[tokio::test]
async fn a_profile_takes_its_pictures_along() {
    let scene = Scene::new().await;
    let made =
        scene.bed.post("/profiles", &json!({"displayName": "Work"})).by(&scene.ada).send().await;
    let id = made.expect(201).data()["profileId"].as_str().unwrap().to_owned();
    let scene = Scene { media: format!("/profiles/{id}/media"), ..scene };
    scene.shown(&picture(1)).await;
    scene.request_upload().await;
    scene.bed.delete(&format!("/profiles/{id}")).by(&scene.ada).send().await.expect(200);
    scene.bed.get(&scene.media).by(&scene.ada).send().await.problem(404, "not_found");
    scene.bed.events().await;
    scene.sweep().await;
    assert!(scene.bed.blobs.names().is_empty());
}

#[tokio::test]
async fn only_its_owner_touches_a_gallery() {
    let scene = Scene::new().await;
    let view = scene.shown(&picture(1)).await;
    let bob = scene.bed.register("bob").await;
    let (all, one) = (scene.media.clone(), scene.one(&view));
    let complete = json!({"uploadSuccess": false});
    let order = json!({"imageOrder": [view["mediaId"]]});
    scene.bed.post(&all, &request()).by(&bob).send().await.problem(404, "not_found");
    scene.bed.post(&all, &json!({})).by(&bob).send().await.problem(404, "not_found");
    scene.bed.post(&one, &complete).by(&bob).send().await.problem(404, "not_found");
    scene.bed.put(&all, &order).by(&bob).send().await.problem(404, "not_found");
    scene.bed.delete(&one).by(&bob).send().await.problem(404, "not_found");
    scene.bed.post(&all, &request()).send().await.problem(401, "unauthenticated");
    assert_eq!(scene.list().await["items"][0]["status"], "ready");
}

#[tokio::test]
async fn a_file_that_is_no_picture_is_told_of_and_frees_its_id() {
    let scene = Scene::new().await;
    let (ticket, file) = (scene.request_upload().await, vec![b'x'; 2000]);
    let sent = scene.send(&ticket, &file).await.expect(204);
    scene.complete(&ticket, sent.header("etag"), file.len()).await.expect(200);
    let types = scene.bed.event_types().await;
    assert_eq!(types, ["media.uploaded", "media.failed"]);
    let view = scene.bed.get(&scene.one(&ticket)).by(&scene.ada).send().await.expect(200).json();
    assert_eq!(view["status"], "error");
    assert!(
        view["error_msg"].as_str().unwrap().starts_with("The file is of a type that is not taken."),
        "{view}"
    );
    assert_eq!(scene.free().await, 5);
    scene.bed.get(&scene.one(&ticket)).send().await.problem(404, "not_found");
    scene.bed.delete(&scene.one(&ticket)).by(&scene.ada).send().await.expect(200);
    assert_eq!(scene.list().await["items"], json!([]));
    assert_eq!(scene.free().await, 5);
    assert!(scene.bed.uploads.names().is_empty());
    scene.bed.events().await;
}

#[tokio::test]
async fn a_gif_is_not_taken_whatever_it_is_called() {
    let scene = Scene::new().await;
    let mut file = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;".to_vec();
    file.resize(1024, 0);
    let ticket = scene.request_upload().await;
    scene.send(&ticket, &file).await.expect(204);
    scene.bed.events().await;
    let view = scene.bed.get(&scene.one(&ticket)).by(&scene.ada).send().await.expect(200).json();
    assert_eq!(
        view["error_msg"],
        "The file is of a type that is not taken. Send one of these: JPEG, PNG, WebP."
    );
}
