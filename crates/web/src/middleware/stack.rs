//! The path of a request through the middleware.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::Request;
use selfsame_primitives::Random;
use tower_service::Service;
use tracing::Instrument as _;

use super::settings::MiddlewareSettings;
use super::stack_inner::StackInner;
use crate::catch_panic::{catch_panic, panic_text};
use crate::network::Network;
use crate::route_layer::RouteMetadata;
use crate::{Problem, trace};

/// All routes with the middleware around them. It is one service, since every layer of its own
/// costs time (see the benchmarks).
#[derive(Clone)]
pub struct MiddlewareStack {
    inner: Arc<StackInner>,
    router: Router,
}

impl MiddlewareStack {
    /// Puts the middleware around `router`. `random` gives the first request id; the others follow
    /// from it.
    #[must_use]
    pub fn new(router: Router, settings: MiddlewareSettings, random: &dyn Random) -> Self {
        Self { inner: Arc::new(StackInner::new(settings, random)), router }
    }

    /// Answers `request`, which came from `peer`, or else from the
    /// [`axum::extract::ConnectInfo`] that it carries.
    pub async fn handle<B>(&self, mut request: Request<B>, peer: Option<IpAddr>) -> Response
    where
        B: hyper::body::Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: Into<axum::BoxError>,
    {
        let inner = &*self.inner;
        let mut context = inner.receive(&mut request, peer);
        if inner.cors.is_preflight(request.method(), request.headers()) {
            return inner.preflight(&context);
        }
        context.span = trace::begin(inner.trace, context.method, &context.id, request.headers());
        let limited = inner.limit_rate(&request);
        let rate_limit = match limited.await {
            Ok(state) => state,
            Err(problem) => {
                let mut response = problem.into_response();
                inner.finish(&context, RouteMetadata::default(), &mut response);
                return response;
            }
        };
        // Pinned here and not moved again: requests are large enough for the copies to be seen in a
        // profile.
        let future =
            pin!(self.router.clone().call(inner.prepare(request)).instrument(context.span.clone()));
        let (mut response, metadata) = run(future, &context.id).await;
        if let Some(state) = rate_limit {
            state.put(response.headers_mut());
        }
        inner.finish(&context, metadata, &mut response);
        response
    }

    /// The proxies whose `X-Forwarded-For` is believed.
    pub(crate) fn trusted_proxies(&self) -> &[Network] {
        &self.inner.trusted_proxies
    }

    /// Refuses `request`, which came from `peer`, with `problem`.
    pub(crate) fn refuse<B>(
        &self,
        mut request: Request<B>,
        peer: IpAddr,
        problem: Problem,
    ) -> Response {
        let context = self.inner.receive(&mut request, Some(peer));
        let mut response = problem.into_response();
        self.inner.finish(&context, RouteMetadata::default(), &mut response);
        response
    }
}

impl<B> Service<Request<B>> for MiddlewareStack
where
    B: hyper::body::Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<axum::BoxError>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let stack = self.clone();
        Box::pin(async move { Ok(stack.handle(request, None).await) })
    }
}

/// The route's response and metadata; a panic becomes a problem.
async fn run<F>(future: Pin<&mut F>, id: &str) -> (Response, RouteMetadata)
where
    F: Future<Output = Result<Response, Infallible>>,
{
    let mut metadata = RouteMetadata::default();
    let result = catch_panic(future, || metadata.take()).await;
    let response = match result {
        Ok(Ok(response)) => response,
        Ok(Err(never)) => match never {},
        Err(panic) => {
            tracing::error!(id, panic = panic_text(&panic), "a handler panicked");
            Problem::internal().into_response()
        }
    };
    (response, metadata)
}
