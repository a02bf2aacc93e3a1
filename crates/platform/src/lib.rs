//! What all features share.
//!
//! [`Platform`] is the part of the state that all crates of features use: the store, the journal,
//! the clock. The rest are building blocks of background work. Nothing here has a record or a
//! route.

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
