//! Recovery: the deliveries of a time range are repeated for an endpoint that has lost them.

use std::collections::BTreeMap;
use std::ops::Range;

use schemars::JsonSchema;
use selfsame_primitives::{Timestamp, UserId};
use selfsame_web::{Fault, Problem};
use serde::{Deserialize, Serialize};

use crate::Integrations;
use crate::webhook_delivery::record::Delivery;

/// When what is delivered again has happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "Span")]
pub struct RecoveryRange {
    /// From then on.
    pub since: Timestamp,
    /// Until before then; now without this.
    #[serde(default)]
    pub until: Option<Timestamp>,
}

impl RecoveryRange {
    /// Its end, if that is after its beginning.
    pub(super) fn end(&self, integrations: &Integrations) -> Result<Timestamp, Problem> {
        let until = self.until.unwrap_or_else(|| {
            integrations.platform.now().plus(std::time::Duration::from_millis(1))
        });
        if until <= self.since {
            return Err(Problem::fault("/until", Fault::NotAfter { other: "since".to_owned() }));
        }
        Ok(until)
    }
}

/// What is delivered again.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Recovered")]
pub struct RecoveryResult {
    /// How many deliveries of the log were handed over.
    pub events: u64,
    /// About how many users.
    pub users: u64,
    /// From when on there are more of that time, to be asked for next as `since`; `null` where
    /// these were all.
    pub next: Option<Timestamp>,
}

/// Delivers to the webhook `id` again what its log holds of `span`.
///
/// Each user's events are one range, so those in between are delivered as well, and the order
/// holds. Deliveries without a user and a sequence, such as tests, are left out.
pub async fn recover(
    integrations: &Integrations,
    id: &str,
    span: &RecoveryRange,
) -> Result<RecoveryResult, Problem> {
    let webhooks = &integrations.webhooks;
    let endpoint = webhooks.find(id).await?;
    let (found, next) = webhooks.logged(id, span.since, span.end(integrations)?).await?;
    let (mut events, mut ranges) = (0, BTreeMap::<UserId, Range<u64>>::new());
    for Delivery { subject, sequence, .. } in found {
        let (Some(subject), Some(sequence)) = (subject, sequence) else { continue };
        let range = ranges.entry(subject).or_insert(sequence..sequence + 1);
        *range = range.start.min(sequence)..range.end.max(sequence + 1);
        events += 1;
    }
    let replay = webhooks
        .endpoint_replay(&endpoint.subscription_name())
        .await?
        .ok_or_else(Problem::not_found)?;
    for (user, range) in &ranges {
        replay.range(user, range.clone()).await?;
    }
    Ok(RecoveryResult { events, users: ranges.len() as u64, next })
}
