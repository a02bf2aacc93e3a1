//! Counters of every request, without a lock.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::StatusCode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;

use super::{Answered, Durations, OnRoute};

/// Address and length of a static text. Comparing them is enough, since the texts themselves are
/// compared when a counter is made.
type Place = (usize, usize);

/// The key of a counter: a registry, a method, a route and a status.
type Slot = (u64, Place, Place, u16);

thread_local! {
    /// The counters that this thread has used. A family finds a counter behind a lock and by a hash
    /// of its labels, which this avoids for every request. The number of counters is bounded by the
    /// routes, methods and statuses.
    static USED: RefCell<HashMap<Slot, (Counter, Durations)>> = RefCell::default();
}

/// Responses by route.
#[derive(Debug)]
pub(super) struct Answers {
    /// Distinguishes the counters of several registries in one process.
    registry: u64,
    pub(super) requests: Family<Answered, Counter>,
    pub(super) durations: Family<OnRoute, Durations>,
}

impl Default for Answers {
    fn default() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let registry = NEXT.fetch_add(1, Ordering::Relaxed);
        Self { registry, requests: Family::default(), durations: Family::default() }
    }
}

impl Answers {
    pub(super) fn count(
        &self,
        method: &'static str,
        route: &'static str,
        status: StatusCode,
        elapsed: Duration,
    ) {
        let slot = (self.registry, place(method), place(route), status.as_u16());
        USED.with_borrow_mut(|used| {
            let (requests, durations) =
                used.entry(slot).or_insert_with(|| self.find(method, route, status));
            requests.inc();
            durations.observe(elapsed);
        });
    }

    fn find(
        &self,
        method: &'static str,
        route: &'static str,
        status: StatusCode,
    ) -> (Counter, Durations) {
        let answered = Answered { method, route, status: status.as_u16() };
        let requests = self.requests.get_or_create_owned(&answered);
        (requests, self.durations.get_or_create_owned(&OnRoute { method, route }))
    }
}

fn place(text: &'static str) -> Place {
    (text.as_ptr().addr(), text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_threads_count_into_one_and_registries_stay_apart() {
        let (answers, others) = (Answers::default(), Answers::default());
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..100 {
                        answers.count("GET", "/x", StatusCode::OK, Duration::ZERO);
                    }
                });
            }
        });
        others.count("GET", "/x", StatusCode::OK, Duration::ZERO);
        let total = |answers: &Answers| answers.find("GET", "/x", StatusCode::OK).0.get();
        assert_eq!((total(&answers), total(&others)), (400, 1));
    }
}
