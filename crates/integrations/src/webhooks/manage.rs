//! What can be done with webhooks, for those who have been found to be allowed to: over HTTP and at
//! the command line.

use std::collections::BTreeMap;

use selfsame_primitives::Timestamp;
use selfsame_web::{Code, Detail, IfMatch, Problem};

use super::rule::{EndpointInput, ValidEndpoint};
use super::view::{DeliveryView, EndpointView, EndpointsView, SecretView};
use crate::Integrations;
use crate::webhook_delivery::record::{Delivery, Endpoint, Status};

fn view(
    integrations: &Integrations,
    endpoint: Endpoint,
    failing: &BTreeMap<String, Timestamp>,
) -> EndpointView {
    let since = failing.get(&endpoint.id).copied();
    EndpointView::of(endpoint, since, integrations.platform.now())
}

async fn shown(integrations: &Integrations, endpoint: Endpoint) -> Result<EndpointView, Problem> {
    Ok(view(integrations, endpoint, &integrations.webhooks.failing().await?))
}

/// All webhooks, in the order in which they were made.
pub async fn list(integrations: &Integrations) -> Result<EndpointsView, Problem> {
    let (all, failing) =
        (integrations.webhooks.all().await?, integrations.webhooks.failing().await?);
    let items = all.into_iter().map(|endpoint| view(integrations, endpoint, &failing)).collect();
    Ok(EndpointsView { items, known_types: integrations.event_catalog.types() })
}

/// The webhook `id`.
pub async fn show(integrations: &Integrations, id: &str) -> Result<EndpointView, Problem> {
    shown(integrations, integrations.webhooks.find(id).await?).await
}

/// Makes a webhook; its secret is shown this once.
pub async fn add(
    integrations: &Integrations,
    wanted: EndpointInput,
) -> Result<SecretView, Problem> {
    let wanted = wanted
        .checked_whole(&integrations.webhook_addresses, &integrations.event_catalog.types())?;
    integrations.webhooks.check_plain(&wanted).await?;
    let (endpoint, secret) = integrations.webhooks.create(wanted).await?;
    Ok(SecretView::of(shown(integrations, endpoint).await?, &secret))
}

/// What is asked to change about a webhook.
pub(super) struct Change<'c> {
    id: &'c str,
    wanted: ValidEndpoint,
    is_for: &'c IfMatch,
}

impl<'c> Change<'c> {
    /// `wanted` of the webhook `id`, if it may be changed so.
    pub(super) async fn find(
        integrations: &Integrations,
        id: &'c str,
        wanted: EndpointInput,
        is_for: &'c IfMatch,
    ) -> Result<Self, Problem> {
        let wanted =
            wanted.checked(&integrations.webhook_addresses, &integrations.event_catalog.types())?;
        integrations.webhooks.check_plain(&wanted).await?;
        is_for.check(integrations.webhooks.find(id).await?.version)?;
        Ok(Self { id, wanted, is_for })
    }

    /// Makes it.
    pub(super) async fn make(&self, integrations: &Integrations) -> Result<EndpointView, Problem> {
        shown(integrations, integrations.webhooks.update(self.id, &self.wanted, self.is_for).await?)
            .await
    }
}

/// Removes the webhook `id`; what waits for it is not sent any more.
pub async fn remove(integrations: &Integrations, id: &str) -> Result<(), Problem> {
    integrations.webhooks.remove(id).await
}

/// Sends to the webhook `id` again.
pub async fn enable(integrations: &Integrations, id: &str) -> Result<EndpointView, Problem> {
    shown(integrations, integrations.webhooks.enable(id).await?).await
}

/// Gives the webhook `id` a new secret, which is shown this once.
pub async fn rotate_secret(integrations: &Integrations, id: &str) -> Result<SecretView, Problem> {
    let (endpoint, secret) = integrations.webhooks.rotate(id).await?;
    Ok(SecretView::of(shown(integrations, endpoint).await?, &secret))
}

/// Sends a test to the webhook `id`, once and at once; `request_id` is of whoever asks.
pub async fn test(
    integrations: &Integrations,
    id: &str,
    request_id: Option<String>,
) -> Result<DeliveryView, Problem> {
    let endpoint = integrations.webhooks.find(id).await?;
    Ok(integrations.webhooks.test(&endpoint, request_id).await?.into())
}

/// A page of the deliveries to a webhook.
#[derive(Debug)]
pub struct Deliveries {
    /// The newest events first.
    pub items: Vec<DeliveryView>,
    /// From where the next page goes on.
    pub next: Option<String>,
}

/// Up to `limit` deliveries to the webhook `id` with `status`, or all, from behind `after` on.
/// There may be fewer although there are more behind them.
pub async fn deliveries(
    integrations: &Integrations,
    id: &str,
    status: Option<Status>,
    limit: usize,
    after: Option<&str>,
) -> Result<Deliveries, Problem> {
    integrations.webhooks.find(id).await?;
    let page = integrations.webhooks.deliveries(id, status, limit, after).await?;
    Ok(Deliveries {
        items: page.deliveries.into_iter().map(DeliveryView::from).collect(),
        next: page.next,
    })
}

/// What is asked to be sent once more.
pub(super) struct RetryResult {
    endpoint: Endpoint,
    before: Delivery,
    event: selfsame_events::Event,
}

impl RetryResult {
    /// The event `event_id` for the webhook `id`, if it was tried before and is still kept.
    pub(super) async fn find(
        integrations: &Integrations,
        id: &str,
        event_id: &str,
    ) -> Result<Self, Problem> {
        let endpoint = integrations.webhooks.find(id).await?;
        let before =
            integrations.webhooks.delivery(id, event_id).await?.ok_or_else(Problem::not_found)?;
        let event = integrations.webhooks.event_of(&before).await?;
        let gone = || Problem::new(Code::Conflict, Detail::EventGone);
        Ok(Self { event: event.ok_or_else(gone)?, endpoint, before })
    }

    /// Sends it, once and at once.
    pub(super) async fn send(&self, integrations: &Integrations) -> Result<DeliveryView, Problem> {
        Ok(integrations.webhooks.replay(&self.endpoint, &self.event, &self.before).await?.into())
    }
}
