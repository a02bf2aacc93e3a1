use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt as _;
use http::StatusCode;
use selfsame_events::Origin;
use selfsame_primitives::EmailAddress;
use selfsame_store::{Commit, Item, Key, MemoryStore, Page, Query, Store, StoreError, decode};
use serde_json::{Value, json};
use tokio::task::yield_now;

use super::undo_changes;
use crate::undo_links;
use selfsame_testbed::bench::{Bench, BenchAnswer, PASSWORD, request};
use selfsame_users::records::Account;

const ADA: &str = "ada@example.org";
const THIEF: &str = "thief@example.com";
const NEW: &str = "a bridge of very old and quiet stones";

async fn by(bench: &Bench, token: &str, path: &str, body: Value) -> BenchAnswer {
    let request = request("POST", path).header("authorization", format!("Bearer {token}"));
    bench.send(request.body(axum::body::Body::from(body.to_string())).unwrap()).await
}

async fn change_email(bench: &Bench, token: &str, email: &str) {
    // So that what is mailed now is newer than what was mailed before.
    bench.advance(Duration::from_secs(1));
    by(bench, token, "/auth/profile/email/initiate", json!({"newEmail": email})).await;
    let body = json!({"newEmail": email, "otp": bench.code(email).await});
    let answer = by(bench, token, "/auth/profile/email/complete", body).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
}

async fn change_password(bench: &Bench, token: &str, current: &str, new: &str) {
    bench.advance(Duration::from_secs(1));
    let body = json!({"currentPassword": current, "newPassword": new});
    let answer = by(bench, token, "/v1/account/password", body).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
}

async fn login(bench: &Bench, email: &str, password: &str) -> BenchAnswer {
    bench.post("/auth/login", json!({"identifier": email, "password": password})).await
}

/// The token in the link of the newest mail to an address.
async fn link(bench: &Bench, to: &str) -> String {
    let text = bench.mails(to).await[0].text.clone();
    let (_, token) = text.split_once("/undo?token=").unwrap_or_else(|| panic!("no link in {text}"));
    token.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect()
}

async fn undo(bench: &Bench, token: &str) -> BenchAnswer {
    bench.post("/auth/undo", json!({"token": token})).await
}

#[tokio::test]
async fn a_hijacked_account_is_its_owners_again_by_one_link() {
    let bench = Bench::new();
    let ada = bench.register(ADA).await;
    // A thief knows the password, changes the address, and the password too.
    let thief = login(&bench, ADA, PASSWORD).await;
    change_email(&bench, &thief.access(), THIEF).await;
    let token = link(&bench, ADA).await;
    change_password(&bench, &thief.access(), PASSWORD, NEW).await;
    assert_eq!(login(&bench, ADA, PASSWORD).await.status, StatusCode::UNAUTHORIZED);
    // The owner follows the link in the old mailbox.
    bench.advance(Duration::from_secs(1));
    let answer = undo(&bench, &token).await;
    assert_eq!(
        answer.json["data"],
        json!({"email": ADA, "removedPasskeys": [], "nextStep": "reset_password"}),
        "{answer:?}"
    );
    assert_eq!(bench.try_token(&thief.access()).await, StatusCode::UNAUTHORIZED);
    let refresh = json!({"refreshToken": thief.refresh()});
    assert_eq!(bench.post("/auth/refresh", refresh).await.status, StatusCode::UNAUTHORIZED);
    for (email, password) in [(ADA, PASSWORD), (ADA, NEW), (THIEF, PASSWORD), (THIEF, NEW)] {
        assert_eq!(
            login(&bench, email, password).await.status,
            StatusCode::UNAUTHORIZED,
            "{email} {password}"
        );
    }
    let event_types = bench.told(&ada.user()).await;
    let ends = event_types.iter().rev().take_while(|kind| *kind == "session.ended").count();
    assert_eq!(
        event_types[event_types.len() - ends - 2..event_types.len() - ends],
        ["user.email_updated", "user.changes_undone"]
    );
    // A new password is asked for: neither the stolen one nor the thief's.
    bench.post("/auth/password/forgot", json!({"email": THIEF})).await;
    bench.post("/auth/password/forgot", json!({"email": ADA})).await;
    let code = bench.code(ADA).await;
    let reset = async |new: &str| {
        bench
            .post("/auth/password/reset", json!({"email": ADA, "otp": code, "newPassword": new}))
            .await
    };
    for stolen in [PASSWORD, NEW] {
        assert_eq!(reset(stolen).await.code(), ("invalid_request", "/newPassword"), "{stolen}");
    }
    assert_eq!(reset("quite another sentence of the owner").await.status, StatusCode::OK);
    assert_eq!(
        login(&bench, ADA, "quite another sentence of the owner").await.status,
        StatusCode::OK
    );
    // The thief's own links are worth nothing.
    assert_eq!(
        undo(&bench, &link(&bench, THIEF).await).await.code(),
        ("invalid_request", "/token")
    );
}

