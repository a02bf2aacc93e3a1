//! A service in memory with one user, whose stores fail at a chosen step.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, FromRequestParts as _, Request, State};
use axum::response::{IntoResponse as _, Response};
use http::HeaderMap;
use http_body_util::BodyExt as _;
use selfsame_blobs::{BlobName, Fault, MemoryBlobs, MemoryUploads};
use selfsame_events::{Entry, Head};
use selfsame_primitives::{Keys, ManualClock, SeededRandom, Timestamp, UserId};
use selfsame_store::{
    Commit, CommitToken, Guard, Item, Key, MemoryStore, Page, Query, Store, StoreError, Write,
    decode, encode,
};
use selfsame_web::{Client, IfMatch, Problem};
use serde_json::Value;

use crate::Profiles;
use crate::avatar::http::{remove, upload};
use selfsame_identity::authentication::SignedIn;
use selfsame_media::{blob_names::blobs_of, pictures::PictureSettings};
use selfsame_testbed::app::{Adapters, App, Settings};
use selfsame_testbed::profiles::settings::upload_form_signer;
use selfsame_users::records::Account;
use selfsame_users::records::Profile;

/// Counts the calls of stores, and fails from a chosen one on, as if the process had died there.
#[derive(Default)]
pub(super) struct Fuse {
    left: AtomicI64,
    after: std::sync::atomic::AtomicBool,
}

impl Fuse {
    const WHOLE: i64 = i64::MAX;

    /// Fails from the step `step` (the first is 1) on; that one itself is still carried out if it
    /// fails `After`.
    pub(super) fn arm(&self, step: i64, fault: Fault) {
        self.left.store(step, Ordering::SeqCst);
        self.after.store(fault == Fault::After, Ordering::SeqCst);
    }

    pub(super) fn mend(&self) {
        self.left.store(Self::WHOLE, Ordering::SeqCst);
    }

    pub(super) fn is_blown(&self) -> bool {
        self.left.load(Ordering::SeqCst) <= 0
    }

    fn step(&self) -> Option<Fault> {
        match self.left.fetch_sub(1, Ordering::SeqCst) {
            2.. => None,
            1 if self.after.load(Ordering::SeqCst) => Some(Fault::After),
            _ => Some(Fault::Before),
        }
    }
}

struct FusedStore {
    store: MemoryStore,
    fuse: Arc<Fuse>,
}

impl FusedStore {
    fn read(&self) -> Result<(), StoreError> {
        let down = |_| Err(StoreError::Unavailable("the fuse is blown".into()));
        self.fuse.step().map_or(Ok(()), down)
    }
}

#[async_trait]
impl Store for FusedStore {
    async fn get(&self, key: &Key) -> Result<Option<Item>, StoreError> {
        self.read()?;
        self.store.get(key).await
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Item>>, StoreError> {
        self.read()?;
        self.store.get_many(keys).await
    }

    async fn query(&self, query: &Query) -> Result<Page, StoreError> {
        self.read()?;
        self.store.query(query).await
    }

    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        match self.fuse.step() {
            None => self.store.commit(commit).await,
            Some(Fault::Before) => Err(StoreError::Unavailable("the fuse is blown".into())),
            Some(Fault::After) => {
                self.store.commit(commit).await?;
                Err(StoreError::Unknown("the fuse has blown".into()))
            }
        }
    }
}

pub(super) struct World {
    pub(super) fuse: Arc<Fuse>,
    pub(super) clock: Arc<ManualClock>,
    pub(super) blobs: Arc<MemoryBlobs>,
    store: Arc<FusedStore>,
    random: Arc<SeededRandom>,
    settings: Settings,
    pub(super) app: Arc<App>,
}

pub(super) fn user() -> UserId {
    UserId::parse("usr_01JD3Z5K8QW4N6R7T9V2X0Y1AB").unwrap()
}

impl World {
    pub(super) async fn new() -> Self {
        Self::with(PictureSettings::default()).await
    }

