//! What the writer finds at a key.

use selfsame_primitives::Timestamp;
use selfsame_store::Revision;

/// The row of a guarded item, which may have expired.
#[derive(Clone, Copy)]
pub(super) struct Found {
    pub(super) id: i64,
    pub(super) revision: Revision,
    pub(super) expires_at: Option<i64>,
}

impl Found {
    pub(super) fn is_alive(self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now.millis() < end)
    }
}
