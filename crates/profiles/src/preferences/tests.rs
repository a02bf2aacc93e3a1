//! Preferences through HTTP.

use selfsame_testbed::Testbed;
use serde_json::json;

#[tokio::test]
async fn the_documented_update_is_accepted_and_emitted() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let update = json!({
        "theme": "dark", "language": "en",
        "notifications": {"email": true, "push": false, "inApp": true},
        "privacy": {"showOnlineStatus": false, "allowDirectMessages": true},
    });
    let data = bed.put("/v1/profile/preferences", &update).by(&ada).send().await.expect(200).data();
    let expected = json!({
        "theme": "dark", "language": "en",
        "notifications": {"email": true, "push": false, "inApp": true},
        "privacy": {"showOnlineStatus": false, "allowDirectMessages": true, "showReadReceipts": true},
    });
    assert_eq!(data, expected);
    assert_eq!(bed.get("/v1/profile/preferences").by(&ada).send().await.data(), expected);
    let events = bed.events().await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].event_type, "profile.preferences_updated");
    assert_eq!(events[0].data.get("changed"), Some(&json!(["theme", "notifications"])));
}

#[tokio::test]
async fn a_patch_of_one_switch_keeps_the_others_and_bad_values_are_named() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let patch = json!({"notifications": {"push": false}});
    let data = bed
        .call("PATCH", "/v1/profile/preferences")
        .by(&ada)
        .json(&patch)
        .send()
        .await
        .expect(200)
        .data();
    assert_eq!(
        data.get("notifications"),
        Some(&json!({"email": true, "push": false, "inApp": true}))
    );
    for (body, pointer) in [
        (json!({"theme": "sepia"}), "/theme"),
        (json!({"language": "tlh"}), "/language"),
        (json!({"notifications": {"email": "yes"}}), "/notifications/email"),
        (json!({"notifications": {"sms": true}}), "/notifications/sms"),
    ] {
        let refused =
            bed.put("/v1/profile/preferences", &body).by(&ada).send().await.refused_fields();
        assert_eq!(refused, [pointer]);
    }
    assert_eq!(bed.event_types().await, ["profile.preferences_updated"]);
}

#[tokio::test]
async fn a_problem_is_in_the_language_of_the_account_unless_the_request_prefers_another() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    bed.put("/v1/profile/preferences", &json!({"language": "fr"}))
        .by(&ada)
        .send()
        .await
        .expect(200);
    let wrong = json!({"displayName": ""});
    let own = bed.put("/v1/profile", &wrong).by(&ada).send().await.problem(400, "invalid_request");
    assert_eq!(own["errors"][0]["message"], "Ceci ne peut pas rester vide.");
    let german =
        bed.put("/v1/profile", &wrong).by(&ada).header("accept-language", "es").send().await;
    assert_eq!(
        german.problem(400, "invalid_request")["detail"],
        "displayName: Esto no puede quedar vacío."
    );
    let anonymous = bed.get("/v1/profile").send().await.problem(401, "unauthenticated");
    assert!(anonymous["detail"].as_str().unwrap().starts_with("Sign in"), "{anonymous}");
    bed.events().await;
}

#[tokio::test]
async fn a_user_who_shows_it_is_online_away_and_offline() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    bed.put("/v1/profile/privacy", &json!({"activityStatus": "public"}))
        .by(&ada)
        .send()
        .await
        .expect(200);
    let status = async || {
        let answer = bed.get(&format!("/v1/profile/{}", ada.id)).send().await;
        answer.data().get("activityStatus").cloned()
    };
    assert_eq!(status().await, None, "the preference hides it still");
    let show = json!({"privacy": {"showOnlineStatus": true}});
    bed.put("/v1/profile/preferences", &show).by(&ada).send().await.expect(200);
    bed.settle_presence().await;
    assert_eq!(status().await, Some(json!("online")));
    bed.clock.advance(std::time::Duration::from_mins(11));
    assert_eq!(status().await, Some(json!("away")));
    bed.clock.advance(std::time::Duration::from_mins(20));
    assert_eq!(status().await, Some(json!("offline")));
    bed.events().await;
}