    pub(super) async fn with(pictures: PictureSettings) -> Self {
        let fuse = Arc::new(Fuse::default());
        fuse.mend();
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_767_225_600_000)));
        let store =
            Arc::new(FusedStore { store: MemoryStore::new(clock.clone()), fuse: fuse.clone() });
        let blown = fuse.clone();
        let blobs = Arc::new(MemoryBlobs::new().with_faults(move |_| blown.step()));
        let random = Arc::new(SeededRandom::new(7));
        let settings = Settings { pictures, ..selfsame_testbed::bench::settings() };
        let app = start(&store, &blobs, &clock, &random, &settings);
        let world = Self { fuse, clock, blobs, store, random, settings, app };
        world.add_user().await;
        world
    }

    /// The service after a crash: only the contents of the stores are left.
    pub(super) fn restart(&mut self) {
        self.fuse.mend();
        self.app = start(&self.store, &self.blobs, &self.clock, &self.random, &self.settings);
    }

    async fn add_user(&self) {
        let now = self.app.platform.now();
        let account = Account {
            email: None,
            email_verified: false,
            username: None,
            password: None,
            created_at: now,
            last_login_at: None,
            administrator: false,
        };
        let writes = vec![
            Write::put(Head::key(&user()), Guard::Absent, encode(&Head::default())),
            Write::put(Account::key(&user()), Guard::Absent, encode(&account)),
            Write::put(
                Profile::key(&user()),
                Guard::Absent,
                encode(&Profile::new("John".into(), now)),
            ),
        ];
        self.store
            .commit(Commit { token: CommitToken::generate(&*self.random), writes })
            .await
            .unwrap();
    }

    /// This crate's own state.
    pub(super) fn profiles(&self) -> Arc<Profiles> {
        crate::testing::profiles(&self.app)
    }

    pub(super) async fn caller(&self) -> Result<SignedIn, Problem> {
        let person = self.app.users.cache.get(&user()).await?.ok_or_else(Problem::not_found)?;
        let ip = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let client = Client { request_id: "r".into(), ip, device: None };
        Ok(SignedIn::visiting(person, self.app.platform.now(), client))
    }

    /// Uploads the form `request`.
    pub(super) async fn send(&self, mut request: Request) -> Result<Value, Problem> {
        DefaultBodyLimit::disable().apply(&mut request);
        let if_match = if_match(request.headers().clone()).await;
        let reply = upload(State(self.profiles()), self.caller().await?, if_match, request).await?;
        Ok(data(reply.into_response()).await)
    }

    /// Uploads `picture` with `Prefer: respond-async`.
    pub(super) async fn send_later(&self, picture: &[u8]) -> Result<(), Problem> {
        let mut request = form(&[("avatar", picture)]);
        DefaultBodyLimit::disable().apply(&mut request);
        request.headers_mut().insert("prefer", http::HeaderValue::from_static("respond-async"));
        let caller = self.caller().await?;
        let reply = upload(State(self.profiles()), caller, IfMatch::default(), request).await?;
        assert_eq!(reply.status(), 202);
        Ok(())
    }

    pub(super) async fn upload(&self, picture: &[u8]) -> Result<Value, Problem> {
        self.send(form(&[("avatar", picture)])).await
    }

    pub(super) async fn remove(&self) -> Result<Value, Problem> {
        let reply =
            remove(State(self.profiles()), self.caller().await?, IfMatch::default()).await?;
        Ok(data(reply.into_response()).await)
    }

    pub(super) async fn profile(&self) -> Profile {
        let item = self.store.store.get(&Profile::key(&user())).await.unwrap().unwrap();
        decode(&item.body).unwrap()
    }

    /// The blobs that the profile refers to.
    pub(super) async fn shown(&self) -> BTreeSet<BlobName> {
        self.profile().await.avatar.as_ref().map(blobs_of).unwrap_or_default().into_iter().collect()
    }

    /// The stored blobs.
    pub(super) fn kept(&self) -> BTreeSet<BlobName> {
        self.blobs.names().into_iter().collect()
    }

    /// Runs garbage collection until nothing is due.
    pub(super) async fn collect(&self) -> Result<(), StoreError> {
        while self.app.media.blob_gc.step().await? {}
        Ok(())
    }

    /// After every fault and the grace period: the blobs that are shown are stored, and no others.
    pub(super) async fn check(&mut self, context: &str) {
        self.restart();
        assert!(
            self.shown().await.is_subset(&self.kept()),
            "{context}: a picture is lost before it is collected"
        );
        self.clock.advance(Duration::from_hours(2));
        self.app.relay().drain().await.unwrap();
        self.collect().await.unwrap();
        assert_eq!(self.kept(), self.shown().await, "{context}");
    }

    /// The emitted events, in order.
    pub(super) async fn emitted(&self) -> Vec<(String, Value)> {
        let query = Query::prefix(Profile::key(&user()).partition, Entry::PREFIX);
        let items = self.store.store.query(&query).await.unwrap().items;
        let entry = |item: &Item| {
            let entry: Entry = decode(&item.body).unwrap();
            (entry.event_type, entry.data)
        };
        items.iter().map(entry).collect()
    }
}

fn start(
    store: &Arc<FusedStore>,
    blobs: &Arc<MemoryBlobs>,
    clock: &Arc<ManualClock>,
    random: &Arc<SeededRandom>,
    settings: &Settings,
) -> Arc<App> {
    let keys = Arc::new(Keys::from_master(&[7; 32]));
    let adapters = Adapters {
        uploads: Arc::new(MemoryUploads::new(upload_form_signer(
            &settings.gallery,
            &settings.urls.public,
            &keys,
        ))),
        store: store.clone(),
        blobs: blobs.clone(),
        clock: clock.clone(),
        random: random.clone(),
        keys,
        sinks: Vec::new(),
        jwks: Arc::new(selfsame_testbed::bench::Jwks::default()),
        mail: selfsame_mail_queue::MailAdapters::development(store.clone(), random.clone()),
        webhook_client: Arc::new(selfsame_testbed::bench::NoWebhookClient),
    };
    App::assemble(adapters, settings.clone())
}

async fn if_match(headers: HeaderMap) -> IfMatch {
    let (mut parts, ()) = http::Request::new(()).into_parts();
    parts.headers = headers;
    IfMatch::from_request_parts(&mut parts, &()).await.unwrap()
}

async fn data(response: Response) -> Value {
    assert_eq!(response.status(), 200);
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    serde_json::from_slice::<Value>(&bytes).unwrap()["data"].take()
}

/// A form with `parts`.
pub(super) fn form(parts: &[(&str, &[u8])]) -> Request {
    let mut body = Vec::new();
    for (name, content) in parts {
        let head = format!(
            "--edge\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"a.jpg\"\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--edge--\r\n");
    Request::builder()
        .header("Content-Type", "multipart/form-data; boundary=edge")
        .body(Body::from(body))
        .unwrap()
}

/// A picture whose left half is red and whose right half is `right`.
pub(super) fn picture(width: u32, height: u32, right: [u8; 3]) -> Vec<u8> {
    let pixel = |at: u32| if at % width < width / 2 { [255, 0, 0] } else { right };
    let pixels: Vec<u8> = (0..width * height).flat_map(pixel).collect();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    bytes
}

pub(super) const BLUE: [u8; 3] = [0, 0, 255];
pub(super) const GREEN: [u8; 3] = [0, 255, 0];
