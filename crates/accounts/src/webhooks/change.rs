//! Making, changing and removing endpoints.

use std::collections::BTreeMap;
use std::time::Duration;

use selfsame_basics::{Secret, Timestamp, new_ulid};
use selfsame_events::{RequestNote, hasten};
use selfsame_items::{Guard, Query, StoreError, Write, decode, encode};
use selfsame_web::{Code, Detail, Fault, IfMatch, Problem};
use url::Url;

use super::record::{Disabled, Endpoint, Endpoints, Failing, Former, PARTITION, Reason};
use super::rule::{ALLOWED, Checked, MOST_ENDPOINTS};
use super::{DISABLED, Webhooks, secret};

/// How often it is decided anew because somebody else was quicker.
const ATTEMPTS: usize = 24;
/// So many steps of bringing forward what waits belong to one request: about 3,000 users. The
/// others keep their pauses.
const HASTENED: usize = 100;
/// So long the secret before a rotation is signed with, too.
const FORMER_HOLDS: Duration = Duration::from_hours(24);

impl Webhooks {
    /// All endpoints, in the order in which they were made.
    pub(super) async fn all(&self) -> Result<Vec<Endpoint>, StoreError> {
        Ok(self.0.listing.read().await?.endpoints.endpoints.clone())
    }

    /// The endpoint `id`.
    pub(super) async fn find(&self, id: &str) -> Result<Endpoint, Problem> {
        let known = self.0.listing.read().await?;
        known.endpoints.find(id).cloned().ok_or_else(Problem::not_found)
    }

    /// Since when which endpoints have failed without a success.
    pub(super) async fn failing(&self) -> Result<BTreeMap<String, Timestamp>, StoreError> {
        let found = self.0.store.query(&Query::prefix(PARTITION, Failing::PREFIX)).await?.items;
        let since = found.iter().map(|item| {
            let endpoint = item.key.sort.trim_start_matches(Failing::PREFIX).to_owned();
            Ok((endpoint, decode::<Failing>(&item.body)?.since))
        });
        since.collect()
    }

    /// Refuses a URL without TLS that does not lead into a network that is allowed. A name with TLS
    /// may come to lead somewhere later.
    pub(super) async fn check_plain(&self, wanted: &Checked) -> Result<(), Problem> {
        let url = wanted.url.as_deref().and_then(|url| Url::parse(url).ok());
        let Some(url) = url.filter(|url| url.scheme() == "http") else { return Ok(()) };
        self.0.courier.check(&url).await.map_err(|refused| {
            Problem::fault(
                "/url",
                Fault::NotPlain { setting: ALLOWED.into(), reason: refused.to_string() },
            )
        })
    }

