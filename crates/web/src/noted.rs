//! The one layer around every route, and what it tells the edge.

use std::cell::Cell;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::{DefaultBodyLimit, Request};
use axum::response::Response;
use futures_util::future::Either;
use http::Method;
use selfsame_basics::Locale;
use tower_service::Service;

use crate::body_limit::BodyLimit;
use crate::{Access, Idempotency, Scope};

thread_local! {
    /// The path of the route that was called last on this thread. The router calls the route within
    /// one poll of the edge's future, which takes the note as soon as the poll ends: no request can
    /// see another's, and nothing is allocated.
    static ROUTE: Cell<Option<&'static str>> = const { Cell::new(None) };
    static LANGUAGE: Cell<Option<Locale>> = const { Cell::new(None) };
}

/// Notes that whoever calls reads `language`, as their account says.
pub fn note_language(language: Locale) {
    LANGUAGE.set(Some(language));
}

/// What is noted of a request while it is answered.
#[derive(Clone, Copy, Default)]
pub(crate) struct Noted {
    /// The path of the route.
    pub(crate) route: Option<&'static str>,
    /// The language of the caller's account.
    pub(crate) language: Option<Locale>,
}

impl Noted {
    /// Takes what was noted since this was asked last.
    pub(crate) fn take(&mut self) {
        self.route = ROUTE.take().or(self.route);
        self.language = LANGUAGE.take().or(self.language);
    }
}

/// Notes the route's path, sets the limit of its body, has those who look at tokens of services
/// know which scope is asked for, and sees to `Idempotency-Key`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RouteLayer {
    pub(crate) path: &'static str,
    pub(crate) access: Access,
    pub(crate) body_limit: usize,
}

impl<S> tower_layer::Layer<S> for RouteLayer {
    type Service = Routed<S>;

    fn layer(&self, inner: S) -> Routed<S> {
        Routed { route: *self, inner }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Routed<S> {
    route: RouteLayer,
    inner: S,
}

type Answer = Result<Response, Infallible>;

impl<S> Service<Request> for Routed<S>
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
