//! A small application with a route for each shared behaviour.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use futures_util::future::BoxFuture;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use http::request::Parts;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use schemars::JsonSchema;
use selfsame_events::Journal;
use selfsame_primitives::{Keys, ManualClock, SeededRandom, SystemRandom, Timestamp};
use selfsame_store::{Guard, Key, MemoryStore, Store, StoreError, Write};
use selfsame_web::{
    Access, Caller, CallerIdentifier, Callers, Client, Code, Detail, Feature, FeatureInfo,
    Idempotency, Json, List, MiddlewareSettings, MiddlewareStack, Paging, Problem, Query,
    RateLimitLayer, RateLimitPolicy, RateLimiter, Reply, Route, router, seal_cursor,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) keys: Arc<Keys>,
    pub(crate) done: Arc<AtomicU64>,
    /// What slow requests wait for.
    pub(crate) go: Arc<Semaphore>,
    journal: Arc<Journal>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewNote {
    /// What it is called.
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) tags: Vec<Tag>,
    #[serde(default)]
    pub(crate) pinned: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tag {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) weight: u8,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Note {
    title: String,
    tags: Vec<Tag>,
    /// How many were made before.
    number: u64,
    request_id: String,
}

fn example() -> Value {
    json!({"title": "Milk", "tags": [{"name": "shop", "weight": 1}]})
}

fn note_example() -> Value {
    json!({"title": "Milk", "tags": [{"name": "shop", "weight": 1}], "number": 1, "requestId": "abc"})
}

fn routes() -> Vec<Route<Shared>> {
    let id = json!({"type": "string"});
    vec![
        Route::get("/v1/notes", "Notes", list)
            .access(Access::Public)
            .parameter(
                "query",
                "limit",
                json!({"type": "integer", "minimum": 1, "maximum": 100}),
                "How many.",
            )
            .parameter("query", "cursor", json!({"type": "string"}), "Where the page before ended.")
            .answers::<List<u32>>(200, "Some.", json!({"items": [1], "nextCursor": null})),
        Route::post("/v1/notes", "Write a note", create)
            .describe("Counts `number` up.")
            .parameter("header", "Prefer", json!({"type": "string"}), "How.")
            .sends("Preference-Applied", "How it was done.")
            .body_limit(4096)
            .takes::<NewNote>(example())
            .answers::<Note>(201, "The note.", note_example())
            .problems(&[Code::Conflict]),
        Route::post("/v1/notes/slow", "Write a note, later", create_slowly)
            .takes::<NewNote>(example())
            .answers::<Note>(201, "The note.", note_example()),
        Route::get("/v1/notes/{id}", "A note", read)
            .access(Access::Viewer)
            .parameter("path", "id", id.clone(), "Which.")
            .answers::<Note>(200, "The note.", note_example()),
        Route::delete("/v1/notes/{id}", "Tear a note up", remove)
            .access(Access::Service("notes:write"))
            .parameter("path", "id", id, "Which.")
            .answers_bare(204, "It is gone.", None),
    ]
}

fn odd_routes() -> Vec<Route<Shared>> {
    let number = json!({"type": "integer"});
    vec![
        Route::get("/odd/broken", "Has no store", broken).answers_bare(204, "Never.", None),
        Route::get("/odd/panic", "Fails", panics).answers_bare(204, "Never.", None),
        Route::post("/odd/panic", "Fails", panics).answers_bare(204, "Never.", None),
        Route::get("/odd/status/{status}", "Answers with this status", status)
            .parameter("path", "status", number.clone(), "Which.")
            .answers_bare(204, "Never.", None),
        Route::get("/odd/page", "Has its own headers", page).answers_bare(200, "A page.", None),
        Route::post("/odd/status/{status}", "Answers with this status", status)
            .parameter("path", "status", number.clone(), "Which.")
            .answers_bare(204, "Never.", None),
        Route::post(
            "/odd/done/{status}",
            "Commits something, and answers with this status",
            commits,
        )
        .parameter("path", "status", number, "Which.")
        .answers_bare(204, "Never.", None),
        Route::post("/auth/try", "Tries", tried)
            .access(Access::Public)
            .answers_bare(204, "Tried.", None),
        Route::get("/odd/client", "Who calls", client)
            .access(Access::Public)
            .answers_bare(200, "You.", None),
    ]
}

/// What there is to know about them.
pub(crate) fn infos() -> Vec<FeatureInfo> {
    FEATURES.iter().map(Feature::info).collect()
}

