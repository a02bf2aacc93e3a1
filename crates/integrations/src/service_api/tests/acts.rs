//! What holds for every act, and recorded activity.

use selfsame_testbed::{Answer, Testbed, User};
use serde_json::{Value, json};

use super::token;

const ACTS: &[(&str, &str, &str)] = &[
    ("PUT", "badges", "badges:write"),
    ("POST", "stats", "stats:write"),
    ("POST", "activity", "activity:write"),
    ("POST", "suspend", "users:suspend"),
    ("POST", "reinstate", "users:suspend"),
];

fn body(act: &str) -> Value {
    match act {
        "badges" => json!({"badges": ["mentor"]}),
        "stats" => json!({"eventId": "e1", "increments": {"postsCount": 1}}),
        "activity" => json!({"type": "order.placed"}),
        _ => json!({"reason": "Spam"}),
    }
}

#[tokio::test]
async fn every_act_needs_its_own_scope() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    for (method, act, scope) in ACTS {
        let others: Vec<&str> =
            ACTS.iter().map(|(_, _, other)| *other).filter(|other| other != scope).collect();
        let (without, with) = (token(&bed, "a", &others).await, token(&bed, "b", &[scope]).await);
        let path = format!("/internal/v1/users/{}/{act}", ada.id);
        let call = |token: &str| bed.call(method, &path).token(token).json(&body(act));
        call(&without).send().await.problem(403, "forbidden");
        call(&with).send().await.expect(200);
    }
    bed.events().await;
}

#[tokio::test]
async fn nothing_is_done_for_an_unknown_user() {
    let bed = Testbed::new();
    let scopes: Vec<&str> = ACTS.iter().map(|(_, _, scope)| *scope).collect();
    let token = token(&bed, "forum", &scopes).await;
    for (method, act, _) in ACTS {
        for user in ["usr_nobody", "a%20b"] {
            let path = format!("/internal/v1/users/{user}/{act}");
            bed.call(method, &path)
                .token(&token)
                .json(&body(act))
                .send()
                .await
                .problem(404, "not_found");
        }
    }
    assert_eq!(bed.event_types().await, Vec::<String>::new());
}

async fn record(bed: &Testbed, token: &str, user: &User, body: &Value) -> Answer {
    bed.post(&format!("/internal/v1/users/{}/activity", user.id), body).token(token).send().await
}

#[tokio::test]
async fn recorded_activity_is_listed_with_the_name_of_the_service() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let shop = token(&bed, "shop", &["activity:write"]).await;
    let body = json!({
        "eventId": "o-1042", "type": "order.placed", "summary": "Order 1042 placed",
        "occurredAt": "2027-01-14T20:00:00Z", "data": {"orderId": "1042"}
    });
    let first = record(&bed, &shop, &ada, &body).await.expect(200).data();
    assert_eq!(record(&bed, &shop, &ada, &body).await.expect(200).data(), first);
    let again = json!({"eventId": "o-1042", "type": "order.placed"});
    record(&bed, &shop, &ada, &again).await.problem(422, "idempotency_mismatch");
    let events = bed.events().await;
    assert_eq!(events.len(), 1);
    assert_eq!(
        (events[0].event_type.as_str(), json!(events[0].sequence)),
        ("activity.recorded", first["sequence"].clone())
    );
    assert_eq!(
        events[0].data,
        json!({
            "userId": ada.id, "kind": "order.placed", "summary": "Order 1042 placed",
            "data": {"orderId": "1042", "occurredAt": "2027-01-14T20:00:00.000Z"}, "service": "shop"
        })
    );
    let log = bed.get("/v1/account/activity").by(&ada).send().await.expect(200).data();
    assert!(log["items"].to_string().contains("Order 1042 placed"), "{log}");
}

#[tokio::test]
async fn activity_without_an_id_is_recorded_every_time() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let shop = token(&bed, "shop", &["activity:write"]).await;
    for _ in 0..2 {
        record(&bed, &shop, &ada, &json!({"type": "cart.emptied"})).await.expect(200);
    }
    assert_eq!(bed.event_types().await, ["activity.recorded", "activity.recorded"]);
}

#[tokio::test]
async fn what_is_no_entry_is_refused_field_by_field() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let shop = token(&bed, "shop", &["activity:write"]).await;
    let deep = (0..40).fold(json!(0), |inner, _| json!([inner]));
    for (body, pointer) in [
        (json!({}), "/type"),
        (json!({"type": "Order placed"}), "/type"),
        (json!({"type": "user.deleted"}), "/type"),
        (json!({"type": "a".repeat(65)}), "/type"),
        (json!({"type": "a.b", "eventId": "a b"}), "/eventId"),
        (json!({"type": "a.b", "data": {"deep": deep}}), "/data"),
        (json!({"type": "a.b", "summary": "x".repeat(201)}), "/summary"),
        (json!({"type": "a.b", "summary": " "}), "/summary"),
        (json!({"type": "a.b", "occurredAt": "yesterday"}), "/occurredAt"),
        (json!({"type": "a.b", "occurredAt": "2027-01-15T08:05:01Z"}), "/occurredAt"),
        (json!({"type": "a.b", "occurredAt": "1969-12-31T00:00:00Z"}), "/occurredAt"),
        (json!({"type": "a.b", "data": []}), "/data"),
        (json!({"type": "a.b", "data": {"text": "x".repeat(4096)}}), "/data"),
        (
            json!({"type": "a.b", "occurredAt": "2027-01-15T08:00:00Z", "data": {"occurredAt": 1}}),
            "/data/occurredAt",
        ),
        (json!({"type": "a.b", "service": "bank"}), "/service"),
    ] {
        assert_eq!(record(&bed, &shop, &ada, &body).await.refused_fields(), [pointer], "{body}");
    }
    let wrong = json!({"eventId": "a b", "occurredAt": "1969-12-31T00:00:00Z", "summary": " "});
    let refused = record(&bed, &shop, &ada, &wrong).await.refused_fields();
    assert_eq!(refused, ["/type", "/eventId", "/occurredAt", "/summary"]);
    let mut typed = wrong;
    typed["type"] = json!("user.deleted");
    let refused = record(&bed, &shop, &ada, &typed).await.refused_fields();
    assert_eq!(refused, ["/eventId", "/occurredAt", "/type", "/summary"]);
    assert_eq!(bed.event_types().await, Vec::<String>::new());
}
