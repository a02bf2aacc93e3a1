//! `Idempotency-Key`: the same POST, sent again, is done once and answered twice.
//!
//! One item for each key and caller. It is put in the commit that lets the request begin and says that it is in flight; when
//! the answer is there it holds the answer, sealed, since answers can hold tokens. A node that dies in between leaves an item
//! that expires after [`LEASE`]. What is refused for who asks or when (401, 403, 408, 429) or fails on our side (5xx) is not
//! kept: the same request may go well later.

mod answer;
mod record;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE};
use http::request::Parts;
use http::{HeaderMap, HeaderName, Method};
use selfsame_basics::{Clock, Keys, Random, base64url};
use selfsame_events::to_the_end;
use selfsame_items::{CommitToken, Guard, ItemStore, Key, Revision, StoreError, Write, decode, encode};

use crate::caught::caught;
use crate::{Client, Code, Detail, Problem};
use answer::Answered;
use record::{IdempotencyRecord, State};

/// How long a request may be in flight before its key is free again.
const LEASE: Duration = Duration::from_mins(1);
/// How long an answer is kept.
const KEPT: Duration = Duration::from_hours(24);
/// The longest key, in bytes.
const LONGEST: usize = 255;
/// How often the race with another request for the same key is run again when it ends without a winner.
const TRIES: usize = 3;

pub(crate) const KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Names the caller of a request, where it proves who that is. A problem, where that can't be found out now, is the answer: a
/// caller who has a name at one try and none at the next would have the same done twice.
pub type NameCaller =
    Arc<dyn for<'p> Fn(&'p Parts) -> BoxFuture<'p, Result<Option<String>, Problem>> + Send + Sync>;

/// Remembers the answers to POSTs that carry an `Idempotency-Key`.
#[derive(Clone)]
pub struct Idempotency {
    store: Arc<dyn ItemStore>,
    keys: Arc<Keys>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    name_caller: Option<NameCaller>,
}

impl fmt::Debug for Idempotency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Idempotency")
    }
}

/// Where the answer lies, and what it is the answer to.
struct Place {
    key: Key,
    fingerprint: String,
}

/// What the key says about a request.
enum Claim {
    /// It is the first: it may begin, and holds the item of this revision.
    First(Revision),
    /// It was answered.
    Answered(Box<Answered>),
}

impl Idempotency {
    /// Keeps answers in `store`, sealed with `keys`.
    #[must_use]
    pub fn new(
        store: Arc<dyn ItemStore>,
        keys: Arc<Keys>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self { store, keys, clock, random, name_caller: None }
    }

    /// Names callers with `name_caller` where it can, so that a caller whose token was refreshed meanwhile is still the same.
    /// Without it, and for others, a caller is its `Authorization`, or else its `Cookie`, or else its address.
    #[must_use]
    pub fn name_callers(mut self, name_caller: NameCaller) -> Self {
        self.name_caller = Some(name_caller);
        self
    }

    /// Whether `request` asks for it.
    pub(crate) fn concerns<B>(request: &http::Request<B>) -> bool {
        request.method() == Method::POST && request.headers().contains_key(KEY)
    }

    /// Answers `request` with `handle`, or as it was answered before.
    pub(crate) async fn answer<F, H>(self: Arc<Self>, request: Request, handle: H) -> Response
    where
        H: FnOnce(Request) -> F + Send + 'static,
        F: Future<Output = Response> + Send + 'static,
    {
        match self.begin(request).await {
            Ok((request, place, Claim::First(revision))) => {
                self.carry_out(place, revision, handle(request)).await
            }
            Ok((_, _, Claim::Answered(answered))) => answered.into_response(),
            Err(problem) => problem.into_response(),
        }
    }

    async fn begin(&self, request: Request) -> Result<(Request, Place, Claim), Problem> {
        let given = given_key(request.headers())?;
        let (parts, body) = request.into_parts();
        let whole = Request::from_parts(parts.clone(), body);
        let bytes = crate::read(whole, &()).await?;
        let place = self.place(&parts, &given, &bytes).await?;
        let claim = self.claim(&place).await?;
        Ok((Request::from_parts(parts, bytes.into()), place, claim))
    }

    async fn place(&self, parts: &Parts, given: &str, body: &Bytes) -> Result<Place, Problem> {
        let (kind, caller) = self.caller(parts).await?;
        let named: [&[u8]; 5] =
            [kind, &caller, parts.method.as_str().as_bytes(), parts.uri.path().as_bytes(), given.as_bytes()];
        let name = self.keys.name("idempotency", &named);
        let query = parts.uri.query().unwrap_or_default().as_bytes();
        let media_type = parts.headers.get(CONTENT_TYPE).map_or(b"".as_slice(), |value| value.as_bytes());
        let hash = self.keys.hash("idempotency-body", &[name.as_bytes(), query, media_type, body]);
        Ok(Place { key: Key::new(format!("idempotency/{name}"), "answer"), fingerprint: base64url(hash) })
    }

