//! One request of each kind: its preparation, and its effects.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::BoxFuture;
use selfsame_app::features;
use selfsame_events::Entry;
use selfsame_identity::{service_tokens::SCOPES, service_tokens::ServiceTokens};
use selfsame_store::{Faults, FaultyStore, Key, Maintenance as _, MemoryStore};
use selfsame_testbed::{Answer, Testbed, User};
use selfsame_web::RouteInfo;
use serde_json::{Value, json};

/// A process that crashes, and one that continues on its stores.
pub(crate) struct World {
    pub(crate) bed: Testbed,
    dying: Testbed,
    store: Arc<FaultyStore<MemoryStore>>,
    ids: AtomicUsize,
}

/// A request to be sent, with a key.
pub(crate) struct Request {
    path: String,
    token: String,
    body: (String, Vec<u8>),
    more: Vec<(&'static str, &'static str)>,
}

/// Prepares a request.
pub(crate) type Make = fn(&World) -> BoxFuture<'_, Request>;

impl Request {
    fn new(token: &str, path: &str, body: &Value) -> Self {
        let body = ("application/json".to_owned(), body.to_string().into_bytes());
        Self { path: path.to_owned(), token: token.to_owned(), body, more: Vec::new() }
    }

    /// Sends it to `bed`, always with the same key.
    pub(crate) async fn send(&self, bed: &Testbed) -> Answer {
        let mut call =
            bed.call("POST", &self.path).body(&self.body.0, self.body.1.clone()).token(&self.token);
        for (name, value) in &self.more {
            call = call.header(name, value);
        }
        call.header("idempotency-key", "one-key").send().await
    }
}

impl World {
    pub(crate) fn new() -> Self {
        let bed = Testbed::new();
        let store = FaultyStore::<MemoryStore>::new(Arc::clone(&bed.store), 1, Faults::default());
        let store = Arc::new(store);
        let dying = bed.again(Arc::clone(&store) as _, 1000);
        Self { bed, dying, store, ids: AtomicUsize::new(0) }
    }

    /// Sends `request` to the crashing process, which crashes at step `step`; returns whether it
    /// did.
    pub(crate) async fn cut(&self, request: &Request, step: u64) -> bool {
        self.store.restart();
        self.store.crash_at(step);
        request.send(&self.dying).await;
        let crashed = self.store.is_crashed();
        self.store.restart();
        crashed
    }

    async fn new_user(&self) -> User {
        let number = self.ids.fetch_add(1, Ordering::SeqCst);
        self.bed.register(&format!("ada{number}")).await
    }

    /// The number of effects: entries of users, and webhooks with their secrets and deliveries.
    pub(crate) async fn effects(&self) -> usize {
        let (mut count, mut after) = (0, None);
        loop {
            let page = self.bed.store.scan("", after.as_ref()).await.unwrap();
            let is_listed = |key: &Key| {
                key.sort.starts_with(Entry::PREFIX) || key.partition.starts_with("webhook-log/")
            };
            count += page.items.iter().filter(|item| is_listed(&item.key)).count();
            let hooks = page.items.iter().filter(|item| item.key.partition == "webhooks");
            count += hooks.map(|item| webhook_versions(&item.body)).sum::<usize>();
            after = page.next;
            if after.is_none() {
                return count;
            }
        }
    }
}

/// How often the webhooks were changed: each counts its versions.
fn webhook_versions(body: &[u8]) -> usize {
    let json = body.split(|byte| *byte == b'\n').nth(1).unwrap_or_default();
    let all: Value = serde_json::from_slice(json).unwrap_or_default();
    let versions = all["endpoints"].as_array().into_iter().flatten();
    versions
        .map(|endpoint| usize::try_from(endpoint["version"].as_u64().unwrap_or(1)).unwrap())
        .sum()
}

pub(crate) fn posts() -> impl Iterator<Item = &'static RouteInfo> {
    features().iter().flat_map(|feature| &feature.routes).filter(|route| route.method == "POST")
}

