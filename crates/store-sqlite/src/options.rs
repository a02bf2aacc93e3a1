//! How a database is used.

use std::time::Duration;

/// How a database is used. The defaults are measured ones.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// The most commits in one flush.
    pub batch: usize,
    /// The most commits in the writer's queue; further callers wait for room.
    pub queue: usize,
    /// How large the log may grow, in bytes, before it is moved into the database.
    pub log_bytes: u64,
    /// The page cache of each connection, in bytes.
    pub cache_bytes: u32,
    /// How long another process may hold the database before a call fails as unavailable. A process
    /// beside a server that writes without a pause gets the lock by chance, so a command line tool
    /// should wait longer.
    pub patience: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            batch: 256,
            queue: 1024,
            log_bytes: 128 << 20,
            cache_bytes: 8 << 20,
            patience: Duration::from_secs(5),
        }
    }
}
