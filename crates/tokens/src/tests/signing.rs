//! Signing keys that can't be read.

use selfsame_store::{Guard, Key, Write};

use super::*;

/// Replaces the signing key with that number by `body`.
async fn damage(bench: &Bench, number: u32, body: &'static str) {
    let key = Key::new("signing-keys", format!("{number:06}"));
    bench.app.platform.journal.commit(vec![Write::put(key, Guard::Any, body)]).await.unwrap();
}

#[tokio::test]
async fn a_former_key_that_cant_be_read_ends_its_own_tokens_and_no_others() {
    for body in ["signing-key/1\n{", "signing-key/9\n{}"] {
        let bench = Bench::new();
        bench.register("ada@example.org").await;
        bench.app.identity.tokens.rotate().await.unwrap();
        bench.advance(Duration::from_mins(14));
        let before = bench.login("ada@example.org").await.access();
        bench.advance(Duration::from_mins(1));
        let after = bench.login("ada@example.org").await.access();
        for token in [&before, &after] {
            assert_eq!(bench.try_token(token).await, StatusCode::OK);
        }
        damage(&bench, 1, body).await;
        let other_node = Bench::on(bench.store.clone(), bench.clock.clone(), settings(), 2);
        assert_eq!(other_node.try_token(&after).await, StatusCode::OK);
        assert_eq!(other_node.try_token(&before).await, StatusCode::UNAUTHORIZED);
        assert_eq!(jwks(&other_node).await["keys"].as_array().unwrap().len(), 1);
        assert_eq!(other_node.app.identity.tokens.signing_keys().await.unwrap().len(), 1);
        other_node.app.identity.tokens.rotate().await.unwrap();
        assert_eq!(jwks(&other_node).await["keys"].as_array().unwrap().len(), 2);
    }
}

#[tokio::test]
async fn without_the_key_that_signs_nothing_goes_on_with_another() {
    // The old one signs until everybody can have the new one.
    for (damaged, minutes) in [(1, 14), (2, 14), (2, 15)] {
        let bench = Bench::new();
        let token = bench.register("ada@example.org").await.access();
        bench.app.identity.tokens.rotate().await.unwrap();
        bench.advance(Duration::from_mins(minutes));
        damage(&bench, damaged, "signing-key/1\n{").await;
        let other_node = Bench::on(bench.store.clone(), bench.clock.clone(), settings(), 2);
        assert_eq!(
            other_node.try_token(&token).await,
            StatusCode::SERVICE_UNAVAILABLE,
            "{damaged} {minutes}"
        );
    }
}
