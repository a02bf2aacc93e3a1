//! Finds the cursors that are due.

use std::collections::HashSet;
use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use selfsame_primitives::UserId;
use selfsame_store::{Item, Key, Record as _, StoreError};

use super::{DeliveryWorker, WIDTH};
use crate::delivery_cursor::{self, CursorShard, DeliveryCursor};
use crate::event_handler::LONGEST_PAUSE;
use crate::quarantine::set_aside;
use crate::shards::Shards;

/// No cursor is due later than this, whatever its pause. One that is was scheduled while a clock
/// was set wrong, and counts as due.
pub(super) const FARTHEST: Duration = LONGEST_PAUSE.saturating_add(Duration::from_hours(1));

/// An entry of the list that is sorted by time, and the subject whose cursor is due there.
pub(super) struct DueEntry {
    pub(super) subject: UserId,
    pub(super) key: Key,
}

impl DeliveryWorker {
    /// Entries of cursors that are due in `shards`; of each shard up to [`WIDTH`], the
    /// longest-waiting first.
    pub(super) async fn due(&self, shards: Shards) -> Result<Vec<DueEntry>, StoreError> {
        let (mut due, mut seen) = (Vec::new(), HashSet::new());
        let far_look = self.far_look.is_time(self.journal.clock().monotonic());
        // In all shards: the notified ones alone would use up the look of this minute, and under load
        // a quiet shard might never get one.
        let shards = if far_look { Shards::ALL } else { shards };
        if far_look {
            self.passed_over().clear();
        }
        for shard in shards.iter() {
            let cursor_shard = CursorShard::new(self.handler.name(), shard);
            due.extend(self.due_in(&cursor_shard).await?);
            if far_look {
                let far = self.now().plus(FARTHEST);
                let items = cursor_shard.later(&**self.journal.store(), far, WIDTH).await?;
                due.extend(self.due_entries(items).await?);
            }
        }
        due.retain(|entry| seen.insert(entry.subject.clone()));
        Ok(due)
    }

    async fn due_in(&self, cursor_shard: &CursorShard) -> Result<Vec<DueEntry>, StoreError> {
        let mut after = None;
        loop {
            let page = cursor_shard.due(&**self.journal.store(), self.now(), after, WIDTH).await?;
            let due_entries = self.due_entries(page.items).await?;
            // A page whose cursors all wait for a later release says nothing about the pages after
            // it.
            if !due_entries.is_empty() || page.next.is_none() {
                return Ok(due_entries);
            }
            after = page.next;
        }
    }

    /// `items` of the list that is sorted by time, without those whose cursors a later release has
    /// written.
    async fn due_entries(&self, items: Vec<Item>) -> Result<Vec<DueEntry>, StoreError> {
        let mut due_entries = Vec::with_capacity(items.len());
        for item in items {
            match delivery_cursor::subject(&item.key.sort) {
                Some(subject) if self.passed_over().contains(&subject) => {}
                Some(subject) => due_entries.push(DueEntry { subject, key: item.key }),
                None => {
                    set_aside(&self.journal, DeliveryCursor::KIND, &item, "its place names nobody")
                        .await?;
                }
            }
        }
        Ok(due_entries)
    }

    pub(super) fn passed_over(&self) -> MutexGuard<'_, HashSet<UserId>> {
        self.passed_over.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use async_trait::async_trait;
    use schemars::JsonSchema;
    use selfsame_primitives::{Clock as _, ManualClock, SeededRandom, Timestamp};
    use selfsame_store::MemoryStore;
    use serde::Serialize;

    use super::*;
    use crate::{
        Changes, DeliveryAttempt, Event, EventHandler, EventPayload, HandlerError, Journal, Origin,
        Relay, Subscription,
    };

    #[derive(Serialize, JsonSchema)]
    struct Happened {}

    impl EventPayload for Happened {
        const TYPE: &'static str = "test.happened";
        const SUMMARY: &'static str = "Something has happened.";
    }

    struct Handler;

    #[async_trait]
    impl EventHandler for Handler {
        fn name(&self) -> &'static str {
            "handler"
        }

        fn handles(&self, event_type: &str) -> bool {
            event_type == Happened::TYPE
        }

        async fn handle(&self, _: &Event, _: DeliveryAttempt) -> Result<(), HandlerError> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_misdated_cursor_is_found_while_another_shard_is_notified_again_and_again() {
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_800_000_000_000)));
        let handler: Arc<dyn EventHandler> = Arc::new(Handler);
        let journal = Arc::new(Journal::new(
            Arc::new(MemoryStore::new(clock.clone())),
            clock.clone(),
            Arc::new(SeededRandom::new(3)),
            vec![Subscription::of(&handler)],
            Duration::from_hours(24 * 365),
        ));
        let user = UserId::parse("usr_ada").unwrap();
        let right = clock.now();
        clock.set(right.plus(Duration::from_hours(24)));
        let decide = |_: &_| Ok::<_, StoreError>((Changes::none().emit(&Happened {}), ()));
        journal.change(&user, &[], &Origin::default(), decide).await.unwrap();
        Relay::new(Arc::clone(&journal), Vec::new()).drain().await.unwrap();
        clock.set(right);
        let worker = DeliveryWorker::new(journal, handler);
        let notified = (0..16).map(Shards::one).find(|one| *one != Shards::of(&user)).unwrap();
        let due = worker.due(notified).await.unwrap();
        assert_eq!(due.len(), 1, "the first look of a minute goes through all shards");
        assert_eq!(due[0].subject, user);
        assert!(worker.due(notified).await.unwrap().is_empty(), "the next is for the notified");
    }
}
