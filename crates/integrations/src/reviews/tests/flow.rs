//! Reviews through HTTP.

use std::sync::Arc;

use selfsame_testbed::identity::service_tokens::ServiceTokens;
use selfsame_testbed::{Answer, Testbed, User};
use serde_json::{Value, json};

async fn token(bed: &Testbed, scope: &str) -> String {
    let app = Arc::clone(&bed.app);
    let tokens = ServiceTokens {
        store: &*app.platform.store,
        keys: &app.platform.keys,
        random: &*app.platform.random,
    };
    tokens.create("bookings", &[scope.to_owned()], app.platform.now()).await.unwrap().0
}

fn review(user: &User) -> Value {
    json!({
        "userId": user.id, "providerId": "prov_812", "providerName": "Bright Plumbing", "serviceId": "svc_boiler",
        "rating": 5, "comment": "On time,\nand tidy.", "createdAt": "2027-01-10T10:00:00Z",
        "updatedAt": "2027-01-11T10:00:00Z", "response": "Thank you!"
    })
}

/// `review` with some members changed.
fn but(mut review: Value, changes: &Value) -> Value {
    review.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    review
}

async fn put(bed: &Testbed, token: &str, id: &str, body: &Value) -> Answer {
    bed.put(&format!("/internal/v1/reviews/{id}"), body).token(token).send().await
}

async fn mine(bed: &Testbed, user: &User) -> Value {
    bed.get("/v1/account/reviews").by(user).send().await.expect(200).data()
}

async fn statistics(bed: &Testbed, user: &User) -> Value {
    bed.get("/v1/account/reviews/statistics").by(user).send().await.expect(200).data()
}

#[tokio::test]
async fn a_review_recorded_by_a_service_is_read_by_its_user() {
    let bed = Testbed::new();
    let (ada, bob) = (bed.register("ada").await, bed.register("bob").await);
    let token = token(&bed, "reviews:write").await;
    assert_eq!(mine(&bed, &ada).await, json!({"items": [], "nextCursor": null}));
    let recorded = put(&bed, &token, "rev_1", &review(&ada)).await.expect(201).data();
    let shown = json!({
        "reviewId": "rev_1", "providerId": "prov_812", "providerName": "Bright Plumbing", "serviceId": "svc_boiler",
        "rating": 5, "comment": "On time,\nand tidy.", "createdAt": "2027-01-10T10:00:00.000Z",
        "updatedAt": "2027-01-11T10:00:00.000Z", "response": "Thank you!"
    });
    assert_eq!(recorded, json!({"userId": ada.id, "outcome": "created", "review": shown}));
    assert_eq!(mine(&bed, &ada).await, json!({"items": [shown], "nextCursor": null}));
    assert_eq!(mine(&bed, &bob).await["items"], json!([]));
    assert_eq!(
        statistics(&bed, &ada).await,
        json!({
            "count": 1, "average": 5.0, "distribution": {"1": 0, "2": 0, "3": 0, "4": 0, "5": 1},
            "byMonth": [{"month": "2027-01", "count": 1, "average": 5.0}]
        })
    );
    let events = bed.events().await;
    assert_eq!(events.len(), 1);
    assert_eq!(
        (events[0].event_type.as_str(), events[0].subject.as_str()),
        ("review.recorded", ada.id.as_str())
    );
    assert_eq!(
        events[0].data,
        json!({
            "userId": ada.id, "reviewId": "rev_1", "providerId": "prov_812", "serviceId": "svc_boiler", "rating": 5,
            "outcome": "created", "createdAt": "2027-01-10T10:00:00.000Z", "updatedAt": "2027-01-11T10:00:00.000Z",
            "service": "bookings"
        })
    );
}

