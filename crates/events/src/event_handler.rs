//! Code that does something because of an event.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use selfsame_store::StoreError;
use thiserror::Error;
use tokio::sync::Notify;

use crate::Event;

/// Why a handler failed.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum HandlerError {
    /// It may go well later: tried again with growing pauses.
    #[error("{0}")]
    Retry(String),
    /// Like `Retry`, with the pause that the receiver asked for, at most eight hours.
    #[error("{0}")]
    RetryAfter(String, Duration),
    /// Retrying is useless: the event becomes a dead letter, and the next event follows.
    #[error("{0}")]
    GiveUp(String),
}

/// One try at an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DeliveryAttempt {
    /// Counts the tries from 1.
    pub number: u32,
    /// After so long comes the next one if this one fails; none after the last.
    pub pause: Option<Duration>,
}

impl DeliveryAttempt {
    /// A try that no other follows.
    pub const ONLY: Self = Self { number: 1, pause: None };

    /// When the next attempt comes after this one has failed; `asked` is the pause that the
    /// receiver asked for.
    #[must_use]
    pub fn next(&self, requested: Option<Duration>) -> Option<Duration> {
        self.pause.map(|pause| {
            requested.map_or(pause, |requested| pause.max(requested.min(LONGEST_PAUSE)))
        })
    }
}

/// The longest pause between two tries.
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_hours(8);

/// Does something because of an event: at least once for each, so it must be idempotent.
#[async_trait]
pub trait EventHandler: Send + Sync + 'static {
    /// The name of its subscription, which is part of the keys of delivery cursors. Never changed.
    fn name(&self) -> &str;

    /// Whether it handles events of this type.
    fn handles(&self, event_type: &str) -> bool;

    /// Whether it can work at present. While its receiver is down nothing is attempted, so attempts
    /// don't run out, and delivery goes on as soon as the receiver is back.
    async fn ready(&self) -> bool {
        true
    }

    /// Handles `event`. Events of one subject come one after the other, in order. `attempt` says
    /// which attempt it is, and when the next one follows.
    async fn handle(&self, event: &Event, attempt: DeliveryAttempt) -> Result<(), HandlerError>;
}

/// Event handlers that come and go while the service runs. Each gets a worker of its own, so that
/// none waits for another.
#[async_trait]
pub trait SubscriptionSource: Send + Sync + 'static {
    /// The present ones, by names that no other handler has.
    async fn members(&self) -> Result<Vec<Arc<dyn EventHandler>>, StoreError>;

    /// Notified when [`members`](Self::members) may have changed. Changes by other processes are
    /// found by polling.
    fn changed(&self) -> Arc<Notify>;
}

/// What the journal must know about an event handler: its name, and the events to enqueue for it.
/// The handler itself may live in another process.
#[derive(Clone)]
pub struct Subscription {
    name: Arc<str>,
    handles: Arc<dyn Fn(&str) -> bool + Send + Sync>,
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Subscription({})", self.name)
    }
}

impl Subscription {
    /// The subscription `name` to the event types `handled`.
    #[must_use]
    pub fn new(name: &str, handled: &'static [&'static str]) -> Self {
        Self::when(name, move |event_type| handled.contains(&event_type))
    }

    /// The subscription `name` to the event types for which `handles` holds at the time of their
    /// commit.
    #[must_use]
    pub fn when(name: &str, handles: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self { name: name.into(), handles: Arc::new(handles) }
    }

    /// The subscription of `handler`.
    #[must_use]
    pub fn of(handler: &Arc<dyn EventHandler>) -> Self {
        let own = Arc::clone(handler);
        Self::when(handler.name(), move |event_type| own.handles(event_type))
    }

    /// The name of the event handler.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn handles(&self, event_type: &str) -> bool {
        (self.handles)(event_type)
    }
}
