//! Privacy settings through HTTP.

use selfsame_testbed::Testbed;
use serde_json::json;

#[tokio::test]
async fn the_defaults_are_those_that_are_documented() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let data = bed.get("/v1/profile/privacy").by(&ada).send().await.expect(200).data();
    let expected = json!({
        "displayName": "public", "bio": "public", "avatar": "public",
        "location": "authenticated", "socialLinks": "public", "activityStatus": "private",
    });
    assert_eq!(data, expected);
}

#[tokio::test]
async fn the_documented_update_is_in_force_at_once_and_emitted() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    bed.put("/v1/profile", &json!({"bio": "Mathematician"})).by(&ada).send().await.expect(200);
    let path = format!("/v1/profile/{}", ada.id);
    assert_eq!(bed.get(&path).send().await.data().get("bio"), Some(&json!("Mathematician")));
    bed.events().await;
    let update = json!({
        "displayName": "public", "bio": "authenticated", "avatar": "public",
        "location": "private", "socialLinks": "authenticated", "activityStatus": "private",
    });
    let data = bed.put("/v1/profile/privacy", &update).by(&ada).send().await.expect(200).data();
    assert_eq!(data, update);
    assert_eq!(bed.get(&path).send().await.data().get("bio"), None);
    let events = bed.events().await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].event_type, "profile.privacy_updated");
    let changed =
        json!({"bio": "authenticated", "location": "private", "socialLinks": "authenticated"});
    assert_eq!(events[0].data.get("changed"), Some(&changed));
}

#[tokio::test]
async fn a_patch_changes_one_field_and_a_wrong_level_is_refused() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let patch =
        bed.call("PATCH", "/v1/profile/privacy").by(&ada).json(&json!({"avatar": "private"}));
    let data = patch.send().await.expect(200).data();
    assert_eq!(data.get("avatar"), Some(&json!("private")));
    let public = bed.get(&format!("/v1/profile/{}", ada.id)).send().await.data();
    assert_eq!(public.get("avatar"), None);
    let refused = bed
        .put("/v1/profile/privacy", &json!({"bio": "friends"}))
        .by(&ada)
        .send()
        .await
        .refused_fields();
    assert_eq!(refused, ["/bio"]);
    assert_eq!(bed.event_types().await, ["profile.privacy_updated"]);
}

#[tokio::test]
async fn an_update_without_changes_emits_nothing() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    bed.put("/v1/profile/privacy", &json!({"bio": "public"})).by(&ada).send().await.expect(200);
    assert!(bed.event_types().await.is_empty());
}
