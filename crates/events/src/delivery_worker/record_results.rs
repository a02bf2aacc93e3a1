//! Recording how far runs came.

use std::slice;

use selfsame_store::{Guard, StoreError, Write, encode};

use super::{DeliveryRun, DeliveryWorker, Stop};
use crate::delivery_cursor::{CursorEntry, DeliveryCursor};

impl DeliveryWorker {
    /// Records the progress of `runs`, in one commit where there is no conflict. Dead letters make
    /// a commit long, so runs with some are recorded alone.
    pub(super) async fn record_results(&self, runs: Vec<DeliveryRun>) -> Result<(), StoreError> {
        let (mut alone, together): (Vec<_>, Vec<_>) =
            runs.into_iter().partition(|run| !run.dead_letters.is_empty());
        let mut outcome = self.record_together(&together).await;
        if matches!(outcome, Err(StoreError::Conflict(_))) {
            outcome = Ok(());
            alone.extend(together);
        }
        for run in &alone {
            outcome = outcome.and(self.record_alone(run).await);
        }
        outcome
    }

    async fn record_alone(&self, run: &DeliveryRun) -> Result<(), StoreError> {
        loop {
            match self.record_together(slice::from_ref(run)).await {
                Err(StoreError::Conflict(_)) => {}
                outcome => return outcome,
            }
        }
    }

    /// The relay may have extended a cursor meanwhile, so this decides on what is stored now. Fails
    /// with [`StoreError::Conflict`] where one of the cursors was changed in between. The result of
    /// a run whose cursor another worker has claimed since is dropped.
    async fn record_together(&self, runs: &[DeliveryRun]) -> Result<(), StoreError> {
        let found = self.load(runs.iter().map(|run| &run.claimed.subject)).await?;
        let mut writes = Vec::new();
        for (run, found) in runs.iter().zip(found) {
            let CursorEntry::Cursor(cursor, guard) = found else { continue };
            if cursor.epoch != run.claimed.epoch {
                continue;
            }
            let cursor_shard = self.cursor_shard(&cursor.subject);
            writes.extend(
                cursor_shard.replace(Some((&cursor, guard)), self.remaining(&cursor, run).as_ref()),
            );
            writes.extend(
                run.dead_letters.iter().map(|dead_letter| {
                    Write::put(dead_letter.key(), Guard::Any, encode(dead_letter))
                }),
            );
        }
        if writes.is_empty() { Ok(()) } else { self.journal.commit(writes).await }
    }

    fn remaining(&self, cursor: &DeliveryCursor, run: &DeliveryRun) -> Option<DeliveryCursor> {
        // Replayed or earlier events were added during the run, so none of its results counts.
        if cursor.replay != run.claimed.replay {
            return Some(DeliveryCursor { due: self.now(), attempts: 0, ..cursor.clone() });
        }
        if run.reached >= cursor.until {
            return None;
        }
        let failed_before = if run.reached == cursor.from { cursor.attempts } else { 0 };
        let Some(Stop { reason, pause, is_failure }) = &run.stop else {
            return Some(DeliveryCursor {
                from: run.reached,
                due: self.now(),
                attempts: 0,
                ..cursor.clone()
            });
        };
        let attempts = failed_before + u32::from(*is_failure);
        tracing::warn!(
            reactor = self.handler.name(),
            attempts,
            reason,
            "an event is tried again later"
        );
        Some(DeliveryCursor {
            from: run.reached,
            due: self.now().plus(*pause),
            attempts,
            ..cursor.clone()
        })
    }
}
