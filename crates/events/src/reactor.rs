//! Code that does something because of an event.

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

    /// Does its part. Events of one subject come one after the other, in order.
    async fn react(&self, event: &Event) -> Result<(), Failure>;
}
