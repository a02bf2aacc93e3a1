//! What all clones of a stack share, and the way of a request to its route.

use std::future::ready;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::ConnectInfo;
use bytes::Bytes;
use futures_util::future::Either;
use http::header::USER_AGENT;
use http::{HeaderMap, Request};
use selfsame_primitives::Random;

use super::request_context::RequestContext;
use super::settings::{MiddlewareSettings, ResponseObserver};
use crate::body_timeout::BodyTimeout;
use crate::cors::Cors;
use crate::network::{Network, client_address};
use crate::rate_limit_layer::RateLimitDecision;
use crate::request_id::RequestIds;
use crate::security_headers::SecurityHeaders;
use crate::{Client, Idempotency, Problem, RateLimitLayer, RateLimitState, Trace};

/// What all clones of a stack share.
pub(super) struct StackInner {
    request_ids: RequestIds,
    pub(super) trusted_proxies: Vec<Network>,
    pub(super) cors: Cors,
    pub(super) security_headers: SecurityHeaders,
    /// The prefix of the `type` of every problem.
    pub(super) problem_types: String,
    body_timeout: Duration,
    pub(super) observer: Option<Arc<dyn ResponseObserver>>,
    idempotency: Option<Arc<Idempotency>>,
    rate_limits: Option<RateLimitLayer>,
    pub(super) trace: Option<&'static dyn Trace>,
}

type RateLimitOutcome = Result<Option<RateLimitState>, Problem>;

impl StackInner {
    /// `random` gives the first request id; the others follow from it.
    pub(super) fn new(settings: MiddlewareSettings, random: &dyn Random) -> Self {
        let public_url = settings.public_url.trim_end_matches('/');
        let is_https = public_url.starts_with("https://");
        Self {
            request_ids: RequestIds::new(random),
            trusted_proxies: settings.trusted_proxies,
            cors: Cors::new(&settings.cors_origins, &settings.cors_headers),
            security_headers: SecurityHeaders::new(is_https, settings.hsts),
            problem_types: format!("{public_url}/problems/"),
            body_timeout: settings.body_timeout,
            observer: settings.observer,
            idempotency: settings.idempotency,
            rate_limits: settings.rate_limits,
            trace: settings.trace,
        }
    }

    /// Adds the [`Client`] of `request`, and keeps what its response needs to know.
    pub(super) fn receive<B>(
        &self,
        request: &mut Request<B>,
        peer: Option<IpAddr>,
    ) -> RequestContext {
        let client = self.client(request, peer);
        let context =
            RequestContext::new(request, Arc::clone(&client.request_id), self.is_observed());
        request.extensions_mut().insert(client);
        context
    }

    fn client<B>(&self, request: &Request<B>, peer: Option<IpAddr>) -> Client {
        let connection =
            || request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        let peer = peer.or_else(connection).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let headers = request.headers();
        Client {
            request_id: self.request_ids.take(headers.get("x-request-id")),
            ip: client_address(peer, headers, &self.trusted_proxies),
            device: device(headers),
        }
    }

    fn is_observed(&self) -> bool {
        self.observer.is_some() || tracing::enabled!(target: "access", tracing::Level::INFO)
    }

    /// Counts `request` towards the rate limits.
    ///
    /// Not `async`, so that only a request whose token must be verified waits, and nothing of the
    /// others is copied.
    pub(super) fn limit_rate<'s, B>(
        &'s self,
        request: &Request<B>,
    ) -> impl Future<Output = RateLimitOutcome> + Send + use<'s, B> {
        let Some(layer) = &self.rate_limits else { return Either::Left(ready(Ok(None))) };
        match layer.decide(request) {
            RateLimitDecision::Final(outcome) => Either::Left(ready(outcome)),
            RateLimitDecision::NeedsVerification(problem) => {
                let headers = request.headers().clone();
                Either::Right(Box::pin(
                    async move { layer.verify_and_count(&headers, problem).await },
                ))
            }
        }
    }

    /// The request as the routes take it.
    pub(super) fn prepare<B>(&self, mut request: Request<B>) -> Request<Body>
    where
        B: hyper::body::Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: Into<axum::BoxError>,
    {
        if let Some(idempotency) = &self.idempotency
            && Idempotency::concerns(&request)
        {
            request.extensions_mut().insert(Arc::clone(idempotency));
        }
        request.map(|body| {
            if body.is_end_stream() {
                Body::empty()
            } else {
                Body::new(BodyTimeout::new(body, self.body_timeout))
            }
        })
    }
}

fn device(headers: &HeaderMap) -> Option<Arc<str>> {
    let text = headers.get(USER_AGENT)?.to_str().ok()?;
    Some(Arc::from(text.get(..200).unwrap_or(text)))
}
