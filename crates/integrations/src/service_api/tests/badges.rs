//! Badges.

use selfsame_testbed::{Answer, Testbed, User};
use serde_json::{Value, json};

use super::token;

async fn put(bed: &Testbed, token: &str, user: &User, body: &Value) -> Answer {
    bed.put(&format!("/internal/v1/users/{}/badges", user.id), body).token(token).send().await
}

#[tokio::test]
async fn a_user_has_exactly_the_badges_of_the_last_list() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let forum = token(&bed, "forum", &["badges:write"]).await;
    let list = json!({"badges": ["verified_developer", "early_bird"]});
    let data = put(&bed, &forum, &ada, &list).await.expect(200).data();
    assert_eq!(
        data,
        json!({"userId": ada.id, "badges": ["verified_developer", "early_bird"], "version": 2})
    );
    let seen = bed.get(&format!("/v1/profile/{}", ada.id)).send().await.expect(200).data();
    assert_eq!(seen["badges"], list["badges"]);
    put(&bed, &forum, &ada, &json!({"badges": ["early_bird", "mentor"]})).await.expect(200);
    put(&bed, &forum, &ada, &json!({"badges": []})).await.expect(200);
    let events = bed.events().await;
    assert!(events.iter().all(|event| event.event_type == "profile.badges_updated"));
    let data: Vec<&Value> = events.iter().map(|event| &event.data).collect();
    assert_eq!(
        data[1],
        &json!({
            "userId": ada.id, "version": 3, "badges": ["early_bird", "mentor"], "added": ["mentor"],
            "removed": ["verified_developer"], "service": "forum"
        })
    );
    assert_eq!(
        (&data[2]["removed"], &data[2]["added"]),
        (&json!(["early_bird", "mentor"]), &json!([]))
    );
}

#[tokio::test]
async fn the_same_list_changes_nothing_and_emits_nothing() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let forum = token(&bed, "forum", &["badges:write"]).await;
    let list = json!({"badges": ["mentor"]});
    let first = put(&bed, &forum, &ada, &list).await.expect(200).data();
    assert_eq!(put(&bed, &forum, &ada, &list).await.expect(200).data(), first);
    assert_eq!(bed.event_types().await, ["profile.badges_updated"]);
}

#[tokio::test]
async fn badges_are_short_plain_names_each_there_once() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let forum = token(&bed, "forum", &["badges:write"]).await;
    let many: Vec<String> = (0..21).map(|number| format!("badge_{number}")).collect();
    for (body, pointers) in [
        (json!({}), vec!["/badges"]),
        (json!({"badges": "mentor"}), vec!["/badges"]),
        (json!({"badges": many}), vec!["/badges"]),
        (json!({"badges": [1]}), vec!["/badges/0"]),
        (
            json!({"badges": ["Mentor", "ok", "", "a-b", "é", "a".repeat(51)]}),
            vec!["/badges/0", "/badges/2", "/badges/3", "/badges/4", "/badges/5"],
        ),
        (json!({"badges": ["a", "b", "a"]}), vec!["/badges/2"]),
        (
            json!({"badges": ["", 5, "Ü Ü", "a", "a"]}),
            vec!["/badges/1", "/badges/0", "/badges/2", "/badges/4"],
        ),
        (json!({"badges": [], "add": true}), vec!["/add"]),
    ] {
        assert_eq!(put(&bed, &forum, &ada, &body).await.refused_fields(), pointers, "{body}");
    }
    put(&bed, &forum, &ada, &json!({"badges": many[..20]})).await.expect(200);
    put(&bed, &forum, &ada, &json!({"badges": ["a".repeat(50)]})).await.expect(200);
    bed.events().await;
}
