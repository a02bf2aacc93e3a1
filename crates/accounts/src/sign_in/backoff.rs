//! Guessing gets slower with every guess, for whoever guesses.
//!
//! Failures are counted for each pair of identifier and network, and for each network. They are never counted for an account
//! alone: whoever could slow down an account from anywhere could keep its owner out for as long as they like. The counters
//! are this node's own and in memory.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use quick_cache::sync::Cache;
use selfsame_basics::Timestamp;
use selfsame_web::{Code, Problem};

/// Pairs, and networks, that are remembered.
const CAPACITY: usize = 100_000;
/// Failures for one identifier that cost nothing: people mistype.
const FREE_FOR_PAIR: u32 = 5;
/// Failures from one network that cost nothing: an office shares an address.
const FREE_FOR_NETWORK: u32 = 30;
/// No pause is longer.
const LONGEST: Duration = Duration::from_mins(15);
/// Failures are forgotten after so long without another one.
const FORGOTTEN: Duration = Duration::from_hours(1);

/// The part of an address that one customer of a provider has: all of IPv4's, half of IPv6's.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Network(IpAddr);

impl Network {
    fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(address) => IpAddr::V6((address.to_bits() & (u128::MAX << 64)).into()),
            v4 @ IpAddr::V4(_) => v4,
        })
    }
}

#[derive(Clone, Copy, Default)]
struct Count {
    failures: u32,
    blocked_until: Timestamp,
    last: Timestamp,
}

impl Count {
    fn wait(self, now: Timestamp) -> Option<Duration> {
        (now < self.blocked_until).then(|| self.blocked_until.since(now))
    }

    fn add(&mut self, now: Timestamp, free: u32) -> Timestamp {
        if now.since(self.last) >= FORGOTTEN {
            *self = Self::default();
        }
        self.failures += 1;
        self.last = now;
        if let Some(beyond) = self.failures.checked_sub(free) {
            let pause = Duration::from_secs(1 << beyond.min(16));
            self.blocked_until = now.plus(pause.min(LONGEST));
        }
        self.blocked_until
    }

    /// Undoes one failure, and the pause that it caused unless there was another one since.
    fn take_back(&mut self, caused: Timestamp) {
        self.failures = self.failures.saturating_sub(1);
        if self.blocked_until == caused {
            self.blocked_until = Timestamp::default();
        }
    }
}

/// What whoever has to wait is told.
pub(crate) fn too_many(wait: Duration) -> Problem {
    let seconds = wait.as_millis().div_ceil(1000);
    let detail = format!("Too many attempts from here. Try again in {seconds} seconds.");
    Problem::new(Code::RateLimited, detail).retry_after(u64::try_from(seconds).unwrap_or(u64::MAX))
}

type Shared = Arc<Mutex<Count>>;

/// The counters.
pub(crate) struct Backoff {
    pairs: Cache<(String, Network), Shared>,
    networks: Cache<Network, Shared>,
}

/// An attempt that was let through. It counts as failed from the start, so that guesses at the same time count too.
pub(crate) struct Attempt {
    pair: Shared,
    network: Shared,
    /// The pauses that it caused, for the pair and for the network.
    caused: [Timestamp; 2],
}

impl Default for Backoff {
    fn default() -> Self {
        Self { pairs: Cache::new(CAPACITY), networks: Cache::new(CAPACITY) }
    }
}

impl Backoff {
    /// Lets an attempt through, or says how long to wait. An attempt that is not let through is not counted.
    pub(crate) fn attempt(
        &self,
        identifier: &str,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<Attempt, Duration> {
        let network = Network::of(address);
        let pair = counter(&self.pairs, &(identifier.to_owned(), network));
        let network = counter(&self.networks, &network);
        if let Some(wait) = [&pair, &network].into_iter().filter_map(|count| lock(count).wait(now)).max() {
            return Err(wait);
        }
        let caused = [lock(&pair).add(now, FREE_FOR_PAIR), lock(&network).add(now, FREE_FOR_NETWORK)];
        Ok(Attempt { pair, network, caused })
    }
}

impl Attempt {
    /// The password was right: the pair starts anew, and the network is as it was before.
    pub(crate) fn succeeded(self) {
        let [_, caused] = self.caused;
        lock(&self.network).take_back(caused);
        *lock(&self.pair) = Count::default();
    }

