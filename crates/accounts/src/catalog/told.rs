//! What others are told.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use async_trait::async_trait;
use selfsame_events::{Event, Failure, Reactor, ToOthers};
use serde_json::{Map, Value};

use crate::FEATURES;

static TABLE: LazyLock<HashMap<&'static str, ToOthers>> = LazyLock::new(|| {
    let kinds = FEATURES.iter().flat_map(|feature| (feature.events)());
    kinds.map(|kind| (kind.name, kind.to_others)).collect()
});

/// Of what is not in the catalogue others hear that it happened.
fn rule(event_type: &str) -> ToOthers {
    TABLE.get(event_type).copied().unwrap_or(ToOthers::Envelope)
}

/// `event` as everybody may hear it who is neither its subject nor this installation.
///
/// The one function that decides what sinks and webhooks are given. They are given something of
/// every event, so that the sequence has no gaps for them either.
#[must_use]
pub fn told_to_others(event: &Event) -> Event {
    let mut told = event.clone();
    let withheld = match rule(&event.event_type) {
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
pub struct Outward(Arc<dyn Reactor>);

impl std::fmt::Debug for Outward {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Outward({})", self.0.name())
    }
}

/// `sinks`, each of which is given only what others are told.
#[must_use]
pub fn outward(sinks: Vec<Arc<dyn Reactor>>) -> Vec<Arc<dyn Reactor>> {
    sinks.into_iter().map(|sink| Arc::new(Outward(sink)) as Arc<dyn Reactor>).collect()
}

#[async_trait]
impl Reactor for Outward {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn wants(&self, event_type: &str) -> bool {
        self.0.wants(event_type)
    }

    async fn ready(&self) -> bool {
        self.0.ready().await
    }

    async fn react(&self, event: &Event) -> Result<(), Failure> {
        self.0.react(&told_to_others(event)).await
    }
}
