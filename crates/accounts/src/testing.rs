//! The features behind a router, on a store in memory, a clock that stands still and seeded
//! randomness.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use selfsame_basics::{
    EmailAddress, Keys, ManualClock, Random, Secret, SeededRandom, Timestamp, UserId,
};
use selfsame_blobs::{Blobs, MemoryBlobs, MemoryUploads};
use selfsame_events::{Entry, user_partition};
use selfsame_items::{ItemStore, MemoryStore, Query, decode};
use selfsame_mail::{Inbox, Kept, Mailer, Message, SendError};
use selfsame_web::{Client, Problem};
use serde_json::{Value, json};
use tower_service::Service as _;
use url::Url;

use crate::gallery::desk;
use crate::mail::{MailParts, MailSettings};
use crate::passwords::{HashCost, PasswordSettings};
use crate::tokens::JwksSource;
use crate::webhooks::{Answered, Courier, Undelivered};
use crate::{App, FEATURES, Parts, Registration, Settings};

/// A good password.
pub(crate) const PASSWORD: &str = "notes on the analytical engine";

/// Key sets by URL, which can be changed and taken away.
#[derive(Default)]
pub(crate) struct Jwks {
    pub(crate) sets: Mutex<BTreeMap<String, String>>,
    pub(crate) fetches: AtomicUsize,
    /// While a test holds it, nobody answers.
    pub(crate) answering: tokio::sync::Mutex<()>,
}

#[async_trait]
impl JwksSource for Jwks {
    async fn fetch(&self, url: &str) -> Result<Bytes, String> {
        self.fetches.fetch_add(1, Ordering::SeqCst);
        let _turn = self.answering.lock().await;
        let set = self.sets.lock().unwrap().get(url).cloned();
        set.map(Bytes::from).ok_or_else(|| "nobody answers".to_owned())
    }
}

/// Nobody takes a webhook.
pub(crate) struct NoCourier;

#[async_trait]
impl Courier for NoCourier {
    async fn check(&self, _: &Url) -> Result<(), Undelivered> {
        Ok(())
    }

    async fn post(&self, url: &Url, _: HeaderMap, _: Bytes) -> Result<Answered, Undelivered> {
        Err(Undelivered::Broken(format!("nobody is at {url}")))
    }
}

/// What Resend signs its reports with.
pub(crate) const REPORTS_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// What a mailer says instead of taking the next mails, the first one first.
pub(crate) type Refusals = Arc<Mutex<Vec<SendError>>>;

/// Puts mails into the inbox, unless it was told to refuse.
struct Moody {
    inbox: Arc<Inbox>,
    refusals: Refusals,
}

#[async_trait]
impl Mailer for Moody {
    fn name(&self) -> &'static str {
        "moody"
    }

    async fn send(&self, message: &Message) -> Result<(), SendError> {
        let refusal = {
            let mut refusals = self.refusals.lock().unwrap();
            (!refusals.is_empty()).then(|| refusals.remove(0))
        };
        match refusal {
            Some(refusal) => Err(refusal),
            None => self.inbox.send(message).await,
        }
    }
}

/// The application with everything a test wants to turn.
pub(crate) struct Bench {
    pub(crate) app: Arc<App>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) jwks: Arc<Jwks>,
    /// What the mailer says instead of taking the next mails.
    pub(crate) refusals: Refusals,
    router: Router,
}

/// Settings whose hashes are as cheap as Argon2 can be.
pub(crate) fn settings() -> Settings {
    let cost = HashCost { memory: 8, passes: 1, lanes: 1 };
    let passwords = PasswordSettings { cost, threads: 1, ..PasswordSettings::default() };
    let registration = Registration::Immediate;
    let mail =
        MailSettings { reports: Some(Secret::new(REPORTS_SECRET)), ..MailSettings::default() };
    Settings { passwords, registration, mail, ..Settings::default() }
}

/// An answer, with the problem that the edge would write out.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) problem: Option<Problem>,
    pub(crate) json: Value,
}

impl Answer {
    pub(crate) fn text(&self, pointer: &str) -> String {
        let found = self.json.pointer(pointer).and_then(Value::as_str);
        found.unwrap_or_else(|| panic!("no {pointer} in {self:?}")).to_owned()
    }

    pub(crate) fn access(&self) -> String {
        self.text("/data/accessToken")
    }

    pub(crate) fn refresh(&self) -> String {
        self.text("/data/refreshToken")
    }

    pub(crate) fn user(&self) -> UserId {
        UserId::parse(&self.text("/data/user/userId")).unwrap()
    }

    /// The code of the problem, and the pointer of its first field.
    pub(crate) fn code(&self) -> (&'static str, &str) {
        let problem = self.problem.as_ref().unwrap_or_else(|| panic!("no problem in {self:?}"));
        (problem.code.as_str(), problem.errors.first().map_or("", |error| error.pointer.as_str()))
    }

    /// The pointers and codes of all fields that the problem names.
    pub(crate) fn faults(&self) -> Vec<(&str, &'static str)> {
        let problem = self.problem.as_ref().unwrap_or_else(|| panic!("no problem in {self:?}"));
        problem.errors.iter().map(|error| (error.pointer.as_str(), error.fault.code())).collect()
    }
}

