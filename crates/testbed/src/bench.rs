//! The features behind a router, on a store in memory, with a manual clock and seeded randomness.

#![expect(clippy::indexing_slicing, clippy::panic, reason = "a test that can't go on has failed")]

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
use selfsame_blobs::{Blobs, MemoryBlobs, MemoryUploads};
use selfsame_events::{Entry, user_partition};
use selfsame_mail::{Inbox, InboxMessage, Mailer, Message, SendError};
use selfsame_primitives::{
    EmailAddress, Keys, ManualClock, Random, Secret, SeededRandom, Timestamp, UserId,
};
use selfsame_store::{MemoryStore, Query, Store, decode};
use selfsame_web::{Client, Problem};
use serde_json::{Value, json};
use tower_service::Service as _;
use url::Url;

use selfsame_app::{Adapters, App, Settings};
use selfsame_identity::settings::IdentitySettings;
use selfsame_integrations::webhook_delivery::{WebhookClient, WebhookError, WebhookResponse};
use selfsame_mail_queue::{MailAdapters, MailSettings};
use selfsame_platform::PublicUrls;
use selfsame_profiles::settings::upload_form_signer;
use selfsame_tokens::JwksFetcher;

/// A password that is accepted.
pub const PASSWORD: &str = "notes on the analytical engine";

/// Key sets by URL, which a test can change and remove.
#[derive(Default)]
pub struct Jwks {
    /// The sets, by URL.
    pub sets: Mutex<BTreeMap<String, String>>,
    /// The number of fetches.
    pub fetches: AtomicUsize,
    /// While a test holds the lock, fetches do not return.
    pub answering: tokio::sync::Mutex<()>,
}

#[async_trait]
impl JwksFetcher for Jwks {
    async fn fetch(&self, url: &str) -> Result<Bytes, String> {
        self.fetches.fetch_add(1, Ordering::SeqCst);
        let _turn = self.answering.lock().await;
        let set = self.sets.lock().unwrap().get(url).cloned();
        set.map(Bytes::from).ok_or_else(|| "nobody answers".to_owned())
    }
}

/// A client without a network: every delivery fails.
pub struct NoWebhookClient;

#[async_trait]
impl WebhookClient for NoWebhookClient {
    async fn check(&self, _: &Url) -> Result<(), WebhookError> {
        Ok(())
    }

    async fn post(
        &self,
        url: &Url,
        _: HeaderMap,
        _: Bytes,
    ) -> Result<WebhookResponse, WebhookError> {
        Err(WebhookError::Broken(format!("nobody is at {url}")))
    }
}

/// The secret of Resend's reports.
pub const REPORTS_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// The errors of the next mails, in order.
pub type Refusals = Arc<Mutex<Vec<SendError>>>;

/// Puts mails into the inbox, unless a refusal is queued.
struct RefusingMailer {
    inbox: Arc<Inbox>,
    refusals: Refusals,
}

#[async_trait]
impl Mailer for RefusingMailer {
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

/// The application with the adapters that tests control.
pub struct Bench {
    /// The application.
    pub app: Arc<App>,
    /// Its clock.
    pub clock: Arc<ManualClock>,
    /// Its store.
    pub store: Arc<MemoryStore>,
    /// The key sets of other issuers.
    pub jwks: Arc<Jwks>,
    /// The errors of the next mails.
    pub refusals: Refusals,
    router: Router,
}

/// Settings with the cheapest hashes that Argon2 allows.
#[must_use]
pub fn settings() -> Settings {
    let mail =
        MailSettings { reports: Some(Secret::new(REPORTS_SECRET)), ..MailSettings::default() };
    Settings { mail, ..crate::cheap() }
}

/// A response, with the problem that the middleware would render.
#[derive(Debug)]
pub struct BenchAnswer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// The problem, where it is one.
    pub problem: Option<Problem>,
    /// Its body; null where that is no JSON.
    pub json: Value,
}

