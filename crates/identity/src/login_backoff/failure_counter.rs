//! Failures of one key, with an exponential pause and a bound on attempts at once.

use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use selfsame_primitives::{Clock, MonotonicTime};
use tokio::sync::Notify;

/// Failures per name and network without a pause: people mistype.
pub(super) const FREE_FOR_PAIR: u32 = 5;
/// Failures per network without a pause: an office shares an address.
pub(super) const FREE_FOR_NETWORK: u32 = 30;
/// The longest pause. It bounds the harm that an attacker in the same network can do to browsers
/// without a device cookie.
const LONGEST: Duration = Duration::from_mins(15);
/// Failures are forgotten after this time without another one.
pub(super) const FORGOTTEN: Duration = Duration::from_hours(1);

/// The count of a [`FailureCounter`].
#[derive(Clone, Copy, Default)]
pub(super) struct Count {
    pub(super) failures: u32,
    /// Attempts whose outcome is not known yet.
    pub(super) pending: u32,
    blocked_until: MonotonicTime,
    last: MonotonicTime,
}

impl Count {
    /// The time until another attempt is allowed, where it is not now.
    pub(super) fn wait(self, now: MonotonicTime) -> Option<Duration> {
        (now < self.blocked_until).then(|| self.blocked_until.since(now))
    }

    /// Whether one more attempt may be pending. As many may be as can still fail without a pause:
    /// concurrent guesses gain nothing over sequential ones. At least one may be, else nothing
    /// would go on.
    fn has_room(self, free: u32) -> bool {
        self.pending < free.saturating_sub(self.failures).max(1)
    }

    fn is_forgotten(self, now: MonotonicTime) -> bool {
        now.since(self.last) >= FORGOTTEN
    }

    /// Counts a failure. From the `free`th on a pause follows: 1, 2, 4 … seconds.
    pub(super) fn fail(&mut self, now: MonotonicTime, free: u32) {
        if self.is_forgotten(now) {
            *self = Self { pending: self.pending, ..Self::default() };
        }
        self.failures += 1;
        self.last = now;
        if let Some(beyond) = self.failures.checked_sub(free) {
            // 2^16 seconds are beyond `LONGEST`; a larger shift would overflow.
            let pause = Duration::from_secs(1 << beyond.min(16));
            self.blocked_until = now.plus(pause.min(LONGEST));
        }
    }

    /// Forgets all failures, and says how many counted at `now`.
    pub(super) fn reset(&mut self, now: MonotonicTime) -> u32 {
        // Pending attempts stay: each `PendingAttempt` takes itself off when it is dropped.
        let failures = if self.is_forgotten(now) { 0 } else { self.failures };
        *self = Self { pending: self.pending, ..Self::default() };
        failures
    }

    /// Takes back `failures` of the network that a success of the same client followed. Failures at
    /// other names stay, so an attacker can't clear them with an account of their own.
    pub(super) fn forgive(&mut self, failures: u32, free: u32) {
        self.failures = self.failures.saturating_sub(failures);
        if self.failures < free {
            self.blocked_until = MonotonicTime::default();
        }
    }
}

/// Counts the failures of one key.
#[derive(Default)]
pub(super) struct FailureCounter {
    count: Mutex<Count>,
    /// Notified when a pending attempt ends.
    ended: Notify,
}

impl FailureCounter {
    pub(super) fn lock(&self) -> MutexGuard<'_, Count> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until another attempt may be pending, with `free` failures that cost nothing.
    ///
    /// # Errors
    /// The time to wait, where too many attempts have failed.
    pub(super) async fn acquire(
        self: Arc<Self>,
        free: u32,
        clock: &dyn Clock,
    ) -> Result<PendingAttempt, Duration> {
        loop {
            let mut ended = pin!(self.ended.notified());
            // Enabled before the check: an attempt that ends in between would not be noticed.
            ended.as_mut().enable();
            {
                let mut count = self.lock();
                if let Some(wait) = count.wait(clock.monotonic()) {
                    return Err(wait);
                }
                if count.has_room(free) {
                    count.pending += 1;
                    drop(count);
                    return Ok(PendingAttempt(Arc::clone(&self)));
                }
            }
            ended.await;
        }
    }
}

/// A pending attempt of its counter, until it is dropped. A drop without an outcome (the client
/// hung up, the service is full) counts for nothing and reveals nothing.
pub(super) struct PendingAttempt(Arc<FailureCounter>);

impl PendingAttempt {
    pub(super) fn count(&self) -> MutexGuard<'_, Count> {
        self.0.lock()
    }
}

impl Drop for PendingAttempt {
    fn drop(&mut self) {
        let mut count = self.0.lock();
        count.pending = count.pending.saturating_sub(1);
        drop(count);
        self.0.ended.notify_waiters();
    }
}
