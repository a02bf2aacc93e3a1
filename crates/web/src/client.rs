//! The client of a request.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;
use selfsame_events::{ClientAddress, Origin};
use selfsame_primitives::SessionId;

/// Where a request came from. [`crate::MiddlewareStack`] puts it into the request's extensions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Client {
    /// The request's id: what the caller sent as `X-Request-Id`, or a new one.
    pub request_id: Arc<str>,
    /// The client's address, behind proxies that are trusted.
    pub ip: IpAddr,
    /// What the client calls itself, at most 200 characters.
    pub device: Option<Arc<str>>,
}

impl Client {
    /// The origin of a change that this client asks for in `session`.
    #[must_use]
    pub fn origin(&self, session: Option<&SessionId>) -> Origin {
        Origin {
            request_id: Some(self.request_id.to_string()),
            ip: Some(ClientAddress::of(self.ip)),
            device: self.device.as_deref().map(str::to_owned),
            session_id: session.cloned(),
        }
    }

    /// Who sent the request with these `parts`.
    #[must_use]
    pub fn of(parts: &Parts) -> Self {
        parts.extensions.get::<Self>().cloned().unwrap_or_else(|| Self {
            request_id: "-".into(),
            ip: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            device: None,
        })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Client {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::of(parts))
    }
}
