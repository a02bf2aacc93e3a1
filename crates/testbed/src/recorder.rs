//! Writes down every event.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use selfsame_events::{Event, Failure, Reactor};

#[derive(Default)]
pub(crate) struct Recorder(Mutex<Vec<Event>>);

impl Recorder {
    pub(crate) fn take(&self) -> Vec<Event> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Reactor for Recorder {
    fn name(&self) -> &'static str {
        "recorder"
    }

    fn wants(&self, _: &str) -> bool {
        true
    }

    async fn react(&self, event: &Event) -> Result<(), Failure> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(event.clone());
        Ok(())
    }
}
