//! The service API through HTTP.

use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use http::StatusCode;
use selfsame_primitives::{EmailAddress, UserId, Username};
use selfsame_store::{
    Commit, Guard, Item, Key, MemoryStore, Page, Query, Store, StoreError, Write, encode,
};
use serde_json::{Value, json};
use tower_service::Service as _;

use selfsame_identity::{service_tokens::ServiceToken, service_tokens::ServiceTokens};
use selfsame_profiles::aliases::open_note;
use selfsame_testbed::bench::{Bench, BenchAnswer, request};
use selfsame_users::records::Claim;

/// The application, a user, and other services.
struct Scene {
    bench: Bench,
    user: UserId,
    token: String,
}

impl Scene {
    async fn new() -> Self {
        let bench = Bench::new();
        let answer = bench.register("ada@example.org").await;
        Self { user: answer.user(), token: answer.access(), bench }
    }

    async fn service(&self, scopes: &[&str]) -> (String, ServiceToken) {
        let app = &self.bench.app;
        let tokens = ServiceTokens {
            store: &*app.platform.store,
            keys: &app.platform.keys,
            random: &*app.platform.random,
        };
        let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        tokens.create("chat", &scopes, app.platform.now()).await.unwrap()
    }

    async fn get(&self, secret: &str, path: &str) -> BenchAnswer {
        self.bench.with_token("GET", path, secret).await
    }

