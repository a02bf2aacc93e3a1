//! Profiles through HTTP.

use selfsame_store::Maintenance as _;
use selfsame_testbed::{Testbed, User};
use serde_json::{Value, json};

async fn own(bed: &Testbed, user: &User) -> Vec<Value> {
    let data = bed.get("/profiles").by(user).send().await.expect(200).data();
    data["items"].as_array().unwrap().clone()
}

async fn add(bed: &Testbed, user: &User, name: &str) -> Value {
    bed.post("/profiles", &json!({"displayName": name})).by(user).send().await.expect(201).data()
}

fn path(profile: &Value) -> String {
    format!("/profiles/{}", profile["profileId"].as_str().unwrap())
}

#[tokio::test]
async fn every_user_has_a_primary_profile_with_the_content_of_the_profile() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let first = own(&bed, &ada).await;
    assert_eq!(own(&bed, &ada).await, first);
    let [primary] = first.as_slice() else { panic!("{first:?}") };
    assert_eq!((&primary["primary"], &primary["displayName"]), (&json!(true), &json!("ada")));
    assert_eq!(primary["profileId"].as_str().unwrap().len(), 8);
    assert_eq!(primary["allocatedMediaIds"].as_array().unwrap().len(), 5);
    bed.get(&path(primary)).by(&ada).send().await.expect(200);
    let eve = bed.register("eve").await;
    assert_ne!(own(&bed, &eve).await[0]["profileId"], primary["profileId"]);
    bed.get(&path(primary)).by(&eve).send().await.problem(404, "not_found");
}

#[tokio::test]
async fn reading_profiles_writes_nothing_and_the_first_change_stores_what_was_shown() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let before = bed.store.stats().await.unwrap().commits;
    let shown = own(&bed, &ada).await;
    let media = format!("{}/media", path(&shown[0]));
    bed.get(&media).by(&ada).send().await.expect(200);
    let etag =
        bed.get(&path(&shown[0])).by(&ada).send().await.expect(200).header("etag").to_owned();
    assert_eq!(bed.store.stats().await.unwrap().commits, before, "it was only looked at");
    assert_eq!(bed.event_types().await, Vec::<String>::new());
    let change = bed.call("PATCH", &path(&shown[0])).by(&ada).header("If-Match", &etag);
    change.json(&json!({"order": 3})).send().await.expect(200);
    assert_eq!(bed.event_types().await, ["profiles.updated"], "nobody has one more profile");
    let after = own(&bed, &ada).await;
    for field in ["profileId", "allocatedMediaIds", "createdAt", "primary"] {
        assert_eq!(after[0][field], shown[0][field], "{field}");
    }
    let eve = bed.register("eve").await;
    bed.get(&path(&shown[0])).by(&eve).send().await.expect(200);
}

#[tokio::test]
async fn name_and_text_of_the_primary_profile_are_those_of_the_profile() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let primary = path(&own(&bed, &ada).await[0]);
    bed.events().await;
    let change = json!({"displayName": "Countess", "bio": "Engines", "order": 3});
    let data = bed.put(&primary, &change).by(&ada).send().await.expect(200).data();
    assert_eq!((&data["displayName"], &data["order"]), (&json!("Countess"), &json!(3)));
    let profile = bed.get("/v1/profile").by(&ada).send().await.data();
    assert_eq!((&profile["displayName"], &profile["bio"]), (&json!("Countess"), &json!("Engines")));
    assert_eq!(bed.event_types().await, ["profile.updated", "profiles.updated"]);
    let refused =
        bed.put(&primary, &json!({"displayName": null})).by(&ada).send().await.refused_fields();
    assert_eq!(refused, ["/displayName"]);
}

#[tokio::test]
async fn a_sixth_profile_is_refused_until_one_is_deleted() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let mut last = Value::Null;
    for n in 2..=5 {
        last = add(&bed, &ada, &format!("Ada {n}")).await;
    }
    let sixth = json!({"displayName": "Ada 6"});
    bed.post("/profiles", &sixth).by(&ada).send().await.problem(409, "conflict");
    let gone = bed.delete(&path(&last)).by(&ada).send().await.expect(200).data();
    assert_eq!((&gone["profileId"], &gone["deleted"]), (&last["profileId"], &json!(true)));
    bed.get(&path(&last)).by(&ada).send().await.problem(404, "not_found");
    bed.delete(&path(&last)).by(&ada).send().await.problem(404, "not_found");
    add(&bed, &ada, "Ada 6").await;
    let names: Vec<_> =
        own(&bed, &ada).await.iter().map(|profile| profile["displayName"].clone()).collect();
    assert_eq!(names, ["ada", "Ada 2", "Ada 3", "Ada 4", "Ada 6"]);
    let emitted = bed.event_types().await;
    assert_eq!(emitted.iter().filter(|emitted| *emitted == "profiles.created").count(), 5);
    assert_eq!(emitted.iter().filter(|emitted| *emitted == "profiles.deleted").count(), 1);
}

