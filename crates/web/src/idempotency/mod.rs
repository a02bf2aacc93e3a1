//! `Idempotency-Key`: a repeated POST is done once and answered twice (decision 0046).
//!
//! There is one item per key and caller. It is put before the request begins, in the state in
//! flight. The first commit of the request replaces it by the state committed ([`RequestNote`]), in
//! the same commit as its changes. The answer then replaces that, sealed, since answers can hold
//! tokens. So neither a crash nor a full disk makes a request run twice: before the commit the item
//! expires after [`LEASE`] and frees the key; after it a retry is answered with `answer_lost`.
//!
//! For unauthenticated callers nothing is stored and the header is ignored: else anyone could fill
//! the store with keys. Refusals by caller or time (401, 403, 408, 429) and failures of the service
//! (5xx) are not stored unless something was committed: the same request may succeed later.

mod answer;
mod record;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderMap, HeaderName, Method};
use selfsame_events::{NoteState, RequestNote, run_to_completion};
use selfsame_primitives::{Clock, Keys, Random, Timestamp, base64url};
use selfsame_store::{CommitToken, Guard, Key, Revision, Store, StoreError, Write, decode, encode};

use crate::catch_panic::catch_panic;
use crate::{Code, Detail, Problem};
use answer::StoredResponse;
use record::{IdempotencyRecord, State};

/// How long a request may be in flight before its key is free again. A slower one loses the claim:
/// its commit is guarded by the claim's revision and changes nothing.
const LEASE: Duration = Duration::from_mins(1);
/// How long an answer is kept.
const KEPT: Duration = Duration::from_hours(24);
/// The longest key, in bytes.
const LONGEST: usize = 255;
/// Attempts to claim a key that another request has just freed; also attempts of a commit with an
/// unknown outcome.
const TRIES: usize = 3;

pub(crate) const KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Identifies the caller of a request by what it proves; without one nothing is stored. A problem
/// is the answer where that can't be found out now: a caller who is identified at one attempt and
/// not at the next would have the request done twice.
pub type CallerIdentifier =
    Arc<dyn for<'p> Fn(&'p Parts) -> BoxFuture<'p, Result<Option<String>, Problem>> + Send + Sync>;

/// Remembers the answers to POSTs that carry an `Idempotency-Key`.
#[derive(Clone)]
pub struct Idempotency {
    store: Arc<dyn Store>,
    keys: Arc<Keys>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    identify_caller: CallerIdentifier,
}

impl fmt::Debug for Idempotency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Idempotency")
    }
}

/// The key of the item, and the fingerprint of the request.
struct RequestSlot {
    key: Key,
    fingerprint: String,
}

/// The outcome of claiming a key.
enum Claim {
    /// None: the caller is not identified.
    Nothing,
    /// The first request: it may run, and its first commit writes the note.
    First(RequestSlot, Arc<RequestNote>),
    /// It was answered.
    Answered(Box<StoredResponse>),
}

