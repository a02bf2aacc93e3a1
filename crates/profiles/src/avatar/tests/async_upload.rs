//! Avatars that are processed after the response.

use selfsame_testbed::{Answer, Testbed, User};
use serde_json::{Value, json};

use super::world::{BLUE, GREEN, picture};

async fn upload(bed: &Testbed, user: &User, file: &[u8]) -> Answer {
    let mut body =
        b"--edge\r\nContent-Disposition: form-data; name=\"avatar\"; filename=\"a\"\r\n\r\n"
            .to_vec();
    body.extend_from_slice(file);
    body.extend_from_slice(b"\r\n--edge--\r\n");
    let call =
        bed.call("POST", "/v1/profile/avatar").by(user).header("Prefer", "wait=5, respond-async");
    call.body("multipart/form-data; boundary=edge", body).send().await
}

async fn status(bed: &Testbed, user: &User, upload: &Value) -> Value {
    let id = upload["uploadId"].as_str().unwrap();
    bed.get(&format!("/v1/profile/avatar/uploads/{id}")).by(user).send().await.expect(200).data()
}

#[tokio::test]
async fn a_client_that_prefers_async_gets_the_status_url() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let answer = upload(&bed, &ada, &picture(64, 48, BLUE)).await.expect(202);
    let data = answer.data();
    let url = format!(
        "http://127.0.0.1:8080/v1/profile/avatar/uploads/{}",
        data["uploadId"].as_str().unwrap()
    );
    assert_eq!((answer.header("location"), &data["statusUrl"]), (url.as_str(), &json!(url)));
    assert_eq!(answer.header("preference-applied"), "respond-async");
    assert_eq!(status(&bed, &ada, &data).await["status"], "pending");
    let events = bed.event_types().await;
    assert_eq!(events, ["profile.avatar_uploaded", "profile.avatar_updated"]);
    let done = status(&bed, &ada, &data).await;
    assert_eq!((&done["status"], &done["avatar"]["width"]), (&json!("ready"), &json!(64)));
    let own = bed.get("/v1/profile").by(&ada).send().await.data();
    assert_eq!(own["avatar"], done["avatar"]["avatarUrl"]);
    bed.sweep().await;
    assert_eq!(bed.blobs.names().len(), 2, "two sizes, and the file is gone");
    bed.clock.advance(std::time::Duration::from_secs(1));
    let made = upload(&bed, &ada, &picture(64, 48, GREEN)).await.expect(202).data();
    bed.events().await;
    assert_eq!(status(&bed, &ada, &data).await.get("avatar"), None, "another one is shown by now");
    assert_eq!(status(&bed, &ada, &made).await["status"], "ready");
}

#[tokio::test]
async fn a_file_that_is_no_picture_is_told_of_and_the_old_one_stays() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let data = upload(&bed, &ada, b"%PDF-1.7").await.expect(202).data();
    let events = bed.events().await;
    assert_eq!(events[1].event_type, "profile.avatar_failed");
    assert_eq!(events[1].data["code"], "image_type_unsupported");
    let done = status(&bed, &ada, &data).await;
    assert_eq!(
        (&done["status"], &done["code"]),
        (&json!("error"), &json!("image_type_unsupported"))
    );
    assert!(
        done["error"].as_str().unwrap().starts_with("The file is of a type that is not taken."),
        "{done}"
    );
    bed.sweep().await;
    assert!(bed.blobs.names().is_empty());
    let too_large = vec![0; 6 << 20];
    upload(&bed, &ada, &too_large).await.problem(400, "image_too_large");
    let read = |name: &str| {
        bed.app.platform.counters.readings().find(|reading| reading.metric.name == name).unwrap()
    };
    // Stored, invalid, too large, unsupported, unavailable, refused.
    assert_eq!(read("avatar_uploads").counts, [0, 0, 1, 1, 0, 0]);
}

#[tokio::test]
async fn an_upload_is_its_senders_alone_and_kept_for_four_days() {
    let bed = Testbed::with(|settings| {
        settings.identity.tokens.access = std::time::Duration::from_hours(1000);
    });
    let (ada, bob) = (bed.register("ada").await, bed.register("bob").await);
    let data = upload(&bed, &ada, &picture(64, 48, BLUE)).await.expect(202).data();
    let path = format!("/v1/profile/avatar/uploads/{}", data["uploadId"].as_str().unwrap());
    bed.get(&path).by(&bob).send().await.problem(404, "not_found");
    bed.get("/v1/profile/avatar/uploads/x").by(&ada).send().await.problem(404, "not_found");
    bed.events().await;
    bed.clock.advance(std::time::Duration::from_hours(97));
    bed.get(&path).by(&ada).send().await.problem(404, "not_found");
}
