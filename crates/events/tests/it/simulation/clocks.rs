//! Each node's clocks: a wall clock that is set to wrong times, and a monotonic clock that goes a
//! little too fast or too slow.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use selfsame_primitives::{Clock, ManualClock, MonotonicTime, Timestamp};

/// The clocks of one node, which hang on the time of the world.
pub(crate) struct NodeClock {
    world: Arc<ManualClock>,
    /// Milliseconds that the wall clock is ahead.
    ahead: AtomicI64,
    /// Thousandths of the right rate.
    rate: u64,
}

impl NodeClock {
    pub(crate) fn new(world: Arc<ManualClock>, rate: u64) -> Self {
        Self { world, ahead: AtomicI64::new(0), rate }
    }

    /// Sets the wall clock so many milliseconds ahead of the time of the world.
    pub(crate) fn set(&self, ahead: i64) {
        self.ahead.store(ahead, Ordering::SeqCst);
    }
}

impl Clock for NodeClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.world.now().millis() + self.ahead.load(Ordering::SeqCst))
    }

    fn monotonic(&self) -> MonotonicTime {
        MonotonicTime::from_nanos(self.world.monotonic().nanos() / 1000 * self.rate)
    }
}
