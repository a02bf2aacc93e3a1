//! The audit log of alias look-ups.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use selfsame_store::{Guard, Maintenance as _, Write};
use serde_json::Value;

use super::super::audit::{AliasAuditEntry, look_ups};
use selfsame_identity::service_tokens::ServiceTokens;
use selfsame_profiles::aliases::open_note;
use selfsame_testbed::bench::Bench;

async fn of_day(bench: &Bench) -> Vec<AliasAuditEntry> {
    let mut found = Vec::new();
    look_ups(&*bench.store, bench.app.platform.now(), |look_up| found.push(look_up)).await.unwrap();
    found
}

#[tokio::test]
async fn every_look_up_is_in_the_log_and_outlives_the_user() {
    let bench = Bench::new();
    let ada = bench.register("ada@example.org").await;
    let path = "/v1/profile/alias?context=room&contextType=chat_room";
    let alias: Value = bench.with_token("GET", path, &ada.access()).await.json["data"].clone();
    let app = Arc::clone(&bench.app);
    let tokens = ServiceTokens {
        store: &*app.platform.store,
        keys: &app.platform.keys,
        random: &*app.platform.random,
    };
    let (secret, token) =
        tokens.create("chat", &["alias:resolve".into()], app.platform.now()).await.unwrap();
    let id = alias["aliasId"].as_str().unwrap();
    for _ in 0..2 {
        let answer = bench.with_token("GET", &format!("/internal/v1/aliases/{id}"), &secret).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
    let unknown = bench.with_token("GET", "/internal/v1/aliases/alias_aB3cD4eF5gH6", &secret).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    let found = of_day(&bench).await;
    assert_eq!(found.len(), 2, "nothing was told of the third");
    for look_up in &found {
        assert_eq!((look_up.service.as_str(), &look_up.token_id), ("chat", &token.id));
        assert_eq!(
            (look_up.request_id.as_deref(), look_up.ip.as_deref()),
            (Some("req-1"), Some("203.0.113.0"))
        );
        assert_eq!(look_up.at, bench.app.platform.now());
        assert_eq!(open_note(&app.profiles, &look_up.alias).unwrap().alias_id.as_str(), id);
    }
    // Neither the alias nor the user can be read from the log, and no text in it is one of the
    // user's partition.
    let stored = format!("{:?}", bench.store.scan("audit/", None).await.unwrap().items);
    assert!(!stored.contains(id) && !stored.contains(ada.user().as_str()));
    let entries = bench.entries(&ada.user()).await;
    let sealed = |look_up: &AliasAuditEntry| {
        entries.iter().any(|entry| entry.data["alias"] == look_up.alias.as_str())
    };
    assert!(!found.iter().any(sealed));
    for item in bench.store.scan("user/", None).await.unwrap().items {
        bench.app.platform.journal.commit(vec![Write::delete(item.key, Guard::Any)]).await.unwrap();
    }
    assert_eq!(of_day(&bench).await, found);
}

#[tokio::test]
async fn each_day_has_its_own_log_and_a_log_is_kept_for_two_years() {
    let bench = Bench::new();
    let ada = bench.register("ada@example.org").await;
    let path = "/v1/profile/alias?context=room&contextType=chat_room";
    let alias: Value = bench.with_token("GET", path, &ada.access()).await.json["data"].clone();
    let app = Arc::clone(&bench.app);
    let tokens = ServiceTokens {
        store: &*app.platform.store,
        keys: &app.platform.keys,
        random: &*app.platform.random,
    };
    let (secret, _) =
        tokens.create("chat", &["alias:resolve".into()], app.platform.now()).await.unwrap();
    let path = format!("/internal/v1/aliases/{}", alias["aliasId"].as_str().unwrap());
    bench.with_token("GET", &path, &secret).await;
    let day = bench.app.platform.now();
    bench.advance(Duration::from_hours(24));
    assert_eq!(of_day(&bench).await, []);
    let of = async || {
        let mut count = 0;
        look_ups(&*bench.store, day, |_| count += 1).await.unwrap();
        count
    };
    bench.advance(Duration::from_hours(728 * 24));
    assert_eq!(of().await, 1);
    bench.advance(Duration::from_hours(24));
    assert_eq!(of().await, 0);
}
