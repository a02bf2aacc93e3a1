//! What others are told.

use std::sync::Arc;

use async_trait::async_trait;
use selfsame_events::{Event, Failure, Reactor, ToOthers};
use serde_json::{Map, Value};

use super::EventCatalog;

/// `event` without what `to_others` withholds from everybody who is neither its subject nor this
/// installation.
///
/// The one function that decides what sinks and webhooks are given. They are given something of
/// every event, so that the sequence has no gaps for them either.
pub(super) fn redact(event: &Event, to_others: ToOthers) -> Event {
    let mut told = event.clone();
    let withheld = match to_others {
        ToOthers::All => &[],
        ToOthers::Without(members) => members,
        ToOthers::Envelope => {
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
pub struct Outward {
    sink: Arc<dyn Reactor>,
    catalog: Arc<EventCatalog>,
}

impl std::fmt::Debug for Outward {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Outward({})", self.sink.name())
    }
}

/// `sinks`, each of which is given only what others are told.
#[must_use]
pub fn outward(sinks: Vec<Arc<dyn Reactor>>, catalog: &Arc<EventCatalog>) -> Vec<Arc<dyn Reactor>> {
    let redacting =
        |sink| Arc::new(Outward { sink, catalog: Arc::clone(catalog) }) as Arc<dyn Reactor>;
    sinks.into_iter().map(redacting).collect()
}

#[async_trait]
impl Reactor for Outward {
    fn name(&self) -> &str {
        self.sink.name()
    }

    fn wants(&self, event_type: &str) -> bool {
        self.sink.wants(event_type)
    }

    async fn ready(&self) -> bool {
        self.sink.ready().await
    }

    async fn react(&self, event: &Event) -> Result<(), Failure> {
        self.sink.react(&self.catalog.redact(event)).await
    }
}
