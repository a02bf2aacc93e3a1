//! Deliveries of a time that are made again, for an endpoint that has lost them.

use std::collections::BTreeMap;
use std::ops::Range;

use schemars::JsonSchema;
use selfsame_basics::{Timestamp, UserId};
use selfsame_items::{Query, StoreError, decode};
use selfsame_web::{Fault, Problem};
use serde::{Deserialize, Serialize};

use super::Webhooks;
use super::log::DAYS;
use super::record::{DAY, Delivery, ulid_prefix};
use crate::App;

/// So many deliveries are made again by one call.
const MOST: usize = 1000;

/// When what is delivered again has happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Span {
    /// From then on.
    pub since: Timestamp,
    /// Until before then; now without this.
    #[serde(default)]
    pub until: Option<Timestamp>,
}

impl Span {
    /// When it ends, if that is after it begins.
    pub(super) fn end(&self, app: &App) -> Result<Timestamp, Problem> {
        let until =
            self.until.unwrap_or_else(|| app.now().plus(std::time::Duration::from_millis(1)));
        if until <= self.since {
            return Err(Problem::fault("/until", Fault::NotAfter { other: "since".to_owned() }));
        }
        Ok(until)
    }
}

/// What is delivered again.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Recovered {
    /// How many deliveries of the log were handed over.
    pub events: u64,
    /// About how many users.
    pub users: u64,
    /// From when on there are more of that time, to be asked for next as `since`; `null` where
    /// these were all.
    pub next: Option<Timestamp>,
}

/// Has the webhook `id` get again what its log holds of `span`.
///
/// Each user's events go as one range, so those in between go as well, and the order holds. What
/// was tried when nobody had asked for a replay, and the tests, which are about nobody, stay what
/// they are.
pub async fn recover(app: &App, id: &str, span: &Span) -> Result<Recovered, Problem> {
    let webhooks = &app.webhooks;
    let endpoint = webhooks.find(id).await?;
    let (found, next) = webhooks.logged(id, span.since, span.end(app)?).await?;
    let (mut events, mut ranges) = (0, BTreeMap::<UserId, Range<u64>>::new());
    for Delivery { subject, sequence, .. } in found {
        let (Some(subject), Some(sequence)) = (subject, sequence) else { continue };
        let range = ranges.entry(subject).or_insert(sequence..sequence + 1);
        *range = range.start.min(sequence)..range.end.max(sequence + 1);
        events += 1;
    }
    let replay = webhooks.replay_in(&endpoint.lane()).await?.ok_or_else(Problem::not_found)?;
    for (user, range) in &ranges {
        replay.range(user, range.clone()).await?;
    }
    Ok(Recovered { events, users: ranges.len() as u64, next })
}

impl Webhooks {
    /// The first deliveries to `endpoint` of the events from `since` to before `until`, the oldest
    /// event first, and from when on there are more. What happened in the same millisecond is not
    /// torn apart.
    async fn logged(
        &self,
        endpoint: &str,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<(Vec<Delivery>, Option<Timestamp>), StoreError> {
        let today = self.0.clock.now().millis() / DAY;
        let since = since.millis().max((today - DAYS) * DAY);
        let until = until.millis().min((today + 1) * DAY);
        let mut found: Vec<Delivery> = Vec::new();
        for day in since / DAY..=(until - 1).max(0) / DAY {
            let mut after = None;
            loop {
                let mut query = Query::prefix(Delivery::partition(endpoint, day), "").after(after);
                query.from = ulid_prefix(since);
                query.until = Some(ulid_prefix(until));
                let page = self.0.store.query(&query).await?;
                for item in page.items {
                    let delivery: Delivery = decode(&item.body)?;
                    let moment = delivery.moment();
                    let last = found.last().map(Delivery::moment);
                    if found.len() >= MOST && last != Some(moment) {
                        return Ok((found, Some(Timestamp::from_millis(moment))));
                    }
                    found.push(delivery);
                }
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
        Ok((found, None))
    }
}
