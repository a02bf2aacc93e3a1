//! Rate limits per key, in memory.
//!
//! The algorithm is GCRA (ITU-T I.371): one number for each key, the time at which the limit is
//! fully refilled. Memory is bounded. Each process counts for itself: with several nodes a caller
//! has the limit of each. Limits that must hold across nodes (attempts at a one-time password) are
//! counted in records.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hash};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use selfsame_primitives::{MonotonicTime, subscriber_prefix};

use crate::rate_limit_state::{RateLimitPolicy, RateLimitState};
use crate::{Code, Detail, Problem, Wait};

/// The keys of a set, of which a full one drops the least used.
const WAYS: usize = 8;
/// The sets that are allocated together, when a key first falls into one of them: 8.7 kB.
const SETS_PER_BLOCK: usize = 64;

type Set = Mutex<[Slot; WAYS]>;

#[derive(Clone, Copy, Default)]
struct Slot {
    key: u64,
    /// When the limit is fully refilled, in nanoseconds of the monotonic clock. A time in the past
    /// equals an empty slot.
    full_at: u64,
}

/// Counts requests per policy and key, for a fixed number of keys.
///
/// Keys hash into sets of eight. A ninth key replaces the one whose limit is refilled first. The
/// hash is keyed, so that no caller can choose keys that fall into the set of another. Memory is
/// allocated in blocks as keys come, since a limiter for many keys may see few.
pub struct RateLimiter {
    /// The number of sets, a power of two.
    sets: usize,
    blocks: Box<[OnceLock<Box<[Set]>>]>,
    hasher: RandomState,
}

impl std::fmt::Debug for RateLimiter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RateLimiter({} keys)", self.sets * WAYS)
    }
}

impl Default for RateLimiter {
    /// Room for 131,072 keys, at most 2.2 MB.
    fn default() -> Self {
        Self::new(131_072)
    }
}

impl RateLimiter {
    /// Room for `keys` keys of 17 bytes each, in all policies together; rounded up to a power of
    /// two.
    #[must_use]
    pub fn new(keys: usize) -> Self {
        let sets = keys.div_ceil(WAYS).next_power_of_two();
        let blocks = (0..sets.div_ceil(SETS_PER_BLOCK)).map(|_| OnceLock::new()).collect();
        Self { sets, blocks, hasher: RandomState::new() }
    }

    /// Takes one of the requests that `policy` allows `key` (a user, an address, a name).
    ///
    /// # Errors
    /// `rate_limited`, with the wait in `Retry-After` and the state of the policy, where none is
    /// left.
    pub fn take(
        &self,
        policy: RateLimitPolicy,
        key: impl Hash,
        now: MonotonicTime,
    ) -> Result<RateLimitState, Problem> {
        self.try_take(policy, key, now).map_err(|wait| rate_limited(policy, wait))
    }

    /// The same for callers that answer with another problem.
    ///
    /// # Errors
    /// The time until one request is allowed, where none is left.
    pub fn try_take(
        &self,
        policy: RateLimitPolicy,
        key: impl Hash,
        now: MonotonicTime,
    ) -> Result<RateLimitState, Duration> {
        if policy.limit == 0 {
            return Ok(RateLimitState { policy, remaining: u32::MAX, reset: 0 });
        }
        let now = now.nanos();
        let (interval, burst) = (policy.interval(), policy.burst());
        let hash = self.hash(policy, key);
        let mut set = self.set(hash);
        let mut fallback = Slot::default();
        let slot = match set.iter().position(|slot| slot.key == hash) {
            Some(found) => set.get_mut(found),
            None => set.iter_mut().min_by_key(|slot| slot.full_at),
        };
        let slot = slot.unwrap_or(&mut fallback);
        if slot.key != hash {
            *slot = Slot { key: hash, full_at: 0 };
        }
        let full_at = slot.full_at.max(now).saturating_add(interval);
        let used = full_at - now;
        if used > burst {
            return Err(Duration::from_nanos(used - burst));
        }
        slot.full_at = full_at;
        drop(set);
        let remaining = u32::try_from((burst - used) / interval).unwrap_or(u32::MAX);
        Ok(RateLimitState { policy, remaining, reset: seconds(used) })
    }

    /// [`Self::take`] for the client at `ip`. The addresses of one IPv6 /64 count as one.
    ///
    /// # Errors
    /// Those of [`Self::take`].
    pub fn take_for_ip(
        &self,
        policy: RateLimitPolicy,
        ip: IpAddr,
        now: MonotonicTime,
    ) -> Result<RateLimitState, Problem> {
        self.take(policy, subscriber_prefix(ip), now)
    }

