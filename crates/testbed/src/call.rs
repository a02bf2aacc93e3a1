//! Requests.

use std::net::{IpAddr, Ipv4Addr};

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::request::Builder;
use serde_json::Value;

use crate::{Answer, Stream, Testbed, User};

/// A request under construction.
pub struct Call<'t> {
    bed: &'t Testbed,
    request: Builder,
    body: Bytes,
    from: IpAddr,
}

impl<'t> Call<'t> {
    fn new(bed: &'t Testbed, method: &str, path: &str) -> Self {
        Self {
            bed,
            request: http::Request::builder().method(method).uri(path),
            body: Bytes::new(),
            from: Ipv4Addr::LOCALHOST.into(),
        }
    }

    /// As `user`.
    #[must_use]
    pub fn by(self, user: &User) -> Self {
        self.token(&user.token)
    }

    /// With this access token.
    #[must_use]
    pub fn token(self, token: &str) -> Self {
        self.header(AUTHORIZATION.as_str(), &format!("Bearer {token}"))
    }

    /// From this address, instead of this machine's own.
    #[must_use]
    pub fn from(mut self, address: impl Into<IpAddr>) -> Self {
        self.from = address.into();
        self
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    /// With a JSON body.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    /// With a body of another media type.
    #[must_use]
    pub fn body(mut self, media_type: &str, body: impl Into<Bytes>) -> Self {
        self.request = self.request.header(CONTENT_TYPE, media_type);
        self.body = body.into();
        self
    }

    /// Sends it.
    pub async fn send(self) -> Answer {
        Answer::read(self.respond().await).await
    }

    /// Sends it, for a streamed response.
    pub async fn open(self) -> Stream {
        Stream::of(self.respond().await)
    }

    async fn respond(self) -> Response {
        self.bed.respond(self.request.body(Body::from(self.body)).unwrap(), self.from).await
    }
}

impl Testbed {
    /// Begins a call.
    #[must_use]
    pub fn call(&self, method: &str, path: &str) -> Call<'_> {
        Call::new(self, method, path)
    }

    /// Begins a GET.
    #[must_use]
    pub fn get(&self, path: &str) -> Call<'_> {
        self.call("GET", path)
    }

    /// Begins a PUT of JSON.
    #[must_use]
    pub fn put(&self, path: &str, body: &Value) -> Call<'_> {
        self.call("PUT", path).json(body)
    }

    /// Begins a POST of JSON.
    #[must_use]
    pub fn post(&self, path: &str, body: &Value) -> Call<'_> {
        self.call("POST", path).json(body)
    }

    /// Begins a PATCH of JSON.
    #[must_use]
    pub fn patch(&self, path: &str, body: &Value) -> Call<'_> {
        self.call("PATCH", path).json(body)
    }

    /// Begins a DELETE.
    #[must_use]
    pub fn delete(&self, path: &str) -> Call<'_> {
        self.call("DELETE", path)
    }
}
