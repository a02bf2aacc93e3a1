//! The whole application in memory, seeded and on a settable clock: for tests.
//!
//! A test speaks HTTP, advances the clock, and reads responses and events. A [`Testbed`] that is
//! dropped while an event waits for a handler fails its test.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod answer;
pub mod bench;
mod call;
mod hooks;
mod recorder;
pub mod snapshot;
mod stream;
mod user;

use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use axum::response::Response;
use bytes::Bytes;
use futures_util::FutureExt as _;
use selfsame_app::{Adapters, App, Settings, features};
use selfsame_blobs::{MemoryBlobs, MemoryUploads};
use selfsame_events::{Event, EventHandler, backlog};
use selfsame_identity::authentication::identify_callers;
use selfsame_identity::settings::{IdentitySettings, RegistrationMode};
use selfsame_mail_queue::MailAdapters;
use selfsame_password_hashing::PasswordSettings;
use selfsame_primitives::{Keys, ManualClock, Random, SeededRandom, Timestamp};
use selfsame_profiles::{gallery::UploadExpirer, settings::upload_form_signer};
use selfsame_store::{MemoryStore, Store};
use selfsame_tokens::JwksFetcher;
use selfsame_web::{CorsHeaders, Idempotency, MiddlewareSettings, MiddlewareStack, router};

pub use answer::Answer;
/// The crates of the application as `testbed` links them. A test inside one of them has other types
/// of its own crate.
pub use {
    selfsame_activity as activity, selfsame_app as app, selfsame_identity as identity,
    selfsame_integrations as integrations, selfsame_mail_queue as mail_queue,
    selfsame_media as media, selfsame_platform as platform, selfsame_profiles as profiles,
    selfsame_security_signals as security_signals, selfsame_tokens as tokens,
    selfsame_users as users,
};

pub use call::Call;
pub use hooks::{ReceivedDelivery, WebhookReceivers};
use recorder::Recorder;
pub use stream::Stream;
pub use user::User;

/// The time at which every testbed begins: 2027-01-15T08:00:00Z.
pub const START: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// The application, ready to be called.
pub struct Testbed {
    /// The application behind HTTP.
    pub app: Arc<App>,
    /// Its settings.
    pub settings: Settings,
    /// Its clock.
    pub clock: Arc<ManualClock>,
    /// Its store.
    pub store: Arc<MemoryStore>,
    /// Its blobs.
    pub blobs: Arc<MemoryBlobs>,
    /// Its uploads.
    pub uploads: Arc<MemoryUploads>,
    /// The receivers of webhooks.
    pub hooks: Arc<WebhookReceivers>,
    stack: MiddlewareStack,
    recorder: Arc<Recorder>,
    declared: CorsHeaders,
}

impl Testbed {
    /// A new application with the settings of tests.
    #[must_use]
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    /// A new application with settings changed by `adjust`.
    #[must_use]
    pub fn with(adjust: impl FnOnce(&mut Settings)) -> Self {
        let clock = Arc::new(ManualClock::new(START));
        let store = Arc::new(MemoryStore::new(clock.clone()));
        let mut settings = cheap();
        adjust(&mut settings);
        let uploads = Arc::new(MemoryUploads::new(upload_form_signer(
            &settings.gallery,
            &settings.urls.public,
            &keys(),
        )));
        let view = Arc::clone(&store) as _;
        Self::build(clock, store, view, Arc::new(MemoryBlobs::new()), uploads, settings, 42)
    }

    /// The application restarted on the stores of this one, which it accesses through `view`, e.g.
    /// a store with faults. Its randomness begins with another `seed`.
    #[must_use]
    pub fn again(&self, view: Arc<dyn Store>, seed: u64) -> Self {
        let Self { clock, store, blobs, uploads, .. } = self;
        let (clock, store) = (Arc::clone(clock), Arc::clone(store));
        Self::build(
            clock,
            store,
            view,
            Arc::clone(blobs),
            Arc::clone(uploads),
            self.settings.clone(),
            seed,
        )
    }