    /// Gives back one request that was taken under `policy` for `key`. It does nothing where the
    /// key was dropped meanwhile.
    pub fn refund(&self, policy: RateLimitPolicy, key: impl Hash) {
        let hash = self.hash(policy, key);
        if let Some(slot) = self.set(hash).iter_mut().find(|slot| slot.key == hash) {
            slot.full_at = slot.full_at.saturating_sub(policy.interval());
        }
    }

    /// Never 0, which is the key of an empty slot.
    fn hash(&self, policy: RateLimitPolicy, key: impl Hash) -> u64 {
        self.hasher.hash_one((policy.name, key)) | 1
    }

    fn set(&self, hash: u64) -> MutexGuard<'_, [Slot; WAYS]> {
        let index = usize::try_from(hash >> 8).unwrap_or(usize::MAX) & (self.sets - 1);
        let new_block = || -> Box<[Set]> {
            (0..self.sets.min(SETS_PER_BLOCK)).map(|_| Set::default()).collect()
        };
        #[expect(
            clippy::indexing_slicing,
            reason = "the mask keeps the index below the power of two of sets"
        )]
        let set =
            &self.blocks[index / SETS_PER_BLOCK].get_or_init(new_block)[index % SETS_PER_BLOCK];
        set.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn rate_limited(policy: RateLimitPolicy, wait: Duration) -> Problem {
    let wait = u64::try_from(wait.as_nanos()).unwrap_or(u64::MAX);
    // The refused request itself used nothing.
    let used = wait.saturating_add(policy.burst() - policy.interval());
    let (wait, reset) = (seconds(wait).max(1), seconds(used));
    let mut problem =
        Problem::new(Code::RateLimited, Detail::TooOften { wait: Wait(wait) }).retry_after(wait);
    problem.rate_limit = Some(Box::new(RateLimitState { policy, remaining: 0, reset }));
    problem
}

