//! Streamed responses.

use axum::body::{Body, HttpBody as _};
use axum::response::Response;
use futures_util::FutureExt as _;
use http::HeaderMap;
use http_body_util::BodyExt as _;

/// A response whose body is read piece by piece, as it arrives.
#[derive(Debug)]
pub struct Stream {
    /// Its status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    body: Body,
}

impl Stream {
    pub(crate) fn of(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        Self { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    /// The next piece, waited for; `None` at the end.
    pub async fn next(&mut self) -> Option<String> {
        let bytes = self.body.frame().await?.unwrap().into_data().unwrap();
        Some(String::from_utf8(bytes.to_vec()).unwrap())
    }

    /// The next piece if it has arrived.
    ///
    /// # Panics At the end of the body.
    #[track_caller]
    pub fn ready(&mut self) -> Option<String> {
        let next = self.next().now_or_never()?;
        assert!(next.is_some(), "the stream has ended");
        next
    }

    /// Whether the body has ended without another piece.
    pub fn has_ended(&mut self) -> bool {
        self.body.is_end_stream() || self.next().now_or_never() == Some(None)
    }
}
