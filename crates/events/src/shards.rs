//! The shards of the outbox and of delivery cursors, and sets of them.

use std::ops::BitOrAssign;

use selfsame_primitives::UserId;

/// Stored keys hold the shard, so this never changes. Several relays can work side by side on
/// different shards.
pub(crate) const SHARDS: u8 = 16;

/// The shard of a subject: FNV-1a, which never changes, since keys hold it.
pub(crate) fn shard_of(subject: &UserId) -> u8 {
    let hash = subject.as_str().bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    u8::try_from(hash % u64::from(SHARDS)).unwrap_or(0)
}

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

    /// The shard of `subject`.
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
