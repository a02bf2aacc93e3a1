//! Stored answers.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Body as _;
use selfsame_primitives::{Keys, Random, base64url, from_base64url};
use selfsame_store::{Key, StoreError};
use serde::{Deserialize, Serialize};

use crate::{Code, Detail, FieldFault, Problem};

/// The longest stored body: sealed and in base 64 it fits into one item of 400 kB.
const MOST: usize = 256 * 1024;
const PURPOSE: &str = "idempotency-answer";
/// Marks an answer that was stored.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// An answer: its head, and its body unless that was too large to store.
#[derive(Debug)]
pub(crate) struct StoredResponse {
    head: Head,
    body: Bytes,
}

#[derive(Serialize, Deserialize, Debug)]
struct Head {
    status: u16,
    headers: Vec<(String, String)>,
    problem: Option<StoredProblem>,
    complete: bool,
}

/// A problem is stored as its parts: its form and language depend on the request that replays it.
#[derive(Serialize, Deserialize, Debug)]
struct StoredProblem {
    code: String,
    #[serde(default)]
    said: Option<Detail>,
    #[serde(default)]
    faults: Vec<FieldFault>,
    retry_after: Option<u64>,
}

impl StoredResponse {
    /// Copies `response`; returns both.
    pub(crate) async fn take(response: Response) -> (Self, Response) {
        let (parts, body) = response.into_parts();
        let (body, kept) = copy(body).await;
        let head = Head {
            status: parts.status.as_u16(),
            headers: texts(&parts.headers),
            problem: parts.extensions.get::<Problem>().map(StoredProblem::from),
            complete: kept.is_some(),
        };
        (Self { head, body: kept.unwrap_or_default() }, Response::from_parts(parts, body))
    }

    /// The length of the head, the head, the body: sealed for the item at `key`.
    pub(crate) fn seal(&self, keys: &Keys, key: &Key, random: &dyn Random) -> String {
        let head = serde_json::to_vec(&self.head).unwrap_or_default();
        let length = u32::try_from(head.len()).unwrap_or(u32::MAX).to_le_bytes();
        let plain = [length.as_slice(), &head, &self.body].concat();
        base64url(keys.seal(PURPOSE, key.partition.as_bytes(), &plain, random))
    }

    /// Opens what [`StoredResponse::seal`] made for the item at `key`.
    pub(crate) fn open(keys: &Keys, key: &Key, sealed: &str) -> Result<Self, StoreError> {
        let corrupt = || StoreError::Corrupt(format!("{key} holds an answer that can't be opened"));
        let sealed = from_base64url(sealed).ok_or_else(corrupt)?;
        let plain = keys.open(PURPOSE, key.partition.as_bytes(), &sealed).map_err(|_| corrupt())?;
        Self::parse(plain).ok_or_else(corrupt)
    }

    fn parse(plain: Vec<u8>) -> Option<Self> {
        let (length, _) = plain.split_first_chunk::<4>()?;
        let end = usize::try_from(u32::from_le_bytes(*length)).ok()?.checked_add(4)?;
        let head = serde_json::from_slice(plain.get(4..end)?).ok()?;
        Some(Self { head, body: Bytes::from(plain).slice(end..) })
    }
}

impl IntoResponse for StoredResponse {
    fn into_response(self) -> Response {
        if !self.head.complete {
            return Problem::new(Code::AnswerLost, Detail::AnswerTooLarge).into_response();
        }
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = StatusCode::from_u16(self.head.status).unwrap_or_default();
        for (name, value) in self.head.headers {
            if let (Ok(name), Ok(value)) =
                (HeaderName::try_from(name), HeaderValue::try_from(value))
            {
                response.headers_mut().append(name, value);
            }
        }
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
        if let Some(problem) = self.head.problem.and_then(StoredProblem::restore) {
            response.extensions_mut().insert(problem);
        }
        response
    }
}

/// The body to send, and its bytes where they are few enough to store.
async fn copy(body: Body) -> (Body, Option<Bytes>) {
    // A body of unknown length is a stream: collecting it would delay the answer.
    if body.size_hint().exact().is_none_or(|length| length > MOST as u64) {
        return (body, None);
    }
    match Limited::new(body, MOST).collect().await {
        Ok(whole) => {
            let bytes = whole.to_bytes();
            (Body::from(bytes.clone()), Some(bytes))
        }
        Err(_) => (Body::empty(), None),
    }
}

/// The headers of the answer itself, without those of its transport and the rate limit of the
/// moment.
fn texts(headers: &HeaderMap) -> Vec<(String, String)> {
    let passing = [CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING];
    let lasting =
        |name: &HeaderName| !passing.contains(name) && !name.as_str().starts_with("ratelimit");
    let kept = headers.iter().filter(|(name, _)| lasting(name));
    kept.filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
        .collect()
}

impl From<&Problem> for StoredProblem {
    fn from(problem: &Problem) -> Self {
        Self {
            code: problem.code.as_str().to_owned(),
            said: problem.detail.clone(),
            faults: problem.errors.clone(),
            retry_after: problem.retry_after,
        }
    }
}

impl StoredProblem {
    fn restore(self) -> Option<Problem> {
        let code = Code::ALL.iter().find(|code| code.as_str() == self.code)?;
        let mut problem = Problem::faults(self.faults);
        (problem.code, problem.detail, problem.retry_after) = (*code, self.said, self.retry_after);
        Some(problem)
    }
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::contents_are_read;

    #[test]
    fn every_stored_form_is_read() {
        contents_are_read::<super::Head>("content-of-answer");
    }
}
