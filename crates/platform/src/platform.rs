//! The state beneath all features.

use std::fmt;
use std::sync::Arc;

use selfsame_events::{AddressSealer, Journal};
use selfsame_primitives::{Clock, ClockWatch, Keys, MonotonicTime, Random, Timestamp};
use selfsame_store::Store;
use selfsame_web::{Counters, RateLimiter};

/// What every feature works with.
pub struct Platform {
    /// The store of all records.
    pub store: Arc<dyn Store>,
    /// The way in which anything about a user changes.
    pub journal: Arc<Journal>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Whether the wall clock was set.
    pub clock_watch: Arc<ClockWatch>,
    /// Where random bytes come from.
    pub random: Arc<dyn Random>,
    /// The keys of this installation.
    pub keys: Arc<Keys>,
    /// What is counted; `/metrics` shows it.
    pub counters: Arc<Counters>,
    /// Seals the addresses that clients call from.
    pub addresses: Arc<AddressSealer>,
    /// How often each user or client did something lately.
    pub rate_limiter: RateLimiter,
    /// Where the service is reached from outside.
    pub urls: PublicUrls,
}

/// Where the service is reached from outside.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PublicUrls {
    /// The service itself, without a slash at the end: `http://127.0.0.1:8080`.
    pub public: String,
    /// Pictures; the service itself unless a CDN stands before it.
    pub media: String,
    /// Origins besides `public` whose pages may use the session cookie: `https://app.example.org`.
    pub origins: Vec<String>,
}

impl Default for PublicUrls {
    fn default() -> Self {
        Self {
            public: "http://127.0.0.1:8080".into(),
            media: "http://127.0.0.1:8080".into(),
            origins: Vec::new(),
        }
    }
}

impl fmt::Debug for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Platform")
    }
}

impl Platform {
    /// The present.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The present by the monotonic clock, for limits: the wall clock may be set.
    #[must_use]
    pub fn monotonic(&self) -> MonotonicTime {
        self.clock.monotonic()
    }
}
