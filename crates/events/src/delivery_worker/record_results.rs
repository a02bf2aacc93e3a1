//! What came of turns is written down.

use std::slice;

use selfsame_store::{Guard, StoreError, Write, encode};

use super::{DeliveryRun, DeliveryWorker, Stop};
use crate::delivery_cursor::{CursorEntry, DeliveryCursor};

impl DeliveryWorker {
    /// Notes how far turns came: together where nobody comes in between. Letters make a commit
    /// long, so turns with some go alone.
    pub(super) async fn record_results(&self, turns: Vec<DeliveryRun>) -> Result<(), StoreError> {
        let (mut alone, together): (Vec<_>, Vec<_>) =
            turns.into_iter().partition(|turn| !turn.letters.is_empty());
        let mut outcome = self.settle_together(&together).await;
        if matches!(outcome, Err(StoreError::Conflict(_))) {
            outcome = Ok(());
            alone.extend(together);
        }
        for turn in &alone {
            outcome = outcome.and(self.settle_alone(turn).await);
        }
        outcome
    }

    async fn settle_alone(&self, turn: &DeliveryRun) -> Result<(), StoreError> {
        loop {
            match self.settle_together(slice::from_ref(turn)).await {
                Err(StoreError::Conflict(_)) => {}
                outcome => return outcome,
            }
        }
    }

    /// The relay may have added events meanwhile, so this is decided on what is there now; fails
    /// with [`StoreError::Conflict`] where somebody else changed one of them. What came of a turn
    /// whose to-do somebody else has claimed since is left to them.
    async fn settle_together(&self, turns: &[DeliveryRun]) -> Result<(), StoreError> {
        let found = self.load(turns.iter().map(|turn| &turn.claimed.subject)).await?;
        let mut writes = Vec::new();
        for (turn, found) in turns.iter().zip(found) {
            let CursorEntry::Todo(todo, guard) = found else { continue };
            if todo.epoch != turn.claimed.epoch {
                continue;
            }
            let lane = self.cursor_shard(&todo.subject);
            writes.extend(lane.replace(Some((&todo, guard)), self.remaining(&todo, turn).as_ref()));
            writes.extend(
                turn.letters
                    .iter()
                    .map(|letter| Write::put(letter.key(), Guard::Any, encode(letter))),
            );
        }
        if writes.is_empty() { Ok(()) } else { self.journal.commit(writes).await }
    }

    fn remaining(&self, todo: &DeliveryCursor, turn: &DeliveryRun) -> Option<DeliveryCursor> {
        if todo.replay != turn.claimed.replay {
            return Some(DeliveryCursor { due: self.now(), attempts: 0, ..todo.clone() });
        }
        if turn.reached >= todo.until {
            return None;
        }
        let failed_before = if turn.reached == todo.from { todo.attempts } else { 0 };
        let Some(Stop { reason, pause, is_failure }) = &turn.stop else {
            return Some(DeliveryCursor {
                from: turn.reached,
                due: self.now(),
                attempts: 0,
                ..todo.clone()
            });
        };
        let attempts = failed_before + u32::from(*is_failure);
        tracing::warn!(
            reactor = self.reactor.name(),
            attempts,
            reason,
            "an event is tried again later"
        );
        Some(DeliveryCursor {
            from: turn.reached,
            due: self.now().plus(*pause),
            attempts,
            ..todo.clone()
        })
    }
}