#[tokio::test]
async fn a_thief_who_changes_the_address_twice_has_no_link_that_restores_it() {
    let bench = Bench::new();
    bench.register(ADA).await;
    let thief = login(&bench, ADA, PASSWORD).await;
    change_email(&bench, &thief.access(), THIEF).await;
    let owners = link(&bench, ADA).await;
    bench.advance(Duration::from_secs(1));
    change_email(&bench, &thief.access(), "second@example.com").await;
    let thiefs = link(&bench, THIEF).await;
    assert_eq!(undo(&bench, &thiefs).await.json["data"]["email"], THIEF);
    assert_eq!(undo(&bench, &owners).await.json["data"]["email"], ADA);
    assert_eq!(undo(&bench, &thiefs).await.code(), ("invalid_request", "/token"));
    let body = json!({"email": "second@example.com", "password": PASSWORD});
    assert_eq!(bench.post("/auth/register", body).await.status, StatusCode::CREATED, "free again");
}

#[tokio::test]
async fn a_link_is_good_once_and_for_seven_days_and_no_other_text_is() {
    let bench = Bench::new();
    let ada = bench.register(ADA).await;
    change_email(&bench, &ada.access(), "new@example.org").await;
    let token = link(&bench, ADA).await;
    for bad in
        [String::new(), "A".repeat(80), "A".repeat(1000), token[..token.len() - 1].to_owned()]
    {
        assert_eq!(undo(&bench, &bad).await.code(), ("invalid_request", "/token"), "{bad}");
    }
    assert_eq!(undo(&bench, &token).await.status, StatusCode::OK);
    assert_eq!(undo(&bench, &token).await.code(), ("invalid_request", "/token"));
    let bench = Bench::new();
    let ada = bench.register(ADA).await;
    change_email(&bench, &ada.access(), "new@example.org").await;
    let token = link(&bench, ADA).await;
    bench.advance(Duration::from_hours(7 * 24));
    assert_eq!(undo(&bench, &token).await.code(), ("invalid_request", "/token"));
}

#[tokio::test]
async fn a_password_change_is_mailed_and_its_link_voids_the_password() {
    let bench = Bench::new();
    let ada = bench.register(ADA).await;
    change_password(&bench, &ada.access(), PASSWORD, NEW).await;
    assert_eq!(undo(&bench, &link(&bench, ADA).await).await.status, StatusCode::OK);
    assert_eq!(bench.try_token(&ada.access()).await, StatusCode::UNAUTHORIZED);
    assert_eq!(login(&bench, ADA, NEW).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_reset_is_mailed_too() {
    let bench = Bench::new();
    bench.register(ADA).await;
    bench.advance(Duration::from_secs(1));
    bench.post("/auth/password/forgot", json!({"email": ADA})).await;
    let body = json!({"email": ADA, "otp": bench.code(ADA).await, "newPassword": NEW});
    bench.advance(Duration::from_secs(1));
    assert_eq!(bench.post("/auth/password/reset", body).await.status, StatusCode::OK);
    assert_eq!(undo(&bench, &link(&bench, ADA).await).await.status, StatusCode::OK);
    assert_eq!(login(&bench, ADA, NEW).await.status, StatusCode::UNAUTHORIZED);
}

/// A store for which everybody waits.
struct Slow(Arc<MemoryStore>);

#[async_trait]
impl Store for Slow {
    async fn get(&self, key: &Key) -> Result<Option<Item>, StoreError> {
        yield_now().await;
        self.0.get(key).await
    }
    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Item>>, StoreError> {
        yield_now().await;
        self.0.get_many(keys).await
    }
    async fn query(&self, query: &Query) -> Result<Page, StoreError> {
        yield_now().await;
        self.0.query(query).await
    }
    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        yield_now().await;
        self.0.commit(commit).await
    }
}

#[tokio::test]
async fn an_undo_completes_although_the_client_hangs_up() {
    for steps in 1..6 {
        let bench = Bench::new();
        let ada = bench.register(ADA).await;
        change_email(&bench, &ada.access(), THIEF).await;
        let token = link(&bench, ADA).await;
        let app = bench.on_another(Arc::new(Slow(Arc::clone(&bench.store))), 77);
        let (user, id) = undo_links::open(&app.platform.keys, &token).unwrap();
        let origin = Origin::default();
        let identity = crate::testing::identity(&app);
        let mut undoing = Box::pin(undo_changes(&identity, user.clone(), id, &origin));
        for step in 0..steps {
            assert!((&mut undoing).now_or_never().is_none(), "step {step}: it is under way");
        }
        drop(undoing);
        for _ in 0..1000 {
            yield_now().await;
        }
        let item = bench.store.get(&Account::key(&user)).await.unwrap().unwrap();
        let account: Account = decode(&item.body).unwrap();
        assert_eq!(account.email, Some(EmailAddress::parse(ADA).unwrap()), "{steps}");
        assert_eq!(account.password, None);
        assert_eq!(undo(&bench, &token).await.code(), ("invalid_request", "/token"), "used up");
    }
}
