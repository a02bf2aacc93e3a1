//! Deliveries of a time range, repeated.

use std::time::Duration;

use serde_json::json;

use super::{Scene, URL, body};

#[tokio::test]
async fn the_deliveries_of_a_time_range_are_repeated_in_order() {
    let scene = Scene::new().await;
    let (id, _) = scene.made(URL, &["profile.updated"]).await;
    scene.made("https://other.example.org/", &["profile.updated"]).await;
    let (ada, bob) = (scene.bed.register("ada").await, scene.bed.register("bob").await);
    scene.change(&ada, "Before").await;
    scene.bed.clock.advance(Duration::from_mins(1));
    let since = scene.bed.app.platform.now();
    for number in 0..3 {
        scene.change(&ada, &format!("Notes {number}")).await;
        scene.change(&bob, &format!("Notes {number}")).await;
        scene.bed.clock.advance(Duration::from_secs(10));
    }
    let until = scene.bed.app.platform.now();
    scene.change(&bob, "After").await;
    scene.test(&id).await;
    let first: Vec<_> =
        scene.posted().iter().map(|posted| body(posted)["eventId"].clone()).collect();
    let path = format!("/internal/v1/webhooks/{id}/replay");
    let span = json!({"since": since, "until": until});
    let answer = scene.call("POST", &path, Some(span)).await.expect(200).data();
    assert_eq!(answer, json!({"events": 6, "users": 2, "next": null}));
    scene.bed.events().await;
    let again = scene.posted();
    assert_eq!(again.len(), 6);
    for user in [&ada, &bob] {
        let theirs = again.iter().map(body).filter(|letter| letter["subject"] == json!(user.id));
        let theirs: Vec<_> = theirs.collect();
        assert_eq!(theirs.len(), 3);
        assert!(theirs.is_sorted_by_key(|letter| letter["sequence"].as_u64()), "{theirs:?}");
        assert!(
            theirs.iter().all(|letter| first.contains(&letter["eventId"])),
            "with the ids they had"
        );
    }
    assert!(again.iter().all(|posted| posted.url == URL), "nobody else gets them again");
    let answer = scene.call("POST", &path, Some(json!({"since": until}))).await.expect(200).data();
    assert_eq!(answer, json!({"events": 1, "users": 1, "next": null}), "a test is no event");
    scene.bed.events().await;
    assert_eq!(scene.posted().len(), 1);
}

#[tokio::test]
async fn a_time_that_is_none_and_a_webhook_that_is_none_are_refused() {
    let scene = Scene::new().await;
    let (id, _) = scene.made(URL, &[]).await;
    let path = format!("/internal/v1/webhooks/{id}/replay");
    let now = scene.bed.app.platform.now();
    let wrong = scene.call("POST", &path, Some(json!({"since": now, "until": now}))).await;
    assert_eq!(wrong.refused_fields(), ["/until"]);
    assert_eq!(scene.call("POST", &path, Some(json!({}))).await.status, 400);
    let span = json!({"since": "1970-01-01T00:00:00.000Z", "until": "9999-01-01T00:00:00.000Z"});
    let answer = scene.call("POST", &path, Some(span.clone())).await.expect(200).data();
    assert_eq!(answer, json!({"events": 0, "users": 0, "next": null}));
    scene
        .call("POST", "/internal/v1/webhooks/none/replay", Some(span))
        .await
        .problem(404, "not_found");
}

#[tokio::test]
async fn more_than_a_thousand_deliveries_are_made_again_in_several_calls() {
    let scene = Scene::new().await;
    let (id, _) = scene.made(URL, &["profile.updated"]).await;
    let ada = scene.bed.register("ada").await;
    let since = scene.bed.app.platform.now();
    for number in 0..1005 {
        scene.bed.clock.advance(Duration::from_millis(10));
        let body = json!({"bio": format!("Notes {number}")});
        scene.bed.put("/v1/profile", &body).by(&ada).send().await.expect(200);
    }
    scene.bed.events().await;
    assert_eq!(scene.posted().len(), 1005);
    let path = format!("/internal/v1/webhooks/{id}/replay");
    let answer = scene.call("POST", &path, Some(json!({"since": since}))).await.expect(200).data();
    assert_eq!((&answer["events"], &answer["users"]), (&json!(1000), &json!(1)));
    let rest = json!({"since": answer["next"]});
    let answer = scene.call("POST", &path, Some(rest)).await.expect(200).data();
    assert_eq!(answer, json!({"events": 5, "users": 1, "next": null}));
    scene.bed.events().await;
    assert_eq!(scene.posted().len(), 1005);
}
