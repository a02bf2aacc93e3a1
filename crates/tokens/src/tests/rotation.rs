//! Signing keys that are replaced and withdrawn.

use super::*;

#[tokio::test]
async fn a_new_key_is_published_before_it_signs_and_the_old_one_stays_for_its_tokens() {
    let bench = Bench::new();
    let other = Bench::on(bench.store.clone(), bench.clock.clone(), settings(), 2);
    let kid = |token: &str| read(token).0["kid"].clone();
    let before = bench.register("ada@example.org").await;
    let old = kid(&before.access());
    assert_eq!(other.try_token(&before.access()).await, StatusCode::OK);
    bench.app.identity.tokens.rotate().await.unwrap();
    let both = jwks(&bench).await;
    let new = both["keys"][1]["kid"].clone();
    assert_eq!((&both["keys"][0]["kid"], both["keys"].as_array().unwrap().len()), (&old, 2));
    assert_eq!(kid(&bench.login("ada@example.org").await.access()), old);
    bench.advance(Duration::from_mins(14));
    assert_eq!(jwks(&other).await, both, "the other node has looked again");
    let last = bench.login("ada@example.org").await.access();
    assert_eq!(kid(&last), old);
    bench.advance(Duration::from_mins(1));
    let first = bench.login("ada@example.org").await.access();
    assert_eq!(kid(&first), new);
    assert_eq!(other.try_token(&first).await, StatusCode::OK);
    assert_eq!(other.try_token(&last).await, StatusCode::OK);
    bench.advance(Duration::from_hours(24));
    assert_eq!(jwks(&bench).await["keys"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_node_reloads_the_keys_for_an_unknown_key() {
    let bench = Bench::new();
    let other = Bench::on(bench.store.clone(), bench.clock.clone(), settings(), 2);
    jwks(&bench).await;
    bench.app.identity.tokens.rotate().await.unwrap();
    bench.advance(Duration::from_mins(11));
    jwks(&other).await;
    bench.app.identity.tokens.rotate().await.unwrap();
    bench.advance(Duration::from_mins(4));
    let token = bench.register("ada@example.org").await.access();
    assert_eq!(other.try_token(&token).await, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nodes_that_start_at_once_agree_on_one_key() {
    let first = Bench::new();
    let others =
        (2..6).map(|node| Bench::on(first.store.clone(), first.clock.clone(), settings(), node));
    let asking =
        others.map(|other| tokio::spawn(async move { jwks(&other).await })).collect::<Vec<_>>();
    let keys = jwks(&first).await;
    for asked in asking {
        assert_eq!(asked.await.unwrap(), keys);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nodes_that_replace_an_old_key_at_once_make_one_and_the_next_in_its_time() {
    const AGE: Duration = Duration::from_hours(30 * 24);
    let bench = Bench::new();
    assert!(
        !bench.app.identity.tokens.rotate_after(AGE).await.unwrap(),
        "there is none to replace"
    );
    jwks(&bench).await;
    bench.advance(AGE.checked_sub(Duration::from_millis(1)).unwrap());
    assert!(!bench.app.identity.tokens.rotate_after(AGE).await.unwrap());
    bench.advance(Duration::from_millis(1));
    let nodes =
        (2..6).map(|node| Bench::on(bench.store.clone(), bench.clock.clone(), settings(), node));
    let asking = nodes.map(|node| {
        tokio::spawn(async move { node.app.identity.tokens.rotate_after(AGE).await.unwrap() })
    });
    let mut replaced = false;
    for asked in asking.collect::<Vec<_>>() {
        replaced |= asked.await.unwrap();
    }
    assert!(replaced);
    assert_eq!(jwks(&bench).await["keys"].as_array().unwrap().len(), 2);
    assert!(!bench.app.identity.tokens.rotate_after(AGE).await.unwrap());
}

#[tokio::test]
async fn the_store_alone_does_not_give_the_signing_key_away() {
    use selfsame_store::{Query, Store as _};
    let bench = Bench::new();
    jwks(&bench).await;
    let items = bench.store.query(&Query::prefix("signing-keys", "")).await.unwrap().items;
    let stored = String::from_utf8(items[0].body.to_vec()).unwrap();
    let (head, json) = stored.split_once('\n').unwrap();
    let json: Value = serde_json::from_str(json).unwrap();
    assert_eq!((head, items.len()), ("signing-key/1", 1));
    let sealed = from_base64url(json["sealed"].as_str().unwrap()).unwrap();
    let other = selfsame_primitives::Keys::from_master(&[8; 32]);
    assert!(other.open("signing-key", b"signing-keys 000001", &sealed).is_err());
    assert!(bench.app.platform.keys.open("signing-key", b"signing-keys 000001", &sealed).is_ok());
}

#[tokio::test]
async fn a_leaked_key_is_withdrawn_and_its_tokens_stop_at_once() {
    let bench = Bench::new();
    let other = Bench::on(bench.store.clone(), bench.clock.clone(), settings(), 2);
    let ada = bench.register("ada@example.org").await.access();
    let kid = read(&ada).0["kid"].as_str().unwrap().to_owned();
    for node in [&bench, &other] {
        assert_eq!(node.try_token(&ada).await, StatusCode::OK);
    }
    assert!(!bench.app.identity.tokens.revoke_key("nobody's").await.unwrap());
    assert!(bench.app.identity.tokens.revoke_key(&kid).await.unwrap());
    assert!(!bench.app.identity.tokens.revoke_key(&kid).await.unwrap(), "it is gone");
    assert!(denial(&bench, &ada).await.contains("signature"));
    // A node learns this way of commits by other processes.
    other.app.identity.tokens.doubt();
    assert!(denial(&other, &ada).await.contains("signature"));
    let again = bench.login("ada@example.org").await.access();
    assert_ne!(read(&again).0["kid"], kid);
    for node in [&bench, &other] {
        assert_eq!(node.try_token(&again).await, StatusCode::OK);
    }
    let keys = bench.app.identity.tokens.signing_keys().await.unwrap();
    assert!(keys.len() == 1 && keys[0].kid != kid, "{keys:?}");
}

#[tokio::test]
async fn a_key_that_waits_to_sign_and_one_that_has_signed_are_withdrawn_too() {
    let bench = Bench::new();
    let kid = |token: &str| read(token).0["kid"].as_str().unwrap().to_owned();
    bench.register("ada@example.org").await;
    bench.app.identity.tokens.rotate().await.unwrap();
    let waiting = bench.app.identity.tokens.signing_keys().await.unwrap().pop().unwrap();
    assert!(bench.app.identity.tokens.revoke_key(&waiting.kid).await.unwrap());
    let second = bench.login("ada@example.org").await.access();
    assert_ne!(kid(&second), waiting.kid);
    bench.app.identity.tokens.rotate().await.unwrap();
    bench.advance(Duration::from_mins(15));
    let third = bench.login("ada@example.org").await.access();
    let new_token = bench.login("ada@example.org").await.access();
    assert!(bench.app.identity.tokens.revoke_key(&kid(&second)).await.unwrap());
    assert_eq!(bench.try_token(&third).await, StatusCode::OK);
    assert_eq!((kid(&new_token), bench.try_token(&new_token).await), (kid(&third), StatusCode::OK));
}
