//! Where messages of other services come from, as the settings say.

use selfsame_accounts::Shared;

use crate::background::Background;
use crate::settings::Settings;

/// Takes messages of other services for `app` until `background` ends, where the settings name a
/// queue.
#[cfg(feature = "rabbitmq")]
pub fn take(settings: &Settings, app: &Shared, background: &mut Background) {
    use std::sync::Arc;

    use selfsame_accounts::inbound::Inbound;
    use selfsame_events::inbound::RabbitMqQueue;
    use selfsame_events::supervision::idle;

    let (Some(url), Some(name)) = (&settings.rabbitmq_url, &settings.rabbitmq_inbound) else {
        return;
    };
    let handler = Arc::new(Inbound(Arc::clone(app)));
    let queue =
        Arc::new(RabbitMqQueue::new(url.clone(), name, settings.rabbitmq_prefetch, handler));
    // It waits for messages as long as there are none.
    background.run("inbound", move |stop| {
        let queue = Arc::clone(&queue);
        async move { idle(queue.run(stop)).await }
    });
}

/// The settings' rules see to it that nobody asks for what this program was built without.
#[cfg(not(feature = "rabbitmq"))]
pub fn take(_: &Settings, _: &Shared, _: &mut Background) {}
