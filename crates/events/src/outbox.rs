//! Pointers to events that somebody waits for, until the relay has noted who.

use selfsame_primitives::{UserId, stored};
use selfsame_store::{Action, Key, Record, Write};
use serde::{Deserialize, Serialize};

use crate::shards::{Shards, shard_of};

const PREFIX: &str = "outbox/";

pub(crate) fn partition(shard: u8) -> String {
    format!("{PREFIX}{shard:02}")
}

/// Where `writes`, which are one change of one user, put something into the outbox.
pub(crate) fn added(writes: &[Write]) -> Option<Shards> {
    let mut puts = writes.iter().filter(|write| matches!(write.action, Action::Put { .. }));
    let shard = puts.find_map(|write| write.key.partition.strip_prefix(PREFIX))?;
    shard.parse().ok().map(Shards::one)
}

/// Points to the events of one commit.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct OutboxRecord {
    /// Whose events.
    #[serde(deserialize_with = "stored::text")]
    pub(crate) subject: UserId,
    /// The sequence of the first one.
    pub(crate) from: u64,
    /// The sequence behind the last one.
    pub(crate) until: u64,
    /// The reactors that want some of them.
    pub(crate) reactors: Vec<String>,
}

impl Record for OutboxRecord {
    const KIND: &'static str = "pointer";
}

impl OutboxRecord {
    /// Its place. Sorted by subject and sequence, never by time: pointers of one user are found in
    /// the order of their commits, whatever the clocks of several nodes say.
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
