//! A platform in memory, for tests of the crates above.

use std::sync::Arc;
use std::time::Duration;

use selfsame_events::{AddressSealer, Journal};
use selfsame_primitives::{Clock, ClockWatch, Keys, Random};
use selfsame_store::Store;
use selfsame_web::{Counters, RateLimiter};

use crate::{Platform, PublicUrls};

/// A platform on `store`, by `clock`, with the random numbers of `random`. Nothing gets its events.
#[must_use]
pub fn platform(
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
) -> Arc<Platform> {
    let keys = Arc::new(Keys::from_master(&[7; 32]));
    let (at, chance) = (Arc::clone(&clock), Arc::clone(&random));
    let day = Duration::from_hours(24);
    let journal = Journal::new(Arc::clone(&store), at, chance, Vec::new(), day);
    let (at, chance) = (Arc::clone(&clock), Arc::clone(&random));
    let addresses = AddressSealer::new(Arc::clone(&store), at, chance, Arc::clone(&keys));
    Arc::new(Platform {
        store,
        journal: Arc::new(journal),
        clock_watch: Arc::new(ClockWatch::new(Arc::clone(&clock))),
        clock,
        random,
        keys,
        counters: Arc::new(Counters::of(&[])),
        addresses: Arc::new(addresses),
        rate_limiter: RateLimiter::new(1024),
        urls: PublicUrls::default(),
    })
}
