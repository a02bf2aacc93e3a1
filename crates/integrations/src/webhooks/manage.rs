//! Management of webhooks by callers whose rights were checked: over HTTP and at the command line.

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

/// All webhooks, in the order of creation.
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

/// Creates a webhook; its secret is shown only now.
pub async fn add(integrations: &Integrations, input: EndpointInput) -> Result<SecretView, Problem> {
    let input = input
        .checked_whole(&integrations.webhook_addresses, &integrations.event_catalog.types())?;
    integrations.webhooks.check_plain(&input).await?;
    let (endpoint, secret) = integrations.webhooks.create(input).await?;
    Ok(SecretView::of(shown(integrations, endpoint).await?, &secret))
}

/// A requested change of a webhook.
pub(super) struct Change<'c> {
    id: &'c str,
    input: ValidEndpoint,
    is_for: &'c IfMatch,
}

impl<'c> Change<'c> {
    /// The change `input` of the webhook `id`, if it is valid.
    pub(super) async fn find(
        integrations: &Integrations,
        id: &'c str,
        input: EndpointInput,
        is_for: &'c IfMatch,
    ) -> Result<Self, Problem> {
        let input =
            input.checked(&integrations.webhook_addresses, &integrations.event_catalog.types())?;
        integrations.webhooks.check_plain(&input).await?;
        is_for.check(integrations.webhooks.find(id).await?.version)?;
        Ok(Self { id, input, is_for })
    }

    /// Carries out the change.
    pub(super) async fn make(&self, integrations: &Integrations) -> Result<EndpointView, Problem> {
        shown(integrations, integrations.webhooks.update(self.id, &self.input, self.is_for).await?)
            .await
    }
}

/// Removes the webhook `id`; what waits for it is discarded.
pub async fn remove(integrations: &Integrations, id: &str) -> Result<(), Problem> {
    integrations.webhooks.remove(id).await
}

/// Enables the webhook `id` again.
pub async fn enable(integrations: &Integrations, id: &str) -> Result<EndpointView, Problem> {
    shown(integrations, integrations.webhooks.enable(id).await?).await
}

/// Gives the webhook `id` a new secret, which is shown only now.
pub async fn rotate_secret(integrations: &Integrations, id: &str) -> Result<SecretView, Problem> {
    let (endpoint, secret) = integrations.webhooks.rotate(id).await?;
    Ok(SecretView::of(shown(integrations, endpoint).await?, &secret))
}

/// Sends a test to the webhook `id`, with one attempt; `request_id` is that of the caller.
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
    /// Where the next page begins.
    pub next: Option<String>,
}

/// Up to `limit` deliveries to the webhook `id` with `status`, or all, from behind `after` on. A
/// page may be shorter although there are more behind it.
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

/// A delivery to repeat.
pub(super) struct RetryResult {
    endpoint: Endpoint,
    before: Delivery,
    event: selfsame_events::Event,
}

impl RetryResult {
    /// The delivery of the event `event_id` to the webhook `id`, if it was attempted and the event
    /// is still stored.
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

    /// Repeats it, with one attempt.
    pub(super) async fn send(&self, integrations: &Integrations) -> Result<DeliveryView, Problem> {
        Ok(integrations.webhooks.replay(&self.endpoint, &self.event, &self.before).await?.into())
    }
}
