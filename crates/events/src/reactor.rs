//! Code that does something because of an event.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use thiserror::Error;

use crate::Event;

/// Why a reactor could not do its part.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum Failure {
    /// It may go well later: tried again with growing pauses.
    #[error("{0}")]
    Retry(String),
    /// It never will: kept as a dead letter, and the next event follows.
    #[error("{0}")]
    GiveUp(String),
}

/// Does something because of an event: at least once for each, so it must be idempotent.
#[async_trait]
pub trait Reactor: Send + Sync + 'static {
    /// Names its to-dos. Never changed.
    fn name(&self) -> &'static str;

    /// Whether it wants events of this type.
    fn wants(&self, event_type: &str) -> bool;

    /// Whether it can do its part at all at present. While a broker is down, nothing is tried, so nothing is tried too often and
    /// given up: what waits goes on as soon as the broker is back.
    async fn ready(&self) -> bool {
        true
    }

    /// Does its part. Events of one subject come one after the other, in order.
    async fn react(&self, event: &Event) -> Result<(), Failure>;
}

/// What must be known about a reactor where changes are made: its name, and which events are to be queued for it. The
/// reactor itself may live in another process.
#[derive(Clone)]
pub struct Interest {
    name: &'static str,
    wants: Arc<dyn Fn(&str) -> bool + Send + Sync>,
}

impl fmt::Debug for Interest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Interest({})", self.name)
    }
}

impl Interest {
    /// The interest of the reactor called `name` in events of the types in `wants`.
    #[must_use]
    pub fn new(name: &'static str, wants: &'static [&'static str]) -> Self {
        Self { name, wants: Arc::new(move |event_type| wants.contains(&event_type)) }
    }

    /// The interest of `reactor`.
    #[must_use]
    pub fn of(reactor: &Arc<dyn Reactor>) -> Self {
        let (name, reactor) = (reactor.name(), Arc::clone(reactor));
        Self { name, wants: Arc::new(move |event_type| reactor.wants(event_type)) }
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn wants(&self, event_type: &str) -> bool {
        (self.wants)(event_type)
    }
}