impl BenchAnswer {
    /// The text at `pointer` (RFC 6901).
    #[must_use]
    pub fn text(&self, pointer: &str) -> String {
        let found = self.json.pointer(pointer).and_then(Value::as_str);
        found.unwrap_or_else(|| panic!("no {pointer} in {self:?}")).to_owned()
    }

    /// The access token.
    #[must_use]
    pub fn access(&self) -> String {
        self.text("/data/accessToken")
    }

    /// The refresh token.
    #[must_use]
    pub fn refresh(&self) -> String {
        self.text("/data/refreshToken")
    }

    /// The id of the user.
    #[must_use]
    pub fn user(&self) -> UserId {
        UserId::parse(&self.text("/data/user/userId")).unwrap()
    }

    /// The code of the problem, and the pointer of its first field.
    #[must_use]
    pub fn code(&self) -> (&'static str, &str) {
        let problem = self.problem.as_ref().unwrap_or_else(|| panic!("no problem in {self:?}"));
        (problem.code.as_str(), problem.errors.first().map_or("", |error| error.pointer.as_str()))
    }

    /// The pointers and codes of all fields that the problem names.
    #[must_use]
    pub fn faults(&self) -> Vec<(&str, &'static str)> {
        let problem = self.problem.as_ref().unwrap_or_else(|| panic!("no problem in {self:?}"));
        problem.errors.iter().map(|error| (error.pointer.as_str(), error.fault.code())).collect()
    }
}

/// The adapters that applications on several stores share.
struct SharedAdapters {
    blobs: Arc<dyn Blobs>,
    clock: Arc<ManualClock>,
    jwks: Arc<Jwks>,
    refusals: Refusals,
}

impl SharedAdapters {
    fn application(self, store: Arc<dyn Store>, settings: Settings, seed: u64) -> Arc<App> {
        let keys = Arc::new(Keys::from_master(&[7; 32]));
        let random: Arc<dyn Random> = Arc::new(SeededRandom::new(seed));
        let mail = MailAdapters::development(Arc::clone(&store), Arc::clone(&random));
        let mailer =
            Arc::new(RefusingMailer { inbox: Arc::clone(&mail.inbox), refusals: self.refusals });
        let mail = MailAdapters { mailer, ..mail };
        let uploads = upload_form_signer(&settings.gallery, &settings.urls.public, &keys);
        let adapters = Adapters {
            store,
            blobs: self.blobs,
            uploads: Arc::new(MemoryUploads::new(uploads)),
            clock: self.clock,
            random,
            keys,
            sinks: Vec::new(),
            jwks: self.jwks,
            mail,
            webhook_client: Arc::new(NoWebhookClient),
        };
        App::assemble(adapters, settings)
    }
}

impl Default for Bench {
    fn default() -> Self {
        Self::new()
    }
}

impl Bench {
    /// The application with [`settings`].
    #[must_use]
    pub fn new() -> Self {
        Self::with(settings())
    }

