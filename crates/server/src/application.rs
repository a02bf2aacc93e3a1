//! The application behind the ports, for the service and for commands that do what callers do.

use std::sync::Arc;

use selfsame_accounts::{App, Parts, Shared};
use selfsame_events::Reactor;
use selfsame_items::ItemStore;

use crate::wiring::Installation;

/// Puts the application together on `store`, whose events go to `reactors`.
#[must_use]
pub fn assemble(
    installation: &Installation,
    store: Arc<dyn ItemStore>,
    reactors: Vec<Arc<dyn Reactor>>,
) -> Shared {
    let Installation { settings, clock, random, keys, .. } = installation;
    App::new(Parts {
        store,
        clock: Arc::clone(clock),
        random: Arc::clone(random),
        keys: Arc::clone(keys),
        reactors,
        settings: selfsame_accounts::Settings {
            public_url: settings.public_url(),
            media_url: settings.media_url(),
            profile_cache_ttl: settings.profile_cache_ttl,
            activity_retention: settings.activity_retention,
        },
    })
}