pub(crate) const FEATURES: &[Feature<Shared>] = &[
    Feature {
        name: "notes",
        promise: "Notes that are kept; <b>not</b> markup.",
        routes,
        events: Vec::new,
        metrics: &[],
        subscribers: &[],
    },
    Feature {
        name: "odd_things",
        promise: "What must not happen.",
        routes: odd_routes,
        events: Vec::new,
        metrics: &[],
        subscribers: &[],
    },
];

async fn list(
    State(shared): State<Shared>,
    Query(paging): Query<Paging>,
) -> Result<Reply<List<u32>>, Problem> {
    let limit = paging.checked_limit()?;
    let from: u32 =
        paging.position(&shared.keys, &["notes"])?.and_then(|text| text.parse().ok()).unwrap_or(0);
    let items: Vec<u32> = (from..30).take(limit).collect();
    let next = items.last().map(|last| last + 1).filter(|next| *next < 30);
    let next_cursor = next.map(|next| seal_cursor(&shared.keys, &["notes"], &next.to_string()));
    Ok(Reply::ok(List { items, next_cursor }))
}

async fn create(
    State(shared): State<Shared>,
    client: Client,
    Json(new): Json<NewNote>,
) -> Reply<Note> {
    let number = shared.done.fetch_add(1, Ordering::SeqCst);
    let _ = new.pinned;
    Reply::created(Note {
        title: new.title,
        tags: new.tags,
        number,
        request_id: client.request_id.to_string(),
    })
}

async fn create_slowly(shared: State<Shared>, client: Client, new: Json<NewNote>) -> Reply<Note> {
    shared.go.acquire().await.unwrap().forget();
    create(shared, client, new).await
}

async fn read(Path(id): Path<u64>) -> Reply<Note> {
    Reply::ok(Note {
        title: "Milk".into(),
        tags: Vec::new(),
        number: id,
        request_id: String::new(),
    })
}

async fn remove() -> StatusCode {
    StatusCode::NO_CONTENT
}

async fn broken() -> Result<StatusCode, Problem> {
    Err(StoreError::Unavailable("no disk".into()).into())
}

async fn panics() -> StatusCode {
    panic!("the secret word");
}

async fn status(State(shared): State<Shared>, Path(status): Path<u16>) -> Response {
    shared.done.fetch_add(1, Ordering::SeqCst);
    StatusCode::from_u16(status).unwrap().into_response()
}

async fn commits(
    State(shared): State<Shared>,
    Path(status): Path<u16>,
) -> Result<StatusCode, Problem> {
    let number = shared.done.fetch_add(1, Ordering::SeqCst);
    let write = Write::put(Key::new("done", number.to_string()), Guard::Absent, "done");
    shared.journal.commit_for_request(vec![write]).await?;
    Ok(StatusCode::from_u16(status).unwrap())
}

async fn page() -> Response {
    let headers =
        [(CACHE_CONTROL, "public, max-age=60"), (CONTENT_SECURITY_POLICY, "default-src 'self'")];
    (headers, "text of our own").into_response()
}

async fn tried() -> StatusCode {
    StatusCode::NO_CONTENT
}

async fn client(client: Client) -> Reply<Value> {
    Reply::ok(
        json!({"ip": client.ip, "device": client.device.as_deref(), "requestId": &*client.request_id}),
    )
}

/// The part of the token before its dot; `down` is one that can't be verified now, `bad` is
/// invalid.
fn named(parts: &Parts) -> Result<Option<String>, Problem> {
    let token = parts
        .headers
        .get("authorization")
        .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    match token.and_then(|token| token.split('.').next()) {
        Some("down") => Err(Problem::new(Code::Unavailable, Detail::NotNow)),
        Some("bad") => Ok(None),
        name => Ok(name.map(str::to_owned)),
    }
}

/// Whose tokens are known: `usr_…` and `sst_…` are good, once they were looked at.
#[derive(Default)]
struct Verified(Mutex<HashSet<String>>);

impl Verified {
    fn caller(token: &str) -> Option<Caller> {
        let (is_service, number) = match token.split_once('_')? {
            ("usr", number) => (false, number),
            ("sst", number) => (true, number),
            _ => return None,
        };
        Some(Caller { key: number.split('.').next()?.parse().ok()?, is_service })
    }
}

