//! Putting back what was set aside.

use std::sync::Arc;

use selfsame_store::{Guard, Record as _, StoreError, Write, decode};

use crate::Journal;
use crate::delivery_cursor::{CursorShard, DeliveryCursor};
use crate::quarantine::{Quarantined, back};

/// Puts `record` back to where it was: whoever could not read it may do so now. Fails with
/// [`StoreError::Conflict`] where something else is there, or where somebody has put it back or
/// deleted it meanwhile, and with [`StoreError::Corrupt`] where it still can't be read and nobody
/// would find it.
pub async fn release(
    journal: &Arc<Journal>,
    record: &Quarantined,
    body: Vec<u8>,
) -> Result<(), StoreError> {
    let mut writes = Vec::new();
    if record.kind == DeliveryCursor::KIND {
        // Workers look for it in the list that is sorted by time.
        let due = CursorShard { partition: record.partition.clone() }.due_key(&decode(&body)?);
        writes.push(Write::put(due, Guard::Any, Vec::new()));
    }
    writes.extend(back(&**journal.store(), record, body).await?);
    journal.commit(writes).await
}