fn seconds(nanos: u64) -> u64 {
    nanos.div_ceil(1_000_000_000)
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    const POLICY: RateLimitPolicy = RateLimitPolicy::new("test", 5, Duration::from_mins(1));

    fn at(millis: u64) -> MonotonicTime {
        MonotonicTime::from_nanos((1_000_000 + millis) * 1_000_000)
    }

    #[test]
    fn exactly_so_many_are_allowed_and_one_more_after_each_interval() {
        let limiter = RateLimiter::new(64);
        let remaining: Vec<_> =
            (0..5).map(|_| limiter.take(POLICY, "a", at(0)).unwrap().remaining).collect();
        assert_eq!(remaining, [4, 3, 2, 1, 0]);
        let refused = limiter.take(POLICY, "a", at(0)).unwrap_err();
        assert_eq!((refused.code, refused.retry_after), (Code::RateLimited, Some(12)));
        assert!(limiter.take(POLICY, "a", at(11_999)).is_err());
        assert!(limiter.take(POLICY, "a", at(12_000)).is_ok());
        assert!(limiter.take(POLICY, "a", at(12_000)).is_err());
    }

    #[test]
    fn over_a_long_time_no_more_than_the_pace_gets_through() {
        for (limit, window) in [(7, 1), (100, 60), (3, 3600)] {
            let (limiter, policy) = (
                RateLimiter::new(64),
                RateLimitPolicy::new("p", limit, Duration::from_secs(window)),
            );
            let span = window * 3000;
            let step = (span / 5000).max(1);
            let asked = (0..).map(|n| n * step).take_while(|time| *time < span);
            let allowed = asked.filter(|time| limiter.take(policy, 1, at(*time)).is_ok()).count();
            let pace = usize::try_from(limit * 4).unwrap();
            assert!(
                allowed <= pace && allowed >= pace - usize::try_from(limit).unwrap() / 10 - 1,
                "{allowed}"
            );
        }
    }

    #[test]
    fn a_refunded_request_can_be_taken_again() {
        let limiter = RateLimiter::new(64);
        for _ in 0..1000 {
            limiter.take(POLICY, "a", at(0)).unwrap();
            limiter.refund(POLICY, "a");
        }
        let remaining: Vec<_> =
            (0..5).map(|_| limiter.take(POLICY, "a", at(0)).unwrap().remaining).collect();
        assert_eq!(remaining, [4, 3, 2, 1, 0]);
        limiter.refund(POLICY, "b");
        assert!(limiter.take(POLICY, "a", at(0)).is_err(), "the refund was for another key");
        limiter.refund(POLICY, "a");
        assert_eq!(limiter.take(POLICY, "a", at(0)).unwrap().remaining, 0);
    }

    #[test]
    fn a_refund_for_a_dropped_key_drops_no_other() {
        let limiter = RateLimiter::new(8);
        limiter.take(POLICY, "a", at(0)).unwrap();
        for key in 0..8 {
            (0..5).for_each(|_| drop(limiter.take(POLICY, key, at(0))));
        }
        limiter.refund(POLICY, "a");
        assert!((0..8).all(|key| limiter.take(POLICY, key, at(0)).is_err()));
    }

    #[test]
    fn try_take_gives_the_exact_wait() {
        let limiter = RateLimiter::new(64);
        (0..5).for_each(|_| assert!(limiter.try_take(POLICY, "a", at(0)).is_ok()));
        assert_eq!(limiter.try_take(POLICY, "a", at(1)), Err(Duration::from_millis(11_999)));
        let refused = limiter.take(POLICY, "a", at(1)).unwrap_err();
        assert_eq!(refused.retry_after, Some(12));
        assert_eq!(refused.rate_limit.map(|state| (state.remaining, state.reset)), Some((0, 60)));
    }

    #[test]
    fn keys_and_policies_do_not_touch_each_other() {
        let (limiter, other) =
            (RateLimiter::new(64), RateLimitPolicy::new("other", 5, Duration::from_mins(1)));
        (0..5).for_each(|_| drop(limiter.take(POLICY, "a", at(0))));
        assert!(limiter.take(POLICY, "a", at(0)).is_err());
        assert_eq!(limiter.take(POLICY, "b", at(0)).unwrap().remaining, 4);
        assert_eq!(limiter.take(other, "a", at(0)).unwrap().remaining, 4);
    }

    #[test]
    fn the_addresses_of_one_ipv6_64_share_a_limit() {
        let limiter = RateLimiter::new(64);
        let take =
            |ip: &str| limiter.take_for_ip(POLICY, ip.parse().unwrap(), at(0)).unwrap().remaining;
        assert_eq!(take("2001:db8:1:2::1"), 4);
        assert_eq!(take("2001:db8:1:2:ffff::9"), 3);
        assert_eq!(take("2001:db8:1:3::1"), 4);
        assert_eq!(take("192.0.2.1"), 4);
        assert_eq!(take("::ffff:192.0.2.1"), 3);
    }

    #[test]
    fn a_flood_of_keys_takes_no_more_memory_and_drops_the_least_used_first() {
        let limiter = RateLimiter::new(8);
        (0..5).for_each(|_| drop(limiter.take(POLICY, "busy", at(0))));
        (0..1000).for_each(|key| drop(limiter.take(POLICY, key, at(0))));
        assert_eq!((limiter.sets, limiter.blocks.len()), (1, 1));
        assert!(limiter.take(POLICY, "busy", at(0)).is_err());
    }

    #[test]
    fn memory_is_allocated_as_keys_come() {
        let limiter = RateLimiter::new(100_000);
        let allocated = || -> usize {
            limiter.blocks.iter().filter_map(OnceLock::get).map(|block| block.len()).sum()
        };
        assert_eq!(allocated(), 0);
        (0..2).for_each(|_| drop(limiter.take(POLICY, "a", at(0))));
        assert_eq!(allocated(), SETS_PER_BLOCK);
        (0..100_000).for_each(|key| drop(limiter.take(POLICY, key, at(0))));
        assert_eq!(allocated(), limiter.sets);
    }

    #[test]
    fn a_policy_without_a_limit_allows_all_and_adds_no_headers() {
        let (limiter, free) =
            (RateLimiter::new(8), RateLimitPolicy::new("free", 0, Duration::from_mins(1)));
        (0..100).for_each(|_| assert!(limiter.take(free, "a", at(0)).is_ok()));
        let state = limiter.take(free, "a", at(0)).unwrap();
        let mut headers = HeaderMap::new();
        state.put(&mut headers);
        assert!(headers.is_empty());
    }

    #[test]
    fn the_headers_are_lists_of_named_policies() {
        let mut headers = HeaderMap::new();
        let limiter = RateLimiter::new(64);
        limiter.take(POLICY, "a", at(0)).unwrap().put(&mut headers);
        assert_eq!(headers["ratelimit-policy"], "\"test\";q=5;w=60");
        assert_eq!(headers["ratelimit"], "\"test\";r=4;t=12");
    }
}