    /// Makes an endpoint; the secret is given out this once.
    pub(super) async fn create(&self, wanted: Checked) -> Result<(Endpoint, Secret), Problem> {
        let Some(url) = wanted.url else { return Err(Problem::fault("/url", Fault::Required)) };
        let now = self.0.clock.now();
        let id = new_ulid(now, &*self.0.random);
        let (secret, sealed) = secret::make(&self.0.keys, &id, &*self.0.random);
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
        wanted: &Checked,
        is_for: &IfMatch,
    ) -> Result<Endpoint, Problem> {
        self.edit_one(id, |endpoint, now| {
            is_for.check(endpoint.version)?;
            let Checked { url, description, event_types, enabled } = wanted.clone();
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
            match hasten(&self.0.journal, &endpoint.lane()).await {
                // Somebody else was quicker with one of them.
                Ok(true) | Err(StoreError::Conflict(_)) => {}
                Ok(false) => break,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(endpoint)
    }

    /// Sends nothing more to an endpoint, if it is still there and enabled.
    pub(super) async fn disable(&self, id: &str, reason: Reason) -> Result<(), StoreError> {
        let disabled = self.edit_one(id, |endpoint, now| {
            endpoint.disabled = endpoint.disabled.or(Some(Disabled { reason, at: now }));
            Ok(())
        });
        match disabled.await {
            Ok(_) | Err(Problem { code: Code::NotFound, .. }) => Ok(()),
            Err(problem) => Err(StoreError::Unavailable(problem.in_words())),
        }
    }

    /// A new secret, given out this once; the one before is signed with for another day.
    pub(super) async fn rotate(&self, id: &str) -> Result<(Endpoint, Secret), Problem> {
        let (secret, sealed) = secret::make(&self.0.keys, id, &*self.0.random);
        let endpoint = self.edit_one(id, |endpoint, now| {
            let until = now.plus(FORMER_HOLDS);
            let before = std::mem::replace(&mut endpoint.secret, sealed.clone());
            endpoint.former = Some(Former { secret: before, until });
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

    /// Forgets an endpoint that was removed and for which nothing waits any more.
    pub(super) async fn forget(&self, id: &str) -> Result<(), StoreError> {
        let forgotten = self.edit(|all, _| {
            all.leaving.retain(|leaving| leaving != id);
            Ok(())
        });
        forgotten.await.map_err(|problem| StoreError::Unavailable(problem.in_words()))
    }

    async fn edit_one(
        &self,
        id: &str,
        rule: impl Fn(&mut Endpoint, Timestamp) -> Result<(), Problem>,
    ) -> Result<Endpoint, Problem> {
        self.edit(|all, now| {
            let found = all.endpoints.iter_mut().find(|endpoint| endpoint.id == id);
            let endpoint = found.ok_or_else(Problem::not_found)?;
            let before = endpoint.clone();
            rule(endpoint, now)?;
            if *endpoint != before {
                endpoint.updated_at = now;
                endpoint.version += 1;
            }
            Ok(endpoint.clone())
        })
        .await
    }

    async fn edit<T>(
        &self,
        rule: impl Fn(&mut Endpoints, Timestamp) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        for _ in 0..ATTEMPTS {
            let known = self.0.listing.read().await?;
            let mut after = Endpoints::clone(&known.endpoints);
            let answer = rule(&mut after, self.0.clock.now())?;
            if after == *known.endpoints {
                return Ok(answer);
            }
            let mut writes = vec![Write::put(Endpoints::key(), known.guard, encode(&after))];
            writes.extend(forgiven(&known.endpoints, &after));
            match self.0.journal.commit_for_request(writes).await {
                Ok(()) => {
                    self.count_disabled(&known.endpoints, &after);
                    return Ok(answer);
                }
                // Somebody else was quicker, unless it is this very request that somebody else
                // carries out now.
                Err(StoreError::Conflict(key)) if !RequestNote::lost_at(&key) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Unavailable("the webhooks are changed too often".into()).into())
    }

    fn count_disabled(&self, before: &Endpoints, after: &Endpoints) {
        let was_enabled = |id: &str| before.find(id).is_none_or(Endpoint::is_enabled);
        for endpoint in after.endpoints.iter().filter(|endpoint| was_enabled(&endpoint.id)) {
            if let Some(Disabled { reason, .. }) = endpoint.disabled {
                self.0.counts.add(&DISABLED, reason.as_str());
                tracing::warn!(
                    endpoint = endpoint.id,
                    reason = reason.as_str(),
                    "a webhook is disabled"
                );
            }
        }
    }
}

/// Takes back the notes of failures of those that were enabled anew or removed.
fn forgiven(before: &Endpoints, after: &Endpoints) -> Vec<Write> {
    let stays_as_it_was = |endpoint: &&Endpoint| match after.find(&endpoint.id) {
        Some(now) => !now.is_enabled() || endpoint.is_enabled(),
        None => false,
    };
    let others = before.endpoints.iter().filter(|endpoint| !stays_as_it_was(endpoint));
    others.map(|endpoint| Write::delete(Failing::key(&endpoint.id), Guard::Any)).collect()
}
