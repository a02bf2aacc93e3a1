//! Putting back quarantined records.

use std::sync::Arc;

use selfsame_store::{Guard, Record as _, StoreError, Write, decode};

use crate::Journal;
use crate::delivery_cursor::{CursorShard, DeliveryCursor};
use crate::quarantine::{Quarantined, put_back_writes};

/// Puts `record` back where it was, for a release that can read it. Fails with
/// [`StoreError::Conflict`] where something else is there, or where the record was put back or
/// deleted meanwhile, and with [`StoreError::Corrupt`] for a cursor that is still unreadable: its
/// due time, and so its entry in the list, is unknown.
pub async fn release(
    journal: &Arc<Journal>,
    record: &Quarantined,
    body: Vec<u8>,
) -> Result<(), StoreError> {
    let mut writes = Vec::new();
    if record.kind == DeliveryCursor::KIND {
        // Workers find cursors by the list that is sorted by time.
        let due = CursorShard { partition: record.partition.clone() }.due_key(&decode(&body)?);
        writes.push(Write::put(due, Guard::Any, Vec::new()));
    }
    writes.extend(put_back_writes(&**journal.store(), record, body).await?);
    journal.commit(writes).await
}