async fn service(bed: &Testbed) -> String {
    let app = &bed.app;
    let tokens = ServiceTokens {
        store: &*app.platform.store,
        keys: &app.platform.keys,
        random: &*app.platform.random,
    };
    let scopes: Vec<_> = SCOPES.iter().map(|(name, _)| (*name).to_owned()).collect();
    let secret = tokens.create("tests", &scopes, app.platform.now()).await.unwrap().0;
    // The day of a token's last use is recorded once a day, and is no effect of the request.
    bed.get("/internal/v1/webhooks").token(&secret).send().await.expect(200);
    secret
}

/// A request of a user.
macro_rules! by_user {
    ($path:expr, $body:expr) => {
        |world| Box::pin(async { Request::new(&world.new_user().await.token, $path, &$body) })
    };
}

/// A request of a service about a user.
macro_rules! by_service {
    ($path:expr, $body:expr) => {
        |world| {
            Box::pin(async {
                let (new_user, token) = (world.new_user().await, service(&world.bed).await);
                Request::new(&token, &$path.replace("{id}", &new_user.id), &$body)
            })
        }
    };
}

fn alias_context() -> Value {
    json!({"context": "room_1", "contextType": "chat_room"})
}

pub(crate) const ALL: &[(&str, Make)] = &[
    (
        "an entry",
        by_user!(
            "/v1/account/activity",
            json!({"type": "order.placed", "summary": "Two notebooks."})
        ),
    ),
    (
        "a profile",
        by_user!(
            "/profiles",
            json!({"displayName": "Ada at work", "bio": "What I build", "order": 2})
        ),
    ),
    ("an account", by_user!("/user/update", json!({"displayName": "Countess"}))),
    ("an alias", by_user!("/v1/profile/alias/regenerate", alias_context())),
    (
        "a password",
        by_user!(
            "/v1/account/password",
            json!({
                "currentPassword": "correct horse battery staple", "newPassword": "a bridge of very old and quiet stones"
            })
        ),
    ),
    (
        "an entry of a service",
        by_service!("/internal/v1/users/{id}/activity", json!({"type": "order.placed"})),
    ),
    (
        "a suspension",
        by_service!("/internal/v1/users/{id}/suspend", json!({"reason": "Spam in three rooms"})),
    ),
    ("a reveal", |world| Box::pin(revealed(world))),
    ("a picture", |world| Box::pin(uploaded(world, &[]))),
    ("a picture for later", |world| Box::pin(uploaded(world, &[("prefer", "respond-async")]))),
    (
        "a webhook",
        by_service!(
            "/internal/v1/webhooks",
            json!({"url": WEBHOOK, "eventTypes": ["profile.updated"]})
        ),
    ),
    ("another secret", |world| Box::pin(of_webhook(world, "rotate-secret"))),
    ("a test of a webhook", |world| Box::pin(of_webhook(world, "test"))),
];

const WEBHOOK: &str = "https://hooks.example.org/selfsame";

async fn revealed(world: &World) -> Request {
    let ada = world.new_user().await;
    world
        .bed
        .post("/v1/profile/alias/regenerate", &alias_context())
        .by(&ada)
        .send()
        .await
        .expect(200);
    Request::new(&ada.token, "/v1/profile/alias/reveal", &alias_context())
}

async fn uploaded(world: &World, more: &[(&'static str, &'static str)]) -> Request {
    let ada = world.new_user().await;
    let mut body = b"--x\r\nContent-Disposition: form-data; name=\"avatar\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n".to_vec();
    body.extend_from_slice(include_bytes!("blue.png"));
    body.extend_from_slice(b"\r\n--x--\r\n");
    let mut request = Request::new(&ada.token, "/v1/profile/avatar", &Value::Null);
    request.body = ("multipart/form-data; boundary=x".to_owned(), body);
    request.more = more.to_vec();
    request
}

async fn of_webhook(world: &World, act: &str) -> Request {
    let token = service(&world.bed).await;
    let body = json!({"url": WEBHOOK, "eventTypes": ["profile.updated"]});
    let made = world
        .bed
        .post("/internal/v1/webhooks", &body)
        .token(&token)
        .send()
        .await
        .expect(201)
        .data();
    Request::new(
        &token,
        &format!("/internal/v1/webhooks/{}/{act}", made["id"].as_str().unwrap()),
        &json!({}),
    )
}
