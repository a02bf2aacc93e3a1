//! This crate's own state, for tests of private functions: the types of the application that the
//! testbed assembles are those of the crate as it is built without `cfg(test)`.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::HeaderMap;
use selfsame_testbed::app::{App, features};
use url::Url;

use crate::Integrations;
use crate::event_catalog::EventCatalog;
use crate::webhook_delivery::{
    AddressPolicy, EndpointCache, WebhookClient, WebhookError, WebhookResponse, Webhooks,
};

/// A client without a network: every delivery fails.
struct NoWebhookClient;

#[async_trait]
impl WebhookClient for NoWebhookClient {
    async fn check(&self, _: &Url) -> Result<(), WebhookError> {
        Ok(())
    }

    async fn post(
        &self,
        url: &Url,
        _: HeaderMap,
        _: Bytes,
    ) -> Result<WebhookResponse, WebhookError> {
        Err(WebhookError::Broken(format!("nobody is at {url}")))
    }
}

/// The state on the stores of `app`.
pub(crate) fn integrations(app: &App) -> Arc<Integrations> {
    let platform = &app.platform;
    let catalog = Arc::new(EventCatalog::of(features()));
    let (store, clock) = (Arc::clone(&platform.store), Arc::clone(&platform.clock));
    let endpoint_cache = Arc::new(EndpointCache::new(store, clock));
    let webhooks =
        Webhooks::new(platform, Arc::new(NoWebhookClient), endpoint_cache, Arc::clone(&catalog));
    let (profiles, activity) = (&app.profiles, &app.activity);
    let (webhooks, policy) = (Arc::new(webhooks), AddressPolicy::default());
    Arc::new(Integrations::new(profiles, activity, catalog, webhooks, policy, Vec::new()))
}
