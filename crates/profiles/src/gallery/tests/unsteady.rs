//! A service in memory with one user and one profile, whose stores fail at a chosen step or at
//! random.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Body;
use axum::extract::Request;
use selfsame_blobs::{Fault, MemoryBlobs, MemoryUploads};
use selfsame_events::Head;
use selfsame_primitives::{Keys, ManualClock, Random, SeededRandom, Timestamp, UserId};
use selfsame_store::{
    Commit, CommitToken, Guard, Item, Key, MemoryStore, Page, Query, Store as RecordStore,
    StoreError, Write, encode,
};
use selfsame_web::{Client, Problem};
use tower_service::Service as _;

use super::scene::{FORM, form, picture};
use crate::Profiles;
use crate::gallery::complete::{CompleteRequest, complete};
use crate::gallery::request::MediaRequest;
use crate::gallery::upload_request::{UploadResponse, request_upload};
use crate::{gallery::FEATURE, gallery::UploadExpirer, gallery::load};
use selfsame_identity::authentication::SignedIn;
use selfsame_media::blob_names::blobs_of;
use selfsame_testbed::app::{Adapters, App};
use selfsame_testbed::profiles::settings::upload_form_signer;
use selfsame_users::{
    records::Account, records::Claim, records::Galleries, records::Gallery, records::Media,
    records::MediaStatus, records::Profile,
};

/// The outcome of calls.
pub(super) enum Plan {
    /// All succeed.
    Steady,
    /// After this many calls every call fails, as if the process had died. The call of that step is
    /// still carried out if it fails `After`.
    Dies(u32, Fault),
    /// Some fail, at random.
    Fails(SeededRandom),
}

/// Decides for each call of any store whether it fails.
#[derive(Clone)]
pub(super) struct FaultPlan(Arc<Mutex<Plan>>);

impl FaultPlan {
    fn step(&self) -> Option<Fault> {
        match &mut *self.0.lock().unwrap() {
            Plan::Steady => None,
            Plan::Dies(0, _) => Some(Fault::Before),
            Plan::Dies(left, fault) => {
                *left -= 1;
                (*left == 0).then_some(*fault)
            }
            Plan::Fails(random) => {
                let random: &dyn Random = random;
                match random.below(24) {
                    0 => Some(Fault::Before),
                    1 => Some(Fault::After),
                    _ => None,
                }
            }
        }
    }

    /// Whether every call fails.
    pub(super) fn is_dead(&self) -> bool {
        matches!(&*self.0.lock().unwrap(), Plan::Dies(0, _))
    }

    pub(super) fn plan(&self, plan: Plan) {
        *self.0.lock().unwrap() = plan;
    }

    fn read(&self) -> Result<(), StoreError> {
        self.step().map_or(Ok(()), |_| Err(StoreError::Unavailable("made to fail".into())))
    }
}

struct Store {
    inner: MemoryStore,
    fault_plan: FaultPlan,
}

#[async_trait]
impl RecordStore for Store {
    async fn get(&self, key: &Key) -> Result<Option<Item>, StoreError> {
        self.fault_plan.read()?;
        self.inner.get(key).await
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Item>>, StoreError> {
        self.fault_plan.read()?;
        self.inner.get_many(keys).await
    }

    async fn query(&self, query: &Query) -> Result<Page, StoreError> {
        self.fault_plan.read()?;
        self.inner.query(query).await
    }

    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        match self.fault_plan.step() {
            None => self.inner.commit(commit).await,
            Some(Fault::Before) => Err(StoreError::Unavailable("made to fail".into())),
            Some(Fault::After) => {
                self.inner.commit(commit).await?;
                Err(StoreError::Unknown("made to fail".into()))
            }
        }
    }
}

pub(super) struct World {
    pub(super) fault_plan: FaultPlan,
    pub(super) clock: Arc<ManualClock>,
    pub(super) blobs: Arc<MemoryBlobs>,
    pub(super) uploads: Arc<MemoryUploads>,
    store: Arc<Store>,
    random: Arc<SeededRandom>,
    pub(super) app: Arc<App>,
}

pub(super) const PROFILE: &str = "profile1";

pub(super) fn user() -> UserId {
    UserId::parse("usr_01JD3Z5K8QW4N6R7T9V2X0Y1AB").unwrap()
}

/// The ids that the gallery begins with.
pub(super) fn ids() -> Vec<String> {
    (0..5).map(|n| format!("media00{n}")).collect()
}

