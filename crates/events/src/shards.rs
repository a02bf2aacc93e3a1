//! The shards that somebody has to look at.

use std::ops::BitOrAssign;

use selfsame_basics::UserId;

use crate::outbox::{SHARDS, shard_of};

/// Some of the [`SHARDS`]: one bit for each.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Shards(pub(crate) u16);

const _: () = assert!(u16::BITS == SHARDS as u32, "there is a bit for each shard");

impl Shards {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const ALL: Self = Self(u16::MAX);

    pub(crate) const fn one(shard: u8) -> Self {
        Self(1 << shard)
    }

    /// The one of `subject`.
    pub(crate) fn of(subject: &UserId) -> Self {
        Self::one(shard_of(subject))
    }

    pub(crate) const fn has(self, shard: u8) -> bool {
        self.0 & Self::one(shard).0 != 0
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = u8> {
        (0..SHARDS).filter(move |shard| self.has(*shard))
    }
}

impl BitOrAssign for Shards {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}