    fn build(
        clock: Arc<ManualClock>,
        store: Arc<MemoryStore>,
        view: Arc<dyn Store>,
        blobs: Arc<MemoryBlobs>,
        uploads: Arc<MemoryUploads>,
        settings: Settings,
        seed: u64,
    ) -> Self {
        let random: Arc<dyn Random> = Arc::new(SeededRandom::new(seed));
        let keys = Arc::new(keys());
        let recorder = Arc::new(Recorder::default());
        let hooks = Arc::new(WebhookReceivers::default());
        let adapters = Adapters {
            store: Arc::clone(&view),
            blobs: blobs.clone(),
            uploads: uploads.clone(),
            clock: clock.clone(),
            random: Arc::clone(&random),
            keys: Arc::clone(&keys),
            sinks: vec![Arc::clone(&recorder) as Arc<dyn EventHandler>],
            jwks: Arc::new(NoIssuers),
            mail: MailAdapters::development(Arc::clone(&view), Arc::clone(&random)),
            webhook_client: hooks.clone(),
        };
        let app = App::assemble(adapters, settings.clone());
        let idempotency = Idempotency::new(
            view,
            keys,
            clock.clone(),
            Arc::clone(&random),
            identify_callers(&app.identity),
        );
        let middleware = MiddlewareSettings {
            idempotency: Some(Arc::new(idempotency)),
            ..MiddlewareSettings::default()
        };
        let stack = MiddlewareStack::new(router(app.features()), middleware, &*random);
        let declared = CorsHeaders::of(features());
        Self { app, settings, clock, store, blobs, uploads, hooks, stack, recorder, declared }
    }

    /// The events since the last call, in the order of delivery.
    pub async fn events(&self) -> Vec<Event> {
        self.app.identity.signals.writer.write().await.unwrap();
        self.app.relay().drain().await.unwrap();
        self.recorder.take()
    }

    /// Runs the periodic tasks of the server: expiry of uploads, garbage collection of blobs.
    pub async fn sweep(&self) {
        UploadExpirer::new(&self.app.profiles).step().await.unwrap();
        while self.app.media.blob_gc.step().await.unwrap() {}
    }

    /// Writes the times at which users were seen, as the server does every few seconds.
    pub async fn settle_presence(&self) {
        self.app.users.last_seen.write().await.unwrap();
    }

    /// The types of the events since the last call.
    pub async fn event_types(&self) -> Vec<String> {
        self.events().await.into_iter().map(|event| event.event_type).collect()
    }

    fn is_declared(&self, name: &http::HeaderName) -> bool {
        self.declared.exposes(name.as_str()) || OF_BROWSERS.contains(&name.as_str())
    }

    pub(crate) async fn respond(
        &self,
        request: http::Request<axum::body::Body>,
        from: IpAddr,
    ) -> Response {
        let response = self.stack.handle(request, Some(from)).await;
        let undeclared = response.headers().keys().find(|name| !self.is_declared(name));
        assert_eq!(undeclared, None, "no route declares that its answers have this header");
        response
    }
}

/// Response headers for browsers and caches, which no page reads.
const OF_BROWSERS: &[&str] = &[
    "accept-ranges",
    "allow",
    "content-security-policy",
    "cross-origin-resource-policy",
    "referrer-policy",
    "set-cookie",
    "vary",
    "x-accel-buffering",
    "x-content-type-options",
];

/// Settings with the cheapest password hashes that Argon2 allows.
fn cheap() -> Settings {
    let passwords = PasswordSettings::cheap();
    let registration = RegistrationMode::Immediate;
    let identity = IdentitySettings { passwords, registration, ..IdentitySettings::default() };
    Settings { identity, ..Settings::default() }
}

fn keys() -> Keys {
    Keys::from_master(&[42; 32])
}

/// Other issuers, of which there are none here.
struct NoIssuers;

#[async_trait]
impl JwksFetcher for NoIssuers {
    async fn fetch(&self, url: &str) -> Result<Bytes, String> {
        Err(format!("nobody answers at {url}"))
    }
}

impl Default for Testbed {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Testbed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let drained = self.app.relay().drain().now_or_never();
        assert!(matches!(drained, Some(Ok(()))), "the relay can't finish its work");
        let store: &dyn Store = &*self.store;
        let left = backlog(store, self.recorder.name()).now_or_never();
        assert_eq!(left, Some(Ok(0)), "something is left to do");
    }
}