/// What applications on several stores share.
struct Places {
    blobs: Arc<dyn Blobs>,
    clock: Arc<ManualClock>,
    jwks: Arc<Jwks>,
    refusals: Refusals,
}

impl Places {
    fn application(self, store: Arc<dyn ItemStore>, settings: Settings, seed: u64) -> Arc<App> {
        let keys = Arc::new(Keys::from_master(&[7; 32]));
        let random: Arc<dyn Random> = Arc::new(SeededRandom::new(seed));
        let mail = MailParts::development(Arc::clone(&store), Arc::clone(&random));
        let mailer = Arc::new(Moody { inbox: Arc::clone(&mail.inbox), refusals: self.refusals });
        let mail = MailParts { mailer, ..mail };
        App::new(Parts {
            store,
            blobs: self.blobs,
            uploads: Arc::new(MemoryUploads::new(desk(&settings, &keys))),
            clock: self.clock,
            random,
            keys,
            sinks: Vec::new(),
            jwks: self.jwks,
            mail,
            courier: Arc::new(NoCourier),
            settings,
        })
    }
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with(settings())
    }

    pub(crate) fn with(settings: Settings) -> Self {
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_769_851_800_000)));
        let store = Arc::new(MemoryStore::new(Arc::clone(&clock) as _));
        Self::on(store, clock, settings, 1)
    }

    /// The node with the number `node` on a store that others may use too.
    pub(crate) fn on(
        store: Arc<MemoryStore>,
        clock: Arc<ManualClock>,
        settings: Settings,
        node: u64,
    ) -> Self {
        let (jwks, refusals) = (Arc::new(Jwks::default()), Refusals::default());
        let places = Places {
            blobs: Arc::new(MemoryBlobs::new()),
            clock: Arc::clone(&clock),
            jwks: Arc::clone(&jwks),
            refusals: Arc::clone(&refusals),
        };
        let app = places.application(Arc::clone(&store) as _, settings, node);
        let all = FEATURES.iter().flat_map(|feature| (feature.routes)());
        let router = all
            .fold(Router::new(), |router, route| route.mount(router))
            .with_state(Arc::clone(&app));
        Self { app, clock, store, jwks, refusals, router }
    }

    /// The application of this bench on another store, with the random numbers of `seed`.
    pub(crate) fn on_another(&self, store: Arc<dyn ItemStore>, seed: u64) -> Arc<App> {
        let (blobs, clock, jwks) =
            (Arc::clone(&self.app.blobs), Arc::clone(&self.clock), Arc::clone(&self.jwks));
        let refusals = Arc::clone(&self.refusals);
        Places { blobs, clock, jwks, refusals }.application(store, settings(), seed)
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().call(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status,
            problem: parts.extensions.get::<Problem>().cloned(),
            headers: parts.headers,
            json: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        }
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(request("POST", path).body(Body::from(body.to_string())).unwrap()).await
    }

    pub(crate) async fn with_token(&self, method: &str, path: &str, token: &str) -> Answer {
        let request = request(method, path).header("authorization", format!("Bearer {token}"));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// The status that a signed-in route gives to `token`.
    pub(crate) async fn try_token(&self, token: &str) -> StatusCode {
        self.with_token("GET", "/v1/account/sessions", token).await.status
    }

    /// A new user with that email address.
    pub(crate) async fn register(&self, email: &str) -> Answer {
        let answer =
            self.post("/auth/register", json!({"email": email, "password": PASSWORD})).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        answer
    }

    pub(crate) async fn login(&self, email: &str) -> Answer {
        self.post("/auth/login", json!({"identifier": email, "password": PASSWORD})).await
    }

    /// The mails to an address, the newest first, once all that is due is handed over.
    pub(crate) async fn mails(&self, to: &str) -> Vec<Kept> {
        self.app.post.drain().await.unwrap();
        let to = EmailAddress::parse(to).unwrap();
        self.app.post.inbox().unwrap().newest(Some(&to), 100).await.unwrap()
    }

    /// The code in the newest mail to an address.
    pub(crate) async fn code(&self, to: &str) -> String {
        let mails = self.mails(to).await;
        let line = mails[0].text.lines().find(|line| line.starts_with("    ")).map(str::trim);
        line.unwrap_or_else(|| panic!("no code in {:?}", mails[0])).to_owned()
    }

    /// The entries of a user, oldest first.
    pub(crate) async fn entries(&self, user: &UserId) -> Vec<Entry> {
        let query = Query::prefix(user_partition(user), Entry::PREFIX).limit(1000);
        let items = self.store.query(&query).await.unwrap().items;
        items.iter().map(|item| decode(&item.body).unwrap()).collect()
    }

    /// The types of a user's events, oldest first.
    pub(crate) async fn told(&self, user: &UserId) -> Vec<String> {
        self.entries(user).await.into_iter().map(|entry| entry.event_type).collect()
    }
}

/// A JSON request of a client with a name and an address.
pub(crate) fn request(method: &str, path: &str) -> http::request::Builder {
    let client = Client {
        request_id: "req-1".into(),
        ip: [203, 0, 113, 7].into(),
        device: Some("Firefox on Linux".into()),
    };
    Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", "application/json")
        .extension(client)
}
