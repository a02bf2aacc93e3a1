//! Records of queues that can't be read: set aside, so that the queue goes on, and kept for the
//! operator.
//!
//! Only damaged records are set aside. What a later release has written is whole and stays where it
//! is (docs/decisions/0039).

use std::sync::Arc;

use selfsame_primitives::{Timestamp, new_ulid};
use selfsame_store::{
    Action, Guard, Item, Key, Maintenance, Query, Record, Store, StoreError, Write, decode, encode,
};
use serde::{Deserialize, Serialize};

use crate::Journal;

/// Prefix of the partitions of the quarantine, before the kind of record.
pub const PARTITIONS: &str = "quarantine/";
/// Sort key prefixes: of the description of a record, and of its bytes as they were.
const DESCRIPTION: &str = "told/";
const BODY: &str = "body/";

/// A record that was set aside.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Quarantined {
    /// A ULID.
    pub id: String,
    /// What it should be.
    pub kind: String,
    /// Where it was.
    pub partition: String,
    /// Where it was.
    pub sort: String,
    /// Why it could not be read.
    pub reason: String,
    /// When it was set aside.
    pub at: Timestamp,
    /// When it would have been gone by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

impl Record for Quarantined {
    const KIND: &'static str = "quarantined";
}

impl Quarantined {
    fn description_key(&self) -> Key {
        Key::new(partition(&self.kind), format!("{DESCRIPTION}{}", self.id))
    }

    fn body_key(&self) -> Key {
        Key::new(partition(&self.kind), format!("{BODY}{}", self.id))
    }

    fn origin(&self) -> Key {
        Key::new(&self.partition, &self.sort)
    }
}

fn partition(kind: &str) -> String {
    format!("{PARTITIONS}{kind}")
}

/// What became of reading an item of a queue.
pub enum Read<R> {
    /// It is this.
    Record(R),
    /// It was damaged, and was set aside.
    SetAside,
    /// A later release has written it: it must stay where it is, and nothing must overtake it.
    Newer,
}

/// Reads the record in `item`, or sets it aside.
pub async fn read_or_set_aside<R: Record>(
    journal: &Arc<Journal>,
    item: &Item,
) -> Result<Read<R>, StoreError> {
    match decode(&item.body).map_err(StoreError::from) {
        Ok(record) => Ok(Read::Record(record)),
        Err(StoreError::Newer(_)) => Ok(Read::Newer),
        Err(error) => {
            set_aside(journal, R::KIND, item, &error.to_string()).await.map(|()| Read::SetAside)
        }
    }
}

/// Sets `item` aside, which should be a `kind` and can't be read for this `reason`. Does nothing
/// where it has changed meanwhile.
pub async fn set_aside(
    journal: &Arc<Journal>,
    kind: &str,
    item: &Item,
    reason: &str,
) -> Result<(), StoreError> {
    let now = journal.clock().now();
    let description = Quarantined {
        id: new_ulid(now, journal.random()),
        kind: kind.to_owned(),
        partition: item.key.partition.clone(),
        sort: item.key.sort.clone(),
        reason: reason.to_owned(),
        at: now,
        expires_at: item.expires_at,
    };
    let writes = vec![
        Write::delete(item.key.clone(), Guard::Revision(item.revision)),
        Write::put(description.description_key(), Guard::Absent, encode(&description)),
        Write::put(description.body_key(), Guard::Absent, item.body.to_vec()),
    ];
    match journal.commit(writes).await {
        Ok(()) => {
            tracing::error!(
                kind,
                id = description.id,
                reason,
                "a record can't be read; it is in quarantine, see `selfsame quarantine list`"
            );
            Ok(())
        }
        Err(StoreError::Conflict(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// How many records of each kind are set aside, sorted by kind.
pub async fn counts(store: &dyn Maintenance) -> Result<Vec<(String, usize)>, StoreError> {
    let (mut counts, mut after) = (std::collections::BTreeMap::new(), None);
    loop {
        let page = store.scan(PARTITIONS, after.as_ref()).await?;
        for item in page.items.iter().filter(|item| item.key.sort.starts_with(DESCRIPTION)) {
            let kind = item.key.partition.trim_start_matches(PARTITIONS).to_owned();
            *counts.entry(kind).or_default() += 1;
        }
        after = page.next;
        if after.is_none() {
            return Ok(counts.into_iter().collect());
        }
    }
}

/// Up to `limit` of the records of `kind` that are set aside, the oldest first. Where the
/// description of one is unreadable itself, its own key and error stand in for it, and the others
/// follow.
pub async fn list(
    store: &dyn Store,
    kind: &str,
    limit: usize,
) -> Result<Vec<Quarantined>, StoreError> {
    let page = store.query(&Query::prefix(partition(kind), DESCRIPTION).limit(limit)).await?;
    Ok(page.items.iter().map(|item| description_of(kind, item)).collect())
}

fn description_of(kind: &str, item: &Item) -> Quarantined {
    decode(&item.body).unwrap_or_else(|error| Quarantined {
        id: item.key.sort.trim_start_matches(DESCRIPTION).to_owned(),
        kind: kind.to_owned(),
        partition: item.key.partition.clone(),
        sort: item.key.sort.clone(),
        reason: format!("what tells of this record can't be read itself: {error}"),
        // The time is only in the description.
        at: Timestamp::default(),
        expires_at: None,
    })
}

/// The description of the record of `kind` that is set aside as `id`, and its bytes.
pub async fn find(
    store: &dyn Store,
    kind: &str,
    id: &str,
) -> Result<Option<(Quarantined, Vec<u8>)>, StoreError> {
    let keys = [DESCRIPTION, BODY].map(|part| Key::new(partition(kind), format!("{part}{id}")));
    let found = store.get_many(&keys).await?;
    let [Some(description), Some(body)] = found.as_slice() else { return Ok(None) };
    Ok(Some((decode(&description.body)?, body.body.to_vec())))
}

/// The writes that put `record` back, provided that nothing else is there now.
pub(crate) async fn put_back_writes(
    store: &dyn Store,
    record: &Quarantined,
    body: Vec<u8>,
) -> Result<Vec<Write>, StoreError> {
    let action = Action::Put { body: body.into(), expires_at: record.expires_at };
    let mut writes = Vec::from(take_out_writes(store, record).await?);
    writes.push(Write { key: record.origin(), guard: Guard::Absent, action });
    Ok(writes)
}

/// Deletes `record` for good. Fails with [`StoreError::Conflict`] where it was deleted or put back
/// meanwhile.
pub async fn discard(journal: &Arc<Journal>, record: &Quarantined) -> Result<(), StoreError> {
    let writes = take_out_writes(&**journal.store(), record).await?;
    journal.commit(writes.into()).await
}

/// The writes that take `record` out of quarantine, guarded so that only one commit does: a record
/// that was put back may be used up before another commit puts it back too, and a mail would be
/// sent twice.
async fn take_out_writes(
    store: &dyn Store,
    record: &Quarantined,
) -> Result<[Write; 2], StoreError> {
    let key = record.description_key();
    let Some(description) = store.get(&key).await? else { return Err(StoreError::Conflict(key)) };
    Ok([
        Write::delete(key, Guard::Revision(description.revision)),
        Write::delete(record.body_key(), Guard::Any),
    ])
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::Quarantined>();
    }
}
