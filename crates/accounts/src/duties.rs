//! What features do because of events.

use std::sync::Arc;

use async_trait::async_trait;
use selfsame_events::{Event, Failure, Interest, Reactor};
use selfsame_web::{Duty, Feature};

use crate::Shared;

/// A duty with the application it is done in.
struct Bound {
    app: Shared,
    duty: &'static Duty<Shared>,
}

#[async_trait]
impl Reactor for Bound {
    fn name(&self) -> &str {
        self.duty.name
    }

    fn wants(&self, event_type: &str) -> bool {
        self.duty.wants.contains(&event_type)
    }

    async fn react(&self, event: &Event) -> Result<(), Failure> {
        (self.duty.react)(Arc::clone(&self.app), event).await
    }
}

/// Whom events are queued for: the duties of `features`, and `sinks`.
pub(crate) fn interests(
    features: &[Feature<Shared>],
    sinks: &[Arc<dyn Reactor>],
) -> impl Iterator<Item = Interest> {
    let duties = features.iter().flat_map(|feature| feature.duties);
    let ours = duties.map(|duty| Interest::new(duty.name, duty.wants));
    ours.chain(sinks.iter().map(Interest::of))
}

/// Those who do the duties of `features`.
pub(crate) fn reactors(
    features: &'static [Feature<Shared>],
    app: &Shared,
) -> impl Iterator<Item = Arc<dyn Reactor>> {
    let duties = features.iter().flat_map(|feature| feature.duties);
    duties.map(|duty| Arc::new(Bound { app: Arc::clone(app), duty }) as Arc<dyn Reactor>)
}
