//! What a route tells the edge around it.

use std::cell::Cell;
use std::task::{Context, Poll};

use axum::extract::DefaultBodyLimit;
use axum::extract::Request;
use http::Method;
use tower_service::Service;

thread_local! {
    /// The path of the route that was called last on this thread. The router calls the route within one poll of the edge's
    /// future, which takes the note as soon as the poll ends: no request can see another's, and nothing is allocated.
    static ROUTE: Cell<Option<&'static str>> = const { Cell::new(None) };
}

/// The route that was called since this was asked last.
pub(crate) fn take_route() -> Option<&'static str> {
    ROUTE.take()
}

/// The one layer around every route: notes its path and sets the limit of its body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RouteLayer {
    pub(crate) path: &'static str,
    pub(crate) body_limit: usize,
}

impl<S> tower_layer::Layer<S> for RouteLayer {
    type Service = Noted<S>;

    fn layer(&self, inner: S) -> Noted<S> {
        Noted { route: *self, inner }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Noted<S> {
    route: RouteLayer,
    inner: S,
}

impl<S: Service<Request>> Service<Request> for Noted<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> S::Future {
        ROUTE.set(Some(self.route.path));
        if request.method() != Method::GET {
            DefaultBodyLimit::max(self.route.body_limit).apply(&mut request);
        }
        self.inner.call(request)
    }
}
