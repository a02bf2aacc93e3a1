//! What the features of this crate share.

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

/// What other systems see and do.
pub struct Integrations {
    /// What is beneath.
    pub platform: Arc<Platform>,
    /// The users.
    pub users: Arc<Users>,
    /// Who somebody is.
    pub identity: Arc<Identity>,
    /// What people show.
    pub profiles: Arc<Profiles>,
    /// What people are shown of their accounts.
    pub activity: Arc<Activity>,
    /// Every type of event.
    pub event_catalog: Arc<EventCatalog>,
    /// Where else events are posted to.
    pub webhooks: Arc<Webhooks>,
    /// Which addresses webhooks may go to.
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
    /// What other systems see of `profiles` and `activity`. `subscriptions` are the names of all
    /// event handlers but those of webhooks.
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

    /// The names of all subscriptions that events may wait for, sorted; one for each webhook.
    pub async fn subscription_names(&self) -> Result<Vec<String>, StoreError> {
        let mut names = self.subscriptions.clone();
        names.extend(self.webhooks.lanes().await?);
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }
}
