//! The state that the features of this crate share.

use std::fmt;
use std::sync::Arc;

use selfsame_activity::Activity;
use selfsame_identity::Identity;
use selfsame_identity::authentication::Authenticates;
use selfsame_platform::Platform;
use selfsame_profiles::Profiles;
use selfsame_store::StoreError;
use selfsame_users::Users;

use crate::event_catalog::EventCatalog;
use crate::webhook_delivery::{AddressPolicy, Webhooks};

/// The service API, messages, reviews, events and webhooks.
pub struct Integrations {
    /// The platform.
    pub platform: Arc<Platform>,
    /// The users.
    pub users: Arc<Users>,
    /// Authentication.
    pub identity: Arc<Identity>,
    /// Profiles, privacy, pictures and aliases.
    pub profiles: Arc<Profiles>,
    /// Activity log, notifications and live streams.
    pub activity: Arc<Activity>,
    /// Every event type.
    pub event_catalog: Arc<EventCatalog>,
    /// The webhook endpoints, and delivery to them.
    pub webhooks: Arc<Webhooks>,
    /// The addresses that webhooks may connect to.
    pub webhook_addresses: AddressPolicy,
    /// The names of all subscriptions but those of webhooks.
    pub(crate) subscriptions: Vec<String>,
}

impl fmt::Debug for Integrations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Integrations")
    }
}

impl Authenticates for Integrations {
    fn identity(&self) -> &Identity {
        &self.identity
    }
}

impl Integrations {
    /// The state over `profiles` and `activity`. `subscriptions` are the names of all event
    /// handlers but those of webhooks.
    #[must_use]
    pub fn new(
        profiles: &Arc<Profiles>,
        activity: &Arc<Activity>,
        event_catalog: Arc<EventCatalog>,
        webhooks: Arc<Webhooks>,
        webhook_addresses: AddressPolicy,
        subscriptions: Vec<String>,
    ) -> Self {
        Self {
            platform: Arc::clone(&profiles.platform),
            users: Arc::clone(&profiles.users),
            identity: Arc::clone(&profiles.identity),
            profiles: Arc::clone(profiles),
            activity: Arc::clone(activity),
            event_catalog,
            webhooks,
            webhook_addresses,
            subscriptions,
        }
    }

    /// The names of all subscriptions, sorted; one for each webhook endpoint.
    pub async fn subscription_names(&self) -> Result<Vec<String>, StoreError> {
        let mut names = self.subscriptions.clone();
        names.extend(self.webhooks.endpoint_subscriptions().await?);
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }
}