impl Callers for Verified {
    fn known(&self, headers: &HeaderMap) -> Option<Caller> {
        let token = headers.get("authorization")?.to_str().ok()?.strip_prefix("Bearer ")?;
        self.0.lock().unwrap().contains(token).then(|| Self::caller(token))?
    }

    fn verify<'h>(&'h self, headers: &'h HeaderMap) -> BoxFuture<'h, Option<Caller>> {
        Box::pin(async {
            let token = headers.get("authorization")?.to_str().ok()?.strip_prefix("Bearer ")?;
            let caller = Self::caller(token)?;
            self.0.lock().unwrap().insert(token.to_owned());
            Some(caller)
        })
    }
}

/// The application, with what tests turn and look at.
pub(crate) struct App {
    pub(crate) stack: MiddlewareStack,
    pub(crate) shared: Shared,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) store: Arc<MemoryStore>,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap().to_owned()
    }
}

impl App {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(adjust: impl FnOnce(&mut MiddlewareSettings)) -> Self {
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_769_851_800_000)));
        let store = Arc::new(MemoryStore::new(clock.clone()));
        Self::on(clock, store.clone(), store, adjust)
    }

    /// The application whose answers to keys are kept in `kept` (usually `store`).
    pub(crate) fn on(
        clock: Arc<ManualClock>,
        store: Arc<MemoryStore>,
        answers: Arc<dyn Store>,
        adjust: impl FnOnce(&mut MiddlewareSettings),
    ) -> Self {
        let keys = Arc::new(Keys::from_master(&[7; 32]));
        // Not a seeded one: two applications on one store must not draw the same tokens.
        let random = Arc::new(SystemRandom);
        let day = Duration::from_hours(24);
        let journal = Journal::new(store.clone(), clock.clone(), random.clone(), Vec::new(), day);
        let identify_caller: CallerIdentifier =
            Arc::new(|parts| Box::pin(std::future::ready(named(parts))));
        let idempotency =
            Idempotency::new(answers, keys.clone(), clock.clone(), random, identify_caller);
        let mut settings = MiddlewareSettings {
            public_url: "https://id.example.com".into(),
            idempotency: Some(Arc::new(idempotency)),
            ..MiddlewareSettings::default()
        };
        adjust(&mut settings);
        let (go, journal) = (Arc::new(Semaphore::new(0)), Arc::new(journal));
        let shared = Shared { keys, done: Arc::default(), go, journal };
        let stack = MiddlewareStack::new(
            router(FEATURES.iter().map(|feature| feature.bind(&shared)).collect()),
            settings,
            &SeededRandom::new(2),
        );
        Self { stack, shared, clock, store }
    }

    pub(crate) fn done(&self) -> u64 {
        self.shared.done.load(Ordering::SeqCst)
    }

    /// Rate limits per minute: three under `/auth/` but five at `/auth/again`, ten for anonymous
    /// callers, twenty for an account, forty for a service, and none under `/odd/`.
    pub(crate) fn rate_limited() -> Self {
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_769_851_800_000)));
        let store = Arc::new(MemoryStore::new(clock.clone()));
        let policy = |name, limit| RateLimitPolicy::new(name, limit, Duration::from_mins(1));
        let layer = RateLimitLayer {
            rate_limiter: Arc::new(RateLimiter::new(1024)),
            clock: clock.clone(),
            paths: vec![
                ("/auth/again", policy("again", 5)),
                ("/auth/*", policy("auth", 3)),
                ("/odd/*", RateLimitPolicy::FREE),
            ],
            anonymous: policy("anonymous", 10),
            accounts: policy("account", 20),
            services: policy("service", 40),
            callers: Arc::new(Verified::default()),
        };
        Self::on(clock, store.clone(), store, |settings| settings.rate_limits = Some(layer))
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        answer(&self.stack, request).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(request("GET", path, &[], "")).await
    }

    pub(crate) async fn post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let headers = [&[("content-type", "application/json")], headers].concat();
        self.send(request("POST", path, &headers, body)).await
    }
}

pub(crate) async fn answer(stack: &MiddlewareStack, request: Request<Body>) -> Answer {
    let (parts, body) = stack.handle(request, Some([192, 0, 2, 7].into())).await.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    Answer {
        status: parts.status.as_u16(),
        headers: parts.headers,
        text: String::from_utf8(bytes.to_vec()).unwrap(),
    }
}

pub(crate) fn request(
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = if body.is_empty() { Body::empty() } else { Body::from(body.to_owned()) };
    request.body(body).unwrap()
}
