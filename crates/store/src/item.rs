//! What a store holds.

use bytes::Bytes;
use selfsame_primitives::Timestamp;

use crate::{Key, Revision};

/// Something that was committed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Item {
    /// Where it lies.
    pub key: Key,
    /// Which commit wrote it.
    pub revision: Revision,
    /// Its content.
    pub body: Bytes,
    /// When the item expires. A store never returns an expired item.
    pub expires_at: Option<Timestamp>,
}