#[tokio::test]
async fn the_primary_profile_can_not_be_deleted() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let primary = path(&own(&bed, &ada).await[0]);
    bed.delete(&primary).by(&ada).send().await.problem(409, "conflict");
    assert_eq!(own(&bed, &ada).await.len(), 1);
    bed.events().await;
}

#[tokio::test]
async fn a_change_made_for_an_old_version_is_refused() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let work = path(&add(&bed, &ada, "Work").await);
    let old = bed.get(&work).by(&ada).send().await.header("etag").to_owned();
    let change = json!({"bio": "What I build"});
    let changed =
        bed.call("PATCH", &work).by(&ada).header("If-Match", &old).json(&change).send().await;
    let new = changed.clone().expect(200).header("etag").to_owned();
    assert_ne!(old, new);
    let late =
        bed.put(&work, &json!({"bio": "late"})).by(&ada).header("If-Match", &old).send().await;
    late.problem(412, "version_conflict");
    bed.get(&work).by(&ada).header("If-None-Match", &new).send().await.expect(304);
    bed.delete(&work)
        .by(&ada)
        .header("If-Match", &old)
        .send()
        .await
        .problem(412, "version_conflict");
    bed.events().await;
}

#[tokio::test]
async fn what_can_not_be_shown_is_refused_by_field() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let long = json!({"displayName": "x".repeat(51), "bio": "y".repeat(501), "order": 1001});
    let refused = bed.post("/profiles", &long).by(&ada).send().await.refused_fields();
    assert_eq!(refused, ["/displayName", "/bio", "/order"]);
    let unknown = json!({"displayName": "Ada", "colour": "red"});
    assert_eq!(bed.post("/profiles", &unknown).by(&ada).send().await.refused_fields(), ["/colour"]);
    let all = json!({"bio": "y".repeat(501), "order": 1001, "colour": "red"});
    let refused = bed.post("/profiles", &all).by(&ada).send().await.refused_fields();
    assert_eq!(refused, ["/colour", "/displayName", "/bio", "/order"]);
    let primary = path(&own(&bed, &ada).await[0]);
    let all = json!({"displayName": "", "bio": "y".repeat(501), "order": 1001, "colour": "red"});
    let refused = bed.put(&primary, &all).by(&ada).send().await.refused_fields();
    assert_eq!(refused, ["/colour", "/displayName", "/bio", "/order"]);
    let known = json!({"displayName": "", "order": 1001});
    let refused = bed.put(&primary, &known).by(&ada).send().await.refused_fields();
    assert_eq!(refused, ["/displayName", "/order"]);
    assert_eq!(bed.event_types().await, Vec::<String>::new());
}

#[tokio::test]
async fn others_see_the_visible_fields_of_profiles_with_visible_galleries() {
    let bed = Testbed::new();
    let (ada, bob) = (bed.register("ada").await, bed.register("bob").await);
    let primary = own(&bed, &ada).await[0].clone();
    // The first change stores it: others can't look up a profile that is not stored.
    bed.put(&path(&primary), &json!({"order": 1})).by(&ada).send().await.expect(200);
    let list = format!("/profiles?userId={}", ada.id);
    let shown = bed.get(&list).send().await.expect(200).data();
    let expected = json!({"profileId": primary["profileId"], "userId": ada.id, "primary": true, "displayName": "ada", "bio": "", "order": 1});
    assert_eq!(shown["items"], json!([expected]));
    assert_eq!(bed.get(&path(&primary)).by(&bob).send().await.expect(200).data(), expected);
    let hide = json!({"avatar": "authenticated", "displayName": "private"});
    bed.put("/v1/profile/privacy", &hide).by(&ada).send().await.expect(200);
    assert_eq!(bed.get(&list).send().await.expect(200).data()["items"], json!([]));
    bed.get(&path(&primary)).send().await.problem(404, "not_found");
    let seen = bed.get(&path(&primary)).by(&bob).send().await.expect(200).data();
    assert_eq!(seen.get("displayName"), None);
    bed.put(&path(&primary), &json!({"order": 2})).by(&bob).send().await.problem(404, "not_found");
    bed.delete(&path(&primary)).by(&bob).send().await.problem(404, "not_found");
    bed.get("/profiles?userId=usr_nobody").send().await.problem(404, "not_found");
    bed.get("/profiles/aB3cD4eF").send().await.problem(404, "not_found");
    bed.get("/profiles/../x").send().await.expect(404);
    bed.get("/profiles").send().await.problem(401, "unauthenticated");
    bed.events().await;
}

#[tokio::test]
async fn profiles_that_are_made_at_the_same_time_are_never_more_than_five() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let name = json!({"displayName": "Ada"});
    let calls = (0..20).map(|_| bed.post("/profiles", &name).by(&ada).send());
    let answers = futures_util::future::join_all(calls).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 4);
    assert_eq!(own(&bed, &ada).await.len(), 5);
    bed.events().await;
}