    /// The application with `settings`.
    #[must_use]
    pub fn with(settings: Settings) -> Self {
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_769_851_800_000)));
        let store = Arc::new(MemoryStore::new(Arc::clone(&clock) as _));
        Self::on(store, clock, settings, 1)
    }

    /// The node with the number `node` on a store that other nodes may use too.
    pub fn on(
        store: Arc<MemoryStore>,
        clock: Arc<ManualClock>,
        settings: Settings,
        node: u64,
    ) -> Self {
        let (jwks, refusals) = (Arc::new(Jwks::default()), Refusals::default());
        let shared = SharedAdapters {
            blobs: Arc::new(MemoryBlobs::new()),
            clock: Arc::clone(&clock),
            jwks: Arc::clone(&jwks),
            refusals: Arc::clone(&refusals),
        };
        let app = shared.application(Arc::clone(&store) as _, settings, node);
        let all = app.features().into_iter().flat_map(|feature| feature.routes);
        let router = all.fold(Router::new(), |router, route| route.mount(router));
        Self { app, clock, store, jwks, refusals, router }
    }

    /// The application of this bench on another store, with the random numbers of `seed`.
    pub fn on_another(&self, store: Arc<dyn Store>, seed: u64) -> Arc<App> {
        let (blobs, clock, jwks) =
            (Arc::clone(&self.app.media.blobs), Arc::clone(&self.clock), Arc::clone(&self.jwks));
        let refusals = Arc::clone(&self.refusals);
        SharedAdapters { blobs, clock, jwks, refusals }.application(store, settings(), seed)
    }

    /// Advances the clock.
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// The answer to `request`.
    pub async fn send(&self, request: Request<Body>) -> BenchAnswer {
        let response = self.router.clone().call(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        BenchAnswer {
            status: parts.status,
            problem: parts.extensions.get::<Problem>().cloned(),
            headers: parts.headers,
            json: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        }
    }

    /// The answer to a POST of JSON.
    pub async fn post(&self, path: &str, body: Value) -> BenchAnswer {
        self.send(request("POST", path).body(Body::from(body.to_string())).unwrap()).await
    }

    /// The answer to a request with an access token and no body.
    pub async fn with_token(&self, method: &str, path: &str, token: &str) -> BenchAnswer {
        let request = request(method, path).header("authorization", format!("Bearer {token}"));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// The status of a signed-in route for `token`.
    pub async fn try_token(&self, token: &str) -> StatusCode {
        self.with_token("GET", "/v1/account/sessions", token).await.status
    }

    /// A new user with that email address.
    pub async fn register(&self, email: &str) -> BenchAnswer {
        let answer =
            self.post("/auth/register", json!({"email": email, "password": PASSWORD})).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        answer
    }

    /// The answer to a sign-in with [`PASSWORD`].
    pub async fn login(&self, email: &str) -> BenchAnswer {
        self.post("/auth/login", json!({"identifier": email, "password": PASSWORD})).await
    }

    /// The mails to an address, the newest first, once all due mails are delivered.
    pub async fn mails(&self, to: &str) -> Vec<InboxMessage> {
        self.app.mail.drain().await.unwrap();
        let to = EmailAddress::parse(to).unwrap();
        self.app.mail.inbox().unwrap().newest(Some(&to), 100).await.unwrap()
    }

    /// The code in the newest mail to an address.
    pub async fn code(&self, to: &str) -> String {
        let mails = self.mails(to).await;
        let line = mails[0].text.lines().find(|line| line.starts_with("    ")).map(str::trim);
        line.unwrap_or_else(|| panic!("no code in {:?}", mails[0])).to_owned()
    }

    /// The entries of a user, oldest first.
    pub async fn entries(&self, user: &UserId) -> Vec<Entry> {
        let query = Query::prefix(user_partition(user), Entry::PREFIX).limit(1000);
        let items = self.store.query(&query).await.unwrap().items;
        items.iter().map(|item| decode(&item.body).unwrap()).collect()
    }

    /// The types of a user's events, oldest first.
    pub async fn told(&self, user: &UserId) -> Vec<String> {
        self.entries(user).await.into_iter().map(|entry| entry.event_type).collect()
    }
}

/// A JSON request of a client with a name and an address.
#[must_use]
pub fn request(method: &str, path: &str) -> http::request::Builder {
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

/// `settings` with the settings of authentication changed by `adjust`.
#[must_use]
pub fn with_identity(
    mut settings: Settings,
    adjust: impl FnOnce(&mut IdentitySettings),
) -> Settings {
    adjust(&mut settings.identity);
    settings
}

/// `settings` with the public URLs changed by `adjust`.
#[must_use]
pub fn with_urls(mut settings: Settings, adjust: impl FnOnce(&mut PublicUrls)) -> Settings {
    adjust(&mut settings.urls);
    settings
}
