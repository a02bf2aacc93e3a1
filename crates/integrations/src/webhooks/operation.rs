//! Creation, change and removal of endpoints.

use std::time::Duration;

use selfsame_events::retry_now;
use selfsame_primitives::{Secret, new_ulid};
use selfsame_store::StoreError;
use selfsame_web::{Code, Detail, Fault, IfMatch, Problem};
use url::Url;

use super::rule::{ALLOWED, MOST_ENDPOINTS, ValidEndpoint};
use crate::webhook_delivery::record::{Disabled, Endpoint, PreviousSecret, Reason};
use crate::webhook_delivery::{Webhooks, secret};

/// Steps of bringing waiting deliveries forward in one request: about 3,000 users. The others keep
/// their pauses.
const RETRY_STEPS: usize = 100;
/// How long deliveries are also signed with the previous secret.
const FORMER_HOLDS: Duration = Duration::from_hours(24);

impl Webhooks {
    /// Refuses a URL without TLS that does not resolve to an allowed network. A name with TLS may
    /// resolve later.
    pub(super) async fn check_plain(&self, input: &ValidEndpoint) -> Result<(), Problem> {
        let url = input.url.as_deref().and_then(|url| Url::parse(url).ok());
        let Some(url) = url.filter(|url| url.scheme() == "http") else { return Ok(()) };
        self.webhook_client.check(&url).await.map_err(|refused| {
            Problem::fault(
                "/url",
                Fault::NotPlain { setting: ALLOWED.into(), reason: refused.to_string() },
            )
        })
    }

    /// Creates an endpoint; the secret is returned only now.
    pub(super) async fn create(&self, input: ValidEndpoint) -> Result<(Endpoint, Secret), Problem> {
        let Some(url) = input.url else { return Err(Problem::fault("/url", Fault::Required)) };
        let now = self.platform.clock.now();
        let id = new_ulid(now, &*self.platform.random);
        let (secret, sealed) = secret::make(&self.platform.keys, &id, &*self.platform.random);
        let enabled = input.enabled.unwrap_or(true);
        let endpoint = Endpoint {
            id,
            url,
            description: input.description.unwrap_or_default(),
            event_types: input.event_types.unwrap_or_default(),
            disabled: (!enabled).then_some(Disabled { reason: Reason::Administrator, at: now }),
            created_at: now,
            updated_at: now,
            version: 1,
            secret: sealed,
            former: None,
        };
        self.edit(|all, _| {
            if all.endpoints.len() >= MOST_ENDPOINTS {
                return Err(Problem::new(
                    Code::Conflict,
                    Detail::WebhooksFull { max: MOST_ENDPOINTS },
                ));
            }
            all.endpoints.push(endpoint.clone());
            Ok(())
        })
        .await?;
        Ok((endpoint, secret))
    }

    /// Changes an endpoint.
    pub(super) async fn update(
        &self,
        id: &str,
        input: &ValidEndpoint,
        is_for: &IfMatch,
    ) -> Result<Endpoint, Problem> {
        self.edit_one(id, |endpoint, now| {
            is_for.check(endpoint.version)?;
            let ValidEndpoint { url, description, event_types, enabled } = input.clone();
            endpoint.url = url.unwrap_or_else(|| endpoint.url.clone());
            endpoint.description = description.unwrap_or_else(|| endpoint.description.clone());
            endpoint.event_types = event_types.unwrap_or_else(|| endpoint.event_types.clone());
            match enabled {
                Some(true) => endpoint.disabled = None,
                Some(false) => {
                    let by_hand = Disabled { reason: Reason::Administrator, at: now };
                    endpoint.disabled = endpoint.disabled.or(Some(by_hand));
                }
                None => {}
            }
            Ok(())
        })
        .await
    }

    /// Enables an endpoint, and retries at once for most users with waiting events.
    pub(super) async fn enable(&self, id: &str) -> Result<Endpoint, Problem> {
        let endpoint = self.edit_one(id, |endpoint, _| {
            endpoint.disabled = None;
            Ok(())
        });
        let endpoint = endpoint.await?;
        for _ in 0..RETRY_STEPS {
            match retry_now(&self.platform.journal, &endpoint.subscription_name()).await {
                // A worker was quicker with one of them.
                Ok(true) | Err(StoreError::Conflict(_)) => {}
                Ok(false) => break,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(endpoint)
    }

    /// A new secret, returned only now; the previous one stays valid for another day.
    pub(super) async fn rotate(&self, id: &str) -> Result<(Endpoint, Secret), Problem> {
        let (secret, sealed) = secret::make(&self.platform.keys, id, &*self.platform.random);
        let endpoint = self.edit_one(id, |endpoint, now| {
            let until = now.plus(FORMER_HOLDS);
            let before = std::mem::replace(&mut endpoint.secret, sealed.clone());
            endpoint.former = Some(PreviousSecret { secret: before, until });
            Ok(())
        });
        Ok((endpoint.await?, secret))
    }

    /// Removes an endpoint; what waits for it is discarded step by step.
    pub(super) async fn remove(&self, id: &str) -> Result<(), Problem> {
        self.edit(|all, _| {
            let before = all.endpoints.len();
            all.endpoints.retain(|endpoint| endpoint.id != id);
            if all.endpoints.len() == before {
                return Err(Problem::not_found());
            }
            all.leaving.push(id.to_owned());
            Ok(())
        })
        .await
    }
}