#[tokio::test]
async fn the_same_review_changes_nothing_and_an_older_one_is_outdated() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let token = token(&bed, "reviews:write").await;
    put(&bed, &token, "rev_1", &review(&ada)).await.expect(201);
    let outcome = async |body: Value| {
        put(&bed, &token, "rev_1", &body).await.expect(200).data()["outcome"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(outcome(review(&ada)).await, "unchanged");
    let older = but(review(&ada), &json!({"rating": 1, "updatedAt": "2027-01-11T09:59:59.999Z"}));
    assert_eq!(outcome(older).await, "outdated");
    assert_eq!(bed.event_types().await, ["review.recorded"]);
    let newer = but(
        review(&ada),
        &json!({"rating": 2, "updatedAt": "2027-01-12T10:00:00Z", "response": null, "comment": null}),
    );
    assert_eq!(outcome(newer.clone()).await, "replaced");
    assert_eq!(outcome(newer).await, "unchanged");
    let shown = mine(&bed, &ada).await["items"][0].clone();
    assert_eq!(
        (&shown["rating"], &shown["comment"], shown.get("response")),
        (&json!(2), &json!(""), None)
    );
    assert_eq!(
        statistics(&bed, &ada).await["distribution"],
        json!({"1": 0, "2": 1, "3": 0, "4": 0, "5": 0})
    );
    assert_eq!(bed.events().await[0].data["outcome"], "replaced");
}

#[tokio::test]
async fn without_times_a_review_is_of_now_and_the_same_is_known_again() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let token = token(&bed, "reviews:write").await;
    let bare = json!({"userId": ada.id, "providerId": "p", "providerName": "P", "serviceId": "s", "rating": 3});
    let first = put(&bed, &token, "rev_1", &bare).await.expect(201).data()["review"].clone();
    assert_eq!(
        (&first["createdAt"], &first["updatedAt"]),
        (&json!("2027-01-15T08:00:00.000Z"), &json!("2027-01-15T08:00:00.000Z"))
    );
    bed.clock.advance(std::time::Duration::from_hours(1));
    let again = put(&bed, &token, "rev_1", &bare).await.expect(200).data();
    assert_eq!((&again["outcome"], &again["review"]), (&json!("unchanged"), &first));
    let changed =
        put(&bed, &token, "rev_1", &but(bare, &json!({"rating": 4}))).await.expect(200).data();
    assert_eq!(changed["review"]["createdAt"], first["createdAt"]);
    assert_eq!(changed["review"]["updatedAt"], "2027-01-15T09:00:00.000Z");
    bed.events().await;
}

#[tokio::test]
async fn a_review_has_one_author() {
    let bed = Testbed::new();
    let (ada, bob) = (bed.register("ada").await, bed.register("bob").await);
    let token = token(&bed, "reviews:write").await;
    put(&bed, &token, "rev_1", &review(&ada)).await.expect(201);
    put(&bed, &token, "rev_1", &review(&bob)).await.problem(409, "conflict");
    assert_eq!(mine(&bed, &bob).await["items"], json!([]));
    bed.delete("/internal/v1/reviews/rev_1").token(&token).send().await.expect(200);
    put(&bed, &token, "rev_1", &review(&bob)).await.expect(201);
    let events = bed.events().await;
    let of = |user: &User| {
        let own = events.iter().filter(|event| event.subject.as_str() == user.id);
        own.map(|event| event.event_type.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(
        (of(&ada), of(&bob)),
        (vec!["review.recorded", "review.removed"], vec!["review.recorded"])
    );
}

#[tokio::test]
async fn a_review_that_is_removed_is_counted_no_more() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let token = token(&bed, "reviews:write").await;
    put(&bed, &token, "rev_1", &review(&ada)).await.expect(201);
    let removed =
        bed.delete("/internal/v1/reviews/rev_1").token(&token).send().await.expect(200).data();
    assert_eq!(removed, json!({"userId": ada.id, "reviewId": "rev_1"}));
    bed.delete("/internal/v1/reviews/rev_1").token(&token).send().await.problem(404, "not_found");
    assert_eq!(mine(&bed, &ada).await["items"], json!([]));
    let nothing = json!({"count": 0, "average": null, "distribution": {"1": 0, "2": 0, "3": 0, "4": 0, "5": 0}, "byMonth": []});
    assert_eq!(statistics(&bed, &ada).await, nothing);
    bed.events().await;
}

#[tokio::test]
async fn what_is_no_review_is_refused_field_by_field() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let token = token(&bed, "reviews:write").await;
    for (changes, pointer) in [
        (json!({"userId": "a b"}), "/userId"),
        (json!({"userId": null}), "/userId"),
        (json!({"providerId": ""}), "/providerId"),
        (json!({"providerId": "a/b"}), "/providerId"),
        (json!({"providerName": " "}), "/providerName"),
        (json!({"providerName": "x".repeat(101)}), "/providerName"),
        (json!({"serviceId": "s".repeat(129)}), "/serviceId"),
        (json!({"rating": 0}), "/rating"),
        (json!({"rating": 6}), "/rating"),
        (json!({"rating": 4.5}), "/rating"),
        (json!({"rating": -1}), "/rating"),
        (json!({"rating": "5"}), "/rating"),
        (json!({"comment": "x".repeat(2001)}), "/comment"),
        (json!({"comment": "a\u{202E}b"}), "/comment"),
        (json!({"createdAt": "2027-01-15"}), "/createdAt"),
        (json!({"createdAt": "1969-12-31T23:59:59Z"}), "/createdAt"),
        (json!({"updatedAt": "2027-01-15T08:05:00.001Z"}), "/updatedAt"),
        (json!({"updatedAt": "2027-01-09T10:00:00Z"}), "/updatedAt"),
        (json!({"response": "x".repeat(2001)}), "/response"),
        (json!({"response": {"text": "Thanks"}}), "/response"),
        (json!({"stars": 5}), "/stars"),
    ] {
        let answer = put(&bed, &token, "rev_1", &but(review(&ada), &changes)).await;
        assert_eq!(answer.refused_fields(), [pointer], "{changes}");
    }
    let two = but(review(&ada), &json!({"rating": 9, "providerId": "é"}));
    assert_eq!(put(&bed, &token, "rev_1", &two).await.refused_fields(), ["/rating", "/providerId"]);
    for required in ["userId", "providerId", "providerName", "serviceId", "rating"] {
        let mut body = review(&ada);
        body.as_object_mut().unwrap().remove(required);
        let answer = put(&bed, &token, "rev_1", &body).await;
        assert_eq!(answer.refused_fields(), [format!("/{required}")]);
    }
    put(&bed, &token, "a%20b", &review(&ada)).await.problem(404, "not_found");
    put(&bed, &token, "rev_1", &but(review(&ada), &json!({"userId": "usr_nobody"})))
        .await
        .problem(404, "not_found");
    assert_eq!(bed.event_types().await, Vec::<String>::new());
}

