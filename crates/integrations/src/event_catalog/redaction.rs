//! What others are told.

use std::sync::Arc;

use async_trait::async_trait;
use selfsame_events::{DeliveryAttempt, Event, EventHandler, HandlerError, Redaction};
use serde_json::{Map, Value};

use super::EventCatalog;

/// `event` without what `to_others` withholds from everybody who is neither its subject nor this
/// installation.
///
/// The one function that decides what sinks and webhooks are given. They are given something of
/// every event, so that the sequence has no gaps for them either.
pub(super) fn redact(event: &Event, to_others: Redaction) -> Event {
    let mut told = event.clone();
    let withheld = match to_others {
        Redaction::All => &[],
        Redaction::Without(members) => members,
        Redaction::Envelope => {
            told.request_id = None;
            told.data = Value::Object(Map::new());
            return told;
        }
    };
    if let Some(data) = told.data.as_object_mut() {
        data.retain(|member, _| !withheld.contains(&member.as_str()));
    }
    told
}

/// A sink that is given only what others are told.
pub struct RedactingHandler {
    sink: Arc<dyn EventHandler>,
    catalog: Arc<EventCatalog>,
}

impl std::fmt::Debug for RedactingHandler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Outward({})", self.sink.name())
    }
}

/// `sinks`, each of which is given only what others are told.
#[must_use]
pub fn redacting_handlers(
    sinks: Vec<Arc<dyn EventHandler>>,
    catalog: &Arc<EventCatalog>,
) -> Vec<Arc<dyn EventHandler>> {
    let redacting = |sink| {
        Arc::new(RedactingHandler { sink, catalog: Arc::clone(catalog) }) as Arc<dyn EventHandler>
    };
    sinks.into_iter().map(redacting).collect()
}

#[async_trait]
impl EventHandler for RedactingHandler {
    fn name(&self) -> &str {
        self.sink.name()
    }

    fn handles(&self, event_type: &str) -> bool {
        self.sink.handles(event_type)
    }

    async fn ready(&self) -> bool {
        self.sink.ready().await
    }

    async fn handle(&self, event: &Event, attempt: DeliveryAttempt) -> Result<(), HandlerError> {
        self.sink.handle(&self.catalog.redact(event), attempt).await
    }
}