    async fn send(&self, method: &str, token: &str, path: &str, body: Value) -> BenchAnswer {
        let request = request(method, path).header("authorization", format!("Bearer {token}"));
        self.bench.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    async fn put(&self, path: &str, body: Value) {
        let answer = self.send("PUT", &self.token, path, body).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    }

    async fn batch(&self, secret: &str, body: Value) -> BenchAnswer {
        self.send("POST", secret, "/internal/v1/profiles/batch", body).await
    }

    async fn alias(&self) -> Value {
        let path = "/v1/profile/alias?context=room&contextType=chat_room";
        self.bench.with_token("GET", path, &self.token).await.json["data"].clone()
    }
}

fn resolve(alias: &Value) -> String {
    format!("/internal/v1/aliases/{}", alias["aliasId"].as_str().unwrap())
}

#[tokio::test]
async fn only_good_tokens_with_the_scope_are_let_in() {
    let scene = Scene::new().await;
    let (all, _) = scene.service(&["profiles:read", "users:read", "alias:resolve"]).await;
    let (none, _) = scene.service(&["stats:write"]).await;
    let paths =
        ["/internal/v1/users?email=ada@example.org".to_owned(), resolve(&scene.alias().await)];
    for path in &paths {
        assert_eq!(scene.get(&all, path).await.status, StatusCode::OK, "{path}");
        assert_eq!(scene.get(&none, path).await.status, StatusCode::FORBIDDEN, "{path}");
        for bad in [scene.token.as_str(), "sst_unknown", ""] {
            assert_eq!(scene.get(bad, path).await.status, StatusCode::UNAUTHORIZED, "{path}");
        }
        let bare = scene.bench.send(request("GET", path).body(Body::empty()).unwrap()).await;
        assert_eq!(bare.status, StatusCode::UNAUTHORIZED);
    }
    let body = json!({"userIds": [scene.user]});
    assert_eq!(scene.batch(&none, body.clone()).await.status, StatusCode::FORBIDDEN);
    assert_eq!(scene.batch(&scene.token, body.clone()).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(scene.batch(&all, body).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_revoked_token_is_refused() {
    let scene = Scene::new().await;
    let (secret, token) = scene.service(&["users:read"]).await;
    let app = &scene.bench.app;
    let tokens = ServiceTokens {
        store: &*app.platform.store,
        keys: &app.platform.keys,
        random: &*app.platform.random,
    };
    tokens.revoke(&*scene.bench.store, &token.id, app.platform.now()).await.unwrap();
    let answer = scene.get(&secret, "/internal/v1/users?email=ada@example.org").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_batch_shows_each_profile_as_its_viewer_may_see_it() {
    let scene = Scene::new().await;
    let profile = json!({"displayName": "Ada Lovelace", "bio": "Notes", "location": "London"});
    scene.put("/v1/profile", profile).await;
    scene.put("/v1/profile/privacy", json!({"bio": "private"})).await;
    let (secret, _) = scene.service(&["profiles:read"]).await;
    let user = scene.user.as_str();
    let seen = async |viewer: Value| {
        let answer =
            scene.batch(&secret, json!({"userIds": [user, "usr_nobody"], "viewer": viewer})).await;
        let profiles = answer.json["data"]["profiles"].as_object().unwrap().clone();
        assert_eq!(profiles.keys().collect::<Vec<_>>(), [user]);
        profiles[user].clone()
    };
    let fields = |profile: &Value| -> Vec<bool> {
        ["displayName", "avatar", "location", "bio"]
            .iter()
            .map(|name| profile.get(*name).is_some())
            .collect()
    };
    let public = seen(Value::Null).await;
    assert_eq!(public["displayName"], "Ada Lovelace");
    assert_eq!(public["avatar"], format!("http://127.0.0.1:8080/v1/avatars/{user}.svg"));
    assert_eq!(fields(&public), [true, true, false, false]);
    assert_eq!(seen(json!("public")).await, public);
    assert_eq!(fields(&seen(json!("authenticated")).await), [true, true, true, false]);
    assert_eq!(fields(&seen(json!("usr_other")).await), [true, true, true, false]);
    assert_eq!(fields(&seen(json!(user)).await), [true, true, true, true]);
}

#[tokio::test]
async fn a_public_batch_says_what_the_profile_itself_says() {
    let scene = Scene::new().await;
    scene.put("/v1/profile", json!({"displayName": "Ada Lovelace", "bio": "Notes"})).await;
    let (secret, _) = scene.service(&["profiles:read"]).await;
    let user = scene.user.as_str();
    let batch = scene.batch(&secret, json!({"userIds": [user]})).await;
    let path = format!("/v1/profile/{user}");
    let alone = scene.bench.send(request("GET", &path).body(Body::empty()).unwrap()).await;
    assert_eq!(batch.json["data"]["profiles"][user], alone.json["data"]);
}

#[tokio::test]
async fn a_batch_has_1_to_100_good_ids() {
    let scene = Scene::new().await;
    let (secret, _) = scene.service(&["profiles:read"]).await;
    let many: Vec<String> = (0..101).map(|number| format!("usr_{number}")).collect();
    for (body, pointer) in [
        (json!({"userIds": []}), "/userIds"),
        (json!({"userIds": many}), "/userIds"),
        (json!({"userIds": ["usr_1", "a b"]}), "/userIds/1"),
        (json!({"userIds": ["usr_1"], "viewer": "a b"}), "/viewer"),
        (json!({}), "/userIds"),
    ] {
        let answer = scene.batch(&secret, body.clone()).await;
        assert_eq!((answer.status, answer.code().1), (StatusCode::BAD_REQUEST, pointer), "{body}");
    }
    let answer = scene.batch(&secret, json!({"userIds": many[..100]})).await;
    assert_eq!(answer.json["data"], json!({"profiles": {}}));
    let wrong = ["/userIds/0", "/userIds/2", "/viewer"];
    for (first, ids) in
        [(None, json!(["a b", "usr_1", ""])), (Some("/userIds/1"), json!(["a b", 1, ""]))]
    {
        let answer = scene.batch(&secret, json!({"userIds": ids, "viewer": "a b"})).await;
        let pointers: Vec<_> = answer.faults().into_iter().map(|(pointer, _)| pointer).collect();
        assert_eq!(pointers, first.into_iter().chain(wrong).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn users_are_found_by_email_or_username_and_by_nothing_else() {
    let scene = Scene::new().await;
    let body = json!({"email": "bob@example.org", "password": selfsame_testbed::bench::PASSWORD, "username": "bob"});
    let bob = scene.bench.post("/auth/register", body).await.user();
    let (secret, _) = scene.service(&["users:read"]).await;
    for query in ["email=BOB@example.org", "username=Bob"] {
        let answer = scene.get(&secret, &format!("/internal/v1/users?{query}")).await;
        let expected = json!({
            "userId": bob, "username": "bob", "email": "bob@example.org", "emailVerified": false,
            "status": "active", "createdAt": "2026-01-31T09:30:00.000Z"
        });
        assert_eq!(answer.json["data"], expected, "{query}");
    }
    for query in ["email=eve@example.org", "username=eve"] {
        let answer = scene.get(&secret, &format!("/internal/v1/users?{query}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{query}");
    }
    for query in ["email=eve@localhost", "username=admin"] {
        let answer = scene.get(&secret, &format!("/internal/v1/users?{query}")).await;
        assert_eq!(
            answer.status,
            StatusCode::NOT_FOUND,
            "whoever had it before has it still: {query}"
        );
    }
    for query in ["", "?email=bob@example.org&username=bob", "?email=nonsense"] {
        let answer = scene.get(&secret, &format!("/internal/v1/users{query}")).await;
        assert_eq!(
            (answer.status, answer.code().1),
            (StatusCode::BAD_REQUEST, "?email"),
            "{query}"
        );
    }
}

#[tokio::test]
async fn an_alias_leads_to_its_bearer_and_the_look_up_is_written_down() {
    let scene = Scene::new().await;
    let alias = scene.alias().await;
    let (secret, token) = scene.service(&["alias:resolve"]).await;
    let answer = scene.get(&secret, &resolve(&alias)).await;
    let expected = json!({
        "aliasId": alias["aliasId"], "userId": scene.user, "displayName": alias["displayName"],
        "context": "room", "contextType": "chat_room",
        "createdAt": alias["createdAt"], "expiresAt": alias["expiresAt"], "isActive": true
    });
    assert_eq!(answer.json["data"], expected, "{answer:?}");
    let entries = scene.bench.entries(&scene.user).await;
    let last = entries.last().unwrap();
    assert_eq!(last.event_type, "alias.resolved");
    let data = &last.data;
    assert_eq!((&data["service"], &data["tokenId"]), (&json!("chat"), &json!(token.id)));
    assert_eq!(data["contextType"], "chat_room");
    for secret in [&alias["aliasId"], &alias["displayName"]] {
        assert!(!data.to_string().contains(secret.as_str().unwrap()));
    }
    let note = open_note(&scene.bench.app.profiles, data["alias"].as_str().unwrap()).unwrap();
    assert_eq!(
        (note.alias_id.as_str(), note.context.as_str()),
        (alias["aliasId"].as_str().unwrap(), "room")
    );
    assert_eq!(Some(note.display_name.as_str()), alias["displayName"].as_str());
}

#[tokio::test]
async fn every_look_up_is_written_down() {
    let scene = Scene::new().await;
    let alias = scene.alias().await;
    let (secret, _) = scene.service(&["alias:resolve"]).await;
    for _ in 0..3 {
        scene.get(&secret, &resolve(&alias)).await;
    }
    let emitted = scene.bench.told(&scene.user).await;
    assert_eq!(emitted.iter().filter(|kind| *kind == "alias.resolved").count(), 3);
}

#[tokio::test]
async fn an_alias_that_was_changed_still_leads_to_its_bearer() {
    let scene = Scene::new().await;
    let alias = scene.alias().await;
    let body = json!({"context": "room", "contextType": "chat_room"});
    scene.send("POST", &scene.token, "/v1/profile/alias/regenerate", body).await;
    let (secret, _) = scene.service(&["alias:resolve"]).await;
    let answer = scene.get(&secret, &resolve(&alias)).await;
    assert_eq!(
        (answer.text("/data/userId").as_str(), &answer.json["data"]["isActive"]),
        (scene.user.as_str(), &json!(false))
    );
    assert_eq!(
        scene.get(&secret, "/internal/v1/aliases/alias_aB3cD4eF5gH6").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_name_that_somebody_had_once_finds_nobody() {
    let scene = Scene::new().await;
    let (secret, _) = scene.service(&["users:read"]).await;
    let (name, email) =
        (Username::parse("ada.old").unwrap(), EmailAddress::parse("old@example.org").unwrap());
    let app = &scene.bench.app;
    let reserved = [Claim::username_key(&name.skeleton()), app.users.email_claim(&email)]
        .map(|key| Write::put(key, Guard::Absent, encode(&Claim::of(scene.user.clone()))));
    app.platform.journal.commit(reserved.to_vec()).await.unwrap();
    for query in ["username=ada.old", "email=old@example.org"] {
        let answer = scene.get(&secret, &format!("/internal/v1/users?{query}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{query}");
    }
}

/// A store that takes no commits.
struct ReadOnly(Arc<MemoryStore>);

#[async_trait]
impl Store for ReadOnly {
    async fn get(&self, key: &Key) -> Result<Option<Item>, StoreError> {
        self.0.get(key).await
    }
    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Item>>, StoreError> {
        self.0.get_many(keys).await
    }
    async fn query(&self, query: &Query) -> Result<Page, StoreError> {
        self.0.query(query).await
    }
    async fn commit(&self, _: Commit) -> Result<(), StoreError> {
        Err(StoreError::Unavailable("read only".into()))
    }
}

#[tokio::test]
async fn nobody_is_told_who_it_is_where_the_look_up_can_not_be_written_down() {
    let scene = Scene::new().await;
    let alias = scene.alias().await;
    let (secret, _) = scene.service(&["alias:resolve"]).await;
    // The first use of the day is recorded at the token, which this test is not about.
    assert_eq!(scene.get(&secret, &resolve(&alias)).await.status, StatusCode::OK);
    let app = scene.bench.on_another(Arc::new(ReadOnly(Arc::clone(&scene.bench.store))), 9);
    let all = app.features().into_iter().flat_map(|feature| feature.routes);
    let mut router = all.fold(Router::new(), |router, route| route.mount(router));
    let request =
        request("GET", &resolve(&alias)).header("authorization", format!("Bearer {secret}"));
    let response = router.call(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
}
