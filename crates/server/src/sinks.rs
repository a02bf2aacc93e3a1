//! Where else events go, as the settings say.

use std::sync::Arc;

use selfsame_events::Reactor;
use selfsame_events::sinks::FileSink;

use crate::settings::Settings;

/// The sinks of this installation. A command that changes something must know them all: events are queued for those that
/// are known when they are committed.
#[must_use]
pub fn connect(settings: &Settings) -> Vec<Arc<dyn Reactor>> {
    let file = settings.events_file.as_ref().map(|path| Arc::new(FileSink::new(path)) as Arc<dyn Reactor>);
    [file, rabbitmq(settings), nats(settings)].into_iter().flatten().collect()
}

#[cfg(feature = "rabbitmq")]
fn rabbitmq(settings: &Settings) -> Option<Arc<dyn Reactor>> {
    use selfsame_events::sinks::RabbitMqSink;

    let url = settings.rabbitmq_url.clone()?;
    Some(Arc::new(RabbitMqSink::new(url, &settings.rabbitmq_exchange)))
}

/// The settings' rules see to it that nobody asks for what this program was built without.
#[cfg(not(feature = "rabbitmq"))]
fn rabbitmq(_: &Settings) -> Option<Arc<dyn Reactor>> {
    None
}

#[cfg(feature = "nats")]
fn nats(settings: &Settings) -> Option<Arc<dyn Reactor>> {
    use selfsame_events::sinks::{NatsSettings, NatsSink};

    let url = settings.nats_url.clone()?;
    let settings = NatsSettings {
        prefix: settings.nats_prefix.clone(),
        stream: settings.nats_stream.clone(),
        create_stream: settings.nats_create_stream,
    };
    Some(Arc::new(NatsSink::new(url, settings)))
}

/// As with RabbitMQ.
#[cfg(not(feature = "nats"))]
fn nats(_: &Settings) -> Option<Arc<dyn Reactor>> {
    None
}
