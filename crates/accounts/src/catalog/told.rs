//! What others are told.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use async_trait::async_trait;
use selfsame_events::{Event, Failure, Reactor, ToOthers};

use crate::FEATURES;

static TABLE: LazyLock<HashMap<&'static str, ToOthers>> = LazyLock::new(|| {
    let kinds = FEATURES.iter().flat_map(|feature| (feature.events)());
    kinds.map(|kind| (kind.name, kind.to_others)).collect()
});

/// What is not in the catalogue is told to nobody.
fn rule(event_type: &str) -> ToOthers {
    TABLE.get(event_type).copied().unwrap_or(ToOthers::Nothing)
}

/// `event` as everybody may hear it who is neither its subject nor this installation; `None` where they hear nothing.
///
/// The one function that decides what sinks and webhooks are given.
#[must_use]
pub fn told_to_others(event: &Event) -> Option<Event> {
    let withheld = match rule(&event.event_type) {
        ToOthers::All => &[],
        ToOthers::Without(members) => members,
        ToOthers::Nothing => return None,
    };
    let mut told = event.clone();
    if let Some(data) = told.data.as_object_mut() {
        data.retain(|member, _| !withheld.contains(&member.as_str()));
    }
    Some(told)
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
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn wants(&self, event_type: &str) -> bool {
        rule(event_type) != ToOthers::Nothing && self.0.wants(event_type)
    }

    async fn react(&self, event: &Event) -> Result<(), Failure> {
        match told_to_others(event) {
            Some(told) => self.0.react(&told).await,
            None => Ok(()),
        }
    }
}
