//! The settings of the middleware, and the observer of its responses.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

use crate::network::Network;
use crate::{CorsHeaders, Hsts, Idempotency, RateLimitLayer, Trace};

/// Observes every response; the server counts with it.
pub trait ResponseObserver: Send + Sync + 'static {
    /// `method` on the route at `route` (its path with `{parameters}`, `-` where there was none)
    /// was answered with `status` after `elapsed`. Both names come from small fixed sets, so that
    /// they can be labels.
    fn answered(
        &self,
        method: &'static str,
        route: &'static str,
        status: StatusCode,
        elapsed: Duration,
    );
}

/// The settings of a [`super::MiddlewareStack`].
#[derive(Clone)]
pub struct MiddlewareSettings {
    /// The public address of the service, without a slash at the end: `https://id.example.com`.
    pub public_url: String,
    /// How long browsers are to use TLS only, where `public_url` does.
    pub hsts: Hsts,
    /// The proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// The origins whose pages may call the service; `*` for all, but without cookies.
    pub cors_origins: Vec<String>,
    /// The headers that those pages may send and read.
    pub cors_headers: CorsHeaders,
    /// The time that a body may take to arrive, with one second more for every 8 kB of it.
    pub body_timeout: Duration,
    /// Observes every response.
    pub observer: Option<Arc<dyn ResponseObserver>>,
    /// Remembers the responses to POSTs with an `Idempotency-Key`; without it the header is
    /// ignored.
    pub idempotency: Option<Arc<Idempotency>>,
    /// The rate limits; without it there are none.
    pub rate_limits: Option<RateLimitLayer>,
    /// Takes the spans of requests; without it there are none.
    pub trace: Option<&'static dyn Trace>,
}

impl Default for MiddlewareSettings {
    fn default() -> Self {
        Self {
            public_url: "http://localhost:8080".into(),
            hsts: Hsts::default(),
            trusted_proxies: Vec::new(),
            cors_origins: Vec::new(),
            cors_headers: CorsHeaders::default(),
            body_timeout: Duration::from_secs(20),
            observer: None,
            idempotency: None,
            rate_limits: None,
            trace: None,
        }
    }
}