impl Idempotency {
    /// Stores answers in `store`, sealed with `keys`, per caller of `identify_caller`: a caller
    /// whose token was refreshed is still the same.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        keys: Arc<Keys>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        identify_caller: CallerIdentifier,
    ) -> Self {
        Self { store, keys, clock, random, identify_caller }
    }

    /// Whether `request` is a POST with the header.
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
            Ok((request, Claim::Nothing)) => handle(request).await,
            Ok((request, Claim::First(slot, note))) => {
                self.carry_out(slot, note, handle(request)).await
            }
            Ok((_, Claim::Answered(answered))) => answered.into_response(),
            Err(problem) => problem.into_response(),
        }
    }

    async fn begin(&self, request: Request) -> Result<(Request, Claim), Problem> {
        let (parts, body) = request.into_parts();
        let given = given_key(&parts.headers)?;
        let Some(caller) = (self.identify_caller)(&parts).await? else {
            return Ok((Request::from_parts(parts, body), Claim::Nothing));
        };
        let whole = Request::from_parts(parts.clone(), body);
        let bytes = crate::read(whole, &()).await?;
        let claim = self.claim(self.slot(&parts, &caller, &given, &bytes)).await?;
        Ok((Request::from_parts(parts, bytes.into()), claim))
    }

    fn slot(&self, parts: &Parts, caller: &str, given: &str, body: &Bytes) -> RequestSlot {
        let (method, path) = (parts.method.as_str(), parts.uri.path());
        let named = [
            b"named".as_slice(),
            caller.as_bytes(),
            method.as_bytes(),
            path.as_bytes(),
            given.as_bytes(),
        ];
        let name = self.keys.name("idempotency", &named);
        let query = parts.uri.query().unwrap_or_default().as_bytes();
        let media_type =
            parts.headers.get(CONTENT_TYPE).map_or(b"".as_slice(), |value| value.as_bytes());
        let hash = self.keys.hash("idempotency-body", &[name.as_bytes(), query, media_type, body]);
        RequestSlot {
            key: Key::new(format!("idempotency/{name}"), "answer"),
            fingerprint: base64url(hash),
        }
    }

    async fn claim(&self, slot: RequestSlot) -> Result<Claim, Problem> {
        for _ in 0..TRIES {
            let now = self.clock.now();
            match self.put_in_flight(&slot, now).await {
                Ok(revision) => return Ok(Self::first(slot, revision, now)),
                Err(StoreError::Conflict(_)) => {}
                Err(error) => return Err(error.into()),
            }
            // An item that is gone again was freed by the other request just now.
            if let Some(item) = self.store.get(&slot.key).await? {
                return self.evaluate(&slot, &item.body);
            }
        }
        Err(in_flight())
    }

    fn first(slot: RequestSlot, claim: Revision, now: Timestamp) -> Claim {
        let state = State::Committed { answering_until: now.plus(LEASE) };
        let body = encode(&IdempotencyRecord { fingerprint: slot.fingerprint.clone(), state });
        let note = RequestNote::new(slot.key.clone(), claim, body, now.plus(KEPT));
        Claim::First(slot, note)
    }

    fn evaluate(&self, slot: &RequestSlot, body: &[u8]) -> Result<Claim, Problem> {
        let record: IdempotencyRecord = decode(body).map_err(StoreError::from)?;
        if record.fingerprint != slot.fingerprint {
            return Err(Problem::new(Code::IdempotencyMismatch, Detail::KeyUsed));
        }
        match record.state {
            State::InFlight => Err(in_flight()),
            State::Committed { answering_until } if self.clock.now() < answering_until => {
                Err(in_flight())
            }
            State::Committed { .. } => Err(Problem::new(Code::AnswerLost, Detail::AnswerLost)),
            State::Answered { sealed } => {
                let answered = StoredResponse::open(&self.keys, &slot.key, &sealed)?;
                Ok(Claim::Answered(Box::new(answered)))
            }
        }
    }

    async fn put_in_flight(
        &self,
        slot: &RequestSlot,
        now: Timestamp,
    ) -> Result<Revision, StoreError> {
        let record =
            IdempotencyRecord { fingerprint: slot.fingerprint.clone(), state: State::InFlight };
        let until = now.plus(LEASE);
        self.commit(Write::put_until(slot.key.clone(), Guard::Absent, encode(&record), until)).await
    }

    async fn commit(&self, write: Write) -> Result<Revision, StoreError> {
        let token = CommitToken::generate(&*self.random);
        let commit = selfsame_store::Commit { token, writes: vec![write] };
        let mut result = self.store.commit(commit.clone()).await;
        // Only the same commit, with the same token, can find out its outcome.
        for _ in 1..TRIES {
            if !matches!(result, Err(StoreError::Unknown(_))) {
                break;
            }
            result = self.store.commit(commit.clone()).await;
        }
        result.map(|()| token.revision())
    }

    /// Runs to completion where the client hangs up: else the changes could be committed and the
    /// answer not stored.
    async fn carry_out<F>(
        self: Arc<Self>,
        slot: RequestSlot,
        note: Arc<RequestNote>,
        handled: F,
    ) -> Response
    where
        F: Future<Output = Response> + Send + 'static,
    {
        let answered = run_to_completion(async move {
            match catch_panic(Arc::clone(&note).with(handled), || {}).await {
                Ok(response) => Ok(self.finish(&slot, note.state(), response).await),
                Err(panic) => {
                    self.free_if_nothing_was_done(&slot, note.state()).await;
                    Err(panic)
                }
            }
        });
        answered.await.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }

    async fn finish(&self, slot: &RequestSlot, state: NoteState, response: Response) -> Response {
        let revision = match state {
            NoteState::Lost => return in_flight().into_response(),
            NoteState::Claimed(revision) | NoteState::Committed(revision) => revision,
        };
        if response.status().is_server_error() {
            self.free_if_nothing_was_done(slot, state).await;
            return response;
        }
        let guard = Guard::Revision(revision);
        // After a commit the key stays taken, whatever the answer: the changes must not be made
        // again.
        if is_refusal(&response) && matches!(state, NoteState::Claimed(_)) {
            self.settle(Write::delete(slot.key.clone(), guard)).await;
            return response;
        }
        let (answered, response) = StoredResponse::take(response).await;
        let sealed = answered.seal(&self.keys, &slot.key, &*self.random);
        let record = IdempotencyRecord {
            fingerprint: slot.fingerprint.clone(),
            state: State::Answered { sealed },
        };
        let until = self.clock.now().plus(KEPT);
        self.settle(Write::put_until(slot.key.clone(), guard, encode(&record), until)).await;
        response
    }

    /// Frees the key of a failed request. Where something was committed, or may have been, the item
    /// stays.
    async fn free_if_nothing_was_done(&self, slot: &RequestSlot, state: NoteState) {
        if let NoteState::Claimed(revision) = state {
            self.settle(Write::delete(slot.key.clone(), Guard::Revision(revision))).await;
        }
    }

    /// A failure is only logged: the answer is sent in any case, and the item expires with its
    /// lease.
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

/// Whether the refusal depends on the caller or the time.
fn is_refusal(response: &Response) -> bool {
    matches!(response.status().as_u16(), 401 | 403 | 408 | 429)
}
