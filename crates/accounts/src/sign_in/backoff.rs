//! Guessing gets slower with every guess, for whoever guesses.
//!
//! Failures are counted for each pair of identifier and network, and for each network; those of a browser that somebody has signed
//! in with before, only for that browser. What all strangers together may try at one account is bounded too (`Strangers`), but
//! never what its owner may try from where they have signed in before: else whoever knows a name could keep its owner out for
//! as long as they like (decision 0018). The counters are this node's own and in memory.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use quick_cache::sync::Cache;
use selfsame_basics::MonotonicTime;
use selfsame_web::{Code, Detail, Problem, Wait};

use super::strangers::{Share, Strangers};
use crate::sessions::household;

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

#[derive(Clone, Copy, Default)]
struct Count {
    failures: u32,
    blocked_until: MonotonicTime,
    last: MonotonicTime,
}

impl Count {
    fn wait(self, now: MonotonicTime) -> Option<Duration> {
        (now < self.blocked_until).then(|| self.blocked_until.since(now))
    }

    fn add(&mut self, now: MonotonicTime, free: u32) -> MonotonicTime {
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
    fn take_back(&mut self, caused: MonotonicTime) {
        self.failures = self.failures.saturating_sub(1);
        if self.blocked_until == caused {
            self.blocked_until = MonotonicTime::default();
        }
    }
}

/// What whoever has to wait is told.
pub(crate) fn too_many(wait: Duration) -> Problem {
    let seconds = u64::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u64::MAX);
    Problem::new(Code::RateLimited, Detail::TooManyAttempts { wait: Wait(seconds) }).retry_after(seconds)
}

type Shared = Arc<Mutex<Count>>;

/// The counters.
pub(crate) struct Backoff {
    /// Failures of a name from a network.
    pairs: Cache<(String, IpAddr), Shared>,
    /// Failures from a network.
    networks: Cache<IpAddr, Shared>,
    /// Failures with a browser, or in a session, that is known.
    known: Cache<String, Shared>,
    strangers: Strangers,
}

/// An attempt that was let through. It counts as failed from the start, so that guesses at the same time count too.
pub(crate) struct Attempt {
    own: Shared,
    /// The pause that it caused.
    caused: MonotonicTime,
    /// The same for its network, where that counts.
    network: Option<(Shared, MonotonicTime)>,
    /// What it took of the strangers' share.
    share: Option<Share>,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            pairs: Cache::new(CAPACITY),
            networks: Cache::new(CAPACITY),
            known: Cache::new(CAPACITY),
            strangers: Strangers::new(CAPACITY),
        }
    }
}

impl Backoff {
    /// Lets an attempt at `name` through, or says how long to wait. An attempt that is not let through is not counted.
    pub(crate) fn attempt(
        &self,
        name: &str,
        address: IpAddr,
        now: MonotonicTime,
    ) -> Result<Attempt, Duration> {
        let network = household(address);
        let own = counter(&self.pairs, &(name.to_owned(), network));
        let network = counter(&self.networks, &network);
        // Both are held, pairs first, so that none comes between looking and counting.
        let mut pair = lock(&own);
        let mut from = lock(&network);
        if let Some(wait) = pair.wait(now).max(from.wait(now)) {
            return Err(wait);
        }
        let caused = pair.add(now, FREE_FOR_PAIR);
        let by_network = from.add(now, FREE_FOR_NETWORK);
        drop((pair, from));
        Ok(Attempt { own, caused, network: Some((network, by_network)), share: None })
    }

    /// The same for whoever is `known` by more than where they are: what others do in the same network is not theirs.
    pub(crate) fn attempt_of_known(&self, known: &str, now: MonotonicTime) -> Result<Attempt, Duration> {
        let own = counter(&self.known, known);
        let mut count = lock(&own);
        if let Some(wait) = count.wait(now) {
            return Err(wait);
        }
        let caused = count.add(now, FREE_FOR_PAIR);
        drop(count);
        Ok(Attempt { own, caused, network: None, share: None })
    }

    /// Has `attempt` take one of what strangers together may try at `name`; where nothing is left, gives it back with how long to
    /// wait.
    pub(crate) fn among_strangers(
        &self,
        attempt: Attempt,
        name: &str,
        now: MonotonicTime,
    ) -> Result<Attempt, (Attempt, Duration)> {
        match self.strangers.take(name, now) {
            Ok(share) => Ok(Attempt { share: Some(share), ..attempt }),
            Err(wait) => Err((attempt, wait)),
        }
    }
}

impl Attempt {
    /// The password was right: who tried starts anew, and everything else is as it was before.
    pub(crate) fn succeeded(self) {
        *lock(&self.own) = Count::default();
        self.forgotten();
    }

    /// The password was not looked at: it is as if there had been no attempt.
    pub(crate) fn withdrawn(self) {
        lock(&self.own).take_back(self.caused);
        self.forgotten();
    }

    fn forgotten(self) {
        if let Some((network, caused)) = self.network {
            lock(&network).take_back(caused);
        }
        if let Some(share) = self.share {
            share.give_back();
        }
    }
}

fn counter<K, Q>(counters: &Cache<K, Shared>, key: &Q) -> Shared
where
    K: std::hash::Hash + Eq,
    Q: std::hash::Hash + quick_cache::Equivalent<K> + ToOwned<Owned = K> + ?Sized,
{
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
        let (backoff, now) = (Backoff::default(), MonotonicTime::from_nanos(1_000_000));
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
        let (backoff, now) = (Backoff::default(), MonotonicTime::from_nanos(1_000_000));
        for number in 0..FREE_FOR_NETWORK {
            assert!(backoff.attempt(&format!("user{number}"), ELSEWHERE.into(), now).is_ok());
        }
        assert!(backoff.attempt("another", ELSEWHERE.into(), now).is_err());
    }

    #[test]
    fn a_right_password_forgives_and_so_does_an_hour() {
        let (backoff, now) = (Backoff::default(), MonotonicTime::from_nanos(1_000_000));
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
}
