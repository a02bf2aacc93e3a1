//! Counts refused sign-ins per account, in the memory of this node.
//!
//! An attacker decides how often a sign-in is refused, so few writes may follow from it: at most
//! [`A_DAY`] events a day and account. A name without an account is counted the same way, without
//! an event: the time must not reveal which it is.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use quick_cache::sync::Cache;
use selfsame_primitives::Timestamp;

use crate::events::SignInsRefused;
use crate::network::network;

/// Names that are counted at once. Often tried ones stay.
const CAPACITY: usize = 50_000;
/// The first report comes at this many within [`BURST`].
const FEW: u32 = 5;
/// People mistype, but not so often in so short a time.
const BURST: Duration = Duration::from_mins(15);
/// This many within [`DAY`] are reported, however slowly they come.
const SLOW: u32 = 20;
const DAY: Duration = Duration::from_hours(24);
/// Events per account and day.
const A_DAY: u32 = 6;
/// Networks in an event.
const NETWORKS: usize = 5;

#[derive(Default)]
struct Count {
    burst: u32,
    burst_since: Timestamp,
    day: u32,
    day_since: Timestamp,
    reports: u32,
    /// The count of the day at the next report.
    next: u32,
    networks: Vec<String>,
}

impl Count {
    fn add(&mut self, ip: IpAddr, now: Timestamp) -> Option<SignInsRefused> {
        self.age(now);
        self.burst += 1;
        self.day += 1;
        let network = network(ip);
        if self.networks.len() < NETWORKS && !self.networks.contains(&network) {
            self.networks.push(network);
        }
        let is_burst = self.reports == 0 && self.burst >= FEW;
        (self.reports < A_DAY && (is_burst || self.day >= self.next)).then(|| self.report())
    }

    fn age(&mut self, now: Timestamp) {
        if self.day == 0 || now.age_of(self.day_since) >= DAY {
            *self = Self { day_since: now, next: SLOW, ..Self::default() };
        }
        if self.burst == 0 || now.age_of(self.burst_since) >= BURST {
            (self.burst, self.burst_since) = (0, now);
        }
    }

    fn report(&mut self) -> SignInsRefused {
        self.reports += 1;
        self.next = self.day.saturating_mul(2);
        SignInsRefused {
            failures: self.day,
            since: self.day_since,
            networks: self.networks.clone(),
        }
    }
}

/// The counters.
pub struct FailedSignInCounter(Cache<String, Arc<Mutex<Count>>>);

impl Default for FailedSignInCounter {
    fn default() -> Self {
        Self(Cache::new(CAPACITY))
    }
}

impl FailedSignInCounter {
    /// Counts a refused sign-in as `name`; returns the event to emit.
    pub fn add(&self, name: &str, ip: IpAddr, now: Timestamp) -> Option<SignInsRefused> {
        let made =
            self.0.get_or_insert_with(name, || Ok::<_, std::convert::Infallible>(Arc::default()));
        let count = made.unwrap_or_else(|never| match never {});
        count.lock().unwrap_or_else(PoisonError::into_inner).add(ip, now)
    }

    /// A right password for `name`: the burst before it was mistyped. The count of the day stays,
    /// against slow guessing.
    pub fn reset_burst(&self, name: &str) {
        if let Some(count) = self.0.get(name) {
            count.lock().unwrap_or_else(PoisonError::into_inner).burst = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reports(refusals: &FailedSignInCounter, times: u32, every: Duration) -> Vec<u32> {
        let start = Timestamp::from_millis(1_800_000_000_000);
        let add = |number: u32| {
            let ip = IpAddr::from([198, 51, u8::try_from(number % 9).unwrap(), 1]);
            refusals.add("ada", ip, start.plus(every * number)).map(|report| report.failures)
        };
        (0..times).filter_map(add).collect()
    }

    #[test]
    fn a_burst_is_reported_at_the_fifth_refusal_and_at_each_doubling() {
        assert_eq!(
            reports(&FailedSignInCounter::default(), 50, Duration::from_secs(1)),
            [5, 10, 20, 40]
        );
    }

    #[test]
    fn a_flood_is_reported_six_times_a_day() {
        let flood = reports(&FailedSignInCounter::default(), 80_000, Duration::from_secs(1));
        assert_eq!(flood, [5, 10, 20, 40, 80, 160]);
    }

    #[test]
    fn slow_guessing_is_reported_too() {
        assert_eq!(reports(&FailedSignInCounter::default(), 24, Duration::from_mins(59)), [20]);
        assert_eq!(reports(&FailedSignInCounter::default(), 19, Duration::from_mins(59)), [0; 0]);
    }

    #[test]
    fn failures_before_the_right_password_are_not_reported() {
        let (refusals, now) =
            (FailedSignInCounter::default(), Timestamp::from_millis(1_800_000_000_000));
        for _ in 0..4 {
            for _ in 0..4 {
                assert_eq!(refusals.add("ada", [203, 0, 113, 7].into(), now), None);
            }
            refusals.reset_burst("ada");
        }
    }

    #[test]
    fn at_most_five_networks_are_named() {
        let (refusals, now) =
            (FailedSignInCounter::default(), Timestamp::from_millis(1_800_000_000_000));
        let add = |n| refusals.add("ada", [198, 51, n, 1].into(), now);
        let report = (0..10).fold(None, |report, network| add(network).or(report)).unwrap();
        assert_eq!((report.failures, report.networks.len()), (10, 5));
        assert_eq!(report.networks[0], "198.51.0.0/24");
    }
}
