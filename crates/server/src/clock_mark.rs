//! When the service was at work last, by the wall clock: what a start compares the clock with.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use selfsame_basics::{ClockWatch, Every, MonotonicTime, Timestamp};
use selfsame_events::Journal;
use selfsame_items::{Guard, ItemStore, Key, Record, StoreError, Write, decode, encode};
use serde::{Deserialize, Serialize};

/// How often it is written down.
const PUT_EVERY: Duration = Duration::from_mins(10);

/// The record.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AtWork {
    at: Timestamp,
}

impl Record for AtWork {
    const KIND: &'static str = "at-work";
}

/// Reads and writes it.
pub struct ClockMark {
    journal: Arc<Journal>,
    store: Arc<dyn ItemStore>,
    compared: AtomicBool,
    put_every: Every,
}

impl ClockMark {
    /// The one in `store`, which `journal` writes.
    #[must_use]
    pub fn new(journal: Arc<Journal>, store: Arc<dyn ItemStore>) -> Self {
        Self { journal, store, compared: AtomicBool::new(false), put_every: Every::new(PUT_EVERY) }
    }

    /// Tells `watch`, once after the start, when the service was at work before.
    pub async fn compare(&self, watch: &ClockWatch) -> Result<(), StoreError> {
        if self.compared.load(Ordering::SeqCst) {
            return Ok(());
        }
        let item = self.store.get(&key()).await?;
        // A mark that can't be read tells nothing.
        if let Some(mark) = item.and_then(|item| decode::<AtWork>(&item.body).ok()) {
            watch.was_at_work(mark.at);
        }
        self.compared.store(true, Ordering::SeqCst);
        Ok(())
    }

    /// Writes down that the service is at work `now`, where it is time for that.
    pub async fn put(&self, now: Timestamp, monotonic: MonotonicTime) -> Result<(), StoreError> {
        if !self.put_every.is_time(monotonic) {
            return Ok(());
        }
        self.journal.commit(vec![Write::put(key(), Guard::Any, encode(&AtWork { at: now }))]).await
    }
}

fn key() -> Key {
    Key::new("operations/clock", "at-work")
}

#[cfg(test)]
mod stored_forms {
    use selfsame_items::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::AtWork>();
    }
}
