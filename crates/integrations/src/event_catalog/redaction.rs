//! Redaction of events for consumers outside of this installation.

use std::sync::Arc;

use async_trait::async_trait;
use selfsame_events::{DeliveryAttempt, Event, EventHandler, HandlerError, Redaction};
use serde_json::{Map, Value};

use super::EventCatalog;

/// `event` without what `to_others` withholds from all but its subject and this installation.
///
/// The one function that decides what publishers and webhooks get. They get an envelope of every
/// event, so that their sequence has no gaps either.
pub(super) fn redact(event: &Event, to_others: Redaction) -> Event {
    let mut redacted = event.clone();
    let withheld = match to_others {
        Redaction::All => &[],
        Redaction::Without(members) => members,
        Redaction::Envelope => {
            redacted.request_id = None;
            redacted.data = Value::Object(Map::new());
            return redacted;
        }
    };
    if let Some(data) = redacted.data.as_object_mut() {
        data.retain(|member, _| !withheld.contains(&member.as_str()));
    }
    redacted
}

/// A publisher that gets redacted events only.
pub struct RedactingHandler {
    sink: Arc<dyn EventHandler>,
    catalog: Arc<EventCatalog>,
}

impl std::fmt::Debug for RedactingHandler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RedactingHandler({})", self.sink.name())
    }
}

/// `sinks`, each of which gets redacted events only.
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
