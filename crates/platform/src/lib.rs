//! What every feature works with.
//!
//! [`Platform`] is the part of the state that all crates of features share: where records are kept,
//! how they change, what time it is. The rest is what background work is built from. Nothing here
//! knows a record or a route.

mod due_queue;
mod platform;
mod run_until;
#[cfg(feature = "testing")]
pub mod testing;
mod worker_pool;
mod write_behind;

pub use due_queue::{DueEntry, DueLayout, DueQueue, DueScan, LeasedEntry, Settled};
pub use platform::{Platform, PublicUrls};
pub use run_until::{NextStep, run_until};
pub use worker_pool::{PoolError, PoolLimits, WorkerPool};
pub use write_behind::{FailedWrite, WriteBehind};
