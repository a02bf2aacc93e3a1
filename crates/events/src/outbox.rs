//! Pointers to events that somebody waits for, until the relay has noted who.

use selfsame_basics::UserId;
use selfsame_items::{Action, Key, Record, Write};
use serde::{Deserialize, Serialize};

use crate::shards::Shards;

/// So many parts share the outbox, so that several relays can work side by side.
pub(crate) const SHARDS: u8 = 16;

/// The shard of a subject: FNV-1a, which never changes.
pub(crate) fn shard_of(subject: &UserId) -> u8 {
    let hash = subject.as_str().bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    u8::try_from(hash % u64::from(SHARDS)).unwrap_or(0)
}

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
pub(crate) struct Pointer {
    /// Whose events.
    pub(crate) subject: UserId,
    /// The sequence of the first one.
    pub(crate) from: u64,
    /// The sequence behind the last one.
    pub(crate) until: u64,
    /// The reactors that want some of them.
    pub(crate) reactors: Vec<String>,
}

impl Record for Pointer {
    const KIND: &'static str = "pointer";
}

impl Pointer {
    /// Its place. Sorted by subject and sequence, never by time: pointers of one user are found in the order of their commits,
    /// whatever the clocks of several nodes say.
    pub(crate) fn key(&self) -> Key {
        Key::new(partition(shard_of(&self.subject)), format!("{}/{:012}", self.subject, self.from))
    }
}