    async fn caller(&self, parts: &Parts) -> Result<(&'static [u8], Vec<u8>), Problem> {
        if let Some(name_caller) = &self.name_caller
            && let Some(name) = name_caller(parts).await?
        {
            return Ok((b"named", name.into_bytes()));
        }
        let header = |name| parts.headers.get(name).map(|value| value.as_bytes().to_vec());
        let address = || parts.extensions.get::<Client>().map(|client| client.ip.to_string().into_bytes());
        Ok(match (header(AUTHORIZATION), header(COOKIE)) {
            (Some(authorization), _) => (b"authorization", authorization),
            (None, Some(cookie)) => (b"cookie", cookie),
            (None, None) => (b"address", address().unwrap_or_default()),
        })
    }

    async fn claim(&self, place: &Place) -> Result<Claim, Problem> {
        for _ in 0..TRIES {
            match self.put_in_flight(place).await {
                Ok(revision) => return Ok(Claim::First(revision)),
                Err(StoreError::Conflict(_)) => {}
                Err(error) => return Err(error.into()),
            }
            // Gone again means that the other request has just freed the key.
            if let Some(item) = self.store.get(&place.key).await? {
                return self.judge(place, &item.body);
            }
        }
        Err(in_flight())
    }

    fn judge(&self, place: &Place, body: &[u8]) -> Result<Claim, Problem> {
        let record: IdempotencyRecord = decode(body).map_err(StoreError::from)?;
        if record.fingerprint != place.fingerprint {
            return Err(Problem::new(Code::IdempotencyMismatch, Detail::KeyUsed));
        }
        match record.state {
            State::InFlight => Err(in_flight()),
            State::Answered { sealed } => {
                let answered = Answered::open(&self.keys, &place.key, &sealed)?;
                Ok(Claim::Answered(Box::new(answered)))
            }
        }
    }

    async fn put_in_flight(&self, place: &Place) -> Result<Revision, StoreError> {
        let record = IdempotencyRecord { fingerprint: place.fingerprint.clone(), state: State::InFlight };
        let until = self.clock.now().plus(LEASE);
        self.commit(Write::put_until(place.key.clone(), Guard::Absent, encode(&record), until)).await
    }

    async fn commit(&self, write: Write) -> Result<Revision, StoreError> {
        let token = CommitToken::generate(&*self.random);
        let commit = selfsame_items::Commit { token, writes: vec![write] };
        let mut result = self.store.commit(commit.clone()).await;
        // Only the same commit can find out what became of it.
        for _ in 1..TRIES {
            if !matches!(result, Err(StoreError::Unknown(_))) {
                break;
            }
            result = self.store.commit(commit.clone()).await;
        }
        result.map(|()| token.revision())
    }

    /// Runs on where the caller has hung up: else a request could be done and its answer not kept, and the caller's next try
    /// would do it again.
    async fn carry_out<F>(self: Arc<Self>, place: Place, revision: Revision, handled: F) -> Response
    where
        F: Future<Output = Response> + Send + 'static,
    {
        let answered = to_the_end(async move {
            match caught(handled, || {}).await {
                Ok(response) => Ok(self.finish(&place, revision, response).await),
                Err(panic) => {
                    self.free(&place, revision).await;
                    Err(panic)
                }
            }
        });
        answered.await.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }

    async fn finish(&self, place: &Place, revision: Revision, response: Response) -> Response {
        if !is_kept(&response) {
            self.free(place, revision).await;
            return response;
        }
        let (answered, response) = Answered::take(response).await;
        let sealed = answered.seal(&self.keys, &place.key, &*self.random);
        let record =
            IdempotencyRecord { fingerprint: place.fingerprint.clone(), state: State::Answered { sealed } };
        let until = self.clock.now().plus(KEPT);
        let guard = Guard::Revision(revision);
        self.settle(Write::put_until(place.key.clone(), guard, encode(&record), until)).await;
        response
    }

    async fn free(&self, place: &Place, revision: Revision) {
        self.settle(Write::delete(place.key.clone(), Guard::Revision(revision))).await;
    }

    /// The answer is given in any case: what the store can't keep now, the lease ends.
    async fn settle(&self, write: Write) {
        if let Err(error) = self.commit(write).await {
            tracing::warn!(%error, "the answer to a request with an idempotency key was not kept");
        }
    }
}

fn given_key(headers: &HeaderMap) -> Result<String, Problem> {
    let mut given = headers.get_all(KEY).iter();
    let text = given.next().and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic());
    if given.next().is_some() || text.is_empty() || text.len() > LONGEST || !is_plain {
        return Err(Problem::new(Code::Invalid, Detail::KeyForm { max: LONGEST }));
    }
    Ok(text.to_owned())
}

fn in_flight() -> Problem {
    Problem::new(Code::IdempotencyInFlight, Detail::KeyInFlight).retry_after(1)
}

fn is_kept(response: &Response) -> bool {
    let status = response.status();
    !status.is_server_error() && !matches!(status.as_u16(), 401 | 403 | 408 | 429)
}