    /// The password was not looked at: it is as if there had been no attempt.
    pub(crate) fn withdrawn(self) {
        let [by_pair, by_network] = self.caused;
        lock(&self.network).take_back(by_network);
        lock(&self.pair).take_back(by_pair);
    }
}

fn counter<K: std::hash::Hash + Eq + Clone>(counters: &Cache<K, Shared>, key: &K) -> Shared {
    let made = counters.get_or_insert_with(key, || Ok::<_, std::convert::Infallible>(Shared::default()));
    made.unwrap_or_else(|never| match never {})
}

fn lock(count: &Shared) -> std::sync::MutexGuard<'_, Count> {
    count.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: [u8; 4] = [203, 0, 113, 7];
    const ELSEWHERE: [u8; 4] = [198, 51, 100, 1];

    #[test]
    fn guessing_gets_slower_only_for_whoever_guesses() {
        let (backoff, now) = (Backoff::default(), Timestamp::from_millis(1_000_000));
        for _ in 0..FREE_FOR_PAIR {
            assert!(backoff.attempt("ada", ELSEWHERE.into(), now).is_ok());
        }
        assert_eq!(backoff.attempt("ada", ELSEWHERE.into(), now).err(), Some(Duration::from_secs(1)));
        assert!(backoff.attempt("ada", HOME.into(), now).is_ok(), "the owner is not kept out");
        let later = now.plus(Duration::from_secs(1));
        assert!(backoff.attempt("ada", ELSEWHERE.into(), later).is_ok());
        assert_eq!(backoff.attempt("ada", ELSEWHERE.into(), later).err(), Some(Duration::from_secs(2)));
    }

    #[test]
    fn trying_one_password_on_many_accounts_gets_slower_too() {
        let (backoff, now) = (Backoff::default(), Timestamp::from_millis(1_000_000));
        for number in 0..FREE_FOR_NETWORK {
            assert!(backoff.attempt(&format!("user{number}"), ELSEWHERE.into(), now).is_ok());
        }
        assert!(backoff.attempt("another", ELSEWHERE.into(), now).is_err());
    }

    #[test]
    fn a_right_password_forgives_and_so_does_an_hour() {
        let (backoff, now) = (Backoff::default(), Timestamp::from_millis(10_000_000));
        for _ in 1..FREE_FOR_PAIR {
            assert!(backoff.attempt("ada", HOME.into(), now).is_ok());
        }
        backoff.attempt("ada", HOME.into(), now).ok().unwrap().succeeded();
        assert!(backoff.attempt("ada", HOME.into(), now).is_ok());
        for _ in 1..FREE_FOR_PAIR {
            assert!(backoff.attempt("ada", HOME.into(), now).is_ok());
        }
        assert!(backoff.attempt("ada", HOME.into(), now).is_err());
        let later = now.plus(FORGOTTEN);
        for _ in 0..FREE_FOR_PAIR {
            assert!(backoff.attempt("ada", HOME.into(), later).is_ok());
        }
    }

    #[test]
    fn neighbours_in_one_ipv6_network_are_one_caller() {
        let network = |text: &str| Network::of(text.parse().unwrap());
        assert_eq!(network("2001:db8:1:2::3"), network("2001:db8:1:2:ffff::1"));
        assert_ne!(network("2001:db8:1:2::3"), network("2001:db8:1:3::3"));
        assert_eq!(network("::ffff:203.0.113.7"), network("203.0.113.7"));
    }
}
