//! The publishers of events, by the settings.

use std::path::Path;
use std::sync::Arc;

use selfsame_brokers::publishers::FilePublisher;
use selfsame_events::EventHandler;

use crate::failure::Failure;
use crate::health::folder_works;
use crate::settings::Settings;

/// Checks that the files of publishers can be written: at the start rather than at the first event.
pub async fn check(settings: &Settings) -> Result<(), Failure> {
    let Some(path) = &settings.events_file else { return Ok(()) };
    FilePublisher::new(path).check().await.map_err(|error| unwritable(path, &error))
}

/// The same without making the file, since `doctor` may run as another user than the service.
pub async fn look(settings: &Settings) -> Result<(), Failure> {
    let Some(path) = &settings.events_file else { return Ok(()) };
    if path.exists() {
        return check(settings).await;
    }
    let folder =
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let works = folder_works(folder.to_owned()).await;
    works.map_err(|error| unwritable(path, &std::io::Error::other(error)))
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Configuration(format!(
        "events.file is {}, which can't be written: {error}",
        path.display()
    ))
}

/// The publishers of this installation. A command that changes something must know all of them:
/// events are queued for the subscriptions that are known when they are committed.
#[must_use]
pub fn connect(settings: &Settings) -> Vec<Arc<dyn EventHandler>> {
    let file = settings
        .events_file
        .as_ref()
        .map(|path| Arc::new(FilePublisher::new(path)) as Arc<dyn EventHandler>);
    [file, rabbitmq(settings), nats(settings)].into_iter().flatten().collect()
}

#[cfg(feature = "rabbitmq")]
fn rabbitmq(settings: &Settings) -> Option<Arc<dyn EventHandler>> {
    use selfsame_brokers::publishers::RabbitMqPublisher;

    let url = settings.rabbitmq_url.clone()?;
    Some(Arc::new(RabbitMqPublisher::new(url, &settings.rabbitmq_exchange)))
}

/// The rules of the settings refuse a broker that this program was built without.
#[cfg(not(feature = "rabbitmq"))]
fn rabbitmq(_: &Settings) -> Option<Arc<dyn Reactor>> {
    None
}

#[cfg(feature = "nats")]
fn nats(settings: &Settings) -> Option<Arc<dyn EventHandler>> {
    use selfsame_brokers::publishers::{NatsPublisher, NatsSettings};

    let url = settings.nats_url.clone()?;
    let settings = NatsSettings {
        prefix: settings.nats_prefix.clone(),
        stream: settings.nats_stream.clone(),
        create_stream: settings.nats_create_stream,
    };
    Some(Arc::new(NatsPublisher::new(url, settings)))
}

/// As with RabbitMQ.
#[cfg(not(feature = "nats"))]
fn nats(_: &Settings) -> Option<Arc<dyn Reactor>> {
    None
}
