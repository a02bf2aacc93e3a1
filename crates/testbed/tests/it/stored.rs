//! Stored values are accepted as they are, and records of a later release are left alone.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use std::time::Duration;

use selfsame_events::{Head, user_key};
use selfsame_primitives::{EmailAddress, UserId, Username};
use selfsame_store::{Commit, CommitToken, Guard, Key, Store as _, Write};
use selfsame_testbed::{Testbed, User};
use serde_json::json;

fn record_key(user: &User, sort: &str) -> Key {
    user_key(&UserId::parse(&user.id).unwrap(), sort)
}

async fn stored(bed: &Testbed, key: &Key) -> String {
    let item = bed.store.get(key).await.unwrap().unwrap();
    String::from_utf8(item.body.to_vec()).unwrap()
}

/// A testbed without a user cache.
fn bed() -> Testbed {
    Testbed::with(|settings| settings.profile_cache_ttl = Duration::ZERO)
}

/// Stores `text` at `key`, not through the application.
async fn store(bed: &Testbed, key: Key, text: String) {
    let writes = vec![Write::put(key, Guard::Any, text.into_bytes())];
    bed.store
        .commit(Commit { token: CommitToken::generate(&*bed.app.platform.random), writes })
        .await
        .unwrap();
}

#[tokio::test]
async fn a_name_and_an_address_that_would_be_refused_today_are_still_their_owners() {
    let bed = bed();
    let ada = bed.register("ada").await;
    let key = record_key(&ada, "account");
    let account = stored(&bed, &key).await;
    let of_old =
        account.replace("\"ada\"", "\"admin\"").replace("ada@example.org", "ada@localhost");
    assert_ne!(account, of_old);
    store(&bed, key, of_old).await;
    let email_claim = |email| bed.app.users.email_claim(&EmailAddress::sought(email).unwrap());
    let names = bed.app.users.username_claims(&Username::sought("admin").unwrap());
    let claim = stored(&bed, &email_claim("ada@example.org")).await;
    for of_old in names.into_iter().chain([email_claim("ada@localhost")]) {
        store(&bed, of_old, claim.clone()).await;
    }
    for name in [
        json!({"username": "Admin"}),
        json!({"identifier": "admin"}),
        json!({"email": "ada@localhost"}),
        json!({"identifier": "ADA@localhost"}),
    ] {
        let mut body = json!({"password": "correct horse battery staple"});
        body.as_object_mut().unwrap().extend(name.as_object().unwrap().clone());
        let data = bed.post("/auth/login", &body).send().await.expect(200).data();
        assert_eq!(data["user"]["userId"], ada.id, "{name}");
    }
    let shown = bed.get("/v1/profile/by-username/admin").by(&ada).send().await.expect(200).data();
    assert_eq!(shown["userId"], ada.id);
    let data = bed.get("/v1/account").by(&ada).send().await.expect(200).data();
    assert_eq!((&data["username"], &data["email"]), (&json!("admin"), &json!("ada@localhost")));
    let body = json!({"email": "eve@localhost", "username": "admin", "password": "correct horse battery staple"});
    let refused = bed.post("/auth/register", &body).send().await.expect(400);
    assert!(refused.json().to_string().contains("/email"));
    bed.events().await;
}

#[tokio::test]
async fn a_choice_that_is_none_any_more_is_the_default_and_shows_nothing() {
    let bed = bed();
    let ada = bed.register("ada").await;
    let key = record_key(&ada, "profile");
    let profile = stored(&bed, &key).await;
    let of_old = profile.replace("\"language\":\"en\"", "\"language\":\"tlh\"");
    let of_old = of_old.replace("\"displayName\":\"public\"", "\"displayName\":\"friends\"");
    assert_ne!(profile, of_old);
    store(&bed, key, of_old).await;
    let data = bed.get("/v1/profile").by(&ada).send().await.expect(200).data();
    assert_eq!(data["preferences"]["language"], "en");
    let seen = bed.get(&format!("/v1/profile/{}", ada.id)).send().await.expect(200).data();
    assert_eq!(seen["displayName"], json!(null));
}

#[tokio::test]
async fn a_record_of_a_later_release_is_503_for_its_user_alone() {
    let bed = bed();
    let (ada, bob) = (bed.register("ada").await, bed.register("bob").await);
    for sort in ["account", "profile", "head"] {
        let key = record_key(&ada, sort);
        let known = stored(&bed, &key).await;
        let newer = known.replacen("/1\n", "/9\n", 1);
        store(&bed, key.clone(), newer.clone()).await;
        let answer = bed.get(&format!("/v1/profile/{}", ada.id)).send().await;
        assert_ne!(answer.header("retry-after"), "");
        answer.problem(503, "unavailable");
        bed.get(&format!("/v1/profile/{}", bob.id)).send().await.expect(200);
        bed.put("/v1/profile", &json!({"bio": sort})).by(&bob).send().await.expect(200);
        assert_eq!(stored(&bed, &key).await, newer, "it was touched");
        store(&bed, key, known).await;
        bed.get(&format!("/v1/profile/{}", ada.id)).send().await.expect(200);
    }
    assert!(stored(&bed, &Head::key(&UserId::parse(&ada.id).unwrap())).await.starts_with("head/1"));
}
