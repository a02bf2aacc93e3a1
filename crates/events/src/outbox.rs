//! Outbox records: commits whose events the relay must still distribute.

use selfsame_primitives::{UserId, stored};
use selfsame_store::{Action, Key, Record, Write};
use serde::{Deserialize, Serialize};

use crate::shards::{Shards, shard_of};

const PREFIX: &str = "outbox/";

pub(crate) fn partition(shard: u8) -> String {
    format!("{PREFIX}{shard:02}")
}

/// The shard in which `writes`, which are one change of one user, put an outbox record.
pub(crate) fn added(writes: &[Write]) -> Option<Shards> {
    let mut puts = writes.iter().filter(|write| matches!(write.action, Action::Put { .. }));
    let shard = puts.find_map(|write| write.key.partition.strip_prefix(PREFIX))?;
    shard.parse().ok().map(Shards::one)
}

/// The events of one commit.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct OutboxRecord {
    /// The subject of the events.
    #[serde(deserialize_with = "stored::text")]
    pub(crate) subject: UserId,
    /// The sequence of the first event.
    pub(crate) from: u64,
    /// The sequence after the last event.
    pub(crate) until: u64,
    /// The subscriptions that handle some of them.
    pub(crate) reactors: Vec<String>,
}

impl Record for OutboxRecord {
    const KIND: &'static str = "pointer";
}

impl OutboxRecord {
    /// Its key. Sorted by subject and sequence, never by time: records of one user are found in the
    /// order of their commits, whatever the clocks of several nodes say.
    pub(crate) fn key(&self) -> Key {
        Key::new(partition(shard_of(&self.subject)), format!("{}/{:012}", self.subject, self.from))
    }
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::OutboxRecord>();
    }
}
