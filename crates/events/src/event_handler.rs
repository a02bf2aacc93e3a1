//! Code that does something because of an event.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use selfsame_store::StoreError;
use thiserror::Error;
use tokio::sync::Notify;

use crate::Event;

/// Why a reactor could not do its part.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum HandlerError {
    /// It may go well later: tried again with growing pauses.
    #[error("{0}")]
    Retry(String),
    /// Like `Retry`, where whoever failed has said for how long to leave them alone. At most eight
    /// hours of that are believed.
    #[error("{0}")]
    RetryAfter(String, Duration),
    /// It never will: kept as a dead letter, and the next event follows.
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

    /// When the next try comes after this one has failed with `asked`, the pause that the other
    /// side asked for.
    #[must_use]
    pub fn next(&self, asked: Option<Duration>) -> Option<Duration> {
        self.pause.map(|pause| asked.map_or(pause, |asked| pause.max(asked.min(LONGEST_PAUSE))))
    }
}

/// The longest pause between two tries.
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_hours(8);

/// Does something because of an event: at least once for each, so it must be idempotent.
#[async_trait]
pub trait EventHandler: Send + Sync + 'static {
    /// Names its to-dos. Never changed.
    fn name(&self) -> &str;

    /// Whether it wants events of this type.
    fn handles(&self, event_type: &str) -> bool;

    /// Whether it can do its part at all at present. While the system that it delivers to is down,
    /// nothing is tried, so nothing is tried too often and given up: what waits goes on as soon as
    /// that system is back.
    async fn ready(&self) -> bool {
        true
    }

    /// Handles `event`. Events of one subject come one after the other, in order. `attempt` says
    /// which try it is, and when the next one follows.
    async fn handle(&self, event: &Event, attempt: DeliveryAttempt) -> Result<(), HandlerError>;
}

/// Reactors that come and go while the service runs. Each is worked for by itself, so that none
/// waits for another.
#[async_trait]
pub trait SubscriptionSource: Send + Sync + 'static {
    /// Those that are there now, by names that no other reactor has.
    async fn members(&self) -> Result<Vec<Arc<dyn EventHandler>>, StoreError>;

    /// Notified when the members may be others than before. What other processes change is found
    /// without it.
    fn changed(&self) -> Arc<Notify>;
}

/// What must be known about a reactor where changes are made: its name, and which events are to be
/// queued for it. The reactor itself may live in another process.
#[derive(Clone)]
pub struct Subscription {
    name: Arc<str>,
    handles: Arc<dyn Fn(&str) -> bool + Send + Sync>,
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Interest({})", self.name)
    }
}

impl Subscription {
    /// The interest of the reactor called `name` in events of the types in `wants`.
    #[must_use]
    pub fn new(name: &str, wants: &'static [&'static str]) -> Self {
        Self::when(name, move |event_type| wants.contains(&event_type))
    }

    /// The interest of the reactor called `name` in events of the types for which `wants` holds at
    /// the time of their commit.
    #[must_use]
    pub fn when(name: &str, wants: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self { name: name.into(), handles: Arc::new(wants) }
    }

    /// The interest of `reactor`.
    #[must_use]
    pub fn of(reactor: &Arc<dyn EventHandler>) -> Self {
        let own = Arc::clone(reactor);
        Self::when(reactor.name(), move |event_type| own.handles(event_type))
    }

    /// The name of the reactor.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn handles(&self, event_type: &str) -> bool {
        (self.handles)(event_type)
    }
}