#[tokio::test]
async fn only_tokens_with_the_scope_write_reviews() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let other = token(&bed, "stats:write").await;
    put(&bed, &other, "rev_1", &review(&ada)).await.problem(403, "forbidden");
    bed.delete("/internal/v1/reviews/rev_1").token(&other).send().await.problem(403, "forbidden");
}

#[tokio::test]
async fn a_question_that_makes_no_sense_is_refused_by_the_name_of_its_part() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    for (query, pointer) in [
        ("rating=0", "?rating"),
        ("rating=6", "?rating"),
        ("rating=five", "?rating"),
        ("providerId=a%2Fb", "?providerId"),
        ("from=yesterday", "?from"),
        ("to=2027-01-15", "?to"),
        ("from=1969-12-31T00:00:00Z", "?from"),
        ("from=2027-01-02T00:00:00Z&to=2027-01-02T00:00:00Z", "?to"),
        ("sort=best", "?sort"),
        ("limit=0", "?limit"),
        ("limit=101", "?limit"),
        ("cursor=AAAA", "?cursor"),
        ("stars=5", "?stars"),
    ] {
        let answer = bed.get(&format!("/v1/account/reviews?{query}")).by(&ada).send().await;
        assert_eq!(answer.refused_fields(), [pointer], "{query}");
    }
}

#[tokio::test]
async fn a_cursor_is_good_for_its_own_question_and_user_alone() {
    let bed = Testbed::new();
    let (ada, bob) = (bed.register("ada").await, bed.register("bob").await);
    let token = token(&bed, "reviews:write").await;
    for number in 0..3 {
        put(&bed, &token, &format!("rev_{number}"), &review(&ada)).await.expect(201);
    }
    let first = bed.get("/v1/account/reviews?limit=2").by(&ada).send().await.expect(200);
    let cursor = first.data()["nextCursor"].as_str().unwrap().to_owned();
    assert_eq!(
        first.header("link"),
        format!("</v1/account/reviews?limit=2&cursor={cursor}>; rel=\"next\"")
    );
    let list = async |user: &User, query: &str| {
        bed.get(&format!("/v1/account/reviews?{query}&cursor={cursor}")).by(user).send().await
    };
    let second = list(&ada, "limit=2").await.expect(200).data();
    assert_eq!(
        (second["items"][0]["reviewId"].as_str(), &second["nextCursor"]),
        (Some("rev_0"), &Value::Null)
    );
    assert_eq!(list(&bob, "limit=2").await.refused_fields(), ["?cursor"]);
    for query in [
        "sort=oldest",
        "rating=5",
        "providerId=prov_812",
        "from=2027-01-01T00:00:00Z",
        "to=2027-02-01T00:00:00Z",
    ] {
        assert_eq!(list(&ada, query).await.refused_fields(), ["?cursor"], "{query}");
    }
    bed.events().await;
}
