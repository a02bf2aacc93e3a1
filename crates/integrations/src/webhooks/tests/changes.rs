//! Changes of endpoints, and refusals.

use serde_json::json;

use super::{Scene, URL};

#[tokio::test]
async fn an_endpoint_is_changed_field_by_field_and_not_under_somebodys_feet() {
    let scene = Scene::new().await;
    let (id, _) = scene.made(URL, &[]).await;
    let path = format!("/internal/v1/webhooks/{id}");
    let tag = scene.call("GET", &path, None).await.expect(200).header("etag").to_owned();
    let changed = json!({"description": " Search ", "eventTypes": ["profile.*", "profile.*"], "enabled": false});
    let data = scene.call("PATCH", &path, Some(changed)).await.expect(200).data();
    assert_eq!(
        (&data["description"], &data["eventTypes"]),
        (&json!("Search"), &json!(["profile.*"]))
    );
    assert_eq!((&data["url"], &data["disabledReason"]), (&json!(URL), &json!("administrator")));
    let stale = scene.bed.call("PATCH", &path).token(&scene.token).header("if-match", &tag);
    stale.json(&json!({"enabled": true})).send().await.problem(412, "version_conflict");
    let data = scene
        .bed
        .patch(&path, &json!({"enabled": true, "description": null}))
        .token(&scene.token)
        .send()
        .await;
    let data = data.expect(200).data();
    assert_eq!(
        (&data["enabled"], &data["description"], &data["version"]),
        (&json!(true), &json!(""), &json!(3))
    );
}

#[tokio::test]
async fn problems_name_every_field() {
    let scene = Scene::new().await;
    let wrong = json!({"url": "http://localhost/", "description": "x".repeat(201), "eventTypes": ["profile.updated", "made.up"], "enabled": null});
    let answer = scene.call("POST", "/internal/v1/webhooks", Some(wrong)).await;
    assert_eq!(answer.refused_fields(), ["/url", "/description", "/eventTypes/1", "/enabled"]);
    let wrong = json!({"colour": 1, "url": "http://localhost/", "description": "x".repeat(201), "eventTypes": [5, "made.up", "user.*", "up.*"], "id": "x"});
    let answer = scene.call("POST", "/internal/v1/webhooks", Some(wrong)).await;
    let expected =
        ["/colour", "/eventTypes/0", "/url", "/description", "/eventTypes/1", "/eventTypes/3"];
    assert_eq!(answer.refused_fields(), expected);
    let wrong = json!({"description": "x".repeat(201)});
    let answer = scene.call("POST", "/internal/v1/webhooks", Some(wrong)).await;
    assert_eq!(answer.refused_fields(), ["/url", "/description"]);
    let answer = scene.call("POST", "/internal/v1/webhooks", Some(json!({}))).await;
    assert_eq!(answer.refused_fields(), ["/url"]);
    let answer = scene
        .call("POST", "/internal/v1/webhooks", Some(json!({"url": URL, "secret": "mine"})))
        .await;
    assert_eq!(answer.refused_fields(), ["/secret"]);
    let inside = json!({"url": "https://169.254.169.254/latest/meta-data/"});
    assert_eq!(
        scene.call("POST", "/internal/v1/webhooks", Some(inside)).await.refused_fields(),
        ["/url"]
    );
}

#[tokio::test]
async fn there_are_at_most_fifty() {
    let scene = Scene::new().await;
    for number in 0..50 {
        scene.made(&format!("https://{number}.example.org/"), &[]).await;
    }
    let one_more = json!({"url": URL});
    scene.call("POST", "/internal/v1/webhooks", Some(one_more)).await.problem(409, "conflict");
    // One event for all of them exceeds one commit.
    let ada = scene.bed.register("ada").await;
    scene.posted();
    scene.change(&ada, "One").await;
    assert_eq!(scene.posted().len(), 50);
}
