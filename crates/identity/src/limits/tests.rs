//! Which limit a call counts towards.

use http::StatusCode;
use selfsame_events::{Changes, Loaded, Origin};
use selfsame_store::StoreError;

use super::*;
use selfsame_testbed::app::Settings;
use selfsame_testbed::bench::{Bench, settings};

const ADA: &str = "ada@example.org";

fn showing(token: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(http::header::AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
    headers
}

/// Two sessions of ada, both cached by this process.
async fn two_sessions(bench: &Bench) -> (String, String) {
    let own = bench.register(ADA).await.access();
    let other = bench.login(ADA).await.access();
    for token in [&own, &other] {
        assert_eq!(bench.try_token(token).await, StatusCode::OK);
    }
    (own, other)
}

#[tokio::test]
async fn all_sessions_of_an_account_count_towards_it_once_they_were_looked_at() {
    let bench = Bench::new();
    let callers = selfsame_testbed::identity::limits::callers(&bench.app.identity);
    let new = showing(&bench.register("eve@example.org").await.access());
    assert_eq!(callers.known(&new), None, "not verified yet");
    assert!(callers.verify(&new).await.is_some());
    let (own, other) = two_sessions(&bench).await;
    let known = callers.known(&showing(&own));
    assert!(known.is_some());
    assert_eq!(known, callers.known(&showing(&other)));
    assert_eq!(known, callers.verify(&showing(&own)).await);
    assert_ne!(known, callers.verify(&new).await);
}

#[tokio::test]
async fn a_token_of_an_ended_session_counts_as_anonymous_and_uses_none_of_the_owners_limit() {
    let bench = Bench::new();
    let callers = selfsame_testbed::identity::limits::callers(&bench.app.identity);
    let (own, thiefs) = two_sessions(&bench).await;
    let ended = bench.with_token("DELETE", "/v1/account/sessions", &own).await;
    assert_eq!(ended.status, StatusCode::OK);
    assert_eq!(bench.try_token(&own).await, StatusCode::OK);
    assert!(
        bench.app.identity.tokens.cached(&thiefs).is_some(),
        "its signature is good for another while"
    );
    assert_eq!(callers.known(&showing(&thiefs)), None);
    assert_eq!(callers.verify(&showing(&thiefs)).await, None);
    assert!(callers.known(&showing(&own)).is_some());
}

#[tokio::test]
async fn a_token_of_a_suspended_account_counts_as_anonymous() {
    let bench = Bench::new();
    let callers = selfsame_testbed::identity::limits::callers(&bench.app.identity);
    let ada = bench.register(ADA).await;
    assert_eq!(bench.try_token(&ada.access()).await, StatusCode::OK);
    let suspend = |_: &Loaded| Ok::<_, StoreError>((Changes::none().status(Status::Suspended), ()));
    bench.app.platform.journal.change(&ada.user(), &[], &Origin::default(), suspend).await.unwrap();
    assert_eq!(callers.known(&showing(&ada.access())), None);
    assert_eq!(callers.verify(&showing(&ada.access())).await, None);
}

#[tokio::test]
async fn a_session_ended_on_another_node_counts_until_the_store_is_read() {
    let here = Bench::with(Settings { profile_cache_ttl: Duration::from_hours(1), ..settings() });
    let there = Bench::on(here.store.clone(), here.clock.clone(), settings(), 2);
    let callers = selfsame_testbed::identity::limits::callers(&here.app.identity);
    let (_, thiefs) = two_sessions(&here).await;
    let out = there.with_token("POST", "/auth/logout", &thiefs).await;
    assert_eq!(out.status, StatusCode::OK);
    assert!(callers.known(&showing(&thiefs)).is_some(), "this process has not heard of it");
    here.advance(here.app.identity.settings.tokens.believed);
    assert_eq!(here.try_token(&thiefs).await, StatusCode::UNAUTHORIZED);
    assert!(
        here.app.identity.tokens.cached(&thiefs).is_some(),
        "its signature is good for another while"
    );
    assert_eq!(callers.known(&showing(&thiefs)), None);
}
