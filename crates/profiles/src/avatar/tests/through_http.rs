//! The routes through the whole application.

use selfsame_testbed::{Answer, Testbed, User};
use serde_json::{Value, json};

use super::world::{BLUE, picture};

async fn upload(bed: &Testbed, user: &User, file: &[u8]) -> Answer {
    let head =
        b"--edge\r\nContent-Disposition: form-data; name=\"avatar\"; filename=\"me.png\"\r\n\r\n";
    let body = [head.as_slice(), file, b"\r\n--edge--\r\n"].concat();
    bed.call("POST", "/v1/profile/avatar")
        .by(user)
        .body("multipart/form-data; boundary=edge", body)
        .send()
        .await
}

fn path(url: &Value) -> String {
    url.as_str().unwrap().strip_prefix("http://127.0.0.1:8080").unwrap().to_owned()
}

#[tokio::test]
async fn strangers_can_neither_upload_nor_remove() {
    let bed = Testbed::new();
    for method in ["POST", "DELETE"] {
        bed.call(method, "/v1/profile/avatar").send().await.problem(401, "unauthenticated");
    }
}

#[tokio::test]
async fn an_uploaded_picture_is_on_the_profile_at_once_and_gone_when_removed() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let data = upload(&bed, &ada, &picture(64, 48, BLUE)).await.expect(200).data();
    let public = format!("/v1/profile/{}", ada.id);
    assert_eq!(bed.get(&public).send().await.data()["avatar"], data["avatarUrl"]);
    let given = bed.get(&path(&data["avatarUrl"])).send().await.expect(200);
    assert_eq!(given.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(given.header("content-security-policy"), "default-src 'none'; sandbox");
    assert_eq!(given.header("cross-origin-resource-policy"), "cross-origin");
    bed.delete("/v1/profile/avatar").by(&ada).send().await.expect(200);
    let drawn = json!(format!("http://127.0.0.1:8080/v1/avatars/{}.svg", ada.id));
    assert_eq!(bed.get(&public).send().await.data()["avatar"], drawn);
    while bed.app.media.blob_gc.step().await.unwrap() {}
    bed.get(&path(&data["avatarUrl"])).send().await.problem(404, "not_found");
    assert_eq!(bed.event_types().await, ["profile.avatar_updated", "profile.avatar_removed"]);
}

#[tokio::test]
async fn a_bad_file_is_refused_with_its_field_and_emits_nothing() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let body = upload(&bed, &ada, b"%PDF-1.7").await.problem(400, "image_type_unsupported");
    assert_eq!(body["errors"][0]["pointer"], "/avatar");
    let large = vec![0; 6 << 20];
    upload(&bed, &ada, &large).await.problem(400, "image_too_large");
    assert!(bed.event_types().await.is_empty());
}

#[tokio::test]
async fn the_url_of_a_hidden_picture_is_in_no_event() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    bed.put("/v1/profile/privacy", &json!({"avatar": "private"})).by(&ada).send().await.expect(200);
    bed.events().await;
    upload(&bed, &ada, &picture(64, 48, BLUE)).await.expect(200);
    let events = bed.events().await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].data, json!({"userId": ada.id, "version": 3}));
}

#[tokio::test]
async fn hiding_a_picture_ends_its_old_addresses() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let data = upload(&bed, &ada, &picture(64, 48, BLUE)).await.expect(200).data();
    bed.put("/v1/profile/privacy", &json!({"avatar": "private"})).by(&ada).send().await.expect(200);
    while bed.app.media.blob_gc.step().await.unwrap() {}
    for old in ["avatarUrl", "thumbnailUrl"] {
        bed.get(&path(&data[old])).send().await.problem(404, "not_found");
    }
    let own = bed.get("/v1/profile").by(&ada).send().await.data();
    assert_ne!(own["avatar"], data["avatarUrl"]);
    bed.get(&path(&own["avatar"])).send().await.expect(200);
    assert_eq!(bed.event_types().await, ["profile.avatar_updated", "profile.privacy_updated"]);
}

#[tokio::test]
async fn an_upload_beyond_the_limit_names_the_limit_whatever_its_size() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    for size in [(5 << 20) + 1, 6 << 20, 12 << 20] {
        let problem = upload(&bed, &ada, &vec![0; size]).await.problem(400, "image_too_large");
        let detail = "The picture is larger than 5 MB. Send a smaller version of it.";
        assert_eq!(problem["detail"], detail, "{size}");
    }
}

#[tokio::test]
async fn uploads_are_counted_by_outcome_and_size() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let file = picture(64, 48, BLUE);
    upload(&bed, &ada, &file).await.expect(200);
    upload(&bed, &ada, b"%PDF-1.7").await.problem(400, "image_type_unsupported");
    upload(&bed, &ada, &vec![0; 6 << 20]).await.problem(400, "image_too_large");
    upload(&bed, &ada, &file[..file.len() / 2]).await.problem(400, "image_invalid");
    let read = |name: &str| {
        bed.app.platform.counters.readings().find(|reading| reading.metric.name == name).unwrap()
    };
    // Stored, invalid, too large, unsupported, unavailable, refused.
    assert_eq!(read("avatar_uploads").counts, [1, 1, 1, 1, 0, 0]);
    let sizes = read("avatar_upload_size_bytes");
    assert_eq!(sizes.sum, (file.len() + 8 + file.len() / 2) as u64);
    assert_eq!((sizes.counts[0], sizes.counts.iter().sum::<u64>()), (3, 3));
    bed.events().await;
}
