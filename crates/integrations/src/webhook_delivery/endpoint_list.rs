//! The list of endpoints: read, and changed under its guard.

use std::collections::BTreeMap;

use selfsame_events::RequestNote;
use selfsame_primitives::Timestamp;
use selfsame_store::{Guard, Query, StoreError, Write, decode, encode};
use selfsame_web::{Code, Problem};

use super::record::{Disabled, Endpoint, Endpoints, Failing, PARTITION, Reason};
use super::{DISABLED, Webhooks};

/// How often a change is decided anew after a conflict.
const ATTEMPTS: usize = 24;

impl Webhooks {
    /// All endpoints, in the order of creation.
    pub(crate) async fn all(&self) -> Result<Vec<Endpoint>, StoreError> {
        Ok(self.endpoint_cache.read().await?.endpoints.endpoints.clone())
    }

    /// The endpoint `id`.
    pub(crate) async fn find(&self, id: &str) -> Result<Endpoint, Problem> {
        let known = self.endpoint_cache.read().await?;
        known.endpoints.find(id).cloned().ok_or_else(Problem::not_found)
    }

    /// Since when endpoints have failed without a success, by id.
    pub(crate) async fn failing(&self) -> Result<BTreeMap<String, Timestamp>, StoreError> {
        let found =
            self.platform.store.query(&Query::prefix(PARTITION, Failing::PREFIX)).await?.items;
        let since = found.iter().map(|item| {
            let endpoint = item.key.sort.trim_start_matches(Failing::PREFIX).to_owned();
            Ok((endpoint, decode::<Failing>(&item.body)?.since))
        });
        since.collect()
    }

    /// Disables an endpoint, if it exists and is enabled.
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

    /// Forgets a removed endpoint once nothing waits for it.
    pub(super) async fn forget(&self, id: &str) -> Result<(), StoreError> {
        let forgotten = self.edit(|all, _| {
            all.leaving.retain(|leaving| leaving != id);
            Ok(())
        });
        forgotten.await.map_err(|problem| StoreError::Unavailable(problem.in_words()))
    }

    /// Changes the endpoint `id` by `rule`, and counts its version where that changes anything.
    pub(crate) async fn edit_one(
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

    /// Changes the list by `rule`, which runs again after a conflict.
    pub(crate) async fn edit<T>(
        &self,
        rule: impl Fn(&mut Endpoints, Timestamp) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        for _ in 0..ATTEMPTS {
            let known = self.endpoint_cache.read().await?;
            let mut after = Endpoints::clone(&known.endpoints);
            let answer = rule(&mut after, self.platform.clock.now())?;
            if after == *known.endpoints {
                return Ok(answer);
            }
            let mut writes = vec![Write::put(Endpoints::key(), known.guard, encode(&after))];
            writes.extend(forgiven(&known.endpoints, &after));
            match self.platform.journal.commit_for_request(writes).await {
                Ok(()) => {
                    self.count_disabled(&known.endpoints, &after);
                    return Ok(answer);
                }
                // A conflict of the list, unless another process carries out this very request now
                // (`Idempotency-Key`).
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
                self.platform.counters.add(&DISABLED, reason.as_str());
                tracing::warn!(
                    endpoint = endpoint.id,
                    reason = reason.as_str(),
                    "a webhook is disabled"
                );
            }
        }
    }
}

/// Deletes the failure records of endpoints that were enabled anew or removed.
fn forgiven(before: &Endpoints, after: &Endpoints) -> Vec<Write> {
    let stays_as_it_was = |endpoint: &&Endpoint| match after.find(&endpoint.id) {
        Some(now) => !now.is_enabled() || endpoint.is_enabled(),
        None => false,
    };
    let others = before.endpoints.iter().filter(|endpoint| !stays_as_it_was(endpoint));
    others.map(|endpoint| Write::delete(Failing::key(&endpoint.id), Guard::Any)).collect()
}
