//! Responses.

use axum::response::Response;
use bytes::Bytes;
use http::HeaderMap;
use http_body_util::BodyExt as _;
use serde_json::Value;

/// A response, read whole.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub bytes: Bytes,
}

impl Answer {
    pub(crate) async fn read(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Self { status: parts.status.as_u16(), headers: parts.headers, bytes }
    }

    /// The response, if it has this status. Panics otherwise.
    #[expect(clippy::return_self_not_must_use, reason = "often the status is all that counts")]
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.bytes));
        self
    }

    /// The body as JSON.
    #[must_use]
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap()
    }

    /// The member `data`.
    #[must_use]
    #[track_caller]
    pub fn data(&self) -> Value {
        let body = self.json();
        assert_eq!(body.get("success"), Some(&Value::Bool(true)), "{body}");
        body.get("data").unwrap().clone()
    }

    /// The body of the problem, if it has this status and code. Panics otherwise.
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Value {
        let body = self.expect(status).json();
        assert_eq!(body.get("code").and_then(Value::as_str), Some(code), "{body}");
        body
    }

    /// The pointers of the refused fields.
    #[must_use]
    #[track_caller]
    pub fn refused_fields(self) -> Vec<String> {
        self.fields_of_problem(400, "invalid_request")
    }

    /// The pointers of the fields that this problem names.
    #[must_use]
    #[track_caller]
    pub fn fields_of_problem(self, status: u16, code: &str) -> Vec<String> {
        let body = self.problem(status, code);
        let errors = body.get("errors").and_then(Value::as_array).cloned().unwrap_or_default();
        errors
            .iter()
            .map(|error| error.get("pointer").and_then(Value::as_str).unwrap().to_owned())
            .collect()
    }

    /// A header as text.
    #[must_use]
    #[track_caller]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}
