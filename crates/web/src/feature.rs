//! A feature: what it serves, which events it emits and handles, and what it counts.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use selfsame_events::{
    DeliveryAttempt, Event, EventHandler, EventKind, HandlerError, Subscription,
};

use crate::{Metric, Route, RouteInfo};

/// One feature, whose handlers take the state `S` of its crate.
#[derive(Clone, Debug)]
pub struct Feature<S: 'static> {
    /// Its name: that of its folder.
    pub name: &'static str,
    /// What it promises, in a sentence: the heading in OpenAPI.
    pub promise: &'static str,
    /// Its routes.
    pub routes: fn() -> Vec<Route<S>>,
    /// The events it emits.
    pub events: fn() -> Vec<EventKind>,
    /// Its metrics.
    pub metrics: &'static [Metric],
    /// Its event handlers.
    pub subscribers: &'static [Subscriber<S>],
}

/// An event handler of a feature. It runs at least once per event, in order for each user, so it
/// must be idempotent. [`HandlerError`] says whether the event is retried.
pub struct Subscriber<S> {
    /// Names its delivery cursors. Never changed.
    pub name: &'static str,
    /// The types of the events it handles.
    pub event_types: &'static [&'static str],
    /// Handles one.
    pub handle: for<'e> fn(S, &'e Event) -> BoxFuture<'e, Result<(), HandlerError>>,
}

impl<S> fmt::Debug for Subscriber<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Subscriber({})", self.name)
    }
}

/// What there is to know about a feature without its state: OpenAPI, the event catalog, the
/// metrics reference and the journal read it.
#[derive(Clone, Debug)]
pub struct FeatureInfo {
    /// Its name.
    pub name: &'static str,
    /// What it promises.
    pub promise: &'static str,
    /// Its routes.
    pub routes: Vec<RouteInfo>,
    /// The events it emits.
    pub events: Vec<EventKind>,
    /// Its metrics.
    pub metrics: &'static [Metric],
    /// Which events its subscribers handle.
    pub interests: Vec<Subscription>,
}

/// A feature whose routes have their state: what is served.
pub struct BoundFeature {
    /// What there is to know about it.
    pub info: FeatureInfo,
    /// Its routes.
    pub routes: Vec<Route<()>>,
}

impl fmt::Debug for BoundFeature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BoundFeature({})", self.info.name)
    }
}

impl<S: Clone + Send + Sync + 'static> Feature<S> {
    /// What there is to know about it without its state.
    #[must_use]
    pub fn info(&self) -> FeatureInfo {
        self.with_routes((self.routes)().into_iter().map(|route| route.info).collect())
    }

    fn with_routes(&self, routes: Vec<RouteInfo>) -> FeatureInfo {
        let interests = self.subscribers.iter();
        FeatureInfo {
            name: self.name,
            promise: self.promise,
            routes,
            events: (self.events)(),
            metrics: self.metrics,
            interests: interests.map(|one| Subscription::new(one.name, one.event_types)).collect(),
        }
    }

    /// Its routes with `state`.
    #[must_use]
    pub fn bind(&self, state: &S) -> BoundFeature {
        let routes = (self.routes)();
        let info = self.with_routes(routes.iter().map(|route| route.info.clone()).collect());
        let routes = routes.into_iter().map(|route| route.with_state(state.clone()));
        BoundFeature { info, routes: routes.collect() }
    }

    /// Its subscribers with `state`. Apart from the routes, which commands that serve no requests
    /// don't build.
    pub fn handlers(&'static self, state: &S) -> impl Iterator<Item = Arc<dyn EventHandler>> {
        self.subscribers.iter().map(|subscriber| {
            Arc::new(BoundSubscriber { state: state.clone(), subscriber }) as Arc<dyn EventHandler>
        })
    }
}

/// A subscriber with the state it works on.
struct BoundSubscriber<S: 'static> {
    state: S,
    subscriber: &'static Subscriber<S>,
}

#[async_trait]
impl<S: Clone + Send + Sync + 'static> EventHandler for BoundSubscriber<S> {
    fn name(&self) -> &str {
        self.subscriber.name
    }

    fn handles(&self, event_type: &str) -> bool {
        self.subscriber.event_types.contains(&event_type)
    }

    async fn handle(&self, event: &Event, _: DeliveryAttempt) -> Result<(), HandlerError> {
        (self.subscriber.handle)(self.state.clone(), event).await
    }
}
