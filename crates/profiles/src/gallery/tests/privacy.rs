//! Galleries whose visibility is narrowed.

use serde_json::{Value, json};

use super::scene::{Scene, picture};

fn path(url: &Value) -> String {
    url.as_str().unwrap().strip_prefix("http://127.0.0.1:8080").unwrap().to_owned()
}

#[tokio::test]
async fn a_gallery_is_seen_by_whoever_may_see_the_avatar_and_its_old_addresses_die() {
    let scene = Scene::new().await;
    let (first, second) = (scene.shown(&picture(1)).await, scene.shown(&picture(2)).await);
    let bob = scene.bed.register("bob").await;
    let hide = json!({"avatar": "authenticated"});
    scene.bed.put("/v1/profile/privacy", &hide).by(&scene.ada).send().await.expect(200);
    scene.sweep().await;
    for view in [&first, &second] {
        for size in ["original", "medium", "thumb"] {
            scene.bed.get(&path(&view["urls"][size])).send().await.problem(404, "not_found");
        }
    }
    scene.bed.get(&scene.media).send().await.problem(404, "not_found");
    scene.bed.get(&scene.one(&first)).send().await.problem(404, "not_found");
    let seen = scene.bed.get(&scene.media).by(&bob).send().await.expect(200).json();
    let new = &seen["items"][0]["urls"];
    assert_ne!(new, &first["urls"]);
    for size in ["original", "medium", "thumb"] {
        scene.bed.get(&path(&new[size])).send().await.expect(200);
    }
    scene.check_blobs().await;
    scene
        .bed
        .put("/v1/profile/privacy", &json!({"avatar": "private"}))
        .by(&scene.ada)
        .send()
        .await
        .expect(200);
    scene.bed.get(&scene.media).by(&bob).send().await.problem(404, "not_found");
    assert_eq!(scene.list().await["items"].as_array().unwrap().len(), 2, "its owner sees it");
    scene.sweep().await;
    scene.check_blobs().await;
    assert_eq!(
        scene.bed.event_types().await,
        ["profile.privacy_updated", "profile.privacy_updated"]
    );
}

#[tokio::test]
async fn the_address_of_a_hidden_picture_is_not_told() {
    let scene = Scene::new().await;
    scene
        .bed
        .put("/v1/profile/privacy", &json!({"avatar": "private"}))
        .by(&scene.ada)
        .send()
        .await
        .expect(200);
    let ticket = scene.request_upload().await;
    scene.send(&ticket, &picture(1)).await.expect(204);
    let events = scene.bed.events().await;
    let ready = events.iter().find(|event| event.event_type == "media.ready").unwrap();
    let members: Vec<_> = ready.data.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["userId", "profileId", "mediaId"]);
}

#[tokio::test]
async fn a_suspended_owners_gallery_can_not_be_told_from_none() {
    let scene = Scene::new().await;
    scene.shown(&picture(1)).await;
    let user = super::scene::user(&scene.ada);
    let suspend = |_: &selfsame_events::Loaded| {
        let changes = selfsame_events::Changes::none().status(selfsame_events::Status::Suspended);
        Ok::<_, selfsame_store::StoreError>((changes, ()))
    };
    scene
        .bed
        .app
        .platform
        .journal
        .change(&user, &[], &selfsame_events::Origin::default(), suspend)
        .await
        .unwrap();
    scene.bed.get(&scene.media).send().await.problem(404, "not_found");
}
