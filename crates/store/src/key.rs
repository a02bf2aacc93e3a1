//! Where an item lies.

use std::fmt;

/// The key of an item: a partition, and a sort key that orders the items of the partition by the
/// bytes of its UTF-8.
///
/// Both parts are text, so that an operator can read them in the shell of any store.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Key {
    /// What is written, read in order and erased together, e.g. `user/usr_01J…`.
    pub partition: String,
    /// The key within the partition, e.g. `profile`.
    pub sort: String,
}

impl Key {
    /// The key at `sort` of `partition`.
    #[must_use]
    pub fn new(partition: impl Into<String>, sort: impl Into<String>) -> Self {
        Self { partition: partition.into(), sort: sort.into() }
    }

    /// Its length in bytes, both parts together.
    #[must_use]
    pub fn size(&self) -> usize {
        self.partition.len() + self.sort.len()
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.partition, self.sort)
    }
}
