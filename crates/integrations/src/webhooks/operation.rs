//! Making, changing and removing endpoints.

use std::time::Duration;

use selfsame_events::retry_now;
use selfsame_primitives::{Secret, new_ulid};
use selfsame_store::StoreError;
use selfsame_web::{Code, Detail, Fault, IfMatch, Problem};
use url::Url;

use super::rule::{ALLOWED, MOST_ENDPOINTS, ValidEndpoint};
use crate::webhook_delivery::record::{Disabled, Endpoint, PreviousSecret, Reason};
use crate::webhook_delivery::{Webhooks, secret};

/// So many steps of bringing forward what waits belong to one request: about 3,000 users. The
/// others keep their pauses.
const HASTENED: usize = 100;
/// So long the secret before a rotation is signed with, too.
const FORMER_HOLDS: Duration = Duration::from_hours(24);

impl Webhooks {
    /// Refuses a URL without TLS that does not lead into a network that is allowed. A name with TLS
    /// may come to lead somewhere later.
    pub(super) async fn check_plain(&self, wanted: &ValidEndpoint) -> Result<(), Problem> {
        let url = wanted.url.as_deref().and_then(|url| Url::parse(url).ok());
        let Some(url) = url.filter(|url| url.scheme() == "http") else { return Ok(()) };
        self.courier.check(&url).await.map_err(|refused| {
            Problem::fault(
                "/url",
                Fault::NotPlain { setting: ALLOWED.into(), reason: refused.to_string() },
            )
        })
    }

    /// Makes an endpoint; the secret is given out this once.
    pub(super) async fn create(
        &self,
        wanted: ValidEndpoint,
    ) -> Result<(Endpoint, Secret), Problem> {
        let Some(url) = wanted.url else { return Err(Problem::fault("/url", Fault::Required)) };
        let now = self.platform.clock.now();
        let id = new_ulid(now, &*self.platform.random);
        let (secret, sealed) = secret::make(&self.platform.keys, &id, &*self.platform.random);
        let enabled = wanted.enabled.unwrap_or(true);
        let endpoint = Endpoint {
            id,
            url,
            description: wanted.description.unwrap_or_default(),
            event_types: wanted.event_types.unwrap_or_default(),
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

    /// Changes what is wanted about an endpoint.
    pub(super) async fn update(
        &self,
        id: &str,
        wanted: &ValidEndpoint,
        is_for: &IfMatch,
    ) -> Result<Endpoint, Problem> {
        self.edit_one(id, |endpoint, now| {
            is_for.check(endpoint.version)?;
            let ValidEndpoint { url, description, event_types, enabled } = wanted.clone();
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

    /// Sends to an endpoint again, at once for most of whom something waits.
    pub(super) async fn enable(&self, id: &str) -> Result<Endpoint, Problem> {
        let endpoint = self.edit_one(id, |endpoint, _| {
            endpoint.disabled = None;
            Ok(())
        });
        let endpoint = endpoint.await?;
        for _ in 0..HASTENED {
            match retry_now(&self.platform.journal, &endpoint.subscription_name()).await {
                // Somebody else was quicker with one of them.
                Ok(true) | Err(StoreError::Conflict(_)) => {}
                Ok(false) => break,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(endpoint)
    }

    /// A new secret, given out this once; the one before is signed with for another day.
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

    /// Removes an endpoint; what waits for it is taken back bit by bit.
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
