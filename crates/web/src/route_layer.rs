//! The layer around every route, and what it reports to the middleware stack.

use std::cell::Cell;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::{DefaultBodyLimit, Request};
use axum::response::Response;
use futures_util::future::Either;
use http::Method;
use selfsame_primitives::Locale;
use tower_service::Service;

use crate::body_limit::BodyLimit;
use crate::{Access, Idempotency, Scope};

thread_local! {
    /// The path of the route that was called last on this thread. The router calls the route within
    /// one poll of the middleware's future, which takes the value as soon as the poll ends: no
    /// request sees the value of another, and nothing is allocated.
    static ROUTE: Cell<Option<&'static str>> = const { Cell::new(None) };
    static LANGUAGE: Cell<Option<Locale>> = const { Cell::new(None) };
}

/// Records `language` as the one of the caller's account, for the text of problems.
pub fn note_language(language: Locale) {
    LANGUAGE.set(Some(language));
}

/// What a route reports of the request that it handles.
#[derive(Clone, Copy, Default)]
pub(crate) struct RouteMetadata {
    /// The path of the route.
    pub(crate) route: Option<&'static str>,
    /// The language of the caller's account.
    pub(crate) language: Option<Locale>,
}

impl RouteMetadata {
    /// Takes what was recorded on this thread since the last call.
    pub(crate) fn take(&mut self) {
        self.route = ROUTE.take().or(self.route);
        self.language = LANGUAGE.take().or(self.language);
    }
}

/// Records the route's path, limits the body, puts the required scope into the request's
/// extensions, and handles `Idempotency-Key`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RouteLayer {
    pub(crate) path: &'static str,
    pub(crate) access: Access,
    pub(crate) body_limit: usize,
}

impl<S> tower_layer::Layer<S> for RouteLayer {
    type Service = RouteService<S>;

    fn layer(&self, inner: S) -> RouteService<S> {
        RouteService { route: *self, inner }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct RouteService<S> {
    route: RouteLayer,
    inner: S,
}

type Answer = Result<Response, Infallible>;

impl<S> Service<Request> for RouteService<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Either<S::Future, Pin<Box<dyn Future<Output = Answer> + Send>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        ROUTE.set(Some(self.route.path));
        if let Access::Service(scope) | Access::Operator(scope) = self.route.access {
            request.extensions_mut().insert(Scope(scope));
        }
        if request.method() == Method::GET {
            return Either::Left(self.inner.call(request));
        }
        DefaultBodyLimit::max(self.route.body_limit).apply(&mut request);
        request.extensions_mut().insert(BodyLimit(self.route.body_limit));
        match request.extensions_mut().remove::<Arc<Idempotency>>() {
            None => Either::Left(self.inner.call(request)),
            Some(idempotency) => {
                let mut inner = self.inner.clone();
                let handle = |request| async move {
                    inner.call(request).await.unwrap_or_else(|never| match never {})
                };
                Either::Right(Box::pin(async { Ok(idempotency.answer(request, handle).await) }))
            }
        }
    }
}
