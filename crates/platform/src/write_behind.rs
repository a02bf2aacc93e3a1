//! Values that a task writes later, so that no answer waits for the write, or reveals by its time
//! that there is one.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use selfsame_store::StoreError;

/// What becomes of a value that could not be written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FailedWrite {
    /// The value is dropped, and the values after it are written. For what is pushed again anyway.
    Drop,
    /// The value is kept for the next flush, and so are the values after it.
    Retry,
}

/// Values in memory that are to be written, one for each key, in the order of the keys.
///
/// They are lost when the process dies. So this is for what can be counted anew, or matters little.
///
/// To keep every value, in the order of arrival, use a growing number as the key.
pub struct WriteBehind<K, V> {
    waiting: Mutex<BTreeMap<K, V>>,
    limit: usize,
    failed: FailedWrite,
}

impl<K, V> fmt::Debug for WriteBehind<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WriteBehind({} wait)", self.lock().len())
    }
}

impl<K, V> WriteBehind<K, V> {
    /// For at most `limit` values at a time, so that no flood of requests uses up the memory.
    #[must_use]
    pub const fn new(limit: usize, failed: FailedWrite) -> Self {
        Self { waiting: Mutex::new(BTreeMap::new()), limit, failed }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<K, V>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Ord + Clone, V: Clone> WriteBehind<K, V> {
    /// Queues `value`. It is dropped where `key` has a value already, and where there is no room.
    /// Never blocks on I/O.
    pub fn push(&self, key: K, value: V) {
        let mut waiting = self.lock();
        if waiting.len() < self.limit {
            waiting.entry(key).or_insert(value);
        }
    }

    /// Writes the queued values, one after the other, also those pushed meanwhile with a key after
    /// the last written one. Returns the first error.
    pub async fn flush<F, Fut>(&self, write: F) -> Result<(), StoreError>
    where
        F: Fn(K, V) -> Fut,
        Fut: Future<Output = Result<(), StoreError>>,
    {
        let (mut outcome, mut last) = (Ok(()), None);
        while let Some((key, value)) = self.take_after(last.as_ref()) {
            // Taken out before the write: one that panics is not tried for ever.
            let written = write(key.clone(), value.clone()).await;
            if written.is_err() && self.failed == FailedWrite::Retry {
                self.lock().insert(key, value);
                return written;
            }
            outcome = outcome.and(written);
            last = Some(key);
        }
        outcome
    }

    /// Each key is taken once in a flush: one that is pushed again and again can't keep it from
    /// ending.
    fn take_after(&self, last: Option<&K>) -> Option<(K, V)> {
        let mut waiting = self.lock();
        let from = last.map_or(Bound::Unbounded, Bound::Excluded);
        let key = waiting.range::<K, _>((from, Bound::Unbounded)).next()?.0.clone();
        waiting.remove_entry(&key)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::future::ready;

    use super::*;

    fn down() -> StoreError {
        StoreError::Unavailable("down".into())
    }

    /// Values 0 to 9 under their own number.
    fn ten(failed: FailedWrite) -> WriteBehind<u32, u32> {
        let behind = WriteBehind::new(10, failed);
        (0..10).rev().for_each(|number| behind.push(number, number));
        behind
    }

    /// Flushes while writes of `broken` fail; gives the outcome and what was tried.
    async fn flush(
        behind: &WriteBehind<u32, u32>,
        broken: &[u32],
    ) -> (Result<(), StoreError>, Vec<u32>) {
        let tried = RefCell::new(Vec::new());
        let outcome = behind
            .flush(|key, value| {
                tried.borrow_mut().push(value);
                ready(if broken.contains(&key) { Err(down()) } else { Ok(()) })
            })
            .await;
        (outcome, tried.into_inner())
    }

    #[tokio::test]
    async fn what_waits_is_written_once_in_the_order_of_its_keys() {
        let behind = ten(FailedWrite::Drop);
        assert_eq!(flush(&behind, &[]).await, (Ok(()), (0..10).collect()));
        assert_eq!(flush(&behind, &[]).await, (Ok(()), Vec::new()));
        // In a task, as the uses do.
        let flushed = tokio::spawn(async move { behind.flush(|_, _| ready(Err(down()))).await });
        assert_eq!(flushed.await.unwrap(), Ok(()), "nothing waits any more");
    }

    #[tokio::test]
    async fn the_first_value_of_a_key_is_kept() {
        let behind = WriteBehind::new(10, FailedWrite::Drop);
        behind.push(1, 7);
        behind.push(1, 8);
        assert_eq!(flush(&behind, &[]).await.1, [7]);
        behind.push(1, 8);
        assert_eq!(flush(&behind, &[]).await.1, [8], "the key is free again");
    }

    #[tokio::test]
    async fn beyond_the_limit_values_are_dropped_until_there_is_room() {
        let behind = ten(FailedWrite::Drop);
        behind.push(10, 10);
        assert_eq!(flush(&behind, &[]).await, (Ok(()), (0..10).collect()));
        behind.push(10, 10);
        assert_eq!(flush(&behind, &[]).await.1, [10]);
    }

    #[tokio::test]
    async fn a_failed_write_that_is_dropped_keeps_no_other_from_being_written() {
        let behind = ten(FailedWrite::Drop);
        assert_eq!(flush(&behind, &[3, 5]).await, (Err(down()), (0..10).collect()));
        assert_eq!(flush(&behind, &[]).await, (Ok(()), Vec::new()));
    }

    #[tokio::test]
    async fn a_failed_write_that_is_tried_again_waits_with_those_behind_it() {
        let behind = ten(FailedWrite::Retry);
        assert_eq!(flush(&behind, &[3]).await, (Err(down()), (0..=3).collect()));
        behind.push(10, 10);
        assert_eq!(flush(&behind, &[]).await, (Ok(()), (3..=10).collect()));
    }

    #[tokio::test]
    async fn what_is_pushed_during_a_flush_is_written_with_it_unless_its_key_was_passed() {
        let behind = ten(FailedWrite::Drop);
        let tried = RefCell::new(Vec::new());
        let write = |key: u32, value: u32| {
            tried.borrow_mut().push(value);
            if key == 5 {
                behind.push(5, 50);
                behind.push(20, 20);
            }
            ready(Ok(()))
        };
        behind.flush(write).await.unwrap();
        assert_eq!(tried.borrow().as_slice(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 20]);
        assert_eq!(flush(&behind, &[]).await.1, [50]);
    }
}
