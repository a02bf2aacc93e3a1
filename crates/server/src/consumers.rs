//! Consumers of messages of other services, by the settings.

use std::sync::Arc;

use crate::background::Background;
use crate::settings::Settings;
use selfsame_app::App;

/// Consumes messages of other services for `app` until `background` ends, where the settings name a
/// queue.
#[cfg(feature = "rabbitmq")]
pub fn take(settings: &Settings, app: &Arc<App>, background: &mut Background) {
    use selfsame_brokers::consumers::RabbitMqConsumer;
    use selfsame_events::supervision::idle;
    use selfsame_integrations::inbound_messages::ServiceMessageHandler;

    let (Some(url), Some(name)) = (&settings.rabbitmq_url, &settings.rabbitmq_inbound) else {
        return;
    };
    let handler = Arc::new(ServiceMessageHandler(Arc::clone(&app.integrations)));
    let consumer =
        Arc::new(RabbitMqConsumer::new(url.clone(), name, settings.rabbitmq_prefetch, handler));
    // It idles as long as there are no messages.
    background.run("inbound", move |stop| {
        let consumer = Arc::clone(&consumer);
        async move { idle(consumer.run(stop)).await }
    });
}

/// The rules of the settings refuse a broker that this program was built without.
#[cfg(not(feature = "rabbitmq"))]
pub fn take(_: &Settings, _: &Arc<App>, _: &mut Background) {}
