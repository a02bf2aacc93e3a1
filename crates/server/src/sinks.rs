//! Where else events go, as the settings say.

use std::sync::Arc;

use selfsame_events::Reactor;
use selfsame_events::sinks::FileSink;

use crate::settings::Settings;

/// The sinks of this installation. A command that changes something must know them all: events are queued for those that
/// are known when they are committed.
#[must_use]
pub fn connect(settings: &Settings) -> Vec<Arc<dyn Reactor>> {
    let mut sinks: Vec<Arc<dyn Reactor>> = Vec::new();
    if let Some(path) = &settings.events_file {
        sinks.push(Arc::new(FileSink::new(path)));
    }
    sinks
}
