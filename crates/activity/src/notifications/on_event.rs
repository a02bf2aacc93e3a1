//! The subscriber: makes notifications of events.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use selfsame_events::{Entry, Event, HandlerError, Origin};
use selfsame_store::{StoreError, decode};

use super::rule::{self, NotifyOutcome};
use super::{WITHHELD, kinds};
use crate::Activity;

/// Makes the notification of `event`, if it has one, unless that was done.
pub(super) fn make(
    activity: Arc<Activity>,
    event: &Event,
) -> BoxFuture<'_, Result<(), HandlerError>> {
    Box::pin(async move {
        notify(&activity, event).await.map_err(|error| HandlerError::Retry(error.to_string()))
    })
}

async fn notify(activity: &Activity, event: &Event) -> Result<(), StoreError> {
    if !kinds::creates_notification(event, is_in_response(activity, event).await?) {
        return Ok(());
    }
    let origin = Origin { request_id: event.request_id.clone(), ..Origin::default() };
    let decide = |loaded: &_| rule::notify(loaded, event);
    let outcome = activity
        .platform
        .journal
        .change(&event.subject, &rule::keys(&event.subject), &origin, decide)
        .await?;
    match outcome {
        NotifyOutcome::Notified => {}
        NotifyOutcome::Unwanted => activity.platform.counters.add(&WITHHELD, "unwanted"),
        NotifyOutcome::NoAccount => activity.platform.counters.add(&WITHHELD, "gone"),
    }
    Ok(())
}

/// Whether `event` is in the response to a request: then its entry has the client's address. Events
/// of subscribers have none.
async fn is_in_response(activity: &Activity, event: &Event) -> Result<bool, StoreError> {
    if event.event_type != "profile.avatar_updated" {
        return Ok(false);
    }
    let item = activity.platform.store.get(&Entry::key(&event.subject, event.sequence)).await?;
    let entry = item.map(|item| decode::<Entry>(&item.body)).transpose()?;
    Ok(entry.is_none_or(|entry| entry.origin.ip.is_some()))
}
