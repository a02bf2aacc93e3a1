//! Mails that were given up, kept for a month for the operator. They hold neither addresses nor
//! content.

use std::time::Duration;

use selfsame_primitives::Timestamp;
use selfsame_store::{Key, Query, Record, Store, StoreError, decode};
use serde::{Deserialize, Serialize};

const PARTITION: &str = "mail-failed";
pub(super) const RETENTION: Duration = Duration::from_hours(30 * 24);

/// A mail that was given up.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FailedMail {
    /// Its id.
    pub id: String,
    /// The kind of mail; empty where it could not be opened.
    pub kind: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
    /// After how many tries.
    pub tries: u32,
}

impl Record for FailedMail {
    const KIND: &'static str = "failed-mail";
}

impl FailedMail {
    pub(super) fn key(&self) -> Key {
        Key::new(PARTITION, &self.id)
    }
}

/// The mails that were given up in the last 30 days, the newest first, at most `limit` and 1,000.
pub async fn failed_mails(store: &dyn Store, limit: usize) -> Result<Vec<FailedMail>, StoreError> {
    let page =
        store.query(&Query::prefix(PARTITION, "").backward().limit(limit.clamp(1, 1000))).await?;
    page.items.iter().map(|item| Ok(decode(&item.body)?)).collect()
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::FailedMail>();
    }
}