impl World {
    pub(super) async fn new(seed: u64) -> Self {
        let fault_plan = FaultPlan(Arc::new(Mutex::new(Plan::Steady)));
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_767_225_600_000)));
        let store = Arc::new(Store {
            inner: MemoryStore::new(clock.clone()),
            fault_plan: fault_plan.clone(),
        });
        let (of_blobs, of_uploads) = (fault_plan.clone(), fault_plan.clone());
        let blobs = Arc::new(MemoryBlobs::new().with_faults(move |_| of_blobs.step()));
        let upload_form_signer = {
            let settings = selfsame_testbed::bench::settings();
            upload_form_signer(&settings.gallery, &settings.urls.public, &keys())
        };
        let uploads = Arc::new(
            MemoryUploads::new(upload_form_signer).with_faults(move |_| of_uploads.step()),
        );
        let random = Arc::new(SeededRandom::new(seed));
        let app = start(&store, &blobs, &uploads, &clock, &random);
        let world = Self { fault_plan, clock, blobs, uploads, store, random, app };
        world.add_user().await;
        world
    }

    /// The service after a crash: only the contents of the stores are left.
    pub(super) fn restart(&mut self) {
        self.fault_plan.plan(Plan::Steady);
        self.app = start(&self.store, &self.blobs, &self.uploads, &self.clock, &self.random);
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
        let gallery =
            Gallery { id: PROFILE.into(), primary: true, allocated: ids(), ..Gallery::empty() };
        let claim = encode(&Claim::of(user()));
        let mut writes = vec![
            Write::put(Head::key(&user()), Guard::Absent, encode(&Head::default())),
            Write::put(Account::key(&user()), Guard::Absent, encode(&account)),
            Write::put(
                Profile::key(&user()),
                Guard::Absent,
                encode(&Profile::new("John".into(), now)),
            ),
            Write::put(
                Galleries::key(&user()),
                Guard::Absent,
                encode(&Galleries { profiles: vec![gallery] }),
            ),
            Write::put(Gallery::claim(PROFILE), Guard::Absent, claim.clone()),
        ];
        writes.extend(
            ids().iter().map(|id| Write::put(Media::claim(id), Guard::Absent, claim.clone())),
        );
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
        let client = Client { request_id: "r".into(), ip: [203, 0, 113, 7].into(), device: None };
        Ok(SignedIn::visiting(person, self.app.platform.now(), client))
    }

    pub(super) async fn request_upload(&self) -> Result<UploadResponse, Problem> {
        let meta = base64::Engine::encode(
            &base64::engine::general_purpose::STANDARD,
            r#"{"size":2048,"format":"png"}"#,
        );
        let request = MediaRequest {
            media_type: Some("image".into()),
            media_meta: Some(meta),
            media_order: None,
        };
        request_upload(&self.profiles(), &self.caller().await?, PROFILE, &request).await
    }

    /// Uploads; gives the answer's `ETag` where it went well.
    pub(super) async fn send(&self, ticket: &UploadResponse, file: &[u8]) -> Option<String> {
        let fields: Vec<_> = ticket
            .upload_headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let path = ticket.upload_url.strip_prefix("http://127.0.0.1:8080").unwrap();
        let request = Request::builder().method("POST").uri(path).header("content-type", FORM);
        let request = request.body(Body::from(form(&fields, Some(file)))).unwrap();
        let mut router = selfsame_web::router(vec![FEATURE.bind(&self.profiles())]);
        let response = router.call(request).await.unwrap();
        let etag = response.headers().get("etag").map(|tag| tag.to_str().unwrap().to_owned());
        etag.filter(|_| response.status() == 204)
    }

    pub(super) async fn complete(
        &self,
        ticket: &UploadResponse,
        etag: &str,
        size: usize,
    ) -> Result<(), Problem> {
        let request = CompleteRequest {
            upload_success: Some(true),
            s3_etag: Some(etag.to_owned()),
            actual_size: Some(size as u64),
        };
        let caller = self.caller().await?;
        complete(&self.profiles(), &caller, (PROFILE, &ticket.media_id), &request).await.map(drop)
    }

    pub(super) async fn gallery(&self) -> Gallery {
        load(&self.profiles(), &user()).await.unwrap().profile(PROFILE).unwrap().clone()
    }

    /// Runs every background task of the server once.
    pub(super) async fn work(&self) {
        let _ = self.app.relay().drain().await;
        let _ = UploadExpirer::new(&self.profiles()).step().await;
        let _ = self.app.media.blob_gc.step().await;
    }

    /// After every fault, when hours have passed: each id has one state, the blobs that are shown
    /// are stored, and no others.
    pub(super) async fn check(&mut self, context: &str) {
        self.restart();
        for _ in 0..4 {
            self.clock.advance(Duration::from_hours(1));
            self.work().await;
        }
        let gallery = self.gallery().await;
        let mut all: Vec<_> = gallery.allocated.iter().chain(&gallery.active).cloned().collect();
        all.sort_unstable();
        assert_eq!(all, ids(), "{context}: each id is free or shown");
        let open = gallery
            .media
            .iter()
            .filter(|media| matches!(media.status, MediaStatus::Pending | MediaStatus::Processing));
        assert_eq!(open.count(), 0, "{context}: nothing is waited for");
        let shown =
            gallery.media.iter().filter_map(|media| media.picture.as_ref()).flat_map(blobs_of);
        let shown: BTreeSet<_> = shown.collect();
        assert_eq!(self.blobs.names().into_iter().collect::<BTreeSet<_>>(), shown, "{context}");
        assert!(self.uploads.names().is_empty(), "{context}: no file is left");
        for shard in 0..8 {
            let query = Query::prefix(format!("media-due/{shard:02}"), "");
            let due = self.store.query(&query).await.unwrap();
            assert!(due.items.is_empty(), "{context}: nobody has to look after anything");
        }
    }
}

fn keys() -> Keys {
    Keys::from_master(&[7; 32])
}

fn start(
    store: &Arc<Store>,
    blobs: &Arc<MemoryBlobs>,
    uploads: &Arc<MemoryUploads>,
    clock: &Arc<ManualClock>,
    random: &Arc<SeededRandom>,
) -> Arc<App> {
    let adapters = Adapters {
        store: store.clone(),
        blobs: blobs.clone(),
        uploads: uploads.clone(),
        clock: clock.clone(),
        random: random.clone(),
        keys: Arc::new(keys()),
        sinks: Vec::new(),
        jwks: Arc::new(selfsame_testbed::bench::Jwks::default()),
        mail: selfsame_mail_queue::MailAdapters::development(store.clone(), random.clone()),
        webhook_client: Arc::new(selfsame_testbed::bench::NoWebhookClient),
    };
    App::assemble(adapters, selfsame_testbed::bench::settings())
}

/// A file that becomes a picture.
pub(super) fn file() -> Vec<u8> {
    picture(1)
}
