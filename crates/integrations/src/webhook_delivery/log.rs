//! The delivery log: by event, and the newest events first.

use selfsame_events::{Entry, Event};
use selfsame_primitives::{Timestamp, ulid_prefix};
use selfsame_store::{Query, StoreError, decode};

use super::Webhooks;
use super::record::{DAY, Delivery, Status};

/// Days of events that are searched: deliveries are stored for 30 days after the last attempt, and
/// attempts take about three.
const DAYS: i64 = 40;
/// Most deliveries read for one page, however few match the status.
const READ_LIMIT: usize = 1000;
/// Most deliveries of one recovery.
const MOST_OF_A_TIME: usize = 1000;

/// A page of the log.
#[derive(Default)]
pub(crate) struct Page {
    pub(crate) deliveries: Vec<Delivery>,
    /// Where the next page begins: a day and an event of it.
    pub(crate) next: Option<String>,
}

impl Webhooks {
    /// The log entry of the delivery of an event to an endpoint.
    pub(crate) async fn delivery(
        &self,
        endpoint: &str,
        event_id: &str,
    ) -> Result<Option<Delivery>, StoreError> {
        let Some(key) = Delivery::key(endpoint, event_id) else { return Ok(None) };
        let item = self.platform.store.get(&key).await?;
        Ok(item.map(|item| decode(&item.body)).transpose()?)
    }

    /// The event of a delivery; `None` for tests, and for events past their retention.
    pub(crate) async fn event_of(&self, delivery: &Delivery) -> Result<Option<Event>, StoreError> {
        let (Some(subject), Some(sequence)) = (&delivery.subject, delivery.sequence) else {
            return Ok(None);
        };
        let item = self.platform.store.get(&Entry::key(subject, sequence)).await?;
        let entry = item.map(|item| decode::<Entry>(&item.body)).transpose()?;
        Ok(entry.map(|entry| entry.into_event(subject.clone(), sequence)))
    }

    /// Deliveries to an endpoint, the newest events first, from behind `after` on.
    pub(crate) async fn deliveries(
        &self,
        endpoint: &str,
        status: Option<Status>,
        limit: usize,
        after: Option<&str>,
    ) -> Result<Page, StoreError> {
        let today = self.platform.clock.now().millis() / DAY;
        let position = after.and_then(|after| after.split_once('/'));
        let (first, mut after) = match position {
            Some((day, event)) => (day.parse().unwrap_or(today), Some(event.to_owned())),
            None => (today, None),
        };
        let (mut page, mut read) = (Page::default(), 0);
        for day in ((today - DAYS)..=first).rev() {
            loop {
                let query = Query::prefix(Delivery::partition(endpoint, day), "");
                let found =
                    self.platform.store.query(&query.backward().after(after.take())).await?;
                for item in found.items {
                    let delivery: Delivery = decode(&item.body)?;
                    read += 1;
                    let position = format!("{day}/{}", delivery.event_id);
                    if status.is_none_or(|status| status == delivery.status) {
                        page.deliveries.push(delivery);
                    }
                    if page.deliveries.len() == limit || read == READ_LIMIT {
                        page.next = Some(position);
                        return Ok(page);
                    }
                }
                after = found.next;
                if after.is_none() {
                    break;
                }
            }
        }
        Ok(page)
    }

    /// The first deliveries to `endpoint` of the events from `since` to before `until`, the oldest
    /// event first, and the time of the next ones. Events of the same millisecond stay together.
    pub(crate) async fn logged(
        &self,
        endpoint: &str,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<(Vec<Delivery>, Option<Timestamp>), StoreError> {
        let today = self.platform.clock.now().millis() / DAY;
        let since = since.millis().max((today - DAYS) * DAY);
        let until = until.millis().min((today + 1) * DAY);
        let mut found: Vec<Delivery> = Vec::new();
        for day in since / DAY..=(until - 1).max(0) / DAY {
            let mut after = None;
            loop {
                let mut query = Query::prefix(Delivery::partition(endpoint, day), "").after(after);
                query.from = ulid_prefix(Timestamp::from_millis(since));
                query.until = Some(ulid_prefix(Timestamp::from_millis(until)));
                let page = self.platform.store.query(&query).await?;
                for item in page.items {
                    let delivery: Delivery = decode(&item.body)?;
                    let moment = delivery.moment();
                    let last = found.last().map(Delivery::moment);
                    if found.len() >= MOST_OF_A_TIME && last != Some(moment) {
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
