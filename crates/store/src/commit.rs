//! What is written together.

use bytes::Bytes;
use selfsame_primitives::{Random, Timestamp};

use crate::Key;

/// Names one commit, so that a retry of it is recognised.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct CommitToken(u128);

impl CommitToken {
    /// A new one.
    #[must_use]
    pub fn generate(random: &dyn Random) -> Self {
        Self(u128::from_le_bytes(random.bytes()))
    }

    /// The token as a number, as a store writes it.
    #[must_use]
    pub const fn number(self) -> u128 {
        self.0
    }

    /// The revision that every item put by this commit has.
    #[must_use]
    pub const fn revision(self) -> Revision {
        // 63 bits, since SQL stores have no unsigned numbers; never 0.
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the low bits are as random as the high ones"
        )]
        Revision((self.0 as u64 >> 1) | 1)
    }
}

/// Which commit wrote an item. It has no order: it is only the same or not. Since it is drawn from
/// the commit's random token, an item that was deleted and made again never has the revision it
/// once had.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Revision(u64);

impl Revision {
    /// The revision that a store wrote as `number`.
    #[must_use]
    pub const fn from_number(number: u64) -> Self {
        Self(number)
    }

    /// The revision as a number below 2^63, as a store writes it.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

/// What must be true of an item for the commit to happen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Guard {
    /// There is none (or it has expired).
    Absent,
    /// It is there, unexpired, with this revision.
    Revision(Revision),
    /// Nothing.
    Any,
}

impl Guard {
    /// Whether the guard holds for an item that has the revision `found`, or that is absent or
    /// expired.
    #[must_use]
    pub fn holds(self, found: Option<Revision>) -> bool {
        match self {
            Self::Absent => found.is_none(),
            Self::Revision(wanted) => found == Some(wanted),
            Self::Any => true,
        }
    }
}

/// What happens to an item.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Action {
    /// It is made or replaced.
    Put {
        /// Its content, at most 400,000 bytes with the key.
        body: Bytes,
        /// When it is to be gone.
        expires_at: Option<Timestamp>,
    },
    /// It is gone; no error where it was not there (unless the guard says so).
    Delete,
    /// Nothing: only the guard counts.
    Check,
}

impl Action {
    /// How many bytes it brings.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::Put { body, .. } => body.len(),
            Self::Delete | Self::Check => 0,
        }
    }
}

/// One item's part in a commit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Write {
    /// Which item.
    pub key: Key,
    /// On what condition.
    pub guard: Guard,
    /// What happens.
    pub action: Action,
}

impl Write {
    /// Makes or replaces an item that does not expire.
    #[must_use]
    pub fn put(key: Key, guard: Guard, body: impl Into<Bytes>) -> Self {
        Self { key, guard, action: Action::Put { body: body.into(), expires_at: None } }
    }

    /// Makes or replaces an item that is gone from `expires_at` on.
    #[must_use]
    pub fn put_until(
        key: Key,
        guard: Guard,
        body: impl Into<Bytes>,
        expires_at: Timestamp,
    ) -> Self {
        Self { key, guard, action: Action::Put { body: body.into(), expires_at: Some(expires_at) } }
    }

    /// Deletes an item.
    #[must_use]
    pub const fn delete(key: Key, guard: Guard) -> Self {
        Self { key, guard, action: Action::Delete }
    }

    /// Only checks the guard.
    #[must_use]
    pub const fn check(key: Key, guard: Guard) -> Self {
        Self { key, guard, action: Action::Check }
    }
}

/// Writes that happen all or not at all.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Commit {
    /// Names the commit.
    pub token: CommitToken,
    /// 1 to 100 writes, one for each key, at most 4 MB together.
    pub writes: Vec<Write>,
}
